//! Stages and decisions as they are stored.

use flow_bundle::digest::Digest;
use flow_bundle::value::Principals;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::EventSource;
use crate::person::Person;

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Of which extension it is; absent: of the request itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<u32>,
    /// Where it stands.
    pub state: StageState,
    /// What must be met, computed when it opened.
    #[serde(default)]
    pub rules: Vec<RuleNeed>,
    /// What is approved, as it is shown now; present once it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The texts that are shown, which the digest covers beside what is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// What was shown to these approvers before, the newest last: a card that went to an earlier
    /// route is decided about as it was read there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown_before: Vec<Digest>,
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
    /// Who had approved when `fallback_approvers` took over. They count for nothing any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<Decided>,
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

/// How many earlier texts of a stage can still be decided about.
const SHOWN_BEFORE_MAX: usize = 16;

impl Stage {
    /// From here on this is what people are shown.
    pub(crate) fn shows(&mut self, digest: Digest, shown: Vec<String>) {
        self.shown = shown;
        let before = self.digest.replace(digest).filter(|before| *before != digest);
        self.shown_before.retain(|d| *d != digest && Some(*d) != before);
        self.shown_before.extend(before);
        let old = self.shown_before.len().saturating_sub(SHOWN_BEFORE_MAX);
        self.shown_before.drain(..old);
    }

    /// What somebody decided about who names this digest, if it was shown.
    pub(crate) fn shown_as(&self, given: &str) -> Option<Digest> {
        let mut shown = self.digest.iter().chain(self.shown_before.iter().rev());
        shown.find(|digest| crate::digest::matches(digest, given)).copied()
    }

    /// Others decide from here on, about what they will be shown: whoever approved before them
    /// approved another card, and was not one of them.
    pub(crate) fn hand_over(&mut self) {
        self.superseded.append(&mut self.approvals);
        self.digest = None;
        self.shown_before.clear();
    }
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
    /// What they had been shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
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
