//! The call of a strategy: what is sent to make a target's access or to take it back.

use std::collections::BTreeMap;

use flow_bundle::bundle::Strategy;
use flow_bundle::eval::{Scope, eval};
use flow_bundle::payload;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::work::Work;
use crate::contract::Invocation;
use crate::effect::{AccessCall, Effect, EffectKind, Fault, LambdaCall, Lane, Mode, Purpose};
use crate::scope;
use crate::service;
use crate::state::{Access, Part};

/// What an expression of a strategy reads beside the rest.
fn strategy_scope<'a>(work: &Work<'a>, invocation: &Invocation<'_>) -> Scope<'a> {
    let part = match invocation.purpose {
        Purpose::Escalate | Purpose::Step => Part::Escalate,
        Purpose::Deescalate => Part::Deescalate,
    };
    answer_scope(work, invocation.access, part)
}

/// The payload: the contract's, with the flow's own additions, or the flow's own.
fn sent(work: &Work<'_>, strategy: &Strategy, invocation: &Invocation<'_>) -> Result<Json, Fault> {
    let scope = strategy_scope(work, invocation);
    let value = |expr| eval(expr, &scope).map(|v| payload::to_json(&v));
    if let Some(own) = &strategy.payload {
        return value(own).map_err(|e| Fault::evaluation(&e));
    }
    let extra = match &strategy.payload_extra {
        Some(extra) => value(extra).map_err(|e| Fault::evaluation(&e))?,
        None => Json::Null,
    };
    Ok(Invocation { extra, ..*invocation }.payload())
}

/// What is called to make or take back the access of an invocation.
///
/// # Errors
/// A function that the bundle does not declare, and an expression of an escalation that fails. One
/// of an end's payload does not: it would keep access standing, so the contract's own is sent then.
pub(super) fn of(
    work: &Work<'_>,
    strategy: &Strategy,
    invocation: &Invocation<'_>,
) -> Result<EffectKind, Fault> {
    let (access, purpose) = (invocation.access, invocation.purpose);
    if strategy.kind != "aws_lambda" {
        return service_call(work, strategy, invocation).map(EffectKind::Access);
    }
    let payload = match (sent(work, strategy, invocation), purpose) {
        (Err(_), Purpose::Deescalate) => invocation.payload(),
        (sent, Purpose::Escalate | Purpose::Step | Purpose::Deescalate) => sent?,
    };
    let arn = access.target.settings.get("arn").cloned().unwrap_or_default();
    if !work.pinned.bundle.reach.aws_lambda.iter().any(|r| r.arn == arn) {
        let message = format!("`{arn}` is not among the bundle's functions");
        return Err(Fault::evaluated(message));
    }
    Ok(EffectKind::Lambda(LambdaCall {
        purpose,
        function_arn: arn,
        integration: strategy.integration.clone(),
        mode: Mode::Sync,
        payload,
    }))
}

fn service_call(
    work: &Work<'_>,
    strategy: &Strategy,
    invocation: &Invocation<'_>,
) -> Result<AccessCall, Fault> {
    let half = match invocation.purpose {
        Purpose::Escalate | Purpose::Step => &strategy.escalate,
        Purpose::Deescalate => &strategy.deescalate,
    };
    let args = match &half.call {
        Some(call) => service::arguments(call, &strategy_scope(work, invocation))?,
        None => BTreeMap::new(),
    };
    Ok(AccessCall {
        purpose: invocation.purpose,
        kind: strategy.kind.clone(),
        integration: strategy.integration.clone(),
        target: invocation.access.target.clone(),
        identity: invocation.access.known_as(&work.request.requester).to_owned(),
        instance_arn: strategy.instance_arn.clone(),
        args,
    })
}

/// The effect of a call of a strategy.
pub(super) fn effect(
    work: &Work<'_>,
    strategy: &Strategy,
    invocation: &Invocation<'_>,
    not_before: Timestamp,
    kind: EffectKind,
) -> Effect {
    Effect {
        id: invocation.effect,
        request: work.request.id,
        lane: Lane::access(work.request.id, &invocation.access.target.address),
        attempt: invocation.attempt,
        not_before,
        deadline_s: strategy.timeout_s.0,
        // An escalation is never repeated behind the engine's back, even where it may be: the call
        // that was cut off may still run, and its end must wait for it. The engine repeats it
        // itself.
        repeatable: invocation.purpose == Purpose::Deescalate,
        kind,
    }
}

/// What the condition of an answer reads.
pub(super) fn answer_scope<'a>(work: &Work<'a>, access: &Access, part: Part) -> Scope<'a> {
    scope::strategy(work.pinned, &work.request, work.at, access, part)
}
