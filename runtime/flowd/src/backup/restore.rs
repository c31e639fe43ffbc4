//! `flowd restore`: a backup put in the place of the database, while no daemon runs.
//!
//! A backup has forgotten what came after it. Told by the audit trail that was handed over
//! elsewhere, the restored database knows what is owed: access that was given since is taken back,
//! whoever was deactivated stays out, tokens that were revoked stay revoked. The daemon starts
//! paused. What was in the place before is moved aside and never removed.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use flow_engine::PersonId;
use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Value as Json, json};

use super::copy;
use super::owed::Restored;
use super::part::{Part, sync_folder};
use super::trail::{RESTORED, Trail};
use crate::people::{Directory as _, PeopleError, Stamp};
use crate::sign::Signer;
use crate::store::sqlite::{Sqlite, lock};
use crate::store::{AuditDraft, Store as _};
use crate::verify::{anchors_of, append_anchor};

/// Arguments of `flowd restore`.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The backup, made by `flowd backup`.
    #[arg(long)]
    pub from: PathBuf,
    /// The database to put it in the place of; what is there is moved aside.
    #[arg(long)]
    pub db: PathBuf,
    /// The audit trail that was handed over: the file of a destination, or what
    /// `flowctl audit --format json` said. Several, the oldest first.
    #[arg(long, conflicts_with = "without_audit")]
    pub audit: Vec<PathBuf>,
    /// There is no exported trail: nobody then takes back what was granted after the backup.
    #[arg(long)]
    pub without_audit: bool,
}

