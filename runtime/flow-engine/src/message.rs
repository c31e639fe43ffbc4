//! What people are told: text, facts and actions, shaped for no medium.
//!
//! The author's words and words from outside stay apart, so that a connector can escape the latter
//! for its medium.

use serde::{Deserialize, Serialize};

use crate::ids::RequestId;

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageBody {
    /// What kind of message it is.
    pub about: About,
    /// The text, in order.
    pub text: Vec<TextPart>,
    /// Label and value, one per line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A stage wants a decision.
    Card,
    /// Somebody is told what happened.
    #[default]
    Notice,
    /// Something went wrong.
    Error,
    /// Somebody took access that nobody approved (`break_glass`).
    Alarm,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPart {
    /// The words.
    pub text: String,
    /// Whose words they are.
    pub by: Author,
}

/// Whose words a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The flow author's or ours: stands as it is.
    Flow,
    /// From people or from outside: escaped for the medium.
    External,
}

/// One line of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The author's word for it.
    pub label: String,
    /// The value, always escaped.
    pub value: String,
}

/// What can be done about a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What pressing it means.
    pub act: Act,
    /// Which request.
    pub request: RequestId,
    /// Which stage.
    pub stage: String,
    /// The first 16 hex digits of the stage's digest; sent back in the click.
    pub digest: String,
}

/// What pressing an action means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Act {
    Approve,
    Deny,
}

impl MessageBody {
    /// A notice in our own words.
    #[must_use]
    pub fn notice(text: impl Into<String>) -> Self {
        Self { text: vec![TextPart::flow(text)], ..Self::default() }
    }

    /// The text in one piece, for logs and terminals.
    #[must_use]
    pub fn plain(&self) -> String {
        self.text.iter().map(|part| part.text.as_str()).collect()
    }
}

impl TextPart {
    /// The author's words, or ours.
    #[must_use]
    pub fn flow(text: impl Into<String>) -> Self {
        Self { text: text.into(), by: Author::Flow }
    }

    /// Words from outside.
    #[must_use]
    pub fn external(text: impl Into<String>) -> Self {
        Self { text: text.into(), by: Author::External }
    }
}
