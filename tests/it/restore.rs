//! A host is lost: the backup is put back, and the audit trail, kept elsewhere, says what was given
//! since. What it knows ends; nothing is given twice; nothing new begins before an admin says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tests::daemon::{Person, Setup, run_of};
use tests::endpoint::{self, Endpoint};
use tests::house::{self, At, House};
use tests::{bins, process, watch};

const WITHIN: Duration = Duration::from_secs(30);

#[test]
fn what_was_given_after_the_backup_is_taken_back() {
    let lambda = Endpoint::start(|_, payload| match payload["event"].as_str() {
        Some("on_request") => (
            Duration::ZERO,
            endpoint::Reply::Answer(serde_json::json!({ "allowed": true }).to_string()),
        ),
        _ => (Duration::ZERO, endpoint::done("done")),
    })
    .unwrap();
    let house = House::open(&At::endpoint(&lambda), |flow| flow).unwrap();
    let eve = house.admin.introduce("eve@acme.example", None).unwrap();
    // Before the backup: one that stands, one that waits, one that will have ended.
    let stands = active(&house);
    let over = active(&house);
    let waits = house.ana.request("button", &house::fields("30m")).unwrap();
    house.ana.wait_until(&waits, "pending", WITHIN).unwrap();
    let copy = house.setup.folder.join("backup.db");
    let said = backup(&house.setup, &copy).unwrap();
    assert!(said.contains("the audit trail is whole"), "{said}");

    // After it: what waited is approved, what stood is over, another is given, somebody leaves.
    house.ben.approve(&waits).unwrap();
    house.ana.wait_until(&waits, "active", WITHIN).unwrap();
    house.ana.flowctl(&["revoke", &over]).unwrap();
    house.ana.wait_until(&over, "ended", WITHIN).unwrap();
    let unknown = active(&house);
    house.admin.flowctl(&["people", "deactivate", "eve@acme.example"]).unwrap();
    let trail = export(&house.admin, &house.setup.folder).unwrap();
    let refused = restore(&house.setup, &copy, &trail).unwrap_err();
    assert!(format!("{refused:#}").contains("served by another daemon"), "{refused:#}");

    let House { setup, mut daemon, admin, ana, ben, folder: _folder } = house;
    daemon.kill().unwrap();
    let refused = restore(&setup, &copy, &[]).unwrap_err();
    assert!(format!("{refused:#}").contains("--without-audit"), "{refused:#}");
    let refused = restore(&setup, &copy, &trail[trail.len() - 1..]).unwrap_err();
    assert!(format!("{refused:#}").contains("the exported trail lacks records"), "{refused:#}");
    let said = restore(&setup, &copy, &trail).unwrap();
    for owed in [&waits, &unknown] {
        assert!(said.contains(&format!("OWED      {owed}, ana@acme.example on ")), "{said}");
    }
    assert!(said.contains("kept out  `eve@acme.example`, deactivated"), "{said}");
    assert!(!said.contains(&stands), "{said}");

    let daemon = setup.serve().unwrap();
    let (admin, ana, ben) = (admin.at(&daemon), ana.at(&daemon), ben.at(&daemon));
    let status = admin.flowctl(&["status"]).unwrap();
    assert!(status.contains("paused: the database was restored from a backup"), "{status}");
    for request in [&waits, &unknown] {
        ana.wait_until(request, "ended", WITHIN).unwrap();
    }
    let refused = format!("{:#}", ana.request("button", &house::fields("30m")).unwrap_err());
    assert!(refused.contains("paused"), "{refused}");
    assert!(ben.approve(&waits).is_err());
    assert!(eve.at(&daemon).flowctl(&["list"]).is_err(), "whoever was shut out stays out");

    // Outside: only what stood before still stands, and nothing was given or taken twice.
    let calls = lambda.calls();
    let standing = watch::standing(&calls);
    assert!(standing.len() == 1 && standing[0].contains(run_of(&stands)), "{standing:?}");
    assert_eq!(watch::doubled(&calls), Vec::<String>::new());
    let of_over = calls.iter().filter(|c| c.run() == Some(run_of(&over)));
    assert_eq!(of_over.filter(|c| c.kind() == Some("deescalate")).count(), 1);

    assert!(ana.flowctl(&["resume", "--reason", "mine"]).is_err());
    let resumed = admin.flowctl(&["resume", "--reason", "all is seen to"]).unwrap();
    assert!(resumed.starts_with("resumed: "), "{resumed}");
    let again = format!("{:#}", admin.flowctl(&["resume", "--reason", "twice"]).unwrap_err());
    assert!(again.contains("not paused"), "{again}");
    let next = ana.request("button", &house::fields("30m")).unwrap();
    ana.wait_until(&next, "pending", WITHIN).unwrap();
    ana.flowctl(&["revoke", &stands]).unwrap();
    ana.wait_until(&stands, "ended", WITHIN).unwrap();
    assert_eq!(watch::standing(&lambda.calls()), Vec::<String>::new());
    drop(daemon);
    setup.verify_audit().unwrap();
    setup.replay().unwrap();
}

fn active(house: &House) -> String {
    let request = house.approved_request("30m").unwrap();
    house.ana.wait_until(&request, "active", WITHIN).unwrap();
    request
}

fn backup(setup: &Setup, to: &Path) -> Result<String> {
    let mut command = bins::command("flowd")?;
    process::run(command.args(["backup", "--db"]).arg(setup.db()).arg("--to").arg(to))
}

fn restore(setup: &Setup, from: &Path, trail: &[PathBuf]) -> Result<String> {
    let mut command = bins::command("flowd")?;
    command.args(["restore", "--from"]).arg(from).arg("--db").arg(setup.db());
    for file in trail {
        command.arg("--audit").arg(file);
    }
    process::run(&mut command)
}

/// The trail as an admin takes it away: one file for each page.
fn export(admin: &Person, folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut command = vec!["audit", "--limit", "10"];
        command.extend(cursor.iter().flat_map(|cursor| ["--cursor", cursor]));
        let page = admin.ask(&command)?;
        let file = folder.join(format!("trail-{}.json", files.len()));
        std::fs::write(&file, page.to_string())?;
        files.push(file);
        cursor = page.get("next").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok(files);
        }
    }
}
