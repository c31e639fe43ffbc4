//! The only other way out of `stuck`: two people who may revoke, and who did not ask, say that it
//! is dealt with, each with a reason.

use serde_json::json;

use super::deescalate;
use super::work::Work;
use crate::ids::EffectId;
use crate::refusal::{Reason, Refusal};
use crate::rights::Rights;
use crate::state::{AccessState, CallRole, Voice};

/// A person says that a stuck end is dealt with; the second one's word ends the request.
pub(super) fn resolve(work: &mut Work<'_>, reason: &str) -> Result<(), Refusal> {
    let by = work.event.by.clone().ok_or_else(|| Refusal::of(Reason::NotPermitted))?;
    let rights =
        Rights { pinned: work.pinned, context: work.context, request: &work.request, at: work.at };
    if by.id == work.request.requester.id || by.id == work.request.by.id || !rights.may_revoke(&by)
    {
        return Err(Refusal::of(Reason::NotPermitted));
    }
    if work.request.stuck_since.is_none() {
        let sentence = "this end is not stuck: it is still being tried";
        return Err(Refusal::because(Reason::NotActive, sentence));
    }
    if reason.trim().is_empty() {
        return Err(Refusal::because(Reason::NotPermitted, "a reason is needed"));
    }
    let void = void(work);
    if work.request.resolved_by.iter().any(|voice| voice.by.id == by.id) {
        let sentence = "you have said so already: a second person is needed";
        return Err(Refusal::because(Reason::NotPermitted, sentence));
    }
    let voice = Voice { by, at: work.at, reason: reason.to_owned() };
    work.request.resolved_by.push(voice);
    if work.request.resolved_by.len() < 2 {
        work.record("request.resolve_proposed", "the first of two", json!({ "reason": reason }));
        work.note = Some(match void {
            Some(name) => format!(
                "noted; {name} said so before and may not any more: another person must say so too"
            ),
            None => "noted; a second person must say so too".to_owned(),
        });
        return Ok(());
    }
    work.record("request.resolved", "two people who may revoke", json!({ "reason": reason }));
    let owed: Vec<EffectId> = work
        .request
        .calls
        .iter()
        .filter(|(_, call)| matches!(call.role, CallRole::Deescalate { .. }))
        .map(|(id, _)| *id)
        .collect();
    for id in owed {
        work.withdraw(id);
    }
    for index in 0..work.request.accesses.len() {
        let access = work.request.accesses.get(index);
        if let Some(id) = access.filter(|a| a.state != AccessState::Discharged).map(|a| a.grant) {
            deescalate::forget_grant(work, id);
            deescalate::discharge(work, index, "resolved by two people");
        }
    }
    deescalate::finish_if_discharged(work)
}

/// Strikes the first word where whoever gave it may not give it any more, and says whose it was.
fn void(work: &mut Work<'_>) -> Option<String> {
    let rights =
        Rights { pinned: work.pinned, context: work.context, request: &work.request, at: work.at };
    let stands = |voice: &Voice| {
        // As the directory knows them now: they may be gone since they said it.
        let now = work.context.deciders.iter().find(|p| p.id == voice.by.id);
        now.is_some_and(|person| rights.may_revoke(person))
    };
    let struck = work.request.resolved_by.iter().find(|voice| !stands(voice))?.by.clone();
    work.request.resolved_by.retain(|voice| voice.by.id != struck.id);
    let facts = json!({ "by": struck.username });
    work.record("request.resolve_void", "they may not revoke any more", facts);
    Some(struck.username)
}
