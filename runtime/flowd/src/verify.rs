//! `flowd audit verify`: walks the trail's blocks and says where it was changed; and the anchors.
//!
//! An anchor is a line of a file beside the database: the newest block at some moment. Kept
//! elsewhere, it shows that a tail was cut off or that the whole chain was made again. Truncation
//! is found back to the last anchor, not beyond; without any anchor nothing is said to be whole.
//!
//! Content that is gone is a fault, unless a later record of the trail says that it was erased.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use crate::audit::{self, Hash};

/// Arguments of `flowd audit verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// The database; it may be served meanwhile.
    #[arg(long)]
    pub db: PathBuf,
    /// The anchors, best a copy that was kept elsewhere; `<db>.anchors` where nothing is said.
    #[arg(long)]
    pub anchors: Option<PathBuf>,
}

/// The newest block at some moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Its sequence.
    pub block: u64,
    /// Its hash, hex.
    pub hash: String,
}

/// What a walk found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Blocks that were walked.
    pub blocks: u64,
    /// Records that were hashed.
    pub records: u64,
    /// Records whose content was erased, as a later record says; their hashes are in the chain.
    pub erased: u64,
    /// Anchors that were compared.
    pub anchors: u64,
    /// What is wrong, in the order of the chain.
    pub faults: Vec<String>,
}

impl Walk {
    /// What the trail can be said to be.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.faults.is_empty(), self.anchors > 0 || self.blocks == 0) {
            (false, _) => Verdict::Broken,
            (true, false) => Verdict::Unanchored,
            (true, true) => Verdict::Whole,
        }
    }
}

/// What a trail can be said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is missing back to the last anchor.
    Whole,
    /// It fits together, and nobody can say what is missing at its end.
    Unanchored,
    /// It was changed.
    Broken,
}

impl Verdict {
    /// The exit code of `flowd audit verify`.
    #[must_use]
    pub const fn exit(self) -> u8 {
        match self {
            Self::Whole => 0,
            Self::Broken => 1,
            Self::Unanchored => 2,
        }
    }
}

/// Where the anchors of a database are.
#[must_use]
pub fn anchors_of(db: &Path) -> PathBuf {
    let mut name = db.as_os_str().to_owned();
    name.push(".anchors");
    PathBuf::from(name)
}

/// Appends an anchor.
///
/// # Errors
/// The file cannot be written.
pub fn append_anchor(path: &Path, block: u64, hash: &Hash) -> anyhow::Result<()> {
    let line = serde_json::to_string(&Anchor { block, hash: hex::encode(hash) })?;
    let mut file =
        OpenOptions::new().append(true).create(true).read(true).mode(0o600).open(path)?;
    cut_broken_tail(&mut file)?;
    writeln!(file, "{line}")?;
    file.sync_data()?;
    Ok(())
}

/// What a crash cut short is no anchor, and must not spoil the next one. The file grows for years,
/// so it is read whole only then.
fn cut_broken_tail(file: &mut File) -> std::io::Result<()> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    file.set_len(whole as u64)
}

/// Walks the trail of a database and compares its anchors.
///
/// # Errors
/// The database or the anchors cannot be read. That the trail is broken is no error here.
pub fn verify(args: &VerifyArgs) -> anyhow::Result<Walk> {
    let anchors = match &args.anchors {
        Some(path) => read_anchors(path)?,
        None => {
            let path = anchors_of(&args.db);
            if path.exists() { read_anchors(&path)? } else { Vec::new() }
        }
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let mut connection = Connection::open_with_flags(&args.db, flags)
        .with_context(|| format!("cannot open `{}`", args.db.display()))?;
    // One moment of a database that may be written to meanwhile.
    let moment = connection.transaction()?;
    walk(&moment, &anchors)
}

impl std::fmt::Display for Walk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = match self.verdict() {
            Verdict::Whole => "is whole",
            Verdict::Unanchored => "fits together, BUT NO ANCHOR SAYS WHETHER ITS END IS MISSING",
            Verdict::Broken => "is BROKEN",
        };
        write!(
            f,
            "the audit trail {verdict}: {} records in {} blocks, {} erased, {} anchors compared",
            self.records, self.blocks, self.erased, self.anchors
        )?;
        if self.verdict() == Verdict::Unanchored {
            write!(
                f,
                "\n  the daemon writes anchors beside the database as soon as it serves: where they are gone, name a copy that was kept elsewhere with `--anchors`"
            )?;
        }
        self.faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

fn read_anchors(path: &Path) -> anyhow::Result<Vec<Anchor>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the anchors `{}`", path.display()))?;
    // A half-written last line is what a crash leaves; an earlier one is a fault.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let parse = |(i, line): (usize, &str)| {
        serde_json::from_str(line)
            .with_context(|| format!("`{}` line {}: no anchor", path.display(), i + 1))
    };
    whole.lines().enumerate().map(parse).collect()
}

