//! Grants: one person's access to one target through us, an aggregate of its own.
//!
//! `absent → adding → present { holders } → removing → absent`. A request holds and releases; the
//! first hold adds, the last release removes. Access that was there before we looked is held as well,
//! and left as it was by the last release.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{GrantId, PersonId, RequestId};

/// One person's access to one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// [`GrantId::of`] of the rest.
    pub id: GrantId,
    /// Counted up with every change; 0 has never been stored.
    pub version: u64,
    /// Address of the strategy.
    pub strategy: String,
    /// The target, with its settings where they depend on the request.
    pub target: String,
    /// Who has it.
    pub person: PersonId,
    /// Whether requests share it.
    pub shared: bool,
    /// Where it stands.
    pub state: GrantState,
    /// Requests that want it to stand. Empty exactly when it is absent or on its way out.
    #[serde(default)]
    pub holders: Vec<RequestId>,
    /// Whose call is under way while adding or removing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RequestId>,
    /// When access became active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_since: Option<Timestamp>,
    /// Until when an unanswered attempt to add it may still be running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles_at: Option<Timestamp>,
    /// [`crate::Context::jumped_s`] as `settles_at` was written.
    #[serde(default)]
    pub jumped_s: u64,
    /// Last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    /// It was there before we looked: nothing of ours, so its end takes nothing away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preexisting: bool,
}

/// Where a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Nothing stands, and nothing is owed.
    Absent,
    /// An escalation was asked for; its end is owed from here on.
    Adding,
    /// It stands.
    Present,
    /// Its end was asked for and is not confirmed.
    Removing,
}

/// A grant that a transition changed. Stored together with the request, or neither is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantChange {
    /// The version that must still stand in the store; 0: no row.
    pub expected_version: u64,
    /// What is written.
    pub grant: Grant,
}
