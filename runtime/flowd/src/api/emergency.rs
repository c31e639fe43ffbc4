//! The big switches, for admins: freeze, unfreeze, revoke many. What they do is in
//! `crate::emergency`; here is who may and how it is asked.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body;
use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route, Verb};
use crate::emergency::{Sweep, is_called};
use crate::people::token::Scope;
use crate::store::Freeze;

/// Freeze, unfreeze, what is frozen, revoke many.
pub const ROUTES: &[Route] = &[
    Route::act(
        Verb::Post,
        "/v1/freeze",
        Access::Admin(freeze),
        "stop new requests and new grants of a flow, or of all; ends go on",
        schema::<Freezing>,
        schema::<Freezes>,
    ),
    Route::act(
        Verb::Post,
        "/v1/unfreeze",
        Access::Admin(unfreeze),
        "allow requests and grants again",
        schema::<Thawing>,
        schema::<Freezes>,
    ),
    Route::read(
        "/v1/freezes",
        Access::Token(Scope::Ask, list),
        "what is frozen, and why",
        &[],
        schema::<Freezes>,
    ),
    Route::act(
        Verb::Post,
        "/v1/revoke-all",
        Access::Admin(revoke_all),
        "take back everything, everything on a target, or everything of a person",
        schema::<Revoking>,
        schema::<Revoked>,
    ),
];

/// What is frozen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freezing {
    /// This flow only; absent: every flow.
    #[serde(default)]
    flow: Option<String>,
    /// Why; whoever asks is told.
    reason: String,
}

/// What is free again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thawing {
    /// This flow only; absent: the freeze of every flow.
    #[serde(default)]
    flow: Option<String>,
}

/// What is taken back: exactly one of `all`, `target` and `person`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoking {
    /// `true`: everything.
    #[serde(default)]
    all: bool,
    /// Everything on this target: name or address.
    #[serde(default)]
    target: Option<String>,
    /// Everything that this person holds: e-mail address, username or id.
    #[serde(default)]
    person: Option<String>,
    /// Why; announced and audited.
    reason: String,
}

/// Requests whose access is being taken back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Revoked {
    /// Their ids.
    revoked: Vec<String>,
    /// Requests that this daemon cannot read, and through which access may stand: nothing was done
    /// about them. Look at them by hand.
    unreadable: Vec<String>,
}

/// What is frozen now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Freezes {
    /// Each freeze.
    items: Vec<FreezeView>,
}

/// One freeze.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FreezeView {
    /// The flow; absent: every flow.
    flow: Option<String>,
    /// Since when.
    #[schemars(with = "String")]
    at: Timestamp,
    /// Id of the admin.
    person: String,
    /// Why.
    reason: String,
}

fn freeze(call: &Call<'_>) -> Result<Answer, Problem> {
    let freezing: Freezing = body::read(call.body)?;
    said(&freezing.reason)?;
    known_flow(call, freezing.flow.as_deref())?;
    call.api.app.freeze(&call.person, freezing.flow.as_deref(), &freezing.reason)?;
    list(call)
}

fn unfreeze(call: &Call<'_>) -> Result<Answer, Problem> {
    let thawing: Thawing = body::read(call.body)?;
    if call.api.app.thaw(&call.person, thawing.flow.as_deref())? {
        return list(call);
    }
    let what = thawing.flow.as_deref().unwrap_or("every flow");
    Err(Problem::new(
        409,
        "not_frozen",
        "it is not frozen",
        format!("there is no freeze of {what}; `GET /v1/freezes` says what is frozen"),
    ))
}

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let items = call.api.app.store.freezes()?.into_iter().map(view).collect();
    Answer::ok(&Freezes { items })
}

fn revoke_all(call: &Call<'_>) -> Result<Answer, Problem> {
    let revoking: Revoking = body::read(call.body)?;
    said(&revoking.reason)?;
    let sweep = match (revoking.all, &revoking.target, &revoking.person) {
        (true, None, None) => Sweep::All,
        (false, Some(target), None) => Sweep::Target(target.clone()),
        (false, None, Some(name)) => {
            let person =
                call.api.directory.find(name)?.ok_or_else(|| {
                    Problem::field("/person", format!("nobody is known as `{name}`"))
                })?;
            Sweep::Person(person.id)
        }
        _ => return Err(Problem::malformed("give exactly one of `all`, `target` and `person`")),
    };
    let swept = call.api.app.revoke_all(&call.person, &sweep, &revoking.reason)?;
    let nothing = swept.done.is_empty() && swept.unreadable.is_empty();
    if let Some(target) = revoking.target.filter(|t| nothing && !is_declared(call, t)) {
        let why = format!("nothing stands on `{target}`, and no target has that name or address");
        return Err(Problem::field("/target", why));
    }
    Answer::ok(&Revoked {
        revoked: swept.done.iter().map(ToString::to_string).collect(),
        unreadable: swept.unreadable.into_iter().map(|row| row.id).collect(),
    })
}

/// Whether the newest bundle has a target of this name or address.
fn is_declared(call: &Call<'_>, target: &str) -> bool {
    let newest = call.api.app.shelf.newest();
    newest.is_some_and(|entry| {
        let bundle = entry.bundle();
        bundle.targets.keys().any(|address| is_called(bundle, address, target))
    })
}

fn known_flow(call: &Call<'_>, flow: Option<&str>) -> Result<(), Problem> {
    let Some(flow) = flow else { return Ok(()) };
    let newest = call.api.app.shelf.newest();
    if newest.is_some_and(|entry| entry.bundle().flows.contains_key(flow)) {
        return Ok(());
    }
    Err(Problem::field("/flow", format!("there is no flow `{flow}`")))
}

fn said(reason: &str) -> Result<(), Problem> {
    if reason.trim().is_empty() {
        return Err(Problem::field("/reason", "say why: people are told"));
    }
    body::words("/reason", reason)
}

fn view(freeze: Freeze) -> FreezeView {
    FreezeView {
        flow: Some(freeze.scope).filter(|scope| scope != "*"),
        at: freeze.at,
        person: freeze.person,
        reason: freeze.reason,
    }
}
