//! Accounts elsewhere that speak for somebody. For admins: what an admin links may decide, what came
//! by an e-mail address alone may only ask.

use schemars::JsonSchema;
use serde::Deserialize;

use super::body;
use super::openapi::schema;
use super::people::PersonView;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route, Verb};
use crate::people::Link;
use crate::people::links::BY_ADMIN;

/// Making and taking away.
pub const ROUTES: &[Route] = &[
    Route::act(
        Verb::Post,
        "/v1/people/{person}/links",
        Access::Admin(link),
        "say that an account elsewhere is somebody's: it may decide from then on",
        schema::<Account>,
        schema::<PersonView>,
    ),
    Route::act(
        Verb::Delete,
        "/v1/people/{person}/links",
        Access::Admin(unlink),
        "take such an account away; the person's sessions and tokens end at once",
        schema::<Account>,
        schema::<PersonView>,
    ),
];

/// An account elsewhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// `oidc`, `slack` …
    service: String,
    /// The issuer of `oidc`, the team of `slack` …
    tenant: String,
    /// The account's id there: the subject of `oidc`.
    external_id: String,
}

fn account(call: &Call<'_>) -> Result<Link, Problem> {
    let Account { service, tenant, external_id } = body::read(call.body)?;
    for (pointer, text) in
        [("/service", &service), ("/tenant", &tenant), ("/external_id", &external_id)]
    {
        let fits = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
        if !fits {
            return Err(Problem::field(pointer, "it has 1 to 255 characters on one line"));
        }
    }
    if !service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err(Problem::field("/service", "lower-case letters, digits and `_`: `oidc`"));
    }
    Ok(Link { service, tenant, external_id, how: BY_ADMIN.to_owned(), at: call.at })
}

fn link(call: &Call<'_>) -> Result<Answer, Problem> {
    let link = account(call)?;
    let person = call.named_person()?;
    call.api.directory.link(person.id, link, call.stamp())?;
    Answer::ok(&PersonView::of(&person, call.api.directory.links(person.id)?))
}

fn unlink(call: &Call<'_>) -> Result<Answer, Problem> {
    let link = account(call)?;
    let person = call.named_person()?;
    call.api.directory.unlink(person.id, link, call.stamp())?;
    Answer::ok(&PersonView::of(&person, call.api.directory.links(person.id)?))
}
