//! What a hook leads to when it has run, when it was stopped, and when it says `fail`.

use flow_bundle::bundle::{HookEvent, OnError, Verdict};

use super::hooks::Run;
use super::work::Work;
use super::{ask, decide, deescalate, end, escalate, extend, notify, stages};
use crate::effect::Fault;
use crate::refusal::{Reason, Refusal};
use crate::state::{Denial, End, ExtensionState, HookRun, Phase, Won};

/// Whether a hook runs after its moment and cannot change it.
pub(super) const fn is_after(hook: HookEvent) -> bool {
    match hook {
        HookEvent::OnPrompt
        | HookEvent::OnRequest
        | HookEvent::OnRequestForward
        | HookEvent::OnRequestExpire
        | HookEvent::OnApprove
        | HookEvent::OnDeny
        | HookEvent::OnApproved
        | HookEvent::OnEscalate
        | HookEvent::OnDeescalate => false,
        // The first card waits for it, so it ends with its moment.
        HookEvent::AfterRequest => false,
        HookEvent::AfterPrompt
        | HookEvent::AfterApprove
        | HookEvent::AfterEscalate
        | HookEvent::AfterDeescalate
        | HookEvent::AfterDeny
        | HookEvent::AfterRequestForward
        | HookEvent::AfterRequestExpire
        | HookEvent::AfterCancel
        | HookEvent::AfterError => true,
    }
}

/// All statements of a hook have run.
pub(super) fn finished(work: &mut Work<'_>, run: &Run) -> Result<(), Refusal> {
    if let Some(won) = &run.won {
        match won.verdict {
            Verdict::Deny => return denied(work, won),
            Verdict::Ignore => return ignored(work, run, won),
            Verdict::Approve if run.hook == HookEvent::OnRequest => {
                work.request.auto_rule = Some(won.rule.clone());
            }
            Verdict::Approve => {}
        }
    }
    go_on(work, run)
}

fn go_on(work: &mut Work<'_>, run: &Run) -> Result<(), Refusal> {
    match run.hook {
        HookEvent::OnRequest => ask::plan(work),
        HookEvent::AfterRequest => stages::begin(work),
        HookEvent::OnApprove => decide::count_approval(work, &run.about),
        HookEvent::OnDeny => decide::count_denial(work, &run.about),
        HookEvent::OnApproved => escalate::after_approval(work),
        HookEvent::OnEscalate => escalate::begin(work),
        HookEvent::OnDeescalate => {
            deescalate::after_hook(work, &run.about);
            Ok(())
        }
        HookEvent::OnRequestExpire => stages::expire_now(work),
        HookEvent::OnRequestForward => stages::forward_now(work, &run.about),
        HookEvent::OnPrompt
        | HookEvent::AfterPrompt
        | HookEvent::AfterApprove
        | HookEvent::AfterEscalate
        | HookEvent::AfterDeescalate
        | HookEvent::AfterDeny
        | HookEvent::AfterRequestForward
        | HookEvent::AfterRequestExpire
        | HookEvent::AfterCancel
        | HookEvent::AfterError => Ok(()),
    }
}

/// A `decision "deny"` has won.
fn denied(work: &mut Work<'_>, won: &Won) -> Result<(), Refusal> {
    if work.request.extension().is_some() {
        let why = won.reason.clone().unwrap_or_else(|| "the flow denies it.".to_owned());
        extend::close(work, ExtensionState::Denied, &why);
        return Ok(());
    }
    work.request.denial = Some(Denial { by: None, stage: None, reason: won.reason.clone() });
    end::end(work, End::Denied, &won.rule)
}

/// A `decision "ignore"` has won: nothing changes, the acting person is told.
fn ignored(work: &mut Work<'_>, run: &Run, won: &Won) -> Result<(), Refusal> {
    let sentence = won.reason.clone().unwrap_or_else(|| Reason::Ignored.sentence().to_owned());
    let refusal = Refusal::because(Reason::Ignored, sentence);
    match run.hook {
        HookEvent::OnRequest | HookEvent::OnApprove | HookEvent::OnDeny => {
            refuse(work, run, refusal)
        }
        HookEvent::OnDeescalate if deescalate::may_be_ignored(work, &run.about) => {
            refuse(work, run, refusal)
        }
        // Elsewhere nobody's event is left to ignore, and an end is never held up.
        HookEvent::OnDeescalate
        | HookEvent::OnPrompt
        | HookEvent::OnRequestForward
        | HookEvent::OnRequestExpire
        | HookEvent::OnApproved
        | HookEvent::OnEscalate
        | HookEvent::AfterPrompt
        | HookEvent::AfterRequest
        | HookEvent::AfterApprove
        | HookEvent::AfterEscalate
        | HookEvent::AfterDeescalate
        | HookEvent::AfterDeny
        | HookEvent::AfterRequestForward
        | HookEvent::AfterRequestExpire
        | HookEvent::AfterCancel
        | HookEvent::AfterError => go_on(work, run),
    }
}

