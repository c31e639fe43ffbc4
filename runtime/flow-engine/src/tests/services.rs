//! Services that are no function: what they are asked, and what an answer means.

use serde_json::{Value as Json, json};

use super::check;
use super::flows::{changed, lambda};
use super::life::{Life, first_effect};
use crate::effect::EffectKind;

/// One group of Okta, whose strategy does this about access that was there before.
fn okta(on_preexisting: &str) -> Json {
    let mut bundle = lambda();
    let mut strategy = bundle["strategies"]["aws_lambda.button"].take();
    strategy["type"] = json!("okta_group");
    strategy["integration"] = json!("okta.main");
    strategy["overlap"] = json!("share");
    strategy["on_preexisting"] = json!(on_preexisting);
    strategy["targets"] = json!(["okta_group.admins"]);
    bundle["strategies"] = json!({ "okta_group.admins": strategy });
    bundle["targets"] = json!({ "okta_group.admins": {
        "type": "okta_group", "label": "Admins", "settings": { "group_id": ["s", "00g1"] },
    }});
    bundle["integrations"]["okta.main"] = json!({ "type": "okta" });
    let grant = &mut bundle["flows"]["button"]["grant"];
    grant["strategy"] = json!("okta_group.admins");
    grant["target"] = json!(["ref", "target.okta_group.admins"]);
    bundle
}

const NEW: &str = r#"{"preexisting":false}"#;
const THERE: &str = r#"{"preexisting":true}"#;

#[test]
fn a_membership_is_made_and_taken_back() {
    check(
        &okta("keep"),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {NEW} -> active
            advance 1h -> deescalating | deescalate#1
            answer deescalate null -> ended:ok"
        ),
    );
}

#[test]
fn what_was_there_before_is_left_at_the_end() {
    check(
        &okta("keep"),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {THERE} -> active
            advance 1h -> ended:ok"
        ),
    );
}

#[test]
fn what_was_there_before_can_be_taken_over() {
    check(
        &okta("adopt"),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {THERE} -> active
            advance 1h -> deescalating | deescalate#1
            answer deescalate null -> ended:ok"
        ),
    );
}

#[test]
fn what_was_there_before_can_end_the_request_and_stays() {
    check(
        &okta("deny"),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {THERE} -> ended:errored"
        ),
    );
}

/// The first try may have put them in before its answer was lost: then it is ours to take back.
#[test]
fn what_a_lost_try_of_ours_made_is_no_access_that_was_there_before() {
    let mut bundle = okta("keep");
    let retry = &mut bundle["strategies"]["okta_group.admins"]["escalate"]["retry"];
    retry["on"] = json!(["timeout"]);
    check(
        &bundle,
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate timeout -> escalating | escalate#2 in 2s
            advance 2s -> escalating
            answer escalate {THERE} -> active
            advance 1h -> deescalating | deescalate#1
            answer deescalate null -> ended:ok"
        ),
    );
}

#[test]
fn an_answer_without_the_promised_form_is_taken_back() {
    check(
        &okta("keep"),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate {} -> deescalating | deescalate#1
        answer deescalate null -> ended:errored",
    );
}

/// A call that the flow writes itself, and its end.
fn http() -> Json {
    let mut bundle = okta("keep");
    let mut strategy = bundle["strategies"]["okta_group.admins"].take();
    strategy["type"] = json!("http");
    strategy["integration"] = json!("http.portal");
    strategy["overlap"] = json!("each");
    strategy.as_object_mut().unwrap().remove("on_preexisting");
    let path = json!(["tmpl", ["s", "/grants/"], ["get", "requester", "email"]]);
    strategy["escalate"]["call"] = json!({
        "method": ["s", "PUT"], "path": path, "expect": ["list", ["n", "200"], ["n", "409"]],
        "headers": ["obj", ["X-Key", ["secret", "key"]]],
        "body": ["obj", ["group", ["get", "target", "settings", "group_id"]]],
    });
    strategy["escalate"]["body"] = json!(["object", { "state": "string" }]);
    strategy["escalate"]["success"] =
        json!(["==", ["get", "response", "body", "state"], ["s", "granted"]]);
    strategy["deescalate"]["call"] = json!({ "method": ["s", "DELETE"], "path": path });
    bundle["strategies"] = json!({ "http.admins": strategy });
    bundle["integrations"]["http.portal"] = json!({ "type": "http" });
    bundle["flows"]["button"]["grant"]["strategy"] = json!("http.admins");
    bundle
}

