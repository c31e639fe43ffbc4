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
use crate::store::RequestFilter;

/// Listing.
pub const ROUTES: &[Route] = &[Route::read(
    "/v1/grants",
    Access::Token(Scope::Ask, list),
    "access that stands or may stand, and with `past=true` access that is over",
    &[
        Param { name: "past", about: "`true`: those that are over, too" },
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
    /// Since when.
    #[schemars(with = "Option<String>")]
    started_at: Option<Timestamp>,
    /// When it ends by itself.
    #[schemars(with = "Option<String>")]
    expires_at: Option<Timestamp>,
    /// Its end cannot be confirmed; it is tried on.
    stuck: bool,
}

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let past = call.flag("past")?;
    let requester = match call.param("person") {
        Some(name) => {
            let person = call.api.directory.find(name)?;
            Some(person.map_or_else(|| name.to_owned(), |p| p.id.to_string()))
        }
        None => None,
    };
    let filter = RequestFilter { open: !past, requester, ..RequestFilter::default() };
    let target = call.param("target");
    let wanted = |access: &Granted| {
        let stood = match access.state {
            AccessState::Planned | AccessState::Waiting => false,
            AccessState::Discharged => past && access.answer.is_some(),
            AccessState::Escalating
            | AccessState::Active
            | AccessState::Owed
            | AccessState::Deescalating => true,
        };
        stood && target.is_none_or(|t| access.target.address == t || access.target.name == t)
    };
    let keep = |request: &Request| {
        let granted: Vec<&Granted> = request.accesses.iter().filter(|a| wanted(a)).collect();
        // Whether it may be seen is asked last: it costs the most.
        if granted.is_empty() || call.api.may(request, &call.person, call.at)?.is_none() {
            return Ok(Vec::new());
        }
        Ok(granted.into_iter().map(|access| view(request, access)).collect())
    };
    Answer::ok(&scan(call, "grants", filter, keep)?)
}

fn view(request: &Request, access: &Granted) -> GrantView {
    GrantView {
        id: access.grant.to_string(),
        person: PersonRef::of(&request.requester),
        target: access.target.address.clone(),
        label: access.target.label.clone(),
        state: access_word(access.state).to_owned(),
        request: request.id.to_string(),
        started_at: request.window.map(|w| w.started_at),
        expires_at: request.window.and_then(|w| w.expires_at),
        stuck: request.stuck_since.is_some() && request.outcome.is_none(),
    }
}
