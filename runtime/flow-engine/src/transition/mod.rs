//! One call of the engine: an event meets a request.
//!
//! `table` says what each event means in each phase; the other files say what is done about it, one
//! part of a life each. To add an event: its variant in [`crate::event`], its column in `table`,
//! its arm in `take`, its row in the story of the tests, and its fault in `flow-sim`.

use flow_bundle::bundle::HookEvent;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::audit::Record;
use crate::context::{Context, Pinned};
use crate::effect::Effect;
use crate::event::{Event, EventKind, Overtaken};
use crate::grant::GrantChange;
use crate::person::Role;
use crate::refusal::{Reason, Refusal};
use crate::state::{AccessState, Cause, End, ExtensionState, Phase, Request};

mod ask;
mod break_glass;
mod call;
mod cards;
mod decide;
mod deescalate;
mod end;
mod escalate;
mod extend;
mod filling;
mod hooks;
mod identities;
mod moments;
mod notify;
mod outcome;
mod overtaken;
mod poll;
mod prepare;
mod prompt;
mod resolve;
mod retry;
mod stages;
mod steps;
pub mod table;
mod work;

pub use identities::provider_of;
pub use notify::error_channels;
pub use prompt::{after_prompt, prompt};
use table::Rule;
use work::Work;

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
    /// Statements that were come to, in order: told to whoever tests a flow, stored nowhere.
    pub branches: Vec<Branch>,
}

/// A statement of a hook that was come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// In which hook.
    pub hook: HookEvent,
    /// Its index there.
    pub statement: usize,
    /// Whether its `when` held.
    pub held: bool,
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
/// [`EventKind::Ask`]; any other event then is refused as `not_found`. What is refused changes
/// nothing but the audit trail.
#[must_use]
pub fn transition(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let phase = request.map(|r| r.phase);
    if let Rule::Refuse(reason) = table::rule(phase, event.kind.name()) {
        let expired = request.is_some_and(|r| r.outcome == Some(End::Expired));
        let reason = if reason == Reason::NotPending && expired { Reason::Expired } else { reason };
        return refused(request, event, Refusal::of(reason));
    }
    let current = match (request, &event.kind, &event.by) {
        (Some(request), _, _) => request.clone(),
        (None, EventKind::Ask(asked), Some(by)) => ask::blank(pinned, context, event, asked, by),
        (None, EventKind::Overtaken(Overtaken { known: Some(known), .. }), _) => {
            Request { version: 0, ..(**known).clone() }
        }
        (None, EventKind::Overtaken(_), _) => {
            return refused(None, event, Refusal::of(Reason::NotFound));
        }
        (None, _, _) => return refused(None, event, Refusal::of(Reason::NotPermitted)),
    };
    let mut work = Work::new(pinned, context, event, current);
    skip_jumps(&mut work);
    match take(&mut work) {
        Ok(()) => accepted(work),
        Err(refusal) => {
            let branches = std::mem::take(&mut work.branches);
            Transition { branches, ..refused(request, event, refusal) }
        }
    }
}

/// Time that the clock jumped over is not time in which a call may have ended.
fn skip_jumps(work: &mut Work<'_>) {
    let jumped = work.context.jumped_s.saturating_sub(work.request.jumped_s);
    work.request.jumped_s = work.request.jumped_s.max(work.context.jumped_s);
    if jumped > 0 {
        for access in &mut work.request.accesses {
            access.settles_at = access.settles_at.map(|t| work::later(t, jumped));
        }
    }
}

fn take(work: &mut Work<'_>) -> Result<(), Refusal> {
    let event = work.event;
    match &event.kind {
        EventKind::Ask(asked) => ask::ask(work, asked),
        EventKind::Approve(click) => decide::click(work, click, decide::Way::Approve),
        EventKind::Deny(click) => decide::click(work, click, decide::Way::Deny),
        EventKind::Cancel => cancel(work),
        EventKind::Revoke { reason } => deescalate::revoke(work, reason.as_deref()),
        EventKind::Extend(longer) => extend::ask(work, longer),
        EventKind::Resolve { reason } => resolve::resolve(work, reason),
        EventKind::Tick => tick(work),
        EventKind::Outcome(settled) => outcome::settle(work, settled),
        EventKind::FlowGone => gone(work, "its flow is gone or disabled"),
        EventKind::TargetGone { target } => target_gone(work, target),
        EventKind::PersonDeactivated => end_for(work, "the requester is deactivated"),
        EventKind::Overtaken(known) => overtaken::overtaken(work, known),
        EventKind::RevokeAll { reason } => {
            let admin = event.by.as_ref().is_some_and(|p| p.active && p.role == Role::Admin);
            if !admin {
                return Err(Refusal::of(Reason::NotPermitted));
            }
            work.record("request.revoked", "an admin ends many", json!({ "reason": reason }));
            end_for(work, reason)
        }
    }
}

