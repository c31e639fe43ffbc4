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
use tests::daemon::{self, Person, Setup};
use tests::endpoint::{self, Endpoint};
use tests::project::Project;
use tests::{bins, process, watch};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:button";

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
    let folder = daemon::folder().unwrap();
    let setup = setup(folder.path(), &lambda);
    let admin = setup.init("admin@acme.example").unwrap();
    let mut daemon = setup.serve().unwrap();
    let admin = daemon.person("admin", &admin);
    let ana = admin.introduce("ana@acme.example", None).unwrap();
    let ben = admin.introduce("ben@acme.example", None).unwrap();
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
}

/// Asks and approves until the daemon no longer answers.
fn ask_until_it_dies(ana: &Person, ben: &Person, approved: &Approved) {
    loop {
        let arguments = ["request", "button", "--target", "button", "--duration", "1s"];
        let asked = ana.ask(&[&arguments[..], &["--field", "reason=kills"]].concat());
        let Ok(asked) = asked else { return };
        let id = asked["id"].as_str().unwrap().to_owned();
        if ben.wait_until(&id, "pending", Duration::from_secs(20)).is_err() {
            return;
        }
        if ben.ask(&["approve", &id, "--yes"]).is_err() {
            return;
        }
        approved.lock().unwrap().insert(id.trim_start_matches("req_").to_owned());
    }
}

fn setup(folder: &std::path::Path, lambda: &Endpoint) -> Setup {
    let project = Project::copy_of("examples/lambda-on-approval").unwrap();
    let text = project.read("main.flow.hcl").unwrap().replace("\"8s\"", "\"1s\"");
    project.write("main.flow.hcl", &text).unwrap();
    let bundle = folder.join("flow.bundle.json");
    let mut build = bins::command("flowc").unwrap();
    build.arg("build").arg(project.path()).args(["-var", &format!("lambda_arn={FUNCTION}")]);
    process::run(build.arg("-o").arg(&bundle)).unwrap();
    let binding = folder.join("binding.json");
    let role = json!({ "role_arn": "arn:aws:iam::123456789012:role/flow/kills", "function_arns": [FUNCTION] });
    let text = json!({ "deployment": "kills", "external_id": "kills", "roles": [role] });
    std::fs::write(&binding, text.to_string()).unwrap();
    let identity = tests::aws::Identity::root();
    let aws = Some((identity, lambda.url().to_owned()));
    Setup { folder: folder.to_owned(), bundle, binding: Some(binding), aws }
}
