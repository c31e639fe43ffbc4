//! Bad input: each with a clear problem, and nothing that is decided changes.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::house::House;

fn fields(changes: Json) -> Json {
    let mut fields = json!({ "target": "button", "duration": "30m", "reason": "the pager" });
    for (name, value) in changes.as_object().unwrap() {
        if value == &json!("absent") {
            fields.as_object_mut().unwrap().remove(name);
        } else {
            fields[name] = value.clone();
        }
    }
    fields
}

#[test]
fn a_wrong_asking_is_pointed_at_and_asks_for_nothing() {
    let house = House::open();
    let before = house.state();
    let flow = |changes: Json| json!({ "flow": "button", "fields": fields(changes) });
    for (body, status, problem, pointer, want) in [
        (json!({ "flow": "nothing" }), 404, "not_found", "", "no flow `nothing`"),
        (json!({}), 422, "bad_field", "/flow", "missing"),
        (json!({ "flow": 7 }), 422, "bad_field", "/flow", "expected a string"),
        (json!({ "flow": "button", "filds": {} }), 422, "bad_field", "/filds", "unknown field"),
        (json!({ "flow": "button", "fields": [] }), 422, "bad_field", "/fields", "object"),
        (flow(json!({ "reason": "absent" })), 422, "bad_field", "/fields/reason", "required"),
        (flow(json!({ "reason": 7 })), 422, "bad_field", "/fields/reason", "a text"),
        (flow(json!({ "reason": "no" })), 422, "bad_field", "/fields/reason", "at least 3"),
        (flow(json!({ "duration": "2h" })), 422, "bad_field", "/fields/duration", "at most 1h"),
        (flow(json!({ "duration": "soon" })), 422, "bad_field", "/fields/duration", "duration"),
        (flow(json!({ "amount": "many" })), 422, "bad_field", "/fields/amount", "number"),
        (flow(json!({ "urgent": "yes" })), 422, "bad_field", "/fields/urgent", "yes"),
        (flow(json!({ "target": "door" })), 422, "bad_field", "/fields/target", "`door`"),
        (flow(json!({ "buddy": "nobody" })), 422, "bad_field", "/fields/buddy", "`nobody`"),
        (flow(json!({ "resaon": "x" })), 422, "bad_field", "/fields/resaon", "no such field"),
        (
            json!({ "flow": "button", "fields": fields(json!({})), "requester": "bo" }),
            403,
            "not_permitted",
            "",
            "yourself",
        ),
        (
            json!({ "flow": "button", "fields": fields(json!({})), "requester": "nobody" }),
            422,
            "bad_field",
            "/requester",
            "nobody is known",
        ),
    ] {
        let said = house.call("ana", "POST", "/v1/requests", body.clone());
        assert_eq!((said.status, said.problem()), (status, problem), "{body}: {said:?}");
        let fault = &said.body["errors"][0];
        let (at, why) = if pointer.is_empty() {
            (String::new(), said.body["detail"].as_str().unwrap())
        } else {
            (fault["pointer"].as_str().unwrap().to_owned(), fault["detail"].as_str().unwrap())
        };
        assert_eq!(at, pointer, "{body}");
        assert!(why.contains(want), "{body}: {why}");
        assert_eq!(house.state(), before, "{body}");
    }
    // A guest is not in `everyone`.
    let said = house.call("gus", "POST", "/v1/requests", flow(json!({})));
    assert_eq!((said.status, said.problem()), (403, "not_permitted"));
    assert_eq!(said.body["refusal"], "not_permitted");
    assert_eq!(house.state(), before);
}

