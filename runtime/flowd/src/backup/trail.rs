//! What the exported audit trail knows and a backup does not.
//!
//! Read are the lines that a file destination takes, and what `flowctl audit --format json` and a
//! webhook were given: objects with `items` or `records`. Where a record stands twice, the later one
//! counts; a restore in the trail undoes what stood behind its place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use flow_engine::GrantId;
use flow_engine::event::Overtaken;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Deserialize;
use serde_json::Value as Json;

use super::kept::{self, KEPT};
use super::owed::Owed;
use crate::sign::Signer;

/// The kind of the record that says that a backup was put back.
pub const RESTORED: &str = "store.restored";

/// One record, as it was exported.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    /// Its place in the trail.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: String,
    /// About which request.
    pub request: Option<String>,
    /// The rest.
    #[serde(default)]
    pub facts: Json,
    /// The chain's hash of it.
    pub hash: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Piece {
    Page { items: Vec<Record> },
    Batch { records: Vec<Record> },
    One(Record),
}

/// An exported trail, by place.
#[derive(Debug, Default)]
pub struct Trail(BTreeMap<u64, Record>);

impl Trail {
    /// Reads what was exported, in the order of the files.
    ///
    /// # Errors
    /// A file cannot be read, or holds something else.
    pub fn read(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut trail = Self::default();
        for path in paths {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the exported trail `{}`", path.display()))?;
            trail.take(&text, path)?;
        }
        Ok(trail)
    }

    fn take(&mut self, text: &str, path: &Path) -> anyhow::Result<()> {
        for piece in serde_json::Deserializer::from_str(text).into_iter::<Json>() {
            let piece = match piece {
                Ok(piece) => piece,
                // The last line may have been cut short by a crash of whoever wrote it.
                Err(error) if error.is_eof() => break,
                Err(error) => bail!("`{}` is no exported trail: {error}", path.display()),
            };
            let sequence = piece.get("sequence").cloned();
            let piece = serde_json::from_value(piece).with_context(|| match sequence {
                Some(sequence) => format!("`{}`: record {sequence} is none", path.display()),
                None => format!("`{}` holds something that is no record", path.display()),
            })?;
            match piece {
                Piece::Page { items: records } | Piece::Batch { records } => {
                    records.into_iter().for_each(|record| self.put(record));
                }
                Piece::One(record) => self.put(record),
            }
        }
        Ok(())
    }

    fn put(&mut self, record: Record) {
        if record.what == RESTORED {
            self.0.split_off(&record.sequence);
        }
        self.0.insert(record.sequence, record);
    }

    /// The last record.
    #[must_use]
    pub fn last(&self) -> Option<&Record> {
        self.0.values().next_back()
    }

    /// Compares it with the trail of a backup, whose last record is `after`: it must be the same
    /// trail, and go on from there without a gap.
    ///
    /// # Errors
    /// It is another one, or something is missing; or the backup cannot be read.
    pub fn check(&self, backup: &Connection, after: u64) -> anyhow::Result<()> {
        for record in self.0.range(..=after).map(|(_, record)| record) {
            let hash: Option<Vec<u8>> = backup
                .prepare_cached("SELECT hash FROM audit WHERE seq = ?1")?
                .query_row([record.sequence as i64], |row| row.get(0))
                .optional()?;
            ensure!(
                hash.is_some_and(|hash| hex::encode(hash) == record.hash),
                "record {} of the exported trail is not the one of the backup: they are of different databases, or one was changed",
                record.sequence
            );
        }
        let mut expected = after + 1;
        for sequence in self.0.range(after + 1..).map(|(sequence, _)| *sequence) {
            ensure!(
                sequence == expected,
                "the exported trail lacks records {expected} to {}: what was granted there nobody would take back; give every file of it, the oldest first",
                sequence - 1
            );
            expected = sequence + 1;
        }
        Ok(())
    }

