//! `kill -9` at random moments: what the outside world sees must stay right.
//!
//! A function records every call outside of the daemon. The daemon is killed again and again while
//! people ask and approve; at the end it is left alone until everything owed is paid. Then: no
//! access stands that was not taken back, none was given twice for one approval, no approval was
//! lost, and the audit trail verifies.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use tests::chance::{Chance, setting};
use tests::daemon::{Person, run_of};
use tests::endpoint::{self, Endpoint};
use tests::house::{self, At, House};
use tests::{process, watch};

/// Approved runs, noted once the daemon has said yes.
type Approved = Mutex<BTreeSet<String>>;

#[test]
fn no_kill_leaves_access_standing() {
    let kills = setting("FLOW_KILLS", 4);
    let mut chance = Chance::announced(&format!("{kills} kills"));
    let lambda = Endpoint::start(|_, payload| {
        let kind = payload.pointer("/event/type").and_then(serde_json::Value::as_str);
        // Long enough that many a kill finds a call in flight.
        let delay = Duration::from_millis(if kind == Some("escalate") { 60 } else { 20 });
        match payload["event"].as_str() {
            Some("on_request") => {
                (Duration::ZERO, endpoint::Reply::Answer(json!({ "allowed": true }).to_string()))
            }
            _ => (delay, endpoint::done("done")),
        }
    })
    .unwrap();
    let at = At::endpoint(&lambda);
    let house = House::open(&at, |flow| flow.replace("\"8s\"", "\"1s\"")).unwrap();
    let House { setup, mut daemon, ana, ben, .. } = house;
    let approved = Approved::default();

    for _ in 0..kills {
        let moment = Duration::from_millis(u64::try_from(chance.below(900)).unwrap());
        let (ana, ben) = (ana.at(&daemon), ben.at(&daemon));
        std::thread::scope(|scope| {
            scope.spawn(|| ask_until_it_dies(&ana, &ben, &approved));
            std::thread::sleep(moment);
            daemon.kill().unwrap();
        });
        daemon = setup.serve().unwrap();
    }

    let approved: Vec<String> = approved.into_inner().unwrap().into_iter().collect();
    assert!(!approved.is_empty(), "nobody's request was approved between the kills");
    process::until("everything owed to be paid", Duration::from_secs(120), || {
        daemon.fail_if_ended()?;
        let calls = lambda.calls();
        let owed = [watch::standing(&calls), watch::lost(&calls, &approved)].concat();
        Ok(owed.is_empty().then_some(()))
    })
    .unwrap_or_else(|error| {
        let calls = lambda.calls();
        let owed = [watch::standing(&calls), watch::lost(&calls, &approved)].concat();
        panic!(
            "{error:#}\n{}\n{}",
            owed.join("\n"),
            std::fs::read_to_string(daemon.log()).unwrap()
        );
    });
    daemon.stop().unwrap();
    let doubled = watch::doubled(&lambda.calls());
    assert!(doubled.is_empty(), "{}", doubled.join("\n"));
    setup.verify_audit().unwrap();
    setup.replay().unwrap();
}

/// Asks and approves until the daemon no longer answers.
fn ask_until_it_dies(ana: &Person, ben: &Person, approved: &Approved) {
    loop {
        let Ok(id) = ana.request("button", &house::fields("1s")) else { return };
        if ana.wait_until(&id, "pending", Duration::from_secs(20)).is_err() {
            return;
        }
        if ben.approve(&id).is_err() {
            return;
        }
        approved.lock().unwrap().insert(run_of(&id).to_owned());
    }
}
