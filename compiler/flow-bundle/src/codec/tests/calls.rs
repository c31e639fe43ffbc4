//! HTTP calls in a file: what they reach, and what no loader lets pass.

use serde_json::{Value as Json, json};

use super::{SourceMap, lambda, read, write};
use crate::bundle::Bundle;
use crate::seal::seal;

const STEP: &str = "flows.aws_lambda.hooks.after_request.note";

/// The Lambda bundle with a service, a step that calls it, and a change at a JSON pointer.
fn changed(pointer: &str, value: Json) -> Result<Bundle, String> {
    let mut json = serde_json::to_value(lambda()).unwrap();
    json["secrets"]["ci"] = json!({});
    json["integrations"]["http.ci"] = json!({
        "type": "http",
        "base_url": "https://ci.example/v2",
        "headers": { "X-Team": "a", "X-Key": ["tmpl", ["s", "Key "], ["secret", "ci"]] },
        "insecure": false,
        "allow_private_networks": false,
        "max_response_bytes": "1048576",
        "auth": {
            "kind": "oauth2_client_credentials",
            "token_url": "https://login.example/token",
            "client_id": "flow",
            "client_secret": ["secret", "ci"],
            "scopes": [],
            "style": "basic",
        },
    });
    json["flows"]["aws_lambda"]["hooks"]["after_request"] = json!([{
        "k": "step",
        "kind": "http",
        "name": "note",
        "integration": "http.ci",
        "when": ["b", true],
        "timeout_s": "10",
        "on_error": "continue",
        "idempotent": false,
        "reads": false,
        "output": "none",
        "args": {
            "method": ["s", "POST"],
            "path": ["tmpl", ["s", "/notes/"], ["get", "run", "id"]],
            "query": ["obj"],
            "headers": ["obj", ["Authorization", ["tmpl", ["s", "Bearer "], ["secret", "ci"]]]],
            "response_headers": ["list"],
        },
    }]);
    let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(parent) = json.pointer_mut(parent).filter(|_| !key.is_empty()) {
        parent[key] = value;
    }
    let mut bundle: Bundle = serde_json::from_value(json).map_err(|e| e.to_string())?;
    seal(&mut bundle).map_err(|e| e.to_string())?;
    let text = write(&bundle, &SourceMap::default(), "test");
    match read(text.as_bytes()) {
        Ok(file) => Ok(file.bundle),
        Err(e) => Err(format!("{}: {}", e.path, e.message)),
    }
}

#[test]
fn a_service_is_reached_by_method_and_path() {
    let bundle = changed("", Json::Null).unwrap();
    let reached = serde_json::to_value(&bundle.reach.http).unwrap();
    let entry = |url: &str, path: &str| {
        json!({
            "url": url, "integration": "http.ci", "methods": ["POST"], "paths": [path],
            "uses": [STEP],
        })
    };
    let expected =
        [entry("https://ci.example/v2", "/notes/{}"), entry("https://login.example/token", "")];
    assert_eq!(reached, json!(expected));
    let secrets = serde_json::to_value(&bundle.reach.secrets).unwrap();
    assert!(secrets.as_array().unwrap().contains(&json!({
        "name": "ci", "integrations": ["http.ci"],
    })));
}

#[test]
fn what_would_leave_by_another_way_is_refused() {
    let args = "/flows/aws_lambda/hooks/after_request/0/args";
    let step = "/flows/aws_lambda/hooks/after_request/0";
    let secret = json!(["secret", "ci"]);
    for (pointer, value, expected) in [
        (format!("{args}/body"), secret.clone(), "the secret `ci` would be sent in the open"),
        (format!("{args}/query"), json!(["obj", ["k", secret]]), "would be sent in the open"),
        (format!("{args}/path"), json!(["get", "run", "id"]), "does not begin with one `/`"),
        (format!("{args}/path"), json!(["s", "//evil.example"]), "does not begin with one `/`"),
        (format!("{args}/method"), json!(["s", "TRACE"]), "`TRACE` is none of GET, HEAD"),
        (format!("{args}/method"), json!(["s", "GET"]), "reads: it only reads"),
        (format!("{args}/expect"), json!(["s", "200"]), "should be list(number)"),
        (format!("{args}/host"), json!(["s", "x"]), "a step `http` has no `host`"),
        (format!("{step}/reads"), json!(true), "reads: it may change something"),
        (format!("{step}/kind"), json!("okta_user_groups"), "no integration of type `okta`"),
        (
            "/integrations/http.ci/base_url".to_owned(),
            json!("https://169.254.169.254"),
            "hands out the machine's own credentials",
        ),
        (
            "/integrations/http.ci/auth/token_url".to_owned(),
            json!("http://login.example/token"),
            "auth.token_url: this calls over `http`, not `https`",
        ),
        (
            format!("{args}/auth"),
            json!([
                "obj",
                ["kind", ["s", "oauth2_password"]],
                ["token_url", ["s", "https://10.0.0.1"]]
            ]),
            "`10.0.0.1` is a private address",
        ),
    ] {
        let found = changed(&pointer, value.clone()).expect_err(&pointer);
        assert!(found.contains(expected), "{pointer} = {value}: {found}");
    }
}

