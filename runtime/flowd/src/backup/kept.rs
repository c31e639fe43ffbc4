//! What taking access back needs, kept in the audit trail as well: where the store is lost, the
//! trail that was handed over elsewhere still knows how to end what was given.
//!
//! A record of this kind is written with the event that asks for access, before the call leaves, and
//! again with its answer. What it holds is sealed: answers of functions may be secrets, and the
//! trail goes to other systems.

use std::collections::{BTreeMap, BTreeSet};

use flow_engine::audit::{Actor, Record};
use flow_engine::state::{Access, AccessState, Identity, StepResult};
use flow_engine::{Event, GrantChange, GrantId, Request};
use serde_json::{Value as Json, json};

use crate::sign::Signer;
use crate::store::StoreError;

/// The kind of these records.
pub const KEPT: &str = "request.kept";

/// The record for a change of a request, where the change concerns what its end will need.
///
/// # Errors
/// The system gave no randomness.
pub fn record(
    signer: &Signer,
    event: &Event,
    before: Option<&Request>,
    after: &Request,
    grants: &[GrantChange],
) -> Result<Option<Record>, StoreError> {
    let same = before.is_some_and(|before| needs(before) == needs(after));
    // Once the end has begun, the trail has had everything.
    if !after.owes_an_end() || after.ending.is_some() || same {
        return Ok(None);
    }
    let id = after.id.to_string();
    let text = serde_json::to_string(&bare(after))
        .map_err(|e| StoreError::Damaged(format!("a request that is no JSON: {e}")))?;
    let theirs: Vec<GrantId> =
        grants.iter().filter(|c| c.grant.preexisting).map(|c| c.grant.id).collect();
    let facts = json!({
        "flow": after.flow,
        "bundle": after.bundle,
        "requester": after.requester.username,
        "targets": standing(after).map(|a| a.target.address.clone()).collect::<BTreeSet<_>>(),
        "theirs": theirs,
        "sealed": signer.seal(&id, &text)?,
    });
    Ok(Some(Record {
        kind: KEPT.to_owned(),
        request: Some(after.id),
        actor: event.by.as_ref().map(|by| Actor { id: by.id, username: by.username.clone() }),
        at: event.at.max(after.last_at),
        event: event.id.clone(),
        rule: "what its end needs".to_owned(),
        facts: facts
            .as_object()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
    }))
}

/// What was sealed, where this database can open it.
#[must_use]
pub fn open(signer: &Signer, request: &str, sealed: &str) -> Option<Request> {
    serde_json::from_str(&signer.unseal(request, sealed)?).ok()
}

/// Without what is under way: it is not gone on with.
fn bare(request: &Request) -> Request {
    let mut bare = request.clone();
    bare.hooks.clear();
    bare.calls.clear();
    bare.filling = None;
    bare
}

fn standing(request: &Request) -> impl Iterator<Item = &Access> {
    request.accesses.iter().filter(|access| access.state.owes_an_end())
}

/// What the removal of one access is made of.
#[derive(PartialEq)]
struct Need<'r> {
    grant: GrantId,
    state: AccessState,
    answer: &'r Option<Json>,
    identity: &'r Option<Identity>,
    steps: &'r BTreeMap<String, StepResult>,
    is_polled: bool,
}

fn needs(request: &Request) -> Vec<Need<'_>> {
    let needs = standing(request).map(|a| Need {
        grant: a.grant,
        state: a.state,
        answer: &a.answer,
        identity: &a.identity,
        steps: &a.steps,
        is_polled: a.polling.is_some(),
    });
    needs.collect()
}
