//! From approved to active: the escalation of each target, and what its outcome means.

use flow_bundle::bundle::{ErrorKind, HookEvent, OnPreexisting, Poll, Strategy};
use flow_bundle::catalog;
use flow_bundle::eval::without_element;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::poll::{self, Taken};
use super::prepare::{self, Ready};
use super::work::{Work, later};
use super::{ask, call, deescalate, end, hooks, moments, notify, outcome, retry};
use crate::audit;
use crate::contract::{self, Invocation};
use crate::effect::{Effect, Fault, Purpose};
use crate::event::{Answer, EventSource, Outcome, Settled};
use crate::grant::{Grant, GrantState};
use crate::ids::EffectId;
use crate::refusal::Refusal;
use crate::service;
use crate::state::{
    Access, AccessState, Approved, Call, CallRole, Cause, End, Part, Phase, Window,
};

/// A Lambda function may run this long, in seconds, where its own timeout is not known.
const LAMBDA_MAX_S: u64 = 900;

/// Everybody needed has approved, or nobody is needed.
pub(super) fn approve(work: &mut Work<'_>, approved: Approved) -> Result<(), Refusal> {
    work.request.phase = Phase::Approved;
    moments::stop_before_hooks(work);
    let rule = match &approved.auto {
        Some(rule) => audit::by_itself(rule),
        None => "every stage is met".to_owned(),
    };
    work.record("request.approved", rule, json!({ "by": approved.by.username }));
    work.request.actors.insert("approve".to_owned(), approved.by.clone());
    work.request.approved = Some(approved);
    if !is_active(work) {
        return end::end(work, End::Cancelled, "the requester is deactivated");
    }
    // Until this moment it was pending: what narrows counts, though its own event is still to come.
    if !work.context.enabled {
        return end::end(work, End::Cancelled, "its flow is gone or disabled");
    }
    if target_is_gone(work) {
        return end::end(work, End::Cancelled, "its target is gone");
    }
    let label = work.pinned.flow.label.clone();
    notify::requester(work, format!("{label}: your request is approved."));
    let about = about_approval(work);
    hooks::start(work, HookEvent::OnApproved, about)
}

/// Whether the newest bundle lacks a target of this request. One that stands for many is declared
/// without the element in brackets.
pub(super) fn target_is_gone(work: &Work<'_>) -> bool {
    let Some(targets) = work.context.newest.as_ref().and_then(|n| n.targets.as_ref()) else {
        return false;
    };
    let declared =
        |address: &str| targets.contains(address) || targets.contains(without_element(address));
    !work.request.accesses.iter().all(|access| declared(&access.target.address))
}

fn is_active(work: &Work<'_>) -> bool {
    let now = work.context.requester.as_ref();
    now.is_some_and(|p| p.id == work.request.requester.id && p.active)
}

fn about_approval(work: &Work<'_>) -> crate::state::About {
    let mut about = work.about(None, None);
    if let Some(approved) = &work.request.approved {
        about.actor = Some(approved.by.clone());
        about.source = approved.source;
    }
    about
}

/// `on_approved` has run.
pub(super) fn after_approval(work: &mut Work<'_>) -> Result<(), Refusal> {
    let about = about_approval(work);
    hooks::start(work, HookEvent::AfterApprove, about.clone())?;
    if work.request.accesses.is_empty() {
        return end::end(work, End::Ok, "nothing is granted");
    }
    hooks::start(work, HookEvent::OnEscalate, about)
}

/// `on_escalate` has run: now, and not before, something is made.
pub(super) fn begin(work: &mut Work<'_>) -> Result<(), Refusal> {
    if !is_active(work) {
        return end::end(work, End::Cancelled, "the requester is deactivated");
    }
    if let Some(fault) = halted(work) {
        return end::errored(work, fault);
    }
    work.request.phase = Phase::Escalating;
    go_on(work, work.at)
}

/// Why nothing more may be made now.
fn halted(work: &Work<'_>) -> Option<Fault> {
    if let Some(reason) = &work.context.frozen {
        let message = format!("escalations are frozen: {reason}; ask again later");
        return Some(Fault::new(ErrorKind::Internal, message));
    }
    let gone = || Fault::new(ErrorKind::Internal, "the requester is deactivated");
    (!is_active(work)).then(gone)
}

