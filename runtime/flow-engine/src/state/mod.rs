//! A request and everything that is stored of it.
//!
//! The forms are stable: fields are added with a default, never renamed, and unknown ones are
//! passed over. Stages, accesses and what is under way have files of their own; how they change is
//! in `transition`.

use std::collections::BTreeMap;

use flow_bundle::Value;
use flow_bundle::bundle::HookEvent;
use flow_bundle::digest::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::effect::Fault;
use crate::event::EventSource;
use crate::ids::{EffectId, RequestId};
use crate::person::Person;

mod access;
mod extension;
mod progress;
mod stage;

pub(crate) use access::present;
pub use access::{
    Access, AccessState, Cause, EndTry, Ending, Identity, Part, Polling, Preparing, Voice, Window,
};
pub use extension::{Extension, ExtensionState};
pub use progress::{About, Call, CallRole, Filling, HookRun, StepResult, Won};
pub use stage::{Approved, Decided, Denial, RuleNeed, Stage, StageState};

/// What a person asked for, and its whole life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// Counted up with every transition that was accepted, from 1: what the store compares and sets.
    pub version: u64,
    /// Address of the flow.
    pub flow: String,
    /// Content hash of the bundle that it keeps to its end.
    pub bundle: Digest,
    /// The flow's own hash.
    pub flow_hash: Digest,
    /// Counted up per flow address, as it stood when this was asked.
    pub flow_version: u64,
    /// Whom it is for.
    pub requester: Person,
    /// Who asked: the requester, or a bot in their name.
    pub by: Person,
    /// Which surface it was asked through.
    pub source: EventSource,
    /// When it was asked.
    pub created_at: Timestamp,
    /// Time of the last event that changed it; recorded time never falls behind it.
    pub last_at: Timestamp,
    /// Where in its life it is.
    pub phase: Phase,
    /// How it ended; present exactly in [`Phase::Ended`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<End>,
    /// Since when its end is `stuck`: a mark on [`Phase::Deescalating`], never an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck_since: Option<Timestamp>,
    /// Prompt values by name; one that was not visible is absent.
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    /// `request.context`.
    #[serde(default)]
    pub context: Json,
    /// How long access is to last, in seconds, already clamped; absent without a grant and with
    /// `ends = "on_revoke"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<u64>,
    /// One for each target; empty for an approval-only flow.
    #[serde(default)]
    pub accesses: Vec<Access>,
    /// One for each `approval` block, in the order written.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// Wishes for more time, in the order asked; their stages stand among `stages`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// The `decision` that approves without a person, from `on_request` until it is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_rule: Option<String>,
    /// Set once, when it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Approved>,
    /// Set when it was denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<Denial>,
    /// Set when something went wrong that ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    /// From when and until when access is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Set once the end is wanted, even while the escalation is still under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// Who said that a stuck end is dealt with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolved_by: Vec<Voice>,
    /// Results of steps by name, `escalate` and `deescalate` not among them.
    #[serde(default)]
    pub steps: BTreeMap<String, StepResult>,
    /// Prompt values that are still being read; present only before anything else has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filling: Option<Filling>,
    /// Hooks that wait for a step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookRun>,
    /// Calls whose outcome is awaited. Messages are not among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<EffectId, Call>,
    /// Who caused each event so far, by the event's name (`prompt`, `request`, `approve` …).
    #[serde(default)]
    pub actors: BTreeMap<String, Person>,
    /// Numbers effects and hook runs.
    #[serde(default)]
    pub counter: u32,
    /// [`crate::Context::jumped_s`] as of the last event.
    #[serde(default)]
    pub jumped_s: u64,
}

/// Where in its life a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Asked; hooks run, nobody was asked yet.
    Requested,
    /// Stages wait for people.
    Pending,
    /// All stages are met; nothing was made yet.
    Approved,
    /// Access is being made.
    Escalating,
    /// Access stands.
    Active,
    /// Access is being taken back.
    Deescalating,
    /// Nothing is owed any more.
    Ended,
}

