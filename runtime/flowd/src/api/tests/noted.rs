//! What leaves a trace, what is announced, and how much anybody may say.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::house::House;
use crate::store::{AuditFilter, MessageFilter, Store as _};

fn refused_calls(house: &House) -> Vec<Json> {
    let filter = AuditFilter { limit: 9_999, ..AuditFilter::default() };
    let trail = house.store.page_audit(&filter).unwrap();
    let bodies = trail.into_iter().filter_map(|row| row.body);
    bodies.filter(|body| body["kind"] == "call.refused").collect()
}

#[test]
fn whoever_is_turned_away_stands_in_the_trail() {
    let house = House::open();
    let freeze = json!({ "reason": "because I can" });
    assert_eq!(house.call("ana", "POST", "/v1/freeze", freeze).status, 403);
    let said = house.call("bo", "POST", "/v1/requests", json!({ "flow": "nonsense" }));
    assert_eq!(said.status, 404);
    let trail = refused_calls(&house);
    let seen: Vec<_> = trail
        .iter()
        .map(|r| [&r["actor"]["username"], &r["facts"]["call"], &r["facts"]["problem"]])
        .collect();
    assert_eq!(
        json!(seen),
        json!([["ana", "POST /v1/freeze", "forbidden"], ["bo", "POST /v1/requests", "not_found"],])
    );
    assert!(trail[1]["facts"]["detail"].as_str().unwrap().contains("`nonsense`"));
    // What the engine refuses is written down once, by the engine.
    house.call("gus", "POST", "/v1/requests", json!({ "flow": "button" }));
    assert_eq!(refused_calls(&house).len(), 2);
}

#[test]
fn nobody_fills_the_trail_by_knocking() {
    let house = House::open();
    let knock = || assert_eq!(house.call("ana", "POST", "/v1/freeze", json!({})).status, 403);
    (0..100).for_each(|_| knock());
    assert_eq!(refused_calls(&house).len(), 10);
    house.call("bo", "POST", "/v1/freeze", json!({}));
    assert_eq!(refused_calls(&house).len(), 11, "one person does not silence another");
    house.pass(SignedDuration::from_mins(1));
    knock();
    let last = refused_calls(&house).pop().unwrap();
    assert_eq!(last["facts"]["unrecorded"], 90, "{last}");
}

#[test]
fn the_big_switches_are_announced() {
    let house = House::open();
    let freeze = json!({ "reason": "incident 7" });
    assert_eq!(house.call("ada", "POST", "/v1/freeze", freeze.clone()).status, 200);
    assert_eq!(house.call("ada", "POST", "/v1/unfreeze", json!({})).status, 200);
    let revoke = json!({ "all": true, "reason": "incident 7" });
    let said = house.call("ada", "POST", "/v1/revoke-all", revoke);
    assert_eq!(said.body, json!({ "revoked": [], "unreadable": [] }));
    let told = house.store.page_messages(&MessageFilter { limit: 99, ..Default::default() });
    let told: Vec<(String, String)> = told
        .unwrap()
        .into_iter()
        .map(|m| {
            let text = m.body["text"].as_array().unwrap().iter();
            (m.target, text.map(|part| part["text"].as_str().unwrap()).collect())
        })
        .filter(|(to, _)| to == "ada@acme.example")
        .collect();
    let texts: Vec<&str> = told.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    for (text, want) in texts.iter().zip(["has frozen every flow", "has lifted", "takes back"]) {
        assert!(text.contains(want), "{text}");
    }
    assert!(texts[0].ends_with("Why: incident 7"));
}

#[test]
fn what_people_say_and_send_has_an_end() {
    let house = House::open();
    let long = "x".repeat(2_001);
    let id = house.ask()["id"].as_str().unwrap().to_owned();
    let at = |verb: &str| format!("/v1/requests/{id}/{verb}");
    let digest = "0".repeat(16);
    let large = json!({ "x": "y".repeat(70_000) });
    for (who, path, body, pointer) in [
        ("bo", at("approve"), json!({ "digest": digest, "comment": long }), "/comment"),
        ("bo", at("deny"), json!({ "digest": digest, "comment": long }), "/comment"),
        ("ana", at("revoke"), json!({ "reason": long }), "/reason"),
        ("bo", at("resolve"), json!({ "reason": long }), "/reason"),
        ("ada", "/v1/freeze".to_owned(), json!({ "reason": long }), "/reason"),
        ("ada", "/v1/revoke-all".to_owned(), json!({ "all": true, "reason": long }), "/reason"),
        ("ada", "/v1/people/bo/deactivate".to_owned(), json!({ "reason": long }), "/reason"),
        (
            "ana",
            "/v1/requests".to_owned(),
            json!({ "flow": "button", "context": large }),
            "/context",
        ),
        ("ana", "/v1/requests".to_owned(), json!({ "flow": "button", "fields": large }), "/fields"),
    ] {
        let before = house.state();
        let said = house.call(who, "POST", &path, body);
        assert_eq!((said.status, said.problem()), (422, "bad_field"), "{path}: {said:?}");
        assert_eq!(said.body["errors"][0]["pointer"], pointer);
        let detail = said.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("at most") && detail.len() < 200, "{detail}");
        assert_eq!(house.state(), before);
    }
    // As much as is allowed is taken, counted as people count.
    let words = json!({ "reason": "ü".repeat(2_000) });
    assert_eq!(house.call("ada", "POST", "/v1/freeze", words).status, 200);
}

#[test]
fn somebody_who_was_added_before_a_crash_is_answered_as_before() {
    let house = House::open();
    let body = json!({ "emails": ["new@acme.example"], "username": "new" });
    let add = || {
        let key = [("idempotency-key", "once")];
        house.send("ada", "POST", "/v1/people", &key, body.to_string())
    };
    let first = add();
    assert_eq!(first.status, 201);
    // The person is there; the answer was never kept.
    let forget = "UPDATE replies SET status = NULL, answer = NULL WHERE key = 'once'";
    house.store.write(move |w| Ok(w.connection.execute(forget, [])?)).unwrap();
    let again = add();
    assert_eq!((again.status, &again.body), (201, &first.body));
}
