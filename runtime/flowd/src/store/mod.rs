//! What the daemon keeps: requests, events, effects, grants, audit, messages, bundles.
//!
//! The store keeps text and knows no flow: states, events and effects are JSON that `drive.rs`
//! reads and writes. Every call blocks until its work is durable; async code calls it through
//! [`crate::app::App::block`]. People and tokens have a trait of their own (`people/`).
//!
//! To add a backend:
//! 1. a file here that implements [`Store`];
//! 2. a line in the tests at the foot of `conformance.rs`;
//! 3. migrations under `migrations/<name>/`;
//! 4. a case in `serve.rs`, where the database is opened;
//! 5. its limits in `runtime/README.md`.

#[cfg(test)]
mod conformance;
#[cfg(test)]
pub mod memory;
#[cfg(test)]
mod postgres;
mod queue;
mod rows;
pub mod sqlite;
pub mod writer;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What went wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another daemon has it.
    #[error("`{0}` is served by another daemon: stop that one first")]
    Locked(String),
    /// There is none.
    #[error("there is no database `{0}`: make it with `flowd init`")]
    Absent(String),
    /// There is one already.
    #[error("`{0}` exists already")]
    Exists(String),
    /// It was written by a later version.
    #[error(
        "the database has schema version {found}, and this daemon knows {known}: update the daemon"
    )]
    Newer {
        /// Of the file.
        found: i64,
        /// Of this program.
        known: i64,
    },
    /// It is marked for development, or is not.
    #[error("{0}")]
    WrongMode(String),
    /// SQLite refused. Nothing was written.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused, or is not there. Nothing was written.
    #[cfg(test)]
    #[error("the database failed")]
    Postgres(#[from] ::postgres::Error),
    /// Nobody knows whether it was written: the same again tells.
    #[cfg(test)]
    #[error("the database went away: {0}")]
    Away(String),
    /// What was read is not what was written.
    #[error("the database holds what this daemon never writes: {0}")]
    Damaged(String),
    /// A file beside it.
    #[error("cannot use `{path}`")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A commit failed, so that nobody knows what is durable; the daemon must start again.
    #[error("the database stopped: {0}")]
    Stopped(String),
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// `req_…`.
    pub id: String,
    /// Counted up by each commit, from 1.
    pub version: u64,
    /// The flow's address.
    pub flow: String,
    /// Content hash of the bundle that it was opened with.
    pub bundle: String,
    /// Id of the person who asked.
    pub requester: String,
    /// The phase's word.
    pub phase: String,
    /// The outcome's word, once ended.
    pub outcome: Option<String>,
    /// When it was asked.
    pub opened_at: Timestamp,
    /// Its last event.
    pub event_at: Timestamp,
    /// When it next wants a tick.
    pub wake_at: Option<Timestamp>,
    /// The engine's state, JSON.
    pub state: String,
}

/// A request that a commit changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestWrite {
    /// The version that was read; 0: there was no row.
    pub expected: u64,
    /// What is written.
    pub row: RequestRow,
}

/// A grant as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    /// `grant_…`.
    pub id: String,
    /// Counted up by each commit, from 1.
    pub version: u64,
    /// Id of the person who has it.
    pub person: String,
    /// Whether it still decides about anything: it stands, or later requests may share it.
    pub kept: bool,
    /// The engine's state, JSON.
    pub state: String,
}

/// A grant that a commit changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantWrite {
    /// The version that was read; 0: there was no row.
    pub expected: u64,
    /// What is written.
    pub row: GrantRow,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Chosen by whoever reports it: the same event twice has the same id.
    pub id: String,
    /// Its request.
    pub request: String,
    /// The time it was given.
    pub at: Timestamp,
    /// The event and the context it was decided in, JSON.
    pub body: String,
    /// What was answered, JSON.
    pub reply: String,
}

/// A call to the world that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectDraft {
    /// Its id and attempt, both chosen before the call.
    pub key: String,
    /// Effects of one lane are performed in order.
    pub lane: String,
    /// Not sooner.
    pub not_before: Timestamp,
    /// The engine's effect, JSON.
    pub body: String,
}

/// A call to the world that is owed or in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectRow {
    /// As drafted.
    pub draft: EffectDraft,
    /// Its request.
    pub request: String,
    /// When it was last started; `Some` on a claimed effect means that its outcome was never heard.
    pub started_at: Option<Timestamp>,
}

/// What is written down about a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDraft {
    /// When.
    pub at: Timestamp,
    /// Which request, where it is about one.
    pub request: Option<String>,
    /// Who, what, why; an object.
    pub body: Json,
}

