//! What goes well: asking, deciding, ending, looking, and the big switches.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::house::House;

fn path(asked: &Json, verb: &str) -> String {
    format!("/v1/requests/{}/{verb}", asked["id"].as_str().unwrap())
}

#[test]
fn asked_approved_and_taken_back() {
    let house = House::open();
    let asked = house.ask();
    assert_eq!(asked["phase"], "pending");
    assert_eq!(asked["waiting"], json!(["lead"]));
    assert_eq!(asked["targets"], json!(["Super Secret Button"]));
    assert_eq!((&asked["duration_s"], &asked["may"]), (&json!(1800), &json!(["cancel"])));
    let short: String = asked["stages"][0]["digest"].as_str().unwrap()["sha256:".len()..]
        .chars()
        .take(16)
        .collect();
    let seen = house.get("bo", "/v1/requests?to_decide=true");
    assert_eq!(seen.body["items"][0]["id"], asked["id"]);
    let body = json!({ "stage": "lead", "digest": short, "comment": "go" });
    let approved = house.call("bo", "POST", &path(&asked, "approve"), body);
    assert_eq!(approved.status, 200, "{approved:?}");
    assert_eq!(approved.body["phase"], "escalating");
    assert_eq!(approved.body["stages"][0]["rules"][0]["approved_by"][0]["username"], "bo");
    assert_eq!(approved.body["stages"][0]["comment"], "go");
    let what: Vec<&str> = approved.body["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["what"].as_str().unwrap())
        .collect();
    assert_eq!(what, ["asked", "approved stage lead: go", "approved as a whole"]);
    let grants = house.get("ana", "/v1/grants");
    assert_eq!(grants.body["items"][0]["state"], "escalating");
    assert!(house.get("bo", "/v1/requests?to_decide=true").body["items"] == json!([]));
    let revoked = house.call("ana", "POST", &path(&asked, "revoke"), json!({ "reason": "done" }));
    assert_eq!(revoked.status, 200, "{revoked:?}");
    let trail = house.get("ana", &path(&asked, "audit"));
    let kinds = trail.body["items"].as_array().unwrap();
    let who = |kind: &str| kinds.iter().find(|r| r["what"] == kind).map(|r| r["actor"].clone());
    assert_eq!(who("request.opened"), Some(json!("ana")));
    assert_eq!(who("stage.approved"), Some(json!("bo")));
    assert!(kinds.iter().all(|r| r["dev"] == true));
}

#[test]
fn fields_are_kept_exactly() {
    let house = House::open();
    let body = r#"{"flow":"button","fields":{"target":"aws_lambda_function.button","duration":600,
        "reason":"<!channel> *x*","amount":12345678901234567.123456789,"urgent":true,"buddy":"chi"}}"#;
    let said = house.send("ana", "POST", "/v1/requests", &[], body.to_owned());
    assert_eq!(said.status, 201, "{said:?}");
    let fields = &said.body["fields"];
    assert_eq!(fields["amount"], "12345678901234567.123456789");
    assert_eq!((&fields["duration"], &fields["urgent"]), (&json!(600), &json!(true)));
    assert_eq!(fields["reason"], "<!channel> *x*");
    assert!(["chi", "chi@acme.example"].contains(&fields["buddy"].as_str().unwrap()));
}

#[test]
fn denied_and_cancelled() {
    let house = House::open();
    let [denied, cancelled] = [house.ask(), house.ask()];
    let body = json!({ "digest": denied["stages"][0]["digest"], "comment": "not now" });
    let said = house.call("chi", "POST", &path(&denied, "deny"), body);
    assert_eq!((&said.body["phase"], &said.body["outcome"]), (&json!("ended"), &json!("denied")));
    assert_eq!(said.body["denial"]["by"]["username"], "chi");
    let said = house.call("bo", "POST", &path(&cancelled, "cancel"), json!({}));
    assert_eq!(said.problem(), "not_permitted");
    let said = house.call("ana", "POST", &path(&cancelled, "cancel"), json!({}));
    assert_eq!(said.body["outcome"], "cancelled");
    assert_eq!(house.get("ana", "/v1/requests?open=true").body["items"], json!([]));
    let listed = house.get("ana", "/v1/requests?phase=ended&requester=ana");
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 2);
    let said = house.call("ana", "POST", &path(&denied, "resolve"), json!({ "reason": "gone" }));
    assert_eq!((said.status, said.problem()), (409, "already_ended"));
}

