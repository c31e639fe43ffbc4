//! The page: who may open what, and what a session may do. Sessions are tokens in a cookie; how they
//! come from a provider is tried against a real one in the tests of the whole house.

use flow_bundle::bundle::{Bundle, Source};
use serde_json::json;

use super::house::House;
use crate::api::route::Verb;
use crate::api::web::table::{ALL, Access};

/// Pages for everybody, on purpose. Another one belongs here only with a reason.
const OPEN: [&str; 4] = ["/style.css", "/auth/login", "/auth/callback", "/auth/token"];

/// The flow `button` takes requests from pages too.
fn house() -> House {
    let text = include_str!("../../../data/button.json");
    let mut bundle: Bundle = serde_json::from_str(text).unwrap();
    bundle.flows.get_mut("button").unwrap().sources.push(Source::Web);
    House::serving(bundle)
}

#[test]
fn every_page_lets_in_exactly_whom_the_table_names() {
    let house = house();
    let open = ALL.iter().filter(|p| matches!(p.access, Access::Open(_))).map(|p| p.path);
    assert_eq!(open.collect::<Vec<_>>(), OPEN);
    let gone = house.issue("ana", "ask");
    let id = house.get(&gone, "/v1/me").body["token"]["id"].as_str().unwrap().to_owned();
    house.call("ada", "DELETE", &format!("/v1/tokens/{id}"), json!({}));
    for page in ALL {
        let path = page.path.replace("{id}", "none").replace("{flow}", "button");
        let name = format!("{} {path}", page.verb.word());
        for (who, session) in [("", false), ("flow_nonsense", false), (&gone, false), ("ana", true)]
        {
            let opened = house.page(who, page.verb.word(), &path, &[]);
            let want = match page.access {
                Access::Open(_) => continue,
                _ if !session => 401,
                // A form without its token.
                Access::Form(_) => 403,
                Access::Session(_) if path.ends_with("none") => 404,
                Access::Session(_) => 200,
            };
            assert_eq!(opened.status, want, "{name} by `{who}`: {}", opened.text);
            let policy = opened.header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'")
            );
            assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
            assert_eq!(opened.header("cache-control"), "no-store", "{name}");
            assert!(!opened.text.contains("<script") && !opened.text.contains("style="), "{name}");
        }
        if page.verb == Verb::Post && !OPEN.contains(&page.path) {
            let other = house.page("bo", "GET", "/", &[]).hidden("form_token");
            let opened = house.page("ana", "POST", &path, &[("form_token", &other)]);
            assert_eq!(opened.status, 403, "{name} with the form of another session");
        }
    }
}

#[test]
fn one_asks_and_another_decides_about_what_they_saw() {
    let house = house();
    let form = house.page("ana", "GET", "/ask/button", &[]);
    assert_eq!(form.status, 200, "{}", form.text);
    for label in ["Target", "For how long?", "Why?", "How much?", "Urgent?", "With whom?"] {
        assert!(form.text.contains(label), "{label}");
    }
    let (token, once) = (form.hidden("form_token"), form.hidden("once"));
    let mut fields = vec![
        ("form_token", token.as_str()),
        ("once", &once),
        ("o.target", "\"aws_lambda_function.button\""),
        ("f.duration", "30m"),
        ("f.reason", "<b>the pager</b>"),
        ("b.urgent", "1"),
        ("f.buddy", "chi"),
    ];
    let sent = house.page("ana", "POST", "/ask/button", &fields);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let path = sent.header("location").to_owned();
    // The same form again is the same request.
    assert_eq!(house.page("ana", "POST", "/ask/button", &fields).header("location"), path);
    // What is wrong stands at its field, and what was written stays.
    fields[3].1 = "9h";
    let wrong = house.page("ana", "POST", "/ask/button", &fields);
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert!(wrong.text.contains("&lt;b&gt;the pager") && wrong.text.contains("value=\"9h\""));
    assert!(wrong.text.contains("role=\"alert\""));

    assert_eq!(house.page("gus", "GET", &path, &[]).status, 404);
    let seen = house.page("bo", "GET", &path, &[]);
    assert!(seen.text.contains("&lt;b&gt;the pager") && !seen.text.contains("<b>the pager"));
    assert!(house.page("bo", "GET", "/", &[]).text.contains(&path), "it waits for him");
    let own = house.page("ana", "GET", &path, &[]);
    assert!(!own.text.contains("/approve"), "she cannot decide about her own");
    let (token, digest) = (seen.hidden("form_token"), seen.hidden("digest"));
    let wrong = format!("sha256:{}", "0".repeat(64));
    let mut decision = vec![
        ("form_token", token.as_str()),
        ("stage", "lead"),
        ("digest", wrong.as_str()),
        ("comment", "go"),
    ];
    let approve = format!("{path}/approve");
    assert_eq!(house.page("bo", "POST", &approve, &decision).status, 409, "not what he saw");
    decision[2].1 = &digest;
    let done = house.page("bo", "POST", &approve, &decision);
    assert_eq!((done.status, done.header("location")), (303, path.as_str()), "{}", done.text);
    let shown = house.page("ana", "GET", &path, &[]).text;
    assert!(shown.contains("approved stage lead: go") && shown.contains("End the access now"));
    let id = path.rsplit('/').next().unwrap();
    let trail = house.get("ana", &format!("/v1/requests/{id}")).body;
    assert_eq!(trail["source"], "web");
}

