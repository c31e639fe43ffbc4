//! Calls that are only taken: asked again until they are done.

use serde_json::{Value as Json, json};

use super::check;
use super::flows::lambda;

/// One role, made and taken back over HTTP. These halves say which of the calls are polled.
pub(crate) fn polled(halves: &[&str]) -> Json {
    let mut bundle = lambda();
    let mut strategy = bundle["strategies"]["aws_lambda.button"].take();
    strategy["type"] = json!("http");
    strategy["integration"] = json!("http.main");
    strategy["targets"] = json!(["http.role"]);
    for half in ["escalate", "deescalate"] {
        strategy[half]["call"] = json!({ "method": ["s", "POST"], "path": ["s", "/roles"] });
        strategy[half]["body"] = json!(["object", { "id": "number" }]);
    }
    for half in halves {
        let id = ["get", "steps", "call", "output", "body", "id"];
        let state = json!(["get", "response", "body", "state"]);
        strategy[*half]["poll"] = json!({
            "every_s": "5", "timeout_s": "60", "output": ["object", { "state": "string" }],
            "call": { "method": ["s", "GET"], "path": ["tmpl", ["s", "/roles/"], id] },
            "until": ["==", state, ["s", "READY"]], "failed": ["==", state, ["s", "REJECTED"]],
        });
    }
    bundle["strategies"] = json!({ "http.role": strategy });
    bundle["targets"] = json!({ "http.role": { "type": "http", "label": "Role", "settings": {} } });
    bundle["integrations"]["http.main"] = json!({ "type": "http" });
    let grant = &mut bundle["flows"]["button"]["grant"];
    grant["strategy"] = json!("http.role");
    grant["target"] = json!(["ref", "target.http.role"]);
    bundle
}

const TAKEN: &str = r#"{"id":7}"#;
const WORKS: &str = r#"{"state":"WORKS"}"#;
const READY: &str = r#"{"state":"READY"}"#;
const REJECTED: &str = r#"{"state":"REJECTED"}"#;

#[test]
fn acceptance_is_not_success() {
    check(
        &polled(&["escalate"]),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {TAKEN} -> escalating | step#1 in 5s
            advance 5s -> escalating
            answer step {WORKS} -> escalating | step#2 in 5s
            advance 5s -> escalating
            answer step {READY} -> active
            advance 1h -> deescalating | deescalate#1
            answer deescalate {TAKEN} -> ended:ok"
        ),
    );
}

#[test]
fn what_will_never_be_done_is_taken_back_and_once_more_when_it_must_have_settled() {
    check(
        &polled(&["escalate"]),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {TAKEN} -> escalating | step#1 in 5s
            advance 5s -> escalating
            answer step {REJECTED} -> deescalating | deescalate#1
            answer deescalate {TAKEN} -> deescalating | deescalate#1 in 30s
            advance 30s -> deescalating
            answer deescalate {TAKEN} -> ended:errored"
        ),
    );
}

#[test]
fn no_poll_counts_as_success_and_silence_ends_it() {
    for silence in ["timeout", "refuse", "{}", r#"{"state":1}"#, "status:500", "stopped"] {
        check(
            &polled(&["escalate"]),
            &format!(
                "ask ana -> pending
                approve bo -> escalating | escalate#1
                answer escalate {TAKEN} -> escalating | step#1 in 5s
                advance 5s -> escalating
                answer step {silence} -> escalating | step#2 in 10s
                advance 10s -> escalating
                answer step {silence} -> escalating | step#3 in 20s
                advance 20s -> escalating
                answer step {silence} -> escalating | step#4 in 25s
                advance 25s -> escalating
                answer step {silence} -> deescalating | deescalate#1"
            ),
        );
    }
}

#[test]
fn an_end_does_not_wait_for_what_is_still_being_made() {
    check(
        &polled(&["escalate"]),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {TAKEN} -> escalating | step#1 in 5s
            advance 1s -> escalating
            revoke ana -> deescalating | deescalate#1
            answer step {READY} -> no call `step` is due
            answer deescalate {TAKEN} -> deescalating | deescalate#1 in 59s
            advance 4s -> deescalating
            answer step {READY} -> dropped: not wanted any more
            advance 55s -> deescalating
            answer deescalate {TAKEN} -> ended:ok"
        ),
    );
}

#[test]
fn an_end_that_was_only_taken_is_asked_for_and_begun_anew() {
    check(
        &polled(&["deescalate"]),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {TAKEN} -> active
            advance 1h -> deescalating | deescalate#1
            answer deescalate {TAKEN} -> deescalating | step#1 in 5s
            advance 5s -> deescalating
            answer step {REJECTED} -> deescalating | deescalate#2 in 2s
            advance 2s -> deescalating
            answer deescalate {TAKEN} -> deescalating | step#1 in 5s
            advance 5s -> deescalating
            answer step timeout -> deescalating | step#2 in 10s
            advance 10s -> deescalating
            answer step {READY} -> ended:ok"
        ),
    );
}

#[test]
fn two_people_can_resolve_an_end_that_is_asked_for() {
    check(
        &polled(&["deescalate"]),
        &format!(
            "ask ana -> pending
            approve bo -> escalating | escalate#1
            answer escalate {TAKEN} -> active
            advance 1h -> deescalating | deescalate#1
            answer deescalate {TAKEN} -> deescalating | step#1 in 5s
            advance 2h -> deescalating stuck
            resolve bo looked -> deescalating stuck
            resolve root looked -> ended:ok
            answer step {READY} -> dropped: not wanted any more"
        ),
    );
}
