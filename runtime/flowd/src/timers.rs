//! Due times become ticks: `wake_at <= now`, an event like any other.
//!
//! A tick's id is made of the request and the due time, so two clocks cannot tick twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use flow_engine::{Event, EventKind, EventSource, RequestId};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::app::App;
use crate::drive::{About, DriveError, EventDraft};

/// Ticks in one go.
pub(crate) const BATCH: usize = 256;
/// The longest sleep: a wall clock that jumps forward is noticed then.
const SLEEP_MAX: Duration = Duration::from_secs(30);
/// Pause after a failure, where a tick moved nothing, or while the wall clock is behind.
const PAUSE: Duration = Duration::from_secs(1);

/// Ticks until `stop` says so, sleeping exactly until the next due time.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let pause = match app.block(|app| app.tick_due()).await {
            Ok(Ticked { moved: 0, due, .. }) if due > 0 => PAUSE,
            Ok(Ticked { next, .. }) => next,
            Err(error) if error.is_final() => return,
            Err(error) => {
                tracing::error!(%error, "timers cannot be read");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.bells.timers.notified() => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// What one round came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticked {
    /// Requests that were due.
    pub due: usize,
    /// Those whose due time moved.
    pub moved: usize,
    /// How long until the next one.
    pub next: Duration,
}

impl App {
    /// Ticks every request that is due now.
    ///
    /// # Errors
    /// The database failed.
    pub fn tick_due(&self) -> Result<Ticked, DriveError> {
        let now = self.clock.now();
        self.keep_mark()?;
        let (mut tried, mut moved) = (BTreeSet::new(), 0);
        // Requests that cannot be ticked stay due and come first: whoever stands behind a whole
        // batch of them is looked for as well.
        while moved == 0 {
            let due = self.store.due(now, BATCH.saturating_add(tried.len()))?;
            let fresh: Vec<_> = due.into_iter().filter(|(id, _)| !tried.contains(id)).collect();
            if fresh.is_empty() {
                break;
            }
            for (id, wake_at) in fresh {
                moved += usize::from(self.tick(&id, wake_at)?);
                tried.insert(id);
            }
        }
        let next = match self.store.next_wake()? {
            Some(at) => {
                let wait = at.duration_since(self.clock.now());
                Duration::try_from(wait).unwrap_or_default().min(SLEEP_MAX)
            }
            None => SLEEP_MAX,
        };
        let next = if self.clock.is_behind() { next.min(PAUSE) } else { next };
        Ok(Ticked { due: tried.len(), moved, next })
    }

    /// While the wall clock is behind, only the mark says after a restart how far time had gone.
    pub(crate) fn keep_mark(&self) -> Result<(), DriveError> {
        if self.clock.is_behind() {
            self.store.keep_mark(self.clock.now())?;
        }
        Ok(())
    }

    /// Ticks one request; whether that moved its due time.
    fn tick(&self, id: &str, wake_at: Timestamp) -> Result<bool, DriveError> {
        let Ok(request) = id.parse::<RequestId>() else {
            tracing::error!(%id, "a request's id cannot be read");
            return Ok(false);
        };
        let draft = EventDraft {
            id: Event::tick_id(request, wake_at),
            by: None,
            source: EventSource::Automation,
            kind: EventKind::Tick,
        };
        match self.submit(&About::Request(request), &draft) {
            Ok(_) => {}
            // One request that cannot be read holds up no other's end.
            Err(error @ (DriveError::NoBundle(_) | DriveError::Json(_) | DriveError::Busy)) => {
                tracing::error!(%request, %error, "a due request cannot be ticked");
                return Ok(false);
            }
            Err(error @ DriveError::Store(_)) => return Err(error),
        }
        let moved = self.store.request(id)?.and_then(|row| row.wake_at) != Some(wake_at);
        if !moved {
            tracing::error!(%request, %wake_at, "a tick moved nothing");
        }
        Ok(moved)
    }
}
