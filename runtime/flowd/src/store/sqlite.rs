//! The embedded store: one SQLite file, one writer thread, readers on their own connections.
//!
//! WAL, `synchronous = FULL`. A file beside the database is locked while a daemon has it open. What
//! each call reads and writes is in `rows.rs`; how writes share a transaction is in `writer.rs`.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::writer::{Pace, Write, Writer};
use super::{Result, StoreError};

/// Each once, in order, never changed after a release.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_init", include_str!("../../migrations/sqlite/0001_init.sql")),
    ("0002_people", include_str!("../../migrations/sqlite/0002_people.sql")),
];

/// Connections that are kept for the next reader.
const READERS_MAX: usize = 8;

/// How its files are reached and written.
#[derive(Debug, Clone)]
struct Means {
    path: PathBuf,
    /// Commits between two checkpoints.
    checkpoint_every: u32,
    /// `FULL`: a commit is on the disk before it is answered.
    synchronous: &'static str,
    /// A file system that SQLite knows by this name.
    #[cfg(test)]
    vfs: Option<String>,
    /// A planted fault: answers before it commits.
    #[cfg(test)]
    hasty: bool,
}

impl Means {
    fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            checkpoint_every: 256,
            synchronous: "FULL",
            #[cfg(test)]
            vfs: None,
            #[cfg(test)]
            hasty: false,
        }
    }
}

/// The embedded store.
pub struct Sqlite {
    means: Means,
    // Before the lock, so that it is closed before the lock goes.
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    _lock: File,
    #[cfg(test)]
    pub fuse: Fuse,
}

/// A planted fault.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing waits for the disk.
    Unsynced,
    /// A write is answered before it is committed.
    Hasty,
}

/// Stops the store before or after some write, as a crash would.
#[cfg(test)]
#[derive(Default)]
pub struct Fuse {
    /// Where it stops, from 1: before the first write, after it, before the second; 0: nowhere.
    at: std::sync::atomic::AtomicU32,
    passed: std::sync::atomic::AtomicU32,
}

#[cfg(test)]
impl Fuse {
    /// Stops the store at the point `at`, counted from now.
    pub fn set(&self, at: u32) {
        use std::sync::atomic::Ordering::SeqCst;
        self.passed.store(0, SeqCst);
        self.at.store(at, SeqCst);
    }

    /// Runs `work` with the fuse taken out.
    pub fn spared<T>(&self, work: impl FnOnce() -> T) -> T {
        use std::sync::atomic::Ordering::SeqCst;
        let at = self.at.swap(0, SeqCst);
        let done = work();
        self.at.store(at, SeqCst);
        done
    }

    /// Whether it stopped the store.
    pub fn is_burnt(&self) -> bool {
        use std::sync::atomic::Ordering::SeqCst;
        let at = self.at.load(SeqCst);
        at > 0 && self.passed.load(SeqCst) >= at
    }

    fn pass(&self) -> Result<()> {
        self.passed.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if self.is_burnt() {
            Err(StoreError::Stopped("a planted crash".to_owned()))
        } else {
            Ok(())
        }
    }
}

