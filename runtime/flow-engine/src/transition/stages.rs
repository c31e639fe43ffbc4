//! Stages: when they open, who hears of them, what their clocks do, and when they are all met.
//!
//! People's decisions are in `decide`, cards in `cards`.

use flow_bundle::bundle::{Approval, HookEvent, OnTimeout};
use flow_bundle::eval::eval;
use flow_bundle::expr::SetName;
use flow_bundle::value::Principals;
use flow_bundle::{Expr, Value};
use serde_json::json;

use super::work::{Work, later};
use super::{break_glass, cards, end, escalate, extend, hooks, moments, notify};
use crate::audit;
use crate::effect::Fault;
use crate::event::EventSource;
use crate::refusal::Refusal;
use crate::rights::{count, principals};
use crate::scope::{approval, scope};
use crate::state::{About, Approved, End, ExtensionState, Phase, RuleNeed, StageState};

/// Everything before the first card has run.
pub(super) fn begin(work: &mut Work<'_>) -> Result<(), Refusal> {
    work.request.phase = Phase::Pending;
    let glass = work.pinned.flow.break_glass.as_ref();
    let rule = glass.map(|_| audit::BREAK_GLASS.to_owned());
    let Some(rule) = rule.or_else(|| work.request.auto_rule.clone()) else { return proceed(work) };
    if !work.pinned.flow.auto {
        return end::errored(work, Fault::evaluated("this flow does not allow auto-approval"));
    }
    for stage in &mut work.request.stages {
        stage.state = StageState::Auto;
        stage.settled_at = Some(work.at);
    }
    if let Some(glass) = glass {
        break_glass::announce(work, glass);
    }
    let by = work.request.requester.clone();
    let source = EventSource::Automation;
    escalate::approve(work, Approved { at: work.at, by, source, auto: Some(rule) })
}

/// Opens every stage whose turn it is; once all are settled the request is approved.
pub(super) fn proceed(work: &mut Work<'_>) -> Result<(), Refusal> {
    // Each round settles or opens a stage, so there are no more rounds than stages.
    for _ in 0..=work.request.stages.len() {
        let Some(name) = next_to_open(work) else { break };
        if let Err(fault) = open(work, &name) {
            return failed(work, fault);
        }
    }
    let settled = |state| match state {
        StageState::Met | StageState::Skipped | StageState::NotNeeded | StageState::Auto => true,
        StageState::Waiting | StageState::Open | StageState::Denied | StageState::Expired => false,
    };
    if !work.request.round().all(|s| settled(s.state)) {
        return Ok(());
    }
    let people = work.request.round().filter(|s| s.state == StageState::Met);
    let last = people.flat_map(|s| &s.approvals).max_by_key(|d| d.at).cloned();
    // Invariant: no approval without a person, whatever the stages' conditions come to.
    let Some(last) = last else {
        return failed(work, Fault::evaluated("no stage was met by anybody"));
    };
    if work.request.extension().is_some() {
        extend::grant(work, &last.by);
        return Ok(());
    }
    let approved = Approved { at: work.at, by: last.by, source: last.source, auto: None };
    escalate::approve(work, approved)
}

/// What cannot be decided ends the request, or leaves its end where it is.
fn failed(work: &mut Work<'_>, fault: Fault) -> Result<(), Refusal> {
    if work.request.extension().is_none() {
        return end::errored(work, fault);
    }
    notify::error(work, "an extension could not be decided", Some(&fault));
    extend::close(
        work,
        ExtensionState::Denied,
        "it could not be decided, and the admins are told.",
    );
    Ok(())
}

fn next_to_open(work: &Work<'_>) -> Option<String> {
    // A stage that is not asked in this round holds none up.
    let passed = |name: &String| {
        work.stage(name).is_none_or(|s| match s.state {
            StageState::Met | StageState::Skipped | StageState::NotNeeded | StageState::Auto => {
                true
            }
            StageState::Waiting | StageState::Open | StageState::Denied | StageState::Expired => {
                false
            }
        })
    };
    let waiting = work.request.round().filter(|s| s.state == StageState::Waiting);
    waiting
        .map(|stage| &stage.name)
        .find(|name| {
            let declared = approval(work.pinned.flow, name);
            declared.is_some_and(|a| a.after.iter().all(passed))
        })
        .cloned()
}

fn open(work: &mut Work<'_>, name: &str) -> Result<(), Fault> {
    let declared = approval(work.pinned.flow, name);
    let declared =
        declared.ok_or_else(|| Fault::evaluated(format!("there is no stage `{name}`")))?;
    let scope = scope(work.pinned, &work.request, work.at, None);
    let needed = match eval(&declared.when, &scope) {
        Ok(Value::Bool(needed)) => needed,
        Ok(other) => return Err(Fault::evaluated(format!("`when` is {}", other.kind()))),
        Err(e) => return Err(Fault::evaluation(&e)),
    };
    if !needed {
        settle(work, name, StageState::NotNeeded, "when");
        return Ok(());
    }
    let mut rules = Vec::new();
    for rule in &declared.rules {
        let quorum = eval(&rule.quorum, &scope).map_err(|e| Fault::evaluation(&e))?;
        let quorum = count(&quorum, 1)
            .ok_or_else(|| Fault::evaluated(format!("the quorum of stage `{name}` is below 1")))?;
        let approvers = principals(&rule.approvers, &scope)?;
        rules.push(RuleNeed { name: rule.name.clone(), approvers, quorum });
    }
    if rules.is_empty() {
        return Err(Fault::evaluated(format!("stage `{name}` has no rule")));
    }
    let at = work.at;
    if let Some(stage) = work.stage_mut(name) {
        stage.state = StageState::Open;
        stage.rules = rules;
        stage.opened_at = Some(at);
        stage.expires_at = Some(later(at, declared.timeout_s.0));
        stage.remind_at = declared.remind_s.map(|s| later(at, s.0));
    }
    let nobody = work.stage(name).is_some_and(|s| s.rules.iter().any(|r| is_empty(&r.approvers)));
    if nobody && !fall_back(work, declared)? {
        let text = format!("nobody can decide stage `{name}`: its approvers are empty");
        notify::error(work, text, None);
    }
    work.record("stage.opened", format!("stage {name}"), json!({ "stage": name }));
    cards::send(work, declared);
    Ok(())
}

