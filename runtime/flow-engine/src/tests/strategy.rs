//! What a strategy asks before its calls, and who somebody is on the other side.

use serde_json::{Value as Json, json};

use super::check;
use super::flows::{self, lambda, stage, step, with_strategy};
use super::life::{Life, first_effect};
use crate::effect::EffectKind;

fn value(name: &str, expr: Json) -> Json {
    json!({
        "k": "step", "kind": "value", "name": name, "when": ["b", true], "timeout_s": "10",
        "on_error": "fail", "idempotent": false, "reads": true, "output": "json",
        "args": { "value": expr },
    })
}

fn before_escalate(steps: &Json) -> Json {
    with_strategy(|s| s["escalate"]["steps"] = steps.clone())
}

fn before_end(steps: &Json) -> Json {
    with_strategy(|s| s["deescalate"]["steps"] = steps.clone())
}

/// A flow that asks for ids of `vault`, with what the bundle knows.
fn vault(identities: Json, identity: Option<Json>) -> Json {
    let mut bundle = lambda();
    bundle["identities"] = identities;
    bundle["strategies"]["aws_lambda.button"]["provider"] = json!("vault");
    if let Some(identity) = identity {
        bundle["strategies"]["aws_lambda.button"]["identity"] = identity;
    }
    bundle
}

fn sent(life: &Life, what: &str) -> Json {
    match first_effect(life, what).kind {
        EffectKind::Lambda(call) => call.payload,
        EffectKind::Step(_) | EffectKind::Access(_) | EffectKind::Message(_) => Json::Null,
    }
}

#[test]
fn steps_come_before_the_escalation_in_order() {
    let steps = json!([step("first", "fail"), step("second", "fail")]);
    let told = "ask ana -> pending
        approve bo -> escalating | step#1
        answer step {} -> escalating | step#1
        answer step {} -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok";
    check(&before_escalate(&steps), told);
}

#[test]
fn a_step_that_fails_before_the_escalation_means_that_nothing_was_done() {
    for how in ["refuse", "timeout", "raise", "stopped"] {
        let told = format!(
            "ask ana -> pending
            approve bo -> escalating | step#1
            answer step {how} -> ended:errored
            advance 2h -> ended:errored"
        );
        check(&before_escalate(&json!([step("look", "fail")])), &told);
    }
    // One whose failure is passed over is no hindrance.
    let told = "ask ana -> pending
        approve bo -> escalating | step#1
        answer step refuse -> escalating | escalate#1";
    check(&before_escalate(&json!([step("look", "continue")])), told);
}

#[test]
fn an_expression_that_fails_before_the_escalation_is_no_grant() {
    let broken = json!([value("look", json!(["get", "steps", "gone", "output"]))]);
    check(&before_escalate(&broken), "ask ana -> pending\napprove bo -> ended:errored");
}

#[test]
fn a_revoke_while_a_step_is_under_way_makes_nothing() {
    let told = "ask ana -> pending
        approve bo -> escalating | step#1
        revoke ana -> ended:ok
        answer step {} -> dropped: not wanted any more";
    check(&before_escalate(&json!([step("look", "fail")])), told);
    let told = "ask ana -> pending
        approve bo -> escalating | step#1
        revoke-all root -> ended:ok
        answer step {} -> dropped: not wanted any more";
    check(&before_escalate(&json!([step("look", "fail")])), told);
}

#[test]
fn a_freeze_while_a_step_is_under_way_lets_nothing_be_made() {
    let told = "ask ana -> pending
        approve bo -> escalating | step#1
        freeze ->
        answer step {} -> ended:errored";
    check(&before_escalate(&json!([step("look", "fail")])), told);
}

#[test]
fn each_target_has_its_own_steps_and_a_failure_takes_back_what_stands() {
    let mut bundle = before_escalate(&json!([step("look", "fail")]));
    let second = "aws_lambda_function.second";
    bundle["targets"][second] = bundle["targets"]["aws_lambda_function.button"].clone();
    bundle["strategies"]["aws_lambda.button"]["targets"] =
        json!(["aws_lambda_function.button", second]);
    let grant = &mut bundle["flows"]["button"]["grant"];
    grant.as_object_mut().unwrap().remove("target");
    grant["targets"] = json!([
        "list",
        ["ref", "target.aws_lambda_function.button"],
        ["ref", format!("target.{second}")]
    ]);
    let told = "ask ana -> pending
        approve bo -> escalating | step#1
        answer step {} -> escalating | escalate#1
        answer escalate ok -> escalating | step#1
        answer step refuse -> deescalating | deescalate#1
        answer deescalate ok -> ended:errored";
    check(&bundle, told);
}

