//! Anchors of the audit trail: its newest block, written down outside of the database.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::store::StoreError;
use crate::verify::{anchors_of, append_anchor};

/// Longest time between two anchors, while records are written.
const EVERY: Duration = Duration::from_secs(60);

/// Appends an anchor when [`App::bells`] rings for one, every minute, and at the end.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut last = 0;
    loop {
        match app.block(move |app| anchor(app, last)).await {
            Ok(block) => last = block,
            Err(error) => tracing::error!(%error, "no anchor was written"),
        }
        if *stop.borrow() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.bells.anchors.notified() => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

fn anchor(app: &App, last: u64) -> Result<u64, StoreError> {
    let Some((block, hash)) = app.store.audit_head()? else { return Ok(last) };
    if block > last {
        let path = anchors_of(&app.config.db);
        if let Err(error) = append_anchor(&path, block, &hash) {
            tracing::error!(%error, path = %path.display(), "no anchor was written");
            return Ok(last);
        }
    }
    Ok(block)
}
