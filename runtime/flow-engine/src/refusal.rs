//! Why the engine refuses: a closed set, each with one sentence for people.

use serde::{Deserialize, Serialize};

/// A refusal: nothing changed but the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Out of the closed set.
    pub reason: Reason,
    /// One sentence for the person who acted.
    pub sentence: String,
    /// The field at fault (`bad_field`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Why. The words are those of the language (`expect = "refused:…"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each has its sentence below")]
pub enum Reason {
    NotPermitted,
    SourceNotAllowed,
    FlowDisabled,
    Frozen,
    OverLimit,
    BadField,
    HookFailed,
    Ignored,
    NotFound,
    Expired,
    NotPending,
    StageNotOpen,
    OwnRequest,
    NotAnApprover,
    AlreadyDecided,
    DigestChanged,
    CommentRequired,
    AlreadyEnded,
    NotActive,
    TooLate,
    NotRevocable,
    ExtendLimit,
}

impl Reason {
    /// Every reason with its word and its default sentence.
    pub const ALL: [(Self, &'static str, &'static str); 22] = [
        (Self::NotPermitted, "not_permitted", "you may not do this"),
        (Self::SourceNotAllowed, "source_not_allowed", "this flow takes no requests from here"),
        (Self::FlowDisabled, "flow_disabled", "this flow takes no requests at present"),
        (Self::Frozen, "frozen", "requests and escalations are frozen"),
        (
            Self::OverLimit,
            "over_limit",
            "you have too many open requests: wait for one, or cancel one",
        ),
        (Self::BadField, "bad_field", "a field is missing or wrong"),
        (Self::HookFailed, "hook_failed", "a check that must run first has failed: try again"),
        (Self::Ignored, "ignored", "the flow does not take this"),
        (Self::NotFound, "not_found", "there is no such thing"),
        (Self::Expired, "expired", "nobody decided in time: ask again"),
        (Self::NotPending, "not_pending", "this request waits for no decision"),
        (Self::StageNotOpen, "stage_not_open", "this stage is not open"),
        (Self::OwnRequest, "own_request", "nobody decides about their own request"),
        (Self::NotAnApprover, "not_an_approver", "you are no approver of this stage"),
        (Self::AlreadyDecided, "already_decided", "this is decided already"),
        (Self::DigestChanged, "digest_changed", "this is not what you were shown: look again"),
        (Self::CommentRequired, "comment_required", "this stage wants a comment"),
        (Self::AlreadyEnded, "already_ended", "this request has ended"),
        (Self::NotActive, "not_active", "nothing is granted by this request"),
        (Self::TooLate, "too_late", "it is too late for this"),
        (Self::NotRevocable, "not_revocable", "this grant ends by itself only"),
        (Self::ExtendLimit, "extend_limit", "this grant cannot be made longer"),
    ];

    /// The word in the language and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(r, ..)| *r == self).map_or("", |(_, word, _)| word)
    }

    /// The sentence that is said where nothing better is known.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        Self::ALL.iter().find(|(r, ..)| *r == self).map_or("", |(_, _, sentence)| sentence)
    }
}

impl Refusal {
    /// With the reason's own sentence.
    #[must_use]
    pub fn of(reason: Reason) -> Self {
        Self::because(reason, reason.sentence())
    }

    /// With a better sentence.
    #[must_use]
    pub fn because(reason: Reason, sentence: impl Into<String>) -> Self {
        Self { reason, sentence: sentence.into(), field: None }
    }

    /// A wrong field.
    #[must_use]
    pub fn field(name: &str, sentence: impl Into<String>) -> Self {
        Self { reason: Reason::BadField, sentence: sentence.into(), field: Some(name.to_owned()) }
    }
}