/// Escalates the next target; once all are active, so is the request.
pub(super) fn go_on(work: &mut Work<'_>, active_at: Timestamp) -> Result<(), Refusal> {
    loop {
        let planned = work.request.accesses.iter().position(|a| match a.state {
            AccessState::Planned | AccessState::Waiting => true,
            AccessState::Escalating
            | AccessState::Active
            | AccessState::Owed
            | AccessState::Deescalating
            | AccessState::Discharged => false,
        });
        let Some(index) = planned else { break };
        // Asked before each target: another's call may have taken long.
        if let Some(fault) = halted(work) {
            return failed(work, index, fault);
        }
        match prepare::escalation(work, index) {
            Ok(Ready::Now) => {}
            Ok(Ready::Waits) => return Ok(()),
            Err(fault) => return failed(work, index, fault),
        }
        match hold(work, index) {
            Ok(Held::Present) => {}
            Ok(Held::Asked | Held::Waits) => return Ok(()),
            Err(fault) => return failed(work, index, fault),
        }
    }
    activate(work, active_at)
}

enum Held {
    /// It stands already, through another request.
    Present,
    Asked,
    Waits,
}

/// Holds the grant of a target: adds it, or shares it.
fn hold(work: &mut Work<'_>, index: usize) -> Result<Held, Fault> {
    let missing = || Fault::new(ErrorKind::Internal, "the target is gone from the request");
    let access = work.request.accesses.get(index).cloned().ok_or_else(missing)?;
    let strategy = strategy(work).ok_or_else(missing)?;
    let mut grant = work.grant(access.grant).cloned().unwrap_or_else(|| absent(work, &access));
    let me = work.request.id;
    match grant.state {
        GrantState::Present => {
            grant.holders.push(me);
            work.set_grant(grant);
            set_state(work, index, AccessState::Active);
            Ok(Held::Present)
        }
        GrantState::Adding | GrantState::Removing => {
            set_state(work, index, AccessState::Waiting);
            Ok(Held::Waits)
        }
        GrantState::Absent => {
            let id = EffectId::of(me, &format!("escalate {}", grant.target), 0);
            let effect = escalation(work, strategy, &access, id, 1)?;
            // The end is owed from here on, before the call is tried.
            grant.state = GrantState::Adding;
            grant.holders = vec![me];
            grant.by = Some(me);
            work.set_grant(grant);
            set_state(work, index, AccessState::Escalating);
            work.call(effect, Call::of(CallRole::Escalate { access: index }));
            Ok(Held::Asked)
        }
    }
}

pub(super) fn absent(work: &Work<'_>, access: &Access) -> Grant {
    let strategy = work.pinned.flow.grant.as_ref().map(|g| g.strategy.clone()).unwrap_or_default();
    let overlap = work.pinned.bundle.strategies.get(&strategy).map(|s| s.overlap);
    Grant {
        id: access.grant,
        version: 0,
        strategy,
        target: ask::target_key(work.pinned.bundle, &access.target),
        person: work.request.requester.id,
        shared: overlap == Some(flow_bundle::bundle::Overlap::Share),
        state: GrantState::Absent,
        holders: Vec::new(),
        by: None,
        active_since: None,
        settles_at: None,
        jumped_s: 0,
        changed_at: None,
        preexisting: false,
    }
}

pub(super) fn strategy<'f>(work: &Work<'f>) -> Option<&'f Strategy> {
    let grant = work.pinned.flow.grant.as_ref()?;
    work.pinned.bundle.strategies.get(&grant.strategy)
}

pub(super) fn set_state(work: &mut Work<'_>, index: usize, state: AccessState) {
    if let Some(access) = work.request.accesses.get_mut(index) {
        access.state = state;
    }
}

fn escalation(
    work: &Work<'_>,
    strategy: &Strategy,
    access: &Access,
    id: EffectId,
    attempt: u32,
) -> Result<Effect, Fault> {
    let approved = work.request.approved.as_ref();
    let actor = approved.map_or(&work.request.requester, |a| &a.by);
    let source = approved.map_or(EventSource::Automation, |a| a.source);
    let invocation = Invocation {
        request: &work.request,
        context: work.context,
        access,
        purpose: Purpose::Escalate,
        effect: id,
        attempt,
        at: work.at,
        actor,
        source,
        extra: Json::Null,
    };
    let kind = call::of(work, strategy, &invocation)?;
    Ok(call::effect(work, strategy, &invocation, work.at, kind))
}

