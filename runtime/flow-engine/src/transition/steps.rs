//! Steps: what they ask, and what their outcomes mean. Those of hooks are led from here; those of
//! strategies from `prepare`.
//!
//! Every kind that is not answered here is a call; whether a connector is there for it the daemon
//! says when a bundle is loaded.

use std::collections::BTreeMap;

use flow_bundle::bundle::{ErrorKind, OnError, Statement, Step};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::value::Principals;
use flow_bundle::{Type, Value, payload};
use serde_json::{Value as Json, json};

use super::hooks::{self, Run, Went};
use super::work::{Work, later};
use super::{identities, outcome, retry};
use crate::contract;
use crate::effect::{Effect, EffectKind, Fault, LambdaCall, Lane, Mode, Purpose, StepCall};
use crate::event::{Answer, Settled};
use crate::ids::EffectId;
use crate::person::Person;
use crate::refusal::Refusal;
use crate::rights::Rights;
use crate::scope::scope;
use crate::service;
use crate::state::{Call, CallRole, HookRun, StepResult};

/// Comes to a step: skips it, answers it, or asks for its call.
pub(super) fn begin(work: &mut Work<'_>, run: &Run, step: &Step) -> Went {
    if run.won.is_some() {
        let skipped = hooks::skipped(work);
        work.request.steps.insert(step.name.clone(), skipped);
        return Went::On;
    }
    let scope = scope(work.pinned, &work.request, work.at, Some(&run.about));
    match hooks::holds(&step.when, &scope, run.hook) {
        Ok(true) => hooks::came(work, run, true),
        Ok(false) => {
            hooks::came(work, run, false);
            let skipped = hooks::skipped(work);
            work.request.steps.insert(step.name.clone(), skipped);
            return Went::On;
        }
        Err(went) => return went,
    }
    let asking = Asking {
        role: CallRole::Step { name: step.name.clone(), run: run.run },
        lane: Lane::steps(work.request.id, run.run),
        repeatable: step.reads || step.idempotent,
    };
    match answer(work, step, &scope, asking) {
        Answered::Asked(effect) => Went::Waits(effect),
        Answered::Now(result) => settle(work, step, *result),
    }
}

/// For whom a step's call is made.
pub(super) struct Asking {
    pub role: CallRole,
    pub lane: Lane,
    /// Whether it may be made again after a crash.
    pub repeatable: bool,
}

/// What came of a step at once.
pub(super) enum Answered {
    Now(Box<StepResult>),
    Asked(EffectId),
}

/// Answers a step, or asks for its call.
pub(super) fn answer(
    work: &mut Work<'_>,
    step: &Step,
    scope: &Scope<'_>,
    asking: Asking,
) -> Answered {
    let known = match step.kind.as_str() {
        "value" => Some(argument(step, "value", scope)),
        "is_member" => Some(is_member(work, step, scope)),
        "identity" => identity(work, step, scope).map(Ok),
        _ => None,
    };
    let answered = match known {
        Some(known) => known,
        None => match called(work, step, scope) {
            Ok(call) => return Answered::Asked(wanted(work, step, asking, call)),
            Err(fault) => Err(fault),
        },
    };
    Answered::Now(Box::new(result(work, answered.map(Said::value), 1, 0)))
}

/// The call that a step is.
fn called(work: &Work<'_>, step: &Step, scope: &Scope<'_>) -> Result<EffectKind, Fault> {
    if step.kind == "aws_lambda" { lambda(work, step, scope) } else { service(step, scope) }
}

/// Who somebody is in another service, where the bundle says it. Else it is asked for: what was
/// kept is the daemon's to know.
fn identity(work: &Work<'_>, step: &Step, scope: &Scope<'_>) -> Option<Value> {
    let user = argument(step, "user", scope).ok()?;
    let provider = argument(step, "provider", scope).ok()?;
    let (Value::User(user), Value::String(provider)) = (user, provider) else { return None };
    let known = identities::declared(work.pinned.bundle, &[user.email.as_str()], &provider);
    known.map(|(id, _)| Value::String(id.to_owned()))
}

