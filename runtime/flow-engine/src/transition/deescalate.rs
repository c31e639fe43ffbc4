//! Taking back: wanted once, tried for ever, discharged only when the other side confirms.
//!
//! Nothing stands before it: no hook, no expression, no message. What could fail is replaced.

use flow_bundle::bundle::{HookEvent, Strategy};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::poll::{self, Taken};
use super::prepare::{self, Ready};
use super::work::{Work, later};
use super::{call, end, escalate, extend, hooks, moments, notify, outcome, retry};
use crate::contract::{self, Invocation};
use crate::effect::{Effect, Fault, Purpose};
use crate::event::{Answer, EventSource, Settled};
use crate::grant::GrantState;
use crate::ids::{EffectId, GrantId};
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::rights::Rights;
use crate::service;
use crate::state::{About, AccessState, Call, CallRole, Cause, End, EndTry, Ending, Part, Phase};

/// After this many seconds without a confirmation an end is `stuck`, unless the flow says else.
const BUDGET_S: u64 = 3600;

/// A person wants the end.
pub(super) fn revoke(work: &mut Work<'_>, reason: Option<&str>) -> Result<(), Refusal> {
    let by = work.event.by.clone().ok_or_else(|| Refusal::of(Reason::NotPermitted))?;
    let rights =
        Rights { pinned: work.pinned, context: work.context, request: &work.request, at: work.at };
    let own = by.active && by.id == work.request.requester.id;
    if !own && !rights.may_revoke(&by) {
        return Err(Refusal::of(Reason::NotPermitted));
    }
    if work.pinned.flow.grant.as_ref().is_some_and(|g| !g.revocable) {
        return Err(Refusal::of(Reason::NotRevocable));
    }
    let why = json!({ "reason": reason });
    let rule = if own { "the requester" } else { "permissions.revoke, or an approver" };
    work.record("request.revoked", rule, why);
    match work.request.phase {
        Phase::Approved => end::end(work, End::Cancelled, "revoked before anything was made"),
        Phase::Active => {
            let mut about = work.about(None, Some(Cause::Revoked));
            about.comment = reason.map(str::to_owned);
            hooks::start(work, HookEvent::OnDeescalate, about)
        }
        Phase::Escalating => {
            want(work, Cause::Revoked, reason);
            begin_when_settled(work)
        }
        Phase::Requested | Phase::Pending | Phase::Deescalating | Phase::Ended => Ok(()),
    }
}

/// Whether an `ignore` of `on_deescalate` counts: only for a person's revoke, while access stands.
pub(super) fn may_be_ignored(work: &Work<'_>, about: &About) -> bool {
    work.request.phase == Phase::Active && about.cause == Some(Cause::Revoked)
}

/// `on_deescalate` has run. For a revoke the end begins now; any other has begun already.
pub(super) fn after_hook(work: &mut Work<'_>, about: &About) {
    if work.request.phase == Phase::Active && about.cause == Some(Cause::Revoked) {
        want(work, Cause::Revoked, about.comment.as_deref());
        if let Some(ending) = &mut work.request.ending {
            ending.by = about.actor.clone();
            ending.source = about.source;
        }
        take_back_all(work);
    }
}

/// The end is wanted for a cause that no hook can hold up.
pub(super) fn end_now(
    work: &mut Work<'_>,
    cause: Cause,
    reason: Option<&str>,
) -> Result<(), Refusal> {
    want(work, cause, reason);
    begin_when_settled(work)
}

/// Remembers why the end is wanted; the first cause stands.
pub(super) fn want(work: &mut Work<'_>, cause: Cause, reason: Option<&str>) {
    if work.request.ending.is_none() {
        work.request.ending = Some(Ending {
            cause,
            at: work.at,
            by: work.event.by.clone(),
            source: work.event.source,
            reason: reason.map(str::to_owned),
            stuck_at: None,
        });
    }
}

/// Begins the end, unless an escalation may be under way: its call settles first.
fn begin_when_settled(work: &mut Work<'_>) -> Result<(), Refusal> {
    poll::overtaken(work);
    let escalating = |role: &CallRole| matches!(role, CallRole::Escalate { .. });
    let calls = work.request.calls.iter().filter(|(_, call)| escalating(&call.role));
    // A retry that is not due yet has not left: it is withdrawn instead of waited for.
    let (early, left): (Vec<_>, Vec<_>) = calls
        .map(|(id, call)| (*id, call.clone()))
        .partition(|(_, call)| call.not_before > work.at);
    if !left.is_empty() {
        work.note =
            Some("a call is under way; it is taken back as soon as it has ended".to_owned());
        return Ok(());
    }
    for (id, call) in early {
        work.withdraw(id);
        if let CallRole::Escalate { access } = call.role {
            withdrawn(work, access);
        }
    }
    begin(work)
}

