//! What is granted and how it is taken back, as it is stored.

use std::collections::BTreeMap;

use flow_bundle::value::Target;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use crate::effect::Fault;
use crate::event::EventSource;
use crate::ids::{EffectId, GrantId};
use crate::person::Person;
use crate::state::StepResult;

/// From when and until when access is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// When the last target became active.
    pub started_at: Timestamp,
    /// When the end begins; absent with `ends = "on_revoke"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Why the end is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The cause that the function is told.
    pub cause: Cause,
    /// When it was first wanted.
    pub at: Timestamp,
    /// Who wanted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
    /// Through which surface.
    pub source: EventSource,
    /// In their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// After this it is `stuck`; present once the removal began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck_at: Option<Timestamp>,
}

/// Why access is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Its time is up.
    Scheduled,
    /// A person ended it early.
    Revoked,
    /// The escalation did not go well.
    Failed,
    /// An admin ends many.
    Emergency,
}

impl Cause {
    /// The word in the language and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Revoked => "revoked",
            Self::Failed => "failed",
            Self::Emergency => "emergency",
        }
    }
}

/// A person's word about a stuck end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Who.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// Why they think it is dealt with.
    pub reason: String,
}

/// One target of a request: how far its making and taking back are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The target, with its settings filled in.
    pub target: Target,
    /// The grant that stands for it.
    pub grant: GrantId,
    /// How far.
    pub state: AccessState,
    /// The whole answer of the escalation, where there was one with the promised form.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub answer: Option<Json>,
    /// What went wrong with the escalation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Whether an attempt of the escalation has made it, or may have.
    #[serde(default)]
    pub may_stand: bool,
    /// Until when an attempt of the escalation without an answer may still be running: only a
    /// confirmation of a call that began then or later discharges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles_at: Option<Timestamp>,
    /// The whole answer that confirmed the end.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub end_answer: Option<Json>,
    /// Why the last try of the end was not confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_fault: Option<Fault>,
    /// How the requester is known on the other side. Found before the escalation; the end uses it,
    /// whatever is known by then. Absent where the strategy knows people by their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// What the strategy itself asks before a call, as far as it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preparing: Option<Preparing>,
    /// Whether everything that is asked before the escalation has been asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prepared: bool,
    /// What a call began and the other side has not done yet, while it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polling: Option<Polling>,
    /// Results of the strategy's own steps by name. Each target has its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, StepResult>,
}

impl Access {
    /// Who the requester is on the other side: by their e-mail address, where nothing else was found.
    pub(crate) fn known_as<'a>(&'a self, requester: &'a Person) -> &'a str {
        self.identity.as_ref().map_or(requester.email(), |known| known.id.as_str())
    }
}

/// How a person is known on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's name; where the strategy has none, its address.
    pub provider: String,
    /// The id there.
    pub id: String,
    /// Which rule of the bundle gave it.
    pub rule: String,
}

/// The part of a strategy that asks something before a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Finds the requester's id on the other side.
    Identity,
    /// Comes before the escalation.
    Escalate,
    /// Comes before the end.
    Deescalate,
}

impl Part {
    /// The word in the language and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Escalate => "escalate",
            Self::Deescalate => "deescalate",
        }
    }
}

/// Steps of a strategy that are under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preparing {
    /// Of which part.
    pub part: Part,
    /// Index of the step that is waited for, or that is next.
    pub next: usize,
    /// The call that is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<EffectId>,
    /// When they are begun anew; present exactly while nothing is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
    /// The try of the end that they come before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EndTry>,
}

/// What is asked until the other side has done what a call began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polling {
    /// Which call began it.
    pub part: Part,
    /// What that call answered, in the form of its output.
    pub answer: Json,
    /// When that call began.
    pub started_at: Timestamp,
    /// After this nobody knows.
    pub until: Timestamp,
    /// The poll; each is another attempt of it.
    pub effect: EffectId,
    /// The try of an end that began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EndTry>,
    /// Polls in a row that came to nothing.
    #[serde(default)]
    pub failures: u32,
    /// What the last of them came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Fault>,
}

/// A try of an end that is still to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndTry {
    /// Its id.
    pub effect: EffectId,
    /// Which attempt it will be.
    pub attempt: u32,
    /// Tries before it that were not confirmed, those that came no further than a step among them.
    pub failures: u32,
}

/// What is there is an answer, also where it is null: a service may confirm with nothing to say.
pub(crate) fn present<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(json).map(Some)
}

/// How far the making and taking back of one target are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessState {
    /// Nothing was asked for yet, and nothing is owed.
    Planned,
    /// Another request's call for the same shared grant is under way.
    Waiting,
    /// Asked for; from here on the end is owed.
    Escalating,
    /// It stands.
    Active,
    /// It stands or may stand, and nobody asked for its end yet.
    Owed,
    /// Its end was asked for and is not confirmed.
    Deescalating,
    /// Its end is confirmed, or nothing was ever made.
    Discharged,
}

impl AccessState {
    /// Whether it stands or may stand.
    #[must_use]
    pub fn owes_an_end(self) -> bool {
        match self {
            Self::Escalating | Self::Active | Self::Owed | Self::Deescalating => true,
            Self::Planned | Self::Waiting | Self::Discharged => false,
        }
    }
}