fn argument(step: &Step, name: &str, scope: &Scope<'_>) -> Result<Value, Fault> {
    let expr = step.args.get(name);
    let expr = expr.ok_or_else(|| Fault::evaluated(format!("the step has no `{name}`")))?;
    eval(expr, scope).map_err(|e| Fault::evaluation(&e))
}

/// Whether somebody is in a declared group. Only of the requester and whoever acted is their
/// standing known.
fn is_member(work: &Work<'_>, step: &Step, scope: &Scope<'_>) -> Result<Value, Fault> {
    let user = argument(step, "user", scope)?;
    let Value::User(user) = user else {
        return Err(Fault::evaluated(format!("`user` is {}", user.kind())));
    };
    let group = argument(step, "group", scope)?;
    let group = Principals::of(&group).ok_or_else(|| Fault::evaluated("`group` is no group"))?;
    let known = [work.context.requester.as_ref(), work.event.by.as_ref()];
    let person: Option<&Person> = known.into_iter().flatten().find(|p| p.user().same(&user));
    let rights =
        Rights { pinned: work.pinned, context: work.context, request: &work.request, at: work.at };
    let member = person.is_some_and(|p| rights.contains(&group, p));
    Ok(Value::Map([("member".to_owned(), Value::Bool(member))].into()))
}

fn lambda(work: &Work<'_>, step: &Step, scope: &Scope<'_>) -> Result<EffectKind, Fault> {
    let text = |name: &str| {
        let value = argument(step, name, scope)?;
        let Value::String(text) = value else {
            return Err(Fault::evaluated(format!("`{name}` is {}", value.kind())));
        };
        Ok(text)
    };
    let function_arn = text("function")?;
    let declared = &work.pinned.bundle.reach.aws_lambda;
    let Some(reach) = declared.iter().find(|r| r.arn == function_arn) else {
        return Err(Fault::evaluated(format!(
            "`{function_arn}` is not among the bundle's functions"
        )));
    };
    let mode = match step.args.get("mode") {
        Some(_) if text("mode")? == "async" => Mode::Async,
        Some(_) | None => Mode::Sync,
    };
    let sent = match step.args.get("payload") {
        Some(_) => payload::to_json(&argument(step, "payload", scope)?),
        None => Json::Object(serde_json::Map::new()),
    };
    let integration = step.integration.clone().unwrap_or_else(|| reach.integration.clone());
    let call =
        LambdaCall { purpose: Purpose::Step, function_arn, integration, mode, payload: sent };
    Ok(EffectKind::Lambda(call))
}

/// Another service is asked, or the daemon itself.
fn service(step: &Step, scope: &Scope<'_>) -> Result<EffectKind, Fault> {
    let args = service::arguments(&step.args, scope)?;
    let call = StepCall {
        name: step.name.clone(),
        kind: step.kind.clone(),
        integration: step.integration.clone(),
        args,
    };
    Ok(EffectKind::Step(call))
}

/// Asks for the call of a step.
fn wanted(work: &mut Work<'_>, step: &Step, asking: Asking, kind: EffectKind) -> EffectId {
    let number = work.number();
    let id = EffectId::of(work.request.id, &format!("step.{}", step.name), number);
    let effect = Effect {
        id,
        request: work.request.id,
        lane: asking.lane,
        attempt: 1,
        not_before: work.at,
        deadline_s: step.timeout_s.0,
        repeatable: asking.repeatable,
        kind,
    };
    let kept = step.retry.is_some().then(|| Box::new(effect.clone()));
    work.call(effect, Call { effect: kept, ..Call::of(asking.role) });
    id
}

/// What a step was answered.
struct Said {
    output: Value,
    status: Option<u16>,
    headers: BTreeMap<String, String>,
}

impl Said {
    const fn value(output: Value) -> Self {
        Self { output, status: None, headers: BTreeMap::new() }
    }
}

/// The outcome of a step's call.
pub(super) fn outcome(
    work: &mut Work<'_>,
    settled: &Settled,
    name: &str,
    call: Call,
    waiting: HookRun,
) -> Result<(), Refusal> {
    let Some(step) = declared(work, name) else {
        let fault = Fault::new(ErrorKind::Internal, format!("the flow has no step `{name}`"));
        return hooks::resume(work, waiting, Went::Stops(OnError::Fail, fault));
    };
    match came(work, step, settled, call) {
        Came::Again => hooks::resume(work, waiting, Went::Waits(settled.effect)),
        Came::Settled(result) => {
            let went = settle(work, step, *result);
            hooks::resume(work, waiting, went)
        }
    }
}

