//! Decides: requests, approvals, grants. Pure: no clock, randomness, file, thread or `async`.
//!
//! One function, [`transition`], takes a request, an event and what lies outside, and says how the
//! request stands then, what is called, and what is written down. The promises it keeps are the
//! checkers of `flow-sim`.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`mod@transition`] | the table of (phase, event), and one file per part of a life |
//! | [`event`], [`context`] | what goes in |
//! | [`state`], [`grant`] | what is stored |
//! | [`effect`], [`message`], [`audit`], [`refusal`] | what comes out |
//! | [`form`] | what somebody sees before they ask |
//! | [`mod@view`] | what a person may see of a request |
//! | [`ids`], [`person`] | who and what is meant |

#![deny(clippy::wildcard_enum_match_arm)]

pub mod audit;
mod choices;
pub mod context;
mod contract;
mod digest;
pub mod dry_run;
pub mod effect;
pub mod event;
mod fields;
pub mod form;
pub mod grant;
pub mod ids;
pub mod message;
mod newest;
pub mod person;
pub mod refusal;
mod rights;
mod scope;
mod service;
pub mod state;
#[cfg(test)]
mod tests;
pub mod transition;
pub mod view;

pub use context::{Context, HeldIdentity, Newest, Pinned};
pub use effect::{Destination, Effect, EffectKind, Lane};
pub use event::{Event, EventKind, EventSource, Outcome};
pub use grant::{Grant, GrantChange, GrantState};
pub use ids::{EffectId, GrantId, PersonId, RequestId};
pub use newest::{flow_now, orphaned};
pub use person::{Person, PersonKind, Role};
pub use refusal::{Reason, Refusal};
pub use scope::scope;
pub use state::{End, Phase, Request};
pub use transition::{
    Branch, Reply, Transition, after_prompt, error_channels, prompt, provider_of, transition,
};
pub use view::{View, view};
