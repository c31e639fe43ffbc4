//! Approving and denying. A decision carries the digest of what was shown; it covers nothing else.

use flow_engine::EventKind;
use flow_engine::event::Click;
use schemars::JsonSchema;
use serde::Deserialize;

use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route, Verb};
use super::view::RequestView;
use super::{body, requests};
use crate::people::token::Scope;

/// Approving and denying.
pub const ROUTES: &[Route] = &[
    Route::act(
        Verb::Post,
        "/v1/requests/{id}/approve",
        Access::Token(Scope::Decide, approve),
        "approve one stage of what was shown",
        schema::<Decision>,
        schema::<RequestView>,
    ),
    Route::act(
        Verb::Post,
        "/v1/requests/{id}/deny",
        Access::Token(Scope::Decide, deny),
        "deny one stage of what was shown",
        schema::<Decision>,
        schema::<RequestView>,
    ),
];

/// A decision about one stage.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The stage's name; absent: the only open one.
    #[serde(default)]
    stage: Option<String>,
    /// The digest of what was seen: whole, or at least its first 16 hex digits.
    digest: String,
    /// Said with the decision; the requester sees it.
    #[serde(default)]
    comment: Option<String>,
}

fn approve(call: &Call<'_>) -> Result<Answer, Problem> {
    requests::act(call, EventKind::Approve(click(call)?))
}

fn deny(call: &Call<'_>) -> Result<Answer, Problem> {
    requests::act(call, EventKind::Deny(click(call)?))
}

fn click(call: &Call<'_>) -> Result<Click, Problem> {
    let decision: Decision = body::read(call.body)?;
    let hex = decision.digest.strip_prefix("sha256:").unwrap_or(&decision.digest);
    if !(16..=64).contains(&hex.len()) || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        let why = "it is the digest of the open stage: whole, or its first 16 hex digits";
        return Err(Problem::field("/digest", why));
    }
    body::words("/comment", decision.comment.as_deref().unwrap_or_default())?;
    Ok(Click { stage: decision.stage, digest: decision.digest, comment: decision.comment })
}