#[test]
fn steps_come_before_an_end_and_never_take_the_debt_away() {
    let bundle = before_end(&json!([step("look", "fail")]));
    let told = "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | step#1
        answer step {} -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok";
    check(&bundle, told);
    // Each failure counts as an end that is not confirmed: the pauses double, and it is stuck in the
    // same time. Nothing but a confirmation ends it.
    let told = "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | step#1
        answer step refuse -> deescalating
        advance 1s -> deescalating
        advance 1s -> deescalating | step#1
        answer step stopped -> deescalating
        advance 3s -> deescalating
        advance 1s -> deescalating | step#1
        answer step {} -> deescalating | deescalate#1
        answer deescalate refuse -> deescalating
        advance 7s -> deescalating
        advance 1s -> deescalating | step#1
        advance 2h -> deescalating stuck
        answer step {} -> deescalating stuck | deescalate#2
        answer deescalate ok -> ended:ok";
    check(&bundle, told);
}

#[test]
fn an_expression_before_an_end_that_always_fails_is_stuck_and_resolved_by_two() {
    let broken = json!([value("look", json!(["get", "steps", "gone", "output"]))]);
    let told = "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        revoke ana -> deescalating
        advance 2h -> deescalating stuck
        resolve bo looked -> deescalating stuck
        resolve root looked -> ended:ok
        advance 1d -> ended:ok";
    check(&before_end(&broken), told);
}

#[test]
fn ignore_in_a_step_before_an_end_stops_no_end() {
    let told = "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        revoke ana -> deescalating | step#1
        answer step refuse -> deescalating
        advance 2s -> deescalating | step#1
        answer step {} -> deescalating | deescalate#1";
    check(&before_end(&json!([step("look", "ignore")])), told);
}

#[test]
fn steps_come_before_the_second_end_of_a_call_that_may_still_run() {
    let told = "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate timeout -> deescalating | step#1
        answer step {} -> deescalating | deescalate#1
        answer deescalate ok -> deescalating
        advance 20m -> deescalating | step#1
        answer step {} -> deescalating | deescalate#1
        answer deescalate ok -> ended:errored";
    check(&before_end(&json!([step("look", "fail")])), told);
}

#[test]
fn a_step_is_asked_again_by_its_own_retry_first() {
    let mut patient = step("look", "fail");
    patient["retry"] = json!({ "attempts": "2", "backoff_s": "5", "rate": "2",
        "max_delay_s": "30", "jitter": true, "on": ["throttled"] });
    let told = "ask ana -> pending
        approve bo -> escalating | step#1
        answer step throttle -> escalating | step#2 in 5s
        advance 5s -> escalating
        answer step {} -> escalating | escalate#1";
    check(&before_escalate(&json!([patient])), told);
}

#[test]
fn the_payload_carries_what_the_steps_and_the_identity_say() {
    let identities = json!({ "map": { "ana@x.example": { "vault": "from-map" } },
        "overrides": { "ana@x.example": { "vault": "U-ana" } } });
    let mut bundle = vault(identities, None);
    let strategy = &mut bundle["strategies"]["aws_lambda.button"];
    strategy["escalate"]["steps"] = json!([value("who", json!(["get", "identity"]))]);
    strategy["payload_extra"] = json!([
        "obj",
        ["id", ["get", "identity"]],
        ["what", ["get", "event", "type"]],
        ["by", ["get", "event", "actor", "email"]],
        ["on", ["get", "target", "name"]]
    ]);
    let mut life = Life::new(&bundle);
    life.run("ask ana\napprove bo");
    let payload = sent(&life, "escalate");
    assert_eq!(payload["flow"]["identity"], json!({ "provider": "vault", "id": "U-ana" }));
    let extra = json!({ "id": "U-ana", "what": "escalate", "by": "bo@x.example", "on": "button" });
    assert_eq!(payload["flow"]["extra"], extra);
    let steps = &life.request().unwrap().accesses[0].steps;
    assert_eq!(steps["who"].output, Some(flow_bundle::Value::String("U-ana".to_owned())));
}