/// The outcome of an escalation.
pub(super) fn outcome(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    awaited: &Call,
) -> Result<(), Refusal> {
    let (Some(strategy), Some(access)) =
        (strategy(work), work.request.accesses.get(index).cloned())
    else {
        return Ok(());
    };
    if may_run_on(&settled.outcome) {
        // What the clock jumped while the call was out is no time in which it ran.
        let jumped_s = work.context.jumped_s.saturating_sub(awaited.jumped_s);
        let settle_s = settle_s(work, strategy, &access).saturating_add(jumped_s);
        let settles_at = later(settled.started_at, settle_s);
        remember_settling(work, index, settles_at);
    }
    if is_withdrawn(work, &settled.outcome) {
        deescalate::withdrawn(work, index);
        return deescalate::begin(work);
    }
    let read = outcome::answer(&settled.outcome)
        .and_then(|answer| read(work, strategy, &access, answer).map_err(|fault| (fault, None)));
    let (fault, hint_s) = match read {
        Ok(answer) => return done(work, settled, index, strategy, answer),
        Err(failed) => failed,
    };
    let unknown = matches!(settled.outcome, Outcome::Unknown { .. });
    if let (true, Some(access)) =
        (unknown || !fault.kind.refused(), work.request.accesses.get_mut(index))
    {
        access.may_stand = true;
    }
    let wanted = work.request.ending.is_none() && halted(work).is_none();
    let policy = &strategy.escalate.retry;
    let repeatable = strategy.idempotent || can_look(strategy);
    let pause = retry::pause(policy, settled.attempt, fault.kind, repeatable, hint_s);
    if let (true, Some(pause)) = (wanted, pause) {
        let attempt = settled.attempt.saturating_add(1);
        if let Ok(mut effect) = escalation(work, strategy, &access, settled.effect, attempt) {
            effect.not_before = work.after(pause);
            work.call(effect, Call::of(CallRole::Escalate { access: index }));
            return Ok(());
        }
    }
    failed(work, index, fault)
}

/// The other side says that access stands. Where it stood before, it depends on the strategy whose
/// it is; but what an earlier try of ours may have made is ours.
fn done(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    strategy: &Strategy,
    answer: Json,
) -> Result<(), Refusal> {
    let Some(access) = work.request.accesses.get_mut(index) else { return Ok(()) };
    let was_there = answer.get("preexisting") == Some(&Json::Bool(true));
    let theirs = was_there && !access.may_stand;
    match (theirs, strategy.on_preexisting) {
        (true, Some(OnPreexisting::Deny)) => {
            let message = "the requester has this access already, and not through a request";
            failed(work, index, Fault::new(ErrorKind::Errors, message))
        }
        (true, Some(OnPreexisting::Keep) | None) => made(work, settled, index, answer, true),
        (true, Some(OnPreexisting::Adopt)) | (false, _) => {
            access.may_stand = true;
            if let Some(poll) = &strategy.escalate.poll {
                return taken(work, settled, index, poll, answer);
            }
            made(work, settled, index, answer, false)
        }
    }
}

/// The other side has taken it and says itself when it is done.
fn taken(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    poll: &Poll,
    answer: Json,
) -> Result<(), Refusal> {
    let started_at = settled.started_at;
    let taken = Taken { index, part: Part::Escalate, answer, started_at, end: None };
    let begun = poll::begin(work, poll, taken);
    if work.request.ending.is_some() {
        poll::overtaken(work);
        return deescalate::begin(work);
    }
    match begun {
        Ok(()) => Ok(()),
        Err(fault) => {
            poll::give_up(work, index);
            failed(work, index, fault)
        }
    }
}

/// Whether the call was kept from leaving because the end was wanted before: no fault of anybody's.
fn is_withdrawn(work: &Work<'_>, outcome: &Outcome) -> bool {
    let not_made = matches!(outcome, Outcome::Refused { kind: ErrorKind::Evaluation, .. });
    not_made && work.request.ending.is_some()
}

/// Until when an attempt without an answer may still be running: it may leave as late as its
/// deadline, and then runs as long as the function may. Any other service is given the time of two
/// calls.
pub(super) fn settle_s(work: &Work<'_>, strategy: &Strategy, access: &Access) -> u64 {
    if strategy.kind != "aws_lambda" {
        return strategy.timeout_s.0.saturating_mul(2);
    }
    let arn = access.target.settings.get("arn").map(String::as_str).unwrap_or_default();
    let own = work.context.function_timeouts_s.get(arn).copied().unwrap_or(LAMBDA_MAX_S);
    own.saturating_add(strategy.timeout_s.0)
}

/// Whether the call may be under way though it came to an end here: nobody answered, or a gateway gave up
/// that stands before whoever was called.
const fn may_run_on(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Unknown { .. } => true,
        Outcome::Answered(answer) => matches!(answer.status, Some(502 | 504)),
        Outcome::Refused { .. } => false,
    }
}

