//! Faults in what the engine is shown.

use flow_bundle::bundle::ErrorKind;
use flow_engine::event::{Answer, EventKind};
use flow_engine::{
    Context, Event, GrantState, Outcome, PersonId, Pinned, Reply, Request, Role, Transition,
    transition,
};
use serde_json::json;
use uuid::Uuid;

pub(super) fn own_request(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut flow = pinned.flow.clone();
    for approval in &mut flow.approvals {
        approval.allow_self = true;
    }
    transition(&Pinned { flow: &flow, ..*pinned }, request, event, context)
}

/// Whoever approved before is taken for somebody else.
pub(super) fn twice(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut request = request.cloned();
    if let (Some(request), EventKind::Approve(_)) = (&mut request, &event.kind) {
        let decided = request.stages.iter_mut().flat_map(|s| &mut s.approvals);
        for (number, decided) in (1_000_u128..).zip(decided) {
            decided.by.id = PersonId(Uuid::from_u128(number));
        }
    }
    transition(pinned, request.as_ref(), event, context)
}

/// Only the last approval counts.
pub(super) fn forgets(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut request = request.cloned();
    if let (Some(request), EventKind::Approve(_)) = (&mut request, &event.kind) {
        request.stages.iter_mut().for_each(|stage| stage.approvals.clear());
    }
    transition(pinned, request.as_ref(), event, context)
}

pub(super) fn left(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let context = Context { newest: None, ..context.clone() };
    transition(pinned, request, event, &context)
}

pub(super) fn any_digest(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut event = event.clone();
    if let (EventKind::Approve(click), Some(request)) = (&mut event.kind, request) {
        let stage = request.stages.iter().find(|s| Some(&s.name) == click.stage.as_ref());
        if let Some(digest) = stage.and_then(|s| s.digest) {
            click.digest = digest.hex();
        }
    }
    transition(pinned, request, &event, context)
}

/// The words of the flow about extensions do not count.
pub(super) fn extends_alone(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut flow = pinned.flow.clone();
    if let Some(extend) = flow.grant.as_mut().and_then(|g| g.extend.as_mut()) {
        extend.approval = "none".to_owned();
    }
    transition(&Pinned { flow: &flow, ..*pinned }, request, event, context)
}

/// Whoever approved the request has approved its extension, too.
pub(super) fn approved_before(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut request = request.cloned();
    if let Some(request) = request.as_mut().filter(|r| r.extension().is_some()) {
        let first: Vec<_> = request.stages.iter().filter(|s| s.extension.is_none()).collect();
        let first: Vec<_> = first.into_iter().cloned().collect();
        for stage in request.stages.iter_mut().filter(|s| s.extension.is_some()) {
            let before = first.iter().find(|s| s.name == stage.name);
            let before = before.map(|s| s.approvals.clone()).unwrap_or_default();
            if stage.approvals.is_empty() {
                stage.approvals = before;
                stage.approvals.truncate(1);
            }
        }
    }
    transition(pinned, request.as_ref(), event, context)
}

pub(super) fn one_is_enough(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut request = request.cloned();
    for stage in request.iter_mut().flat_map(|r| &mut r.stages) {
        stage.rules.truncate(1);
        for rule in &mut stage.rules {
            rule.quorum = 1;
        }
    }
    transition(pinned, request.as_ref(), event, context)
}

/// Whether an outcome is that of an escalation.
fn escalation(request: Option<&Request>, event: &Event) -> bool {
    let EventKind::Outcome(settled) = &event.kind else { return false };
    let call = request.and_then(|r| r.calls.get(&settled.effect));
    call.is_some_and(|c| matches!(c.role, flow_engine::state::CallRole::Escalate { .. }))
}

fn with_outcome(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
    change: impl Fn(&Outcome) -> Option<Outcome>,
) -> Transition {
    let mut event = event.clone();
    if escalation(request, &event)
        && let EventKind::Outcome(settled) = &mut event.kind
        && let Some(outcome) = change(&settled.outcome)
    {
        settled.outcome = outcome;
    }
    transition(pinned, request, &event, context)
}

