//! Ends: how a request comes to `ended`, and who hears of it.

use flow_bundle::bundle::HookEvent;
use serde_json::json;

use super::work::Work;
use super::{filling, hooks, moments, notify};
use crate::effect::Fault;
use crate::refusal::Refusal;
use crate::state::{Cause, End, Phase};

/// Ends a request that owes nothing.
pub(super) fn end(work: &mut Work<'_>, outcome: End, rule: &str) -> Result<(), Refusal> {
    // Invariant: whoever owes an end goes through `deescalating` first.
    if work.request.owes_an_end() {
        return Ok(());
    }
    moments::stop_before_hooks(work);
    filling::stop(work);
    let taken_back = work.request.phase == Phase::Deescalating;
    work.request.phase = Phase::Ended;
    work.request.outcome = Some(outcome);
    work.request.stuck_since = None;
    let kind = match outcome {
        End::Ok => "request.ended",
        End::Denied => "request.denied",
        End::Expired => "request.expired",
        End::Cancelled => "request.cancelled",
        End::Errored => "request.errored",
    };
    work.record(kind, rule, json!({ "outcome": outcome.word() }));
    tell(work, outcome, taken_back);
    let hook = match outcome {
        End::Denied => Some(HookEvent::AfterDeny),
        End::Expired => Some(HookEvent::AfterRequestExpire),
        End::Cancelled => Some(HookEvent::AfterCancel),
        End::Errored => Some(HookEvent::AfterError),
        End::Ok => None,
    };
    let cause = work.request.ending.as_ref().map(|e| e.cause);
    // Its expressions read what the confirmed end answered. Nothing was confirmed where nothing was
    // made, nor where two people said that it is dealt with.
    let confirmed = work.request.accesses.iter().any(|a| a.end_answer.is_some());
    if taken_back && confirmed {
        after(work, HookEvent::AfterDeescalate, cause)?;
    }
    hook.map_or(Ok(()), |hook| after(work, hook, cause))
}

fn after(work: &mut Work<'_>, hook: HookEvent, cause: Option<Cause>) -> Result<(), Refusal> {
    let about = work.about(None, cause);
    hooks::start(work, hook, about)
}

fn tell(work: &mut Work<'_>, outcome: End, taken_back: bool) {
    let label = work.pinned.flow.label.clone();
    match outcome {
        End::Ok if taken_back => {
            notify::requester(work, format!("{label}: your access has ended."))
        }
        End::Cancelled => notify::requester(work, format!("{label}: the request is cancelled.")),
        End::Denied if work.request.denial.as_ref().is_none_or(|d| d.by.is_none()) => {
            let reason = work.request.denial.as_ref().and_then(|d| d.reason.clone());
            let reason = reason.unwrap_or_else(|| "the flow says no".to_owned());
            notify::requester(work, format!("{label}: denied. {reason}"));
        }
        // Whoever denied, expired or erred has been told where it happened.
        End::Ok | End::Denied | End::Expired | End::Errored => {}
    }
}

/// Something went wrong before anything was made: the request ends `errored`.
pub(super) fn errored(work: &mut Work<'_>, fault: Fault) -> Result<(), Refusal> {
    report(work, &fault);
    work.request.error = Some(fault);
    end(work, End::Errored, "an error ends the request")
}

/// Tells the requester and the error channel what went wrong.
pub(super) fn report(work: &mut Work<'_>, fault: &Fault) {
    let label = work.pinned.flow.label.clone();
    let said =
        if fault.errors.is_empty() { fault.message.clone() } else { fault.errors.join("; ") };
    notify::requester(work, format!("{label}: your request has failed. {said}"));
    notify::error(work, format!("{label} has failed"), Some(fault));
}
