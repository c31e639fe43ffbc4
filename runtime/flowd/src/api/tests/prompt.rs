//! The form over HTTP: what is shown, what it asks, and that nothing of it is kept.

use flow_bundle::bundle::Bundle;
use flow_engine::effect::Purpose;
use serde_json::{Value as Json, json};

use super::house::House;
use crate::connector::scripted::{answer, unknown};

const PATH: &str = "/v1/flows/button/prompt";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:button";

/// The flow `button` with a field `group` whose options a function knows, and these hooks.
fn house(cache_s: u32, hooks: &Json) -> House {
    let mut bundle: Json = serde_json::from_str(include_str!("../../../data/button.json")).unwrap();
    let step = json!({
        "k": "step", "kind": "aws_lambda", "name": "groups", "when": ["b", true],
        "timeout_s": "10", "on_error": "fail", "idempotent": false, "reads": true,
        "output": "json", "args": { "function": ["s", ARN], "payload": ["obj"] },
    });
    let flow = &mut bundle["flows"]["button"];
    flow["hooks"] = hooks.clone();
    flow["fields"] = json!([{
        "name": "group", "type": "string", "label": ["s", "Group"], "required": ["b", true],
        "visible": ["b", true], "limits": {},
        "options": { "steps": [step], "values": ["get", "steps", "groups", "output"],
            "cache_s": cache_s.to_string() },
    }]);
    bundle["reach"]["aws_lambda"] = json!([{ "arn": ARN, "integration": "aws.main", "uses": [] }]);
    let bundle: Bundle = serde_json::from_value(bundle).unwrap();
    House::serving(bundle)
}

fn group(fields: Json) -> Json {
    json!({ "fields": fields })
}

fn one() -> Json {
    json!([{ "value": "ops", "label": "Operations" }])
}

#[test]
fn a_form_shows_what_can_be_chosen_and_keeps_nothing() {
    let house = house(0, &json!({}));
    let before = house.state();
    for (given, value, problem) in [
        (json!({}), Json::Null, Json::Null),
        (json!({ "group": "ops" }), json!("ops"), Json::Null),
        (json!({ "group": "root" }), json!("root"), json!("`root` is not one of ops")),
    ] {
        house.lambda.then(Purpose::Step, answer(one()));
        let said = house.call("ana", "POST", PATH, group(given));
        assert_eq!(said.status, 200, "{said:?}");
        let field = &said.body["fields"][0];
        assert_eq!((&field["value"], &field["problem"]), (&value, &problem));
        assert_eq!(field["options"], json!([{ "value": "ops", "label": "Operations" }]));
    }
    assert_eq!(house.state(), before, "nothing is committed");
    assert_eq!(house.lambda.count(Purpose::Step), 3, "each look asks");
}

#[test]
fn a_form_may_use_an_answer_again_for_as_long_as_its_flow_says() {
    let house = house(60, &json!({}));
    house.lambda.then(Purpose::Step, unknown());
    let said = house.call("ana", "POST", PATH, group(json!({})));
    let problem = said.body["fields"][0]["problem"].as_str().unwrap_or_default();
    assert!(problem.starts_with("what may be chosen could not be asked for"), "{said:?}");
    let asked = |after_s: i64| {
        house.pass(jiff::SignedDuration::from_secs(after_s));
        house.lambda.then(Purpose::Step, answer(one()));
        let said = house.call("bo", "POST", PATH, group(json!({})));
        assert_eq!(said.body["fields"][0]["options"][0]["value"], "ops");
        house.lambda.count(Purpose::Step)
    };
    assert_eq!(asked(0), 2, "a failure is not kept");
    assert_eq!(asked(59), 2);
    assert_eq!(asked(2), 3);
}

#[test]
fn whoever_may_not_ask_and_whom_the_flow_ignores_sees_no_form() {
    let ignore = json!({ "k": "decision", "do": "ignore", "when": ["b", true],
        "message": ["s", "closed today"] });
    let house = house(0, &json!({ "on_prompt": [ignore] }));
    let said = house.call("ana", "POST", PATH, group(json!({})));
    assert_eq!((said.status, said.problem()), (409, "ignored"), "{said:?}");
    let detail = said.body["detail"].as_str().unwrap();
    assert!(detail.starts_with("closed today"), "{detail}");
    let said = house.call("ana", "POST", "/v1/flows/nothing/prompt", json!({}));
    assert_eq!((said.status, said.problem()), (404, "not_found"));
    assert_eq!(house.lambda.count(Purpose::Step), 0);
}
