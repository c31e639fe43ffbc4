//! Outcomes of calls: each goes to whoever waits for it, and to nobody else.

use serde_json::json;

use super::work::Work;
use super::{deescalate, escalate, filling, poll, prepare, steps};
use crate::effect::Fault;
use crate::event::{Answer, Outcome, Settled};
use crate::refusal::{Reason, Refusal};
use crate::state::CallRole;

/// A call has ended.
pub(super) fn settle(work: &mut Work<'_>, settled: &Settled) -> Result<(), Refusal> {
    let waited_for = work.request.calls.get(&settled.effect);
    let call = waited_for.filter(|call| call.attempt == settled.attempt).cloned();
    let Some(call) = call else {
        let sentence = "nothing waits for this outcome: it is late, or was counted already";
        return Err(Refusal::because(Reason::NotFound, sentence));
    };
    work.request.calls.remove(&settled.effect);
    record(work, settled);
    match call.role.clone() {
        CallRole::Escalate { access } => escalate::outcome(work, settled, access, &call),
        CallRole::Deescalate { access } => deescalate::outcome(work, settled, access, call),
        CallRole::Step { name, run } => {
            let at = work.request.hooks.iter().position(|hook| hook.run == run);
            let Some(at) = at else { return Ok(()) };
            let waiting = work.request.hooks.remove(at);
            steps::outcome(work, settled, &name, call, waiting)
        }
        CallRole::Poll { access } => poll::outcome(work, settled, access, &call),
        CallRole::Option { name: _ } => filling::outcome(work, settled, call),
        CallRole::Prepare { access, part, name: _ } => {
            prepare::outcome(work, settled, access, (part, call))
        }
    }
}

/// The answer of a call; else what went wrong, and how long the service asks to wait, in seconds.
pub(super) fn answer(outcome: &Outcome) -> Result<&Answer, (Fault, Option<u64>)> {
    match outcome {
        Outcome::Answered(answer) => Ok(answer),
        Outcome::Refused { kind, message, retry_after_s } => {
            Err((Fault::new(*kind, message.clone()), *retry_after_s))
        }
        Outcome::Unknown { kind, message } => Err((Fault::new(*kind, message.clone()), None)),
    }
}

fn record(work: &mut Work<'_>, settled: &Settled) {
    let (how, detail) = match &settled.outcome {
        Outcome::Answered(answer) => ("answered", answer.executed_version.clone()),
        Outcome::Refused { message, .. } => ("refused", Some(message.clone())),
        Outcome::Unknown { message, .. } => ("unknown", Some(message.clone())),
    };
    work.record(
        "effect.settled",
        "",
        json!({
            "effect": settled.effect,
            "attempt": settled.attempt,
            "started_at": settled.started_at,
            "ended_at": settled.ended_at,
            "how": how,
            "detail": detail,
        }),
    );
}