fn refused(kind: ErrorKind) -> Outcome {
    Outcome::Refused { kind, message: String::new(), retry_after_s: None }
}

pub(super) fn unknown_is_refused(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    with_outcome(pinned, request, event, context, |outcome| {
        matches!(outcome, Outcome::Unknown { .. }).then(|| refused(ErrorKind::Auth))
    })
}

pub(super) fn unknown_is_throttled(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    with_outcome(pinned, request, event, context, |outcome| {
        matches!(outcome, Outcome::Unknown { .. }).then(|| refused(ErrorKind::Throttled))
    })
}

pub(super) fn refused_is_unknown(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    with_outcome(pinned, request, event, context, |outcome| {
        matches!(outcome, Outcome::Refused { .. }).then(Outcome::stopped_in_flight)
    })
}

pub(super) fn any_answer(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    with_outcome(pinned, request, event, context, |outcome| {
        let done = json!({ "body": {}, "errors": [] });
        matches!(outcome, Outcome::Answered(_))
            .then(|| Outcome::Answered(Answer { payload: Some(done), ..Answer::default() }))
    })
}

/// The first word about a stuck end is taken for the second.
pub(super) fn one_word(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let (mut request, mut context) = (request.cloned(), context.clone());
    if let (Some(request), EventKind::Resolve { reason }, Some(by)) =
        (&mut request, &event.kind, &event.by)
        && request.resolved_by.is_empty()
    {
        let mut by = by.clone();
        by.id = PersonId(Uuid::from_u128(1_000));
        by.role = Role::Admin;
        context.deciders.push(by.clone());
        let voice = flow_engine::state::Voice { by, at: event.at, reason: reason.clone() };
        request.resolved_by.push(voice);
    }
    transition(pinned, request.as_ref(), event, &context)
}

pub(super) fn jumps_count(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let context = Context { jumped_s: 0, ..context.clone() };
    transition(pinned, request, event, &context)
}

/// A present grant is held by nobody else, whatever the store says.
pub(super) fn other_holders(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut context = context.clone();
    let me = request.map(|r| r.id);
    for grant in context.grants.iter_mut().filter(|g| g.state == GrantState::Present) {
        grant.holders.retain(|holder| Some(*holder) == me);
    }
    transition(pinned, request, event, &context)
}

pub(super) fn freeze(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let context = Context { frozen: None, ..context.clone() };
    transition(pinned, request, event, &context)
}

pub(super) fn flow_gone(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let done = transition(pinned, request, event, context);
    if event.kind != EventKind::FlowGone {
        return done;
    }
    let reply = Reply::Accepted { note: None };
    Transition { request: request.cloned(), grants: Vec::new(), effects: Vec::new(), reply, ..done }
}

/// Whoever clicks is taken as they once were.
pub(super) fn gone_decides(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut event = event.clone();
    if let (EventKind::Approve(_), Some(by)) = (&event.kind, &mut event.by) {
        by.active = true;
    }
    transition(pinned, request, &event, context)
}

/// Whoever clicked or spoke before is taken as they were then.
pub(super) fn looks_once(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut context = context.clone();
    for person in &mut context.deciders {
        person.active = true;
    }
    transition(pinned, request, event, &context)
}

/// As [`looks_once`], about stuck ends alone.
pub(super) fn gone_speaks(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    if matches!(event.kind, EventKind::Resolve { .. }) {
        return looks_once(pinned, request, event, context);
    }
    transition(pinned, request, event, context)
}

/// What one click asked is read by every other.
pub(super) fn mixes_up(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut request = request.cloned();
    for hook in request.iter_mut().flat_map(|r| &mut r.hooks) {
        hook.steps.clear();
    }
    transition(pinned, request.as_ref(), event, context)
}

pub(super) fn disabled(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let context = Context { enabled: true, ..context.clone() };
    transition(pinned, request, event, &context)
}
