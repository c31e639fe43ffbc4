//! The exported trail beside a backup. The whole story, with daemons, is in the tests of the house.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Value as Json, json};

use super::kept;
use super::restore::{RestoreArgs, run};
use super::trail::{RESTORED, Trail};
use crate::api::audit_json;
use crate::sign::Signer;
use crate::store::sqlite::Sqlite;
use crate::store::{AuditDraft, AuditFilter, Store as _};
use crate::verify::{VerifyArgs, anchors_of, append_anchor, verify};

struct House {
    dir: tempfile::TempDir,
    store: Sqlite,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::create(&dir.path().join("flow.db"), false).unwrap();
        Signer::of(&store).unwrap();
        Self { dir, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn note(&self, kind: &str, request: Option<&str>, facts: &Json) {
        let body = json!({ "kind": kind, "facts": facts });
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let request = request.map(str::to_owned);
        self.store.note(vec![AuditDraft { at, request, body }]).unwrap();
        let (block, hash) = self.store.audit_head().unwrap().unwrap();
        append_anchor(&anchors_of(&self.path("flow.db")), block, &hash).unwrap();
    }

    fn backup(&self) -> PathBuf {
        let (db, to) = (self.path("flow.db"), self.path("copy.db"));
        super::copy::run(&super::copy::BackupArgs { db, to: to.clone() }, &mut Vec::new()).unwrap();
        to
    }

    /// One record a line, as a file destination writes them.
    fn export(&self) -> Vec<String> {
        let filter = AuditFilter { request: None, after: 0, limit: 500 };
        let rows = self.store.page_audit(&filter).unwrap();
        rows.into_iter().map(|row| format!("{}\n", audit_json(row))).collect()
    }
}

fn read(dir: &Path, text: &str) -> anyhow::Result<Trail> {
    let path = dir.join("trail.jsonl");
    std::fs::write(&path, text)?;
    Trail::read(&[path])
}

#[test]
fn only_the_same_trail_without_a_gap_is_taken() {
    let house = House::new();
    (0..6).for_each(|i| house.note("planted", None, &json!({ "i": i })));
    let backup = Connection::open(house.backup()).unwrap();
    (6..9).for_each(|i| house.note("planted", None, &json!({ "i": i })));
    let lines = house.export();
    let check = |text: &str| {
        let trail = read(house.dir.path(), text)?;
        trail.check(&backup, 6).map(|()| trail.newer(6).count())
    };
    assert_eq!(check(&lines.concat()).unwrap(), 3);
    assert_eq!(check(&lines[6..].concat()).unwrap(), 3);
    // Twice, and cut short by a crash.
    let twice = [lines.concat(), lines[4..].concat(), lines[8][..30].to_owned()].concat();
    assert_eq!(check(&twice).unwrap(), 3);
    let pages: Vec<Json> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(check(&json!({ "items": pages, "next": null }).to_string()).unwrap(), 3);
    assert_eq!(check(&json!({ "records": pages }).to_string()).unwrap(), 3);
    for (text, want) in [
        (lines[7..].concat(), "lacks records 7 to 7"),
        ([&lines[6..7], &lines[8..]].concat().concat(), "lacks records 8 to 8"),
        (lines.concat().replacen("\"hash\":\"", "\"hash\":\"00", 1), "not the one of the backup"),
        ("{\"sequence\": 7}".to_owned(), "record 7 is none"),
        ("[1]".to_owned(), "holds something that is no record"),
        ("nonsense".to_owned(), "is no exported trail"),
    ] {
        let error = format!("{:#}", check(&text).unwrap_err());
        assert!(error.contains(want), "{want}: {error}");
    }
}

#[test]
fn an_earlier_restore_undoes_what_stood_behind_its_place() {
    let house = House::new();
    let record = |sequence: u64, what: &str| {
        let line = json!({
            "sequence": sequence, "at": "2027-01-01T00:00:00Z", "what": what, "request": null,
            "facts": {}, "hash": "00",
        });
        format!("{line}\n")
    };
    let text = [
        (1..=5).map(|i| record(i, "old")).collect::<String>(),
        record(4, RESTORED),
        record(5, "new"),
    ];
    let trail = read(house.dir.path(), &text.concat()).unwrap();
    let found: Vec<_> = trail.newer(0).map(|r| (r.sequence, r.what.as_str())).collect();
    let want = [(1, "old"), (2, "old"), (3, "old"), (4, RESTORED), (5, "new")];
    assert_eq!(found, want);
}

#[test]
fn what_nobody_can_open_is_left_to_people_and_said() {
    let house = House::new();
    house.note("planted", None, &json!({}));
    let backup = house.backup();
    let facts = json!({ "requester": "ana", "targets": ["vault"], "sealed": "AAAA" });
    house.note(kept::KEPT, Some("req_1"), &facts);
    house.note(kept::KEPT, Some("req_2"), &facts);
    house.note("request.ended", Some("req_2"), &json!({}));
    house.note("request.opened", Some("req_3"), &json!({}));
    let file = house.path("trail.jsonl");
    std::fs::write(&file, house.export().concat()).unwrap();
    let db = house.path("flow.db");
    let args =
        RestoreArgs { from: backup, db: db.clone(), audit: vec![file], without_audit: false };
    let now = Timestamp::from_second(1_900_000_000).unwrap();
    let mut out = Vec::new();
    let refused = run(&args, now, &mut out).unwrap_err().to_string();
    assert!(refused.contains("served by another daemon"), "{refused}");
    let House { dir, store } = house;
    drop(store);
    run(&args, now, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.matches("BY HAND").count(), 1, "{out}");
    assert!(out.contains("BY HAND   request `req_1` (ana on vault): "), "{out}");
    // The place is taken by the backup; what was there can be opened still.
    let old = dir.path().join("flow.db.before-1900000000");
    for (db, records) in [(db, 2), (old, 5)] {
        let walk = verify(&VerifyArgs { db, anchors: None }).unwrap();
        assert_eq!((walk.records, walk.faults.len()), (records, 0), "{walk}");
    }
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    let parts = left.iter().flatten().filter(|f| f.file_name().to_string_lossy().contains("part"));
    assert_eq!(parts.count(), 0);
}
