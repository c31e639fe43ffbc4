//! Hooks, steps and calls that are under way, as they are stored.

use std::collections::BTreeMap;

use flow_bundle::Value;
use flow_bundle::bundle::HookEvent;
use flow_bundle::digest::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Cause, Part};
use crate::effect::{Effect, Fault};
use crate::event::EventSource;
use crate::ids::EffectId;
use crate::person::Person;

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
    /// The HTTP status, of a step of kind `http` that was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The headers that it keeps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    /// When it was settled.
    pub at: Timestamp,
    /// How long its last call took.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub duration_ms: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
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
    /// Results of its own steps so far. Another run of the same hook may go on at the same time,
    /// and neither may read what the other asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, StepResult>,
}

/// Prompt values that are still being read: the options of a field are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    /// What was submitted, by name.
    pub submitted: BTreeMap<String, Json>,
    /// What was asked, and by whom.
    pub about: About,
    /// Index of the field that is being read.
    pub field: usize,
    /// Index of its step that is waited for, or that is next.
    pub step: usize,
    /// The call that is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<EffectId>,
    /// Results of the field's own steps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, StepResult>,
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
    /// Which hook reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<HookEvent>,
    /// For a click: what the person had been shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
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
    /// Tries of an end that were not confirmed: the pause doubles with them.
    #[serde(default)]
    pub failures: u32,
    /// [`crate::Context::jumped_s`] as it was asked for.
    #[serde(default)]
    pub jumped_s: u64,
    /// What is sent again, for a step that may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Box<Effect>>,
}

impl Call {
    /// A first attempt; when and which is filled in as it is asked for.
    #[must_use]
    pub const fn of(role: CallRole) -> Self {
        let not_before = Timestamp::UNIX_EPOCH;
        Self { role, attempt: 1, not_before, failures: 0, jumped_s: 0, effect: None }
    }
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
    /// A step that a field asks for its options.
    Option {
        /// The step's name.
        name: String,
    },
    /// Asks whether what a call began is done.
    Poll {
        /// Index into [`Request::accesses`].
        access: usize,
    },
    /// A step that a strategy asks before a call.
    Prepare {
        /// Index into [`Request::accesses`].
        access: usize,
        /// Of which part of the strategy.
        part: Part,
        /// The step's name.
        name: String,
    },
}
