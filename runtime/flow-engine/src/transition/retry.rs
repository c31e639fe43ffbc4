//! How long to wait before a call is tried again. No jitter: it would need chance; the daemon
//! spreads calls.

use flow_bundle::bundle::{ErrorKind, Retry};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The longest pause of a deescalation, in seconds.
const END_PAUSE_MAX_S: u64 = 900;

/// The pause in seconds before attempt `attempt + 1`, or nothing where it is not to be tried again.
/// A call that may have happened is repeated only where it is `repeatable`.
pub(super) fn pause(
    policy: &Retry,
    attempt: u32,
    kind: ErrorKind,
    repeatable: bool,
    hint_s: Option<u64>,
) -> Option<u64> {
    let left = u64::from(attempt) < policy.attempts.0;
    // What our own stop cut off is repeated wherever it may be, without being listed.
    let listed = policy.on.contains(&kind) || (repeatable && kind == ErrorKind::Internal);
    let safe = kind.refused() || repeatable;
    (left && listed && safe).then(|| {
        let own = grown(policy, attempt.saturating_sub(1)).min(policy.max_delay_s.0);
        hint_s.map_or(own, |hint| hint.min(END_PAUSE_MAX_S))
    })
}

/// The pause in seconds before an end is tried again, after `failures` tries: for ever.
pub(super) fn end_pause(policy: &Retry, failures: u32, hint_s: Option<u64>) -> u64 {
    let doublings = failures.saturating_sub(1).min(16);
    let own = policy.backoff_s.0.max(1).saturating_mul(1_u64 << doublings);
    own.max(hint_s.unwrap_or(0)).min(END_PAUSE_MAX_S)
}

/// `backoff × rate ^ failures`, in whole seconds.
fn grown(policy: &Retry, failures: u32) -> u64 {
    let mut pause = Decimal::from(policy.backoff_s.0);
    let limit = Decimal::from(policy.max_delay_s.0);
    for _ in 0..failures {
        pause = pause.checked_mul(policy.rate).unwrap_or(limit).min(limit);
    }
    pause.ceil().to_u64().unwrap_or(policy.max_delay_s.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_tried_for_ever_with_a_pause_that_doubles_to_fifteen_minutes() {
        let policy = Retry { backoff_s: flow_bundle::number::Seconds(30), ..Retry::default() };
        let pauses: Vec<u64> =
            [1, 2, 3, 4, 5, 6, 7, 1000].map(|n| end_pause(&policy, n, None)).into();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(end_pause(&policy, 1, Some(100)), 100);
        assert_eq!(end_pause(&policy, 1, Some(100_000)), 900);
    }

    #[test]
    fn what_may_have_happened_is_not_repeated_unless_it_may_be() {
        let mut policy = Retry::default();
        policy.on.push(ErrorKind::Timeout);
        let rows = [
            (1, ErrorKind::Throttled, false, None, Some(1)),
            (2, ErrorKind::Throttled, false, None, Some(2)),
            (3, ErrorKind::Throttled, false, None, None),
            (1, ErrorKind::Throttled, false, Some(7), Some(7)),
            (1, ErrorKind::Auth, false, None, None),
            (1, ErrorKind::Timeout, false, None, None),
            (1, ErrorKind::Timeout, true, None, Some(1)),
            (1, ErrorKind::Internal, false, None, None),
            (1, ErrorKind::Internal, true, None, Some(1)),
        ];
        for (attempt, kind, repeatable, hint, expected) in rows {
            let found = pause(&policy, attempt, kind, repeatable, hint);
            assert_eq!(found, expected, "attempt {attempt}, {kind:?}, repeatable {repeatable}");
        }
    }
}
