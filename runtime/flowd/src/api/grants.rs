//! Who has access through us, and who had: the accesses of the requests that the caller may see.

use flow_engine::Request;
use flow_engine::state::{Access as Granted, AccessState};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::schema;
use super::page::{CURSOR_PARAM, LIMIT_PARAM, Page};
use super::problem::Problem;
use super::requests::scan;
use super::route::{Access, Answer, Call, Param, Route};
use super::view::{PersonRef, access_word};
use crate::people::token::Scope;
use crate::standing::Span;
use crate::store::RequestFilter;

/// Listing.
pub const ROUTES: &[Route] = &[Route::read(
    "/v1/grants",
    Access::Token(Scope::Ask, list),
    "access that stands or may stand, and with `past=true` access that is over",
    &[
        Param { name: "past", about: "`true`: those that are over, too" },
        Param { name: "at", about: "an instant: what stood then, or may have" },
        Param { name: "person", about: "of this person: e-mail, username or id" },
        Param { name: "target", about: "on this target: name or address" },
        LIMIT_PARAM,
        CURSOR_PARAM,
    ],
    schema::<Page<GrantView>>,
)];

/// One person's access to one target, by one request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GrantView {
    /// `grant_…`; requests that share a grant name the same one.
    id: String,
    /// Who has it.
    person: PersonRef,
    /// Address of the target.
    target: String,
    /// Its label.
    label: String,
    /// `escalating`, `active`, `owed`, `deescalating` or `discharged`.
    state: String,
    /// By which request.
    request: String,
    /// Of which flow.
    flow: String,
    /// Who said yes.
    approved_by: Vec<PersonRef>,
    /// Which rule of the flow approved it without a person.
    automatic: Option<String>,
    /// Since when it may stand: the call that makes it was asked for then.
    #[schemars(with = "Option<String>")]
    began_at: Option<Timestamp>,
    /// Since when.
    #[schemars(with = "Option<String>")]
    started_at: Option<Timestamp>,
    /// When it ends by itself.
    #[schemars(with = "Option<String>")]
    expires_at: Option<Timestamp>,
    /// When its end was confirmed, or it was known not to have been made.
    #[schemars(with = "Option<String>")]
    ended_at: Option<Timestamp>,
    /// Why it ends: `scheduled`, `revoked`, `failed` or `emergency`.
    end: Option<String>,
    /// In the words of who ended it.
    end_reason: Option<String>,
    /// Two people said that its end is dealt with; the other side never confirmed it.
    resolved: bool,
    /// Its end cannot be confirmed; it is tried on.
    stuck: bool,
}

/// When something stood.
type At = Option<Timestamp>;

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let at = moment(call)?;
    let past = call.flag("past")? || at.is_some();
    let requester = match call.param("person") {
        Some(name) => {
            let person = call.api.directory.find(name)?;
            Some(person.map_or_else(|| name.to_owned(), |p| p.id.to_string()))
        }
        None => None,
    };
    let filter = RequestFilter { open: !past, requester, ..RequestFilter::default() };
    let target = call.param("target");
    let on = |access: &Granted| {
        target.is_none_or(|t| access.target.address == t || access.target.name == t)
    };
    let wanted = |access: &Granted, span: &Span| {
        let stood = match access.state {
            AccessState::Planned | AccessState::Waiting => false,
            AccessState::Discharged => past && span.active_at.is_some() || at.is_some(),
            AccessState::Escalating
            | AccessState::Active
            | AccessState::Owed
            | AccessState::Deescalating => true,
        };
        stood && on(access) && at.is_none_or(|at| span.covers(at))
    };
    let keep = |request: &Request| {
        let may_have = |access: &Granted| {
            on(access) && !matches!(access.state, AccessState::Planned | AccessState::Waiting)
        };
        // Asked for later than that, or nothing was ever made there: the trail is not looked at.
        if at.is_some_and(|at| request.created_at > at) || !request.accesses.iter().any(may_have) {
            return Ok(Vec::new());
        }
        let spans = call.api.app.spans(request)?;
        let granted = request.accesses.iter().zip(&spans);
        let granted: Vec<_> = granted.filter(|(access, span)| wanted(access, span)).collect();
        // Whether it may be seen is asked last: it costs the most.
        if granted.is_empty() || call.api.may(request, &call.person, call.at)?.is_none() {
            return Ok(Vec::new());
        }
        Ok(granted.into_iter().map(|(access, span)| view(request, access, span)).collect())
    };
    Answer::ok(&scan(call, "grants", filter, keep)?)
}

/// The instant of `?at=`.
fn moment(call: &Call<'_>) -> Result<At, Problem> {
    let Some(text) = call.param("at") else { return Ok(None) };
    let at: Timestamp = text.parse().map_err(|_| {
        Problem::malformed(format!("`at={text}` is no instant: write `2026-01-05T09:00:00Z`"))
    })?;
    if at > call.at {
        return Err(Problem::malformed(format!("`at={text}` has not come yet")));
    }
    Ok(Some(at))
}

fn view(request: &Request, access: &Granted, span: &Span) -> GrantView {
    let approvals = request.stages.iter().flat_map(|stage| &stage.approvals);
    let mut approved_by: Vec<PersonRef> = Vec::new();
    for person in approvals.map(|decision| PersonRef::of(&decision.by)) {
        if !approved_by.iter().any(|known| known.id == person.id) {
            approved_by.push(person);
        }
    }
    let ending = request.ending.as_ref();
    GrantView {
        id: access.grant.to_string(),
        person: PersonRef::of(&request.requester),
        target: access.target.address.clone(),
        label: access.target.label.clone(),
        state: access_word(access.state).to_owned(),
        request: request.id.to_string(),
        flow: request.flow.clone(),
        approved_by,
        automatic: request.approved.as_ref().and_then(|approved| approved.auto.clone()),
        began_at: span.began_at.or(span.active_at),
        started_at: request.window.map(|w| w.started_at),
        expires_at: request.window.and_then(|w| w.expires_at),
        ended_at: span.ended_at,
        end: ending.map(|ending| ending.cause.word().to_owned()),
        end_reason: ending.and_then(|ending| ending.reason.clone()),
        resolved: span.resolved,
        stuck: request.stuck_since.is_some() && request.outcome.is_none(),
    }
}