#[test]
fn the_call_of_a_strategy_over_http() {
    let mut life = Life::new(&http());
    life.run("ask ana\napprove bo");
    let EffectKind::Access(call) = first_effect(&life, "escalate").kind else {
        panic!("no access is made");
    };
    assert_eq!(
        json!(call),
        json!({
            "purpose": "escalate", "kind": "http", "integration": "http.portal",
            "identity": "ana@x.example",
            "target": {
                "address": "okta_group.admins", "name": "admins", "label": "Admins",
                "kind": "okta_group", "settings": { "group_id": "00g1" },
            },
            "args": {
                "method": "PUT", "path": "/grants/ana%40x.example", "expect": [200, 409],
                "headers": { "X-Key": { "$secret": "key" } }, "body": { "group": "00g1" },
            },
        })
    );
}

#[test]
fn success_is_what_the_flow_says() {
    check(
        &http(),
        r#"ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate {"state":"granted"} -> active
        revoke ana -> deescalating | deescalate#1
        answer deescalate status:503 -> deescalating | deescalate#2 in 2s
        advance 2s -> deescalating
        answer deescalate status:204 -> ended:ok"#,
    );
    check(
        &http(),
        r#"ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate {"state":"queued"} -> deescalating | deescalate#1"#,
    );
}

/// Nothing was made where the service says so; where it may have been, the end is owed.
#[test]
fn a_status_that_the_flow_does_not_expect() {
    check(
        &http(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate status:403 -> ended:errored",
    );
    check(
        &http(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate status:502 -> deescalating | deescalate#1",
    );
}

/// What stands behind a gateway may go on after the gateway gave up.
#[test]
fn a_gateway_that_gave_up_is_not_the_service() {
    for status in [502, 504] {
        check(
            &http(),
            &format!(
                "ask ana -> pending
                approve bo -> escalating | escalate#1
                answer escalate status:{status} -> deescalating | deescalate#1
                answer deescalate status:204 -> deescalating | deescalate#1 in 30s
                advance 31s -> deescalating
                answer deescalate status:204 -> ended:errored"
            ),
        );
    }
}

/// The step of a hook that asks a service, and goes on whatever is said.
fn asks() -> Json {
    let step = json!({
        "k": "step", "kind": "http", "name": "training", "when": ["b", true], "timeout_s": "10",
        "on_error": "continue", "idempotent": false, "reads": true,
        "integration": "http.portal", "output": ["object", { "passed": "bool" }],
        "args": { "method": ["s", "GET"], "path": ["s", "/training"],
            "query": ["obj", ["who", ["get", "requester"]]] },
    });
    let get = |path: &[&str]| {
        let names = path.iter().map(|name| json!(name));
        Json::Array([json!("get")].into_iter().chain(names).collect())
    };
    let deny = |when: Json, reason: Json| json!({ "k": "decision", "do": "deny", "when": when, "reason": reason });
    let missing = json!(["==", get(&["steps", "training", "error", "status"]), ["n", "404"]]);
    let known = json!(["!=", get(&["steps", "training", "error"]), ["null"]]);
    changed(|flow| {
        flow["hooks"] = json!({ "on_request": [
            step,
            deny(json!(["?", known, missing, ["b", false]]), json!(["s", "nobody"])),
        ]});
    })
}

#[test]
fn a_step_over_http() {
    let mut life = Life::new(&asks());
    life.run("ask ana");
    let EffectKind::Step(call) = first_effect(&life, "step").kind else {
        panic!("no step is asked for");
    };
    assert_eq!(call.name, "training");
    assert_eq!(call.args["query"]["who"]["email"], "ana@x.example");
    check(
        &asks(),
        r#"ask ana -> requested | step#1
        answer step {"passed":true} -> pending"#,
    );
    check(
        &asks(),
        "ask ana -> requested | step#1
        answer step status:404 -> ended:denied",
    );
    check(
        &asks(),
        "ask ana -> requested | step#1
        answer step status:500 -> pending",
    );
}

/// What only the daemon knows is asked of it like anything else.
#[test]
fn a_step_of_the_daemon_itself() {
    let history = json!({
        "k": "step", "kind": "run_history", "name": "before", "when": ["b", true],
        "timeout_s": "10", "on_error": "fail", "idempotent": false, "reads": true,
        "output": ["object", { "count": "number" }],
        "args": { "user": ["get", "requester"], "event": ["s", "escalate"] },
    });
    let first = json!({
        "k": "decision", "do": "approve",
        "when": [">", ["get", "steps", "before", "output", "count"], ["n", "2"]],
    });
    let bundle = changed(|flow| {
        flow["auto"] = json!(true);
        flow["hooks"] = json!({ "on_request": [history, first] });
    });
    let life = |answer: &str| {
        let mut life = Life::new(&bundle);
        life.run(&format!("ask ana\nanswer step {answer}"))
    };
    assert!(life(r#"{"count":3}"#).ends_with("escalating | escalate#1\n"));
    assert!(life(r#"{"count":2}"#).ends_with("pending\n"));
    assert!(life(r#"{"counted":2}"#).ends_with("ended:errored\n"));
}