/// An audit record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// Position in the whole trail, from 1.
    pub seq: u64,
    /// Which block holds it.
    pub block: u64,
    /// When.
    pub at: Timestamp,
    /// Which request.
    pub request: Option<String>,
    /// Absent once retention erased it.
    pub body: Option<Json>,
    /// `sha256(content ‖ salt)`, hex.
    pub hash: String,
}

/// Something that a person or channel was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageRow {
    /// Position in the log, from 1; 0 before it is kept.
    pub seq: u64,
    /// The id of the effect that told it: telling it twice keeps one.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// About which request.
    pub request: Option<String>,
    /// `#channel`, or the person's e-mail address.
    pub target: String,
    /// Id of the person, where it is one.
    pub person: Option<String>,
    /// Text, facts, actions.
    pub body: Json,
}

/// Why no new requests and escalations are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// `*` or a flow's address.
    pub scope: String,
    /// Since when.
    pub at: Timestamp,
    /// Id of the person who froze it.
    pub person: String,
    /// Why.
    pub reason: String,
}

/// Everything that one event changes: one transaction.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Unique by its id.
    pub event: EventRow,
    /// Compared and set. Absent: nothing changed but the trail, because the event was refused.
    pub request: Option<RequestWrite>,
    /// For a new request: how many of the same person had not ended when it was decided. Compared,
    /// so that two at once do not both take the last place.
    pub open: Option<u64>,
    /// Compared and set, each.
    pub grants: Vec<GrantWrite>,
    /// What is owed now.
    pub effects: Vec<EffectDraft>,
    /// Key of the effect whose outcome this event is, and the outcome, JSON.
    pub finished: Option<(String, String)>,
    /// Keys of effects that nobody wants any more. One that was not started is dropped, so that it
    /// holds up nothing behind it in its lane.
    pub withdrawn: Vec<String>,
    /// At least one record.
    pub audit: Vec<AuditDraft>,
}

/// What a commit came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// It is durable.
    Durable,
    /// The event was there; this was answered. Nothing changed.
    AlreadySeen(String),
    /// Somebody else was first. Nothing changed: read again.
    Conflict,
}

/// Whether a call may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// The started row is durable.
    Durable,
    /// Dropped or settled meanwhile.
    Gone,
    /// The request is not the one that was read any more: ask again whether it still wants this.
    Moved,
}

/// Which lanes are claimed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// Making and taking back access: those whose name starts with `access:`.
    Access,
    /// All the rest.
    Others,
}

#[cfg(test)]
impl Lanes {
    /// Whether a lane is one of these.
    pub fn hold(self, lane: &str) -> bool {
        lane.starts_with("access:") == (self == Self::Access)
    }
}

/// Which requests, newest first.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    /// Only with this phase.
    pub phase: Option<String>,
    /// Only of this flow.
    pub flow: Option<String>,
    /// Only of this person.
    pub requester: Option<String>,
    /// Only those that have not ended.
    pub open: bool,
    /// Only those opened before this request (`opened_at`, `id`): the cursor.
    pub before: Option<(Timestamp, String)>,
    /// At most so many.
    pub limit: usize,
}

/// Which audit records, oldest first.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only about this request.
    pub request: Option<String>,
    /// Only after this position.
    pub after: u64,
    /// At most so many.
    pub limit: usize,
}

/// Which messages, oldest first.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Only about this request.
    pub request: Option<String>,
    /// Only to this person.
    pub person: Option<String>,
    /// Only after this position.
    pub after: u64,
    /// At most so many.
    pub limit: usize,
}

/// A bundle as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleRow {
    /// Content hash.
    pub hash: String,
    /// Whether new requests use it.
    pub current: bool,
    /// The file as it came.
    pub file: String,
}

/// What the daemon keeps. A call returns when its work is durable; an error means that nothing was
/// written, except [`StoreError::Stopped`].
pub trait Store: Send + Sync {
    /// A request by its id.
    ///
    /// # Errors
    /// The database failed.
    fn request(&self, id: &str) -> Result<Option<RequestRow>>;
    /// The grants of a person that are kept.
    ///
    /// # Errors
    /// The database failed.
    fn grants_of(&self, person: &str) -> Result<Vec<GrantRow>>;
    /// What was answered to an event.
    ///
    /// # Errors
    /// The database failed.
    fn reply(&self, event: &str) -> Result<Option<String>>;
    /// How many requests of a person have not ended.
    ///
    /// # Errors
    /// The database failed.
    fn open_requests(&self, person: &str) -> Result<u64>;
    /// How many requests have not ended, by phase.
    ///
    /// # Errors
    /// The database failed.
    fn open_phases(&self) -> Result<BTreeMap<String, u64>>;
    /// Writes one event with everything that follows from it.
    ///
    /// # Errors
    /// The database failed.
    fn commit(&self, commit: Commit) -> Result<Committed>;
    /// Writes audit records that belong to no request.
    ///
    /// # Errors
    /// The database failed.
    fn note(&self, audit: Vec<AuditDraft>) -> Result<()>;

