//! Dry runs: what would happen if this person asked for this now.
//!
//! The real [`crate::transition`] is driven through a whole life. People decide as soon as they may,
//! calls take no time and are answered as the caller says, and nothing leaves: what is told is the
//! way, not the world. Where what follows depends on an answer that nobody gave, the way ends there
//! and says so; nothing is guessed.

use std::collections::BTreeMap;

use flow_bundle::bundle::ErrorKind;
use serde::Serialize;
use serde_json::Value as Json;

use crate::context::{Context, Pinned};
use crate::event::Event;
use crate::person::Person;
use crate::refusal::Refusal;
use crate::state::End;

mod drive;
mod sample;
mod tell;
#[cfg(test)]
mod tests;

/// What is taken for granted.
#[derive(Debug, Clone, Default)]
pub struct Assumed {
    /// Who could decide, in the order in which they are asked to.
    pub people: Vec<Person>,
    /// What they say.
    pub decision: Decision,
    /// What calls are answered, by the step's name; `escalate` and `deescalate` are the strategy's.
    pub answers: BTreeMap<String, Said>,
}

/// What people say whose word counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decision {
    /// They approve at once.
    #[default]
    Approve,
    /// The first of them denies.
    Deny,
    /// Nobody says anything.
    Nobody,
}

/// What a call is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The output: of an escalation by Lambda `{ body, errors }`, by HTTP `{ status, body }`.
    Output(Json),
    /// It goes wrong like this.
    Failed(ErrorKind),
}

/// A life that was not lived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// What would happen, in order.
    pub way: Vec<Entry>,
    /// Where it ends.
    pub end: Finish,
}

/// One thing that would happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// How long after the asking, in seconds.
    pub after_s: u64,
    /// Of which kind.
    pub what: What,
    /// In one sentence.
    pub text: String,
    /// The place in the bundle that decides it, as in its source map; the caller turns it into a
    /// line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The rest: arguments of a call, who may decide, values of fields.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub details: Json,
}

/// Of which kind an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody asks.
    Asked,
    /// What would be granted, and for how long.
    Planned,
    /// A call that would be made.
    Called,
    /// Somebody who would be told.
    Told,
    /// People who would be waited for.
    Waits,
    /// A decision, of a person or of the flow.
    Decided,
    /// Access stands, is owed or has ended.
    Access,
    /// Something goes wrong.
    Failed,
    /// Nothing more happens.
    Ended,
}

/// Where a dry run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum Finish {
    /// It is not even taken.
    Refused(Refusal),
    /// It comes to its end.
    Ended {
        /// How.
        outcome: End,
    },
    /// Access stands until somebody ends it.
    Stands,
    /// What follows depends on what a call is answered.
    NeedsAnswer {
        /// The step's name, or `escalate`, `deescalate`.
        call: String,
        /// An answer of the right form.
        example: Json,
    },
    /// It goes on and on: nobody is there to end it.
    GoesOn,
}

/// What would happen if `ask` came now.
#[must_use]
pub fn dry_run(pinned: &Pinned<'_>, ask: &Event, context: &Context, assumed: &Assumed) -> DryRun {
    drive::Drive::new(pinned, ask, context, assumed).run()
}
