//! Whether the daemon runs, whether it should be given work, and the key that it signs with.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::Api;
use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Route};
use crate::app::App;
use crate::store::{Lanes, StoreError};

/// Liveness, readiness, keys: open to everybody, so they say nothing about requests.
pub const ROUTES: &[Route] = &[
    Route::read("/healthz", Access::Open(alive), "whether it runs", &[], schema::<Health>),
    Route::read(
        "/readyz",
        Access::Open(ready),
        "whether it should be given work: 503 with the reasons why not",
        &[],
        schema::<Readiness>,
    ),
    Route::read(
        "/.well-known/flow-keys",
        Access::Open(keys),
        "the public key of the signature that a Lambda receives",
        &[],
        schema::<Json>,
    ),
];

/// What is owed longer than this is a backlog.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// That it runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// Always `true`.
    alive: bool,
    /// The daemon's version.
    version: &'static str,
}

/// Whether it should be given work.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Readiness {
    /// Whether nothing speaks against it.
    ready: bool,
    /// What speaks against it.
    reasons: Vec<String>,
}

fn alive(_: &Api, _: Timestamp) -> Result<Answer, Problem> {
    Answer::ok(&Health { alive: true, version: env!("CARGO_PKG_VERSION") })
}

fn ready(api: &Api, at: Timestamp) -> Result<Answer, Problem> {
    let reasons = against(&api.app, at)?;
    let ready = reasons.is_empty();
    Answer::with(if ready { 200 } else { 503 }, &Readiness { ready, reasons })
}

/// What speaks against giving it work.
///
/// # Errors
/// The database failed.
pub fn against(app: &App, at: Timestamp) -> Result<Vec<String>, StoreError> {
    let mut reasons = Vec::new();
    let mut check = |wrong: bool, why: &str| {
        if wrong {
            reasons.push(why.to_owned());
        }
    };
    if let Some(why) = &*app.ends_only.read().unwrap_or_else(PoisonError::into_inner) {
        check(true, why);
    }
    if let Some(why) = app.pause.why() {
        check(true, &why);
    }
    for left in app.pause.left() {
        check(true, &left);
    }
    check(app.config.dev, "development mode (`--dev`) is on");
    check(app.config.unsigned, "bundles without a signature are taken (`unsigned`)");
    check(app.shelf.newest().is_none(), "no bundle is loaded");
    check(app.clock.is_behind(), "the wall clock is behind what was recorded: set it right");
    let late = at.checked_sub(LATE).unwrap_or(at);
    check(!app.store.due(late, 1)?.is_empty(), "timers are more than two minutes late");
    for (lanes, what) in [(Lanes::Access, "access"), (Lanes::Others, "steps and messages")] {
        let waiting = app.store.claim_effects(lanes, late, &[], 1)?;
        let waiting = waiting.iter().any(|effect| effect.started_at.is_none());
        check(waiting, &format!("calls for {what} have waited for more than two minutes"));
    }
    Ok(reasons)
}

fn keys(api: &Api, _: Timestamp) -> Result<Answer, Problem> {
    Answer::ok(&api.app.signer.public_keys())
}
