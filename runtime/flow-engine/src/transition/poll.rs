//! Asking whether what another call began is done: acceptance is not success.
//!
//! A poll only reads. It is asked again and again until the flow's own words say that it is done or
//! never will be, or until the time is up; then nobody knows, and what may stand is taken back. The
//! next one waits in the outbox like any call, so a crash in between loses none.

use flow_bundle::bundle::{ErrorKind, Poll, StrategyCall};
use flow_bundle::duration;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::work::{Work, later};
use super::{deescalate, escalate, outcome};
use crate::effect::{AccessCall, Effect, EffectKind, Fault, Lane, Purpose};
use crate::event::Settled;
use crate::ids::EffectId;
use crate::refusal::Refusal;
use crate::scope;
use crate::service::{self, Polled};
use crate::state::{Access, AccessState, Call, CallRole, EndTry, Part, Polling};

/// The longest pause after polls that came to nothing, in seconds.
const PAUSE_MAX_S: u64 = 30;

/// How a half of the flow's strategy is polled.
pub(super) fn declared<'f>(work: &Work<'f>, part: Part) -> Option<&'f Poll> {
    let strategy = escalate::strategy(work)?;
    let half: &StrategyCall = match part {
        Part::Identity | Part::Escalate => &strategy.escalate,
        Part::Deescalate => &strategy.deescalate,
    };
    half.poll.as_ref()
}

/// What the call that was made a moment ago answered: it was taken, and is not done.
pub(super) struct Taken {
    pub index: usize,
    pub part: Part,
    pub answer: Json,
    /// When that call began.
    pub started_at: Timestamp,
    /// The try of an end that it was.
    pub end: Option<EndTry>,
}

/// Begins to ask.
///
/// # Errors
/// The poll cannot be put together.
pub(super) fn begin(work: &mut Work<'_>, poll: &Poll, taken: Taken) -> Result<(), Fault> {
    let Taken { index, part, answer, started_at, end } = taken;
    let number = work.number();
    let Some(access) = work.request.accesses.get_mut(index) else { return Ok(()) };
    let what = format!("poll {} {}", part.word(), access.target.address);
    let effect = EffectId::of(work.request.id, &what, number);
    let until = later(work.at, poll.timeout_s.0);
    access.polling =
        Some(Polling { part, answer, started_at, until, effect, end, failures: 0, last: None });
    ask(work, poll, index, 1, later(work.at, poll.every_s.0))
}

fn ask(
    work: &mut Work<'_>,
    poll: &Poll,
    index: usize,
    attempt: u32,
    not_before: Timestamp,
) -> Result<(), Fault> {
    let gone = || Fault::evaluated("the definition of the poll is gone");
    let strategy = escalate::strategy(work).ok_or_else(gone)?;
    let access = work.request.accesses.get(index).cloned().ok_or_else(gone)?;
    let polling = access.polling.as_ref().ok_or_else(gone)?;
    let scope = scope::polled(work.pinned, &work.request, work.at, &access, polling);
    let args = service::arguments(&poll.call, &scope)?;
    // What asks for an escalation must not stand before its end; what asks for an end is that end.
    let lane = match polling.part {
        Part::Identity | Part::Escalate => {
            let number = work.number();
            Lane::steps(work.request.id, number)
        }
        Part::Deescalate => Lane::access(work.request.id, &access.target.address),
    };
    let kind = EffectKind::Access(AccessCall {
        purpose: Purpose::Step,
        kind: strategy.kind.clone(),
        integration: strategy.integration.clone(),
        target: access.target.clone(),
        identity: access.known_as(&work.request.requester).to_owned(),
        instance_arn: strategy.instance_arn.clone(),
        args,
    });
    let effect = Effect {
        id: polling.effect,
        request: work.request.id,
        lane,
        attempt,
        not_before: not_before.min(polling.until).max(work.at),
        deadline_s: strategy.timeout_s.0,
        repeatable: true,
        kind,
    };
    work.call(effect, Call::of(CallRole::Poll { access: index }));
    Ok(())
}

