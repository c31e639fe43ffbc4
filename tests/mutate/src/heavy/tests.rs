//! No text of the list gets slow by its square, and none needs more stack than a thread has.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use flow_lang::Mode;

use super::texts;
use crate::judge::judge;

const SMALL: usize = 8 * 1024;

/// How much more there is of the larger texts.
const LARGER: u32 = 4;

/// Most that these may take longer: what takes time by the square takes 16 times as long.
const LONGER_MAX: u32 = 9;

/// Below this nothing can be said: the clock of the processor and the caches make the difference.
const LEAST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 60 } else { 4 });

/// Tries before a text is called slow: a neighbour on the same core slows down one, not all.
const TRIES: usize = 5;

const THREADS: usize = 2;

#[test]
fn four_times_the_text_takes_about_four_times_as_long() {
    let large = texts(SMALL * usize::try_from(LARGER).unwrap());
    let pairs: Vec<_> = texts(SMALL).into_iter().zip(large).collect();
    let slow = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(((name, small), (_, large))) =
            pairs.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let found = longer(small, large);
            slow.lock().unwrap().extend(found.map(|found| format!("{name}: {found}")));
        }
    };
    thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(work))));
    let slow = slow.into_inner().unwrap();
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// How long both texts take, where the larger takes too long.
fn longer(small: &str, large: &str) -> Option<String> {
    let spent = |text: &str| judge(text.as_bytes(), Mode::Build, false).spent;
    let (mut less, mut more) = (Duration::MAX, Duration::MAX);
    for _ in 0..TRIES {
        more = more.min(spent(large));
        if more <= LEAST {
            return None;
        }
        less = less.min(spent(small));
        if more <= less * LONGER_MAX {
            return None;
        }
    }
    Some(format!("{less:?}, and {more:?} for {LARGER} times the text"))
}
