//! P5: every request ends, and by when. Failures: A520, R111,
//! S419.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::{Approval, Ends, Flow, HookEvent, OnTimeout, Statement};
use flow_bundle::duration;
use rust_decimal::Decimal;

use crate::prove::{Answer, Failure, Subject, proved};

/// Longest wait of a stage: 30 days.
const STAGE_MAX_S: u64 = 30 * 86_400;

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let flow = subject.flow;
    let mut failures = Vec::new();
    let mut fail = |code, path, message: String| {
        failures.push(Failure::new("P5", code, path, message));
    };
    for stage in &flow.approvals {
        let path = |part: &str| subject.path(&format!("approvals.{}{part}", stage.name));
        if stage.timeout_s.0 == 0 || stage.timeout_s.0 > STAGE_MAX_S {
            let (name, waits) = (&stage.name, span(stage.timeout_s.0));
            let message = format!("`{name}` waits {waits}: a stage waits from 1s to 30d");
            fail("A520", path(".timeout_s"), message);
        }
        let routes: u64 = stage
            .routes
            .iter()
            .filter_map(|r| r.timeout_s)
            .fold(0, |sum, s| sum.saturating_add(s.0));
        if routes > stage.timeout_s.0 {
            let message = format!(
                "the routes of `{}` wait {} together, and the stage only {}",
                stage.name,
                span(routes),
                span(stage.timeout_s.0)
            );
            fail("A520", path(""), message);
        }
    }
    for stage in never_open(flow) {
        let message = format!("`{stage}` waits for a stage that never is over, so it never opens");
        fail("R111", subject.path(&format!("approvals.{stage}")), message);
    }
    if let Some(grant) = &flow.grant
        && grant.ends == Ends::OnRevoke
        && !grant.revocable
    {
        let message = "it ends only by a revoke, and nobody may revoke it".to_owned();
        fail("S419", subject.path("grant"), message);
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    let decided = format!("at most {}", span(until_decided(subject)));
    proved(match &flow.grant {
        None => decided,
        Some(grant) => match (grant.ends, grant.max_duration_s) {
            (Ends::AfterDuration, Some(most)) => {
                let most = grant.extend.as_ref().map_or(most, |e| most.max(e.max_total_s));
                format!("{decided} + grant {}", span(most.0))
            }
            _ => format!("{decided}, then until a person revokes"),
        },
    })
}

/// Stages that wait for themselves, or for a stage that there is none.
fn never_open(flow: &Flow) -> Vec<&str> {
    let opening: BTreeSet<&str> = opening(flow).iter().map(|stage| stage.name.as_str()).collect();
    let names = flow.approvals.iter().map(|stage| stage.name.as_str());
    names.filter(|name| !opening.contains(name)).collect()
}

/// The stages that can open, each behind those that it waits for.
fn opening(flow: &Flow) -> Vec<&Approval> {
    let mut waiting: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut left: Vec<usize> = flow.approvals.iter().map(|stage| stage.after.len()).collect();
    for (i, stage) in flow.approvals.iter().enumerate() {
        for name in &stage.after {
            waiting.entry(name).or_default().push(i);
        }
    }
    let free = flow.approvals.iter().filter(|stage| stage.after.is_empty());
    let mut all: Vec<&Approval> = free.collect();
    let mut next = 0;
    while let Some(stage) = all.get(next) {
        for i in waiting.remove(stage.name.as_str()).unwrap_or_default() {
            let Some(left) = left.get_mut(i) else { continue };
            *left -= 1;
            all.extend(flow.approvals.get(i).filter(|_| *left == 0));
        }
        next += 1;
    }
    all
}

/// The longest way from asking to the grant: steps before it, stages along `after`, tries of the
/// escalation.
fn until_decided(subject: Subject<'_>) -> u64 {
    let flow = subject.flow;
    let before = [
        HookEvent::OnRequest,
        HookEvent::AfterRequest,
        HookEvent::OnApproved,
        HookEvent::OnEscalate,
    ];
    let steps = before.iter().map(|event| waits(flow, *event)).fold(0, u64::saturating_add);
    let wait = |stage: &Approval| {
        let rounds = if stage.on_timeout == OnTimeout::Fallback { 2 } else { 1 };
        let expiry = waits(flow, HookEvent::OnRequestExpire);
        stage.timeout_s.0.saturating_mul(rounds).saturating_add(expiry)
    };
    let mut ends: BTreeMap<&str, u64> = BTreeMap::new();
    for stage in opening(flow) {
        let opens = stage.after.iter().filter_map(|a| ends.get(a.as_str())).max().copied();
        ends.insert(&stage.name, opens.unwrap_or(0).saturating_add(wait(stage)));
    }
    let stages = ends.values().max().copied().unwrap_or(0);
    steps.saturating_add(stages).saturating_add(escalation(subject))
}

fn escalation(subject: Subject<'_>) -> u64 {
    let grant = subject.flow.grant.as_ref();
    let Some(strategy) = grant.and_then(|g| subject.bundle.strategies.get(&g.strategy)) else {
        return 0;
    };
    let retry = &strategy.escalate.retry;
    let pauses = retry.max_delay_s.0.saturating_mul(retry.attempts.0.saturating_sub(1));
    let poll = strategy.escalate.poll.as_ref().map_or(0, |poll| poll.timeout_s.0);
    let identity = strategy.identity.iter().flat_map(|i| &i.steps);
    let steps = timeouts(identity.chain(&strategy.escalate.steps));
    let tries = strategy.timeout_s.0.saturating_mul(retry.attempts.0).saturating_add(pauses);
    tries.saturating_add(poll).saturating_add(steps)
}

/// The timeouts of a hook's steps together.
fn waits(flow: &Flow, event: HookEvent) -> u64 {
    timeouts(flow.hooks.get(&event).into_iter().flatten())
}

fn timeouts<'f>(body: impl Iterator<Item = &'f Statement>) -> u64 {
    body.fold(0, |sum: u64, statement| match statement {
        Statement::Step(step) => sum.saturating_add(step.timeout_s.0),
        _ => sum,
    })
}

fn span(seconds: u64) -> String {
    duration::print(Decimal::from(seconds))
}
