//! How often one person may call: a bucket that fills with time. In memory: a restart forgives.
//!
//! It is the person's and not the token's, because whoever has one token can make others.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use flow_engine::PersonId;
use jiff::Timestamp;

use crate::limits::Limits;

/// Buckets before those that are full again are thrown away.
const BUCKETS_MAX: usize = 10_000;

/// Counts the calls of each person.
#[derive(Debug)]
pub struct Meter {
    limits: Limits,
    buckets: Mutex<HashMap<PersonId, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Meter {
    /// One that gives so much.
    pub fn new(limits: Limits) -> Self {
        Self { limits, buckets: Mutex::default() }
    }

    /// Takes one call of this person.
    ///
    /// # Errors
    /// There is none left: in how many seconds there is.
    pub fn take(&self, person: PersonId, now: Timestamp) -> Result<(), u32> {
        let Limits { calls_per_second, calls_burst } = self.limits;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| self.refilled(*bucket, now).left < calls_burst);
        }
        let bucket = buckets.entry(person).or_insert(Bucket { left: calls_burst, at: now });
        *bucket = self.refilled(*bucket, now);
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        let seconds = ((1.0 - bucket.left) / calls_per_second).ceil().max(1.0);
        Err(seconds as u32)
    }

    fn refilled(&self, bucket: Bucket, now: Timestamp) -> Bucket {
        let passed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        let left = self.limits.calls_per_second.mul_add(passed, bucket.left);
        Bucket { left: left.min(self.limits.calls_burst), at: now.max(bucket.at) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn person(n: u128) -> PersonId {
        PersonId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn one_person_cannot_use_up_another() {
        let meter = Meter::new(Limits::default());
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let taken = (0..200).filter(|_| meter.take(person(1), now).is_ok()).count();
        assert_eq!(taken, 120);
        assert_eq!(meter.take(person(1), now), Err(1));
        assert_eq!(meter.take(person(2), now), Ok(()));
        let later = now + SignedDuration::from_secs(1);
        assert_eq!((0..200).filter(|_| meter.take(person(1), later).is_ok()).count(), 20);
        // A clock that went back gives nothing.
        assert_eq!(meter.take(person(1), now), Err(1));
    }

    #[test]
    fn a_slow_bucket_says_how_long_it_takes() {
        let meter = Meter::new(Limits { calls_per_second: 0.1, calls_burst: 1.0 });
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(meter.take(person(1), now), Ok(()));
        assert_eq!(meter.take(person(1), now), Err(10));
        assert_eq!(meter.take(person(1), now + SignedDuration::from_secs(4)), Err(6));
        assert_eq!(meter.take(person(1), now + SignedDuration::from_secs(10)), Ok(()));
    }
}