struct Block {
    records: u64,
    root: Hash,
    hash: Hash,
}

fn walk(connection: &Connection, anchors: &[Anchor]) -> anyhow::Result<Walk> {
    let mut found = Walk::default();
    let mut roots = records_by_block(connection, &mut found)?;
    check_erased(connection, &mut found)?;
    let (mut previous, mut expected) = (audit::GENESIS, 1);
    let mut heads = BTreeMap::new();
    let mut statement =
        connection.prepare("SELECT seq, records, root, hash FROM audit_blocks ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(seq) = place(row.get(0)?, "block", &mut found.faults) else { continue };
        let block =
            Block { records: row.get::<_, i64>(1)? as u64, root: row.get(2)?, hash: row.get(3)? };
        match seq.saturating_sub(expected) {
            0 => {}
            1 => found.faults.push(format!("block {expected} is missing")),
            _ => found.faults.push(format!("blocks {expected} to {} are missing", seq - 1)),
        }
        let records = roots.remove(&seq).unwrap_or_default();
        check_block(seq, &block, &previous, &records, &mut found.faults);
        heads.insert(seq, hex::encode(block.hash));
        previous = block.hash;
        expected = seq + 1;
        found.blocks += 1;
    }
    for (block, records) in roots {
        let fault = format!("{} records belong to block {block}, which is missing", records.len());
        found.faults.push(fault);
    }
    for anchor in anchors {
        found.anchors += 1;
        match heads.get(&anchor.block) {
            Some(hash) if *hash == anchor.hash => {}
            Some(_) => found
                .faults
                .push(format!("block {} is not the one that was anchored", anchor.block)),
            None => found
                .faults
                .push(format!("block {} was anchored and is gone: the tail was cut", anchor.block)),
        }
    }
    Ok(found)
}

/// A number in the trail: they begin at 1.
fn place(number: i64, what: &str, faults: &mut Vec<String>) -> Option<u64> {
    let place = u64::try_from(number).ok().filter(|place| *place > 0);
    if place.is_none() {
        faults.push(format!("{what} {number} has no place in the trail"));
    }
    place
}