impl Sqlite {
    /// Makes an empty database, marked for development or not for ever.
    ///
    /// # Errors
    /// There is one already, or it cannot be written.
    pub fn create(path: &Path, dev: bool) -> Result<Self> {
        let name = path.display().to_string();
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists(name));
            }
            Err(source) => return Err(StoreError::File { path: name, source }),
        }
        let lock = lock(path)?;
        let means = Means::of(path);
        let mut connection = connect(&means)?;
        migrate(&mut connection)?;
        let mark = if dev { "yes" } else { "no" };
        connection.execute("INSERT INTO meta VALUES ('dev', ?1)", [mark])?;
        Self::start(means, connection, lock)
    }

    /// Opens a database and brings it to this version's schema.
    ///
    /// # Errors
    /// There is none, another daemon has it, or it is newer than this program.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_by(Means::of(path))
    }

    fn open_by(means: Means) -> Result<Self> {
        if !means.path.is_file() {
            return Err(StoreError::Absent(means.path.display().to_string()));
        }
        let lock = lock(&means.path)?;
        let mut connection = connect(&means)?;
        migrate(&mut connection)?;
        Self::start(means, connection, lock)
    }

    fn start(means: Means, connection: Connection, lock: File) -> Result<Self> {
        let pace = Pace {
            dev: meta(&connection, "dev")?.as_deref() == Some("yes"),
            checkpoint_every: means.checkpoint_every,
            #[cfg(test)]
            hasty: means.hasty,
        };
        Ok(Self {
            writer: Writer::start(connection, connect(&means)?, pace)?,
            means,
            readers: Mutex::new(Vec::new()),
            _lock: lock,
            #[cfg(test)]
            fuse: Fuse::default(),
        })
    }

    /// Opens a database on the file system `vfs`, with checkpoints as often as can be; with a planted
    /// fault where one is named.
    #[cfg(test)]
    pub fn open_on(path: &Path, vfs: &str, fault: Option<Fault>) -> Result<Self> {
        let mut means = Means { vfs: Some(vfs.to_owned()), checkpoint_every: 4, ..Means::of(path) };
        match fault {
            Some(Fault::Unsynced) => means.synchronous = "OFF",
            Some(Fault::Hasty) => means.hasty = true,
            None => {}
        }
        Self::open_by(means)
    }

    /// Opens a database for serving in this mode.
    ///
    /// # Errors
    /// As [`Sqlite::open`], or it was made for the other mode.
    pub fn open_for(path: &Path, dev: bool) -> Result<Self> {
        let store = Self::open(path)?;
        let marked: Option<String> = store.read(|c| meta(c, "dev"))?;
        match (marked.as_deref() == Some("yes"), dev) {
            (true, false) => Err(StoreError::WrongMode(format!(
                "`{}` was made with `--dev`: it can only be served with `--dev`",
                path.display()
            ))),
            (false, true) => Err(StoreError::WrongMode(format!(
                "`{}` was made without `--dev`: `--dev` needs a database made with `flowd init --dev`",
                path.display()
            ))),
            (true, true) | (false, false) => Ok(store),
        }
    }

    /// Runs `work` in a transaction, shared with others, and answers once it is durable.
    ///
    /// # Errors
    /// The error of `work`, whose writes are taken back, or the database failed.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        #[cfg(test)]
        self.fuse.pass()?;
        let done = self.writer.write(work);
        #[cfg(test)]
        self.fuse.pass()?;
        done
    }

    /// Runs `work` on a connection of its own.
    ///
    /// # Errors
    /// The error of `work`, or no connection could be opened.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let spare = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match spare {
            Some(connection) => connection,
            None => connect(&self.means)?,
        };
        let result = work(&connection);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_MAX {
            readers.push(connection);
        }
        result
    }
}

