//! What expressions see of a request.
//!
//! The compiler decides which name is readable where; here every name that has a value at this
//! moment gets it.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Approval, Flow, HookEvent};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::{Type, Value};
use jiff::Timestamp;

use crate::context::Pinned;
use crate::contract;
use crate::effect::Fault;
use crate::event::EventSource;
use crate::person::Person;
use crate::service;
use crate::state::{About, Access, AccessState, Part, Polling, Request, Stage, StepResult};

/// The scope of an expression about `request` at `at`; `about` is what the hook is about.
///
/// The engine evaluates everything of a flow in it; whoever tells what a flow test expects, too.
#[must_use]
pub fn scope<'b>(
    pinned: &Pinned<'b>,
    request: &Request,
    at: Timestamp,
    about: Option<&About>,
) -> Scope<'b> {
    let mut scope = Scope::of(pinned.bundle)
        .with("now", Value::Timestamp(at))
        .with("env", environment(pinned))
        .with("flow", map([("label", text(&pinned.flow.label)), ("name", text(pinned.address))]))
        .with("requester", requester(pinned, &request.requester))
        .with("request", asked(pinned, request))
        .with("run", run(pinned, request))
        .with("approval", stages(request))
        .with("steps", steps(pinned, request));
    if let Some(about) = about {
        scope.set("event", event(about));
    }
    scope
}

/// The scope of what a strategy computes for one target, with its own steps beside the flow's.
#[must_use]
pub(crate) fn strategy<'b>(
    pinned: &Pinned<'b>,
    request: &Request,
    at: Timestamp,
    access: &Access,
    part: Part,
) -> Scope<'b> {
    let word = match part {
        Part::Identity | Part::Escalate => "escalate",
        Part::Deescalate => "deescalate",
    };
    let (actor, source, cause) = match (part, &request.ending, &request.approved) {
        (Part::Deescalate, Some(ending), _) => {
            (ending.by.as_ref(), ending.source, Some(ending.cause.word()))
        }
        (_, _, Some(approved)) => (Some(&approved.by), approved.source, None),
        (_, _, None) => (Some(&request.requester), EventSource::Automation, None),
    };
    let known = access.known_as(&request.requester);
    let mut steps = named_steps(&request.steps);
    steps.extend(named_steps(&access.steps));
    let steps = with_calls(pinned, request, steps);
    let event = map([
        ("id", text(&request.id.to_string())),
        ("type", text(word)),
        ("actor", actor.map_or(Value::Null, person)),
        ("at", Value::Timestamp(at)),
        ("source", text(source_word(source))),
        ("stage", Value::Null),
        ("cause", optional(cause)),
    ]);
    scope(pinned, request, at, None)
        .with("target", Value::Target(access.target.clone()))
        .with("identity", text(known))
        .with("steps", steps)
        .with("event", event)
}

/// The scope of a poll: what a strategy reads, and what the call before it answered.
pub(crate) fn polled<'b>(
    pinned: &Pinned<'b>,
    request: &Request,
    at: Timestamp,
    access: &Access,
    polling: &Polling,
) -> Scope<'b> {
    let half = match polling.part {
        Part::Identity | Part::Escalate => Half::Escalate,
        Part::Deescalate => Half::Deescalate,
    };
    let answer = contract::typed(&polling.answer, &answer_type(pinned, half));
    let call = map([
        ("ok", Value::Bool(true)),
        ("output", answer.unwrap_or(Value::Null)),
        ("error", Value::Null),
    ]);
    let mut steps = named_steps(&request.steps);
    steps.extend(named_steps(&access.steps));
    steps.insert("call".to_owned(), call);
    let steps = with_calls(pinned, request, steps);
    strategy(pinned, request, at, access, polling.part).with("steps", steps)
}

/// The requester, with what the bundle says about them beside the directory.
fn requester(pinned: &Pinned<'_>, requester: &Person) -> Value {
    let mut user = requester.user();
    let said = &pinned.bundle.identities;
    // The stronger comes last.
    for people in [&said.map, &said.overrides] {
        let own = requester.emails.iter().rev().filter_map(|email| people.get(email));
        user.identities.extend(own.flatten().map(|(k, v)| (k.clone(), v.clone())));
    }
    let manager = user.identities.remove("manager");
    user.manager = manager.map(|email| email.to_lowercase());
    Value::User(user)
}