fn cancel(work: &mut Work<'_>) -> Result<(), Refusal> {
    let own = |id| id == work.request.requester.id || id == work.request.by.id;
    match &work.event.by {
        Some(by) if by.active && own(by.id) => {
            end::end(work, End::Cancelled, "the requester withdrew")
        }
        Some(_) | None => Err(Refusal::of(Reason::NotPermitted)),
    }
}

fn target_gone(work: &mut Work<'_>, target: &str) -> Result<(), Refusal> {
    let mut planned = work.request.accesses.iter().map(|a| a.target.address.as_str());
    let chosen = match work.request.fields.get("target") {
        Some(flow_bundle::Value::Target(chosen)) => chosen.address == target,
        Some(_) | None => false,
    };
    if chosen || planned.any(|address| address == target) {
        return gone(work, "its target is gone");
    }
    Err(Refusal::because(Reason::NotFound, "this request is about another target"))
}

/// Cancels what waits for people; access that stands goes on to its end, and no further.
fn gone(work: &mut Work<'_>, why: &str) -> Result<(), Refusal> {
    if work.request.phase != Phase::Active {
        return end::end(work, End::Cancelled, why);
    }
    if work.request.extension().is_none() {
        return Err(Refusal::of(Reason::TooLate));
    }
    extend::close(work, ExtensionState::Denied, &format!("{why}."));
    Ok(())
}

/// Cancels what has not begun, and ends what has.
fn end_for(work: &mut Work<'_>, why: &str) -> Result<(), Refusal> {
    match work.request.phase {
        Phase::Requested | Phase::Pending | Phase::Approved => end::end(work, End::Cancelled, why),
        Phase::Escalating | Phase::Active | Phase::Deescalating | Phase::Ended => {
            deescalate::end_now(work, Cause::Emergency, Some(why))
        }
    }
}

fn tick(work: &mut Work<'_>) -> Result<(), Refusal> {
    let request = &work.request;
    match request.phase {
        Phase::Pending => stages::tick(work),
        Phase::Escalating if request.accesses.iter().any(|a| a.state == AccessState::Waiting) => {
            escalate::go_on(work, work.at)
        }
        Phase::Active => {
            let expires_at = request.window.and_then(|w| w.expires_at);
            if expires_at.is_some_and(|t| t <= work.at) {
                return deescalate::end_now(work, Cause::Scheduled, None);
            }
            stages::tick(work)
        }
        Phase::Deescalating => {
            let stuck_at = request.ending.as_ref().and_then(|e| e.stuck_at);
            if request.stuck_since.is_none() && stuck_at.is_some_and(|t| t <= work.at) {
                deescalate::mark_stuck(work);
            }
            prepare::tick(work);
            Ok(())
        }
        Phase::Requested | Phase::Approved | Phase::Escalating | Phase::Ended => Ok(()),
    }
}

fn accepted(mut work: Work<'_>) -> Transition {
    work.request.version = work.request.version.saturating_add(1);
    Transition {
        grants: work.take_grants(),
        request: Some(work.request),
        effects: work.effects,
        audit: work.audit,
        reply: Reply::Accepted { note: work.note },
        branches: work.branches,
    }
}

fn refused(request: Option<&Request>, event: &Event, refusal: Refusal) -> Transition {
    let asked = match &event.kind {
        EventKind::Ask(asked) => Some(asked.request),
        EventKind::Approve(_)
        | EventKind::Deny(_)
        | EventKind::Cancel
        | EventKind::Revoke { .. }
        | EventKind::Extend(_)
        | EventKind::Resolve { .. }
        | EventKind::Tick
        | EventKind::Outcome(_)
        | EventKind::FlowGone
        | EventKind::TargetGone { .. }
        | EventKind::PersonDeactivated
        | EventKind::Overtaken(_)
        | EventKind::RevokeAll { .. } => None,
    };
    let at = request.map_or(event.at, |r| event.at.max(r.last_at));
    let facts = json!({
        "event": event.kind.word(),
        "phase": request.map(|r| r.phase),
        "sentence": refusal.sentence,
        "field": refusal.field,
    });
    let facts = facts.as_object().cloned().unwrap_or_default();
    let record = Record {
        kind: if request.is_none() { "request.refused" } else { "event.refused" }.to_owned(),
        request: request.map(|r| r.id).or(asked),
        actor: event.by.as_ref().map(work::actor),
        at,
        event: event.id.clone(),
        rule: refusal.reason.word().to_owned(),
        facts: facts.into_iter().filter(|(_, v)| !v.is_null()).collect(),
    };
    Transition {
        request: request.cloned(),
        grants: Vec::new(),
        effects: Vec::new(),
        audit: vec![record],
        reply: Reply::Refused(refusal),
        branches: Vec::new(),
    }
}
