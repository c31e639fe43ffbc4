//! Extensions as they are stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A wish that access lasts longer, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Counted from 1 in each request.
    pub number: u32,
    /// By how much, in seconds.
    pub duration_s: u64,
    /// When access ends where it is granted: fixed when it was asked for, so that people approve a
    /// moment and no sum.
    pub until: Timestamp,
    /// In the requester's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Where it stands.
    pub state: ExtensionState,
    /// When that was settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
}

/// Where an extension stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionState {
    /// People decide.
    Asked,
    /// Access lasts longer.
    Granted,
    /// A person said no, or nothing could be granted.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// Access ended before it was decided.
    Overtaken,
}

impl ExtensionState {
    /// The word in JSON and in the audit trail.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Overtaken => "overtaken",
        }
    }
}
