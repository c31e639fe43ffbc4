//! What is written down: who, what, why, decided by which rule.
//!
//! The chain of hashes is the store's; here is only the content.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::ids::{PersonId, RequestId};

/// One line of the audit trail. Each is committed with the decision it tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What happened, `request.approved`; [`KINDS`] lists them.
    pub kind: String,
    /// Which request; absent for an asking that was refused before there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// Who acted, from authentication; absent for the daemon itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// The event's time.
    pub at: Timestamp,
    /// The event's id.
    pub event: String,
    /// Why it was decided so: the rule in words (`approvers of stage release`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// The rest, by name. Holds no secret and no output marked sensitive.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Json>,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The canonical id.
    pub id: PersonId,
    /// As it was then.
    pub username: String,
}

/// The rule that stands where a person's approval would stand, where break-glass approves.
pub(crate) const BREAK_GLASS: &str = "break_glass";
/// What stands before the rule by which a request approves itself.
const BY_ITSELF: &str = "auto-approval by ";

/// Why a request was approved that nobody had to approve.
pub(crate) fn by_itself(rule: &str) -> String {
    format!("{BY_ITSELF}{rule}")
}

/// The rule by which a request approved itself, out of why it was approved.
pub(crate) fn rule_of(why: &str) -> &str {
    why.trim_start_matches(BY_ITSELF)
}

/// Whether a record of this kind and rule says that break-glass was used.
#[must_use]
pub fn is_break_glass(kind: &str, rule: &str) -> bool {
    kind == "request.approved" && rule == by_itself(BREAK_GLASS)
}

/// Every kind of record that the engine writes.
pub const KINDS: [&str; 33] = [
    "request.opened",
    "request.refused",
    "request.planned",
    "request.approved",
    "request.denied",
    "request.expired",
    "request.cancelled",
    "request.errored",
    "request.ended",
    "request.overtaken",
    "request.revoked",
    "request.resolve_proposed",
    "request.resolve_void",
    "request.resolved",
    "stage.opened",
    "stage.settled",
    "stage.approved",
    "stage.denied",
    "extension.asked",
    "extension.granted",
    "extension.closed",
    "event.refused",
    "effect.wanted",
    "effect.settled",
    "effect.withdrawn",
    "hook.decided",
    "hook.failed",
    "identity.found",
    "strategy.failed",
    "grant.active",
    "grant.owed",
    "grant.ended",
    "grant.stuck",
];