#[test]
fn an_end_goes_to_whoever_the_escalation_went_to() {
    let asks = json!({ "steps": [step("who", "fail")],
        "value": ["get", "steps", "who", "output", "id"] });
    let bundle = vault(json!({}), Some(asks));
    let told = "ask ana -> pending
        approve bo -> escalating | step#1
        answer step {\"id\":\"U1\"} -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | deescalate#1";
    check(&bundle, told);
    let mut life = Life::new(&bundle);
    let script = "ask ana\napprove bo\nanswer step {\"id\":\"U1\"}\nanswer escalate ok\nadvance 1h";
    life.run(script);
    assert_eq!(sent(&life, "deescalate")["flow"]["identity"]["id"], "U1");
}

/// Found by the simulation: the second request shared what the first one's id had, and its end took
/// back from the second id.
#[test]
fn two_ids_of_one_person_are_two_grants() {
    let mut bundle = vault(json!({}), None);
    bundle["strategies"]["aws_lambda.button"]["overlap"] = json!("share");
    let mut life = Life::new(&bundle);
    let known = |life: &mut Life, id: &str| {
        life.context.saved_ids = [("vault".to_owned(), id.to_owned())].into();
    };
    let ended = |life: &Life| sent(life, "deescalate")["flow"]["identity"]["id"].clone();
    known(&mut life, "U1");
    life.run("ask ana\napprove bo\nanswer escalate ok\nrequest 2");
    known(&mut life, "U2");
    let found = life.run("ask ana\napprove bo\nanswer escalate ok\nrequest 1\nrevoke ana");
    assert_eq!(
        found,
        "ask ana -> pending\napprove bo -> escalating | escalate#1\nanswer escalate ok -> active\n\
         request 1 ->\nrevoke ana -> deescalating | deescalate#1\n"
    );
    assert_eq!(ended(&life), "U1");
    life.run("answer deescalate ok\nrequest 2\nadvance 1h");
    assert_eq!(ended(&life), "U2");
    // The same id in other letters is the same account.
    life.run("answer deescalate ok\nrequest 3\nask ana\napprove bo\nanswer escalate ok\nrequest 4");
    known(&mut life, "u2");
    assert_eq!(life.run("ask ana\napprove bo"), "ask ana -> pending\napprove bo -> active\n");
}

#[test]
fn nobody_without_an_id_is_let_in() {
    let told = "ask ana -> pending\napprove bo -> ended:errored";
    check(&vault(json!({}), None), told);
    for id in [json!(["s", ""]), json!(["s", " U1"]), json!(["null"]), json!(["get", "steps", "x"])]
    {
        check(&vault(json!({}), Some(json!({ "value": id }))), told);
    }
}

#[test]
fn two_people_who_are_one_on_the_other_side_are_refused() {
    let told = "ask ana -> pending\napprove bo -> ended:errored";
    let both = json!({ "map": {
        "ana@x.example": { "vault": "U1" }, "cy@x.example": { "vault": "u1" } } });
    check(&vault(both, None), told);
    // Worked out by an expression that loses a part of the address.
    let lossy = json!({ "value": ["s", "everybody"] });
    let told = "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        request 2 ->
        ask cy -> pending
        approve bo -> ended:errored
        request 1 ->
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok
        request 3 ->
        ask cy -> pending
        approve bo -> escalating | escalate#1";
    check(&vault(json!({}), Some(lossy)), told);
}

#[test]
fn the_manager_that_the_bundle_names_is_asked() {
    let mut bundle = lambda();
    bundle["identities"] =
        json!({ "overrides": { "ana@x.example": { "manager": "cy@x.example" } } });
    bundle["flows"]["button"]["approvals"][0]["rules"][0]["approvers"] =
        json!(["get", "requester", "manager"]);
    let told = "ask ana -> pending
        approve bo -> refused:not_an_approver pending
        approve cy -> escalating | escalate#1";
    check(&bundle, told);
}

#[test]
fn a_hook_knows_which_event_it_is_about() {
    let hooks = json!({ "on_request": [value("what", json!(["get", "event", "type"]))] });
    let bundle =
        flows::bundle(flows::flow(&[stage("lead", 1)], hooks, Some(flows::grant())), "each", false);
    let mut life = Life::new(&bundle);
    life.run("ask ana");
    let output = life.request().unwrap().steps["what"].output.clone();
    assert_eq!(output, Some(flow_bundle::Value::String("request".to_owned())));
}