pub(super) fn remember_settling(work: &mut Work<'_>, index: usize, settles_at: Timestamp) {
    let Some(access) = work.request.accesses.get_mut(index) else { return };
    access.settles_at = access.settles_at.max(Some(settles_at));
    let (id, settles_at) = (access.grant, access.settles_at);
    if let Some(mut grant) = work.grant(id).cloned() {
        grant.settles_at = grant.settles_at.max(settles_at);
        grant.jumped_s = work.context.jumped_s;
        work.set_grant(grant);
    }
}

/// Whether the strategy sees access that was there before. What it does is to put somebody into a
/// set, which comes out the same when it is done twice.
fn can_look(strategy: &Strategy) -> bool {
    catalog::strategy(&strategy.kind).is_some_and(|kind| kind.looks)
}

/// The answer, where it means that access was made and has the declared form.
fn read(
    work: &Work<'_>,
    strategy: &Strategy,
    access: &Access,
    answer: &Answer,
) -> Result<Json, Fault> {
    let half = &strategy.escalate;
    if strategy.kind != "aws_lambda" {
        let scope = call::answer_scope(work, access, Part::Escalate);
        return service::done((&strategy.kind, Purpose::Escalate), half, answer, scope);
    }
    let whole = contract::read(answer)?;
    if let (Some(ty), Some(body)) = (&half.body, whole.get("body")) {
        contract::typed(body, ty)?;
    }
    Ok(whole)
}

/// A target is active.
pub(super) fn made(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    answer: Json,
    theirs: bool,
) -> Result<(), Refusal> {
    let at = work.at;
    let Some(access) = work.request.accesses.get_mut(index) else { return Ok(()) };
    access.state = AccessState::Active;
    access.answer = Some(answer);
    access.fault = None;
    let (id, name) = (access.grant, access.target.address.clone());
    if let Some(mut grant) = work.grant(id).cloned() {
        grant.state = GrantState::Present;
        grant.by = None;
        grant.active_since = Some(at);
        grant.preexisting = theirs;
        work.set_grant(grant);
    }
    let rule = if theirs { "it was there before" } else { "the other side confirmed" };
    work.record("grant.active", rule, json!({ "target": name, "grant": id }));
    if theirs {
        let label = work.pinned.flow.label.clone();
        let text = format!("{label}: you had this access before. It is left to you at the end.");
        notify::requester(work, text);
    }
    if work.request.ending.is_some() {
        return deescalate::begin(work);
    }
    // Never later than now: the time until this was recorded has been used up already.
    go_on(work, settled.ended_at.min(at).max(settled.started_at.min(at)))
}

fn activate(work: &mut Work<'_>, active_at: Timestamp) -> Result<(), Refusal> {
    work.request.phase = Phase::Active;
    let expires_at = work.request.duration_s.map(|s| later(active_at, s));
    work.request.window = Some(Window { started_at: active_at, expires_at });
    let label = work.pinned.flow.label.clone();
    let text = match expires_at {
        Some(expires_at) => format!("{label}: your access is active until {expires_at}."),
        None => format!("{label}: your access is active until somebody ends it."),
    };
    notify::requester(work, text);
    let about = about_approval(work);
    hooks::start(work, HookEvent::AfterEscalate, about)
}

/// An escalation did not go well: what stands or may stand is taken back.
pub(super) fn failed(work: &mut Work<'_>, index: usize, fault: Fault) -> Result<(), Refusal> {
    prepare::stop(work, index);
    let Some(access) = work.request.accesses.get_mut(index) else { return Ok(()) };
    access.state = if access.may_stand { AccessState::Owed } else { AccessState::Discharged };
    let (state, id, name) = (access.state, access.grant, access.target.address.clone());
    access.fault = Some(fault.clone());
    if state == AccessState::Discharged {
        deescalate::forget_grant(work, id);
    } else {
        let facts =
            json!({ "target": name, "grant": id, "settles_at": access_settles(work, index) });
        work.record("grant.owed", "the escalation may have happened", facts);
    }
    end::report(work, &fault);
    work.request.error = Some(fault);
    let about = about_approval(work);
    hooks::start(work, HookEvent::AfterEscalate, about)?;
    deescalate::want(work, Cause::Failed, None);
    deescalate::begin(work)
}

fn access_settles(work: &Work<'_>, index: usize) -> Option<Timestamp> {
    work.request.accesses.get(index).and_then(|a| a.settles_at)
}
