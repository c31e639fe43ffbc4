//! Promise 5: nothing is lost. What was acknowledged to anybody, and every line of the trail that
//! anybody has read, is still there after the power was gone, and the trail and the states still
//! come out of what is stored.

use std::collections::BTreeMap;
use std::path::Path;

use crate::replay::{ReplayArgs, replay};
use crate::store::{AuditFilter, Store};
use crate::verify::{VerifyArgs, verify};

/// What has been seen from outside.
#[derive(Debug, Default)]
pub struct Kept {
    /// Answers by event.
    pub answers: BTreeMap<String, String>,
    /// Position and hash of the last audit record that was read.
    pub audit: Option<(u64, String)>,
    /// The last message that was read.
    pub message: u64,
}

impl Kept {
    /// What is missing, or is not what it was.
    pub fn check(&self, store: &dyn Store) -> Option<String> {
        for (event, answer) in &self.answers {
            match store.reply(event) {
                Ok(Some(kept)) if kept == *answer => {}
                Ok(Some(kept)) => return Some(format!("`{event}` was {answer} and is {kept}")),
                Ok(None) => return Some(format!("`{event}` was answered {answer} and is lost")),
                Err(e) => return Some(format!("`{event}` cannot be read: {e}")),
            }
        }
        if let Some((seq, hash)) = &self.audit {
            let filter = AuditFilter { after: seq - 1, limit: 1, ..AuditFilter::default() };
            let rows = store.page_audit(&filter).map_err(|e| e.to_string());
            let found = rows.as_ref().ok().and_then(|rows| rows.first()).map(|row| &row.hash);
            if found != Some(hash) {
                return Some(format!("audit record {seq} was read, and now there is {rows:?}"));
            }
        }
        None
    }
}

/// Whether the file is whole, its trail too, and every state comes out of its events.
pub fn check_file(db: &Path) -> Option<String> {
    let connection = rusqlite::Connection::open(db).ok()?;
    let whole: Result<String, _> =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    if whole.as_deref() != Ok("ok") {
        return Some(format!("the database is damaged: {whole:?}"));
    }
    let walk = verify(&VerifyArgs { db: db.to_owned(), anchors: None });
    match walk {
        Ok(walk) if walk.faults.is_empty() => {}
        other => return Some(format!("the audit trail is broken: {other:?}")),
    }
    match replay(&ReplayArgs { db: db.to_owned(), request: None, all: true }) {
        Ok(replayed) if replayed.faults.is_empty() => None,
        other => Some(format!("something else comes out of the events: {other:?}")),
    }
}
