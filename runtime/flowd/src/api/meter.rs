//! How often one token may call: a bucket that fills with time. In memory: a restart forgives.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Calls at once after a pause.
const BURST: f64 = 120.0;
/// Calls per second in the long run.
const PER_SECOND: f64 = 20.0;
/// Buckets before those that are full again are thrown away.
const BUCKETS_MAX: usize = 10_000;

/// Counts the calls of each token.
#[derive(Debug, Default)]
pub struct Meter(Mutex<HashMap<String, Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Bucket {
    fn refilled(self, now: Timestamp) -> Self {
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        Self { left: PER_SECOND.mul_add(passed, self.left).min(BURST), at: now.max(self.at) }
    }
}

impl Meter {
    /// Takes one call of this token.
    ///
    /// # Errors
    /// There is none left: in how many seconds there is.
    pub fn take(&self, token: &str, now: Timestamp) -> Result<(), u32> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| bucket.refilled(now).left < BURST);
        }
        let bucket = buckets.entry(token.to_owned()).or_insert(Bucket { left: BURST, at: now });
        *bucket = bucket.refilled(now);
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        // At 20 per second the next call is always less than a second away.
        Err(1)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn one_token_cannot_use_up_another() {
        let meter = Meter::default();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let taken = (0..200).filter(|_| meter.take("a", now).is_ok()).count();
        assert_eq!(taken, 120);
        assert_eq!(meter.take("a", now), Err(1));
        assert_eq!(meter.take("b", now), Ok(()));
        let later = now + SignedDuration::from_secs(1);
        assert_eq!((0..200).filter(|_| meter.take("a", later).is_ok()).count(), 20);
        // A clock that went back gives nothing.
        assert_eq!(meter.take("a", now), Err(1));
    }
}
