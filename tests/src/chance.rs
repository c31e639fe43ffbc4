//! Seeded chance for tests: the seed is printed, and given back through `FLOW_SEED`.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// A small generator (splitmix64): good enough to choose moments and bytes.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Seeded by `FLOW_SEED`, else by the clock; says the seed on the real standard error, so that
    /// a failed run can be repeated.
    pub fn announced(what: &str) -> Self {
        let given = std::env::var("FLOW_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::from(now.subsec_nanos()) ^ now.as_secs()
        });
        let _ = writeln!(std::io::stderr(), "{what}: FLOW_SEED={seed}");
        Self(seed)
    }

    /// The next number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}

/// A number from an environment variable.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