#[test]
fn a_wrong_decision_changes_nothing() {
    let house = House::open();
    let asked = house.ask();
    let path = format!("/v1/requests/{}/approve", asked["id"].as_str().unwrap());
    let digest = asked["stages"][0]["digest"].clone();
    let wrong = json!(format!("sha256:{}", "0".repeat(64)));
    let before = house.state();
    for (who, body, status, problem, refusal) in [
        ("gus", json!({ "digest": digest }), 404, "not_found", "not_found"),
        ("ada", json!({ "digest": digest }), 403, "not_an_approver", "not_an_approver"),
        ("ana", json!({ "digest": digest }), 403, "own_request", "own_request"),
        ("bo", json!({ "digest": wrong }), 409, "digest_changed", "digest_changed"),
        ("bo", json!({ "digest": "0123" }), 422, "bad_field", ""),
        ("bo", json!({}), 422, "bad_field", ""),
        ("bo", json!({ "digest": digest, "stage": "x" }), 404, "not_found", "not_found"),
        ("flow_nobody", json!({ "digest": digest }), 401, "unauthenticated", ""),
        ("", json!({ "digest": digest }), 401, "unauthenticated", ""),
    ] {
        let said = house.call(who, "POST", &path, body.clone());
        assert_eq!((said.status, said.problem()), (status, problem), "{who} {body}: {said:?}");
        let word = said.body["refusal"].as_str().unwrap_or_default();
        assert_eq!(word, refusal, "{who} {body}");
        assert!(said.body["detail"].as_str().unwrap().len() > 10);
        assert_eq!(house.state(), before, "{who} {body}");
    }
    let none = "/v1/requests/req_00000000-0000-0000-0000-000000000000/approve";
    let said = house.call("bo", "POST", none, json!({ "digest": digest }));
    assert_eq!((said.status, said.problem()), (404, "not_found"));
}

#[test]
fn a_second_and_a_late_decision_change_nothing() {
    let house = House::open();
    let [first, second] = [house.ask(), house.ask()];
    let path =
        |asked: &Json, verb: &str| format!("/v1/requests/{}/{verb}", asked["id"].as_str().unwrap());
    let body = |asked: &Json| json!({ "digest": asked["stages"][0]["digest"] });
    let said = house.call("bo", "POST", &path(&first, "approve"), body(&first));
    assert_eq!(said.status, 200, "{said:?}");
    let decided = house.state();
    for (who, verb) in [("bo", "approve"), ("chi", "approve"), ("chi", "deny")] {
        let said = house.call(who, "POST", &path(&first, verb), body(&first));
        assert_eq!(said.status, 409, "{said:?}");
        assert!(["not_pending", "already_decided"].contains(&said.problem()), "{said:?}");
        assert_eq!(house.state(), decided);
    }
    house.pass(SignedDuration::from_hours(2));
    let said = house.call("bo", "POST", &path(&second, "approve"), body(&second));
    assert_eq!((said.status, said.problem()), (409, "expired"), "{said:?}");
    assert_eq!(house.state(), decided);
}

#[test]
fn what_may_not_be_seen_is_not_there() {
    let house = House::open();
    let id = house.ask()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/requests/{id}");
    for (who, status) in [("ana", 200), ("bo", 200), ("ada", 200), ("gus", 404), ("bot", 404)] {
        assert_eq!(house.get(who, &path).status, status, "{who}");
        assert_eq!(house.get(who, &format!("{path}/audit")).status, status, "{who}");
        let listed = house.get(who, "/v1/requests").body["items"].as_array().unwrap().len();
        assert_eq!(listed, usize::from(status == 200), "{who}");
    }
    // The same words as for what was never there.
    let seen = house.get("gus", &path).body["detail"].as_str().unwrap().replace(&id, "X");
    let none = "req_00000000-0000-0000-0000-000000000000";
    let never = house.get("gus", &format!("/v1/requests/{none}"));
    assert_eq!(never.body["detail"].as_str().unwrap().replace(none, "X"), seen);
    assert_eq!(house.get("ana", "/v1/messages?all=true").problem(), "forbidden");
    assert_eq!(house.get("ana", "/v1/messages?to=bo").problem(), "forbidden");
}