fn environment(pinned: &Pinned<'_>) -> Value {
    let name = pinned.flow.environment.as_deref().unwrap_or_default();
    let declared = pinned.bundle.environments.get(name);
    let vars = declared.iter().flat_map(|e| &e.vars).map(|(k, v)| (k.clone(), text(v))).collect();
    let errors = declared.and_then(|e| e.error_channel.as_ref());
    let errors = errors.and_then(|to| eval(to, &Scope::of(pinned.bundle)).ok());
    map([
        ("name", text(name)),
        ("vars", Value::Map(vars)),
        ("error_channel", errors.unwrap_or(Value::Null)),
    ])
}

fn asked(pinned: &Pinned<'_>, request: &Request) -> Value {
    // A field that was not shown has no value, which an expression may ask for all the same.
    let shown = pinned.flow.fields.iter().map(|f| (f.name.clone(), Value::Null));
    let mut fields: BTreeMap<String, Value> = shown.collect();
    fields.extend(request.fields.clone());
    let targets: Vec<Value> =
        request.accesses.iter().map(|a| Value::Target(a.target.clone())).collect();
    let (target, targets) = match request.fields.get("target") {
        Some(Value::List(chosen)) if targets.is_empty() => (None, chosen.clone()),
        Some(chosen @ Value::Target(_)) if targets.is_empty() => {
            (Some(chosen.clone()), vec![chosen.clone()])
        }
        Some(chosen @ Value::Target(_)) => (Some(chosen.clone()), targets),
        Some(_) | None => (None, targets),
    };
    map([
        ("id", text(&request.id.to_string())),
        ("by", person(&request.by)),
        ("source", text(request.source.word())),
        ("channel", Value::Null),
        ("fields", Value::Map(fields)),
        ("target", target.unwrap_or(Value::Null)),
        ("targets", Value::List(targets)),
        ("created_at", Value::Timestamp(request.created_at)),
        ("context", contract::from_json(&request.context)),
    ])
}

fn run(pinned: &Pinned<'_>, request: &Request) -> Value {
    let approvers = request.stages.iter().flat_map(|s| &s.approvals).map(|d| &d.by);
    let mut distinct: Vec<&Person> = Vec::new();
    for approver in approvers {
        if !distinct.iter().any(|p| p.id == approver.id) {
            distinct.push(approver);
        }
    }
    let window = request.window.map_or(Value::Null, |w| {
        let expires = w.expires_at.map_or(Value::Null, Value::Timestamp);
        map([("started_at", Value::Timestamp(w.started_at)), ("expires_at", expires)])
    });
    let denial = request.denial.as_ref().map_or(Value::Null, |d| {
        map([
            ("by", d.by.as_ref().map_or(Value::Null, person)),
            ("stage", optional(d.stage.as_deref())),
            ("reason", optional(d.reason.as_deref())),
        ])
    });
    map([
        ("id", text(&request.id.to_string())),
        ("bundle", text(&pinned.content_hash.to_string())),
        ("phase", text(request.phase.word())),
        ("outcome", optional(request.outcome.map(crate::state::End::word))),
        ("approved_by", Value::List(distinct.into_iter().map(person).collect())),
        ("grant", window),
        ("denial", denial),
        ("error", request.error.as_ref().map_or(Value::Null, fault)),
    ])
}

fn stages(request: &Request) -> Value {
    // Of the request itself: an extension is another question.
    let own = request.stages.iter().filter(|s| s.extension.is_none());
    Value::Map(own.map(|s| (s.name.clone(), stage(s))).collect())
}

fn stage(stage: &Stage) -> Value {
    let by = stage.approvals.iter().map(|d| person(&d.by)).collect();
    let decisions = stage.approvals.iter().chain(&stage.denials);
    let comment = decisions.filter_map(|d| d.comment.as_deref()).next_back();
    map([
        ("state", text(stage.state.word())),
        ("approved_by", Value::List(by)),
        ("at", stage.settled_at.map_or(Value::Null, Value::Timestamp)),
        ("comment", optional(comment)),
        ("on_fallback", Value::Bool(stage.on_fallback)),
    ])
}

fn steps(pinned: &Pinned<'_>, request: &Request) -> Value {
    with_calls(pinned, request, named_steps(&request.steps))
}

/// The results of steps that no other place sees.
pub(crate) fn own_steps(steps: &BTreeMap<String, StepResult>) -> Value {
    Value::Map(named_steps(steps))
}

fn named_steps(steps: &BTreeMap<String, StepResult>) -> BTreeMap<String, Value> {
    steps.iter().map(|(name, result)| (name.clone(), step(result))).collect()
}

