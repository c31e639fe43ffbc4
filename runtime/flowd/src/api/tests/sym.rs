//! Scripts that were written for Sym.

use serde_json::{Value as Json, json};

use super::house::House;

fn asked(house: &House, who: &str) -> Json {
    let body = json!({
        "flow_srn": "flow:flow:button:latest",
        "flow_inputs": { "target_srn": "flow:access_target:aws_lambda_function:button:latest",
                         "duration": 1800, "reason": "the pager" },
        "context": { "build": "7" },
    });
    let said = house.call(who, "POST", "/sym/v1/events/request", body.clone());
    assert_eq!(said.status, 200, "{said:?}");
    assert_eq!(said.body["request_body"], body);
    said.body
}

fn text(body: &Json, at: &str) -> String {
    body[at].as_str().unwrap().to_owned()
}

#[test]
fn a_script_asks_waits_and_takes_back() {
    let house = House::open();
    let said = asked(&house, "ana");
    let (run, event) = (text(&said, "run_id"), text(&said, "event_id"));
    let status = |of: &str| house.get("ana", &format!("/sym/v1/runs/{of}")).body["status"].clone();
    assert_eq!(status(&run), "requested");
    let seen = house.get("ana", &format!("/sym/v1/events/{event}")).body;
    assert_eq!((&seen["name"], &seen["status"]), (&json!("request"), &json!("success")));
    assert_eq!(seen["timestamp"], "2026-11-24 03:00:00.000000+00:00");
    assert!(seen.get("error").is_none());

    // Before it is escalated nothing can be taken back: Sym's own words and code.
    let body = json!({ "run_id": run });
    let refused = house.call("ana", "POST", "/sym/v1/events/deescalate", body.clone());
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["code"], "DeescalateAPI:INVALID_RUN");
    assert_eq!(
        refused.body["message"],
        "Cannot de-escalate a run with status 'requested'. Status must be 'escalated'."
    );
    let shown = house.get("bo", &format!("/v1/requests/req_{run}")).body;
    let digest = json!({ "stage": "lead", "digest": shown["stages"][0]["digest"] });
    let path = format!("/v1/requests/req_{run}/approve");
    assert_eq!(house.call("bo", "POST", &path, digest).status, 200);
    assert_eq!(status(&run), "approved", "the call has not been answered");
    assert_eq!(house.get("gus", &format!("/sym/v1/runs/{run}")).status, 404);
}

#[test]
fn what_is_wrong_is_told_in_syms_form() {
    let house = House::open();
    for (who, method, path, body, status, code, message) in [
        ("", "GET", "/sym/v1/runs/x", json!(null), 401, "StatusAPI:UNAUTHENTICATED", "token"),
        ("ana", "GET", "/sym/v1/runs/x", json!(null), 404, "StatusAPI:NOT_FOUND", "x"),
        (
            "ana",
            "POST",
            "/sym/v1/events/request",
            json!({ "flow_srn": "button", "flow_inputs": {} }),
            400,
            "RequestAPI:BAD_FIELD",
            "is no SRN of a flow",
        ),
        (
            "ana",
            "POST",
            "/sym/v1/events/request",
            json!({ "flow_srn": "acme:flow:button:latest", "flow_inputs": {} }),
            400,
            "RequestAPI:BAD_FIELD",
            "is another organisation; this is `flow`",
        ),
        (
            "ana",
            "POST",
            "/sym/v1/events/request",
            json!({ "flow_srn": "flow:flow:button:1.0.0", "flow_inputs": {} }),
            400,
            "RequestAPI:BAD_FIELD",
            "",
        ),
        (
            "ana",
            "POST",
            "/sym/v1/events/request",
            json!({ "flow_srn": "flow:flow:button:latest", "flow_inputs": {}, "user_email": "x@y.example" }),
            400,
            "RequestAPI:BAD_FIELD",
            "nobody is known as",
        ),
    ] {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let said = house.send(who, method, path, &[], body);
        assert_eq!((said.status, said.body["code"].as_str()), (status, Some(code)), "{said:?}");
        assert_eq!(said.body["status_code"], status);
        assert_eq!(
            (&said.body["error"], &said.body["is_retryable"]),
            (&json!(true), &json!(false))
        );
        assert!(said.body.to_string().contains(message), "{said:?}");
    }
}
