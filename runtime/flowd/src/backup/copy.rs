//! `flowd backup`: a consistent copy of a database that may be served meanwhile.
//!
//! The copy is one moment of the database, page by page. It gets its name once it was found to be
//! whole and the audit trail in it to be unbroken; its anchors come with it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::part::Part;
use crate::store::writer;
use crate::verify::{Verdict, VerifyArgs, Walk, anchors_of, append_anchor, verify};

/// How often, and how long apart, a database that somebody holds is tried.
const BUSY_MAX: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// Arguments of `flowd backup`.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The database; it may be served meanwhile.
    #[arg(long)]
    pub db: PathBuf,
    /// The copy to make; nothing may be there. Its anchors are made beside it, `<to>.anchors`.
    #[arg(long)]
    pub to: PathBuf,
}

/// Runs `flowd backup` and says on `out` what was made.
///
/// # Errors
/// There is no such database, it is damaged, or the copy cannot be written. Then there is none.
pub fn run(args: &BackupArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    ensure!(args.db.is_file(), "there is no database `{}`", args.db.display());
    let database = Part::begin(&args.to)?;
    let anchors = Part::begin(&anchors_of(&args.to))?;
    // First the anchors, then the pages: every anchor is of a block that the copy has.
    copy_anchors(&args.db, anchors.path())?;
    copy_pages(&args.db, database.path())?;
    let walk = check(database.path(), anchors.path(), &args.db)?;
    let bytes = database.path().metadata()?.len();
    let head = head(database.path())?;
    if let Some((block, hash)) = &head {
        append_anchor(anchors.path(), *block, hash)?;
    }
    // The database last: a backup is there once it is.
    anchors.finish()?;
    if let Err(error) = database.finish() {
        let _gone = std::fs::remove_file(anchors_of(&args.to));
        return Err(error);
    }
    writeln!(out, "backup    {}, {bytes} bytes", args.to.display())?;
    writeln!(out, "block     {}", head.map_or(0, |(block, _)| block))?;
    writeln!(out, "audit     {walk}")?;
    writeln!(out, "secret    the key that signs calls is in it: keep it as you keep the database")?;
    Ok(())
}

/// Copies the anchors of a database, where it has any.
///
/// # Errors
/// They cannot be read or written.
pub fn copy_anchors(db: &Path, to: &Path) -> anyhow::Result<()> {
    let from = anchors_of(db);
    if !from.exists() {
        return Ok(());
    }
    let bytes = std::fs::read(&from)
        .with_context(|| format!("cannot read the anchors `{}`", from.display()))?;
    // The daemon may be writing the last line just now.
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    std::fs::write(to, bytes.get(..whole).unwrap_or_default())
        .with_context(|| format!("cannot write `{}`", to.display()))
}

