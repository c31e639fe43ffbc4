//! Flows to live through: the smallest ones that show a rule.

use serde_json::{Value as Json, json};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:button";
const HASH: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// One stage, decided by `bo`, `cy`, `di` of a static group; one Lambda target for an hour.
pub fn lambda() -> Json {
    bundle(flow(&[stage("lead", 1)], json!({}), Some(grant())), "each", false)
}

/// As [`lambda`], with these changes to the flow.
pub fn changed(change: impl Fn(&mut Json)) -> Json {
    let mut bundle = lambda();
    change(&mut bundle["flows"]["button"]);
    bundle
}

/// As [`lambda`], with these changes to the strategy.
pub fn with_strategy(change: impl Fn(&mut Json)) -> Json {
    let mut bundle = lambda();
    change(&mut bundle["strategies"]["aws_lambda.button"]);
    bundle
}

pub fn stage(name: &str, quorum: u32) -> Json {
    json!({
        "name": name, "after": [], "allow_self": false, "ask_comment": "no", "denials": "1",
        "distinct": true, "notify": [], "routes": [], "on_timeout": "expire",
        "timeout_s": "3600", "when": ["b", true],
        "rules": [{ "name": "", "approvers": ["ref", "group.leads"],
            "quorum": ["n", quorum.to_string()] }],
    })
}

pub fn grant() -> Json {
    json!({
        "strategy": "aws_lambda.button", "target": ["ref", "target.aws_lambda_function.button"],
        "duration": ["d", "7200"], "max_duration_s": "3600", "ends": "after_duration",
        "revocable": true,
    })
}

pub fn step(name: &str, on_error: &str) -> Json {
    json!({
        "k": "step", "kind": "aws_lambda", "name": name, "when": ["b", true], "timeout_s": "10",
        "on_error": on_error, "idempotent": false, "reads": true, "output": "json",
        "args": { "function": ["s", ARN], "payload": ["obj", ["who", ["get", "requester", "email"]]] },
    })
}

pub fn flow(stages: &[Json], hooks: Json, grant: Option<Json>) -> Json {
    let mut flow = json!({
        "label": "Button", "approvals": stages, "auto": false, "context": "json",
        "enabled": true, "fields": [], "graph": { "edges": [], "phases": [] }, "hash": HASH,
        "hooks": hooks, "proofs": {}, "retention_s": "1", "sources": ["api"],
        "permissions": {
            "request": ["set", "everyone"], "view": ["set", "admins"],
            "decide": ["set", "members"], "revoke": ["set", "admins"], "list": ["b", true],
        },
    });
    if let Some(grant) = grant {
        flow["grant"] = grant;
    }
    flow
}

pub fn bundle(flow: Json, overlap: &str, idempotent: bool) -> Json {
    let retry = json!({
        "attempts": "3", "backoff_s": "2", "rate": "2", "max_delay_s": "30", "jitter": true,
        "on": ["throttled", "connect", "timeout"], "budget_s": "3600",
    });
    let call = json!({ "steps": [], "retry": retry });
    json!({
        "name": "b", "format": 1, "ir": 1, "language": 1, "tz": "2025b", "environments": {},
        "groups": { "leads": { "members": ["bo@x.example", "cy@x.example", "di@x.example"] } },
        "identities": {}, "integrations": { "aws.main": { "type": "aws" } }, "messages": {},
        "secrets": {}, "flows": { "button": flow },
        "reach": {
            "aws_lambda": [{ "arn": ARN, "integration": "aws.main", "uses": [] }],
            "aws_iam_group": [], "aws_sso_group": [], "aws_sso_permission_set": [], "github": [],
            "http": [], "okta_group": [], "pagerduty": [], "secrets": [], "slack": [],
        },
        "targets": { "aws_lambda_function.button": {
            "type": "aws_lambda_function", "label": "The button",
            "settings": { "function": ["s", ARN] },
        }},
        "strategies": { "aws_lambda.button": {
            "type": "aws_lambda", "integration": "aws.main",
            "targets": ["aws_lambda_function.button"], "timeout_s": "15",
            "idempotent": idempotent, "overlap": overlap, "escalate": call, "deescalate": call,
        }},
    })
}
