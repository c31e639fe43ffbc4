//! Recorded time. The loop that turns due times into ticks is in `timers.rs`.
//!
//! Recorded time never falls: it is the largest of the wall clock and everything that was recorded
//! before. Where the wall clock is more than [`BEHIND_MAX`] behind the mark and what has passed since,
//! time goes on by the monotonic clock from the mark, readiness fails and the log says so.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// How far the wall clock may be behind what was recorded.
const BEHIND_MAX: SignedDuration = SignedDuration::from_secs(2);

/// Wall clock and monotonic clock, read together.
type Source = Box<dyn Fn() -> (Timestamp, Duration) + Send + Sync>;

/// Where times come from.
pub struct Clock {
    source: Source,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// The latest time that was given or recorded.
    mark: Timestamp,
    wall: Timestamp,
    monotonic: Duration,
    behind: bool,
    jumped: SignedDuration,
    /// How much of `jumped` is durable.
    kept_s: u64,
}

impl Clock {
    /// The system's clocks, after `mark`, with what `jumped_s` had come to before.
    #[must_use]
    pub fn system(mark: Option<Timestamp>, jumped_s: u64) -> Self {
        let start = Instant::now();
        Self::of(Box::new(move || (Timestamp::now(), start.elapsed())), mark, jumped_s)
    }

    /// Other clocks, after `mark`.
    #[must_use]
    pub fn of(source: Source, mark: Option<Timestamp>, jumped_s: u64) -> Self {
        let (wall, monotonic) = source();
        let mark = mark.unwrap_or(wall);
        let jumped = SignedDuration::from_secs(i64::try_from(jumped_s).unwrap_or(i64::MAX));
        Self {
            source,
            state: Mutex::new(State {
                mark,
                wall,
                monotonic,
                behind: false,
                jumped,
                kept_s: jumped_s,
            }),
        }
    }

    /// The time to record now, in whole microseconds. Never earlier than the last answer.
    pub fn now(&self) -> Timestamp {
        let (wall, monotonic) = (self.source)();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = SignedDuration::try_from(monotonic.saturating_sub(state.monotonic))
            .unwrap_or(SignedDuration::ZERO);
        let skipped = wall.duration_since(state.wall) - passed;
        if skipped > BEHIND_MAX {
            state.jumped += skipped;
            tracing::warn!(skipped_s = skipped.as_secs(), "the wall clock jumped forward");
        }
        // A step back is seen here even where the wall clock has passed the mark again meanwhile.
        let due = state.mark.checked_add(passed).unwrap_or(state.mark);
        let behind = due.duration_since(wall) > BEHIND_MAX;
        if behind && !state.behind {
            tracing::error!(
                %wall, mark = %state.mark,
                "the wall clock is behind what was recorded: set it right; time goes on from the mark"
            );
        }
        let next = if behind { due } else { wall.max(state.mark) };
        let whole = Timestamp::from_microsecond(next.as_microsecond()).unwrap_or(next);
        let mark = whole.max(state.mark);
        *state = State { mark, wall, monotonic, behind, ..*state };
        mark
    }

    /// Whether the wall clock was too far behind at the last reading.
    pub fn is_behind(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).behind
    }

    /// How far the wall clock was ever moved forward while the daemon ran, in seconds.
    pub fn jumped_s(&self) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        u64::try_from(state.jumped.as_secs()).unwrap_or_default()
    }

    /// What [`Clock::jumped_s`] came to, where that is not durable yet.
    pub fn jump_to_keep(&self) -> Option<u64> {
        let jumped_s = self.jumped_s();
        let kept_s = self.state.lock().unwrap_or_else(PoisonError::into_inner).kept_s;
        (jumped_s > kept_s).then_some(jumped_s)
    }

    /// Says that this much is durable.
    pub fn jump_kept(&self, jumped_s: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).kept_s = jumped_s;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn second(s: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + s).unwrap()
    }

    /// Each line: wall clock, monotonic clock, recorded time, behind, jumped; all in seconds.
    fn check(mark: i64, readings: &[(i64, u64, i64, bool, u64)]) {
        let now = Arc::new(Mutex::new((second(0), Duration::ZERO)));
        let source = Arc::clone(&now);
        let clock = Clock::of(Box::new(move || *source.lock().unwrap()), Some(second(mark)), 0);
        for &(wall, monotonic, want, behind, jumped) in readings {
            *now.lock().unwrap() = (second(wall), Duration::from_secs(monotonic));
            let got = clock.now();
            assert_eq!(
                (got, clock.is_behind(), clock.jumped_s()),
                (second(want), behind, jumped),
                "wall {wall} monotonic {monotonic}"
            );
        }
    }

    #[test]
    fn recorded_time_never_falls() {
        // An hour back: time goes on from the mark, and is right again once the wall catches up.
        check(0, &[(10, 10, 10, false, 0), (-3590, 11, 11, true, 0), (12, 12, 12, false, 3601)]);
        // A little behind stands still; an hour forward is believed and counted.
        check(1, &[(0, 0, 1, false, 0), (1, 1, 1, false, 0), (3602, 2, 3602, false, 3600)]);
        // Back while nobody looked: what has passed meanwhile is not lost.
        check(0, &[(10, 10, 10, false, 0), (1400, 2000, 2000, true, 0)]);
        // The mark of an earlier run lies ahead.
        check(100, &[(0, 0, 100, true, 0), (7, 7, 107, true, 0)]);
    }
}
