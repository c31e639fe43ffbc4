//! What hooks do, and what a flow grants at the end of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Notify, Retry};
use crate::expr::Expr;
use crate::number::{Count, Seconds};
use crate::types::Type;

/// One statement of a hook.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "snake_case")]
pub enum Statement {
    /// Something is asked or done outside.
    Step(Step),
    /// The flow decides.
    Decision(Decision),
    /// The request ends errored.
    Fail(Fail),
    /// Somebody is told.
    Notify(Notify),
}

/// Something is asked or done outside.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The kind's own attributes, by name (`function`, `mode`, `payload` …).
    pub args: BTreeMap<String, Expr>,
    /// Whether it may be repeated though it may have happened.
    pub idempotent: bool,
    /// Address of the integration, where the kind has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// `aws_lambda`, `http`, `value` …
    pub kind: String,
    /// Unique in the flow.
    pub name: String,
    /// What a failure does.
    pub on_error: OnError,
    /// Type of the output; `none` where nothing is read.
    pub output: Type,
    /// Whether it only reads.
    pub reads: bool,
    /// How it is tried again; absent: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// All tries and pages.
    pub timeout_s: Seconds,
    /// False: skipped.
    pub when: Expr,
}

/// What a failed step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The request ends errored; in an after-hook the rest is skipped.
    Fail,
    /// Go on; the output is guarded.
    Continue,
    /// The request ends denied.
    Deny,
    /// This click or form is refused; the request lives.
    Ignore,
}

/// The flow decides.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// `approve`, `deny` or `ignore`.
    #[serde(rename = "do")]
    pub verdict: Verdict,
    /// Told to the acting person by `ignore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Expr>,
    /// Shown and audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Expr>,
    /// Whether.
    pub when: Expr,
}

/// The word of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verdict {
    Approve,
    Deny,
    Ignore,
}

/// The request ends errored.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// Told to the requester and the error channel.
    pub message: Expr,
    /// Whether.
    pub when: Expr,
}

/// What is granted.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// How long; absent with `on_revoke`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Expr>,
    /// When it ends.
    pub ends: Ends,
    /// Whether and how it can be made longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extend: Option<Extend>,
    /// The longest; a longer result is clamped and noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration_s: Option<Seconds>,
    /// Whether it can be ended early.
    pub revocable: bool,
    /// Why it stands until somebody revokes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing_reason: Option<String>,
    /// Address of the strategy.
    pub strategy: String,
    /// One target; exactly one of `target` and `targets` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Expr>,
    /// Several targets, granted in order, all or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Expr>,
}

/// When a grant ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Ends {
    AfterDuration,
    OnRevoke,
}

/// Whether and how a grant can be made longer.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// `same`, `none` or a stage's name.
    pub approval: String,
    /// How often.
    pub max_times: Count,
    /// How long in all.
    pub max_total_s: Seconds,
}
