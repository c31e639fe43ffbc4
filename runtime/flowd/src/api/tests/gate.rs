//! Who gets past the gate: made from the table, so that a new route is walked too.

use jiff::SignedDuration;
use serde_json::json;

use super::house::House;
use crate::api::route::{Access, Verb};
use crate::api::table;
use crate::people::token::Scope;

/// Routes for everybody, on purpose. Another one belongs here only with a reason.
const OPEN: [&str; 4] = ["/.well-known/flow-keys", "/healthz", "/readyz", "/v1/openapi.json"];

#[test]
fn only_these_routes_are_open() {
    let open = table::all().filter(|r| matches!(r.access, Access::Open(_)));
    let mut open: Vec<&str> = open.map(|r| r.path).collect();
    open.sort_unstable();
    assert_eq!(open, OPEN);
}

#[test]
fn every_route_lets_in_exactly_whom_the_table_names() {
    let mut house = House::open();
    // Made now and expired when it is used.
    let expired = house.issue("ana", "decide");
    house.pass(SignedDuration::from_hours(12));
    renew(&mut house);
    let unconfirmed = house.issue("ana", "decide");
    let ask = own(&house, "ana", "ask");
    let demoted = demoted_admin(&mut house);

    // Token, whether it is one at all, how far it reaches, whether its person is an admin.
    let callers: [(&str, &str, bool, Scope, bool); 8] = [
        ("no token", "", false, Scope::Ask, false),
        ("a wrong token", "flow_nonsense", false, Scope::Ask, false),
        ("an expired token", &expired, false, Scope::Ask, false),
        ("an unconfirmed token", &unconfirmed, true, Scope::Ask, false),
        ("a token that asks", &ask, true, Scope::Ask, false),
        ("a token that decides", "ana", true, Scope::Decide, false),
        ("an admin token of a member", &demoted, true, Scope::Admin, false),
        ("an admin", "ada", true, Scope::Admin, true),
    ];
    let mut walked = 0;
    for route in table::all() {
        let path = route.path.replace("{id}", "none").replace("{person}", "none");
        let path = path.replace("{flow}", "none");
        for (name, token, known, reach, admin) in callers {
            let want = match route.access {
                Access::Open(_) => "in",
                _ if !known => "unauthenticated",
                Access::Token(scope, _) if reach >= scope => "in",
                Access::Admin(_) if reach >= Scope::Admin && admin => "in",
                Access::Token(..) | Access::Admin(_) => "forbidden",
            };
            // A body that no route takes: whoever gets in changes nothing.
            let body = if route.verb == Verb::Get { "" } else { r#"{"nonsense":1}"# };
            let said = house.send(token, route.verb.word(), &path, &[], body.to_owned());
            let got = match said.problem() {
                shut @ ("unauthenticated" | "forbidden") => shut,
                _ => "in",
            };
            assert_eq!(got, want, "{} {path} with {name}: {said:?}", route.verb.word());
            if got != "in" {
                assert_eq!(said.status, if got == "forbidden" { 403 } else { 401 });
                assert!(!said.detail().is_empty());
            }
            walked += 1;
        }
    }
    assert!(walked >= 250, "{walked}");
}

#[test]
fn what_is_not_there_or_not_readable_is_a_problem() {
    let house = House::open();
    let large = "x".repeat((1 << 20) + 1);
    for (method, path, kind, body, status, problem) in [
        ("GET", "/v2/requests", "", "", 404, "no_such_path"),
        ("PUT", "/v1/requests", "", "{}", 405, "no_such_method"),
        ("POST", "/v1/requests", "text/plain", "{}", 415, "not_json"),
        ("POST", "/v1/requests", "", "{", 400, "malformed"),
        ("POST", "/v1/requests", "", large.as_str(), 413, "too_large"),
        ("GET", "/v1/requests?limit=0", "", "", 400, "malformed"),
        ("GET", "/v1/requests?nonsense=1", "", "", 400, "malformed"),
        ("GET", "/v1/requests?flow=a&flow=b", "", "", 400, "malformed"),
        ("GET", "/v1/requests?cursor=abc", "", "", 400, "malformed"),
        ("GET", "/v1/requests?phase=nowhere", "", "", 400, "malformed"),
    ] {
        let headers = [("content-type", kind)];
        let headers = if kind.is_empty() { &[][..] } else { &headers[..] };
        let said = house.send("ada", method, path, headers, body.to_owned());
        assert_eq!((said.status, said.problem()), (status, problem), "{method} {path}");
        assert_eq!(said.kind, "application/problem+json");
        assert!(said.body["title"].is_string() && said.body["detail"].is_string());
    }
}

#[test]
fn a_token_that_calls_too_often_is_told_when_to_go_on() {
    let house = House::open();
    let last = (0..200).map(|_| house.get("gus", "/v1/me")).find(|said| said.status != 200);
    let last = last.unwrap();
    assert_eq!((last.status, last.problem()), (429, "too_fast"));
    assert_eq!(last.retry_after.as_deref(), Some("1"));
    assert_eq!(house.get("bo", "/v1/me").status, 200);
    house.pass(SignedDuration::from_secs(1));
    assert_eq!(house.get("gus", "/v1/me").status, 200);
}

#[test]
fn readiness_says_what_speaks_against_it() {
    let house = House::open();
    assert_eq!(house.get("", "/healthz").status, 200);
    let said = house.get("", "/readyz");
    assert_eq!((said.status, &said.body["ready"]), (503, &json!(false)));
    let reasons = said.body["reasons"].to_string();
    assert!(reasons.contains("development") && reasons.contains("signature"), "{reasons}");
    assert!(!reasons.contains("no bundle") && !reasons.contains("late"), "{reasons}");
    // An approved call that nobody performs is a backlog after a while.
    let asked = house.ask();
    let id = asked["id"].as_str().unwrap();
    let digest = &asked["stages"][0]["digest"];
    let path = format!("/v1/requests/{id}/approve");
    assert_eq!(house.call("bo", "POST", &path, json!({ "digest": digest })).status, 200);
    house.pass(SignedDuration::from_mins(3));
    let reasons = house.get("", "/readyz").body["reasons"].to_string();
    assert!(reasons.contains("calls for access have waited"), "{reasons}");
    assert!(house.get("", "/.well-known/flow-keys").body["keys"][0]["public_key"].is_string());
}

/// Tokens of everybody ended with the clock; ada's by `flowd init` too, so her person makes one on
/// the host.
fn renew(house: &mut House) {
    use crate::people::{Directory as _, Stamp, token};
    let now = house.app.clock.now();
    for name in ["ada", "ana", "bo"] {
        let person = house.store.find(name).unwrap().unwrap();
        let scope = if name == "ada" { Scope::Admin } else { Scope::Decide };
        let ends = now + SignedDuration::from_hours(12);
        let minted = token::mint(person.id, scope, None, true, now, ends).unwrap();
        house.store.keep_token(&minted, Stamp { by: None, at: now }).unwrap();
        house.tokens.insert(name.to_owned(), minted.secret);
    }
}

fn own(house: &House, name: &str, scope: &str) -> String {
    let made = house.call(name, "POST", "/v1/tokens", json!({ "scope": scope }));
    assert_eq!(made.status, 201, "{made:?}");
    made.body["token"].as_str().unwrap().to_owned()
}

/// Bo was an admin, made himself an admin token, and is a member again.
fn demoted_admin(house: &mut House) -> String {
    let role = |role: &str| json!({ "role": role });
    assert_eq!(house.call("ada", "PATCH", "/v1/people/bo", role("admin")).status, 200);
    let issued = house.issue("bo", "admin");
    let own = house.call(&issued, "POST", "/v1/tokens/confirm", json!({}));
    assert_eq!(house.call("ada", "PATCH", "/v1/people/bo", role("member")).status, 200);
    own.body["token"].as_str().unwrap().to_owned()
}
