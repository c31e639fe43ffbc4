//! Lives of flow-sim through the real door, outbox, timers and store, on a disk that loses what was
//! not synced.
//!
//! People, faults and checkers are those of the simulation; what stands in for its model is what is
//! served. The power goes before a write, in the middle of one, after it and before it is answered,
//! between a started row and its call, between a call and its outcome. Then everything in memory is
//! gone, the disk has lost what chance takes, and the daemon starts again.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`disk`], [`vfs`] | the disk, and SQLite on it |
//! | [`house`] | one deployment: it dies, it rises |
//! | [`life`] | one life: what is due when |
//! | [`bundles`] | which bundles it serves |
//! | [`calls`] | calls leave the outbox, and the world decides what becomes of them |
//! | [`wishes`] | what people want and what befalls |
//! | [`kept`] | the checker of promise 5: nothing is lost |

mod bundles;
mod calls;
mod disk;
mod house;
mod kept;
mod life;
mod vfs;
mod wishes;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use flow_sim::log::Fact;
use flow_sim::promises::Breach;

use crate::store::sqlite::Fault;
use house::Ground;
use life::{Deaths, Lived};

/// Lives of the short form.
const LIVES: u64 = 60;
/// Within how many lives a planted fault must be found.
const FOUND_WITHIN: u64 = 400;

/// What is served.
const ON_DISK: Ground = Ground::Disk(None);

/// `FLOW_STORE_LIVES=FROM..TO` lives these seeds instead.
fn seeds() -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("FLOW_STORE_LIVES") else { return 0..LIVES };
    let (from, to) = text.split_once("..").expect("FLOW_STORE_LIVES is FROM..TO");
    from.parse().unwrap()..to.parse().unwrap()
}

/// Lives seeds side by side until one breaks a promise.
fn run(
    seeds: std::ops::Range<u64>,
    live: impl Fn(u64) -> Lived + Sync,
) -> (Vec<Lived>, Option<(u64, Breach, String)>) {
    let (next, broken) = (AtomicU64::new(seeds.start), AtomicU64::new(u64::MAX));
    let worker = || {
        let (mut lives, mut breach) = (Vec::new(), None);
        while breach.is_none() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || broken.load(Ordering::Relaxed) < seed {
                break;
            }
            let lived = live(seed);
            if let Some(found) = lived.breach() {
                broken.fetch_min(seed, Ordering::Relaxed);
                let moral = format!("promise {} is broken: {}", found.promise, found.seen);
                breach = Some((seed, found, flow_sim::story::tell(seed, &lived.outside, &moral)));
            }
            lives.push(lived);
        }
        (lives, breach)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(worker)).collect();
        let mut all = (Vec::new(), None);
        for worker in workers {
            let (lives, breach) = worker.join().unwrap();
            all.0.extend(lives);
            all.1 = all.1.or(breach);
        }
        all
    })
}

#[test]
fn promises_hold_on_a_disk_that_loses_what_was_not_synced() {
    let start = Instant::now();
    let (lives, breach) = run(seeds(), |seed| life::live(seed, Deaths::ByChance, ON_DISK));
    let sum = |count: fn(&Lived) -> u64| lives.iter().map(count).sum::<u64>();
    let met: std::collections::BTreeSet<_> = lives.iter().flat_map(|l| &l.outside.met).collect();
    println!(
        "{} lives, {} deaths ({} by the disk, {} beside a write, {} beside a call), {} writes and \
         syncs of the disk, {} acknowledged, {} calls; {} different (event, fault); {:?}",
        lives.len(),
        sum(|l| l.deaths.iter().sum()),
        sum(|l| l.deaths[0]),
        sum(|l| l.deaths[1]),
        sum(|l| l.deaths[2]),
        sum(|l| l.changes),
        sum(|l| l.acknowledged),
        sum(|l| l.calls),
        met.len(),
        start.elapsed()
    );
    if let Some((_, _, story)) = breach {
        panic!("{story}");
    }
    let died = sum(|l| l.deaths.iter().sum());
    assert!(died >= lives.len() as u64 / 2, "only {died} deaths");
}

/// The model of the backends keeps them as well: what is found above is found in the disk's way.
#[test]
fn promises_hold_in_memory() {
    let memory = || Ground::Memory(Arc::default());
    let (lives, breach) = run(seeds(), |seed| life::live(seed, Deaths::ByChance, memory()));
    if let Some((_, _, story)) = breach {
        panic!("{story}");
    }
    let died = lives.iter().map(|l| l.deaths[2]).sum::<u64>();
    assert!(died >= lives.len() as u64 / 4, "only {died} deaths");
}

/// Whether access stood at some time, and was taken back.
fn made_and_gone(lived: &Lived) -> bool {
    let saw = |fact: fn(&Fact) -> bool| lived.outside.log.lines.iter().any(|l| fact(&l.fact));
    saw(|f| matches!(f, Fact::Made(_))) && saw(|f| matches!(f, Fact::Gone(_)))
}

/// One plain life, with the power gone at each change of the disk in turn.
#[test]
fn the_power_may_go_at_every_write_and_sync_of_a_life() {
    // The shortest of a few: every point of it is lived.
    let lives = (0..20).map(|seed| (seed, life::live(seed, Deaths::Never, ON_DISK)));
    let lives = lives.filter(|(_, lived)| made_and_gone(lived));
    let (seed, plain) = lives.min_by_key(|(_, lived)| lived.changes).unwrap();
    assert_eq!(plain.breach(), None);
    let step = if std::env::var_os("FLOW_STORE_LIVES").is_some() { 1 } else { 13 };
    let points = plain.changes / step;
    let (lives, breach) =
        run(0..points, |i| life::live(seed, Deaths::AtChange(1 + i * step), ON_DISK));
    println!("{} points of {} changes", lives.len(), plain.changes);
    if let Some((_, _, story)) = breach {
        panic!("{story}");
    }
}

/// The checkers have been seen to fail.
#[test]
fn a_store_that_forgets_is_found() {
    for fault in [Fault::Unsynced, Fault::Hasty] {
        let (lives, breach) = run(0..FOUND_WITHIN, |seed| {
            life::live(seed, Deaths::ByChance, Ground::Disk(Some(fault)))
        });
        let Some((seed, breach, _)) = breach else {
            panic!("{fault:?} was not found in {} lives", lives.len())
        };
        println!("{fault:?}: seed {seed}, promise {}: {}", breach.promise, breach.seen);
    }
}
