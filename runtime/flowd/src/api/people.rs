//! Who is known to the daemon, and who the caller is.

use std::sync::PoisonError;

use flow_engine::{Person, PersonId, PersonKind, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body;
use super::openapi::schema;
use super::page::{CURSOR_PARAM, LIMIT_PARAM, Page};
use super::problem::Problem;
use super::route::{Access, Answer, Call, Param, Route, Verb};
use super::tokens::TokenView;
use crate::people::token::Scope;
use crate::people::{Change, Link, Stamp, new_person};

/// Everything about people; all but `me` for admins.
pub const ROUTES: &[Route] = &[
    Route::read(
        "/v1/me",
        Access::Token(Scope::Ask, me),
        "whom the token speaks for",
        &[],
        schema::<Me>,
    ),
    Route::act(
        Verb::Post,
        "/v1/people",
        Access::Admin(add),
        "make somebody known",
        schema::<NewPerson>,
        schema::<PersonView>,
    )
    .with_status(201),
    Route::read(
        "/v1/people",
        Access::Admin(list),
        "everybody who is known, by username",
        &[
            Param { name: "inactive", about: "`true`: those who were shut out, too" },
            LIMIT_PARAM,
            CURSOR_PARAM,
        ],
        schema::<Page<PersonView>>,
    ),
    Route::read(
        "/v1/people/{person}",
        Access::Admin(show),
        "one person, by e-mail address, username or id",
        &[],
        schema::<PersonView>,
    ),
    Route::act(
        Verb::Patch,
        "/v1/people/{person}",
        Access::Admin(change),
        "change what is known of somebody",
        schema::<PersonChange>,
        schema::<PersonView>,
    ),
    Route::act(
        Verb::Post,
        "/v1/people/{person}/deactivate",
        Access::Admin(deactivate),
        "shut somebody out: tokens stop, requests are cancelled, grants end",
        schema::<Deactivation>,
        schema::<Deactivated>,
    ),
];

/// A person, as admins see them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PersonView {
    /// `person_…`.
    id: String,
    /// Unique.
    username: String,
    /// Lower case; the first is the one that flows see.
    emails: Vec<String>,
    /// For people to read.
    name: String,
    /// `admin`, `member` or `guest`.
    role: RoleWord,
    /// `human` or `bot`.
    kind: KindWord,
    /// Whether they may act at all.
    active: bool,
    /// Their accounts elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

/// Whom the token speaks for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    person: PersonView,
    token: TokenView,
}

/// Somebody new.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// At least one; each belongs to one person.
    emails: Vec<String>,
    /// The first address where nothing is said.
    #[serde(default)]
    username: Option<String>,
    /// The username where nothing is said.
    #[serde(default)]
    name: Option<String>,
    /// `member` where nothing is said.
    #[serde(default)]
    role: Option<RoleWord>,
    /// `human` where nothing is said.
    #[serde(default)]
    kind: Option<KindWord>,
}

/// What changes; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// All addresses.
    #[serde(default)]
    emails: Option<Vec<String>>,
    /// A new username.
    #[serde(default)]
    username: Option<String>,
    /// A new name.
    #[serde(default)]
    name: Option<String>,
    /// A new role.
    #[serde(default)]
    role: Option<RoleWord>,
}

/// Why somebody is shut out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deactivation {
    /// For the audit trail.
    #[serde(default)]
    reason: Option<String>,
}

/// Somebody who was shut out, and what that ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deactivated {
    #[serde(flatten)]
    person: PersonView,
    /// Requests that were cancelled or are being taken back.
    requests: Vec<String>,
}

/// What somebody is here.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleWord {
    Admin,
    Member,
    Guest,
}

/// A human or a program.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindWord {
    Human,
    Bot,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Admin => Self::Admin,
            RoleWord::Member => Self::Member,
            RoleWord::Guest => Self::Guest,
        }
    }
}