    /// The records that the backup does not have.
    pub fn newer(&self, after: u64) -> impl Iterator<Item = &Record> {
        self.0.range(after + 1..).map(|(_, record)| record)
    }

    /// What is to be said to requests, and access that may stand whose end nobody can make.
    ///
    /// # Errors
    /// The backup cannot be read.
    pub fn owed(
        &self,
        backup: &Connection,
        after: u64,
        signer: &Signer,
    ) -> anyhow::Result<(Vec<Owed>, Vec<String>)> {
        let mut told: BTreeMap<&str, Told<'_>> = BTreeMap::new();
        for record in self.newer(after) {
            // A late click changes nothing.
            let of = record.request.as_deref().filter(|_| record.what != "event.refused");
            if let Some(request) = of {
                told.entry(request).or_default().note(record);
            }
        }
        let escalating = stored(backup, "SELECT id FROM requests WHERE phase = 'escalating'")?;
        for request in &escalating {
            // Its call may have left without another word.
            told.entry(request).or_default();
        }
        let open = stored(backup, "SELECT id FROM requests WHERE phase <> 'ended'")?;
        let (mut owed, mut lost) = (Vec::new(), Vec::new());
        for (request, told) in told {
            let is_open = open.contains(request);
            let Some(sealed) = told.sealed.filter(|_| !told.over || is_open) else {
                if is_open {
                    owed.push(told.owed(request, Overtaken::default()));
                }
                continue;
            };
            match kept::open(signer, request, sealed) {
                Some(known) => {
                    let known = Some(Box::new(known));
                    owed.push(told.owed(request, Overtaken { known, ..Overtaken::default() }));
                }
                None if told.over => owed.push(told.owed(request, Overtaken::default())),
                None => lost.push(format!(
                    "request `{request}` ({}): what its end needs was sealed by another database; take it back by hand",
                    told.what
                )),
            }
        }
        Ok((owed, lost))
    }
}

/// What the newer records say of one request.
#[derive(Default)]
struct Told<'r> {
    sealed: Option<&'r str>,
    what: String,
    ended: BTreeSet<GrantId>,
    over: bool,
}

impl<'r> Told<'r> {
    fn note(&mut self, record: &'r Record) {
        let text = |at: &str| record.facts.get(at).and_then(Json::as_str);
        let grants = |at: &str| -> Vec<GrantId> {
            let found = record.facts.get(at).cloned();
            found.and_then(|found| serde_json::from_value(found).ok()).unwrap_or_default()
        };
        match record.what.as_str() {
            KEPT => {
                self.sealed = text("sealed").or(self.sealed);
                self.ended.extend(grants("theirs"));
                let targets = record.facts.get("targets").and_then(Json::as_array);
                let targets: Vec<&str> =
                    targets.into_iter().flatten().filter_map(Json::as_str).collect();
                let who = text("requester").unwrap_or("somebody");
                self.what = format!("{who} on {}", targets.join(", "));
            }
            "grant.ended" => {
                let grant = record.facts.get("grant").cloned();
                self.ended.extend(grant.and_then(|g| serde_json::from_value::<GrantId>(g).ok()));
            }
            "request.ended" | "request.denied" | "request.expired" | "request.cancelled"
            | "request.errored" => self.over = true,
            _ => {}
        }
    }

    fn owed(self, request: &str, mut event: Overtaken) -> Owed {
        if self.over {
            let known = event.known.iter().flat_map(|known| &known.accesses);
            event.ended.extend(known.map(|access| access.grant));
        }
        event.ended.extend(&self.ended);
        let stands = !self.over && event.known.is_some();
        let what = if self.what.is_empty() { "changed since".to_owned() } else { self.what };
        Owed { request: request.to_owned(), what, stands, event }
    }
}

fn stored(backup: &Connection, sql: &str) -> anyhow::Result<BTreeSet<String>> {
    let mut rows = backup.prepare(sql)?;
    let rows = rows.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