#[test]
fn a_flow_that_takes_nothing_from_pages_says_so_before_the_form() {
    let opened = House::open().page("ana", "GET", "/ask/button", &[]);
    assert_eq!(opened.status, 403);
    assert!(opened.text.contains("takes no requests from here"), "{}", opened.text);
}

#[test]
fn logging_out_ends_the_session_everywhere() {
    let mut house = house();
    let secret =
        house.call("ana", "POST", "/v1/tokens", json!({ "scope": "decide" })).body["token"]
            .as_str()
            .unwrap()
            .to_owned();
    house.tokens.insert("laptop".to_owned(), secret);
    let token = house.page("laptop", "GET", "/", &[]).hidden("form_token");
    let out = house.page("laptop", "POST", "/auth/logout", &[("form_token", &token)]);
    assert_eq!((out.status, out.header("location")), (303, "/"));
    let cookie = out.header("set-cookie");
    assert!(cookie.starts_with("__Host-flow=;") && cookie.contains("Max-Age=0"), "{cookie}");
    assert_eq!(house.page("laptop", "GET", "/", &[]).status, 401);
    assert_eq!(house.get("laptop", "/v1/me").status, 401);
    assert_eq!(house.page("ana", "GET", "/", &[]).status, 200, "her other sessions go on");
}

#[test]
fn an_account_is_one_persons_and_taking_it_away_ends_their_sessions() {
    let house = house();
    let link = |who: &str, id: &str| {
        let body = json!({ "service": "oidc", "tenant": "https://login", "external_id": id });
        house.call("ada", "POST", &format!("/v1/people/{who}/links"), body)
    };
    assert_eq!(link("ana", "a-1").body["links"][0]["how"], "admin");
    assert_eq!(link("ana", "a-1").status, 200, "again changes nothing");
    assert_eq!((link("bo", "a-1").status, link("bo", "a-1").problem()), (409, "taken"));
    assert_eq!(link("ana", "a-2").status, 422, "a second key to the same door");
    assert_eq!(house.get("ana", "/v1/me").status, 200);
    let body = json!({ "service": "oidc", "tenant": "https://login", "external_id": "a-1" });
    let gone = house.call("ada", "DELETE", "/v1/people/ana/links", body.clone());
    assert_eq!((gone.status, &gone.body["links"]), (200, &json!(null)), "{gone:?}");
    assert_eq!(house.get("ana", "/v1/me").status, 401);
    assert_eq!(house.call("ada", "DELETE", "/v1/people/ana/links", body).status, 404);
}

#[test]
fn a_login_that_did_not_begin_here_goes_nowhere() {
    let house = house();
    let opened = house.page("", "GET", "/auth/callback?code=x&state=y", &[]);
    assert_eq!(opened.status, 401);
    assert!(opened.text.contains("did not begin in this browser"), "{}", opened.text);
    // The provider does not answer: said, and nobody is in.
    let opened = house.page("", "GET", "/auth/login", &[]);
    assert_eq!(opened.status, 502, "{}", opened.text);
    assert_eq!(house.page("", "POST", "/auth/token", &[("grant_type", "x")]).status, 403);
}
