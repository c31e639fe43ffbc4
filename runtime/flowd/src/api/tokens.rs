//! Tokens: issue, list, confirm, revoke. A secret is in the answer that makes it, and nowhere else.

use flow_engine::message::MessageBody;
use flow_engine::{Person, Role};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::openapi::schema;
use super::page::{CURSOR_PARAM, LIMIT_PARAM, Page};
use super::problem::Problem;
use super::route::{Access, Answer, Call, Param, Route, Verb};
use super::view::PersonRef;
use super::{Api, body};
use crate::people::token::{Minted, Scope, Token, lifetime, mint};
use crate::people::{PeopleError, TokenFilter};
use crate::store::MessageRow;

/// One's own tokens, and for admins those of others.
pub const ROUTES: &[Route] = &[
    Route::act(
        Verb::Post,
        "/v1/tokens",
        Access::Token(Scope::Ask, issue_own),
        "make a token for yourself, which reaches no farther than the one you use",
        schema::<NewToken>,
        schema::<FreshToken>,
    )
    .with_status(201)
    .once(),
    Route::read(
        "/v1/tokens",
        Access::Token(Scope::Ask, list_own),
        "your tokens, the newest first",
        LISTING,
        schema::<Page<TokenView>>,
    ),
    Route::act(
        Verb::Post,
        "/v1/tokens/confirm",
        Access::Token(Scope::Ask, confirm),
        "swap a token that somebody else made for you against one that only you have seen",
        schema::<Confirm>,
        schema::<FreshToken>,
    )
    .with_status(201)
    .once(),
    Route::act(
        Verb::Delete,
        "/v1/tokens/{id}",
        Access::Token(Scope::Ask, revoke),
        "make a token of yours (admins: anybody's) worthless at once",
        schema::<Revocation>,
        schema::<TokenView>,
    ),
    Route::act(
        Verb::Post,
        "/v1/people/{person}/tokens",
        Access::Admin(issue_for),
        "make a token for somebody else; it may only ask until they confirm it",
        schema::<NewToken>,
        schema::<FreshToken>,
    )
    .with_status(201)
    .once(),
    Route::read(
        "/v1/people/{person}/tokens",
        Access::Admin(list_of),
        "somebody's tokens, the newest first",
        LISTING,
        schema::<Page<TokenView>>,
    ),
];

const LISTING: &[Param] = &[
    Param { name: "past", about: "`true`: those that may not be used any more, too" },
    LIMIT_PARAM,
    CURSOR_PARAM,
];

/// What a token is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it may be used for; each includes those before it.
    scope: Scope,
    /// For how long: humans 12 hours at most, bots 2160 (90 days). Humans get 12 where nothing is
    /// said, bots 720.
    #[serde(default)]
    hours: Option<u32>,
}

/// Nothing is said with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {}

/// Nothing is said with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {}

/// A token, without its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TokenView {
    /// `token_…`: no secret.
    id: String,
    /// Whose it is.
    person: PersonRef,
    /// What it may be used for.
    scope: Scope,
    /// `live`, `unconfirmed`, `expired`, `revoked`, `swapped` or `deactivated`.
    state: String,
    /// Who made it; absent: `flowd init`.
    issued_by: Option<PersonRef>,
    /// When.
    #[schemars(with = "String")]
    issued_at: Timestamp,
    /// It is worthless from then on.
    #[schemars(with = "String")]
    expires_at: Timestamp,
    /// When it was used last, to ten minutes.
    #[schemars(with = "Option<String>")]
    last_used_at: Option<Timestamp>,
}

/// A token just made: the only answer that holds its secret.
#[derive(Serialize, JsonSchema)]
pub struct FreshToken {
    /// The secret, `flow_…`.
    token: String,
    #[serde(flatten)]
    about: TokenView,
}

impl TokenView {
    /// A token, without its secret.
    ///
    /// # Errors
    /// The database failed.
    pub fn of(api: &Api, token: &Token, at: Timestamp) -> Result<Self, Problem> {
        let name = |id| {
            let person = api.directory.person(id)?;
            person.ok_or_else(|| PeopleError::Unknown { what: "person", name: id.to_string() })
        };
        Ok(Self {
            id: token.id.clone(),
            person: PersonRef::of(&name(token.person)?),
            scope: token.scope,
            state: token.state(at).to_owned(),
            issued_by: token.issued_by.map(name).transpose()?.as_ref().map(PersonRef::of),
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        })
    }
}

