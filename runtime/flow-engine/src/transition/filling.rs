//! Reading what somebody filled in, in the order of the prompt. The options of a field are asked for
//! again, whatever surface the value came through: a value that is not among them is refused, and so
//! is one whose options nobody can tell.

use std::collections::BTreeMap;

use flow_bundle::Value;
use flow_bundle::bundle::{ErrorKind, Field, OnError, Options, Statement, Step};
use flow_bundle::eval::{Scope, eval};
use serde_json::Value as Json;

use super::steps::{self, Answered, Asking, Came};
use super::work::Work;
use super::{ask, end, hooks, moments};
use crate::choices;
use crate::effect::{Fault, Lane};
use crate::event::Settled;
use crate::fields;
use crate::refusal::Refusal;
use crate::scope;
use crate::state::{Call, CallRole, End, Filling, StepResult};

/// How long all options of a request may take, in seconds.
const ALL_MAX_S: u64 = 10;

/// Begins with the first field.
pub(super) fn begin(
    work: &mut Work<'_>,
    submitted: &BTreeMap<String, Json>,
) -> Result<(), Refusal> {
    fields::known(work.pinned, submitted)?;
    let (submitted, about) = (submitted.clone(), work.about(None, None));
    let steps = BTreeMap::new();
    go_on(work, Filling { submitted, about, field: 0, step: 0, waits_for: None, steps })
}

/// Reads on from the field at which `at` stands.
fn go_on(work: &mut Work<'_>, mut at: Filling) -> Result<(), Refusal> {
    while let Some(field) = work.pinned.flow.fields.get(at.field) {
        let given = at.submitted.get(&field.name).filter(|json| !json.is_null());
        let scope = scope_of(work, &at);
        let value = fields::one(work.pinned, field, given, &scope)?;
        if let (Some(options), Some(value)) = (&field.options, &value)
            && *value != Value::Null
        {
            if asks(work, field, options, &mut at)? {
                work.note = Some("what you filled in is being checked".to_owned());
                work.request.filling = Some(at);
                return Ok(());
            }
            fields::is_option(field, &options.values, value, &scope_of(work, &at))?;
        }
        if let Some(value) = value {
            work.request.fields.insert(field.name.clone(), value);
        }
        at = Filling { field: at.field.saturating_add(1), step: 0, steps: BTreeMap::new(), ..at };
    }
    ask::filled_in(work, at.about)
}

/// Runs the steps of a field's options from `at.step` on; whether one is under way.
fn asks(
    work: &mut Work<'_>,
    field: &Field,
    options: &Options,
    at: &mut Filling,
) -> Result<bool, Refusal> {
    while let Some(step) = step(options, at.step) {
        let scope = scope_of(work, at);
        let result = match eval(&step.when, &scope) {
            Ok(Value::Bool(true)) => match call(work, step, &scope) {
                Answered::Asked(effect) => {
                    at.waits_for = Some(effect);
                    return Ok(true);
                }
                Answered::Now(result) => *result,
            },
            Ok(_) => hooks::skipped(work),
            Err(e) => return Err(unanswered(field, &Fault::evaluation(&e))),
        };
        keep(field, step, at, result)?;
    }
    Ok(false)
}

fn call(work: &mut Work<'_>, step: &Step, scope: &Scope<'_>) -> Answered {
    let number = work.number();
    let asking = Asking {
        role: CallRole::Option { name: step.name.clone() },
        lane: Lane::steps(work.request.id, number),
        repeatable: true,
    };
    steps::answer(work, step, scope, asking)
}

/// Keeps the result of the step at which `at` stands, and goes to the next one.
fn keep(field: &Field, step: &Step, at: &mut Filling, result: StepResult) -> Result<(), Refusal> {
    let fault = result.error.clone();
    at.steps.insert(step.name.clone(), result);
    at.step = at.step.saturating_add(1);
    at.waits_for = None;
    match fault {
        Some(fault) if step.on_error != OnError::Continue => Err(unanswered(field, &fault)),
        Some(_) | None => Ok(()),
    }
}

fn unanswered(field: &Field, fault: &Fault) -> Refusal {
    Refusal::field(&field.name, choices::unanswered(fault))
}

/// The outcome of a step's call.
pub(super) fn outcome(work: &mut Work<'_>, settled: &Settled, call: Call) -> Result<(), Refusal> {
    let waiting = work.request.filling.take();
    let Some(mut at) = waiting.filter(|at| at.waits_for == Some(settled.effect)) else {
        return Ok(());
    };
    let field = work.pinned.flow.fields.get(at.field);
    let Some((field, step)) = field.and_then(|f| Some((f, step(f.options.as_ref()?, at.step)?)))
    else {
        return Ok(());
    };
    let came = match steps::came(work, step, settled, call) {
        Came::Again => {
            work.request.filling = Some(at);
            return Ok(());
        }
        Came::Settled(result) => result,
    };
    let asked_at = work.request.created_at;
    let late = super::work::later(asked_at, ALL_MAX_S) < work.at;
    let about = at.about.clone();
    let read = if late {
        let message = format!("there was no answer within {ALL_MAX_S} s");
        Err(unanswered(field, &Fault::new(ErrorKind::Timeout, message)))
    } else {
        keep(field, step, &mut at, *came).and_then(|()| go_on(work, at))
    };
    match read {
        Ok(()) => Ok(()),
        // Whoever asked was answered already: they hear of it in a message.
        Err(refusal) => {
            moments::tell_refusal(work, &about, &refusal);
            end::end(work, End::Cancelled, "what was filled in is not taken")
        }
    }
}

/// Nothing is read any more.
pub(super) fn stop(work: &mut Work<'_>) {
    if let Some(effect) = work.request.filling.take().and_then(|at| at.waits_for) {
        work.withdraw(effect);
    }
}

/// What a field's expressions read: the earlier fields, and the field's own steps.
fn scope_of<'b>(work: &Work<'b>, at: &Filling) -> Scope<'b> {
    scope::scope(work.pinned, &work.request, work.at, Some(&at.about))
        .with("steps", scope::own_steps(&at.steps))
}

fn step(options: &Options, index: usize) -> Option<&Step> {
    match options.steps.get(index)? {
        Statement::Step(step) => Some(step),
        Statement::Decision(_) | Statement::Fail(_) | Statement::Notify(_) => None,
    }
}
