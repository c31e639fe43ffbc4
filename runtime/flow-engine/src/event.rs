//! Everything that can happen to a request, with its time.
//!
//! An event is recorded with the [`crate::Context`] it was decided in; folding the recorded pairs
//! again gives the same state.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::ErrorKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::ids::{EffectId, GrantId, RequestId};
use crate::person::Person;
use crate::state::{Request, present};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unique per request; the store drops an id that it has seen. A tick's is
    /// [`Event::tick_id`], an outcome's [`Event::outcome_id`].
    pub id: String,
    /// Recorded time: the largest of the wall clock, the request's last event and the store's mark.
    pub at: Timestamp,
    /// Who acted, from authentication only; absent for timers and outcomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
    /// Which surface it came through.
    pub source: EventSource,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// The id of the tick that is due at `wake_at`: two clocks cannot tick twice.
    #[must_use]
    pub fn tick_id(request: RequestId, wake_at: Timestamp) -> String {
        format!("tick:{request}:{wake_at}")
    }

    /// The id of the outcome of one attempt: it is reported once.
    #[must_use]
    pub fn outcome_id(effect: EffectId, attempt: u32) -> String {
        format!("outcome:{effect}:{attempt}")
    }
}

/// Which surface an event came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum EventSource {
    Slack,
    Api,
    Web,
    /// Timers, outcomes, the daemon itself.
    Automation,
}

impl EventSource {
    /// The word in the language (`event.source`).
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Api => "api",
            Self::Web => "web",
            Self::Automation => "automation",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody asks. The only event for a request that is not there yet.
    Ask(Ask),
    /// A person approves one stage.
    Approve(Click),
    /// A person denies one stage.
    Deny(Click),
    /// The requester withdraws.
    Cancel,
    /// A person ends the grant early.
    Revoke {
        /// Shown and audited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The requester wants access to last longer.
    Extend(Longer),
    /// A person says that an end which cannot be confirmed is dealt with. The second different
    /// person's word ends the request; each is authenticated by its own event.
    Resolve {
        /// Kept in every report.
        reason: String,
    },
    /// The time that [`crate::Request::wake_at`] named is there.
    Tick,
    /// A call ended.
    Outcome(Settled),
    /// The newest bundle has no such flow, or it is disabled.
    FlowGone,
    /// The newest bundle has no such target.
    TargetGone {
        /// Its address.
        target: String,
    },
    /// The requester was deactivated.
    PersonDeactivated,
    /// The store was restored from a backup, and the audit trail knows more of this request.
    Overtaken(Overtaken),
    /// An admin ends this grant together with others (`revoke --all`, `--target`, `--person`).
    RevokeAll {
        /// Announced and audited.
        reason: String,
    },
}

impl EventKind {
    /// The event's name: the column of the transition table.
    #[must_use]
    pub const fn name(&self) -> EventName {
        match self {
            Self::Ask(_) => EventName::Ask,
            Self::Approve(_) => EventName::Approve,
            Self::Deny(_) => EventName::Deny,
            Self::Cancel => EventName::Cancel,
            Self::Revoke { .. } => EventName::Revoke,
            Self::Extend(_) => EventName::Extend,
            Self::Resolve { .. } => EventName::Resolve,
            Self::Tick => EventName::Tick,
            Self::Outcome(_) => EventName::Outcome,
            Self::FlowGone => EventName::FlowGone,
            Self::TargetGone { .. } => EventName::TargetGone,
            Self::PersonDeactivated => EventName::PersonDeactivated,
            Self::Overtaken(_) => EventName::Overtaken,
            Self::RevokeAll { .. } => EventName::RevokeAll,
        }
    }

    /// The word in journals and audit records.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        self.name().word()
    }
}

/// An event without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "as in `EventKind`")]
pub enum EventName {
    Ask,
    Approve,
    Deny,
    Cancel,
    Revoke,
    Extend,
    Resolve,
    Tick,
    Outcome,
    FlowGone,
    TargetGone,
    PersonDeactivated,
    Overtaken,
    RevokeAll,
}