/// A fact about this database.
pub fn meta(connection: &Connection, key: &str) -> Result<Option<String>> {
    Ok(connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Locks a database, so that no daemon opens it.
///
/// # Errors
/// A daemon has it open.
pub fn lock(path: &Path) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&name)
        .map_err(|source| StoreError::File { path: name.to_string_lossy().into_owned(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(StoreError::Locked(path.display().to_string())),
    }
}

fn connect(means: &Means) -> Result<Connection> {
    let connection = open_file(means)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", means.synchronous)?;
    connection.execute_batch(
        "PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

fn open_file(means: &Means) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    #[cfg(test)]
    if let Some(vfs) = &means.vfs {
        return Connection::open_with_flags_and_vfs(&means.path, flags, vfs.as_str());
    }
    Connection::open_with_flags(&means.path, flags)
}

fn migrate(connection: &mut Connection) -> Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS versions (version INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    )?;
    let found: i64 =
        connection.query_row("SELECT coalesce(max(version), 0) FROM versions", [], |r| r.get(0))?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (version, (name, sql)) in (1_i64..).zip(MIGRATIONS).filter(|(v, _)| *v > found) {
        let tx = connection.transaction()?;
        tx.execute_batch(sql)?;
        tx.execute("INSERT INTO versions VALUES (?1, ?2)", params![version, name])?;
        tx.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::store::{AuditDraft, AuditFilter, Store as _};

    #[test]
    fn a_second_daemon_the_wrong_mode_and_a_newer_file_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flow.db");
        let first = Sqlite::create(&path, true).unwrap();
        let text = |r: Result<Sqlite>| r.err().expect("refused").to_string();
        assert!(text(Sqlite::open(&path)).contains("another daemon"));
        first
            .note(vec![AuditDraft { at: Timestamp::UNIX_EPOCH, request: None, body: json!({}) }])
            .unwrap();
        let trail = first.page_audit(&AuditFilter { limit: 9, ..Default::default() }).unwrap();
        assert_eq!(trail[0].body, Some(json!({ "dev": true })));
        drop(first);
        assert!(text(Sqlite::open_for(&path, false)).contains("only be served with `--dev`"));
        assert!(text(Sqlite::create(&path, true)).contains("exists already"));
        assert!(text(Sqlite::open(&dir.path().join("none"))).contains("flowd init"));
        let store = Sqlite::open_for(&path, true).unwrap();
        store
            .write(|w| Ok(w.connection.execute("INSERT INTO versions VALUES (99, 'later')", [])?))
            .unwrap();
        drop(store);
        assert!(text(Sqlite::open(&path)).contains("schema version 99"));
    }

    #[test]
    fn files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let _store = Sqlite::create(&dir.path().join("flow.db"), false).unwrap();
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", file.path().display());
        }
    }

    /// Commits go on while a reader holds up every checkpoint, and once it is gone the log is short.
    #[test]
    fn checkpoints_are_off_the_path_of_a_commit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flow.db");
        let store = Sqlite::create(&path, false).unwrap();
        let log = || std::fs::metadata(dir.path().join("flow.db-wal")).unwrap().len();
        let draft = AuditDraft { at: Timestamp::UNIX_EPOCH, request: None, body: json!("x") };
        let write = |n: usize| (0..n).for_each(|_| store.note(vec![draft.clone()]).unwrap());
        let reader = Connection::open(&path).unwrap();
        let held = reader.unchecked_transaction().unwrap();
        let _: i64 = held.query_row("SELECT count(*) FROM audit", [], |row| row.get(0)).unwrap();
        write(600);
        let grown = log();
        assert!(grown > 4 << 20, "{grown} bytes");
        drop(held);
        // Whatever the checkpoint's thread has done by now, the log does not grow for ever.
        write(600);
        assert!(log() < 2 * grown + (1 << 20), "{} bytes", log());
        drop(reader);
        drop(store);
        let left = Connection::open(&path).unwrap();
        let rows: i64 = left.query_row("SELECT count(*) FROM audit", [], |r| r.get(0)).unwrap();
        assert_eq!(rows, 1_200);
    }

    #[test]
    fn a_failed_task_takes_only_itself_back() {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::create(&dir.path().join("flow.db"), false).unwrap();
        let put = |key: &'static str, fail: bool| {
            store.write(move |w| {
                w.connection.execute("INSERT INTO meta VALUES (?1, '')", [key])?;
                if fail { Err(StoreError::Damaged("planted".into())) } else { Ok(()) }
            })
        };
        put("a", false).unwrap();
        assert!(put("b", true).is_err());
        put("c", false).unwrap();
        let keys = store
            .read(|c| {
                let mut rows = c.prepare("SELECT key FROM meta WHERE value = ''")?;
                let keys =
                    rows.query_map([], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
                Ok::<Vec<String>, StoreError>(keys)
            })
            .unwrap();
        assert_eq!(keys, ["a", "c"]);
    }
}
