//! One call of the engine: an event meets a request.

use serde::{Deserialize, Serialize};

use crate::audit::Record;
use crate::context::{Context, Pinned};
use crate::effect::Effect;
use crate::event::Event;
use crate::grant::GrantChange;
use crate::refusal::{Reason, Refusal};
use crate::state::Request;

/// What one event does. Everything in it is committed in one transaction, or nothing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The request as it now stands; absent: there is none (an asking that was refused).
    pub request: Option<Request>,
    /// Grants that changed, each with the version it must still have.
    pub grants: Vec<GrantChange>,
    /// Calls to be made, in order.
    pub effects: Vec<Effect>,
    /// What is written down.
    pub audit: Vec<Record>,
    /// What the one who acted is told.
    pub reply: Reply,
}

/// What the one who acted is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// It was taken.
    Accepted {
        /// Something worth saying, in one sentence: that a check runs first, that another word is
        /// needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It was not, and nothing changed.
    Refused(Refusal),
}

/// Decides what `event` does to `request`.
///
/// Total: it answers every event in every phase and never panics. `request` is absent exactly for
/// [`crate::event::EventKind::Ask`]; any other event then is refused as `not_found`.
#[must_use]
pub fn transition(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let _ = (pinned, event, context);
    Transition {
        request: request.cloned(),
        grants: Vec::new(),
        effects: Vec::new(),
        audit: Vec::new(),
        reply: Reply::Refused(Refusal::of(Reason::NotFound)),
    }
}