/// Copies every page as it is at one moment, and leaves one file that needs no other beside it.
///
/// # Errors
/// The database cannot be read, or the copy cannot be written.
pub fn copy_pages(db: &Path, to: &Path) -> anyhow::Result<()> {
    let shown = db.display();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source =
        Connection::open_with_flags(db, flags).with_context(|| format!("cannot open `{shown}`"))?;
    source.busy_timeout(Duration::from_secs(10))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(to, flags)?;
    // All at once: a copy in steps would begin again with every commit of the daemon.
    let copied = Backup::new(&source, &mut copy).and_then(|backup| all(&backup));
    copied.with_context(|| format!("cannot copy `{shown}` to `{}`", to.display()))?;
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

fn all(backup: &Backup<'_, '_>) -> rusqlite::Result<()> {
    for _ in 0..BUSY_MAX {
        match backup.step(-1)? {
            StepResult::Done => return Ok(()),
            _ => std::thread::sleep(PAUSE),
        }
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    Err(rusqlite::Error::SqliteFailure(busy, Some("somebody holds the database".to_owned())))
}

/// Whether a copy of `db` is whole, and the audit trail in it.
///
/// # Errors
/// It is not.
pub fn check(copy: &Path, anchors: &Path, db: &Path) -> anyhow::Result<Walk> {
    let faults = faults(copy)
        .with_context(|| format!("`{}` is no database of flowd, or is damaged", db.display()))?;
    if !faults.is_empty() {
        bail!("`{}` is damaged, so there is no backup of it: {}", db.display(), faults.join("; "));
    }
    let anchors = Some(anchors.to_owned());
    let walk = verify(&VerifyArgs { db: copy.to_owned(), anchors })?;
    ensure!(walk.verdict() != Verdict::Broken, "`{}` was not copied: {walk}", db.display());
    Ok(walk)
}

/// What SQLite finds wrong with a file, at most a few of it.
///
/// # Errors
/// It cannot be read as a database.
pub fn faults(path: &Path) -> anyhow::Result<Vec<String>> {
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut faults: Vec<String> = file
        .prepare("PRAGMA integrity_check(5)")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    faults.retain(|fault| fault != "ok");
    // A file of somebody else's has none of our tables.
    let _version: i64 = file.query_row("SELECT max(version) FROM versions", [], |r| r.get(0))?;
    Ok(faults)
}

fn head(path: &Path) -> anyhow::Result<Option<(u64, crate::audit::Hash)>> {
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(writer::head(&file)?)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::store::sqlite::Sqlite;
    use crate::store::{AuditDraft, Store as _};

    fn note(store: &Sqlite, times: usize) {
        for i in 0..times {
            let body = json!({ "kind": "planted", "i": i });
            let draft = AuditDraft { at: Timestamp::UNIX_EPOCH, request: None, body };
            store.note(vec![draft]).unwrap();
        }
    }

    fn backup(db: &Path, to: &Path) -> anyhow::Result<String> {
        let mut out = Vec::new();
        run(&BackupArgs { db: db.to_owned(), to: to.to_owned() }, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    fn files(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            names.map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_database_that_is_written_to_is_copied_as_it_is_at_one_moment() {
        use std::os::unix::fs::PermissionsExt as _;
        use std::sync::atomic::{AtomicBool, Ordering};
        let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (db, copy) = (dir.path().join("flow.db"), to.path().join("flow.db"));
        let store = Sqlite::create(&db, false).unwrap();
        note(&store, 20);
        let (seq, hash) = store.audit_head().unwrap().unwrap();
        append_anchor(&anchors_of(&db), seq, &hash).unwrap();
        let done = AtomicBool::new(false);
        let said = std::thread::scope(|scope| {
            let copying = scope.spawn(|| {
                let said = std::panic::catch_unwind(|| backup(&db, &copy));
                done.store(true, Ordering::SeqCst);
                said
            });
            while !done.load(Ordering::SeqCst) {
                note(&store, 1);
                let (seq, hash) = store.audit_head().unwrap().unwrap();
                append_anchor(&anchors_of(&db), seq, &hash).unwrap();
            }
            copying.join().unwrap()
        });
        assert!(said.unwrap().unwrap().contains("the audit trail is whole"));
        assert_eq!(files(to.path()), ["flow.db", "flow.db.anchors"]);
        for name in files(to.path()) {
            let mode = to.path().join(&name).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let walk = verify(&VerifyArgs { db: copy.clone(), anchors: None }).unwrap();
        assert_eq!(walk.verdict(), Verdict::Whole, "{walk}");
        assert!(Sqlite::open_for(&copy, false).is_ok());
        let again = backup(&db, &copy).unwrap_err().to_string();
        assert!(again.ends_with("is there already: name a file that is not"), "{again}");
    }

    #[test]
    fn what_is_damaged_or_changed_leaves_no_backup_behind() {
        for (tamper, want) in [
            ("UPDATE audit SET body = '{}' WHERE seq = 7", "record 7 was changed"),
            ("DROP TABLE versions", "is no database of flowd"),
        ] {
            let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let db = dir.path().join("flow.db");
            note(&Sqlite::create(&db, false).unwrap(), 20);
            Connection::open(&db).unwrap().execute_batch(tamper).unwrap();
            let said = format!("{:#}", backup(&db, &to.path().join("copy")).unwrap_err());
            assert!(said.contains(want), "{said}");
            assert!(files(to.path()).is_empty());
        }
    }

    #[test]
    fn a_corrupted_page_is_found() {
        let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let db = dir.path().join("flow.db");
        note(&Sqlite::create(&db, false).unwrap(), 400);
        let mut bytes = std::fs::read(&db).unwrap();
        // Somewhere in the rows, not in the header.
        let page = bytes.len() / 4096 / 2 * 4096;
        bytes[page..page + 64].fill(0xa5);
        std::fs::write(&db, bytes).unwrap();
        let said = format!("{:#}", backup(&db, &to.path().join("copy")).unwrap_err());
        assert!(said.contains("damaged"), "{said}");
        assert!(files(to.path()).is_empty());
    }
}
