//! In, out, and the tokens of machines.
//!
//! A session is a token of the person's own making: it is listed, revoked and ended like any other.
//! It decides where an admin linked the account; where only a verified e-mail address of a trusted
//! domain says whose account it is, it asks.

use flow_engine::{Person, PersonKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::serve::{Knock, Reply, Visit};
use super::session::{LOGIN, SESSION, clear, cookie, set};
use crate::api::problem::Problem;
use crate::oidc::attempt::Attempt;
use crate::oidc::jwt::Claims;
use crate::oidc::provider::LoginError;
use crate::people::links::{BY_ADMIN, BY_EMAIL};
use crate::people::token::{Scope, mint};
use crate::people::{Link, Stamp};

/// What a link to the provider is called.
pub const SERVICE: &str = "oidc";
/// How long a log-in may take, in seconds.
const LOGIN_S: i64 = 600;
/// Longest life of a machine's token: its provider is asked again after that.
const MACHINE_MAX: SignedDuration = SignedDuration::from_hours(1);
/// RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Sends somebody to the provider.
pub fn begin(knock: &Knock<'_>) -> Result<Reply, Problem> {
    let attempt = Attempt::begin()?;
    let url = knock.api.runtime.block_on(knock.provider.begin(&attempt, knock.at));
    let url = url.map_err(|error| failed(&error))?;
    Ok(Reply { cookies: vec![set(LOGIN, attempt.cookie(), LOGIN_S)], ..Reply::go(url) })
}

/// Somebody comes back from the provider.
pub fn finish(knock: &Knock<'_>) -> Result<Reply, Problem> {
    let given = |name: &str| {
        let mut values = knock.given.iter().filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.as_str())
    };
    let attempt = cookie(&knock.parts.headers, LOGIN).and_then(Attempt::of);
    let attempt = attempt.filter(|a| given("state") == Some(a.state().as_str()));
    let Some(attempt) = attempt else {
        return Err(refused(
            "this log-in did not begin in this browser, or took too long: log in again",
        ));
    };
    if let Some(word) = given("error") {
        let word: String = word.chars().take(60).collect();
        return Err(refused(format!(
            "the identity provider says `{word}`: log in again, or ask its admin"
        )));
    }
    let code = given("code").ok_or_else(|| refused("the identity provider sent no code"))?;
    let claims = knock.api.runtime.block_on(knock.provider.finish(&attempt, code, knock.at));
    let claims = claims.map_err(|error| failed(&error))?;
    let (person, scope) = known(knock, &claims)?;
    let hours = knock.provider.config.session_hours;
    let ends = later(knock.at, SignedDuration::from_hours(hours.into()))?;
    let minted = mint(person.id, scope, Some(person.id), true, knock.at, ends)?;
    let stamp = Stamp { by: Some(person), at: knock.at };
    knock.api.directory.keep_token(&minted, stamp)?;
    let seconds = i64::from(hours) * 3_600;
    let cookies = vec![set(SESSION, &minted.secret, seconds), clear(LOGIN)];
    Ok(Reply { cookies, ..Reply::go("/") })
}

/// Ends the session, here and for whoever else has it.
pub fn end(visit: &Visit<'_>) -> Result<Reply, Problem> {
    let stamp = Stamp { by: Some(visit.person.clone()), at: visit.at };
    visit.api.directory.revoke_token(&visit.token.id, stamp)?;
    Ok(Reply { cookies: vec![clear(SESSION)], ..Reply::go("/") })
}

