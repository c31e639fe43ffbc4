//! What a person may see of a request: plain data for every surface, and what they may do about it.

use std::collections::BTreeMap;

use flow_bundle::digest::Digest;
use flow_bundle::{Value, payload};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use crate::context::{Context, Pinned};
use crate::effect::Fault;
use crate::ids::{GrantId, RequestId};
use crate::person::Person;
use crate::rights::Rights;
use crate::scope::approval;
use crate::state::{
    AccessState, Cause, Denial, Extension, Identity, Phase, Request, StageState, Voice, Window,
};

/// A request as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its id.
    pub id: RequestId,
    /// Address of the flow.
    pub flow: String,
    /// What people call the flow.
    pub label: String,
    /// Where in its life it is.
    pub phase: Phase,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// Since when its end is stuck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck_since: Option<Timestamp>,
    /// Whom it is for.
    pub requester: Named,
    /// Who asked.
    pub by: Named,
    /// When it was asked.
    pub created_at: Timestamp,
    /// Prompt values, in the forms of the Lambda contract.
    pub fields: BTreeMap<String, Json>,
    /// How long access is to last, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<u64>,
    /// From when and until when access is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// What is granted.
    pub targets: Vec<TargetView>,
    /// Who decides.
    pub stages: Vec<StageView>,
    /// Wishes for more time, in the order asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// Why it was denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denial: Option<Denial>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    /// Why access is taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Who said that a stuck end is dealt with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolved_by: Vec<Voice>,
    /// What the viewer may do now.
    pub may: Vec<&'static str>,
}

/// A person, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The username.
    pub username: String,
    /// For people to read.
    pub name: String,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetView {
    /// Its address.
    pub address: String,
    /// What people call it.
    pub label: String,
    /// How far its making and taking back are.
    pub state: AccessState,
    /// The grant that stands for it.
    pub grant: GrantId,
    /// How the requester is known on the other side, once that was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageView {
    /// Its name.
    pub name: String,
    /// Of which extension it is; absent: of the request itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<u32>,
    /// Where it stands.
    pub state: StageState,
    /// What a decision must name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// When nobody can decide any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// How many approvals each rule wants.
    pub quorums: Vec<u32>,
    /// Who approved.
    pub approved_by: Vec<Named>,
    /// Who denied.
    pub denied_by: Vec<Named>,
}

/// What `viewer` may see of a request at `at`; nothing where they may not see it at all.
#[must_use]
pub fn view(
    pinned: &Pinned<'_>,
    request: &Request,
    context: &Context,
    viewer: &Person,
    at: Timestamp,
) -> Option<View> {
    let rights = Rights { pinned, context, request, at };
    if !rights.may_view(viewer) {
        return None;
    }
    Some(View {
        id: request.id,
        flow: request.flow.clone(),
        label: pinned.flow.label.clone(),
        phase: request.phase,
        outcome: request.outcome.map(crate::state::End::word),
        stuck_since: request.stuck_since,
        requester: named(&request.requester),
        by: named(&request.by),
        created_at: request.created_at,
        fields: request.fields.iter().map(|(name, value)| (name.clone(), shown(value))).collect(),
        duration_s: request.duration_s,
        window: request.window,
        targets: targets(request),
        stages: stages(request),
        extensions: request.extensions.clone(),
        denial: request.denial.clone(),
        error: request.error.clone(),
        cause: request.ending.as_ref().map(|e| e.cause),
        resolved_by: request.resolved_by.clone(),
        may: may(&rights, viewer, at),
    })
}

fn shown(value: &Value) -> Json {
    payload::to_json(value)
}

fn named(person: &Person) -> Named {
    Named { username: person.username.clone(), name: person.name.clone() }
}

fn targets(request: &Request) -> Vec<TargetView> {
    let accesses = request.accesses.iter();
    accesses
        .map(|access| TargetView {
            address: access.target.address.clone(),
            label: access.target.label.clone(),
            state: access.state,
            grant: access.grant,
            identity: access.identity.clone(),
        })
        .collect()
}

fn stages(request: &Request) -> Vec<StageView> {
    let stages = request.stages.iter();
    stages
        .map(|stage| StageView {
            name: stage.name.clone(),
            extension: stage.extension,
            state: stage.state,
            digest: stage.digest,
            expires_at: stage.expires_at,
            quorums: stage.rules.iter().map(|rule| rule.quorum).collect(),
            approved_by: stage.approvals.iter().map(|d| named(&d.by)).collect(),
            denied_by: stage.denials.iter().map(|d| named(&d.by)).collect(),
        })
        .collect()
}

/// What the viewer may do now; a surface shows these and no other actions. The engine asks again.
fn may(rights: &Rights<'_>, viewer: &Person, at: Timestamp) -> Vec<&'static str> {
    let request = rights.request;
    let own = viewer.id == request.requester.id;
    let asked = own || viewer.id == request.by.id;
    let decides = request.stages.iter().any(|stage| {
        let allow_self = approval(rights.pinned.flow, &stage.name).is_some_and(|a| a.allow_self);
        let decided = stage.approvals.iter().chain(&stage.denials).any(|d| d.by.id == viewer.id);
        stage.state == StageState::Open
            && stage.expires_at.is_none_or(|t| at < t)
            && (!asked || allow_self)
            && !decided
            && stage.rules.iter().any(|rule| rights.contains(&rule.approvers, viewer))
    });
    let ends = own || rights.may_revoke(viewer);
    match request.phase {
        Phase::Requested | Phase::Approved if asked => vec!["cancel"],
        Phase::Pending if asked && decides => vec!["cancel", "approve", "deny"],
        Phase::Pending if asked => vec!["cancel"],
        Phase::Pending if decides && rights.may_decide(viewer) => vec!["approve", "deny"],
        Phase::Escalating if ends => vec!["revoke"],
        Phase::Active => {
            let decides = decides && rights.may_decide(viewer);
            let grant = rights.pinned.flow.grant.as_ref();
            let extends = asked && grant.is_some_and(|g| g.extend.is_some());
            let all = [
                (decides, "approve"),
                (decides, "deny"),
                (ends, "revoke"),
                (extends && request.extension().is_none(), "extend"),
            ];
            all.into_iter().filter(|(may, _)| *may).map(|(_, word)| word).collect()
        }
        Phase::Deescalating if request.stuck_since.is_some() && !asked && ends => vec!["resolve"],
        Phase::Requested
        | Phase::Pending
        | Phase::Approved
        | Phase::Escalating
        | Phase::Deescalating
        | Phase::Ended => Vec::new(),
    }
}