#[test]
fn a_bot_asks_in_a_persons_name() {
    let house = House::open();
    let fields = json!({ "target": "button", "duration": "30m", "reason": "the pager" });
    let body = json!({ "flow": "button", "fields": fields, "requester": "ana@acme.example" });
    let said = house.call("bot", "POST", "/v1/requests", body);
    assert_eq!(said.status, 201, "{said:?}");
    assert_eq!(said.body["requester"]["username"], "ana");
    assert_eq!(said.body["by"]["username"], "bot");
}

#[test]
fn the_same_key_asks_once() {
    let house = House::open();
    let body = |reason: &str| {
        let fields = json!({ "target": "button", "duration": "30m", "reason": reason });
        json!({ "flow": "button", "fields": fields }).to_string()
    };
    let send = |who: &str, key: &str, reason: &str| {
        house.send(who, "POST", "/v1/requests", &[("idempotency-key", key)], body(reason))
    };
    let first = send("ana", "k1", "the pager");
    let again = send("ana", "k1", "the pager");
    assert_eq!((first.status, again.status), (201, 201), "{first:?}");
    assert_eq!(first.body, again.body);
    let other = send("ana", "k1", "another reason");
    assert_eq!((other.status, other.problem()), (422, "key_reused"));
    assert_ne!(send("bo", "k1", "the pager").body["id"], first.body["id"]);
    assert_eq!(
        house.get("ana", "/v1/requests?requester=ana").body["items"][0]["id"],
        first.body["id"]
    );
    // A refusal is remembered as well, and stays a problem.
    for _ in 0..2 {
        let refused = send("ana", "k2", "no");
        assert_eq!((refused.status, refused.problem()), (422, "bad_field"));
        assert_eq!(refused.kind, "application/problem+json");
    }
    house.pass(jiff::SignedDuration::from_hours(11));
    assert_eq!(send("ana", "k1", "the pager").body["id"], first.body["id"]);
}