fn issue_own(call: &Call<'_>) -> Result<Answer, Problem> {
    let new: NewToken = body::read(call.body)?;
    if !call.token.confirmed {
        return Err(Problem::forbidden("confirm this token first: `flowctl token confirm`"));
    }
    if new.scope > call.token.reach() {
        let reach = call.token.reach().word();
        let why = format!("the token you use reaches `{reach}`; a new one reaches no farther");
        return Err(Problem::field("/scope", why));
    }
    issue(call, &call.person, &new, true)
}

fn issue_for(call: &Call<'_>) -> Result<Answer, Problem> {
    let new: NewToken = body::read(call.body)?;
    let person = call.named_person()?;
    if !person.active {
        let why = format!("`{}` is not active", person.username);
        return Err(Problem::new(409, "inactive", "the person is not active", why));
    }
    let own = person.id == call.person.id;
    issue(call, &person, &new, own)
}

fn issue(
    call: &Call<'_>,
    person: &Person,
    new: &NewToken,
    confirmed: bool,
) -> Result<Answer, Problem> {
    if new.scope == Scope::Admin && person.role != Role::Admin {
        let why = format!("`{}` is no admin, so it would allow nothing more", person.username);
        return Err(Problem::field("/scope", why));
    }
    let life = lifetime(person.kind, new.hours)?;
    let expires_at = call.at.checked_add(life).map_err(|e| Problem::internal(&e))?;
    let by = Some(call.person.id);
    let minted = mint(person.id, new.scope, by, confirmed, call.at, expires_at)?;
    call.api.directory.keep_token(&minted, call.stamp())?;
    if !confirmed {
        let text = format!(
            "{} made a token for you (scope {}, until {expires_at:.0}). If you did not ask for it, \
             have it revoked: {}",
            call.person.username,
            new.scope.word(),
            minted.token.id
        );
        tell(call, person, &minted.token, text)?;
    }
    fresh(call, &minted)
}

fn confirm(call: &Call<'_>) -> Result<Answer, Problem> {
    let Confirm {} = body::read(call.body)?;
    let old = &call.token;
    if old.confirmed {
        let why = "this token is of your own making or confirmed already";
        return Err(Problem::new(409, "confirmed", "nothing to confirm", why));
    }
    // Its life is not made longer by this.
    let minted = mint(old.person, old.scope, old.issued_by, true, call.at, old.expires_at)?;
    call.api.directory.swap_token(&old.id, &minted, call.stamp())?;
    let text = format!("your token was confirmed; {} stands in its place", minted.token.id);
    tell(call, &call.person, &minted.token, text)?;
    fresh(call, &minted)
}

fn revoke(call: &Call<'_>) -> Result<Answer, Problem> {
    let Revocation {} = body::read(call.body)?;
    let id = call.part("id");
    let admin = call.person.role == Role::Admin && call.token.reach() >= Scope::Admin;
    let token = call.api.directory.token(id)?.filter(|t| admin || t.person == call.person.id);
    let token = token.ok_or_else(|| Problem::not_found("token", id))?;
    let token = call.api.directory.revoke_token(&token.id, call.stamp())?;
    Answer::ok(&TokenView::of(call.api, &token, call.at)?)
}

fn list_own(call: &Call<'_>) -> Result<Answer, Problem> {
    list(call, &call.person)
}

fn list_of(call: &Call<'_>) -> Result<Answer, Problem> {
    list(call, &call.named_person()?)
}

fn list(call: &Call<'_>, person: &Person) -> Result<Answer, Problem> {
    let limit = call.limit()?;
    let route = format!("tokens {}", person.id);
    let before = call.position(&route)?.and_then(|position| {
        let (at, id) = position.split_once(' ')?;
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.to_owned()))
    });
    let tokens = call.api.directory.page_tokens(&TokenFilter {
        person: Some(person.id),
        past: call.flag("past")?,
        now: call.at,
        before,
        limit: limit + 1,
    })?;
    let items = tokens.iter().map(|t| TokenView::of(call.api, t, call.at));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let position = |t: &TokenView| format!("{} {}", t.issued_at.as_microsecond(), t.id);
    Answer::ok(&call.cut(&route, items, limit, position))
}

fn fresh(call: &Call<'_>, minted: &Minted) -> Result<Answer, Problem> {
    let about = TokenView::of(call.api, &minted.token, call.at)?;
    Answer::with(201, &FreshToken { token: minted.secret.clone(), about })
}

fn tell(call: &Call<'_>, person: &Person, token: &Token, text: String) -> Result<(), Problem> {
    let body =
        serde_json::to_value(MessageBody::notice(text)).map_err(|e| Problem::internal(&e))?;
    Ok(call.api.app.store.keep_messages(
        None,
        vec![MessageRow {
            seq: 0,
            id: token.id.clone(),
            at: call.at,
            request: None,
            target: person.email().to_owned(),
            person: Some(person.id.to_string()),
            body,
        }],
    )?)
}