impl Phase {
    /// In the order of a life.
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Pending,
        Self::Approved,
        Self::Escalating,
        Self::Active,
        Self::Deescalating,
        Self::Ended,
    ];

    /// The word in the language and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Escalating => "escalating",
            Self::Active => "active",
            Self::Deescalating => "deescalating",
            Self::Ended => "ended",
        }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// As it was meant.
    Ok,
    /// A person or a `decision` said no.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// Withdrawn, or its flow, target or person went away.
    Cancelled,
    /// `fail`, or a fault.
    Errored,
}

impl End {
    /// The word in the language and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Errored => "errored",
        }
    }
}

impl Request {
    /// When it next wants a [`crate::event::EventKind::Tick`].
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let stages = self.round().filter(|s| s.state == StageState::Open);
        let stages = stages.flat_map(|s| [s.expires_at, s.next_route_at, s.remind_at]);
        let stages = stages.flatten().filter(|_| self.is_deciding());
        let expiry = self.window.and_then(|w| w.expires_at).filter(|_| self.phase == Phase::Active);
        let stuck = self.ending.as_ref().and_then(|e| e.stuck_at);
        let stuck =
            stuck.filter(|_| self.phase == Phase::Deescalating && self.stuck_since.is_none());
        let preparing = self.accesses.iter().filter_map(|a| a.preparing.as_ref());
        let again = preparing.filter_map(|p| p.again_at);
        stages.chain(expiry).chain(stuck).chain(self.poll_at()).chain(again).min()
    }

    /// The extension that people decide about now.
    #[must_use]
    pub fn extension(&self) -> Option<&Extension> {
        self.extensions.last().filter(|e| e.state == ExtensionState::Asked)
    }

    /// The stages that can be decided about now, or could be last: those of the extension that is
    /// asked for, else those of the request itself.
    pub fn round(&self) -> impl Iterator<Item = &Stage> {
        let round = self.extension().map(|e| e.number);
        self.stages.iter().filter(move |s| s.extension == round)
    }

    /// Whether people's decisions count now.
    #[must_use]
    pub fn is_deciding(&self) -> bool {
        match self.phase {
            Phase::Pending => true,
            Phase::Active => self.extension().is_some(),
            Phase::Requested
            | Phase::Approved
            | Phase::Escalating
            | Phase::Deescalating
            | Phase::Ended => false,
        }
    }

    /// When a request that waits for another one's call on a shared grant looks again: the longer
    /// it has waited, the later.
    fn poll_at(&self) -> Option<Timestamp> {
        let waits = self.accesses.iter().any(|a| a.state == AccessState::Waiting);
        let since = self.approved.as_ref().map_or(self.created_at, |a| a.at);
        let waited_s = self.last_at.duration_since(since).as_secs();
        let pause_s = (waited_s / 4).clamp(SHARED_POLL_MIN_S, SHARED_POLL_MAX_S);
        let pause = jiff::SignedDuration::from_secs(pause_s);
        waits.then(|| self.last_at.checked_add(pause).unwrap_or(Timestamp::MAX))
    }

    /// Whether the state still wants this attempt. Asked in the transaction that commits the
    /// *started* row; a message is always wanted.
    #[must_use]
    pub fn still_wants(&self, effect: EffectId, attempt: u32) -> bool {
        self.calls.get(&effect).is_some_and(|call| call.attempt == attempt)
    }

    /// People whose word is not counted yet, as they were when they gave it: their click waits for
    /// a hook, or the end that they call dealt with waits for a second word.
    #[must_use]
    pub fn deciders(&self) -> Vec<&Person> {
        let is_click = |h: &&HookRun| matches!(h.hook, HookEvent::OnApprove | HookEvent::OnDeny);
        let clicks = self.hooks.iter().filter(is_click);
        let clicks = clicks.filter_map(|hook| hook.about.actor.as_ref());
        let words = self.resolved_by.iter().filter(|_| self.phase != Phase::Ended);
        clicks.chain(words.map(|voice| &voice.by)).collect()
    }

    /// Whether a grant of this request stands or may stand.
    #[must_use]
    pub fn owes_an_end(&self) -> bool {
        self.accesses.iter().any(|a| a.state.owes_an_end())
    }
}

/// How soon, at first, a request that waits for another one's call looks again, in seconds.
const SHARED_POLL_MIN_S: i64 = 5;
/// How late, at last.
const SHARED_POLL_MAX_S: i64 = 900;
