//! What a function receives, whole.

use serde_json::{Value as Json, json};

use super::flows::lambda;
use super::life::{Life, first_effect};
use crate::effect::EffectKind;

fn sent(life: &Life, what: &str) -> Json {
    match first_effect(life, what).kind {
        EffectKind::Lambda(call) => call.payload,
        EffectKind::Step(_) | EffectKind::Access(_) | EffectKind::Message(_) => Json::Null,
    }
}

#[test]
fn the_payload_of_an_escalation() {
    let mut life = Life::new(&lambda());
    life.run("ask ana\napprove bo");
    let payload = sent(&life, "escalate");
    let id = first_effect(&life, "escalate").id.uuid();
    let run = uuid::Uuid::from_u128(1);
    assert_eq!(payload["id"], json!(id));
    assert_eq!(payload["run"]["srn"], format!("flow:run:button:1.0.0:{run}"));
    assert_eq!(payload["run"]["parent"], format!("flow:run:flow_selection:1.0.0:{run}"));
    assert_eq!(payload["run"]["flow"], "flow:flow:button:1.0.0");
    assert_eq!(payload["event"]["type"], "escalate");
    assert_eq!(payload["event"]["timestamp"], "2026-01-01T00:00:00.000000");
    assert_eq!(payload["event"]["channel"], "api");
    assert_eq!(payload["actor"]["username"], "bo");
    assert_eq!(payload["run"]["actors"]["request"]["username"], "ana");
    assert_eq!(payload["run"]["actors"]["approve"]["identity"]["email"], "bo@x.example");
    assert_eq!(payload["fields"]["duration"], 3600);
    assert_eq!(payload["fields"]["target"]["name"], "button");
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:button";
    assert_eq!(payload["fields"]["target"]["settings"], json!({ "arn": arn }));
    let target = payload["fields"]["target_id"].as_str().unwrap();
    let srn = payload["fields"]["target"]["srn"].as_str().unwrap();
    assert_eq!(srn, format!("flow:access_target:aws_lambda_function:button:latest:{target}"));
    assert_eq!(payload["flow"]["approvals"][0]["by"], "bo");
    assert_eq!(payload["flow"]["invocation"], json!({ "id": id, "attempt": 1 }));
}

#[test]
fn the_payload_of_an_end() {
    let mut life = Life::new(&lambda());
    life.run("ask ana\napprove bo\nanswer escalate ok\nadvance 1h");
    let payload = sent(&life, "deescalate");
    assert_eq!(payload["event"]["type"], "deescalate");
    assert_eq!(payload["event"]["channel"], "internal");
    assert_eq!(payload["event"]["timestamp"], "2026-01-01T01:00:00.000000");
    assert_eq!(payload["actor"]["username"], "bo");
    assert_eq!(payload["run"]["actors"]["deescalate"]["username"], "bo");
    assert_eq!(payload["fields"]["deescalate_type"], "scheduled");
    assert_eq!(payload["fields"].get("duration"), None);
    assert_eq!(payload["flow"]["escalate"]["body"], json!({ "message": "hi" }));
}