fn is_empty(set: &Principals) -> bool {
    match set {
        Principals::Users(users) => users.is_empty(),
        Principals::Named(name) => *name == SetName::Nobody,
        Principals::Union(sets) => sets.iter().all(is_empty),
        Principals::Intersect(sets) => sets.iter().any(is_empty),
        Principals::Except(set, _) => is_empty(set),
        Principals::Group(_) => false,
    }
}

/// Lets `fallback_approvers` take over, where there are any.
fn fall_back(work: &mut Work<'_>, declared: &Approval) -> Result<bool, Fault> {
    let Some(expr) = &declared.fallback_approvers else { return Ok(false) };
    let scope = scope(work.pinned, &work.request, work.at, None);
    let approvers = principals(expr, &scope)?;
    if let Some(stage) = work.stage_mut(&declared.name) {
        stage.on_fallback = true;
        stage.hand_over();
        for rule in &mut stage.rules {
            rule.approvers = approvers.clone();
        }
    }
    Ok(true)
}

/// Closes a stage.
pub(super) fn settle(work: &mut Work<'_>, name: &str, state: StageState, rule: &str) {
    let at = work.at;
    if let Some(stage) = work.stage_mut(name) {
        stage.state = state;
        stage.settled_at = Some(at);
    }
    let facts = json!({ "stage": name, "state": state.word() });
    work.record("stage.settled", format!("{rule} of stage {name}"), facts);
}

/// Does what the clocks of the open stages ask for.
pub(super) fn tick(work: &mut Work<'_>) -> Result<(), Refusal> {
    let open = work.request.round().filter(|s| s.state == StageState::Open);
    let names: Vec<String> = open.map(|s| s.name.clone()).collect();
    for name in names {
        if !work.request.is_deciding() {
            break;
        }
        let Some(declared) = approval(work.pinned.flow, &name) else { continue };
        let due = |t: Option<jiff::Timestamp>| t.is_some_and(|t| t <= work.at);
        let Some(stage) = work.stage(&name) else { continue };
        let (expired, forward, remind) =
            (due(stage.expires_at), due(stage.next_route_at), due(stage.remind_at));
        if expired {
            timed_out(work, declared)?;
            continue;
        }
        // Whatever is due is done: what stayed due in the past would keep the clock from waking this
        // request again.
        if forward {
            // Due once: the next route sets its own time.
            if let Some(stage) = work.stage_mut(&name) {
                stage.next_route_at = None;
            }
            let about = work.about(Some(&name), None);
            hooks::start(work, HookEvent::OnRequestForward, about)?;
        }
        if remind {
            cards::remind(work, declared);
        }
    }
    Ok(())
}

/// `on_request_forward` has run: the next route hears, if the stage still waits.
pub(super) fn forward_now(work: &mut Work<'_>, about: &About) -> Result<(), Refusal> {
    let name = about.stage.as_deref().unwrap_or_default();
    let waits = work.stage(name).is_some_and(|s| s.state == StageState::Open);
    let declared = approval(work.pinned.flow, name).filter(|_| waits);
    let Some(declared) = declared else { return Ok(()) };
    cards::forward(work, declared);
    let about = work.about(Some(name), None);
    hooks::start(work, HookEvent::AfterRequestForward, about)
}

fn timed_out(work: &mut Work<'_>, declared: &Approval) -> Result<(), Refusal> {
    let name = declared.name.as_str();
    let already = work.stage(name).is_some_and(|s| s.on_fallback);
    match declared.on_timeout {
        OnTimeout::Skip => {
            settle(work, name, StageState::Skipped, "on_timeout = \"skip\"");
            return proceed(work);
        }
        OnTimeout::Fallback if !already => match fall_back(work, declared) {
            Ok(true) => {
                let expires_at = work.after(declared.timeout_s.0);
                let remind_at = declared.remind_s.map(|s| work.after(s.0));
                if let Some(stage) = work.stage_mut(name) {
                    stage.expires_at = Some(expires_at);
                    stage.remind_at = remind_at;
                }
                cards::send(work, declared);
                return Ok(());
            }
            Ok(false) => {}
            Err(fault) => return failed(work, fault),
        },
        OnTimeout::Expire | OnTimeout::Fallback => {}
    }
    settle(work, name, StageState::Expired, "timeout");
    if work.request.extension().is_some() {
        extend::close(work, ExtensionState::Expired, "nobody decided about it in time.");
        return Ok(());
    }
    let about = work.about(Some(name), None);
    hooks::start(work, HookEvent::OnRequestExpire, about)
}

/// `on_request_expire` has run.
pub(super) fn expire_now(work: &mut Work<'_>) -> Result<(), Refusal> {
    moments::stop_before_hooks(work);
    let text = "Nobody decided in time, so your request has expired. You can ask again.";
    notify::requester(work, text);
    end::end(work, End::Expired, "timeout")
}

/// Whether a condition of a `notify` holds; one that cannot be computed does.
pub(super) fn applies(when: &Expr, scope: &flow_bundle::eval::Scope<'_>) -> bool {
    !matches!(eval(when, scope), Ok(Value::Bool(false)))
}