impl PersonView {
    /// A person, as admins and they themselves see them.
    pub fn of(person: &Person, links: Vec<Link>) -> Self {
        Self {
            id: person.id.to_string(),
            username: person.username.clone(),
            emails: person.emails.clone(),
            name: person.name.clone(),
            role: match person.role {
                Role::Admin => RoleWord::Admin,
                Role::Member => RoleWord::Member,
                Role::Guest => RoleWord::Guest,
            },
            kind: match person.kind {
                PersonKind::Human => KindWord::Human,
                PersonKind::Bot => KindWord::Bot,
            },
            active: person.active,
            links,
        }
    }
}

impl Call<'_> {
    /// Who acts, and when, for the audit trail.
    pub fn stamp(&self) -> Stamp {
        Stamp { by: Some(self.person.clone()), at: self.at }
    }

    /// The person of this path.
    ///
    /// # Errors
    /// There is none.
    pub fn named_person(&self) -> Result<Person, Problem> {
        let name = self.part("person");
        let person = self.api.directory.find(name)?;
        person.ok_or_else(|| Problem::not_found("person", name))
    }
}

fn me(call: &Call<'_>) -> Result<Answer, Problem> {
    let links = call.api.directory.links(call.person.id)?;
    let token = TokenView::of(call.api, &call.token, call.at)?;
    Answer::ok(&Me { person: PersonView::of(&call.person, links), token })
}

fn add(call: &Call<'_>) -> Result<Answer, Problem> {
    let new: NewPerson = body::read(call.body)?;
    let kind = match new.kind {
        Some(KindWord::Bot) => PersonKind::Bot,
        Some(KindWord::Human) | None => PersonKind::Human,
    };
    let person = new_person(
        PersonId(call.unique),
        &new.emails,
        new.username.as_deref(),
        new.name.as_deref(),
        new.role.map_or(Role::Member, Role::from),
        kind,
    )?;
    let person = call.api.directory.add(person, call.stamp())?;
    Answer::with(201, &PersonView::of(&person, Vec::new()))
}

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let (limit, inactive) = (call.limit()?, call.flag("inactive")?);
    let after = call.position("people")?;
    let people = call.api.directory.page(after.as_deref(), inactive, limit + 1)?;
    let items = people.iter().map(|p| PersonView::of(p, Vec::new())).collect();
    Answer::ok(&call.cut("people", items, limit, |p: &PersonView| p.username.clone()))
}

fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let person = call.named_person()?;
    Answer::ok(&PersonView::of(&person, call.api.directory.links(person.id)?))
}

fn change(call: &Call<'_>) -> Result<Answer, Problem> {
    let change: PersonChange = body::read(call.body)?;
    let person = call.named_person()?;
    let change = Change {
        username: change.username,
        name: change.name,
        emails: change.emails,
        role: change.role.map(Role::from),
    };
    let app = &call.api.app;
    let _narrowing = app.narrowing.write().unwrap_or_else(PoisonError::into_inner);
    let person = call.api.directory.change(person.id, change, call.stamp())?;
    Answer::ok(&PersonView::of(&person, call.api.directory.links(person.id)?))
}

/// Doing it again ends what an earlier call that was cut short left standing.
fn deactivate(call: &Call<'_>) -> Result<Answer, Problem> {
    let Deactivation { reason } = body::read(call.body)?;
    body::words("/reason", reason.as_deref().unwrap_or_default())?;
    let person = call.named_person()?;
    let app = &call.api.app;
    let person = {
        let _narrowing = app.narrowing.write().unwrap_or_else(PoisonError::into_inner);
        call.api.directory.deactivate(person.id, reason, call.stamp())?
    };
    let requests = app.person_gone(person.id)?;
    Answer::ok(&Deactivated {
        person: PersonView::of(&person, Vec::new()),
        requests: requests.iter().map(ToString::to_string).collect(),
    })
}
