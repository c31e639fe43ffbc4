//! Asking: who may, what they filled in, and what would be granted, all before anybody is asked.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Bundle, Ends, Grant, HookEvent, Source, Strategy, Target as Declared};
use flow_bundle::conform::whole_seconds;
use flow_bundle::eval::{eval, resolve_target};
use flow_bundle::value::Target;
use flow_bundle::{Expr, Value, moved};
use jiff::Timestamp;
use serde_json::json;

use super::work::Work;
use super::{end, filling, hooks};
use crate::context::{Context, Pinned};
use crate::effect::Fault;
use crate::event::{Ask, Event, EventSource};
use crate::ids::GrantId;
use crate::person::{Person, PersonKind};
use crate::refusal::{Reason, Refusal};
use crate::rights::Rights;
use crate::scope::scope;
use crate::state::{About, Access, AccessState, Phase, Request, Stage, StageState};

/// The request as it is before anything was looked at.
pub(super) fn blank(
    pinned: &Pinned<'_>,
    context: &Context,
    event: &Event,
    ask: &Ask,
    by: &Person,
) -> Request {
    let requester = ask.requester.clone().unwrap_or_else(|| by.clone());
    let caused = |event: &str| (event.to_owned(), by.clone());
    Request {
        id: ask.request,
        version: 0,
        flow: pinned.address.to_owned(),
        bundle: pinned.content_hash,
        flow_hash: pinned.flow.hash,
        flow_version: context.flow_version,
        requester,
        by: by.clone(),
        source: event.source,
        created_at: event.at,
        last_at: event.at,
        phase: Phase::Requested,
        outcome: None,
        stuck_since: None,
        fields: BTreeMap::new(),
        context: ask.context.clone(),
        duration_s: None,
        accesses: Vec::new(),
        stages: pinned.flow.approvals.iter().map(|a| waiting(&a.name, None)).collect(),
        extensions: Vec::new(),
        auto_rule: None,
        approved: None,
        denial: None,
        error: None,
        window: None,
        ending: None,
        resolved_by: Vec::new(),
        steps: BTreeMap::new(),
        filling: None,
        hooks: Vec::new(),
        calls: BTreeMap::new(),
        actors: [caused("prompt"), caused("request")].into(),
        counter: 0,
        jumped_s: context.jumped_s,
    }
}

/// A stage whose turn has not come.
pub(super) fn waiting(name: &str, extension: Option<u32>) -> Stage {
    Stage {
        name: name.to_owned(),
        extension,
        state: StageState::Waiting,
        rules: Vec::new(),
        digest: None,
        shown: Vec::new(),
        shown_before: Vec::new(),
        opened_at: None::<Timestamp>,
        expires_at: None,
        on_fallback: false,
        approvals: Vec::new(),
        denials: Vec::new(),
        superseded: Vec::new(),
        settled_at: None,
        route: None,
        next_route_at: None,
        remind_at: None,
    }
}

/// Somebody asks.
pub(super) fn ask(work: &mut Work<'_>, ask: &Ask) -> Result<(), Refusal> {
    may_ask(work)?;
    filling::begin(work, &ask.fields)
}

/// Everything that was filled in has been read.
pub(super) fn filled_in(work: &mut Work<'_>, about: About) -> Result<(), Refusal> {
    let requester = work.request.requester.username.clone();
    let flow = json!({ "flow": work.request.flow, "requester": requester,
        "bundle": work.request.bundle });
    work.record("request.opened", "permissions.request", flow);
    hooks::start(work, HookEvent::OnRequest, about)
}

pub(super) fn may_ask(work: &Work<'_>) -> Result<(), Refusal> {
    let (request, context, flow) = (&work.request, work.context, work.pinned.flow);
    let requester = context.requester.as_ref().filter(|p| p.id == request.requester.id && p.active);
    let Some(requester) = requester else {
        return Err(Refusal::because(Reason::NotPermitted, "there is no such active person"));
    };
    let own = request.by.id == requester.id;
    if !request.by.active || (!own && request.by.kind != PersonKind::Bot) {
        return Err(Refusal::because(Reason::NotPermitted, "you may ask for yourself only"));
    }
    let rights = Rights { pinned: work.pinned, context, request, at: work.at };
    if !rights.may_request(requester) {
        let sentence = format!("you may not ask for `{}`", request.flow);
        return Err(Refusal::because(Reason::NotPermitted, sentence));
    }
    let source = match request.source {
        EventSource::Slack => Some(Source::Slack),
        EventSource::Api => Some(Source::Api),
        EventSource::Web => Some(Source::Web),
        EventSource::Automation => None,
    };
    if !source.is_some_and(|s| flow.sources.contains(&s)) {
        return Err(Refusal::of(Reason::SourceNotAllowed));
    }
    may_begin(work)?;
    if context.limits.open_requests_max.is_some_and(|max| context.open_requests >= max) {
        return Err(Refusal::of(Reason::OverLimit));
    }
    Ok(())
}

/// Whether the flow takes anything new now.
pub(super) fn may_begin(work: &Work<'_>) -> Result<(), Refusal> {
    if !work.pinned.flow.enabled || !work.context.enabled {
        return Err(Refusal::of(Reason::FlowDisabled));
    }
    match &work.context.frozen {
        Some(reason) => {
            Err(Refusal::because(Reason::Frozen, format!("requests are frozen: {reason}")))
        }
        None => Ok(()),
    }
}