/// A try was withdrawn, or did not leave any more because the end is wanted. What came before it was
/// refused, unless something still settles.
pub(super) fn withdrawn(work: &mut Work<'_>, index: usize) {
    let Some(access) = work.request.accesses.get_mut(index) else { return };
    if access.may_stand {
        access.state = AccessState::Owed;
    } else {
        access.state = AccessState::Discharged;
        let id = access.grant;
        forget_grant(work, id);
    }
}

/// Begins the end of everything that stands or may stand.
pub(super) fn begin(work: &mut Work<'_>) -> Result<(), Refusal> {
    let cause = work.request.ending.as_ref().map_or(Cause::Scheduled, |e| e.cause);
    take_back_all(work);
    if work.request.phase == Phase::Deescalating {
        let about = work.about(None, Some(cause));
        hooks::start(work, HookEvent::OnDeescalate, about)?;
    }
    Ok(())
}

fn take_back_all(work: &mut Work<'_>) {
    moments::stop_before_hooks(work);
    extend::overtaken(work);
    work.request.phase = Phase::Deescalating;
    for index in 0..work.request.accesses.len() {
        let state = work.request.accesses.get(index).map(|a| a.state);
        match state {
            Some(AccessState::Active | AccessState::Owed) => release(work, index),
            Some(AccessState::Planned | AccessState::Waiting) => {
                prepare::stop(work, index);
                escalate::set_state(work, index, AccessState::Discharged);
            }
            // Settled before the end began, or already on its way.
            Some(AccessState::Escalating | AccessState::Deescalating | AccessState::Discharged)
            | None => {}
        }
    }
    let budget_s = escalate::strategy(work).and_then(|s| s.deescalate.retry.budget_s);
    let stuck_at = work.after(budget_s.map_or(BUDGET_S, |s| s.0));
    if let Some(ending) = &mut work.request.ending {
        ending.stuck_at.get_or_insert(stuck_at);
    }
    // Refusals come from hooks before an end; there are none here.
    let _ = finish_if_discharged(work);
}

/// Releases the grant of a target; the last release removes it.
fn release(work: &mut Work<'_>, index: usize) {
    let me = work.request.id;
    let Some(access) = work.request.accesses.get(index) else { return };
    let grant = work.grant(access.grant).cloned();
    if let Some(mut grant) = grant {
        grant.holders.retain(|holder| *holder != me);
        let shared_on = !grant.holders.is_empty();
        if grant.preexisting && !shared_on {
            forget_grant(work, grant.id);
            return discharge(work, index, "it was there before, and stays");
        }
        if !shared_on {
            grant.state = GrantState::Removing;
            grant.by = Some(me);
        }
        let jumped_s = work.context.jumped_s.saturating_sub(grant.jumped_s);
        let settles_at = grant.settles_at.map(|t| later(t, jumped_s));
        work.set_grant(grant);
        if shared_on {
            return discharge(work, index, "another request still holds it");
        }
        if let Some(access) = work.request.accesses.get_mut(index) {
            access.settles_at = access.settles_at.max(settles_at);
        }
    }
    escalate::set_state(work, index, AccessState::Deescalating);
    let target = work.request.accesses.get(index).map(|a| a.target.address.clone());
    let cause = work.request.ending.as_ref().map(|e| e.cause.word());
    work.record("grant.owed", "its end has begun", json!({ "target": target, "cause": cause }));
    try_anew(work, index, work.at);
}

/// Asks for the removal with an id of its own.
fn try_anew(work: &mut Work<'_>, index: usize, not_before: Timestamp) {
    let number = work.number();
    let Some(access) = work.request.accesses.get(index) else { return };
    let id =
        EffectId::of(work.request.id, &format!("deescalate {}", access.target.address), number);
    ask(work, index, EndTry { effect: id, attempt: 1, failures: 0 }, not_before);
}

