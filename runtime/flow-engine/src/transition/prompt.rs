//! The prompt: what somebody is shown before they ask.
//!
//! Nothing of it is stored. Whoever shows the form asks for it again and again, each time with the
//! answers that have come since; the same answers come to the same form. Whoever may not ask is shown
//! none, for the reason that their request would get.

use std::collections::BTreeMap;

use flow_bundle::Value;
use flow_bundle::bundle::{ErrorKind, Field, HookEvent, OnError, Options, Statement, Step};
use flow_bundle::eval::{Scope, eval};

use super::hooks::{self, Went};
use super::steps::{self, Answered, Asking, Came};
use super::work::Work;
use super::{Branch, ask, notify};
use crate::choices;
use crate::context::{Context, Pinned};
use crate::effect::{Effect, EffectKind, Fault, Lane};
use crate::event::{Ask, Event, EventKind, Settled};
use crate::fields;
use crate::form::{After, Asked, Form, FormField, Prompted, Told};
use crate::refusal::{Reason, Refusal};
use crate::scope::{self, scope};
use crate::state::{About, CallRole, StepResult};

/// How long all steps before a form may take, in milliseconds.
const BEFORE_MAX_MS: u64 = 3_000;
/// How long the options of all fields may take.
const OPTIONS_MAX_MS: u64 = 10_000;

/// A call whose answer is missing.
struct Missing(Box<Asked>);

/// What `ask` would be asked with: the form of its flow, with its fields as far as they are filled in.
///
/// `answers` are the outcomes of the calls that it has asked for, in any order; `ask.id` and the id
/// of its request stay the same from one call to the next. Any other event is refused.
#[must_use]
pub fn prompt(
    pinned: &Pinned<'_>,
    ask: &Event,
    context: &Context,
    answers: &[Settled],
) -> Prompted {
    let Some((mut work, asked)) = desk(pinned, ask, context) else {
        let refusal = Refusal::of(Reason::NotPermitted);
        return Prompted::Refused { refusal, told: Told::default() };
    };
    let mut room = Room { answers, spent_ms: 0, max_ms: BEFORE_MAX_MS, cache_s: 0 };
    let refused = match ask::may_ask(&work) {
        Err(refusal) => Err(refusal),
        Ok(()) => match before(&mut work, &mut room) {
            Ok(allowed) => allowed,
            Err(Missing(asked)) => return Prompted::Asks(asked),
        },
    };
    if let Err(refusal) = refused {
        return Prompted::Refused { refusal, told: told(work) };
    }
    room = Room { spent_ms: 0, max_ms: OPTIONS_MAX_MS, ..room };
    match shown(&mut work, &mut room, asked) {
        Ok(form) => Prompted::Shown { form, told: told(work) },
        Err(Missing(asked)) => Prompted::Asks(asked),
    }
}

/// Runs `after_prompt`, once the form was shown. Its calls are made while somebody looks at a form, so
/// none of them is made again after a crash.
#[must_use]
pub fn after_prompt(
    pinned: &Pinned<'_>,
    ask: &Event,
    context: &Context,
    answers: &[Settled],
) -> After {
    let Some((mut work, _)) = desk(pinned, ask, context) else {
        return After::Done(Told::default());
    };
    let mut room = Room { answers, spent_ms: 0, max_ms: u64::MAX, cache_s: 0 };
    let about = About { hook: Some(HookEvent::AfterPrompt), ..work.about(None, None) };
    match statements(&mut work, &mut room, &about, HookEvent::AfterPrompt) {
        Err(Missing(asked)) => After::Asks(asked),
        Ok(Ok(())) => After::Done(told(work)),
        Ok(Err(Stop { fault, .. })) => {
            if let Some(fault) = fault {
                notify::stopped(&mut work, HookEvent::AfterPrompt, &fault);
            }
            After::Done(told(work))
        }
    }
}

fn desk<'a>(
    pinned: &'a Pinned<'a>,
    event: &'a Event,
    context: &'a Context,
) -> Option<(Work<'a>, &'a Ask)> {
    let (EventKind::Ask(asked), Some(by)) = (&event.kind, &event.by) else { return None };
    let request = ask::blank(pinned, context, event, asked, by);
    Some((Work::new(pinned, context, event, request), asked))
}

fn told(work: Work<'_>) -> Told {
    let is_message = |effect: &Effect| matches!(effect.kind, EffectKind::Message(_));
    Told {
        messages: work.effects.into_iter().filter(is_message).collect(),
        branches: work.branches,
    }
}

/// The answers so far, and how long they took.
struct Room<'a> {
    answers: &'a [Settled],
    spent_ms: u64,
    max_ms: u64,
    cache_s: u64,
}

/// Why a hook does not go on.
struct Stop {
    refusal: Refusal,
    fault: Option<Box<Fault>>,
}

impl Stop {
    fn failed(fault: Fault) -> Self {
        Self { refusal: Refusal::of(Reason::HookFailed), fault: Some(Box::new(fault)) }
    }
}

