//! The ways in which people move the end of a request: cancel, revoke, extend, resolve.

use flow_engine::EventKind;
use flow_engine::event::Longer;
use schemars::JsonSchema;
use serde::Deserialize;

use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route, Verb};
use super::view::RequestView;
use super::{body, requests};
use crate::people::token::Scope;

/// Cancel, revoke, extend, resolve. What narrows needs no more than a token that asks, and so does asking for more time; resolving gives up
/// an obligation, so it needs one that decides.
pub const ROUTES: &[Route] = &[
    Route::act(
        Verb::Post,
        "/v1/requests/{id}/cancel",
        Access::Token(Scope::Ask, cancel),
        "withdraw your own request before it is granted",
        schema::<Cancel>,
        schema::<RequestView>,
    ),
    Route::act(
        Verb::Post,
        "/v1/requests/{id}/revoke",
        Access::Token(Scope::Ask, revoke),
        "take access back before its time is up",
        schema::<Revoke>,
        schema::<RequestView>,
    ),
    Route::act(
        Verb::Post,
        "/v1/requests/{id}/extend",
        Access::Token(Scope::Ask, extend),
        "ask that your access lasts longer; people decide as the flow says",
        schema::<Extend>,
        schema::<RequestView>,
    ),
    Route::act(
        Verb::Post,
        "/v1/requests/{id}/resolve",
        Access::Token(Scope::Decide, resolve),
        "close a request whose end cannot be confirmed: the first of two people proposes it",
        schema::<Resolve>,
        schema::<RequestView>,
    ),
];

/// Nothing is said with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {}

/// An early end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// Why, for the audit trail.
    #[serde(default)]
    reason: Option<String>,
}

/// A wish for more time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// By how much: `30m`, `1h30m` or whole seconds.
    duration: String,
    /// Why; shown to whoever decides.
    #[serde(default)]
    reason: Option<String>,
}

/// Somebody's word that access is gone although the other side does not confirm it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// How they know; kept in every report.
    reason: String,
}

fn cancel(call: &Call<'_>) -> Result<Answer, Problem> {
    let Cancel {} = body::read(call.body)?;
    requests::act(call, EventKind::Cancel)
}

fn revoke(call: &Call<'_>) -> Result<Answer, Problem> {
    let Revoke { reason } = body::read(call.body)?;
    body::words("/reason", reason.as_deref().unwrap_or_default())?;
    requests::act(call, EventKind::Revoke { reason })
}

fn extend(call: &Call<'_>) -> Result<Answer, Problem> {
    let Extend { duration, reason } = body::read(call.body)?;
    body::words("/reason", reason.as_deref().unwrap_or_default())?;
    let plain = duration.parse::<u64>().ok();
    let seconds = plain.or_else(|| flow_bundle::duration::parse(&duration)?.try_into().ok());
    let Some(duration_s) = seconds else {
        let why = format!("`{duration}` is no duration: write `30m`, `1h30m` or whole seconds");
        return Err(Problem::field("/duration", why));
    };
    requests::act(call, EventKind::Extend(Longer { duration_s, reason }))
}

fn resolve(call: &Call<'_>) -> Result<Answer, Problem> {
    let Resolve { reason } = body::read(call.body)?;
    if reason.trim().is_empty() {
        return Err(Problem::field("/reason", "say how you know that the access is gone"));
    }
    body::words("/reason", &reason)?;
    requests::act(call, EventKind::Resolve { reason })
}