/// Asks for the removal, from `not_before` on: the strategy's steps come before it.
fn ask(work: &mut Work<'_>, index: usize, next: EndTry, not_before: Timestamp) {
    if escalate::strategy(work).is_none_or(|s| s.deescalate.steps.is_empty()) {
        return put(work, index, next, not_before);
    }
    if not_before > work.at {
        return prepare::later(work, index, next, not_before);
    }
    let ready = prepare::end(work, index, next);
    prepared(work, index, next, ready);
}

/// What the steps before a try of an end came to.
pub(super) fn prepared(
    work: &mut Work<'_>,
    index: usize,
    next: EndTry,
    ready: Result<Ready, Fault>,
) {
    match ready {
        Ok(Ready::Now) => put(work, index, next, work.at),
        Ok(Ready::Waits) => {}
        Err(fault) => again(work, index, next, fault),
    }
}

/// Asks for the call itself. One that cannot be put together (an expression of it has no value) is
/// an end that is not confirmed, and begun anew like any other.
fn put(work: &mut Work<'_>, index: usize, next: EndTry, not_before: Timestamp) {
    match removal(work, index, next.effect, next.attempt, not_before) {
        Ok(effect) => {
            let role = CallRole::Deescalate { access: index };
            work.call(effect, Call { failures: next.failures, ..Call::of(role) });
        }
        Err(fault) => again(work, index, next, fault),
    }
}

fn again(work: &mut Work<'_>, index: usize, next: EndTry, fault: Fault) {
    let (failures, pause) = not_confirmed(work, index, fault, next.failures, None);
    prepare::later(work, index, EndTry { failures, ..next }, later(work.at, pause));
}

/// Says and counts that an end is not confirmed: how often it was not, and the pause in seconds.
fn not_confirmed(
    work: &mut Work<'_>,
    index: usize,
    fault: Fault,
    before: u32,
    hint_s: Option<u64>,
) -> (u32, u64) {
    if before == 0 {
        notify::error(work, "an end is not confirmed; it is tried again", Some(&fault));
    }
    if let Some(access) = work.request.accesses.get_mut(index) {
        access.end_fault = Some(fault);
    }
    let failures = before.saturating_add(1);
    let policy = escalate::strategy(work).map(|s: &Strategy| &s.deescalate.retry);
    (failures, policy.map_or(BUDGET_S, |p| retry::end_pause(p, failures, hint_s)))
}

fn removal(
    work: &Work<'_>,
    index: usize,
    id: EffectId,
    attempt: u32,
    not_before: Timestamp,
) -> Result<Effect, Fault> {
    let gone = || Fault::evaluated("the definition of the grant is gone");
    let strategy = escalate::strategy(work).ok_or_else(gone)?;
    let access = work.request.accesses.get(index).ok_or_else(gone)?;
    let (actor, source) = who(work);
    let invocation = Invocation {
        request: &work.request,
        context: work.context,
        access,
        purpose: Purpose::Deescalate,
        effect: id,
        attempt,
        at: work.request.ending.as_ref().map_or(work.at, |e| e.at),
        actor: &actor,
        source,
        extra: Json::Null,
    };
    let kind = call::of(work, strategy, &invocation)?;
    Ok(call::effect(work, strategy, &invocation, not_before, kind))
}

/// Who caused the end: for a timed one the last approver.
fn who(work: &Work<'_>) -> (Person, EventSource) {
    let approver = work.request.approved.as_ref().map(|a| a.by.clone());
    let approver = approver.unwrap_or_else(|| work.request.requester.clone());
    match &work.request.ending {
        Some(ending) => match (&ending.by, ending.cause) {
            (Some(by), Cause::Revoked | Cause::Emergency) => (by.clone(), ending.source),
            (_, Cause::Scheduled | Cause::Failed | Cause::Revoked | Cause::Emergency) => {
                (approver, EventSource::Automation)
            }
        },
        None => (approver, EventSource::Automation),
    }
}

/// The outcome of a try of an end.
pub(super) fn outcome(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    call: Call,
) -> Result<(), Refusal> {
    let read = outcome::answer(&settled.outcome)
        .and_then(|answer| read(work, index, answer).map_err(|fault| (fault, None)));
    let (fault, hint_s) = match read {
        Ok(answer) => return taken(work, settled, index, &call, answer),
        Err(failed) => failed,
    };
    not_done(work, index, tried(settled, &call), fault, hint_s);
    Ok(())
}