/// `on_request` has run: computes what would be granted and for how long.
pub(super) fn plan(work: &mut Work<'_>) -> Result<(), Refusal> {
    if let Some(grant) = &work.pinned.flow.grant {
        match planned(work, grant) {
            Ok((accesses, duration_s)) => {
                let targets: Vec<&str> =
                    accesses.iter().map(|a| a.target.address.as_str()).collect();
                let facts = json!({ "targets": targets, "duration_s": duration_s });
                work.record("request.planned", "grant", facts);
                work.request.accesses = accesses;
                work.request.duration_s = duration_s;
            }
            Err(fault) => return end::errored(work, fault),
        }
    }
    let about = work.about(None, None);
    hooks::start(work, HookEvent::AfterRequest, about)
}

fn planned(work: &Work<'_>, grant: &Grant) -> Result<(Vec<Access>, Option<u64>), Fault> {
    let strategy = work.pinned.bundle.strategies.get(&grant.strategy);
    let strategy = strategy
        .ok_or_else(|| Fault::evaluated(format!("there is no strategy `{}`", grant.strategy)))?;
    let chosen = chosen_targets(work, grant)?;
    let mut accesses: Vec<Access> = Vec::new();
    for target in chosen {
        if !strategy.targets.contains(&target.address) {
            let message = format!("`{}` is no target of `{}`", target.address, grant.strategy);
            return Err(Fault::evaluated(message));
        }
        for target in filled(work, &target)? {
            let access = planned_access(work, &grant.strategy, strategy, target);
            if !accesses.iter().any(|a| a.grant == access.grant) {
                accesses.push(access);
            }
        }
    }
    if accesses.is_empty() {
        return Err(Fault::evaluated("no target was chosen, so there is nothing to grant"));
    }
    Ok((accesses, duration(work, grant)?))
}

fn chosen_targets(work: &Work<'_>, grant: &Grant) -> Result<Vec<Target>, Fault> {
    let scope = scope(work.pinned, &work.request, work.at, None);
    let expr = grant.target.as_ref().or(grant.targets.as_ref());
    let expr = expr.ok_or_else(|| Fault::evaluated("the grant names no target"))?;
    let value = eval(expr, &scope).map_err(|e| Fault::evaluation(&e))?;
    let items = if let Value::List(items) = value { items } else { vec![value] };
    let targets = items.into_iter().map(|item| {
        let Value::Target(target) = item else {
            let kind = item.kind();
            return Err(Fault::evaluated(format!("{kind} stands where a target is wanted")));
        };
        Ok(target)
    });
    targets.collect()
}

/// A chosen target with its settings computed for this request; several where it has `each_of`.
fn filled(work: &Work<'_>, target: &Target) -> Result<Vec<Target>, Fault> {
    let failed = |e: flow_bundle::eval::EvalError| Fault::evaluation(&e);
    let address = &target.address;
    let declared: &Declared = work
        .pinned
        .bundle
        .targets
        .get(address)
        .ok_or_else(|| Fault::evaluated(format!("there is no target `{address}`")))?;
    let scope = scope(work.pinned, &work.request, work.at, None);
    let Some(each_of) = &declared.each_of else {
        return Ok(vec![resolve_target(address, declared, &scope).map_err(failed)?]);
    };
    let Value::List(items) = eval(each_of, &scope).map_err(failed)? else {
        return Err(Fault::evaluated(format!("`each_of` of `{address}` is no list")));
    };
    let items = items.into_iter().map(|item| {
        resolve_target(address, declared, &scope.clone().with("item", item)).map_err(failed)
    });
    items.collect()
}

fn planned_access(work: &Work<'_>, address: &str, declared: &Strategy, target: Target) -> Access {
    let shared = declared.overlap == flow_bundle::bundle::Overlap::Share;
    // A grant keeps its identity when what it is called by moves.
    let strategy = moved::key_origin(work.pinned.bundle, "strategy", address);
    let grant = GrantId::of(
        &work.context.deployment,
        &strategy,
        &target_key(work.pinned.bundle, &target),
        work.request.requester.id,
        (!shared).then_some(work.request.id),
    );
    Access {
        target,
        grant,
        state: AccessState::Planned,
        answer: None,
        fault: None,
        may_stand: false,
        settles_at: None,
        end_answer: None,
        end_fault: None,
        identity: None,
        preparing: None,
        prepared: false,
        polling: None,
        steps: BTreeMap::new(),
    }
}

/// What tells targets apart: the address under which it was declared first, and the settings that
/// this request filled in.
pub(super) fn target_key(bundle: &Bundle, target: &Target) -> String {
    let origin = moved::key_origin(bundle, "target", &target.address);
    format!("{origin} {}", json!(target.settings))
}

/// How long, in whole seconds: rounded up never, clamped by the flow and by the deployment.
fn duration(work: &Work<'_>, grant: &Grant) -> Result<Option<u64>, Fault> {
    if grant.ends == Ends::OnRevoke {
        return Ok(None);
    }
    let scope = scope(work.pinned, &work.request, work.at, None);
    let expr = grant.duration.as_ref().unwrap_or(&Expr::Null);
    let value = eval(expr, &scope).map_err(|e| Fault::evaluation(&e))?;
    let Value::Duration(seconds) = value else {
        return Err(Fault::evaluated(format!("the duration is {}", value.kind())));
    };
    let wanted = whole_seconds(seconds.trunc()).filter(|s| *s > 0);
    let wanted = wanted.ok_or_else(|| Fault::evaluated("the duration is shorter than a second"))?;
    let flow_max = grant.max_duration_s.map_or(u64::MAX, |s| s.0);
    let house_max = work.context.limits.duration_max_s.unwrap_or(u64::MAX);
    Ok(Some(wanted.min(flow_max).min(house_max)))
}
