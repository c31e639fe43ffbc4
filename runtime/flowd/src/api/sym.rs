//! Sym's four calls, so that scripts that were written for its API work with another base URL:
//! `SYM_API_URL=https://flow.acme.example/sym/v1`.
//!
//! Bodies, statuses and error codes are those of Sym's public documentation (docs.symops.com:
//! "Request", "De-escalate", "Get Event Status", "Get Run Status") and of what its CircleCI orb
//! reads. Behind them is the same door as behind `/v1`: nothing can be done here that cannot be done
//! there, and tokens are Flow's.

use std::collections::BTreeMap;

use flow_bundle::bundle::HookEvent;
use flow_engine::event::Ask as Asked;
use flow_engine::{End, EventKind, Phase, Reply, Request, RequestId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::body::{self, Fields};
use super::openapi::schema;
use super::problem::Problem;
use super::requests::{find, named_people, submit};
use super::route::{Access, Answer, Call, Route, Verb};
use crate::drive::{About, Answered};
use crate::people::token::Scope;

/// What every path here begins with; its problems are told in Sym's form.
pub const BASE: &str = "/sym/v1/";

/// Asking, ending, and looking at both.
pub const ROUTES: &[Route] = &[
    Route::act(
        Verb::Post,
        "/sym/v1/events/request",
        Access::Token(Scope::Ask, request),
        "Sym's call to ask",
        schema::<Requesting>,
        schema::<Requested>,
    ),
    Route::act(
        Verb::Post,
        "/sym/v1/events/deescalate",
        Access::Token(Scope::Ask, deescalate),
        "Sym's call to take access back",
        schema::<Deescalating>,
        schema::<Deescalated>,
    ),
    Route::read(
        "/sym/v1/events/{id}",
        Access::Token(Scope::Ask, event),
        "Sym's look at what became of a call",
        &[],
        schema::<EventStatus>,
    ),
    Route::read(
        "/sym/v1/runs/{id}",
        Access::Token(Scope::Ask, run),
        "Sym's look at a request",
        &[],
        schema::<RunStatus>,
    ),
];

/// What is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requesting {
    /// `<org>:flow:<name>:latest`, where the organisation is the daemon's `org`.
    flow_srn: String,
    /// Prompt values; the target as `target_srn`, the duration in seconds.
    flow_inputs: Fields,
    /// For the flow to read.
    #[serde(default)]
    context: Json,
    /// In whose name. Only bots may ask for others.
    #[serde(default)]
    user_email: Option<String>,
    /// In whose name, by id or username.
    #[serde(default)]
    user_id: Option<String>,
}

/// That it was asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Requested {
    /// The request's id.
    run_id: String,
    /// What `GET /events/{id}` takes.
    event_id: String,
    /// As it came.
    request_body: Json,
}

/// What is taken back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deescalating {
    /// The request's id.
    run_id: String,
}

/// That it is being taken back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deescalated {
    /// What `GET /events/{id}` takes.
    event_id: String,
    /// As it came.
    request_body: Json,
}

/// What became of a call.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventStatus {
    /// The request's id.
    run_id: String,
    /// `request` or `deescalate`.
    name: &'static str,
    /// When the request last changed.
    timestamp: String,
    /// `processing`, `success` or `error`.
    status: &'static str,
    /// Why it came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Where a request stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunStatus {
    /// Its id.
    run_id: String,
    /// `requested`, `approved`, `escalated`, `deescalated`, `denied`, `expired`, `cancelled` or
    /// `error`.
    status: &'static str,
}

fn request(call: &Call<'_>) -> Result<Answer, Problem> {
    let asking: Requesting = body::read(call.body)?;
    body::data("/context", &asking.context.to_string())?;
    let requester = match (&asking.user_email, &asking.user_id) {
        (Some(_), Some(_)) => {
            return Err(Problem::field("/user_id", "only one of `user_email` and `user_id`"));
        }
        (Some(name), None) => Some(("/user_email", name)),
        (None, Some(name)) => Some(("/user_id", name)),
        (None, None) => None,
    };
    let requester = requester
        .map(|(pointer, name)| {
            let nobody = || Problem::field(pointer, format!("nobody is known as `{name}`"));
            call.api.directory.find(name)?.ok_or_else(nobody)
        })
        .transpose()?;
    let flow = flow(call, &asking.flow_srn)?;
    let mut fields = asking.flow_inputs.exact()?;
    target(call, &mut fields)?;
    let kind = EventKind::Ask(Asked {
        request: RequestId(call.unique),
        requester,
        fields: named_people(call, &flow, fields)?,
        context: asking.context,
    });
    let (id, _) = submit(call, &About::Flow(flow), kind)?;
    Answer::ok(&Requested {
        run_id: id.0.to_string(),
        event_id: call.unique.to_string(),
        request_body: echo(call.body),
    })
}

fn deescalate(call: &Call<'_>) -> Result<Answer, Problem> {
    let asking: Deescalating = body::read(call.body)?;
    let request = find(call, parse(&asking.run_id)?)?;
    let status = status(&request);
    if status != "escalated" {
        let detail =
            format!("Cannot de-escalate a run with status '{status}'. Status must be 'escalated'.");
        return Err(Problem::new(400, "invalid_run", "the run is not escalated", detail));
    }
    submit(call, &About::Request(request.id), EventKind::Revoke { reason: None })?;
    Answer::ok(&Deescalated { event_id: call.unique.to_string(), request_body: echo(call.body) })
}