fn tried(settled: &Settled, call: &Call) -> EndTry {
    EndTry { effect: settled.effect, attempt: call.attempt, failures: call.failures }
}

/// The other side has taken the end: it is done, or asked for until it is.
fn taken(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    call: &Call,
    answer: Json,
) -> Result<(), Refusal> {
    let started_at = settled.started_at;
    let Some(poll) = poll::declared(work, Part::Deescalate) else {
        return confirmed(work, started_at, index, answer);
    };
    let end = tried(settled, call);
    let taken = Taken { index, part: Part::Deescalate, answer, started_at, end: Some(end) };
    if let Err(fault) = poll::begin(work, poll, taken) {
        poll::stop(work, index);
        not_done(work, index, end, fault, None);
    }
    Ok(())
}

/// A try of an end is not confirmed: the next one.
pub(super) fn not_done(
    work: &mut Work<'_>,
    index: usize,
    tried: EndTry,
    fault: Fault,
    hint_s: Option<u64>,
) {
    let (failures, pause) = not_confirmed(work, index, fault, tried.failures, hint_s);
    let next = EndTry { attempt: tried.attempt.saturating_add(1), failures, ..tried };
    ask(work, index, next, later(work.at, pause));
}

/// The answer, where it means that it is gone.
fn read(work: &Work<'_>, index: usize, answer: &Answer) -> Result<Json, Fault> {
    let access = work.request.accesses.get(index);
    match (escalate::strategy(work).filter(|s| s.kind != "aws_lambda"), access) {
        (Some(strategy), Some(access)) => {
            let scope = call::answer_scope(work, access, Part::Deescalate);
            let kind = (strategy.kind.as_str(), Purpose::Deescalate);
            service::done(kind, &strategy.deescalate, answer, scope)
        }
        (Some(_) | None, _) => contract::read(answer),
    }
}

/// The other side says that it is gone.
pub(super) fn confirmed(
    work: &mut Work<'_>,
    started_at: Timestamp,
    index: usize,
    answer: Json,
) -> Result<(), Refusal> {
    let Some(access) = work.request.accesses.get_mut(index) else { return Ok(()) };
    // An escalation without an answer may finish after this removal: only one that began once it
    // had settled is the last word. It has an id of its own, or the function might take it for a
    // redelivery and do nothing.
    if let Some(settles_at) = access.settles_at.filter(|t| started_at < *t) {
        let facts = json!({ "target": access.target.address, "settles_at": settles_at });
        work.record("grant.owed", "the escalation may still be running", facts);
        try_anew(work, index, settles_at.max(work.at));
        return Ok(());
    }
    access.end_answer = Some(answer);
    access.end_fault = None;
    let id = access.grant;
    forget_grant(work, id);
    discharge(work, index, "the function confirmed");
    finish_if_discharged(work)
}

pub(super) fn discharge(work: &mut Work<'_>, index: usize, rule: &str) {
    prepare::stop(work, index);
    escalate::set_state(work, index, AccessState::Discharged);
    let Some(access) = work.request.accesses.get(index) else { return };
    let facts = json!({ "target": access.target.address, "grant": access.grant });
    work.record("grant.ended", rule, facts);
}

/// Nothing stands any more through this request.
pub(super) fn forget_grant(work: &mut Work<'_>, id: GrantId) {
    let me = work.request.id;
    let grant = work.grant(id).filter(|g| g.by == Some(me) || g.holders.contains(&me)).cloned();
    if let Some(mut grant) = grant {
        grant.state = GrantState::Absent;
        grant.holders.clear();
        grant.settles_at = None;
        work.set_grant(grant);
    }
}

pub(super) fn finish_if_discharged(work: &mut Work<'_>) -> Result<(), Refusal> {
    if work.request.accesses.iter().any(|a| a.state != AccessState::Discharged) {
        return Ok(());
    }
    let outcome = if work.request.error.is_some() { End::Errored } else { End::Ok };
    end::end(work, outcome, "every end is confirmed")
}

/// The budget is used up: visible and paging, and still tried.
pub(super) fn mark_stuck(work: &mut Work<'_>) {
    work.request.stuck_since = Some(work.at);
    let last = work.request.accesses.iter().find_map(|a| a.end_fault.clone());
    work.record("grant.stuck", "deescalate.retry.budget", json!({ "last": last }));
    notify::error(work, "an end is stuck: it is still tried, and needs a person", last.as_ref());
}
