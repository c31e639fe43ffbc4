//! The way of one call of the page: who is it, may they; then the page runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use flow_engine::Person;
use jiff::Timestamp;
use serde_json::Value as Json;
use url::form_urlencoded;

use super::table::{Access, Page};
use super::{frame, session};
use crate::api::Api;
use crate::api::gate::{self, Inside};
use crate::api::problem::Problem;
use crate::api::route::Verb;
use crate::oidc::provider::Provider;
use crate::people::token::Token;

/// Largest form.
const FORM_MAX: usize = 256 << 10;
/// Longest wait for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// On every answer. Nothing is loaded but our style, nothing is run, nobody frames us, and a form goes
/// nowhere else.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: a form would then come without its origin.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// A call by anybody.
pub struct Knock<'a> {
    /// What everything is asked of.
    pub api: &'a Api,
    /// Who says who somebody is.
    pub provider: &'a Provider,
    /// Recorded time.
    pub at: Timestamp,
    /// Headers and URL.
    pub parts: &'a Parts,
    /// What stands behind the `?`, or in the body of a form.
    pub given: &'a [(String, String)],
}

/// A call by somebody.
pub struct Visit<'a> {
    /// What everything is asked of.
    pub api: &'a Api,
    /// Who.
    pub person: Person,
    /// Their session.
    pub token: Token,
    /// What each form of theirs carries.
    pub form_token: String,
    /// The parts of the path that vary.
    pub path: BTreeMap<String, String>,
    /// The form.
    pub given: &'a [(String, String)],
    /// Recorded time.
    pub at: Timestamp,
}

/// What is answered.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// What `body` is.
    pub kind: &'static str,
    /// The body.
    pub body: String,
    /// Where to go instead.
    pub location: Option<String>,
    /// Cookies to set.
    pub cookies: Vec<String>,
}

impl Reply {
    /// A page.
    pub fn page(status: u16, body: maud::Markup) -> Self {
        Self::text(status, "text/html; charset=utf-8", body.into_string())
    }

    /// Any text.
    pub const fn text(status: u16, kind: &'static str, body: String) -> Self {
        Self { status, kind, body, location: None, cookies: Vec::new() }
    }

    /// Go there, and read it.
    pub fn go(location: impl Into<String>) -> Self {
        let reply = Self::text(303, "text/plain; charset=utf-8", String::new());
        Self { location: Some(location.into()), ..reply }
    }
}

impl Visit<'_> {
    /// A value of the form; empty is none.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.given.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// A part of the path.
    pub fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// What a route of the API answers them.
    ///
    /// # Errors
    /// What it refuses them.
    pub fn call(
        &self,
        verb: Verb,
        route: &'static str,
        query: &[(&str, &str)],
        body: &Json,
        unique: uuid::Uuid,
    ) -> Result<Json, Problem> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let inside = Inside {
            verb,
            route,
            path: self.path.clone(),
            query: query.iter().map(owned).collect(),
            body: if *body == Json::Null { Vec::new() } else { body.to_string().into_bytes() },
            unique,
        };
        Ok(gate::inside(self.api, &self.person, &self.token, self.at, inside)?.body)
    }

    /// The same, where something is only read.
    ///
    /// # Errors
    /// As [`Visit::call`].
    pub fn read(&self, route: &'static str, query: &[(&str, &str)]) -> Result<Json, Problem> {
        self.call(Verb::Get, route, query, &Json::Null, uuid::Uuid::new_v4())
    }
}

/// Answers one call of `page`.
pub async fn serve(page: &'static Page, api: Arc<Api>, request: Request) -> Response<Body> {
    let dev = api.app.config.dev;
    let answer = async {
        let (mut parts, body) = request.into_parts();
        let path = gate::path_of(&mut parts).await?;
        let body = axum::body::to_bytes(body, FORM_MAX).await.map_err(|_| {
            let most = format!("a form has at most {} KiB", FORM_MAX >> 10);
            Problem::new(413, "too_large", "the form is too large", most)
        })?;
        gate::blocking(move || run(page, &api, &parts, path, &body)).await
    };
    let answer = tokio::time::timeout(ANSWER_MAX, answer).await.unwrap_or_else(|_| {
        let detail = "it may have been done all the same; look before you try again";
        Err(Problem::new(504, "too_slow", "no answer in time", detail))
    });
    let wants_json = page.path == "/auth/token";
    respond(answer.unwrap_or_else(|problem| match wants_json {
        true => Reply::text(
            problem.status,
            "application/problem+json",
            serde_json::to_string(&problem).unwrap_or_default(),
        ),
        false => frame::problem(&problem, None, dev),
    }))
}

fn run(
    page: &'static Page,
    api: &Api,
    parts: &Parts,
    path: BTreeMap<String, String>,
    body: &[u8],
) -> Result<Reply, Problem> {
    let Some(provider) = api.oidc.as_deref() else {
        let detail =
            "the pages need `[oidc]` in the daemon's configuration; the API stands at `/v1`";
        return Err(Problem::new(404, "no_such_path", "no such path", detail));
    };
    let given: Vec<(String, String)> = match page.verb {
        Verb::Get => form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        _ => {
            is_form(parts)?;
            form_urlencoded::parse(body)
        }
    }
    .into_owned()
    .collect();
    let at = api.app.clock.now();
    let (act, form) = match page.access {
        Access::Open(act) => {
            return act(&Knock { api, provider, at, parts, given: &given });
        }
        Access::Session(act) => (act, false),
        Access::Form(act) => (act, true),
    };
    let secret = session::cookie(&parts.headers, session::SESSION)
        .ok_or_else(|| Problem::unauthenticated("log in to go on"))?;
    let (person, token) = gate::authenticate(api, secret, at)?;
    api.meter.take(person.id, at).map_err(Problem::too_fast)?;
    let form_token = session::form_token(secret);
    let visit = Visit { api, person, token, form_token, path, given: &given, at };
    let own = || {
        is_own(parts, &provider.config.public_url)
            && session::is_form_token(secret, visit.field("form_token").unwrap_or_default())
    };
    if form && !own() {
        let detail = "this form is not of your session: go back, open the page again and repeat it";
        let problem = Problem::new(403, "forbidden", "a form of somebody else", detail);
        let what = (page.verb.word(), parts.uri.path());
        api.refusals.note(&api.app, &visit.person, what, &problem);
        return Err(problem);
    }
    act(&visit).or_else(|problem| Ok(frame::problem(&problem, Some(&visit), api.app.config.dev)))
}

/// Whether a browser says that this comes from a page of ours, where it says anything.
fn is_own(parts: &Parts, public_url: &str) -> bool {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    text("origin").is_none_or(|origin| origin == public_url)
        && text("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

fn is_form(parts: &Parts) -> Result<(), Problem> {
    if gate::is_of_type(&parts.headers, "application/x-www-form-urlencoded") {
        return Ok(());
    }
    let detail = "send a form: `Content-Type: application/x-www-form-urlencoded`";
    Err(Problem::new(415, "not_a_form", "only forms are taken", detail))
}

fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.kind));
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let values = reply.cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
    for (name, value) in values.chain(reply.location.map(|url| (header::LOCATION, url))) {
        // Made here from parts that hold no line break.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    response
}
