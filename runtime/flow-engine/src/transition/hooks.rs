//! Hooks: the statements that a flow runs at its moments, as a machine that stops at each call and
//! goes on when its outcome is known.
//!
//! What a finished hook leads to is in `moments`; calls and their outcomes are in `steps`.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Decision, Fail, HookEvent, OnError, Statement, Verdict};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::{Expr, Value};
use serde_json::json;

use super::work::Work;
use super::{Branch, moments, notify, steps};
use crate::effect::Fault;
use crate::ids::EffectId;
use crate::refusal::Refusal;
use crate::scope::scope;
use crate::state::{About, HookRun, StepResult, Won};

/// A run of a hook that is going on.
pub(super) struct Run {
    pub run: u32,
    pub hook: HookEvent,
    pub next: usize,
    pub about: About,
    pub won: Option<Won>,
}

/// Where a statement leads.
pub(super) enum Went {
    On,
    /// A call was asked for.
    Waits(EffectId),
    /// It failed.
    Stops(OnError, Fault),
    /// The flow says `fail`.
    Fails(Fault),
}

/// Runs a hook from its beginning.
///
/// # Errors
/// What the acting person is told, where the hook refuses their event at once.
pub(super) fn start(work: &mut Work<'_>, hook: HookEvent, about: About) -> Result<(), Refusal> {
    let run = work.number();
    let about = About { hook: Some(hook), ..about };
    go_on(work, Run { run, hook, next: 0, about, won: None })
}

/// Runs a hook on after the step that it waited for.
pub(super) fn resume(work: &mut Work<'_>, waiting: HookRun, went: Went) -> Result<(), Refusal> {
    let HookRun { run, hook, next, about, won, steps, waits_for: _ } = waiting;
    // The step that was waited for has just been recorded, and is not among them.
    work.request.steps.extend(steps);
    let run = Run { run, hook, next, about, won };
    match went {
        Went::On => go_on(work, Run { next: run.next.saturating_add(1), ..run }),
        Went::Waits(effect) => {
            wait(work, run, effect);
            Ok(())
        }
        Went::Stops(on_error, fault) => stopped(work, run, on_error, fault),
        Went::Fails(fault) => moments::failed(work, &run, fault),
    }
}

fn statement<'f>(work: &Work<'f>, hook: HookEvent, index: usize) -> Option<&'f Statement> {
    work.pinned.flow.hooks.get(&hook)?.get(index)
}

fn go_on(work: &mut Work<'_>, mut run: Run) -> Result<(), Refusal> {
    while let Some(statement) = statement(work, run.hook, run.next) {
        let went = match statement {
            Statement::Step(step) => steps::begin(work, &run, step),
            Statement::Decision(decision) => decide(work, &mut run, decision),
            Statement::Fail(fail) => check(work, &run, fail),
            Statement::Notify(notify) => {
                let held = notify::from_hook(work, &run.about, notify);
                came(work, &run, held);
                Went::On
            }
        };
        match went {
            Went::On => run.next = run.next.saturating_add(1),
            Went::Waits(effect) => {
                wait(work, run, effect);
                return Ok(());
            }
            Went::Stops(OnError::Continue, _) => run.next = run.next.saturating_add(1),
            Went::Stops(on_error, fault) => return stopped(work, run, on_error, fault),
            Went::Fails(fault) => return moments::failed(work, &run, fault),
        }
    }
    moments::finished(work, &run)
}

/// A statement was come to.
pub(super) fn came(work: &mut Work<'_>, run: &Run, held: bool) {
    work.branches.push(Branch { hook: run.hook, statement: run.next, held });
}

fn wait(work: &mut Work<'_>, run: Run, effect: EffectId) {
    let Run { run, hook, next, about, won } = run;
    let done = (0..next).filter_map(|index| match statement(work, hook, index) {
        Some(Statement::Step(step)) => work.request.steps.get_key_value(&step.name),
        Some(Statement::Decision(_) | Statement::Fail(_) | Statement::Notify(_)) | None => None,
    });
    let steps = done.map(|(name, result)| (name.clone(), result.clone())).collect();
    work.request.hooks.push(HookRun { run, hook, next, waits_for: effect, about, won, steps });
}

/// A statement failed and its `on_error` is not to go on.
fn stopped(work: &mut Work<'_>, run: Run, on_error: OnError, fault: Fault) -> Result<(), Refusal> {
    work.record(
        "hook.failed",
        "",
        json!({ "hook": run.hook.word(), "statement": run.next, "error": fault.message }),
    );
    match on_error {
        OnError::Continue => go_on(work, Run { next: run.next.saturating_add(1), ..run }),
        OnError::Fail | OnError::Deny | OnError::Ignore => {
            moments::stopped(work, &run, on_error, fault)
        }
    }
}

