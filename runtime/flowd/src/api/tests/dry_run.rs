//! What would happen: said, and not done.

use serde_json::{Value as Json, json};

use super::house::House;

fn ask(changes: Json) -> Json {
    let fields = json!({ "target": "button", "duration": "30m", "reason": "the pager" });
    let mut ask = json!({ "flow": "button", "fields": fields });
    for (name, value) in changes.as_object().unwrap() {
        ask[name] = value.clone();
    }
    ask
}

const PATH: &str = "/v1/requests?dry_run=true";

#[test]
fn a_dry_run_says_the_whole_way_and_does_nothing() {
    let house = House::open();
    let before = house.state();
    let said = house.call("ana", "POST", PATH, ask(json!({})));
    assert_eq!(said.status, 200, "{said:?}");
    let way = said.body["way"].as_array().unwrap();
    let of = |what: &str| way.iter().filter(|entry| entry["what"] == what).collect::<Vec<_>>();
    assert_eq!(said.body["end"], json!({ "end": "ended", "outcome": "ok" }));
    assert_eq!(of("waits")[0]["details"][0]["may_decide"], json!(["bo", "chi"]));
    assert_eq!(of("waits")[0]["because"], "flows.button.approvals.lead");
    let calls = of("called");
    let after: Vec<&Json> = calls.iter().map(|entry| &entry["after_s"]).collect();
    assert_eq!(after, [&json!(0), &json!(1800)]);
    let fields = &calls[0]["details"]["payload"]["fields"];
    assert_eq!((&fields["reason"], &fields["duration"]), (&json!("the pager"), &json!(1800)));
    assert_eq!(house.state(), before, "nothing is committed");
    assert_eq!(house.get("ana", "/v1/requests").body["items"], json!([]));
}

#[test]
fn what_is_assumed_changes_the_way() {
    let house = House::open();
    let end = |assume: Json| {
        let said = house.call("ana", "POST", PATH, ask(json!({ "assume": assume })));
        assert_eq!(said.status, 200, "{said:?}");
        said.body["end"]["outcome"].clone()
    };
    assert_eq!(end(json!({ "decision": "deny" })), "denied");
    assert_eq!(end(json!({ "decision": "nobody" })), "expired");
    assert_eq!(end(json!({ "failures": { "escalate": "auth" } })), "errored");
    let errors = json!({ "escalate": { "body": {}, "errors": ["no such user"] } });
    assert_eq!(end(json!({ "answers": errors })), "errored");
}

#[test]
fn a_dry_run_refuses_as_the_asking_would() {
    let house = House::open();
    let mut bad = ask(json!({}));
    bad["fields"]["duration"] = json!("2h");
    let said = house.call("ana", "POST", PATH, bad);
    assert_eq!((said.status, &said.body["end"]["reason"]), (200, &json!("bad_field")));
    assert_eq!(said.body["way"], json!([]));
    for (path, body, pointer) in [
        (
            PATH,
            ask(json!({ "assume": { "failures": { "escalate": "late" } } })),
            "/assume/failures/escalate",
        ),
        ("/v1/requests", ask(json!({ "assume": {} })), "/assume"),
    ] {
        let said = house.call("ana", "POST", path, body);
        assert_eq!(
            (said.status, &said.body["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{said:?}"
        );
    }
    let said = house.call("ana", "POST", "/v1/requests?dry_run=maybe", ask(json!({})));
    assert_eq!((said.status, said.problem()), (400, "malformed"));
}

#[test]
fn a_dry_run_does_not_use_up_its_key() {
    let house = House::open();
    let key = [("idempotency-key", "once")];
    let asked = ask(json!({})).to_string();
    for _ in 0..2 {
        assert_eq!(house.send("ana", "POST", PATH, &key, asked.clone()).status, 200);
    }
    let first = house.send("ana", "POST", "/v1/requests", &key, asked.clone());
    let again = house.send("ana", "POST", "/v1/requests", &key, asked);
    assert_eq!((first.status, &first.body["id"]), (201, &again.body["id"]), "{first:?}");
}