fn with_calls(pinned: &Pinned<'_>, request: &Request, mut all: BTreeMap<String, Value>) -> Value {
    all.insert("escalate".to_owned(), access(pinned, request, Half::Escalate));
    all.insert("deescalate".to_owned(), access(pinned, request, Half::Deescalate));
    Value::Map(all)
}

fn step(result: &StepResult) -> Value {
    map([
        ("ok", Value::Bool(result.ok)),
        ("skipped", Value::Bool(result.skipped)),
        ("output", result.output.clone().unwrap_or(Value::Null)),
        ("error", result.error.as_ref().map_or(Value::Null, fault)),
        ("status", status(result.status)),
        ("headers", headers(&result.headers)),
        ("attempts", Value::Number(result.attempts.into())),
        ("duration_ms", Value::Number(result.duration_ms.into())),
        ("at", Value::Timestamp(result.at)),
    ])
}

#[derive(Clone, Copy)]
enum Half {
    Escalate,
    Deescalate,
}

/// `steps.escalate` or `steps.deescalate`: null until a call was made.
fn access(pinned: &Pinned<'_>, request: &Request, half: Half) -> Value {
    let begun = |a: &&Access| match half {
        Half::Escalate => a.answer.is_some() || a.fault.is_some(),
        Half::Deescalate => a.end_answer.is_some() || a.end_fault.is_some(),
    };
    let begun: Vec<&Access> = request.accesses.iter().filter(begun).collect();
    let Some(first) = begun.first() else { return Value::Null };
    let failed = begun.iter().find_map(|a| match half {
        Half::Escalate => a.fault.as_ref(),
        Half::Deescalate => a.end_fault.as_ref().filter(|_| a.state != AccessState::Discharged),
    });
    let ty = answer_type(pinned, half);
    let output = |a: &Access| {
        let answer = match half {
            Half::Escalate => a.answer.as_ref(),
            Half::Deescalate => a.end_answer.as_ref(),
        };
        answer.and_then(|json| contract::typed(json, &ty).ok()).unwrap_or(Value::Null)
    };
    let errors = failed.map(|f| f.errors.iter().map(|e| text(e)).collect()).unwrap_or_default();
    map([
        ("ok", Value::Bool(failed.is_none())),
        ("skipped", Value::Bool(false)),
        ("output", output(first)),
        ("outputs", Value::Map(begun.iter().map(|a| (a.target.name.clone(), output(a))).collect())),
        ("errors", Value::List(errors)),
        ("error", failed.map_or(Value::Null, fault)),
    ])
}

/// The type of the whole answer.
fn answer_type(pinned: &Pinned<'_>, half: Half) -> Type {
    let strategy =
        pinned.flow.grant.as_ref().and_then(|g| pinned.bundle.strategies.get(&g.strategy));
    strategy.map_or(Type::Json, |s| match half {
        Half::Escalate => service::output_type(&s.kind, &s.escalate),
        Half::Deescalate => service::output_type(&s.kind, &s.deescalate),
    })
}

const fn source_word(source: EventSource) -> &'static str {
    match source {
        EventSource::Automation => "automation",
        EventSource::Slack | EventSource::Api | EventSource::Web => source.word(),
    }
}

fn event(about: &About) -> Value {
    let hook = about.hook.map(HookEvent::word);
    let word = hook.map(|w| w.trim_start_matches("on_").trim_start_matches("after_"));
    map([
        ("id", text(&about.event)),
        ("type", optional(word)),
        ("actor", about.actor.as_ref().map_or(Value::Null, person)),
        ("at", Value::Timestamp(about.at)),
        ("source", text(source_word(about.source))),
        ("stage", optional(about.stage.as_deref())),
        ("cause", optional(about.cause.map(crate::state::Cause::word))),
    ])
}

fn fault(fault: &Fault) -> Value {
    map([
        ("kind", text(fault.kind.word())),
        ("message", text(&fault.message)),
        ("status", status(fault.status)),
        ("body", fault.body.as_ref().map_or(Value::Null, contract::from_json)),
    ])
}

pub(crate) fn person(person: &Person) -> Value {
    Value::User(person.user())
}

fn map<const N: usize>(items: [(&str, Value); N]) -> Value {
    Value::Map(items.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn status(status: Option<u16>) -> Value {
    status.map_or(Value::Null, |status| Value::Number(status.into()))
}

fn headers(headers: &BTreeMap<String, String>) -> Value {
    Value::Map(headers.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

fn optional(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |t| Value::String(t.to_owned()))
}

/// The definition of a stage.
pub(crate) fn approval<'f>(flow: &'f Flow, name: &str) -> Option<&'f Approval> {
    flow.approvals.iter().find(|a| a.name == name)
}