/// The outcome of a poll.
pub(super) fn outcome(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    call: &Call,
) -> Result<(), Refusal> {
    let access = work.request.accesses.get(index).cloned();
    let waiting = access.as_ref().and_then(|a| a.polling.clone());
    let Some((access, mut polling)) =
        access.zip(waiting).filter(|(_, p)| p.effect == settled.effect)
    else {
        return Ok(());
    };
    let Some(poll) = declared(work, polling.part) else { return Ok(()) };
    let (polled, hint_s) = match outcome::answer(&settled.outcome) {
        Ok(answer) => {
            let scope = scope::polled(work.pinned, &work.request, work.at, &access, &polling);
            (service::polled(poll, answer, scope), None)
        }
        Err((fault, hint_s)) => (Err(fault), hint_s),
    };
    let pause_s = match polled {
        Ok(Polled::Done) => {
            stop(work, index);
            return done(work, settled, index, polling);
        }
        Ok(Polled::Failed(fault)) => return failed(work, index, polling, fault),
        Ok(Polled::NotYet) => {
            polling.failures = 0;
            poll.every_s.0
        }
        // Only an answer says something: without one it is asked again, after longer and longer.
        Err(fault) => {
            polling.failures = polling.failures.saturating_add(1);
            polling.last = Some(fault);
            let doubled = poll.every_s.0.saturating_mul(1 << polling.failures.min(5));
            hint_s.unwrap_or(0).max(doubled.min(PAUSE_MAX_S.max(poll.every_s.0)))
        }
    };
    if work.at >= polling.until {
        let fault = too_late(poll, polling.last.as_ref());
        return failed(work, index, polling, fault);
    }
    let attempt = call.attempt.saturating_add(1);
    let not_before = later(work.at, pause_s);
    if let Some(access) = work.request.accesses.get_mut(index) {
        access.polling = Some(polling.clone());
    }
    match ask(work, poll, index, attempt, not_before) {
        Ok(()) => Ok(()),
        Err(fault) => failed(work, index, polling, fault),
    }
}

fn too_late(poll: &Poll, last: Option<&Fault>) -> Fault {
    let span = duration::print(poll.timeout_s.0.into());
    let mut message = format!("it was taken and not done within {span}");
    if let Some(last) = last {
        message.push_str(&format!("; last: {}", last.message));
    }
    Fault::new(ErrorKind::Timeout, message)
}

fn done(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    polling: Polling,
) -> Result<(), Refusal> {
    match polling.part {
        Part::Identity | Part::Escalate => {
            escalate::made(work, settled, index, polling.answer, false)
        }
        // Its own call decides whether it began late enough.
        Part::Deescalate => deescalate::confirmed(work, polling.started_at, index, polling.answer),
    }
}

/// It never will be done, or nobody knows.
fn failed(
    work: &mut Work<'_>,
    index: usize,
    polling: Polling,
    fault: Fault,
) -> Result<(), Refusal> {
    match (polling.part, polling.end) {
        (Part::Identity | Part::Escalate, _) | (Part::Deescalate, None) => {
            give_up(work, index);
            escalate::failed(work, index, fault)
        }
        (Part::Deescalate, Some(end)) => {
            stop(work, index);
            deescalate::not_done(work, index, end, fault, None);
            Ok(())
        }
    }
}

/// Nobody asks any more what became of what the other side makes.
pub(super) fn give_up(work: &mut Work<'_>, index: usize) {
    stop(work, index);
    may_run_on(work, index, work.at);
}

/// The other side goes on though nobody asks any more: until then its end is made once more.
fn may_run_on(work: &mut Work<'_>, index: usize, until: Timestamp) {
    let timeout_s = escalate::strategy(work).map_or(0, |s| s.timeout_s.0);
    let settles_at = until.max(later(work.at, timeout_s.saturating_mul(2)));
    escalate::remember_settling(work, index, settles_at);
}

/// The end is wanted: nobody waits any more for what the other side is still making.
pub(super) fn overtaken(work: &mut Work<'_>) {
    for index in 0..work.request.accesses.len() {
        let access = work.request.accesses.get(index);
        let making = access.filter(|a| a.state == AccessState::Escalating);
        let Some(until) = making.and_then(|a| a.polling.as_ref()).map(|p| p.until) else {
            continue;
        };
        stop(work, index);
        may_run_on(work, index, until);
        escalate::set_state(work, index, AccessState::Owed);
    }
}

/// Nothing is asked for this target any more.
pub(super) fn stop(work: &mut Work<'_>, index: usize) {
    let access: Option<&mut Access> = work.request.accesses.get_mut(index);
    if let Some(polling) = access.and_then(|a| a.polling.take()) {
        work.withdraw(polling.effect);
    }
}
