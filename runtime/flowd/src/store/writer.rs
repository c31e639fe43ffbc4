//! The one writer of the SQLite file: a thread that commits what is queued in groups.
//!
//! Each task runs in a savepoint of its own, so that one that fails takes only itself back; a group of
//! them ([`super::queue`]) shares one transaction and one sync to disk. Their audit records become one
//! block. Checkpoints happen on another thread and connection, off the path of a commit.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::queue::{Database, Group, Queue, Tasks, queue};
use super::sqlite::Sqlite;
use super::{AuditDraft, Result, StoreError};
use crate::audit::{self, Hash};

/// How the writer works.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Whether the database is for development: every audit record says so.
    pub dev: bool,
    /// Commits between two checkpoints.
    pub checkpoint_every: u32,
    /// A planted fault: answers before it commits.
    #[cfg(test)]
    pub hasty: bool,
}

/// The open transaction, as a task sees it.
pub struct Write<'c> {
    /// Read and write through this.
    pub connection: &'c Connection,
    block: u64,
    hashes: Vec<Hash>,
    dev: bool,
}

impl Write<'_> {
    /// Appends an audit record to the block of this transaction. In a database for development it
    /// says so.
    ///
    /// # Errors
    /// The database failed.
    pub fn audit(&mut self, draft: &AuditDraft) -> Result<()> {
        let audit::Sealed { at_us, body, salt, hash } = audit::seal(draft, self.dev)?;
        self.connection
            .prepare_cached(
                "INSERT INTO audit (block, at, request, body, salt, hash) VALUES (?,?,?,?,?,?)",
            )?
            .execute(params![self.block as i64, at_us, draft.request, body, salt, hash])?;
        self.hashes.push(hash);
        Ok(())
    }

    /// Raises the high-water mark of time.
    ///
    /// # Errors
    /// The database failed.
    pub fn raise_mark(&self, at: Timestamp) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO meta (key, value) VALUES ('mark', ?1) ON CONFLICT (key) DO UPDATE
                 SET value = ?1 WHERE CAST(value AS INTEGER) < CAST(?1 AS INTEGER)",
            )?
            .execute([at.as_microsecond().to_string()])?;
        Ok(())
    }
}

impl Database for Sqlite {
    type Write<'c> = Write<'c>;
}

/// The queue to the writer's thread. Dropping it ends the thread after what is queued.
pub struct Writer {
    queue: Option<Queue<Sqlite>>,
    threads: Vec<JoinHandle<()>>,
}

impl Writer {
    /// Starts the threads on two open connections of a database.
    ///
    /// # Errors
    /// The newest audit block could not be read, or no thread could be started.
    pub fn start(connection: Connection, checkpoints: Connection, pace: Pace) -> Result<Self> {
        let head = head(&connection)?.unwrap_or((0, audit::GENESIS));
        let (queue, tasks) = queue();
        let (ring, bell) = sync_channel(1);
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(body)
                .map_err(|source| StoreError::File { path: name.to_owned(), source })
        };
        let threads = vec![
            spawn(
                "store-writer",
                Box::new(move || write_all(&connection, &tasks, &ring, head, pace)),
            )?,
            spawn("store-checkpoint", Box::new(move || checkpoint_all(&checkpoints, &bell)))?,
        ];
        Ok(Self { queue: Some(queue), threads })
    }

    /// Runs `work` in a transaction and answers once it is durable.
    ///
    /// # Errors
    /// The error of `work`, whose writes are taken back, or the database failed.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let stopped = || StoreError::Stopped("the writer has ended".to_owned());
        self.queue.as_ref().ok_or_else(stopped)?.ask(work)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

/// The newest audit block: sequence and hash.
pub fn head(connection: &Connection) -> Result<Option<(u64, Hash)>> {
    use rusqlite::OptionalExtension as _;
    Ok(connection
        .query_row("SELECT seq, hash FROM audit_blocks ORDER BY seq DESC LIMIT 1", [], |row| {
            Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))
        })
        .optional()?)
}

fn write_all(
    connection: &Connection,
    tasks: &Tasks<Sqlite>,
    ring: &SyncSender<()>,
    mut head: (u64, Hash),
    pace: Pace,
) {
    let mut commits = 0;
    while let Some(mut group) = tasks.next() {
        match write_group(connection, &mut group, head, pace) {
            Ok(next) => {
                head = next;
                group.into_iter().for_each(|task| task.settle(None));
            }
            Err(error) => {
                // Invariant: after a failed commit nothing more is written by this process, since
                // nobody knows whether what was written is durable.
                let why = error.to_string();
                group
                    .into_iter()
                    .for_each(|task| task.settle(Some(&|| StoreError::Stopped(why.clone()))));
                return;
            }
        }
        commits += 1;
        if commits % pace.checkpoint_every == 0 {
            // A full bell has rung already.
            let _ringing = ring.try_send(());
        }
    }
}

fn write_group(
    connection: &Connection,
    group: &mut Group<Sqlite>,
    (seq, previous): (u64, Hash),
    pace: Pace,
) -> Result<(u64, Hash)> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut write = Write { connection, block: seq + 1, hashes: Vec::new(), dev: pace.dev };
    for task in group.iter_mut() {
        connection.prepare_cached("SAVEPOINT task")?.execute([])?;
        let hashes = write.hashes.len();
        if !task.run(&mut write) {
            connection.prepare_cached("ROLLBACK TO task")?.execute([])?;
            write.hashes.truncate(hashes);
        }
        connection.prepare_cached("RELEASE task")?.execute([])?;
    }
    let hashes = write.hashes;
    let mut head = (seq, previous);
    if !hashes.is_empty() {
        let root = audit::merkle_root(&hashes);
        head = (seq + 1, audit::block_hash(&previous, &root, seq + 1));
        connection
            .prepare_cached(
                "INSERT INTO audit_blocks (seq, at, records, root, hash)
                 SELECT ?1, max(at), ?2, ?3, ?4 FROM audit WHERE block = ?1",
            )?
            .execute(params![head.0 as i64, hashes.len() as i64, root, head.1])?;
    }
    #[cfg(test)]
    if pace.hasty {
        group.drain(..).for_each(|task| task.settle(None));
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(head)
}

fn checkpoint_all(connection: &Connection, bell: &Receiver<()>) {
    let run = |mode: &str| {
        let pragma = format!("PRAGMA wal_checkpoint({mode})");
        if let Err(error) = connection.query_row(&pragma, [], |_| Ok(())) {
            tracing::warn!(%error, "a checkpoint failed; the write-ahead log grows until one works");
        }
    };
    while bell.recv().is_ok() {
        run("PASSIVE");
    }
    run("TRUNCATE");
}