/// Runs `flowd restore` and says on `out` what was done and what is left to do.
///
/// # Errors
/// A daemon runs, the backup is damaged, or the exported trail does not belong to it. Then nothing
/// was changed.
pub fn run(args: &RestoreArgs, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<()> {
    let (from, db) = (&args.from, &args.db);
    ensure!(from.is_file(), "there is no backup `{}`", from.display());
    let same = from.canonicalize()? == db.canonicalize().unwrap_or_default();
    ensure!(!same, "`--from` and `--db` are the same file");
    let _lock = lock(db)?;
    let aside = format!(".before-{}", now.as_second());
    let staged = Staged::begin(db)?;
    copy::copy_anchors(from, staged.anchors.path())?;
    copy::copy_pages(from, staged.database.path())?;
    let walk = copy::check(staged.database.path(), staged.anchors.path(), from)?;
    let trail = Trail::read(&args.audit)?;
    ensure!(
        args.without_audit || trail.last().is_some(),
        "there is no exported audit trail, or no record in it: name its files with `--audit`, or say `--without-audit`; then nobody takes back what was granted after the backup"
    );
    let found = staged.settle(args, &trail, now)?;
    let moved = move_aside(db, &aside)?;
    staged.anchors.finish()?;
    staged.database.finish()?;
    writeln!(out, "restored  {} from {}", db.display(), from.display())?;
    writeln!(out, "audit     {walk}")?;
    for path in moved {
        writeln!(out, "aside     {}", path.display())?;
    }
    tell(&found, out)
}

/// What a restore found and did.
struct Found {
    restored: Restored,
    kept_out: Vec<String>,
    by_hand: Vec<String>,
}

fn tell(found: &Found, out: &mut dyn Write) -> anyhow::Result<()> {
    let Found { restored, kept_out, by_hand } = found;
    match restored.through {
        Some(through) => {
            writeln!(
                out,
                "trail     the backup ends with record {}, the exported trail with {through}",
                restored.after
            )?;
        }
        None => writeln!(
            out,
            "trail     THERE IS NONE: WHAT WAS GRANTED AFTER RECORD {} STANDS UNTIL SOMEBODY TAKES IT BACK BY HAND",
            restored.after
        )?,
    }
    for owed in restored.owed.iter().filter(|owed| owed.stands) {
        writeln!(out, "OWED      {}, {}: it is taken back", owed.request, owed.what)?;
    }
    for owed in restored.owed.iter().filter(|owed| !owed.stands) {
        writeln!(out, "ends      {}, {}: the trail knows more of it", owed.request, owed.what)?;
    }
    for lost in &restored.lost {
        writeln!(out, "BY HAND   {lost}")?;
    }
    for what in kept_out {
        writeln!(out, "kept out  {what}")?;
    }
    for what in by_hand {
        writeln!(out, "again     {what}")?;
    }
    writeln!(out, "next      start flowd: it is paused, and takes back what is owed")?;
    writeln!(
        out,
        "next      flowctl resume --reason TEXT, by an admin, once all of this is seen to"
    )?;
    Ok(())
}

/// The database that is being made, beside its place.
struct Staged {
    database: Part,
    anchors: Part,
}

impl Staged {
    fn begin(db: &Path) -> anyhow::Result<Self> {
        Ok(Self { database: Part::instead_of(db)?, anchors: Part::instead_of(&anchors_of(db))? })
    }

    /// Writes into the copy what follows from the trail.
    fn settle(&self, args: &RestoreArgs, trail: &Trail, now: Timestamp) -> anyhow::Result<Found> {
        let path = self.database.path();
        let store = Sqlite::open(path)?;
        let reader = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let after: i64 =
            reader.query_row("SELECT coalesce(max(seq), 0) FROM audit", [], |row| row.get(0))?;
        let after = u64::try_from(after).unwrap_or_default();
        trail.check(&reader, after)?;
        let (owed, lost) = trail.owed(&reader, after, &Signer::of(&store)?)?;
        drop(reader);
        // Time goes on behind everything that was ever recorded.
        let last = trail.last();
        let at = now.max(last.map_or(now, |r| r.at)).max(store.mark()?.unwrap_or(now));
        store.keep_mark(at)?;
        let kept_out = keep_out(&store, trail, after, at)?;
        let restored = Restored { at, after, through: last.map(|r| r.sequence), owed, lost };
        Restored::keep(&store, Some(&restored))?;
        let owed: Vec<_> = restored.owed.iter().map(|o| json!([o.request, o.what])).collect();
        let facts = json!({
            "from": args.from.display().to_string(),
            "after": after,
            "through": restored.through,
            "last": last.map(|r| &r.hash),
            "owed": owed,
            "lost": restored.lost,
        });
        let body = json!({ "kind": RESTORED, "at": at, "actor": null, "facts": facts });
        store.note(vec![AuditDraft { at, request: None, body }])?;
        if let Some((block, hash)) = store.audit_head()? {
            append_anchor(self.anchors.path(), block, &hash)?;
        }
        drop(store);
        let one_file = Connection::open(path)?;
        one_file.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        Ok(Found { restored, kept_out, by_hand: by_hand(trail, after) })
    }
}

/// Whoever was shut out since the backup, and every token that was revoked, stays out.
fn keep_out(
    store: &Sqlite,
    trail: &Trail,
    after: u64,
    at: Timestamp,
) -> anyhow::Result<Vec<String>> {
    let stamp = || Stamp { by: None, at };
    let why = || Some("the exported audit trail says so, after a restore".to_owned());
    let mut said = Vec::new();
    for record in trail.newer(after) {
        let text = |key: &str| record.facts.get(key).and_then(Json::as_str).unwrap_or_default();
        let done = match record.what.as_str() {
            "person.deactivated" => match text("person").parse::<PersonId>() {
                Ok(id) => store
                    .deactivate(id, why(), stamp())
                    .map(|p| format!("`{}`, deactivated", p.username)),
                Err(_) => continue,
            },
            "token.revoked" => store
                .revoke_token(text("token"), stamp())
                .map(|t| format!("token `{}`, revoked", t.id)),
            "token.confirmed" => store
                .revoke_token(text("instead_of"), stamp())
                .map(|t| format!("token `{}`, replaced", t.id)),
            _ => continue,
        };
        match done {
            Ok(what) => said.push(what),
            // It came after the backup, and is not there.
            Err(PeopleError::Unknown { .. }) => {}
            Err(error @ PeopleError::LastAdmin(_)) => said.push(format!("NOT: {error}")),
            Err(error) => return Err(error).context("cannot shut somebody out"),
        }
    }
    Ok(said)
}

/// What people did since the backup and have to do again.
fn by_hand(trail: &Trail, after: u64) -> Vec<String> {
    let again = |what: &str| match what {
        "person.added" | "person.changed" => Some("people"),
        "bundle.loaded" => Some("a bundle"),
        "deployment.frozen" | "deployment.thawed" => Some("a freeze"),
        _ => None,
    };
    let changed = trail.newer(after).filter_map(|record| {
        let what = again(&record.what)?;
        let fact = |key: &str| record.facts.pointer(key).and_then(Json::as_str);
        let about =
            fact("/username").or(fact("/after/username")).or(fact("/bundle")).or(fact("/scope"));
        let about = about.map(|about| format!(" `{about}`")).unwrap_or_default();
        Some(format!(
            "{}{about} ({what}), record {} at {:.0}",
            record.what, record.sequence, record.at
        ))
    });
    changed.collect()
}

/// Moves what is in the place aside; a database keeps its log beside it.
fn move_aside(db: &Path, aside: &str) -> anyhow::Result<Vec<PathBuf>> {
    let beside = |path: &Path, end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let old = beside(db, aside);
    let mut moved = Vec::new();
    for end in ["", "-wal", "-shm", ".anchors"] {
        let (from, to) = (beside(db, end), beside(&old, end));
        if from.symlink_metadata().is_ok() {
            ensure!(
                to.symlink_metadata().is_err(),
                "`{}` is there already: wait a second",
                to.display()
            );
            std::fs::rename(&from, &to)
                .with_context(|| format!("cannot move `{}` aside", from.display()))?;
            moved.push(to);
        }
    }
    sync_folder(db)?;
    Ok(moved)
}
