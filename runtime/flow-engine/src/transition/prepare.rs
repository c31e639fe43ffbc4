//! What a strategy asks before a call: its steps, in order, once for each target.
//!
//! Before an escalation a step that fails means that nothing was done for this target. Before an end
//! it means that the end is not confirmed yet: it is begun anew with the end's own pauses, and
//! nothing that a step answers takes the debt away.

use flow_bundle::Value;
use flow_bundle::bundle::{OnError, Statement, Step, Strategy};
use flow_bundle::eval::eval;
use serde_json::json;

use super::identities::Known;
use super::steps::{self, Answered, Asking, Came};
use super::work::Work;
use super::{deescalate, escalate, hooks, identities, poll};
use crate::effect::{Fault, Lane};
use crate::event::Settled;
use crate::refusal::Refusal;
use crate::scope;
use crate::state::{Access, Call, CallRole, EndTry, Part, Phase, Preparing, StepResult};

/// How far the steps before a call have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ready {
    /// The call may be made.
    Now,
    /// A step is under way.
    Waits,
}

/// Comes to everything that is asked before the escalation of a target: who the person is on the
/// other side, then the strategy's steps.
pub(super) fn escalation(work: &mut Work<'_>, index: usize) -> Result<Ready, Fault> {
    let (Some(strategy), Some(access)) = (escalate::strategy(work), access(work, index)) else {
        return Ok(Ready::Now);
    };
    let by_id = identities::provider_of(work.pinned).is_some();
    let asks = by_id || !strategy.escalate.steps.is_empty();
    if access.prepared || !asks {
        return Ok(Ready::Now);
    }
    if access.preparing.is_some() {
        return Ok(Ready::Waits);
    }
    let part = if access.identity.is_some() || !by_id { Part::Escalate } else { Part::Identity };
    begin(work, index, part, None)
}

/// Comes to what is asked before a try of an end.
pub(super) fn end(work: &mut Work<'_>, index: usize, end: EndTry) -> Result<Ready, Fault> {
    begin(work, index, Part::Deescalate, Some(end))
}

fn begin(
    work: &mut Work<'_>,
    index: usize,
    part: Part,
    end: Option<EndTry>,
) -> Result<Ready, Fault> {
    if part == Part::Identity {
        match identities::known(work)? {
            Known::Id(found) => {
                identities::keep(work, index, found);
                return begin(work, index, Part::Escalate, end);
            }
            Known::Address => return begin(work, index, Part::Escalate, end),
            Known::Asks => {}
        }
    }
    go_on(work, index, Preparing { part, next: 0, waits_for: None, again_at: None, end })
}

/// Runs the steps of a part from `at.next` on.
fn go_on(work: &mut Work<'_>, index: usize, mut at: Preparing) -> Result<Ready, Fault> {
    while let Some(step) = step(work, at.part, at.next) {
        match ask(work, index, at.part, step)? {
            Some(Answered::Asked(effect)) => {
                at.waits_for = Some(effect);
                put(work, index, Some(at));
                return Ok(Ready::Waits);
            }
            Some(Answered::Now(result)) => keep(work, index, step, *result)?,
            None => {
                let skipped = hooks::skipped(work);
                keep(work, index, step, skipped)?;
            }
        }
        at.next = at.next.saturating_add(1);
    }
    put(work, index, None);
    match at.part {
        Part::Identity => {
            let found = identities::asked(work, index)?;
            identities::keep(work, index, found);
            begin(work, index, Part::Escalate, at.end)
        }
        Part::Escalate => {
            if let Some(access) = work.request.accesses.get_mut(index) {
                access.prepared = true;
            }
            Ok(Ready::Now)
        }
        Part::Deescalate => Ok(Ready::Now),
    }
}

/// `None`: its `when` is false.
fn ask(
    work: &mut Work<'_>,
    index: usize,
    part: Part,
    step: &Step,
) -> Result<Option<Answered>, Fault> {
    let Some(access) = access(work, index) else { return Ok(None) };
    let scope = scope::strategy(work.pinned, &work.request, work.at, &access, part);
    let when = eval(&step.when, &scope).map_err(|e| Fault::evaluation(&e))?;
    let Value::Bool(holds) = when else {
        let message = format!("`when` of step `{}` is {}, not a bool", step.name, when.kind());
        return Err(Fault::evaluated(message));
    };
    if !holds {
        return Ok(None);
    }
    // An end has its own way out, past whatever else is under way; no other call of this target is.
    let lane = match part {
        Part::Identity | Part::Escalate => {
            let number = work.number();
            Lane::steps(work.request.id, number)
        }
        Part::Deescalate => Lane::access(work.request.id, &access.target.address),
    };
    let asking = Asking {
        role: CallRole::Prepare { access: index, part, name: step.name.clone() },
        lane,
        // An end is tried for ever, and so is what it needs.
        repeatable: step.reads || step.idempotent || part == Part::Deescalate,
    };
    Ok(Some(steps::answer(work, step, &scope, asking)))
}

