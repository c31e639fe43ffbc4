//! Own or another's: each route that names a thing of somebody's, walked by each role.
//!
//! A route whose path names something needs a row in [`RULES`]; without one the test fails.

use serde_json::json;

use super::house::{House, Said};
use crate::api::route::Verb;
use crate::api::table;

/// Whoever calls: the one whose it is, another member, an admin, a guest, a bot.
const CALLERS: [&str; 5] = ["ana", "chi", "ada", "gus", "bot"];

/// Gets past who may, whatever is said of the moment.
const IN: &str = "in";
/// Is told that it is not there.
const UNSEEN: &str = "unseen";
/// Is told that they may not.
const NO: &str = "no";

/// What each caller is told: of a request that ana asked and that waits for a member, or that bo
/// approved; of a token of hers, of herself, of a flow that shows itself to all. Whoever may look is
/// told of the moment before it comes to rights: nothing is granted yet that could last longer.
const RULES: [(&str, [&str; 5]); 21] = [
    ("GET /v1/requests/{id}", [IN, IN, IN, UNSEEN, UNSEEN]),
    ("GET /v1/requests/{id}/audit", [IN, IN, IN, UNSEEN, UNSEEN]),
    ("POST /v1/requests/{id}/approve", [NO, IN, NO, UNSEEN, UNSEEN]),
    ("POST /v1/requests/{id}/deny", [NO, IN, NO, UNSEEN, UNSEEN]),
    ("POST /v1/requests/{id}/cancel", [IN, NO, NO, UNSEEN, UNSEEN]),
    ("POST /v1/requests/{id}/revoke", [IN, NO, IN, UNSEEN, UNSEEN]),
    ("POST /v1/requests/{id}/extend", [IN, IN, IN, UNSEEN, UNSEEN]),
    ("POST /v1/requests/{id}/resolve", [IN, IN, IN, UNSEEN, UNSEEN]),
    ("GET /sym/v1/events/{id}", [IN, IN, IN, UNSEEN, UNSEEN]),
    ("GET /sym/v1/runs/{id}", [IN, IN, IN, UNSEEN, UNSEEN]),
    ("DELETE /v1/tokens/{id}", [IN, UNSEEN, IN, UNSEEN, UNSEEN]),
    ("GET /v1/people/{person}", [NO, NO, IN, NO, NO]),
    ("PATCH /v1/people/{person}", [NO, NO, IN, NO, NO]),
    ("POST /v1/people/{person}/deactivate", [NO, NO, IN, NO, NO]),
    ("POST /v1/people/{person}/links", [NO, NO, IN, NO, NO]),
    ("DELETE /v1/people/{person}/links", [NO, NO, IN, NO, NO]),
    ("GET /v1/people/{person}/tokens", [NO, NO, IN, NO, NO]),
    ("POST /v1/people/{person}/tokens", [NO, NO, IN, NO, NO]),
    ("GET /v1/flows/{flow}", [IN, IN, IN, IN, IN]),
    ("POST /v1/flows/{flow}/prompt", [IN, IN, IN, NO, NO]),
    ("GET /v1/requests", [IN, IN, IN, IN, IN]),
];

/// What they may do, in one word.
fn told(said: &Said) -> &'static str {
    match said.problem() {
        "not_found" | "NOT_FOUND" | "UNKNOWN_RUN" | "UNKNOWN_EVENT" => UNSEEN,
        "forbidden" | "not_permitted" | "own_request" | "not_an_approver" => NO,
        "unauthenticated" => "unauthenticated",
        _ if said.status == 404 => UNSEEN,
        _ if said.status == 403 => NO,
        _ => IN,
    }
}

#[test]
fn each_route_knows_whose_it_is() {
    let mut wrong = Vec::new();
    for route in table::all() {
        let name = format!("{} {}", route.verb.word(), route.path);
        let rule = RULES.iter().find(|(of, _)| *of == name);
        if !route.path.contains('{') && rule.is_none() {
            continue;
        }
        let Some((_, wants)) = rule else {
            wrong.push(format!("{name}: no rule says who may, of what is theirs and what is not"));
            continue;
        };
        let mut house = House::open();
        for (who, want) in CALLERS.into_iter().zip(wants) {
            if house.get("ana", "/v1/me").status != 200 {
                // The caller before shut her out.
                house = House::open();
            }
            let asked = house.ask();
            let token = house.call("ana", "POST", "/v1/tokens", json!({ "scope": "ask" }));
            let by_sym = json!({ "flow_srn": "flow:flow:button:latest", "flow_inputs": {
                "target_srn": "flow:access_target:aws_lambda_function:button:latest", "duration": 1800, "reason": "the pager" } });
            let id = match route.path {
                "/v1/tokens/{id}" => token.body["id"].clone(),
                "/sym/v1/events/{id}" => {
                    house.call("ana", "POST", "/sym/v1/events/request", by_sym).body["event_id"]
                        .clone()
                }
                _ => asked["id"].clone(),
            };
            let digest = &asked["stages"][0]["digest"];
            if route.path.ends_with("/revoke") {
                let path = format!("/v1/requests/{}/approve", id.as_str().unwrap());
                house.call("bo", "POST", &path, json!({ "digest": digest }));
            }
            let path = route.path.replace("{id}", id.as_str().unwrap());
            let path = path.replace("{person}", "ana").replace("{flow}", "button");
            let body = match route.path.rsplit('/').next().unwrap() {
                "approve" | "deny" => json!({ "digest": digest }),
                "extend" => json!({ "duration": "10m" }),
                "resolve" => json!({ "reason": "seen" }),
                "tokens" => json!({ "scope": "ask" }),
                _ => json!({}),
            };
            let body = if route.verb == Verb::Get { String::new() } else { body.to_string() };
            let said = house.send(who, route.verb.word(), &path, &[], body);
            if told(&said) != *want {
                wrong.push(format!("{name} by {who} is {}, not {want}: {said:?}", told(&said)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_rule_is_of_a_route_that_is_gone() {
    for (of, _) in RULES {
        let there = table::all().any(|r| format!("{} {}", r.verb.word(), r.path) == of);
        assert!(there, "{of}");
    }
}
