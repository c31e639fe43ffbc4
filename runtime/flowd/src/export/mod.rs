//! The audit trail on its way to other systems: at least once, in order, and never in the way of a
//! decision.
//!
//! Each destination reads the trail behind its own position, which it moves on only when the other
//! side has taken what it was sent. So a destination that is away loses nothing and holds up nobody:
//! it falls behind, which the figures show, and catches up. After a crash some records come twice;
//! `sequence` tells them apart.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`config`] | where to, checked at the start |
//! | [`sink`] | how a batch is handed over |

pub mod config;
pub mod sink;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::sync::watch;

use crate::api::audit_json;
use crate::app::App;
use crate::store::{AuditFilter, StoreError};
use config::Destination;
use sink::Sink;

/// Records that are handed over at once.
const BATCH: usize = 200;
/// How long nothing is looked for where there was nothing.
const IDLE: Duration = Duration::from_secs(1);
/// The first and the longest pause after a failure.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// How far a destination is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many records were taken; more may wait.
    Sent(usize),
    /// There was nothing to send.
    Idle,
}

/// Hands the trail over to one destination until the daemon stops.
pub async fn run(app: Arc<App>, destination: Destination, mut stop: watch::Receiver<bool>) {
    let name = destination.name.clone();
    let sink = match Sink::open(destination, &app.secrets) {
        Ok(sink) => Arc::new(sink),
        Err(error) => {
            tracing::error!(destination = name, %error, "the audit trail is not handed over");
            return;
        }
    };
    let mut pause = PAUSE.0;
    while !*stop.borrow() {
        let wait = match step(&app, &sink).await {
            Ok(Step::Sent(_)) => {
                pause = PAUSE.0;
                continue;
            }
            Ok(Step::Idle) => {
                pause = PAUSE.0;
                IDLE
            }
            Err(error) => {
                let again_s = pause.as_secs();
                tracing::error!(destination = name, %error, again_s, "the audit trail waits");
                let wait = pause;
                pause = (pause * 2).min(PAUSE.1);
                wait
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Hands over the next batch.
///
/// # Errors
/// The other side did not take it, or the database failed; the position stays.
pub async fn step(app: &Arc<App>, sink: &Arc<Sink>) -> anyhow::Result<Step> {
    let name = sink.name().to_owned();
    let (records, last) = app.block(move |app| next(app, &name)).await?;
    if records.is_empty() {
        return Ok(Step::Idle);
    }
    let count = records.len();
    let at = app.clock.now();
    sink.send(records, at).await?;
    let name = sink.name().to_owned();
    app.block(move |app| app.store.set_meta(&key(&name), &last.to_string())).await?;
    Ok(Step::Sent(count))
}

/// The records behind the destination's position, and the position behind them.
fn next(app: &App, name: &str) -> Result<(Vec<Json>, u64), StoreError> {
    let after = position(app, name)?;
    let rows = app.store.page_audit(&AuditFilter { request: None, after, limit: BATCH })?;
    let last = rows.last().map_or(after, |row| row.seq);
    Ok((rows.into_iter().map(audit_json).collect(), last))
}

/// For how long the oldest record that a destination has not taken has waited, in seconds.
///
/// # Errors
/// The database failed.
pub fn lag_s(app: &App, name: &str, now: Timestamp) -> Result<f64, StoreError> {
    let after = position(app, name)?;
    let next = app.store.page_audit(&AuditFilter { request: None, after, limit: 1 })?;
    let waits = next.first().map(|row| now.duration_since(row.at).as_secs_f64());
    Ok(waits.unwrap_or_default().max(0.0))
}

fn position(app: &App, name: &str) -> Result<u64, StoreError> {
    Ok(app.store.meta(&key(name))?.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// Under which name the database keeps how far a destination is.
fn key(name: &str) -> String {
    format!("audit_sent:{name}")
}
