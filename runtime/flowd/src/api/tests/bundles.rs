//! Another bundle through the API: planned, taken, refused.

use std::time::Duration;

use axum::body::{Body, Bytes};
use flow_bundle::bundle::{Bundle, SourceMap};
use flow_bundle::codec;
use serde_json::{Value as Json, json};

use super::house::House;
use crate::binding::{Binding, Role};

const COMPILER: &str = "flowc 0.1.0";

/// The house's bundle, changed and written.
fn bundle(change: impl FnOnce(&mut Bundle)) -> String {
    let mut bundle: Bundle =
        serde_json::from_str(include_str!("../../../data/button.json")).unwrap();
    change(&mut bundle);
    flow_bundle::seal::seal(&mut bundle).unwrap();
    codec::write(&bundle, &SourceMap::default(), COMPILER)
}

/// A house whose binding has a role for the function.
fn house() -> House {
    let house = House::open();
    let functions = house.app.shelf.newest().unwrap();
    let functions = functions.bundle().reach.aws_lambda.iter().map(|f| f.arn.clone()).collect();
    *house.app.binding.write().unwrap() = Some(Binding {
        deployment: "test".into(),
        external_id: "x".into(),
        roles: vec![Role { role_arn: "r".into(), function_arns: functions }],
    });
    house
}

fn send(house: &House, query: &str, text: &str) -> super::house::Said {
    house.call("ada", "POST", &format!("/v1/bundles{query}"), json!({ "bundle": text }))
}

#[test]
fn a_plan_says_what_a_bundle_would_do_and_does_nothing() {
    let house = house();
    let asked = house.ask();
    let weaker = bundle(|b| {
        b.flows.get_mut("button").unwrap().approvals[0].allow_self = true;
    });
    let before = house.state();
    let plan = send(&house, "?dry_run=true", &weaker);
    assert_eq!(plan.status, 200, "{plan:?}");
    assert_eq!(plan.body["weaker"], true);
    assert_eq!(plan.body["flows"][0]["verdict"], "weaker");
    assert_eq!(plan.body["pinned"][0]["requests"], 1);
    assert_eq!(plan.body["refusals"], json!([]));
    assert_eq!(house.state(), before);

    let taken = send(&house, "", &weaker);
    assert_eq!(taken.status, 200, "{taken:?}");
    let listed = house.get("ada", "/v1/bundles").body;
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let old = items.iter().find(|item| item["current"] == false).unwrap();
    assert_eq!(old["open_requests"], 1, "{asked} keeps its bundle: {listed}");
    assert_eq!(house.get("ada", "/v1/bundle").body["content_hash"], taken.body["content_hash"]);
}

#[test]
fn what_is_refused_says_every_reason_and_changes_nothing() {
    let house = house();
    let text = bundle(|b| b.name = "next".into());
    let changed = text.replacen("\"next\"", "\"text\"", 1);
    let refused = send(&house, "", &changed);
    assert_eq!((refused.status, refused.problem()), (422, "bundle_refused"), "{refused:?}");

    house.app.binding.write().unwrap().as_mut().unwrap().roles.clear();
    let refused = send(&house, "", &text);
    let why = refused.body["errors"][0]["detail"].as_str().unwrap();
    assert!(why.contains("flow_invoke_grant"), "{refused:?}");
    let signed = json!({ "bundle": text, "signature": { "envelope": {}, "signature": "" } });
    let refused = house.call("ada", "POST", "/v1/bundles", signed);
    assert_eq!(refused.body["errors"][0]["pointer"], "/signature/envelope/v", "{refused:?}");
    assert_eq!(house.app.shelf.all().len(), 1);
}

/// A large body is read for those who may send one, and for nobody else: nothing of theirs is kept.
#[test]
fn who_may_not_send_a_bundle_is_not_listened_to() {
    let house = house();
    let large = format!("{{\"bundle\":\"{}\"}}", "x".repeat(3 << 20));
    let said = house.send("ada", "POST", "/v1/bundles", &[], large.clone());
    assert_eq!(said.problem(), "bundle_refused", "{said:?}");
    let said = house.send("ada", "POST", "/v1/freeze", &[], large);
    assert_eq!(said.status, 413);

    for (who, status) in [("ana", 403), ("flow_nonsense", 401)] {
        let never = Body::from_stream(tokio_stream::pending::<Result<Bytes, std::io::Error>>());
        let said = house.stream(who, "POST", "/v1/bundles", never, Duration::from_secs(5));
        assert_eq!(said.status, status, "{said:?}");
    }
    assert_ne!(house.get("ada", "/v1/audit").body, Json::Null);
}
