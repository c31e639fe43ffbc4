//! The way of one call: who is it, may they, has it been made before; then the route runs.
//!
//! Everything that decides stands here and in the table, nothing in the transport.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts as _, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use flow_engine::{EventSource, Person, Role};
use jiff::Timestamp;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use super::replies::CallKey;
use super::route::{Access, Act, Again, Answer, BODY_MAX, Call, DRY_RUN, Open, Route, Verb};
use super::{Api, sym, table};
use crate::people::token::{Gone, PREFIX, Scope, Token};

/// Longest wait for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Answers one call of `route`.
pub async fn serve(route: &'static Route, api: Arc<Api>, request: Request) -> Response<Body> {
    let answer = async {
        let (mut parts, body) = request.into_parts();
        // Nobody without a token makes us read a body.
        if !matches!(route.access, Access::Open(_)) {
            secret(&parts.headers)?;
        }
        let path = path_of(&mut parts).await?;
        if route.body_max > BODY_MAX {
            let (api, parts) = (Arc::clone(&api), parts.clone());
            blocking(move || admitted(route, &api, &parts)).await?;
        }
        let body = axum::body::to_bytes(body, route.body_max).await.map_err(|_| {
            let most = format!("a body has at most {} MiB here", route.body_max >> 20);
            Problem::new(413, "too_large", "the body is too large", most)
        })?;
        if !body.is_empty() {
            is_json(&parts.headers)?;
        }
        blocking(move || run(route, &api, &parts, path, &body)).await
    };
    let answer = tokio::time::timeout(ANSWER_MAX, answer).await.unwrap_or_else(|_| {
        let detail =
            "it may have been done all the same; send it again with the same Idempotency-Key";
        Err(Problem::new(504, "too_slow", "no answer in time", detail))
    });
    match answer {
        Ok(answer) => respond(&answer),
        Err(problem) if route.path.starts_with(sym::BASE) => {
            let (status, body) = sym::told(&problem, route.path);
            respond(&Answer { status, body, text: None })
        }
        Err(problem) => problem.response(),
    }
}

/// Runs what blocks away from the threads that serve connections.
///
/// # Errors
/// Those of `work`, or it panicked.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

/// No such path.
pub async fn no_such_path(request: Request) -> Response<Body> {
    let detail =
        format!("there is no `{}`; the paths stand in `/v1/openapi.json`", request.uri().path());
    Problem::new(404, "no_such_path", "no such path", detail).response()
}

/// Another method of a path that is there.
pub async fn no_such_method(request: Request) -> Response<Body> {
    let detail = format!(
        "`{}` does not take {}; the methods stand in `/v1/openapi.json`",
        request.uri().path(),
        request.method()
    );
    Problem::new(405, "no_such_method", "no such method", detail).response()
}

fn run(
    route: &'static Route,
    api: &Api,
    parts: &Parts,
    path: BTreeMap<String, String>,
    body: &[u8],
) -> Result<Answer, Problem> {
    let at = api.app.clock.now();
    let (scope, admin, act) = match closed(route.access) {
        Ok(closed) => closed,
        Err(read) => return read(api, at),
    };
    let (person, token) = authenticate(api, secret(&parts.headers)?, at)?;
    let fast = api.meter.take(person.id, at).map_err(Problem::too_fast);
    let answer = fast.and_then(|()| allow(scope, admin, &person, &token)).and_then(|()| {
        let query = read_query(route, parts)?;
        let (person, unique) = (person.clone(), uuid::Uuid::new_v4());
        let source = EventSource::Api;
        let call = Call { api, person, token, at, path, query, body, source, unique };
        // What is only tried is nothing that could be done twice.
        let tried = route.dry_run.is_some() && call.flag(DRY_RUN)?;
        match idempotency_key(route, &parts.headers)? {
            Some(key) if !tried => once(route, call, parts.uri.path(), key, act),
            Some(_) | None => act(&call),
        }
    });
    note_unseen(api, &person, (route, parts.uri.path()), &answer);
    answer
}

/// A call that a page makes in somebody's name.
pub struct Inside {
    /// The method.
    pub verb: Verb,
    /// The path of the route, `{id}` for what varies.
    pub route: &'static str,
    /// The parts that vary.
    pub path: BTreeMap<String, String>,
    /// What would stand behind the `?`.
    pub query: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// The same for a repetition.
    pub unique: uuid::Uuid,
}

