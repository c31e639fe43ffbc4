//! Bad input gets a clear error and changes nothing: requests, decisions, tokens, bundles, bindings.

use std::time::Duration;

use serde_json::{Value, json};
use tests::daemon::Person;
use tests::endpoint::{self, Endpoint};
use tests::house::{self, At, House};
use tests::{bins, process};

const SOON: Duration = Duration::from_secs(60);

/// A post that must be refused: by whom, where, what; the status, and words of the answer.
struct Bad<'a> {
    name: &'a str,
    who: &'a Person,
    path: String,
    body: Value,
    status: u16,
    says: &'a str,
}

fn open_house() -> (Endpoint, House) {
    let lambda = Endpoint::start(|_, payload| {
        endpoint::pass(payload).unwrap_or((Duration::ZERO, endpoint::done("done")))
    })
    .unwrap();
    let house = House::open(&At::endpoint(&lambda), |flow| flow).unwrap();
    (lambda, house)
}

fn asking(change: impl Fn(&mut Value)) -> Value {
    let mut fields = json!({ "target": "button", "duration": "30m", "reason": "a test" });
    change(&mut fields);
    json!({ "flow": "button", "fields": fields })
}

/// Everything that a person sees of the state, without the history, which grows by each refusal.
fn state(house: &House, requests: &[&str]) -> Value {
    let mut seen = vec![house.admin.ask(&["list"]).unwrap(), house.admin.ask(&["grants"]).unwrap()];
    for request in requests {
        let mut shown = house.admin.ask(&["show", request]).unwrap();
        shown.as_object_mut().unwrap().remove("timeline");
        seen.push(shown);
    }
    Value::Array(seen)
}

fn check(house: &House, requests: &[&str], bad: &Bad) {
    let before = state(house, requests);
    let (status, answer) = bad.who.post(&bad.path, &bad.body).unwrap();
    let name = bad.name;
    assert_eq!(status, bad.status, "{name}: {answer:#}");
    let text = answer.to_string();
    assert!(text.contains(bad.says), "{name}: nothing about `{}` in {answer:#}", bad.says);
    assert_eq!(state(house, requests), before, "{name}: the state has changed");
}

#[test]
fn a_bad_request_is_refused_and_opens_nothing() {
    let (_lambda, house) = open_house();
    let guest = house.admin.introduce("gus@guest.example", None).unwrap();
    house.admin.flowctl(&["people", "set-role", "gus@guest.example", "guest"]).unwrap();
    let stranger = house.ana.with_token(&format!("flow_{}", "A".repeat(43)));
    let post = "/v1/requests".to_owned();
    let bad =
        |name, who, body, status, says| Bad { name, who, path: post.clone(), body, status, says };
    let ana = &house.ana;
    let unknown = json!({ "flow": "buton", "fields": {} });
    let missing = asking(|fields| drop(fields.as_object_mut().unwrap().remove("reason")));
    for row in [
        bad("unknown flow", ana, unknown, 404, "buton"),
        bad("missing field", ana, missing, 422, "reason"),
        bad("mistyped text", ana, asking(|f| f["reason"] = json!(7)), 422, "reason"),
        bad("mistyped duration", ana, asking(|f| f["duration"] = json!("soon")), 422, "duration"),
        bad("duration over the maximum", ana, asking(|f| f["duration"] = json!("12h")), 422, "1h"),
        bad("unknown target", ana, asking(|f| f["target"] = json!("vault")), 422, "target"),
        bad("unknown field", ana, asking(|f| f["color"] = json!("red")), 422, "color"),
        bad("a guest asks", &guest, asking(|_| ()), 403, "not"),
        bad("a bad token", &stranger, asking(|_| ()), 401, "token"),
        bad("no token at all", &house.ana.with_token(""), asking(|_| ()), 401, "token"),
    ] {
        check(&house, &[], &row);
    }
    let not_json = house.ana.post("/v1/requests", &json!("text")).unwrap();
    assert_eq!(not_json.0 / 100, 4, "{not_json:?}");
}