#[test]
fn nonsense_in_a_block_of_a_call_is_refused() {
    let args = "/flows/aws_lambda/hooks/after_request/0/args";
    let of = "/integrations/http.ci/auth";
    let obj = |parts: &[(&str, Json)]| {
        let parts = parts.iter().map(|(name, value)| json!([name, value]));
        Json::Array([json!("obj")].into_iter().chain(parts).collect())
    };
    let word = |text: &str| json!(["s", text]);
    let basic = |password: Json| {
        obj(&[("kind", word("basic")), ("username", word("flow")), ("password", password)])
    };
    let at = |name: &str| format!("{of}/{name}");
    for (pointer, value, expected) in [
        (of.to_owned(), json!("bearer"), "integrations.http.ci.auth: it is no block"),
        (of.to_owned(), json!({}), "auth: `auth` needs its `kind`, as a text"),
        (at("kind"), json!("magic"), "auth.kind: `magic` is no kind of `auth`: basic, bearer"),
        (at("kind"), json!("bearer"), "auth.client_id: `auth` of kind `bearer` has no `client_id`"),
        (at("style"), json!("both"), "auth.style: it is none of basic, body"),
        (at("scopes"), json!("all"), "auth.scopes: it is no list of texts"),
        (at("client_id"), json!(7), "auth.client_id: it is neither a text nor a secret"),
        (at("client_secret"), json!("hunter2"), "auth.client_secret: it is a credential, and must"),
        (at("client_secret"), json!(["secret", "no"]), "the secret `no` is not declared"),
        (of.to_owned(), json!({"kind": "bearer"}), "`auth` of kind `bearer` needs a `token`"),
        (
            of.to_owned(),
            json!({"kind": "aws_sigv4", "integration": "http.ci", "service": "execute-api"}),
            "auth.integration: `http.ci` is no integration of type `aws`",
        ),
        (
            format!("{args}/auth"),
            basic(word("hunter2")),
            "after_request.note.auth.password: it is a credential, and must",
        ),
        (
            format!("{args}/paginate"),
            obj(&[("mode", word("link"))]),
            "note.paginate: only a call that reads has pages",
        ),
    ] {
        let found = changed(&pointer, value.clone()).expect_err(&pointer);
        assert!(found.contains(expected), "{pointer} = {value}: {found}");
    }
    changed(&format!("{args}/auth"), basic(json!(["secret", "ci"]))).unwrap();
    let number = |n: &str| json!(["n", n]);
    for (parts, expected) in [
        (vec![], "note.paginate: `paginate` needs its `mode`"),
        (vec![("mode", word("all"))], "paginate.mode: `all` is no mode of `paginate`"),
        (vec![("mode", word("page"))], "`paginate` of mode `page` needs a `page_param`"),
        (
            vec![("mode", word("link")), ("max_pages", number("101"))],
            "paginate.max_pages: it is no whole number from 1 to 100",
        ),
        (vec![("mode", word("link")), ("next", word("a"))], "of mode `link` has no `next`"),
        (vec![("mode", word("link")), ("on_limit", word("stop"))], "none of fail, truncate"),
        (vec![("mode", word("link")), ("items", number("1"))], "paginate.items: it is no text"),
        (
            vec![("mode", word("link")), ("items", word("a")), ("items", word("b"))],
            "paginate.items: it stands twice",
        ),
        (vec![("mode", word("link")), ("max_pages", number("5"))], ""),
    ] {
        let step = json!({
            "k": "step", "kind": "http", "name": "note", "integration": "http.ci",
            "when": ["b", true], "timeout_s": "10", "on_error": "continue", "idempotent": false,
            "reads": true, "output": "json",
            "args": {"method": ["s", "GET"], "path": ["s", "/notes"], "query": ["obj"],
                "headers": ["obj"], "response_headers": ["list"], "paginate": obj(&parts)},
        });
        let hooks = "/flows/aws_lambda/hooks/after_request";
        let found = changed(hooks, json!([step])).err().unwrap_or_default();
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{found}");
    }
}
