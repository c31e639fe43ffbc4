//! A store that was restored from a backup has forgotten what came after it. The audit trail, kept
//! elsewhere, has not: what it knows more of is not gone on with. What waits is cancelled, and what
//! may have been given is taken back at once.

use serde_json::json;

use super::work::{Work, later};
use super::{deescalate, end, escalate, moments, poll, prepare};
use crate::event::Overtaken;
use crate::grant::GrantState;
use crate::refusal::Refusal;
use crate::state::{AccessState, CallRole, Cause, End, Request};

/// What a person is told.
const WHY: &str = "the daemon was restored from a backup, and the audit trail knows more of this";

/// The trail knows more of this request than the store.
pub(super) fn overtaken(work: &mut Work<'_>, overtaken: &Overtaken) -> Result<(), Refusal> {
    let targets: Vec<_> = work.request.accesses.iter().map(|a| a.target.address.clone()).collect();
    let facts = json!({ "phase": work.request.phase, "targets": targets });
    moments::stop_before_hooks(work);
    if let Some(known) = &overtaken.known {
        forget_calls(work);
        work.request = replaced(&work.request, known);
    }
    work.record("request.overtaken", "the audit trail knows more than the store", facts);
    poll::overtaken(work);
    for index in 0..work.request.accesses.len() {
        let grant = work.request.accesses.get(index).map(|a| a.grant);
        if grant.is_some_and(|grant| overtaken.ended.contains(&grant)) {
            let_go(work, index);
        } else {
            owe(work, index);
        }
    }
    forget_calls(work);
    if !work.request.owes_an_end() {
        return end::end(work, End::Cancelled, WHY);
    }
    deescalate::end_now(work, Cause::Emergency, Some(WHY))
}

/// The request as the trail knows it, in the place of the one that the store has.
fn replaced(stored: &Request, known: &Request) -> Request {
    let mut request = known.clone();
    request.version = stored.version;
    request.counter = known.counter.max(stored.counter);
    request.last_at = known.last_at.max(stored.last_at);
    request.jumped_s = known.jumped_s.max(stored.jumped_s);
    request.hooks = Vec::new();
    request.calls.clear();
    request.filling = None;
    request
}

/// No call that makes access, or comes before one, is waited for any more.
fn forget_calls(work: &mut Work<'_>) {
    let makes = |role: &CallRole| match role {
        CallRole::Escalate { .. } | CallRole::Prepare { .. } | CallRole::Option { .. } => true,
        // What a call began is stopped being asked for by `poll`.
        CallRole::Deescalate { .. } | CallRole::Step { .. } | CallRole::Poll { .. } => false,
    };
    let calls = work.request.calls.iter().filter(|(_, call)| makes(&call.role));
    let calls: Vec<_> = calls.map(|(id, _)| *id).collect();
    calls.into_iter().for_each(|id| work.withdraw(id));
}

/// The trail says that it has ended, or that it was there before.
fn let_go(work: &mut Work<'_>, index: usize) {
    let Some(access) = work.request.accesses.get(index) else { return };
    let (id, me) = (access.grant, work.request.id);
    if access.state == AccessState::Discharged {
        return;
    }
    if let Some(mut grant) = work.grant(id).filter(|g| g.holders.contains(&me)).cloned() {
        grant.holders.retain(|holder| *holder != me);
        if grant.holders.is_empty() {
            grant.state = GrantState::Absent;
            grant.settles_at = None;
        }
        work.set_grant(grant);
    }
    deescalate::discharge(work, index, "the audit trail knows its end");
}

/// What was asked for or stands may stand now, whatever was heard of it.
fn owe(work: &mut Work<'_>, index: usize) {
    prepare::stop(work, index);
    let strategy = escalate::strategy(work);
    let Some(access) = work.request.accesses.get(index).cloned() else { return };
    match access.state {
        AccessState::Escalating | AccessState::Active | AccessState::Owed => {}
        AccessState::Planned
        | AccessState::Waiting
        | AccessState::Deescalating
        | AccessState::Discharged => return,
    }
    // Its call may have left just before the store was lost, and still be running.
    let running = access.state == AccessState::Escalating;
    let settle_s = strategy.filter(|_| running).map(|s| escalate::settle_s(work, s, &access));
    let settles_at = settle_s.map(|s| later(work.at, s)).max(access.settles_at);
    let mut grant =
        work.grant(access.grant).cloned().unwrap_or_else(|| escalate::absent(work, &access));
    let me = work.request.id;
    if !grant.holders.contains(&me) {
        grant.holders.push(me);
    }
    grant.state = GrantState::Present;
    grant.by = None;
    grant.settles_at = grant.settles_at.max(settles_at);
    work.set_grant(grant);
    if let Some(access) = work.request.accesses.get_mut(index) {
        access.state = AccessState::Owed;
        access.may_stand = true;
        access.settles_at = settles_at;
    }
}