#[test]
fn a_bad_decision_is_refused_and_decides_nothing() {
    let (lambda, house) = open_house();
    let guest = house.admin.introduce("gus@guest.example", None).unwrap();
    house.admin.flowctl(&["people", "set-role", "gus@guest.example", "guest"]).unwrap();
    let pending = || {
        let request = house.ana.request("button", &house::fields("30m")).unwrap();
        let shown = house.ana.wait_until(&request, "pending", SOON).unwrap();
        let digest = shown["stages"][0]["digest"].as_str().unwrap().to_owned();
        (request, digest)
    };
    let (open, digest) = pending();
    let (withdrawn, withdrawn_digest) = pending();
    house.ana.flowctl(&["cancel", &withdrawn]).unwrap();
    let (approved, approved_digest) = pending();
    house.ben.approve(&approved).unwrap();
    house.ana.wait_until(&approved, "active", SOON).unwrap();
    let requests = [open.as_str(), withdrawn.as_str(), approved.as_str()];

    let body = |digest: &str| json!({ "stage": "colleague", "digest": digest });
    let bad = |name, who, request: &str, verb, body, status, says| Bad {
        name,
        who,
        path: format!("/v1/requests/{request}/{verb}"),
        body,
        status,
        says,
    };
    let (ana, ben) = (&house.ana, &house.ben);
    let other = format!("{:0>64}", "1");
    let nowhere = "req_00000000-0000-4000-8000-000000000000";
    for row in [
        bad("own request", ana, &open, "approve", body(&digest), 403, "own"),
        bad("nobody who may see it", &guest, &open, "approve", body(&digest), 404, "may see"),
        bad("wrong digest", ben, &open, "approve", body(&other), 409, "digest"),
        bad("no digest", ben, &open, "approve", json!({ "stage": "colleague" }), 422, "digest"),
        bad(
            "wrong stage",
            ben,
            &open,
            "approve",
            json!({ "stage": "x", "digest": digest }),
            404,
            "stage",
        ),
        bad(
            "second approval",
            ben,
            &approved,
            "approve",
            body(&approved_digest),
            409,
            "no decision",
        ),
        bad("denied too late", ben, &approved, "deny", body(&approved_digest), 409, "no decision"),
        bad(
            "late approval",
            ben,
            &withdrawn,
            "approve",
            body(&withdrawn_digest),
            409,
            "no decision",
        ),
        bad("cancelled by another", ben, &open, "cancel", json!({}), 403, "may not"),
        bad("unknown request", ben, nowhere, "approve", body(&digest), 404, "request"),
    ] {
        check(&house, &requests, &row);
    }
    let escalations = lambda.calls().iter().filter(|call| call.kind() == Some("escalate")).count();
    assert_eq!(escalations, 1, "one request was approved");
}

#[test]
fn a_bad_bundle_or_binding_is_refused_at_the_start() {
    let (_lambda, mut house) = open_house();
    house.daemon.stop().unwrap();
    let bundle = std::fs::read_to_string(&house.setup.bundle).unwrap();
    let binding = std::fs::read_to_string(house.setup.binding.as_ref().unwrap()).unwrap();
    let changed = bundle.replacen("Press the button", "Press the buttom", 1);
    assert_ne!(changed, bundle);
    let other_role = binding.replace("function:button", "function:payroll");
    for (name, bundle, binding, says) in [
        ("one byte of the bundle changed", changed.as_str(), binding.as_str(), "hash"),
        ("a cut bundle", &bundle[..bundle.len() / 2], &binding, "bundle"),
        ("not a bundle", "{}", &binding, "no bundle"),
        ("a function without a role", &bundle, &other_role, "flow_invoke_grant"),
        ("not a binding", &bundle, "{}", "binding"),
    ] {
        let db_before = house.setup.verify_audit().unwrap();
        std::fs::write(house.folder.path().join("bad.json"), bundle).unwrap();
        std::fs::write(house.folder.path().join("bad-binding.json"), binding).unwrap();
        let mut serve = bins::command("flowd").unwrap();
        serve.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--bundle", "bad.json"]);
        serve.args(["--binding", "bad-binding.json", "--config", "flowd.toml", "--db"]);
        serve.arg(house.setup.db()).current_dir(house.folder.path());
        serve.env("AWS_REGION", "us-east-1");
        let mut serve =
            process::Process::start("flowd", &mut serve, &house.folder.path().join(name));
        let serve = serve.as_mut().unwrap();
        let error = serve.wait_for(SOON, |out| out.contains("listening on").then_some(()));
        let error = error.expect_err(name).to_string();
        assert!(error.contains(says), "{name}: nothing about `{says}` in: {error}");
        assert_eq!(house.setup.verify_audit().unwrap(), db_before, "{name}: the trail has changed");
    }
}
