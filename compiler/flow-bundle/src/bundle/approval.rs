//! Stages: who decides, who hears, what happens when nobody does.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Statement;
use crate::expr::Expr;
use crate::number::{Count, Seconds};

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Stages that must be met first. Written out: the previous stage where the author said
    /// nothing; empty: opens at once.
    pub after: Vec<String>,
    /// Whether the requester may decide.
    pub allow_self: bool,
    /// Whether a decision takes a comment.
    pub ask_comment: AskComment,
    /// How many people's denials end the request.
    pub denials: Count,
    /// Whether one person counts for one rule only.
    pub distinct: bool,
    /// Who takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_approvers: Option<Expr>,
    /// The stage's name.
    pub name: String,
    /// Who else hears.
    pub notify: Vec<Notify>,
    /// What happens when nobody decides in time.
    pub on_timeout: OnTimeout,
    /// What a stranger's click is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Expr>,
    /// Pause between reminders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_s: Option<Seconds>,
    /// Who hears, in this order.
    pub routes: Vec<Route>,
    /// All must be met; the short form is one rule named `""`.
    pub rules: Vec<Rule>,
    /// Asked when the stage opens, before anything of it is worked out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Statement>,
    /// Runs from opening.
    pub timeout_s: Seconds,
    /// False: the stage is not needed.
    pub when: Expr,
}

/// Whether a decision takes a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum AskComment {
    No,
    Optional,
    Required,
}

/// What happens to a stage that nobody decided in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The request ends.
    Expire,
    /// The stage counts as met.
    Skip,
    /// `fallback_approvers` take over for one more timeout.
    Fallback,
}

/// One rule of a stage.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Principal set.
    pub approvers: Expr,
    /// The rule's name; `""` in the short form.
    pub name: String,
    /// How many of them.
    pub quorum: Expr,
}

/// One place where a card is sent.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Arguments of `message`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Expr>,
    /// Address of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The route's name.
    pub name: String,
    /// What makes the next route be tried.
    pub next_on: Vec<NextOn>,
    /// The text; absent with `message` too: the default card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Expr>,
    /// How long before the next route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<Seconds>,
    /// Who hears.
    pub to: Expr,
}

/// What makes the next route be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum NextOn {
    DeliveryFailure,
    Timeout,
}

/// Somebody is told something.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Arguments of `message`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Expr>,
    /// Address of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is said; absent where `message` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Expr>,
    /// Under the request's card.
    pub thread: bool,
    /// Who hears.
    pub to: Expr,
    /// Whether.
    pub when: Expr,
}