fn event(call: &Call<'_>) -> Result<Answer, Problem> {
    let shown = call.part("id");
    let unknown = || Problem::not_found("event", shown);
    let id = uuid::Uuid::try_parse(shown).map_err(|_| unknown())?;
    let reply = call.api.app.store.reply(&format!("api:{id}"))?.ok_or_else(unknown)?;
    let answered: Answered = serde_json::from_str(&reply).map_err(|e| Problem::internal(&e))?;
    let request = find(call, answered.request)?;
    // A request has the id of the event that opened it.
    let asks = request.id.0 == id;
    let checks = [HookEvent::OnRequest, HookEvent::AfterRequest, HookEvent::OnDeescalate];
    let checked = request.hooks.iter().any(|run| checks.contains(&run.hook));
    let (status, error) = match answered.reply {
        Reply::Refused(refusal) => ("error", Some(refusal.sentence)),
        Reply::Accepted { .. } if checked => ("processing", None),
        Reply::Accepted { .. } if asks && request.phase == Phase::Requested => ("processing", None),
        Reply::Accepted { .. } if asks && request.outcome == Some(End::Errored) => {
            ("error", request.error.as_ref().map(|fault| fault.message.clone()))
        }
        Reply::Accepted { .. } if !asks && request.ending.is_none() => {
            ("error", Some("the flow did not take it; access stands as before".to_owned()))
        }
        Reply::Accepted { .. } => ("success", None),
    };
    Answer::ok(&EventStatus {
        run_id: request.id.0.to_string(),
        name: if asks { "request" } else { "deescalate" },
        timestamp: instant(request.last_at),
        status,
        error,
    })
}

fn run(call: &Call<'_>) -> Result<Answer, Problem> {
    let request = find(call, parse(call.part("id"))?)?;
    Answer::ok(&RunStatus { run_id: request.id.0.to_string(), status: status(&request) })
}

/// Sym's word for where a request stands. While access may stand it is `escalated`.
fn status(request: &Request) -> &'static str {
    match (request.phase, request.outcome) {
        (Phase::Requested | Phase::Pending, _) => "requested",
        (Phase::Approved | Phase::Escalating, _) => "approved",
        (Phase::Active | Phase::Deescalating, _) => "escalated",
        (Phase::Ended, Some(End::Ok)) if request.accesses.is_empty() => "approved",
        (Phase::Ended, Some(End::Ok)) => "deescalated",
        (Phase::Ended, Some(End::Denied)) => "denied",
        (Phase::Ended, Some(End::Expired)) => "expired",
        (Phase::Ended, Some(End::Cancelled)) => "cancelled",
        (Phase::Ended, Some(End::Errored) | None) => "error",
    }
}

/// The flow of an SRN. The version is passed over: new requests use the newest bundle.
fn flow(call: &Call<'_>, srn: &str) -> Result<String, Problem> {
    let wrong = |why: String| Problem::field("/flow_srn", why);
    let parts: Vec<&str> = srn.split(':').collect();
    let [org, "flow", name, _version] = parts.as_slice() else {
        return Err(wrong(format!("`{srn}` is no SRN of a flow: `<org>:flow:<name>:latest`")));
    };
    let ours = &call.api.app.config.org;
    if *org != ours {
        return Err(wrong(format!(
            "`{org}` is another organisation; this is `{ours}` (`org` of the configuration)"
        )));
    }
    Ok((*name).to_owned())
}

/// `target_srn`, `<org>:access_target:<type>:<name>:latest`, becomes `target`.
fn target(call: &Call<'_>, fields: &mut BTreeMap<String, Json>) -> Result<(), Problem> {
    let Some(srn) = fields.remove("target_srn") else { return Ok(()) };
    let wrong = |why: String| Problem::field("/flow_inputs/target_srn", why);
    if fields.contains_key("target") {
        return Err(wrong("only one of `target` and `target_srn`".to_owned()));
    }
    let parts: Vec<&str> = srn.as_str().unwrap_or_default().split(':').collect();
    let [org, "access_target", kind, name, _version] = parts.as_slice() else {
        let form = "`<org>:access_target:<type>:<name>:latest`";
        return Err(wrong(format!("{srn} is no SRN of a target: {form}")));
    };
    if *org != call.api.app.config.org {
        return Err(wrong(format!("`{org}` is another organisation")));
    }
    fields.insert("target".to_owned(), Json::from(format!("{kind}.{name}")));
    Ok(())
}

fn parse(id: &str) -> Result<RequestId, Problem> {
    let own = id.parse().ok();
    let id_of = || uuid::Uuid::try_parse(id).ok().map(RequestId);
    own.or_else(id_of).ok_or_else(|| Problem::not_found("run", id))
}

fn echo(body: &[u8]) -> Json {
    serde_json::from_slice(body).unwrap_or_default()
}

/// As Sym writes instants: `2022-06-23 19:04:58.730497+00:00`.
fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string()
}

/// A problem in Sym's form.
#[must_use]
pub fn told(problem: &Problem, path: &str) -> (u16, Json) {
    // Sym knows no 422: what is wrong with a body is 400.
    let status = if problem.status == 422 { 400 } else { problem.status };
    let api = match path.strip_prefix(BASE).and_then(|rest| rest.split('/').nth(1)) {
        Some("request") => "RequestAPI",
        Some("deescalate") => "DeescalateAPI",
        _ => "StatusAPI",
    };
    let fields = problem.errors.iter().map(|error| {
        let field = error.pointer.trim_start_matches('/').replace('/', ".");
        serde_json::json!({ "field": field, "message": error.detail })
    });
    let body = serde_json::json!({
        "error": true,
        "message": problem.detail,
        "errors": fields.collect::<Vec<_>>(),
        "code": format!("{api}:{}", problem.kind.to_uppercase()),
        "status_code": status,
        "is_retryable": status == 429 || status >= 500,
    });
    (status, body)
}
