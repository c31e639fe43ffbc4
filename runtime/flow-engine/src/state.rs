//! A request and everything that is stored of it.
//!
//! The forms are stable: fields are added with a default, never renamed, and unknown ones are
//! passed over. How they change is in `transition`.

use std::collections::BTreeMap;

use flow_bundle::Value;
use flow_bundle::bundle::HookEvent;
use flow_bundle::digest::Digest;
use flow_bundle::value::{Principals, Target};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::effect::Fault;
use crate::event::EventSource;
use crate::ids::{EffectId, GrantId, RequestId};
use crate::person::Person;

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

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: StageState,
    /// What must be met, computed when it opened.
    #[serde(default)]
    pub rules: Vec<RuleNeed>,
    /// What is approved; present once it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// When it opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// When nobody can decide any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether `fallback_approvers` decide.
    #[serde(default)]
    pub on_fallback: bool,
    /// Who approved.
    #[serde(default)]
    pub approvals: Vec<Decided>,
    /// Who denied.
    #[serde(default)]
    pub denials: Vec<Decided>,
    /// When it was settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
    /// Index of the route that was tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<usize>,
    /// When the next route is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_route_at: Option<Timestamp>,
    /// When people are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Timestamp>,
}

/// Where a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the language's words (`approval.<n>.state`)")]
pub enum StageState {
    Waiting,
    Open,
    Met,
    Auto,
    Skipped,
    NotNeeded,
    Denied,
    Expired,
}

impl StageState {
    /// The word in the language and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Met => "met",
            Self::Auto => "auto",
            Self::Skipped => "skipped",
            Self::NotNeeded => "not_needed",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }
}

/// How many people of which set a stage needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleNeed {
    /// The rule's name; `""` in the short form.
    pub name: String,
    /// Who counts.
    pub approvers: Principals,
    /// How many of them.
    pub quorum: u32,
}

/// A person's decision that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Who.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// For which rules they were an approver at that moment, by index.
    pub rules: Vec<usize>,
    /// What they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Through which surface.
    pub source: EventSource,
}

/// How a request came to be approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// When.
    pub at: Timestamp,
    /// The last approver; for an auto-approval the requester.
    pub by: Person,
    /// Through which surface; [`EventSource::Automation`] for an auto-approval.
    pub source: EventSource,
    /// Which rule approved without a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto: Option<String>,
}

/// Why a request was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// Who; absent: a `decision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
    /// In which stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// In their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Json>,
    /// What went wrong with the escalation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Until when an attempt of the escalation without an answer may still be running: only a
    /// confirmation of a call that began then or later discharges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles_at: Option<Timestamp>,
    /// The whole answer that confirmed the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_answer: Option<Json>,
    /// Why the last try of the end was not confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_fault: Option<Fault>,
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

/// Result of a step, as expressions see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// Whether it was done and its answer had the promised form.
    pub ok: bool,
    /// Whether its `when` was false, or a decision had been made before it.
    #[serde(default)]
    pub skipped: bool,
    /// The output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    /// When it was settled.
    pub at: Timestamp,
}

/// A hook that waits for a step, or for nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookRun {
    /// Tells runs of one hook apart.
    pub run: u32,
    /// Which hook.
    pub hook: HookEvent,
    /// Index of the statement that is next, or that is waited for.
    pub next: usize,
    /// The call that is waited for.
    pub waits_for: EffectId,
    /// What the hook is about.
    pub about: About,
    /// The decision that has won.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub won: Option<Won>,
}

/// What a hook is about (`event` in expressions).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Id of the event that fired it.
    pub event: String,
    /// Who acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Person>,
    /// Its time.
    pub at: Timestamp,
    /// Through which surface.
    pub source: EventSource,
    /// Which stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Why access is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What the person said with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A decision that has won in a hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Won {
    /// What it says.
    pub verdict: flow_bundle::bundle::Verdict,
    /// In its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Which decision: the hook and the statement's index.
    pub rule: String,
}

/// A call whose outcome is awaited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// What for.
    pub role: CallRole,
    /// The attempt that is awaited; only its outcome counts.
    pub attempt: u32,
    /// Not to be started earlier.
    pub not_before: Timestamp,
    /// Tries that were not confirmed, this round: the pause doubles with them.
    #[serde(default)]
    pub failures: u32,
}

/// What a call is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum CallRole {
    /// Makes the access of this index.
    Escalate {
        /// Index into [`Request::accesses`].
        access: usize,
    },
    /// Takes back the access of this index.
    Deescalate {
        /// Index into [`Request::accesses`].
        access: usize,
    },
    /// A step of a hook run.
    Step {
        /// The step's name.
        name: String,
        /// [`HookRun::run`].
        run: u32,
    },
}

impl Request {
    /// When it next wants a [`crate::event::EventKind::Tick`].
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let stages = self.stages.iter().filter(|s| s.state == StageState::Open);
        let stages = stages.flat_map(|s| [s.expires_at, s.next_route_at, s.remind_at]);
        let stages = stages.flatten().filter(|_| self.phase == Phase::Pending);
        let expiry = self.window.and_then(|w| w.expires_at).filter(|_| self.phase == Phase::Active);
        let stuck = self.ending.as_ref().and_then(|e| e.stuck_at);
        let stuck =
            stuck.filter(|_| self.phase == Phase::Deescalating && self.stuck_since.is_none());
        stages.chain(expiry).chain(stuck).chain(self.poll_at()).min()
    }

    /// When a request that waits for another one's call on a shared grant looks again.
    fn poll_at(&self) -> Option<Timestamp> {
        let waits = self.accesses.iter().any(|a| a.state == AccessState::Waiting);
        let seconds = jiff::SignedDuration::from_secs(SHARED_POLL_S);
        waits.then(|| self.last_at.checked_add(seconds).unwrap_or(Timestamp::MAX))
    }

    /// Whether the state still wants this attempt. Asked in the transaction that commits the
    /// *started* row; a message is always wanted.
    #[must_use]
    pub fn still_wants(&self, effect: EffectId, attempt: u32) -> bool {
        self.calls.get(&effect).is_some_and(|call| call.attempt == attempt)
    }

    /// Whether a grant of this request stands or may stand.
    #[must_use]
    pub fn owes_an_end(&self) -> bool {
        self.accesses.iter().any(|a| match a.state {
            AccessState::Escalating
            | AccessState::Active
            | AccessState::Owed
            | AccessState::Deescalating => true,
            AccessState::Planned | AccessState::Waiting | AccessState::Discharged => false,
        })
    }
}

/// How often a request that waits for another one's call looks again, in seconds.
pub(crate) const SHARED_POLL_S: i64 = 5;
