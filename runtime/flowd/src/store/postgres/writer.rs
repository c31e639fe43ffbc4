//! The one writer of a node: a thread that commits what is queued in groups.
//!
//! Nothing about the database is remembered between two groups, so that a group that failed, whose
//! fate nobody knows, spoils no later one: whoever asked tries again with the same event.

use std::thread::JoinHandle;

use jiff::Timestamp;
use postgres::Client;

use super::super::queue::{Database, Group, Queue, Tasks, queue};
use super::super::{AuditDraft, Result, StoreError};
use super::{Postgres, connect};
use crate::audit::{self, Hash};

/// The open transaction, as a task sees it.
pub struct Write {
    /// Read and write through this.
    pub client: Client,
    /// The node's fencing token.
    pub token: i64,
    /// As it stands in the transaction.
    pub heads: Heads,
    dev: bool,
    hashes: Vec<Hash>,
    latest: i64,
}

/// The row of `heads`.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    block: i64,
    hash: Vec<u8>,
    audit: i64,
    /// The last event, effect and message.
    pub events: i64,
    pub effects: i64,
    pub message: i64,
}

impl Write {
    /// Appends an audit record to the block of this transaction. In a database for development it
    /// says so.
    ///
    /// # Errors
    /// The database failed.
    pub fn audit(&mut self, draft: &AuditDraft) -> Result<()> {
        let audit::Sealed { at_us, body, salt, hash } = audit::seal(draft, self.dev)?;
        self.heads.audit += 1;
        let (seq, block) = (self.heads.audit, self.heads.block + 1);
        let (salt, hashed) = (salt.as_slice(), hash.as_slice());
        self.client.execute(
            "INSERT INTO audit (seq, block, at, request, body, salt, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[&seq, &block, &at_us, &draft.request, &body, &salt, &hashed],
        )?;
        self.latest = self.latest.max(at_us);
        self.hashes.push(hash);
        Ok(())
    }

    /// Raises the high-water mark of time.
    ///
    /// # Errors
    /// The database failed.
    pub fn raise_mark(&mut self, at: Timestamp) -> Result<()> {
        self.client.execute(
            "INSERT INTO meta VALUES ('mark', $1) ON CONFLICT (key) DO UPDATE SET value = $1
             WHERE CAST(meta.value AS BIGINT) < CAST($1 AS BIGINT)",
            &[&at.as_microsecond().to_string()],
        )?;
        Ok(())
    }
}

impl Database for Postgres {
    type Write<'c> = Write;
}

/// The queue to the writer's thread. Dropping it ends the thread after what is queued.
pub struct Writer {
    queue: Option<Queue<Postgres>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(url: &str, client: Client, token: i64) -> Result<Self> {
        let (queue, tasks) = queue();
        let url = url.to_owned();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_all(&url, client, token, &tasks))
            .map_err(|source| StoreError::File { path: "store-writer".to_owned(), source })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs `work` in a transaction and answers once it is durable.
    ///
    /// # Errors
    /// The error of `work`, whose writes are taken back, or the database failed.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let stopped = || StoreError::Stopped("the writer has ended".to_owned());
        self.queue.as_ref().ok_or_else(stopped)?.ask(work)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn write_all(url: &str, client: Client, token: i64, tasks: &Tasks<Postgres>) {
    let mut write =
        Write { client, token, heads: Heads::default(), dev: false, hashes: Vec::new(), latest: 0 };
    while let Some(mut group) = tasks.next() {
        match write_group(&mut write, &mut group) {
            Ok(()) => group.into_iter().for_each(|task| task.settle(None)),
            Err(error) => {
                let why = why(&error);
                let lost = matches!(error, StoreError::Stopped(_));
                group
                    .into_iter()
                    .for_each(|task| task.settle(Some(&|| StoreError::Away(why.clone()))));
                if lost {
                    // Invariant: a node that has lost its lease writes nothing any more.
                    return;
                }
                match connect(url) {
                    Ok(client) => write.client = client,
                    Err(error) => tracing::error!(%error, "the database cannot be reached"),
                }
            }
        }
    }
}

fn why(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn write_group(write: &mut Write, group: &mut Group<Postgres>) -> Result<()> {
    write.client.batch_execute("BEGIN")?;
    begin(write)?;
    for task in group {
        write.client.batch_execute("SAVEPOINT task")?;
        let before = (write.heads.clone(), write.hashes.len());
        if !task.run(write) {
            write.client.batch_execute("ROLLBACK TO SAVEPOINT task")?;
            write.heads = before.0;
            write.hashes.truncate(before.1);
        }
        write.client.batch_execute("RELEASE SAVEPOINT task")?;
    }
    end(write)?;
    write.client.batch_execute("COMMIT")?;
    Ok(())
}

/// Waits for its turn among all nodes, and asks whether it may still write.
fn begin(write: &mut Write) -> Result<()> {
    let sql = "SELECT block, hash, audit, events, effects, message,
                      EXISTS (SELECT 1 FROM meta WHERE key = 'dev' AND value = 'yes')
               FROM heads FOR UPDATE";
    let row = write.client.query_one(sql, &[])?;
    let sql = "SELECT 1 FROM nodes WHERE token = $1 AND until > clock_timestamp() FOR UPDATE";
    if write.client.query_opt(sql, &[&write.token])?.is_none() {
        let _closing = write.client.batch_execute("ROLLBACK");
        let why = "this node lost its lease, and others have taken over: start it again";
        return Err(StoreError::Stopped(why.to_owned()));
    }
    write.heads = Heads {
        block: row.get(0),
        hash: row.get(1),
        audit: row.get(2),
        events: row.get(3),
        effects: row.get(4),
        message: row.get(5),
    };
    write.dev = row.get(6);
    write.hashes.clear();
    write.latest = 0;
    Ok(())
}

/// Closes the block, and says how far everything is counted.
fn end(write: &mut Write) -> Result<()> {
    let mut heads = std::mem::take(&mut write.heads);
    if !write.hashes.is_empty() {
        let damaged = |_| StoreError::Damaged("a block whose hash has another length".to_owned());
        let previous: Hash = heads.hash.as_slice().try_into().map_err(damaged)?;
        let root = audit::merkle_root(&write.hashes);
        heads.block += 1;
        let seq = u64::try_from(heads.block).unwrap_or_default();
        let hash = audit::block_hash(&previous, &root, seq);
        let records = i64::try_from(write.hashes.len()).unwrap_or(i64::MAX);
        let (hashed, rooted) = (hash.as_slice(), root.as_slice());
        write.client.execute(
            "INSERT INTO audit_blocks (seq, at, records, root, hash) VALUES ($1, $2, $3, $4, $5)",
            &[&heads.block, &write.latest, &records, &rooted, &hashed],
        )?;
        heads.hash = hash.to_vec();
    }
    write.client.execute(
        "UPDATE heads SET block = $1, hash = $2, audit = $3, events = $4, effects = $5,
                          message = $6",
        &[&heads.block, &heads.hash, &heads.audit, &heads.events, &heads.effects, &heads.message],
    )?;
    Ok(())
}