#[test]
fn lists_go_on_where_they_stopped_and_for_nobody_else() {
    let house = House::open();
    let asked: Vec<Json> = (0..5)
        .map(|_| {
            house.pass(jiff::SignedDuration::from_secs(1));
            house.ask()["id"].clone()
        })
        .collect();
    let mut seen = Vec::new();
    let mut path = "/v1/requests?limit=2".to_owned();
    loop {
        let page = house.get("ana", &path).body;
        seen.extend(page["items"].as_array().unwrap().iter().map(|r| r["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/requests?limit=2&cursor={next}");
        assert_eq!(house.get("bo", &path).problem(), "malformed");
        let grants = format!("/v1/grants?cursor={next}");
        assert_eq!(house.get("ana", &grants).problem(), "malformed");
    }
    seen.reverse();
    assert_eq!(seen, asked);
    let trail = house.get("ada", "/v1/audit?limit=3").body;
    let next = trail["next"].as_str().unwrap();
    let rest = house.get("ada", &format!("/v1/audit?limit=3&cursor={next}")).body;
    assert_eq!(rest["items"][0]["sequence"], 4);
}

#[test]
fn a_freeze_stops_what_is_new_and_a_sweep_ends_what_stands() {
    let house = House::open();
    let asked = house.ask();
    let body = json!({ "digest": asked["stages"][0]["digest"] });
    assert_eq!(house.call("bo", "POST", &path(&asked, "approve"), body).status, 200);
    let freeze = json!({ "flow": "button", "reason": "incident 7" });
    assert_eq!(house.call("ada", "POST", "/v1/freeze", freeze).status, 200);
    assert_eq!(house.call("ada", "POST", "/v1/freeze", json!({ "reason": " " })).status, 422);
    let fields = json!({ "target": "button", "duration": "30m", "reason": "the pager" });
    let again = json!({ "flow": "button", "fields": fields });
    let said = house.call("ana", "POST", "/v1/requests", again.clone());
    assert_eq!((said.status, said.problem()), (409, "frozen"));
    assert_eq!(house.get("ana", "/v1/flows/button").body["frozen"], "incident 7");
    let sweep = json!({ "target": "button", "reason": "incident 7" });
    let swept = house.call("ada", "POST", "/v1/revoke-all", sweep);
    assert_eq!(swept.body["revoked"], json!([asked["id"]]), "{swept:?}");
    // A slip of the pen is no success: nothing of that name is declared, and nothing stands on it.
    let slip =
        house.call("ada", "POST", "/v1/revoke-all", json!({ "target": "buton", "reason": "x" }));
    assert_eq!(
        (slip.status, &slip.body["errors"][0]["pointer"]),
        (422, &json!("/target")),
        "{slip:?}"
    );
    let both = json!({ "all": true, "person": "ana", "reason": "x" });
    assert_eq!(house.call("ada", "POST", "/v1/revoke-all", both).problem(), "malformed");
    let thaw = json!({ "flow": "button" });
    assert_eq!(house.call("ada", "POST", "/v1/unfreeze", thaw.clone()).status, 200);
    assert_eq!(house.call("ada", "POST", "/v1/unfreeze", thaw).problem(), "not_frozen");
    assert_eq!(house.call("ana", "POST", "/v1/requests", again).status, 201);
}

#[test]
fn whoever_is_shut_out_loses_tokens_and_requests() {
    let house = House::open();
    let asked = house.ask();
    let said = house.call("ada", "POST", "/v1/people/ana/deactivate", json!({ "reason": "left" }));
    assert_eq!((said.status, &said.body["active"]), (200, &json!(false)), "{said:?}");
    assert_eq!(said.body["requests"], json!([asked["id"]]));
    assert_eq!(house.get("ana", "/v1/me").problem(), "unauthenticated");
    let seen = house.get("ada", &format!("/v1/requests/{}", asked["id"].as_str().unwrap()));
    assert_eq!(seen.body["outcome"], "cancelled");
    let said = house.call("ada", "POST", "/v1/people/ada/deactivate", json!({}));
    assert_eq!((said.status, said.problem()), (409, "last_admin"));
}

#[test]
fn a_form_says_what_it_wants() {
    let house = House::open();
    let flows = house.get("ana", "/v1/flows").body;
    assert_eq!(flows["items"][0]["name"], "button");
    let flow = house.get("ana", "/v1/flows/button").body;
    assert_eq!(flow["max_duration_s"], 3600);
    let field = |name: &str| {
        flow["fields"].as_array().unwrap().iter().find(|f| f["name"] == name).unwrap().clone()
    };
    assert_eq!(field("target")["values"], json!(["button"]));
    assert_eq!(
        (&field("reason")["required"], &field("urgent")["required"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(field("amount")["type"], "number?");
    assert_eq!(house.get("ana", "/v1/flows/none").status, 404);
    let bundle = house.get("ada", "/v1/bundle").body;
    assert_eq!(bundle["reach"]["aws_lambda"].as_array().unwrap().len(), 1);
}

#[test]
fn who_had_access_at_a_moment_is_told_with_the_reason() {
    let house = House::open();
    let asked = house.ask();
    house.pass(SignedDuration::from_secs(60));
    let body = json!({ "stage": "lead", "digest": asked["stages"][0]["digest"] });
    assert_eq!(house.call("bo", "POST", &path(&asked, "approve"), body).status, 200);
    let at = |who: &str, at: &str| house.get(who, &format!("/v1/grants?at=2026-11-24T{at}Z"));
    house.pass(SignedDuration::from_mins(60));
    assert_eq!(at("ana", "03:00:30").body["items"], json!([]), "asked, and not given yet");
    let stood = at("ana", "03:01:00").body["items"][0].clone();
    assert_eq!((&stood["request"], &stood["flow"]), (&asked["id"], &json!("button")));
    assert_eq!(stood["approved_by"][0]["username"], "bo");
    assert_eq!(
        (&stood["began_at"], &stood["ended_at"]),
        (&json!("2026-11-24T03:01:00Z"), &json!(null))
    );
    assert_eq!(at("gus", "03:01:00").body["items"], json!([]), "who may not see it does not");
    for (when, want) in [("04:02:00", "has not come yet"), ("nonsense", "is no instant")] {
        let said = at("ana", when);
        assert_eq!(said.problem(), "malformed");
        assert!(said.body["detail"].as_str().unwrap().contains(want), "{said:?}");
    }
}