/// Runs `on_prompt`; a refusal: there is no form.
fn before(work: &mut Work<'_>, room: &mut Room<'_>) -> Result<Result<(), Refusal>, Missing> {
    let about = About { hook: Some(HookEvent::OnPrompt), ..work.about(None, None) };
    let went = statements(work, room, &about, HookEvent::OnPrompt)?;
    Ok(went.map_err(|stop| {
        if let Some(fault) = &stop.fault {
            notify::stopped(work, HookEvent::OnPrompt, fault);
        }
        stop.refusal
    }))
}

/// A hook around a form, as far as it has come.
struct Around<'a> {
    hook: HookEvent,
    about: &'a About,
    index: usize,
    ignored: Option<Refusal>,
}

fn statements(
    work: &mut Work<'_>,
    room: &mut Room<'_>,
    about: &About,
    hook: HookEvent,
) -> Result<Result<(), Stop>, Missing> {
    let all = work.pinned.flow.hooks.get(&hook).map_or(&[][..], Vec::as_slice);
    let mut run = Around { hook, about, index: 0, ignored: None };
    for (index, statement) in all.iter().enumerate() {
        run.index = index;
        if let Some(stop) = statement_of(work, room, &mut run, statement)? {
            return Ok(Err(stop));
        }
    }
    Ok(run.ignored.map_or(Ok(()), |refusal| Err(Stop { refusal, fault: None })))
}

/// Comes to one statement; why the hook does not go on, where it does not.
fn statement_of(
    work: &mut Work<'_>,
    room: &mut Room<'_>,
    run: &mut Around<'_>,
    statement: &Statement,
) -> Result<Option<Stop>, Missing> {
    let when = match statement {
        Statement::Notify(notify) => {
            let held = notify::from_hook(work, run.about, notify);
            work.branches.push(Branch { hook: run.hook, statement: run.index, held });
            return Ok(None);
        }
        // Once a decision has won, only people are told something.
        Statement::Step(_) | Statement::Decision(_) | Statement::Fail(_)
            if run.ignored.is_some() =>
        {
            return Ok(None);
        }
        Statement::Step(step) => &step.when,
        Statement::Decision(decision) => &decision.when,
        Statement::Fail(fail) => &fail.when,
    };
    let scope = scope(work.pinned, &work.request, work.at, Some(run.about));
    let held = match hooks::holds(when, &scope, run.hook) {
        Ok(held) => held,
        Err(went) => return Ok(stop_of(went)),
    };
    work.branches.push(Branch { hook: run.hook, statement: run.index, held });
    match statement {
        Statement::Step(step) => {
            let result =
                if held { answered(work, room, step, &scope)? } else { hooks::skipped(work) };
            let fault = result.error.clone();
            work.request.steps.insert(step.name.clone(), result);
            Ok(fault.filter(|_| step.on_error != OnError::Continue).map(Stop::failed))
        }
        Statement::Decision(decision) if held => {
            let words = hooks::words(decision.message.as_ref(), &scope).ok().flatten();
            let words = words.unwrap_or_else(|| Reason::Ignored.sentence().to_owned());
            run.ignored = Some(Refusal::because(Reason::Ignored, words));
            Ok(None)
        }
        Statement::Fail(fail) if held => {
            let fault = hooks::said(fail, &scope);
            let refusal = Refusal::because(Reason::HookFailed, fault.message.clone());
            Ok(Some(Stop { refusal, fault: Some(Box::new(fault)) }))
        }
        Statement::Decision(_) | Statement::Fail(_) | Statement::Notify(_) => Ok(None),
    }
}

/// An expression that has no value stops a form; nothing else does.
fn stop_of(went: Went) -> Option<Stop> {
    match went {
        Went::Stops(OnError::Continue, _) | Went::On | Went::Waits(_) => None,
        Went::Stops(_, fault) | Went::Fails(fault) => Some(Stop::failed(fault)),
    }
}

/// The result of a step; its call where nobody has answered it yet.
fn answered(
    work: &mut Work<'_>,
    room: &mut Room<'_>,
    step: &Step,
    scope: &Scope<'_>,
) -> Result<StepResult, Missing> {
    let number = work.number();
    let asking = Asking {
        role: CallRole::Option { name: step.name.clone() },
        lane: Lane::steps(work.request.id, number),
        repeatable: step.reads || step.idempotent,
    };
    let id = match steps::answer(work, step, scope, asking) {
        Answered::Now(result) => return Ok(*result),
        Answered::Asked(id) => id,
    };
    let mut attempt = 1;
    loop {
        let came = |s: &&Settled| s.effect == id && s.attempt == attempt;
        let left_ms = room.max_ms.saturating_sub(room.spent_ms);
        let known = work.request.calls.remove(&id);
        let (Some(settled), Some(call)) = (room.answers.iter().find(came), known) else {
            let wanted = work.effects.iter().rev().find(|e| e.id == id).cloned();
            let left_s = left_ms / 1_000;
            return match wanted {
                Some(effect) if left_s > 0 => {
                    let deadline_s = effect.deadline_s.min(left_s);
                    Err(Missing(Box::new(Asked {
                        kind: step.kind.clone(),
                        step: step.name.clone(),
                        effect: Effect { deadline_s, ..effect },
                        cache_s: room.cache_s,
                    })))
                }
                Some(_) | None => {
                    let message = format!("there was no answer within {} s", room.max_ms / 1_000);
                    let fault = Fault::new(ErrorKind::Timeout, message);
                    Ok(StepResult { skipped: false, error: Some(fault), ..hooks::skipped(work) })
                }
            };
        };
        let took = settled.ended_at.duration_since(settled.started_at).as_millis();
        room.spent_ms = room.spent_ms.saturating_add(u64::try_from(took).unwrap_or(0));
        match steps::came(work, step, settled, call) {
            Came::Settled(result) => return Ok(*result),
            Came::Again => attempt = attempt.saturating_add(1),
        }
    }
}