/// What an outcome comes to.
pub(super) enum Came {
    /// The same call was asked for once more.
    Again,
    Settled(Box<StepResult>),
}

/// Reads the outcome of a step's call.
pub(super) fn came(work: &mut Work<'_>, step: &Step, settled: &Settled, call: Call) -> Came {
    let (answered, hint_s) = match outcome::answer(&settled.outcome) {
        Ok(answer) => (output(step, answer), None),
        Err((fault, hint_s)) => (Err(fault), hint_s),
    };
    if let Err(fault) = &answered {
        let pause = retry_pause(step, settled.attempt, fault.kind, hint_s);
        if let (Some(pause), Some(effect)) = (pause, call.effect.clone()) {
            again(work, call, *effect, pause);
            return Came::Again;
        }
    }
    let took = settled.ended_at.duration_since(settled.started_at).as_millis();
    let duration_ms = u64::try_from(took).unwrap_or(0);
    Came::Settled(Box::new(result(work, answered, settled.attempt, duration_ms)))
}

/// The output out of an answer, of the promised type.
fn output(step: &Step, answer: &Answer) -> Result<Said, Fault> {
    let is_async =
        step.args.get("mode").is_some_and(|m| *m == flow_bundle::Expr::String("async".into()));
    if is_async {
        return Ok(Said::value(Value::Null));
    }
    let json = if step.kind == "aws_lambda" {
        contract::json_of(answer)?.clone()
    } else {
        service::said(Some(&step.args), answer)?
    };
    let output = if step.output == Type::None {
        Value::Null
    } else {
        let typed = contract::typed(&json, &step.output);
        typed.map_err(|fault| Fault { status: answer.status, ..fault })?
    };
    Ok(Said { output, status: answer.status, headers: answer.headers.clone() })
}

/// A result as it is kept.
fn result(
    work: &Work<'_>,
    answered: Result<Said, Fault>,
    attempts: u32,
    duration_ms: u64,
) -> StepResult {
    let (ok, said, error) = match answered {
        Ok(said) => (true, said, None),
        Err(fault) => {
            (false, Said { status: fault.status, ..Said::value(Value::Null) }, Some(fault))
        }
    };
    let output = ok.then_some(said.output);
    let (status, headers, at) = (said.status, said.headers, work.at);
    StepResult { ok, skipped: false, output, error, status, headers, attempts, at, duration_ms }
}

/// Records a result; says where a failure leads.
fn settle(work: &mut Work<'_>, step: &Step, result: StepResult) -> Went {
    let fault = result.error.clone();
    work.request.steps.insert(step.name.clone(), result);
    match fault {
        None => Went::On,
        Some(fault) => {
            work.record(
                "hook.failed",
                format!("on_error of step {}", step.name),
                json!({ "step": step.name, "error": fault.message, "kind": fault.kind }),
            );
            match step.on_error {
                OnError::Continue => Went::On,
                OnError::Fail | OnError::Deny | OnError::Ignore => {
                    Went::Stops(step.on_error, fault)
                }
            }
        }
    }
}

fn retry_pause(step: &Step, attempt: u32, kind: ErrorKind, hint_s: Option<u64>) -> Option<u64> {
    let policy = step.retry.as_ref()?;
    retry::pause(policy, attempt, kind, step.reads || step.idempotent, hint_s)
}

/// Asks for the same call once more.
fn again(work: &mut Work<'_>, call: Call, mut effect: Effect, pause_s: u64) {
    effect.attempt = call.attempt.saturating_add(1);
    effect.not_before = later(work.at, pause_s);
    work.call(effect, call);
}

/// The definition of a step, in whichever hook it stands.
fn declared<'f>(work: &Work<'f>, name: &str) -> Option<&'f Step> {
    work.pinned.flow.hooks.values().flatten().find_map(|statement| match statement {
        Statement::Step(step) if step.name == name => Some(step),
        Statement::Step(_) | Statement::Decision(_) | Statement::Fail(_) | Statement::Notify(_) => {
            None
        }
    })
}