impl EventName {
    /// In the order of the transition table.
    pub const ALL: [Self; 14] = [
        Self::Ask,
        Self::Approve,
        Self::Deny,
        Self::Cancel,
        Self::Revoke,
        Self::Extend,
        Self::Resolve,
        Self::Tick,
        Self::Outcome,
        Self::FlowGone,
        Self::TargetGone,
        Self::PersonDeactivated,
        Self::Overtaken,
        Self::RevokeAll,
    ];

    /// The word in journals, audit records and the transition table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Cancel => "cancel",
            Self::Revoke => "revoke",
            Self::Extend => "extend",
            Self::Resolve => "resolve",
            Self::Tick => "tick",
            Self::Outcome => "outcome",
            Self::FlowGone => "flow_gone",
            Self::TargetGone => "target_gone",
            Self::PersonDeactivated => "person_deactivated",
            Self::Overtaken => "overtaken",
            Self::RevokeAll => "revoke_all",
        }
    }
}

/// What somebody asks for. The flow is the pinned one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Chosen by the daemon, random.
    pub request: RequestId,
    /// Whom it is for; absent: the one who asks. A bot may ask in a person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<Person>,
    /// Prompt values by field name, as JSON: a duration is `"1h30m"` or seconds, a target its
    /// address or its name, a user an e-mail address, a timestamp RFC 3339.
    #[serde(default)]
    pub fields: BTreeMap<String, Json>,
    /// `request.context`.
    #[serde(default)]
    pub context: Json,
}

/// A decision of a person about one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    /// The stage's name; absent: the only open one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What the person saw: the stage's digest, whole or at least its first 16 hex digits.
    pub digest: String,
    /// Wanted where the stage says `ask_comment = "required"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A wish that access lasts longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Longer {
    /// By how much, in seconds.
    pub duration_s: u64,
    /// Shown to the approvers and audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the audit trail knows of a request after a restore.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overtaken {
    /// The request as it was when access was last asked for or made; absent: no later than the
    /// store has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Box<Request>>,
    /// Access that has ended since, or was never ours to take back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ended: BTreeSet<GrantId>,
}

/// How one attempt of an effect ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Which effect.
    pub effect: EffectId,
    /// Which attempt, as in [`crate::Effect::attempt`].
    pub attempt: u32,
    /// When the call began, in recorded time: the *started* row's. Where an attempt was repeated
    /// after a crash, the beginning of the call that is reported here.
    pub started_at: Timestamp,
    /// When it ended, in recorded time.
    pub ended_at: Timestamp,
    /// How.
    pub outcome: Outcome,
}

/// The three faces of an end of a call. Only a connector knows which; the engine knows what an
/// answer means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Outcome {
    /// The other side answered.
    Answered(Answer),
    /// It certainly did not happen.
    Refused {
        /// Of which kind ([`ErrorKind::refused`] is true of it).
        kind: ErrorKind,
        /// For people: what is wrong and what to do.
        message: String,
        /// The service's own hint, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u64>,
    },
    /// It may have happened, or still be happening.
    Unknown {
        /// Of which kind.
        kind: ErrorKind,
        /// For people.
        message: String,
    },
}

impl Outcome {
    /// A fault of this kind: refused where it says that nothing happened, else unknown.
    #[must_use]
    pub const fn failed(kind: ErrorKind, message: String) -> Self {
        if kind.refused() {
            Self::Refused { kind, message, retry_after_s: None }
        } else {
            Self::Unknown { kind, message }
        }
    }

    /// What the daemon says of a call that it cannot know about after a crash.
    #[must_use]
    pub fn stopped_in_flight() -> Self {
        Self::Unknown {
            kind: ErrorKind::Internal,
            message: "stopped while the call was in flight".to_owned(),
        }
    }
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The payload, where it was JSON. Absent: there was none (an asynchronous call, a message).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub payload: Option<Json>,
    /// The beginning of what came back where it was not JSON, redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_json: Option<String>,
    /// The header `X-Amz-Function-Error`: the function raised, exited or timed out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_error: Option<String>,
    /// The HTTP status, of a service that the flow itself calls (`http`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The headers that the step keeps (`response_headers`), by lower-case name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Which version of the function answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executed_version: Option<String>,
}