/// What an expression that fails does, by hook.
pub(super) fn on_evaluation_error(hook: HookEvent) -> OnError {
    match hook {
        HookEvent::OnPrompt | HookEvent::OnApprove | HookEvent::OnDeny => OnError::Ignore,
        HookEvent::OnRequestForward | HookEvent::OnRequestExpire | HookEvent::OnDeescalate => {
            OnError::Continue
        }
        HookEvent::AfterPrompt
        | HookEvent::OnRequest
        | HookEvent::AfterRequest
        | HookEvent::OnApproved
        | HookEvent::OnEscalate
        | HookEvent::AfterApprove
        | HookEvent::AfterEscalate
        | HookEvent::AfterDeescalate
        | HookEvent::AfterDeny
        | HookEvent::AfterRequestForward
        | HookEvent::AfterRequestExpire
        | HookEvent::AfterCancel
        | HookEvent::AfterError => OnError::Fail,
    }
}

/// Whether a statement's `when` holds, or what its failure does.
pub(super) fn holds(when: &Expr, scope: &Scope<'_>, hook: HookEvent) -> Result<bool, Went> {
    let fails = |fault| Went::Stops(on_evaluation_error(hook), fault);
    match eval(when, scope) {
        Ok(Value::Bool(holds)) => Ok(holds),
        Ok(other) => {
            Err(fails(Fault::evaluated(format!("`when` is {}, not a bool", other.kind()))))
        }
        Err(e) => Err(fails(Fault::evaluation(&e))),
    }
}

/// A text for people out of an expression.
pub(super) fn words(expr: Option<&Expr>, scope: &Scope<'_>) -> Result<Option<String>, Fault> {
    let Some(expr) = expr else { return Ok(None) };
    match eval(expr, scope) {
        Ok(Value::Null) => Ok(None),
        Ok(value) => {
            let text = flow_bundle::print::print(&value).map_err(|e| Fault::evaluation(&e))?;
            Ok(Some(text))
        }
        Err(e) => Err(Fault::evaluation(&e)),
    }
}

fn decide(work: &mut Work<'_>, run: &mut Run, decision: &Decision) -> Went {
    if run.won.is_some() {
        return Went::On;
    }
    let scope = scope(work.pinned, &work.request, work.at, Some(&run.about));
    match holds(&decision.when, &scope, run.hook) {
        Ok(true) => came(work, run, true),
        Ok(false) => {
            came(work, run, false);
            return Went::On;
        }
        Err(went) => return went,
    }
    let said = match decision.verdict {
        Verdict::Approve | Verdict::Deny => decision.reason.as_ref(),
        Verdict::Ignore => decision.message.as_ref(),
    };
    // A decision stands though its words cannot be computed.
    let reason = words(said, &scope).unwrap_or_default();
    let rule = format!("hook {}, statement {}", run.hook.word(), run.next);
    let verdict = match decision.verdict {
        Verdict::Approve => "approve",
        Verdict::Deny => "deny",
        Verdict::Ignore => "ignore",
    };
    work.record("hook.decided", rule.clone(), json!({ "decision": verdict, "reason": reason }));
    run.won = Some(Won { verdict: decision.verdict, reason, rule });
    Went::On
}

fn check(work: &mut Work<'_>, run: &Run, fail: &Fail) -> Went {
    if run.won.is_some() {
        return Went::On;
    }
    let scope = scope(work.pinned, &work.request, work.at, Some(&run.about));
    match holds(&fail.when, &scope, run.hook) {
        Ok(true) => came(work, run, true),
        Ok(false) => {
            came(work, run, false);
            return Went::On;
        }
        Err(went) => return went,
    }
    Went::Fails(said(fail, &scope))
}

/// What a `fail` says, as the fault that it is.
pub(super) fn said(fail: &Fail, scope: &Scope<'_>) -> Fault {
    let message = words(Some(&fail.message), scope).ok().flatten();
    let message = message.unwrap_or_else(|| "the flow stopped here".to_owned());
    Fault::new(flow_bundle::bundle::ErrorKind::Internal, message)
}

/// A step that was not made.
pub(super) fn skipped(work: &Work<'_>) -> StepResult {
    StepResult {
        ok: false,
        skipped: true,
        output: None,
        error: None,
        status: None,
        headers: BTreeMap::new(),
        attempts: 0,
        at: work.at,
        duration_ms: 0,
    }
}