    /// Requests whose `wake_at` has come, soonest first.
    ///
    /// # Errors
    /// The database failed.
    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<(String, Timestamp)>>;
    /// The soonest `wake_at`.
    ///
    /// # Errors
    /// The database failed.
    fn next_wake(&self) -> Result<Option<Timestamp>>;
    /// The latest time that was ever written.
    ///
    /// # Errors
    /// The database failed.
    fn mark(&self) -> Result<Option<Timestamp>>;
    /// Raises the mark although nothing else is written.
    ///
    /// # Errors
    /// The database failed.
    fn keep_mark(&self, at: Timestamp) -> Result<()>;

    /// The first open effect of each lane, where its time has come; lanes in `busy` are left out.
    ///
    /// # Errors
    /// The database failed.
    fn claim_effects(
        &self,
        lanes: Lanes,
        now: Timestamp,
        busy: &[String],
        limit: usize,
    ) -> Result<Vec<EffectRow>>;
    /// The soonest `not_before` of an open effect that is later than `now`.
    ///
    /// # Errors
    /// The database failed.
    fn next_effect(&self, now: Timestamp) -> Result<Option<Timestamp>>;
    /// Writes the started row, if the request still has the version that was asked whether it wants
    /// this call. The call may leave once this returned [`Started::Durable`].
    ///
    /// # Errors
    /// The database failed.
    fn start_effect(&self, key: &str, version: u64, node: &str, at: Timestamp) -> Result<Started>;
    /// Settles an effect whose outcome changes no request; `None`: it was dropped, not performed.
    ///
    /// # Errors
    /// The database failed.
    fn finish_effect(&self, key: &str, outcome: Option<&str>) -> Result<()>;

    /// Requests, newest first.
    ///
    /// # Errors
    /// The database failed.
    fn page_requests(&self, filter: &RequestFilter) -> Result<Vec<RequestRow>>;
    /// Audit records, oldest first.
    ///
    /// # Errors
    /// The database failed.
    fn page_audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>>;
    /// Messages, oldest first.
    ///
    /// # Errors
    /// The database failed.
    fn page_messages(&self, filter: &MessageFilter) -> Result<Vec<MessageRow>>;
    /// Keeps messages and settles the effect that says them, where one does, in one transaction. A
    /// message with a known id is dropped.
    ///
    /// # Errors
    /// The database failed.
    fn keep_messages(&self, effect_key: Option<&str>, messages: Vec<MessageRow>) -> Result<()>;

    /// Keeps a bundle and makes it the current one, together with its audit record. `flows` maps
    /// each flow to its hash.
    ///
    /// # Errors
    /// The database failed.
    fn put_bundle(
        &self,
        bundle: BundleRow,
        flows: BTreeMap<String, String>,
        audit: AuditDraft,
    ) -> Result<()>;
    /// Every bundle.
    ///
    /// # Errors
    /// The database failed.
    fn bundles(&self) -> Result<Vec<BundleRow>>;
    /// The version of a flow with this hash, from 1.
    ///
    /// # Errors
    /// The database failed.
    fn flow_version(&self, flow: &str, hash: &str) -> Result<Option<u64>>;

    /// What is frozen.
    ///
    /// # Errors
    /// The database failed.
    fn freezes(&self) -> Result<Vec<Freeze>>;
    /// Freezes (`Some`) or thaws a scope, together with its audit record.
    ///
    /// # Errors
    /// The database failed.
    fn set_freeze(&self, scope: &str, freeze: Option<Freeze>, audit: AuditDraft) -> Result<()>;

    /// A fact about this database.
    ///
    /// # Errors
    /// The database failed.
    fn meta(&self, key: &str) -> Result<Option<String>>;
    /// Writes a fact about this database.
    ///
    /// # Errors
    /// The database failed.
    fn set_meta(&self, key: &str, value: &str) -> Result<()>;
    /// The newest audit block: sequence and hash.
    ///
    /// # Errors
    /// The database failed.
    fn audit_head(&self) -> Result<Option<(u64, [u8; 32])>>;
}
