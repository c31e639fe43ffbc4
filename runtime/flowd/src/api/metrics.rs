//! Figures for Prometheus, behind a token like everything else: how much waits for decisions tells
//! something about a house.
//!
//! What the daemon counts stands in `crate::meters`; what the store knows is asked of it here.

use std::fmt::Write as _;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::health;
use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route};
use crate::alert::place;
use crate::drive::DriveError;
use crate::export::{self, sink};
use crate::people::token::Scope;
use crate::store::{Lanes, RequestFilter, StoreError};

/// OpenMetrics 1.0, which Prometheus asks for.
const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Calls that wait are counted up to here.
const WAITING_MAX: usize = 1_000;
/// Ends that are looked through for stuck ones.
const ENDING_MAX: usize = 10_000;

/// Figures.
pub const ROUTES: &[Route] = &[Route::read(
    "/metrics",
    Access::Token(Scope::Ask, metrics),
    "figures for Prometheus, as OpenMetrics text",
    &[],
    schema::<Text>,
)];

/// OpenMetrics text.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Text(String);

fn metrics(call: &Call<'_>) -> Result<Answer, Problem> {
    let mut text = call.api.app.meters.to_text();
    // The registry closes the text; ours goes on before that.
    if let Some(end) = text.find("# EOF") {
        text.truncate(end);
    }
    text.push_str(&asked(call, call.at)?);
    text.push_str("# EOF\n");
    Ok(Answer { status: 200, body: Json::String(text), text: Some(KIND) })
}

fn asked(call: &Call<'_>, at: Timestamp) -> Result<String, Problem> {
    let app = &call.api.app;
    let mut text = String::new();
    let mut gauge = |name: &str, about: &str, rows: Vec<(String, f64)>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP flow_{name} {about}.\n# TYPE flow_{name} gauge");
        for (labels, value) in rows {
            let _ = writeln!(text, "flow_{name}{labels} {value}");
        }
    };
    let one = |value: f64| vec![(String::new(), value)];
    let against = health::against(app, at)?;
    gauge(
        "ready",
        "1 where nothing speaks against giving it work",
        one(f64::from(against.is_empty())),
    );
    let phases = app.store.open_phases()?;
    let phases = phases.iter().map(|(phase, n)| (format!("{{phase=\"{phase}\"}}"), *n as f64));
    gauge("requests_open", "Requests that have not ended", phases.collect());
    gauge(
        "ends_stuck",
        "Ends that could not be confirmed within their budget",
        one(stuck(call)? as f64),
    );
    let late =
        app.store.due(at, 1)?.first().map_or(0.0, |(_, due)| at.duration_since(*due).as_secs_f64());
    gauge("timers_late_seconds", "How late the most overdue timer is", one(late.max(0.0)));
    let (mut waiting, mut oldest) = (Vec::new(), Vec::new());
    for (lanes, word) in [(Lanes::Access, "access"), (Lanes::Others, "others")] {
        let calls = app.store.claim_effects(lanes, at, &[], WAITING_MAX)?;
        let labels = format!("{{calls=\"{word}\"}}");
        let since = calls.iter().map(|call| call.draft.not_before).min();
        let age = since.map_or(0.0, |since| at.duration_since(since).as_secs_f64());
        waiting.push((labels.clone(), calls.len() as f64));
        oldest.push((labels, age.max(0.0)));
    }
    gauge("calls_waiting", "Lanes whose next call is due or under way, 1000 at most", waiting);
    gauge("calls_oldest_seconds", "For how long the oldest of these has been due", oldest);
    gauge("frozen", "Freezes in force", one(app.store.freezes()?.len() as f64));
    gauge(
        "clock_behind",
        "1 where the wall clock is behind what was recorded",
        one(f64::from(app.clock.is_behind())),
    );
    let block = app.store.audit_head()?.map_or(0, |(sequence, _)| sequence);
    gauge("audit_block", "The newest block of the audit trail", one(block as f64));
    let lags = app.config.audit_destinations.iter().map(|destination| {
        let lag = export::lag_s(app, &sink::key(&destination.name), at)?;
        Ok((format!("{{destination=\"{}\"}}", destination.name), lag))
    });
    let lags = lags.collect::<Result<Vec<_>, StoreError>>()?;
    gauge("audit_lag_seconds", "For how long the trail waits for a destination", lags);
    let lags = app.config.alerts.iter().map(|alerts| {
        let lag = export::lag_s(app, &place::key(&alerts.name), at)?;
        Ok((format!("{{alerts=\"{}\"}}", alerts.name), lag))
    });
    let lags = lags.collect::<Result<Vec<_>, StoreError>>()?;
    gauge("alerts_lag_seconds", "For how long alerts wait for a place", lags);
    let bundle = app.shelf.newest().map(|entry| {
        let hash = entry.hash.to_string();
        (format!("{{content_hash=\"{hash}\",version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0)
    });
    gauge(
        "bundle_info",
        "The bundle that new requests use, and the daemon's version",
        bundle.into_iter().collect(),
    );
    Ok(text)
}

fn stuck(call: &Call<'_>) -> Result<usize, DriveError> {
    let phase = Some("deescalating".to_owned());
    let filter = RequestFilter { phase, limit: ENDING_MAX, ..RequestFilter::default() };
    let ending = call.api.app.store.page_requests(&filter)?;
    let readable = ending.iter().filter_map(crate::emergency::readable);
    Ok(readable.filter(|request| request.stuck_since.is_some()).count())
}
