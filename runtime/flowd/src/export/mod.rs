//! The audit trail on its way to other systems: at least once, in order, and never in the way of a
//! decision.
//!
//! Each destination is a reader ([`Reads`]): it reads the trail behind its own position, which it moves on only when the other
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
//! | [`ocsf`] | a record in the form of OCSF |

pub mod config;
pub mod ocsf;
pub mod sink;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::app::App;
use crate::store::{AuditFilter, AuditRow, StoreError};

/// Records that are handed over at once.
const BATCH: usize = 200;
/// How long nothing is looked for where there was nothing.
const IDLE: Duration = Duration::from_secs(1);
/// The first and the longest pause after a failure.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// How far a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many records were taken; more may wait.
    Sent(usize),
    /// There was nothing to send.
    Idle,
}

/// Something that reads the trail behind a position of its own.
pub trait Reads: Send + Sync + 'static {
    /// Under which name the database keeps how far it is.
    fn key(&self) -> String;

    /// Takes records, in order. Returns when all of them are taken.
    fn take<'a>(&'a self, app: &'a Arc<App>, rows: Vec<AuditRow>) -> Taking<'a>;
}

/// Records that are being taken.
pub type Taking<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 'a>>;

/// Hands the trail over to one reader until the daemon stops.
pub async fn run<R: Reads>(app: Arc<App>, reader: Arc<R>, mut stop: watch::Receiver<bool>) {
    let mut pause = PAUSE.0;
    while !*stop.borrow() {
        let wait = match step(&app, &reader).await {
            Ok(Step::Sent(_)) => {
                pause = PAUSE.0;
                continue;
            }
            Ok(Step::Idle) => {
                pause = PAUSE.0;
                IDLE
            }
            Err(error) => {
                let (reader, again_s) = (reader.key(), pause.as_secs());
                tracing::error!(reader, %error, again_s, "the audit trail waits");
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
pub async fn step<R: Reads>(app: &Arc<App>, reader: &Arc<R>) -> anyhow::Result<Step> {
    let key = reader.key();
    let after = key.clone();
    let rows = app.block(move |app| next(app, &after, BATCH)).await?;
    let Some(last) = rows.last().map(|row| row.seq) else { return Ok(Step::Idle) };
    let count = rows.len();
    reader.take(app, rows).await?;
    app.block(move |app| app.store.set_meta(&key, &last.to_string())).await?;
    Ok(Step::Sent(count))
}

/// The records behind a reader's position.
fn next(app: &App, key: &str, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
    let after = app.store.meta(key)?.and_then(|text| text.parse().ok()).unwrap_or_default();
    app.store.page_audit(&AuditFilter { request: None, after, limit })
}

/// For how long the oldest record that a reader has not taken has waited, in seconds.
///
/// # Errors
/// The database failed.
pub fn lag_s(app: &App, key: &str, now: Timestamp) -> Result<f64, StoreError> {
    let next = next(app, key, 1)?;
    let waits = next.first().map(|row| now.duration_since(row.at).as_secs_f64());
    Ok(waits.unwrap_or_default().max(0.0))
}