/// Runs a route for somebody whose session was looked at: with the same rights as from outside.
///
/// # Errors
/// As from outside.
pub fn inside(
    api: &Api,
    person: &Person,
    token: &Token,
    at: Timestamp,
    inside: Inside,
) -> Result<Answer, Problem> {
    let Inside { verb, route, path, query, body, unique } = inside;
    let route = table::all().find(|r| r.verb == verb && r.path == route);
    let Some((route, Ok((scope, admin, act)))) = route.map(|r| (r, closed(r.access))) else {
        return Err(Problem::new(404, "no_such_path", "no such path", "the page has no such call"));
    };
    let answer = allow(scope, admin, person, token).and_then(|()| {
        let (person, token, source) = (person.clone(), token.clone(), EventSource::Web);
        act(&Call { api, person, token, at, path, query, body: &body, source, unique })
    });
    note_unseen(api, person, (route, route.path), &answer);
    answer
}

/// Who may call a route, and what it runs; in the error what it runs for everybody.
fn closed(access: Access) -> Result<(Scope, bool, Act), Open> {
    match access {
        Access::Open(read) => Err(read),
        Access::Token(scope, act) => Ok((scope, false, act)),
        Access::Admin(act) => Ok((Scope::Admin, true, act)),
    }
}

/// Writes down what somebody was refused, where nothing else does: no event came of the call.
fn note_unseen(
    api: &Api,
    person: &Person,
    (route, path): (&Route, &str),
    answer: &Result<Answer, Problem>,
) {
    let Err(problem) = answer else { return };
    let asks = route.verb == Verb::Post && route.path == "/v1/requests";
    if matches!(problem.kind, "forbidden" | "too_fast") || asks && problem.kind == "not_found" {
        api.refusals.note(&api.app, person, (route.verb.word(), path), problem);
    }
}

/// Whether whoever has this token may call the route, before anything of the body is read.
fn admitted(route: &Route, api: &Api, parts: &Parts) -> Result<(), Problem> {
    let Ok((scope, admin, _)) = closed(route.access) else { return Ok(()) };
    let (person, token) = authenticate(api, secret(&parts.headers)?, api.app.clock.now())?;
    let allowed = allow(scope, admin, &person, &token);
    if let Err(problem) = &allowed {
        api.refusals.note(&api.app, &person, (route.verb.word(), parts.uri.path()), problem);
    }
    allowed
}

/// The person and token that a secret stands for.
///
/// # Errors
/// It stands for nobody, or not any more.
pub fn authenticate(api: &Api, secret: &str, at: Timestamp) -> Result<(Person, Token), Problem> {
    let Some(bearer) = api.directory.bearer(secret, at)? else {
        return Err(Problem::unauthenticated("this token is not known here; ask an admin for one"));
    };
    let token = bearer.token;
    match token.gone {
        Some((Gone::Swapped, when)) => {
            if bearer.first_reuse {
                tracing::warn!(token = %token.id, "a token was used after it had been swapped");
            }
            return Err(Problem::unauthenticated(format!(
                "this token was confirmed at {when:.0} and replaced by another; if that was not you, \
                 somebody else has had it: tell an admin to revoke your tokens at once"
            )));
        }
        Some((Gone::Revoked, when)) => {
            return Err(Problem::unauthenticated(format!(
                "this token was revoked at {when:.0}; ask an admin for another"
            )));
        }
        Some((Gone::Deactivated, _)) => {
            return Err(Problem::unauthenticated("its person is not active any more"));
        }
        None if !bearer.person.active => {
            return Err(Problem::unauthenticated("its person is not active any more"));
        }
        None if at >= token.expires_at => {
            return Err(Problem::unauthenticated(format!(
                "this token expired at {:.0}; ask an admin for another",
                token.expires_at
            )));
        }
        None => {}
    }
    Ok((bearer.person, token))
}

fn allow(scope: Scope, admin: bool, person: &Person, token: &Token) -> Result<(), Problem> {
    if admin && person.role != Role::Admin {
        return Err(Problem::forbidden("only admins may do this"));
    }
    if token.reach() < scope {
        return Err(Problem::forbidden(if token.scope >= scope {
            "somebody else made this token, so it may only ask until you have confirmed it: \
             `flowctl token confirm`"
                .to_owned()
        } else {
            format!(
                "it needs a token with scope `{}`, and this one has `{}`",
                scope.word(),
                token.scope.word()
            )
        }));
    }
    Ok(())
}