fn shown(work: &mut Work<'_>, room: &mut Room<'_>, asked: &Ask) -> Result<Form, Missing> {
    let mut form = Form::default();
    for field in &work.pinned.flow.fields {
        if let Some(shown) = field_of(work, room, asked, field)? {
            form.fields.push(shown);
        }
    }
    let unknown = fields::known(work.pinned, &asked.fields).err();
    let scope = scope(work.pinned, &work.request, work.at, None);
    let header = hooks::words(work.pinned.flow.header.as_ref(), &scope);
    // A header that cannot be worked out is no reason to show nothing.
    form.header = header.ok().flatten();
    if let (Some(refusal), Some(first)) = (unknown, form.fields.first_mut()) {
        let name = refusal.field.unwrap_or_default();
        first.note = Some(format!("`{name}` is left out: {}", refusal.sentence));
    }
    Ok(form)
}

/// One field as it is shown; `None` where it is not visible. Its value stands in the request then, for
/// the fields behind it.
fn field_of(
    work: &mut Work<'_>,
    room: &mut Room<'_>,
    asked: &Ask,
    field: &Field,
) -> Result<Option<FormField>, Missing> {
    let own = BTreeMap::new();
    let scope = field_scope(work, &own);
    let mut shown = match choices::shown(field, &scope) {
        Ok(Some(shown)) => shown,
        Ok(None) => return Ok(None),
        Err(shown) => return Ok(Some(*shown)),
    };
    let given = asked.fields.get(&field.name).filter(|json| !json.is_null());
    let value = match fields::one(work.pinned, field, given, &scope) {
        Ok(value) => value.filter(|value| *value != Value::Null),
        Err(refusal) => {
            // What is still empty is no mistake yet.
            shown.problem = given.map(|_| refusal.sentence);
            None
        }
    };
    shown.value = given.cloned().or_else(|| value.as_ref().map(choices::sent));
    match &field.options {
        None => match choices::closed(field, &scope) {
            Ok(options) => shown.options = options,
            Err(why) => shown.problem = Some(why),
        },
        Some(options) => match fetched(work, room, options)? {
            Err(fault) => {
                shown.options = Some(Vec::new());
                shown.problem = Some(choices::unanswered(&fault));
            }
            Ok(own) => {
                let scope = field_scope(work, &own);
                match choices::fetched(&options.values, &scope) {
                    Ok((choices, note)) => (shown.options, shown.note) = (Some(choices), note),
                    Err(why) => shown.problem = Some(why),
                }
                let is_option = value
                    .as_ref()
                    .map(|value| fields::is_option(field, &options.values, value, &scope));
                if let (Some(Err(refusal)), None) = (is_option, &shown.problem) {
                    shown.problem = Some(refusal.sentence);
                }
            }
        },
    }
    if let (Some(value), None) = (value, &shown.problem) {
        work.request.fields.insert(field.name.clone(), value);
    }
    Ok(Some(shown))
}

/// The results of the steps of a field's options.
fn fetched(
    work: &mut Work<'_>,
    room: &mut Room<'_>,
    options: &Options,
) -> Result<Result<BTreeMap<String, StepResult>, Fault>, Missing> {
    let mut own = BTreeMap::new();
    room.cache_s = options.cache_s.0;
    for statement in &options.steps {
        let Statement::Step(step) = statement else { continue };
        let scope = field_scope(work, &own);
        let result = match eval(&step.when, &scope) {
            Ok(Value::Bool(true)) => answered(work, room, step, &scope)?,
            Ok(_) => hooks::skipped(work),
            Err(e) => return Ok(Err(Fault::evaluation(&e))),
        };
        let fault = result.error.clone().filter(|_| step.on_error != OnError::Continue);
        own.insert(step.name.clone(), result);
        if let Some(fault) = fault {
            return Ok(Err(fault));
        }
    }
    Ok(Ok(own))
}

fn field_scope<'b>(work: &Work<'b>, own: &BTreeMap<String, StepResult>) -> Scope<'b> {
    scope(work.pinned, &work.request, work.at, None).with("steps", scope::own_steps(own))
}