/// A step or an expression of a hook failed, and the hook does not go on.
pub(super) fn stopped(
    work: &mut Work<'_>,
    run: &Run,
    on_error: OnError,
    fault: Fault,
) -> Result<(), Refusal> {
    match run.hook {
        HookEvent::OnApprove | HookEvent::OnDeny => {
            refuse(work, run, Refusal::of(Reason::HookFailed))
        }
        // No end waits for a hook, and no timer does.
        HookEvent::OnDeescalate | HookEvent::OnRequestForward | HookEvent::OnRequestExpire => {
            go_on(work, run)
        }
        HookEvent::OnRequest | HookEvent::OnApproved | HookEvent::OnEscalate => match on_error {
            OnError::Deny => {
                let reason = Some(fault.message);
                work.request.denial = Some(Denial { by: None, stage: None, reason });
                end::end(work, End::Denied, "on_error = \"deny\"")
            }
            OnError::Fail | OnError::Continue | OnError::Ignore => end::errored(work, fault),
        },
        HookEvent::AfterRequest => {
            notify::stopped(work, run.hook, &fault);
            go_on(work, run)
        }
        HookEvent::OnPrompt
        | HookEvent::AfterPrompt
        | HookEvent::AfterApprove
        | HookEvent::AfterEscalate
        | HookEvent::AfterDeescalate
        | HookEvent::AfterDeny
        | HookEvent::AfterRequestForward
        | HookEvent::AfterRequestExpire
        | HookEvent::AfterCancel
        | HookEvent::AfterError => {
            notify::stopped(work, run.hook, &fault);
            Ok(())
        }
    }
}

/// The flow says `fail`.
pub(super) fn failed(work: &mut Work<'_>, run: &Run, fault: Fault) -> Result<(), Refusal> {
    stopped(work, run, OnError::Fail, fault)
}

/// Refuses the event that fired the hook: at once where it is the one being handled, else in a
/// message to whoever sent it.
fn refuse(work: &mut Work<'_>, run: &Run, refusal: Refusal) -> Result<(), Refusal> {
    if run.about.event == work.event.id {
        return Err(refusal);
    }
    tell_refusal(work, &run.about, &refusal);
    if run.hook == HookEvent::OnRequest && work.request.phase == Phase::Requested {
        return end::end(work, End::Cancelled, "the flow ignored it");
    }
    Ok(())
}

/// Tells somebody later what would have been their answer.
pub(super) fn tell_refusal(work: &mut Work<'_>, about: &crate::state::About, refusal: &Refusal) {
    work.record(
        "event.refused",
        refusal.reason.word(),
        serde_json::json!({
            "refused": about.event,
            "reason": refusal.reason,
            "sentence": refusal.sentence,
            "field": refusal.field,
        }),
    );
    if let Some(person) = about.actor.clone() {
        notify::person(work, &person, refusal.sentence.clone());
    }
}

/// Stops what runs before its moment, and tells people whose click is overtaken.
pub(super) fn stop_before_hooks(work: &mut Work<'_>) {
    let stopped = work.stop_hooks(|hook: &HookRun| !is_after(hook.hook));
    tell_overtaken(work, stopped);
}

/// Stops what runs before a decision counts.
pub(super) fn stop_decisions(work: &mut Work<'_>) {
    let is_click = |hook: &HookRun| matches!(hook.hook, HookEvent::OnApprove | HookEvent::OnDeny);
    let stopped = work.stop_hooks(is_click);
    tell_overtaken(work, stopped);
}

fn tell_overtaken(work: &mut Work<'_>, stopped: Vec<HookRun>) {
    for hook in stopped {
        if matches!(hook.hook, HookEvent::OnApprove | HookEvent::OnDeny) {
            tell_refusal(work, &hook.about, &Refusal::of(Reason::AlreadyDecided));
        }
    }
}
