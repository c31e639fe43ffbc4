//! A record of the audit trail, as an alert: which are one, what they say, and which of them an
//! earlier one is over with. Pure.

use flow_engine::audit::is_break_glass;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::store::AuditRow;

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Access could not be taken back within its budget. It is still tried.
    Stuck,
    /// Somebody took access that nobody approved.
    BreakGlass,
    /// New requests and grants were stopped, or much was taken back at once.
    Emergency,
    /// A token was used that another had taken the place of: somebody has a copy.
    TokenReused,
    /// A bundle was not taken into service at the start.
    BundleRefused,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 5] =
        [Self::Stuck, Self::BreakGlass, Self::Emergency, Self::TokenReused, Self::BundleRefused];

    /// As it stands in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::BreakGlass => "break_glass",
            Self::Emergency => "emergency",
            Self::TokenReused => "token_reused",
            Self::BundleRefused => "bundle_refused",
        }
    }

    /// How bad it is, in PagerDuty's words.
    pub const fn severity(self) -> &'static str {
        match self {
            Self::Stuck => "critical",
            Self::BreakGlass | Self::TokenReused | Self::BundleRefused => "error",
            Self::Emergency => "warning",
        }
    }
}

/// One alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// What it is about.
    pub topic: Topic,
    /// Whether it begins or is over.
    pub turn: Turn,
    /// What begins and what is over have the same.
    pub key: String,
    /// One sentence.
    pub summary: String,
    /// The record.
    pub details: Json,
}

/// Whether an alert begins or is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Begins,
    Over,
}

impl Turn {
    /// PagerDuty's word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Begins => "trigger",
            Self::Over => "resolve",
        }
    }
}

/// The alert that a record is, where it is one.
pub fn of(row: &AuditRow) -> Option<Alert> {
    let body = row.body.as_ref()?;
    let text = |at: &str| body.pointer(at).and_then(Json::as_str).unwrap_or_default();
    let who = match text("/actor/username") {
        "" => "flowd",
        name => name,
    };
    let request = row.request.as_deref().unwrap_or_default();
    let (topic, turn, summary) = match text("/kind") {
        "grant.stuck" => {
            let why = match text("/facts/last/message") {
                "" => String::new(),
                why => format!(": {why}"),
            };
            let told = format!("access of request {request} cannot be taken back{why}");
            (Topic::Stuck, Turn::Begins, told)
        }
        "request.ended" | "request.errored" | "request.cancelled" => {
            (Topic::Stuck, Turn::Over, format!("request {request} has ended"))
        }
        kind if is_break_glass(kind, text("/rule")) => {
            let told = format!("{who} used break-glass: request {request}, approved by nobody");
            (Topic::BreakGlass, Turn::Begins, told)
        }
        "deployment.frozen" => {
            (Topic::Emergency, Turn::Begins, format!("{who} froze {}", scope(text("/facts/scope"))))
        }
        "deployment.thawed" => (
            Topic::Emergency,
            Turn::Over,
            format!("{who} ended the freeze of {}", scope(text("/facts/scope"))),
        ),
        "deployment.revoked" => {
            let told = format!("{who} took much access back at once");
            (Topic::Emergency, Turn::Begins, told)
        }
        "token.reused" => {
            let told = format!("a token of {who} was used that another had taken the place of");
            (Topic::TokenReused, Turn::Begins, told)
        }
        "bundle.refused" => {
            (Topic::BundleRefused, Turn::Begins, "the bundle of the start was refused".to_owned())
        }
        _ => return None,
    };
    let key = match topic {
        Topic::Stuck | Topic::BreakGlass => request.to_owned(),
        Topic::Emergency if text("/kind") != "deployment.revoked" => {
            text("/facts/scope").to_owned()
        }
        Topic::Emergency | Topic::TokenReused | Topic::BundleRefused => row.seq.to_string(),
    };
    let details = json!({
        "sequence": row.seq, "at": row.at.to_string(), "what": text("/kind"), "by": who,
        "request": row.request, "why": text("/rule"), "facts": body.get("facts"),
    });
    Some(Alert { topic, turn, key: format!("{}/{key}", topic.word()), summary, details })
}

/// What is frozen.
fn scope(word: &str) -> String {
    if word == "*" { "every flow".to_owned() } else { format!("flow `{word}`") }
}
