//! Tokens and people over the API.

use serde_json::json;

use super::house::House;

#[test]
fn an_issued_token_only_asks_until_it_was_swapped_and_the_second_swap_is_told() {
    let house = House::open();
    let asked = house.ask();
    let path = format!("/v1/requests/{}/approve", asked["id"].as_str().unwrap());
    let body = json!({ "digest": asked["stages"][0]["digest"] });
    let issued = house.issue("bo", "decide");
    let said = house.call(&issued, "POST", &path, body.clone());
    assert_eq!((said.status, said.problem()), (403, "forbidden"));
    assert!(said.body["detail"].as_str().unwrap().contains("flowctl token confirm"));
    // It cannot make itself a better one either.
    let said = house.call(&issued, "POST", "/v1/tokens", json!({ "scope": "ask" }));
    assert_eq!(said.problem(), "forbidden");
    let told = house.get(&issued, "/v1/messages").body;
    assert!(told["items"].to_string().contains("ada made a token for you"), "{told}");

    let swapped = house.call(&issued, "POST", "/v1/tokens/confirm", json!({}));
    let own = swapped.body["token"].as_str().unwrap().to_owned();
    assert_eq!(
        (&swapped.body["state"], &swapped.body["scope"]),
        (&json!("live"), &json!("decide"))
    );
    let again = house.call(&issued, "POST", "/v1/tokens/confirm", json!({}));
    assert_eq!(again.status, 401);
    assert!(again.body["detail"].as_str().unwrap().contains("somebody else has had it"));
    assert!(house.get("ada", "/v1/audit?limit=200").body.to_string().contains("token.reused"));
    assert_eq!(house.call(&own, "POST", "/v1/tokens/confirm", json!({})).problem(), "confirmed");
    assert_eq!(house.call(&own, "POST", &path, body).status, 200);
}

#[test]
fn a_secret_is_shown_once_even_with_a_key() {
    let house = House::open();
    let send = || {
        let body = json!({ "scope": "ask" }).to_string();
        house.send("bo", "POST", "/v1/tokens", &[("idempotency-key", "k")], body)
    };
    let first = send();
    assert_eq!(first.status, 201);
    let again = send();
    assert_eq!((again.status, again.problem()), (409, "shown_once"));
    let secret = first.body["token"].as_str().unwrap();
    let listed = house.get("bo", "/v1/tokens").body.to_string();
    assert!(!listed.contains(secret) && listed.contains(first.body["id"].as_str().unwrap()));
    let everything = house.get("ada", "/v1/audit?limit=200").body.to_string();
    assert!(!everything.contains(secret));
}

#[test]
fn a_token_reaches_no_farther_than_the_one_that_made_it_and_ends_at_once() {
    let house = House::open();
    let said = house.call("bo", "POST", "/v1/tokens", json!({ "scope": "admin" }));
    assert_eq!(said.body["errors"][0]["pointer"], "/scope");
    let said = house.call("ada", "POST", "/v1/people/bo/tokens", json!({ "scope": "admin" }));
    assert_eq!(said.body["errors"][0]["pointer"], "/scope");
    let said = house.call("bo", "POST", "/v1/tokens", json!({ "scope": "ask", "hours": 13 }));
    assert_eq!(said.body["errors"][0]["pointer"], "/hours");
    let made = house.call("bo", "POST", "/v1/tokens", json!({ "scope": "ask", "hours": 1 })).body;
    let (secret, id) = (made["token"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert_eq!(house.get(secret, "/v1/me").body["token"]["state"], "live");
    let path = format!("/v1/tokens/{id}");
    assert_eq!(house.call("chi", "DELETE", &path, json!({})).status, 404);
    assert_eq!(house.call("bo", "DELETE", &path, json!({})).body["state"], "revoked");
    assert_eq!(house.get(secret, "/v1/me").status, 401);
}

#[test]
fn a_name_means_one_person_over_the_api_too() {
    let house = House::open();
    for (body, status, pointer) in [
        (json!({ "emails": ["BO@acme.example"] }), 409, "/emails"),
        (json!({ "emails": ["x@acme.example"], "username": "bo" }), 409, "/username"),
        (json!({ "emails": ["nonsense"] }), 422, "/emails"),
        (json!({ "emails": ["x@acme.example"], "role": "king" }), 422, "/role"),
        (json!({ "emails": [] }), 422, "/emails"),
    ] {
        let said = house.call("ada", "POST", "/v1/people", body.clone());
        assert_eq!(said.status, status, "{body}: {said:?}");
        assert_eq!(said.body["errors"][0]["pointer"], pointer, "{body}");
    }
    let me = house.get("bo", "/v1/me").body;
    assert_eq!(me["person"]["emails"], json!(["bo@acme.example"]));
    let all = house.get("ada", "/v1/people?limit=2").body;
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let found = house.get("ada", "/v1/people/bo%40acme.example").body;
    assert_eq!(found["username"], "bo");
}
