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
            json!(["obj", ["kind", ["s", "x"]], ["token_url", ["s", "https://10.0.0.1"]]]),
            "`10.0.0.1` is a private address",
        ),
    ] {
        let found = changed(&pointer, value.clone()).expect_err(&pointer);
        assert!(found.contains(expected), "{pointer} = {value}: {found}");
    }
}