/// Makes a call at most once for its key.
fn once(
    route: &Route,
    mut call: Call<'_>,
    path: &str,
    key: String,
    act: Act,
) -> Result<Answer, Problem> {
    let api = call.api;
    let route_name = format!("{} {path}", route.verb.word());
    let key = CallKey { person: call.person.id, route: route_name, key };
    let _under_way = UnderWay::enter(api, &key)?;
    let body_hash = Sha256::digest(call.body).into();
    let begun = api.replies.begin(&key, body_hash, call.at)?;
    if begun.body_hash != body_hash {
        return Err(Problem::new(
            422,
            "key_reused",
            "this Idempotency-Key was used for something else",
            "it stands for another body for 24 hours; use a new key for a new call",
        ));
    }
    match begun.answered {
        Some((status, Some(body))) => return Ok(Answer { status, body, text: None }),
        Some((_, None)) => {
            return Err(Problem::new(
                409,
                "shown_once",
                "the answer held a secret and is not kept",
                "the call was made; revoke what it made and make another",
            ));
        }
        None => {}
    }
    call.unique = begun.unique;
    let answer = act(&call);
    let kept = match &answer {
        Ok(Answer { status, body, .. }) => Some((*status, Some(body.clone()))),
        // What failed may go well the next time.
        Err(problem) if problem.status >= 500 || problem.status == 429 => None,
        Err(problem) => serde_json::to_value(problem).ok().map(|body| (problem.status, Some(body))),
    };
    if let Some((status, body)) = kept {
        let secret = route.again == Again::Once && answer.is_ok();
        api.replies.keep(&key, status, body.as_ref().filter(|_| !secret))?;
    }
    answer
}

/// One call with this key runs at a time.
struct UnderWay<'a> {
    api: &'a Api,
    key: &'a CallKey,
}

impl<'a> UnderWay<'a> {
    fn enter(api: &'a Api, key: &'a CallKey) -> Result<Self, Problem> {
        if keys(api).insert(key.clone()) {
            Ok(Self { api, key })
        } else {
            Err(Problem::under_way())
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        keys(self.api).remove(self.key);
    }
}

fn keys(api: &Api) -> std::sync::MutexGuard<'_, HashSet<CallKey>> {
    api.under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

fn secret(headers: &HeaderMap) -> Result<&str, Problem> {
    let missing = || {
        Problem::unauthenticated(
            "send `Authorization: Bearer flow_…`; an admin issues tokens with `flowctl token issue`",
        )
    };
    let value = headers.get(header::AUTHORIZATION).ok_or_else(missing)?;
    let value = value.to_str().map_err(|_| missing())?;
    let (scheme, token) = value.split_once(' ').ok_or_else(missing)?;
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("bearer") && token.starts_with(PREFIX) && token.len() < 256 {
        Ok(token)
    } else {
        Err(missing())
    }
}

fn idempotency_key(route: &Route, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key").filter(|_| route.again != Again::Reads) else {
        return Ok(None);
    };
    let fits = |key: &&str| (1..=255).contains(&key.len());
    let key = value.to_str().ok().filter(fits).ok_or_else(|| {
        Problem::malformed("`Idempotency-Key` has 1 to 255 printable ASCII characters")
    })?;
    Ok(Some(key.to_owned()))
}

/// Whether a body is said to be of this type.
pub fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    if is_of_type(headers, "application/json") {
        return Ok(());
    }
    let detail = "send JSON with `Content-Type: application/json`";
    Err(Problem::new(415, "not_json", "only JSON is taken", detail))
}

fn read_query(route: &Route, parts: &Parts) -> Result<BTreeMap<String, String>, Problem> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map_err(|e| Problem::malformed(format!("what stands behind the `?`: {e}")))?;
    let mut query = BTreeMap::new();
    for (name, value) in pairs {
        if !route.query.iter().any(|p| p.name == name) {
            let known: Vec<&str> = route.query.iter().map(|p| p.name).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            return Err(Problem::malformed(format!(
                "`{name}` is not known behind the `?` of this path, which takes: {known}"
            )));
        }
        if query.insert(name.clone(), value).is_some() {
            return Err(Problem::malformed(format!("`{name}` is given twice")));
        }
    }
    Ok(query)
}

/// The parts of the path that vary.
///
/// # Errors
/// One of them is not UTF-8.
pub async fn path_of(parts: &mut Parts) -> Result<BTreeMap<String, String>, Problem> {
    let path = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|_| Problem::malformed("the path is not UTF-8"))?;
    Ok(path.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
}

fn respond(answer: &Answer) -> Response<Body> {
    // An answer that was kept may be a problem.
    let kind = if answer.status >= 400 && answer.body.get("type").is_some() {
        "application/problem+json"
    } else {
        "application/json"
    };
    let (kind, body) = match (answer.text, &answer.body) {
        (Some(kind), Json::String(text)) => (kind, text.clone()),
        (_, body) => (kind, body.to_string()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
