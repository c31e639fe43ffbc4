//! Faults in what the engine says.

use flow_engine::effect::{EffectKind, Purpose};
use flow_engine::event::EventKind;
use flow_engine::state::CallRole;
use flow_engine::{
    Context, EffectId, End, Event, Outcome, Phase, Pinned, Reply, Request, Transition, transition,
};
use jiff::SignedDuration;

/// The third try that is not confirmed is the last.
pub(super) fn gives_up(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut done = transition(pinned, request, event, context);
    let Some(request) = &mut done.request else { return done };
    let tired = request
        .calls
        .values()
        .any(|c| matches!(c.role, CallRole::Deescalate { .. }) && c.failures >= 3);
    if tired {
        request.calls.clear();
        request.phase = Phase::Ended;
        request.outcome = Some(End::Ok);
    }
    done
}

pub(super) fn forgets_settling(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut request = request.cloned();
    for access in request.iter_mut().flat_map(|r| &mut r.accesses) {
        access.settles_at = None;
    }
    let mut context = context.clone();
    for grant in &mut context.grants {
        grant.settles_at = None;
    }
    transition(pinned, request.as_ref(), event, &context)
}

/// Every retry of an escalation gets an id of its own.
pub(super) fn new_key(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut done = transition(pinned, request, event, context);
    for effect in &mut done.effects {
        let EffectKind::Lambda(call) = &effect.kind else { continue };
        if call.purpose != Purpose::Escalate || effect.attempt < 2 {
            continue;
        }
        let old = effect.id;
        effect.id = EffectId::of(effect.request, "retry", effect.attempt);
        if let Some(request) = &mut done.request
            && let Some(waits) = request.calls.remove(&old)
        {
            request.calls.insert(effect.id, waits);
        }
        for record in &mut done.audit {
            if record.facts.get("effect") == Some(&serde_json::json!(old)) {
                record.facts.insert("effect".to_owned(), serde_json::json!(effect.id));
            }
        }
    }
    done
}

/// Whoever moves the clock moves the end.
pub(super) fn jumps_extend(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut moved = request.cloned();
    if let Some(request) = &mut moved {
        let jumped = context.jumped_s.saturating_sub(request.jumped_s);
        let jumped = SignedDuration::from_secs(i64::try_from(jumped).unwrap_or(0));
        if let Some(window) = &mut request.window {
            // Twice, so that it is more than the time that was skipped.
            let grown = window.expires_at.and_then(|t| t.checked_add(jumped * 2).ok());
            window.expires_at = grown.or(window.expires_at);
        }
    }
    transition(pinned, moved.as_ref(), event, context)
}

/// Says that access lasts longer, and ends it as before.
pub(super) fn extends_in_words(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut done = transition(pinned, request, event, context);
    let before = request.and_then(|r| r.window);
    if let (Some(before), Some(after)) = (before, done.request.as_mut()) {
        after.window = Some(before);
    }
    done
}

pub(super) fn half_time(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut done = transition(pinned, request, event, context);
    let before = request.and_then(|r| r.window);
    if let Some(window) = done.request.as_mut().and_then(|r| r.window.as_mut())
        && before.is_none()
        && let Some(expires_at) = window.expires_at
    {
        let half = expires_at.duration_since(window.started_at) / 2;
        window.expires_at = window.started_at.checked_add(half).ok();
    }
    done
}

pub(super) fn loses_errors(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let done = transition(pinned, request, event, context);
    let failed = done.request.as_ref().is_some_and(|r| r.error.is_some());
    let answered =
        matches!(&event.kind, EventKind::Outcome(s) if matches!(s.outcome, Outcome::Answered(_)));
    if !(failed && answered && request.is_some_and(|r| r.phase == Phase::Escalating)) {
        return done;
    }
    let reply = Reply::Accepted { note: None };
    Transition { request: request.cloned(), grants: Vec::new(), effects: Vec::new(), reply, ..done }
}

pub(super) fn no_audit(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut done = transition(pinned, request, event, context);
    if matches!(event.kind, EventKind::Approve(_)) && matches!(done.reply, Reply::Accepted { .. }) {
        done.audit.retain(|record| record.kind == "effect.wanted");
        for record in &mut done.audit {
            record.event.clear();
        }
    }
    done
}

/// An end that was not confirmed is tried again an hour later.
pub(super) fn long_pauses(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut done = transition(pinned, request, event, context);
    let hour = SignedDuration::from_hours(1);
    for effect in &mut done.effects {
        let EffectKind::Lambda(call) = &effect.kind else { continue };
        if call.purpose == Purpose::Deescalate && effect.attempt > 1 {
            effect.not_before = effect.not_before.checked_add(hour).unwrap_or(effect.not_before);
        }
    }
    done
}

/// A revoke is taken, and access stays until its time is up.
pub(super) fn revokes_later(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let done = transition(pinned, request, event, context);
    let active = request.is_some_and(|r| r.phase == Phase::Active);
    let taken = matches!(done.reply, Reply::Accepted { .. });
    if !(active && taken && matches!(event.kind, EventKind::Revoke { .. })) {
        return done;
    }
    Transition { request: request.cloned(), grants: Vec::new(), effects: Vec::new(), ..done }
}
