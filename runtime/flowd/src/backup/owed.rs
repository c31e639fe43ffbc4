//! What is still to be done after a restore, kept in the restored database until it is done.

use flow_engine::event::Overtaken;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::{Result, Store, StoreError};

/// Under which name the database keeps it.
pub const META: &str = "restored";

/// A restore that nobody has closed yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Restored {
    /// When.
    pub at: Timestamp,
    /// The last record of the trail that the backup holds.
    pub after: u64,
    /// The last record of the exported trail; absent where none was given.
    pub through: Option<u64>,
    /// What is still to be said to requests.
    pub owed: Vec<Owed>,
    /// Access that may stand and that this daemon cannot take back: nobody could open what its end
    /// needs.
    pub lost: Vec<String>,
}

/// The trail knows more of a request than the restored store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Owed {
    /// Which.
    pub request: String,
    /// For people: who has what.
    pub what: String,
    /// Whether access may stand.
    pub stands: bool,
    /// What is said to it.
    pub event: Overtaken,
}

impl Restored {
    /// The restore that nobody has closed yet.
    ///
    /// # Errors
    /// The database failed, or holds something else there.
    pub fn of(store: &dyn Store) -> Result<Option<Self>> {
        match store.meta(META)?.filter(|text| !text.is_empty()) {
            Some(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|e| StoreError::Damaged(format!("`{META}`: {e}"))),
            None => Ok(None),
        }
    }

    /// Writes it down; `None`: it is closed.
    ///
    /// # Errors
    /// The database failed.
    pub fn keep(store: &dyn Store, restored: Option<&Self>) -> Result<()> {
        let text = restored.map(serde_json::to_string).transpose();
        let text = text.map_err(|e| StoreError::Damaged(format!("`{META}`: {e}")))?;
        store.set_meta(META, &text.unwrap_or_default())
    }
}
