//! One flow: its form, who may do what, its proofs. Stages, hooks and grants have files beside it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Approval, Grant, Statement};
use crate::digest::Digest;
use crate::expr::Expr;
use crate::number::{Count, Seconds};
use crate::types::Type;

/// A declared process.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// In the order written.
    pub approvals: Vec<Approval>,
    /// Whether something may approve without a person (`allow_auto_approval`).
    pub auto: bool,
    /// An emergency way past people: every request is approved at once, loudly. Such a flow has no
    /// stage, and `auto` is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlass>,
    /// Type of `request.context`.
    pub context: Type,
    /// What the flow is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A disabled flow takes no requests.
    pub enabled: bool,
    /// Name of the environment; absent: none is declared, errors go to the admins' message log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The prompt's fields, in the order written.
    pub fields: Vec<Field>,
    /// What is granted; absent: an approval-only flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
    /// The automaton, for people and drawings.
    pub graph: Graph,
    /// Hash of the flow without this field, with everything it refers to put in place.
    pub hash: Digest,
    /// Added to the form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Expr>,
    /// Statements by event.
    pub hooks: BTreeMap<HookEvent, Vec<Statement>>,
    /// What people see.
    pub label: String,
    /// Who may do what.
    pub permissions: Permissions,
    /// `P1` to `P8`.
    pub proofs: BTreeMap<String, Proof>,
    /// How long an ended request is kept.
    pub retention_s: Seconds,
    /// Where requests may come from.
    pub sources: Vec<Source>,
}

/// An emergency way past people.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Who hears of every use, beside the error channel; absent: the error channel alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<Expr>,
    /// Name of the field in which a person says why.
    pub reason: String,
}

/// Where a request comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Source {
    Slack,
    Api,
    Web,
}

/// Moments in a request's life at which a flow may act.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the language's own words, explained in spec.md")]
pub enum HookEvent {
    OnPrompt,
    AfterPrompt,
    OnRequest,
    AfterRequest,
    OnRequestForward,
    OnRequestExpire,
    OnApprove,
    OnDeny,
    OnApproved,
    OnEscalate,
    OnDeescalate,
    AfterApprove,
    AfterEscalate,
    AfterDeescalate,
    AfterDeny,
    AfterRequestForward,
    AfterRequestExpire,
    AfterCancel,
    AfterError,
}

impl HookEvent {
    /// Every hook with its word, in the order of the documentation.
    pub const ALL: [(Self, &'static str); 19] = [
        (Self::OnPrompt, "on_prompt"),
        (Self::AfterPrompt, "after_prompt"),
        (Self::OnRequest, "on_request"),
        (Self::AfterRequest, "after_request"),
        (Self::OnRequestForward, "on_request_forward"),
        (Self::OnRequestExpire, "on_request_expire"),
        (Self::OnApprove, "on_approve"),
        (Self::OnDeny, "on_deny"),
        (Self::OnApproved, "on_approved"),
        (Self::OnEscalate, "on_escalate"),
        (Self::OnDeescalate, "on_deescalate"),
        (Self::AfterApprove, "after_approve"),
        (Self::AfterEscalate, "after_escalate"),
        (Self::AfterDeescalate, "after_deescalate"),
        (Self::AfterDeny, "after_deny"),
        (Self::AfterRequestForward, "after_request_forward"),
        (Self::AfterRequestExpire, "after_request_expire"),
        (Self::AfterCancel, "after_cancel"),
        (Self::AfterError, "after_error"),
    ];

    /// The word in the language and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(e, _)| *e == self).map_or("", |(_, w)| w)
    }

    /// The hook of this name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(e, _)| *e)
    }
}

/// One field of the prompt.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Closed list of values: `target` addresses or literals. Where it is static and of strings,
    /// `type` is an enum as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Expr>,
    /// Value until the person touches the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
    /// Shown beside the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What people see.
    pub label: Expr,
    /// Bounds of the value.
    pub limits: Limits,
    /// The field's name.
    pub name: String,
    /// Values fetched by steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
    /// Whether it must be filled while visible.
    pub required: Expr,
    /// Type of the value.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether it is shown.
    pub visible: Expr,
}

/// Bounds of a field's value; which of them fit depends on the type.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// A whole number is wanted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub integer: bool,
    /// Largest number, or longest duration in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::DecimalText>")]
    pub max: Option<Decimal>,
    /// Most elements of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<Count>,
    /// Most characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<Count>,
    /// Smallest number, or shortest duration in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::DecimalText>")]
    pub min: Option<Decimal>,
    /// Fewest elements of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<Count>,
    /// Fewest characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<Count>,
    /// Matches the whole string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// Values of a field that steps fetch.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Reading steps.
    pub steps: Vec<Statement>,
    /// `list(object({ value, label }))`.
    pub values: Expr,
    /// How long the form may reuse an answer.
    pub cache_s: Seconds,
}

/// Who may do what. Principal sets, except `list`.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// Who may decide where a stage lists them.
    pub decide: Expr,
    /// Bool: whether the flow is shown to a person.
    pub list: Expr,
    /// Who may ask.
    pub request: Expr,
    /// Who may revoke, beside the requester and the approvers.
    pub revoke: Expr,
    /// Who may see requests, beside the requester and the approvers.
    pub view: Expr,
}

/// The automaton of a flow, for people and drawings.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// `[from, event, to]`; `to` is a phase or `ended:<outcome>`.
    pub edges: Vec<(String, String, String)>,
    /// In the order of a life.
    pub phases: Vec<String>,
}

/// What the compiler proved of a claim.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// How it ended. A failed proof is no bundle.
    pub result: ProofResult,
    /// In words.
    pub why: String,
}

/// How a proof ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofResult {
    /// It holds.
    Proved,
    /// Nothing in the flow could break it.
    Vacuous,
    /// It does not hold, and the author declared so.
    Declared,
    /// It depends on values that are not known.
    Unknown,
}