/// Hashes of records by block, in their order; each is compared with its content.
fn records_by_block(
    connection: &Connection,
    found: &mut Walk,
) -> anyhow::Result<BTreeMap<u64, Vec<Hash>>> {
    let mut blocks: BTreeMap<u64, Vec<Hash>> = BTreeMap::new();
    let mut statement = connection
        .prepare("SELECT seq, block, at, request, body, salt, hash FROM audit ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut expected = 1;
    while let Some(row) = rows.next()? {
        let Some(seq) = place(row.get(0)?, "record", &mut found.faults) else { continue };
        let block = row.get::<_, i64>(1)? as u64;
        let (request, body): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        let (salt, hash): (Vec<u8>, Hash) = (row.get(5)?, row.get(6)?);
        if seq != expected {
            found.faults.push(format!("records {expected} to {} are missing", seq - 1));
        }
        expected = seq + 1;
        found.records += 1;
        match body {
            // Whether that may be is asked when the whole trail was read.
            None => {}
            Some(body) => {
                let content = audit::content(row.get(2)?, request.as_deref(), &body);
                if audit::record_hash(&content, &salt) != hash {
                    found.faults.push(format!("record {seq} was changed"));
                }
            }
        }
        blocks.entry(block).or_default().push(hash);
    }
    Ok(blocks)
}

/// Compares the records whose content is gone with those that say so. Such a record says of itself
/// when it was written, so it stands in the trail behind what it tells of.
fn check_erased(connection: &Connection, found: &mut Walk) -> anyhow::Result<()> {
    let mut said: Vec<(u64, Erased)> = Vec::new();
    let mut gone: Vec<u64> = Vec::new();
    let sql = "SELECT seq, body FROM audit WHERE body IS NULL OR instr(body, ?1) > 0 ORDER BY seq";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([ERASED])?;
    while let Some(row) = rows.next()? {
        // One without a place has been found already.
        let Ok(seq) = u64::try_from(row.get::<_, i64>(0)?) else { continue };
        match row.get::<_, Option<String>>(1)? {
            None => gone.push(seq),
            Some(body) => {
                let record: Result<ErasedRecord, _> = serde_json::from_str(&body);
                said.extend(record.ok().filter(|r| r.kind == ERASED).map(|r| (seq, r.facts)));
            }
        }
    }
    for seq in gone {
        if said.iter().any(|(at, e)| *at > seq && e.from <= seq && seq <= e.to) {
            found.erased += 1;
        } else {
            found.faults.push(format!("record {seq} is empty, and no later record says why"));
        }
    }
    Ok(())
}

/// The kind of a record that says which records were erased.
const ERASED: &str = "audit.erased";

#[derive(Deserialize)]
struct ErasedRecord {
    kind: String,
    facts: Erased,
}

/// The first and the last record that were erased.
#[derive(Deserialize)]
struct Erased {
    from: u64,
    to: u64,
}

fn check_block(
    seq: u64,
    block: &Block,
    previous: &Hash,
    records: &[Hash],
    faults: &mut Vec<String>,
) {
    if block.records != records.len() as u64 {
        faults.push(format!("block {seq} holds {} of {} records", records.len(), block.records));
    } else if audit::merkle_root(records) != block.root {
        faults.push(format!("the records of block {seq} are not the ones that it was made of"));
    }
    if audit::block_hash(previous, &block.root, seq) != block.hash {
        faults.push(format!("block {seq} does not follow the block before it"));
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::store::sqlite::Sqlite;
    use crate::store::{AuditDraft, Store as _};

    /// Ten blocks of three records, anchored at blocks 5 and 10.
    fn make(dir: &Path) -> PathBuf {
        let path = dir.join("flow.db");
        let store = Sqlite::create(&path, false).unwrap();
        for block in 1..=10 {
            let record = |i: i64| AuditDraft {
                at: Timestamp::from_second(1_800_000_000 + block * 10 + i).unwrap(),
                request: (i > 0).then(|| format!("req_{i}")),
                body: json!({ "block": block, "i": i }),
            };
            store.note((0..3).map(record).collect()).unwrap();
            if block % 5 == 0 {
                let (seq, hash) = store.audit_head().unwrap().unwrap();
                append_anchor(&anchors_of(&path), seq, &hash).unwrap();
            }
        }
        path
    }

    fn check(tamper: &str) -> Walk {
        let dir = tempfile::tempdir().unwrap();
        let db = make(dir.path());
        Connection::open(&db).unwrap().execute_batch(tamper).unwrap();
        verify(&VerifyArgs { db, anchors: None }).unwrap()
    }

    #[test]
    fn a_whole_trail_is_whole() {
        let walk = check("");
        assert_eq!(
            walk.to_string(),
            "the audit trail is whole: 30 records in 10 blocks, 0 erased, 2 anchors compared"
        );
    }

    #[test]
    fn content_may_be_gone_only_where_a_later_record_says_so() {
        let erase = "UPDATE audit SET body = NULL WHERE seq BETWEEN 7 AND 9";
        let faults = check(erase).faults;
        assert_eq!(faults.len(), 3);
        assert_eq!(faults[0], "record 7 is empty, and no later record says why");

        let dir = tempfile::tempdir().unwrap();
        let db = make(dir.path());
        let store = Sqlite::open(&db).unwrap();
        let body = json!({ "kind": "audit.erased", "facts": { "from": 7, "to": 8 } });
        let at = Timestamp::from_second(1_900_000_000).unwrap();
        store.note(vec![AuditDraft { at, request: None, body }]).unwrap();
        drop(store);
        Connection::open(&db).unwrap().execute_batch(erase).unwrap();
        let walk = verify(&VerifyArgs { db, anchors: None }).unwrap();
        assert_eq!(walk.erased, 2);
        assert_eq!(walk.faults, ["record 9 is empty, and no later record says why"]);
    }

    #[test]
    fn every_kind_of_tampering_is_found() {
        for (tamper, want) in [
            (
                "UPDATE audit SET body = replace(body, '1', '2') WHERE seq = 2",
                "record 2 was changed",
            ),
            ("UPDATE audit SET at = at + 1 WHERE seq = 4", "record 4 was changed"),
            ("UPDATE audit SET request = 'req_9' WHERE seq = 5", "record 5 was changed"),
            ("DELETE FROM audit WHERE seq = 8", "block 3 holds 2 of 3 records"),
            // Two records change places, hashes and all.
            (
                "UPDATE audit SET seq = -1 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5;
                 UPDATE audit SET seq = 5 WHERE seq = -1",
                "the records of block 2 are not the ones",
            ),
            // A record with a hash that fits.
            (
                "INSERT INTO audit (block, at, request, body, salt, hash)
                 SELECT block, at, request, body, salt, hash FROM audit WHERE seq = 30",
                "block 10 holds 4 of 3 records",
            ),
            (
                "DELETE FROM audit WHERE block = 4; DELETE FROM audit_blocks WHERE seq = 4",
                "block 4 is missing",
            ),
            (
                "DELETE FROM audit WHERE block = 10; DELETE FROM audit_blocks WHERE seq = 10",
                "block 10 was anchored and is gone: the tail was cut",
            ),
            ("DELETE FROM audit_blocks WHERE seq = 10", "belong to block 10, which is missing"),
            (
                "UPDATE audit_blocks SET root = zeroblob(32) WHERE seq = 6",
                "block 6 does not follow the block before it",
            ),
            (
                "UPDATE audit_blocks SET hash = zeroblob(32) WHERE seq = 5",
                "block 5 is not the one that was anchored",
            ),
        ] {
            let faults = check(tamper).faults;
            assert!(faults.iter().any(|f| f.contains(want)), "{tamper}: {faults:?}");
        }
    }

    #[test]
    fn no_number_in_the_trail_stops_the_walk() {
        for (tamper, want) in [
            ("UPDATE audit SET seq = 0 WHERE seq = 1", "record 0 has no place in the trail"),
            ("UPDATE audit SET seq = -7 WHERE seq = 1", "record -7 has no place in the trail"),
            (
                "UPDATE audit SET seq = 9223372036854775807 WHERE seq = 30",
                "records 30 to 9223372036854775806 are missing",
            ),
            ("UPDATE audit_blocks SET seq = 0 WHERE seq = 1", "block 0 has no place in the trail"),
            (
                "UPDATE audit_blocks SET seq = 9223372036854775807 WHERE seq = 10",
                "blocks 10 to 9223372036854775806 are missing",
            ),
        ] {
            let faults = check(tamper).faults;
            assert!(faults.iter().any(|f| f == want), "{tamper}: {faults:?}");
        }
    }

    #[test]
    fn an_anchor_that_a_crash_cut_short_spoils_no_later_one() {
        let dir = tempfile::tempdir().unwrap();
        let db = make(dir.path());
        let path = anchors_of(&db);
        let text = std::fs::read_to_string(&path).unwrap();
        let (seq, hash) = Sqlite::open(&db).unwrap().audit_head().unwrap().unwrap();
        for cut in ["", "{\"block\":10,\"ha"] {
            std::fs::write(&path, format!("{text}{cut}")).unwrap();
            append_anchor(&path, seq, &hash).unwrap();
            let walk = verify(&VerifyArgs { db: db.clone(), anchors: None }).unwrap();
            assert_eq!((walk.anchors, walk.faults.len()), (3, 0), "{cut}: {walk}");
        }
    }

    #[test]
    fn a_tail_is_missed_only_beyond_the_last_anchor() {
        let dir = tempfile::tempdir().unwrap();
        let db = make(dir.path());
        std::fs::remove_file(anchors_of(&db)).unwrap();
        let cut = "DELETE FROM audit WHERE block = 10; DELETE FROM audit_blocks WHERE seq = 10";
        Connection::open(&db).unwrap().execute_batch(cut).unwrap();
        let walk = verify(&VerifyArgs { db, anchors: None }).unwrap();
        // Nothing of what is left is wrong; but it is not said to be whole.
        assert_eq!((walk.faults.len(), walk.verdict().exit()), (0, 2));
        assert!(walk.to_string().contains("NO ANCHOR SAYS"), "{walk}");
    }
}