/// A machine turns the token that its provider gave it into one of ours (RFC 7523): one that can be
/// listed and revoked, and that shutting its bot out ends.
pub fn machine(knock: &Knock<'_>) -> Result<Reply, Problem> {
    let given = |name: &str| {
        let found = knock.given.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    let Some(audience) = knock.provider.config.machine_audience.as_deref() else {
        let why = "no machine logs in here: `oidc.machine_audience` is not set";
        return Err(Problem::forbidden(why));
    };
    if given("grant_type") != Some(JWT_BEARER) {
        return Err(Problem::field("/grant_type", format!("it is `{JWT_BEARER}`")));
    }
    let scope = match given("scope") {
        None | Some("ask") => Scope::Ask,
        Some("decide") => Scope::Decide,
        Some(_) => return Err(Problem::field("/scope", "it is `ask` or `decide`")),
    };
    let assertion = given("assertion")
        .ok_or_else(|| Problem::field("/assertion", "it is missing: the token of the provider"))?;
    let claims = knock.api.runtime.block_on(knock.provider.machine(assertion, audience, knock.at));
    let claims = claims.map_err(|error| failed(&error))?;
    let tenant = &knock.provider.config.issuer;
    let holder = knock.api.directory.holder(SERVICE, tenant, &claims.sub)?;
    // Linked by an admin and a bot: nobody passes for a machine with their own account.
    let person = holder
        .filter(|(person, how)| how == BY_ADMIN && person.kind == PersonKind::Bot && person.active);
    let Some((person, _)) = person else {
        return Err(unknown(knock, &claims, "bot"));
    };
    knock.api.meter.take(person.id, knock.at).map_err(Problem::too_fast)?;
    let until = Timestamp::from_second(claims.exp).unwrap_or(knock.at);
    let ends = later(knock.at, MACHINE_MAX)?.min(until.max(knock.at));
    let minted = mint(person.id, scope, Some(person.id), true, knock.at, ends)?;
    knock.api.directory.keep_token(&minted, Stamp { by: Some(person), at: knock.at })?;
    let answer = json!({
        "access_token": minted.secret, "token_type": "Bearer", "scope": scope.word(),
        "expires_in": ends.duration_since(knock.at).as_secs(),
    });
    Ok(Reply::text(200, "application/json", answer.to_string()))
}

/// Whose account it is, and how far that reaches.
fn known(knock: &Knock<'_>, claims: &Claims) -> Result<(Person, Scope), Problem> {
    let directory = &knock.api.directory;
    let config = &knock.provider.config;
    let held = directory.holder(SERVICE, &config.issuer, &claims.sub)?;
    let (person, how) = match held {
        Some(held) => held,
        None => {
            let email = claims.verified_email().filter(|email| config.links(email));
            let person = email.map(|email| directory.person_by_email(&email)).transpose()?;
            let person = person.flatten().filter(|p| p.active && p.kind == PersonKind::Human);
            let Some(person) = person else { return Err(unknown(knock, claims, "person")) };
            let link = Link {
                service: SERVICE.to_owned(),
                tenant: config.issuer.clone(),
                external_id: claims.sub.clone(),
                how: BY_EMAIL.to_owned(),
                at: knock.at,
            };
            let stamp = Stamp { by: Some(person.clone()), at: knock.at };
            directory.link(person.id, link, stamp)?;
            (person, BY_EMAIL.to_owned())
        }
    };
    if !person.active || person.kind != PersonKind::Human {
        return Err(unknown(knock, claims, "person"));
    }
    Ok((person, if how == BY_EMAIL { Scope::Ask } else { Scope::Decide }))
}

/// Nobody of ours. The same words for who never was here and who was shut out.
fn unknown(knock: &Knock<'_>, claims: &Claims, what: &str) -> Problem {
    tracing::warn!(subject = claims.sub, what, "an account that nobody has tried to log in");
    let subject: String = claims.sub.chars().take(100).collect();
    refused(format!(
        "your account there is `{subject}`, and no active {what} here has it; ask an admin to link it: \
         `flowctl people link WHO --service oidc --tenant {} --id {subject}`",
        knock.provider.config.issuer
    ))
}

fn refused(detail: impl Into<String>) -> Problem {
    Problem::new(401, "unauthenticated", "you are not logged in", detail)
}

fn failed(error: &LoginError) -> Problem {
    tracing::warn!(%error, "a log-in failed");
    match error {
        LoginError::Token(fault) => refused(format!("the token is not believed: {fault}")),
        LoginError::Provider(_) => {
            let detail = "try again in a minute; the daemon's log says why";
            Problem::new(
                502,
                "provider",
                "the identity provider does not answer as it should",
                detail,
            )
        }
    }
}

fn later(at: Timestamp, span: SignedDuration) -> Result<Timestamp, Problem> {
    at.checked_add(span).map_err(|e| Problem::internal(&e))
}
