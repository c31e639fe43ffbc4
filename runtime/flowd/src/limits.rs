//! How much one person may ask of the daemon: `[limits]` of the configuration. How many requests of
//! theirs may be open at once stands in the ceiling, because the engine refuses those.

use anyhow::ensure;
use serde::Deserialize;

/// How often one person may call, whichever token or session they use.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls per second in the long run.
    pub calls_per_second: f64,
    /// Calls at once after a pause.
    pub calls_burst: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls_per_second: 20.0, calls_burst: 120.0 }
    }
}

impl Limits {
    /// The same, if anybody could call at all.
    ///
    /// # Errors
    /// A sentence that says which is wrong and what would be right.
    pub fn checked(self) -> anyhow::Result<Self> {
        let Self { calls_per_second, calls_burst } = self;
        ensure!(
            (0.01..=100_000.0).contains(&calls_per_second),
            "`limits.calls_per_second = {calls_per_second}`: a number from 0.01 to 100000"
        );
        ensure!(
            (1.0..=1_000_000.0).contains(&calls_burst),
            "`limits.calls_burst = {calls_burst}`: a number from 1 to 1000000"
        );
        Ok(self)
    }
}