/// Keeps a result with its target. A failure that is not passed over is the caller's.
fn keep(work: &mut Work<'_>, index: usize, step: &Step, result: StepResult) -> Result<(), Fault> {
    let fault = result.error.clone();
    if let Some(access) = work.request.accesses.get_mut(index) {
        access.steps.insert(step.name.clone(), result);
    }
    let Some(fault) = fault else { return Ok(()) };
    work.record(
        "strategy.failed",
        format!("on_error of step {}", step.name),
        json!({ "step": step.name, "error": fault.message, "kind": fault.kind }),
    );
    match step.on_error {
        OnError::Continue => Ok(()),
        OnError::Fail | OnError::Deny | OnError::Ignore => Err(fault),
    }
}

/// The outcome of a step's call.
pub(super) fn outcome(
    work: &mut Work<'_>,
    settled: &Settled,
    index: usize,
    (part, call): (Part, Call),
) -> Result<(), Refusal> {
    let waiting = access(work, index).and_then(|a| a.preparing);
    let Some(mut at) = waiting.filter(|p| p.waits_for == Some(settled.effect)) else {
        return Ok(());
    };
    let went = match step(work, part, at.next) {
        Some(step) => match steps::came(work, step, settled, call) {
            Came::Again => return Ok(()),
            Came::Settled(result) => keep(work, index, step, *result).and_then(|()| {
                at.next = at.next.saturating_add(1);
                at.waits_for = None;
                go_on(work, index, at.clone())
            }),
        },
        None => Err(Fault::evaluated("the definition of the step is gone")),
    };
    match part {
        Part::Identity | Part::Escalate => match went {
            Ok(Ready::Now) => escalate::go_on(work, work.at),
            Ok(Ready::Waits) => Ok(()),
            Err(fault) => escalate::failed(work, index, fault),
        },
        Part::Deescalate => {
            if let Some(end) = at.end {
                deescalate::prepared(work, index, end, went);
            }
            Ok(())
        }
    }
}

/// Begins anew, at `again_at`, what comes before the try of an end.
pub(super) fn later(work: &mut Work<'_>, index: usize, end: EndTry, again_at: jiff::Timestamp) {
    let (part, again_at) = (Part::Deescalate, Some(again_at));
    put(work, index, Some(Preparing { part, next: 0, waits_for: None, again_at, end: Some(end) }));
}

/// Begins anew what is due.
pub(super) fn tick(work: &mut Work<'_>) {
    if work.request.phase != Phase::Deescalating {
        return;
    }
    for index in 0..work.request.accesses.len() {
        let waiting = access(work, index).and_then(|a| a.preparing);
        let due = waiting.filter(|p| p.again_at.is_some_and(|t| t <= work.at));
        if let Some(try_) = due.and_then(|p| p.end) {
            let ready = end(work, index, try_);
            deescalate::prepared(work, index, try_, ready);
        }
    }
}

/// Nothing is asked for this target any more.
pub(super) fn stop(work: &mut Work<'_>, index: usize) {
    poll::stop(work, index);
    let Some(access) = work.request.accesses.get_mut(index) else { return };
    if let Some(effect) = access.preparing.take().and_then(|p| p.waits_for) {
        work.withdraw(effect);
    }
}

fn put(work: &mut Work<'_>, index: usize, preparing: Option<Preparing>) {
    if let Some(access) = work.request.accesses.get_mut(index) {
        access.preparing = preparing;
    }
}

fn access(work: &Work<'_>, index: usize) -> Option<Access> {
    work.request.accesses.get(index).cloned()
}

fn step<'f>(work: &Work<'f>, part: Part, index: usize) -> Option<&'f Step> {
    let strategy: &'f Strategy = escalate::strategy(work)?;
    let steps = match part {
        Part::Identity => strategy.identity.as_ref().map_or(&[][..], |i| i.steps.as_slice()),
        Part::Escalate => strategy.escalate.steps.as_slice(),
        Part::Deescalate => strategy.deescalate.steps.as_slice(),
    };
    match steps.get(index)? {
        Statement::Step(step) => Some(step),
        Statement::Decision(_) | Statement::Fail(_) | Statement::Notify(_) => None,
    }
}
