//! A script as the bundle that the engine reads.

use flow_bundle::bundle::Bundle;
use serde_json::{Value as Json, json};

use super::{ANNOUNCED, BUTTON, CHECK, Late, PROVIDER, Preexisting, Script, StageScript};

const STRATEGY: &str = "aws_lambda.button";
const HASH: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// The bundle of a script.
pub(super) fn of(script: &Script) -> Option<Bundle> {
    serde_json::from_value(whole(script, flow(script))).ok()
}

fn flow(script: &Script) -> Json {
    let mut flow = json!({
        "label": "Button", "approvals": approvals(script),
        "auto": script.needs_nobody() || script.auto || script.extend == Some("none"),
        "context": "json", "enabled": true, "graph": { "edges": [], "phases": [] },
        "hash": HASH, "hooks": hooks(script), "proofs": {}, "retention_s": "1",
        "sources": ["api"], "fields": [
            {
                "name": "urgent", "label": ["s", "Urgent"], "limits": {}, "required": ["b", true],
                "type": ["enum", ["yes", "no"]], "visible": ["b", true],
            },
            {
                "name": "why", "label": ["s", "Why"], "limits": {}, "required": ["b", true],
                "type": "string", "visible": ["b", true], "default": ["s", "an incident"],
            },
        ],
        "permissions": {
            "request": ["set", "everyone"], "view": ["set", "admins"],
            "decide": ["set", "members"], "revoke": ["set", "admins"], "list": ["b", true],
        },
    });
    let Some(map) = flow.as_object_mut() else { return flow };
    if let Some(grant) = grant(script) {
        map.insert("grant".to_owned(), grant);
    }
    if script.break_glass {
        let announce = json!(["call", "channel@1", ["s", ANNOUNCED]]);
        let glass = json!({ "reason": "why", "announce": announce });
        map.insert("break_glass".to_owned(), glass);
    }
    flow
}

fn grant(script: &Script) -> Option<Json> {
    if script.targets.is_empty() {
        return None;
    }
    let targets = script.targets.iter();
    let targets = targets.map(|t| json!(["ref", format!("target.{}", script.address(t))]));
    let list: Vec<Json> = std::iter::once(json!("list")).chain(targets).collect();
    let mut grant = json!({
        "strategy": STRATEGY, "targets": list, "revocable": script.revocable,
    });
    let Some(map) = grant.as_object_mut() else { return Some(grant) };
    if script.standing {
        map.insert("ends".to_owned(), "on_revoke".into());
    } else {
        map.insert("ends".to_owned(), "after_duration".into());
        map.insert("duration".to_owned(), json!(["d", script.duration_s.to_string()]));
        map.insert("max_duration_s".to_owned(), "7200".into());
    }
    if let Some(approval) = script.extend {
        let total = (script.duration_s + 2 * script.longer_s).to_string();
        let extend = json!({ "approval": approval, "max_times": "2", "max_total_s": total });
        map.insert("extend".to_owned(), extend);
    }
    Some(grant)
}

fn whole(script: &Script, flow: Json) -> Json {
    let inside = script.groups().into_iter();
    let inside = inside.map(|(name, members)| (name, json!({ "members": members })));
    let outside = script.outside_groups().into_iter();
    let outside = outside.map(|(name, _)| (name, json!({})));
    let groups: serde_json::Map<String, Json> = inside.chain(outside).collect();
    json!({
        "name": "b", "format": 1, "ir": 1, "language": 1, "tz": "2025b", "environments": {},
        "groups": groups, "identities": {},
        "integrations": integrations(script),
        "messages": {}, "secrets": {}, "flows": { "button": flow },
        "reach": {
            "aws_lambda": [
                { "arn": BUTTON, "integration": "aws.main", "uses": [] },
                { "arn": CHECK, "integration": "aws.main", "uses": [] },
            ],
            "aws_iam_group": [], "aws_sso_group": [], "aws_sso_permission_set": [],
            "github": [], "http": [], "okta_group": [], "pagerduty": [], "secrets": [],
            "slack": [],
        },
        "targets": {
            (script.address("button")): target(script, "button"),
            (script.address("lever")): target(script, "lever"),
        },
        "strategies": { (STRATEGY): strategy(script) },
    })
}

fn integrations(script: &Script) -> Json {
    let mut all = json!({ "aws.main": { "type": "aws" }, "okta.main": { "type": "okta" } });
    if let (true, Some(all)) = (script.http, all.as_object_mut()) {
        all.insert("http.main".to_owned(), json!({ "type": "http" }));
    }
    all
}

fn target(script: &Script, name: &str) -> Json {
    if script.service.is_some() {
        let settings = json!({ "group_id": ["s", name] });
        return json!({ "type": "okta_group", "label": name, "settings": settings });
    }
    if script.http {
        return json!({ "type": "http", "label": name, "settings": {} });
    }
    json!({ "type": "aws_lambda_function", "label": name,
        "settings": { "function": ["s", BUTTON], "which": ["s", name] } })
}

fn strategy(script: &Script) -> Json {
    let retry = json!({
        "attempts": "3", "backoff_s": "2", "rate": "2", "max_delay_s": "30",
        "jitter": true, "on": ["throttled", "connect", "timeout", "network"],
        "budget_s": "600",
    });
    let half = |asks: bool, what: &str| {
        let steps: Vec<Json> = asks.then(|| before(what)).into_iter().collect();
        json!({ "steps": steps, "retry": retry })
    };
    let (kind, integration) = match script.service {
        Some(_) => ("okta_group", "okta.main"),
        None if script.http => ("http", "http.main"),
        None => ("aws_lambda", "aws.main"),
    };
    let mut strategy = json!({
        "type": kind, "integration": integration,
        "targets": [script.address("button"), script.address("lever")],
        "timeout_s": script.timeout_s.to_string(), "idempotent": script.idempotent,
        "overlap": if script.shared { "share" } else { "each" },
        "escalate": half(script.asks_first, "make"),
        "deescalate": half(script.asks_last, "end"),
    });
    if script.http {
        writes_calls(&mut strategy);
    }
    let Some(map) = strategy.as_object_mut() else { return strategy };
    if script.by_id {
        map.insert("provider".to_owned(), PROVIDER.into());
    }
    let word = script.service.map(|preexisting| match preexisting {
        Preexisting::Keep => "keep",
        Preexisting::Adopt => "adopt",
        Preexisting::Deny => "deny",
    });
    if let Some(word) = word {
        map.insert("on_preexisting".to_owned(), word.into());
    }
    strategy
}

/// What is sent, and what has to be said for it to be done: of an end the status says it.
fn writes_calls(strategy: &mut Json) {
    let path = json!(["tmpl", ["s", "/grants/"], ["get", "target", "name"]]);
    let body = json!(["obj", ["who", ["get", "requester", "email"]]]);
    let half = |strategy: &mut Json, name: &str, parts: Json| {
        let half = strategy.get_mut(name).and_then(Json::as_object_mut);
        if let (Some(half), Json::Object(parts)) = (half, parts) {
            half.extend(parts);
        }
    };
    half(
        strategy,
        "escalate",
        json!({
            "call": { "method": ["s", "PUT"], "path": path, "body": body },
            "body": ["object", { "state": "string" }],
            "success": ["==", ["get", "response", "body", "state"], ["s", "granted"]],
        }),
    );
    half(strategy, "deescalate", json!({ "call": { "method": ["s", "DELETE"], "path": path } }));
}

/// A step that the strategy asks before a call of its own.
fn before(what: &str) -> Json {
    let mut step = step("", "fail");
    if let Some(step) = step.as_object_mut() {
        let target = json!(["get", "target", "name"]);
        let payload = json!(["obj", ["before", ["s", what]], ["target", target]]);
        step.insert("name".to_owned(), format!("before_{what}").into());
        step.insert("args".to_owned(), json!({ "function": ["s", CHECK], "payload": payload }));
    }
    step
}

fn approvals(script: &Script) -> Vec<Json> {
    let mut before: Vec<&str> = Vec::new();
    let mut approvals = Vec::new();
    for stage in &script.stages {
        let rules = stage.rules.iter().enumerate().map(|(i, (_, quorum))| {
            json!({ "name": format!("r{i}"), "quorum": ["n", quorum.to_string()],
                "approvers": ["ref", format!("group.{}_{i}", stage.name)] })
        });
        let (on_timeout, fallback) = match &stage.late {
            Late::Expire => ("expire", None),
            Late::Skip => ("skip", None),
            Late::Fallback(_) => {
                ("fallback", Some(json!(["ref", format!("group.{}_late", stage.name)])))
            }
        };
        let mut approval = json!({
            "name": stage.name, "after": before, "allow_self": stage.allow_self,
            "ask_comment": if stage.comment { "required" } else { "no" },
            "denials": stage.denials.to_string(), "distinct": stage.distinct, "notify": [],
            "routes": routes(stage), "on_timeout": on_timeout,
            "timeout_s": stage.timeout_s.to_string(), "when": ["b", true],
            "rules": rules.collect::<Vec<Json>>(),
        });
        if let Some(map) = approval.as_object_mut() {
            let remind = stage.remind_s.map(|s| s.to_string().into());
            map.extend(remind.map(|s| ("remind_s".to_owned(), s)));
            map.extend(fallback.map(|people| ("fallback_approvers".to_owned(), people)));
        }
        approvals.push(approval);
        before = if script.parallel { Vec::new() } else { vec![stage.name] };
    }
    approvals
}

fn routes(stage: &StageScript) -> Vec<Json> {
    let channels = ["#near", "#far"].into_iter().filter(|_| stage.routed);
    let routes = channels.map(|channel| {
        json!({ "name": channel.trim_start_matches('#'), "timeout_s": "60",
            "to": ["call", "channel@1", ["s", channel]], "next_on": ["timeout"] })
    });
    routes.collect()
}

fn hooks(script: &Script) -> Json {
    let mut hooks = serde_json::Map::new();
    if script.auto {
        let urgent = json!(["==", ["get", "request", "fields", "urgent"], ["s", "yes"]]);
        let approve = json!({ "k": "decision", "do": "approve", "when": urgent });
        hooks.insert("on_request".to_owned(), json!([approve]));
    }
    if script.fit {
        // Two questions, so that another click can be asked about in between.
        let busy = json!(["get", "steps", "fit", "output", "busy"]);
        let ignore = json!({ "k": "decision", "do": "ignore", "when": busy });
        let checks = json!([question("fit", false), question("more", true), ignore]);
        hooks.insert("on_approve".to_owned(), checks);
    }
    for (hook, on_error) in &script.hooks {
        let list = hooks.entry(*hook).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(step(hook, on_error));
        }
    }
    Json::Object(hooks)
}

/// A step that asks about whoever clicked.
fn question(name: &str, last: bool) -> Json {
    let mut step = step("", "ignore");
    if let Some(step) = step.as_object_mut() {
        let who = json!(["get", "event", "actor", "email"]);
        let payload = json!(["obj", ["who", who], ["last", ["b", last]]]);
        step.insert("name".to_owned(), name.into());
        step.insert("args".to_owned(), json!({ "function": ["s", CHECK], "payload": payload }));
    }
    step
}

fn step(hook: &str, on_error: &str) -> Json {
    json!({
        "k": "step", "kind": "aws_lambda", "name": format!("s_{hook}"), "when": ["b", true],
        "timeout_s": "10", "on_error": on_error, "idempotent": false, "reads": true,
        "output": "json", "args": { "function": ["s", CHECK], "payload": ["obj"] },
    })
}

/// The bundle of no script.
pub(super) fn empty() -> Bundle {
    Bundle {
        environments: Default::default(),
        flows: Default::default(),
        format: 1,
        groups: Default::default(),
        identities: Default::default(),
        integrations: Default::default(),
        ir: 1,
        language: 1,
        messages: Default::default(),
        moved: Vec::new(),
        name: String::new(),
        reach: Default::default(),
        required_runtime: None,
        secrets: Default::default(),
        strategies: Default::default(),
        targets: Default::default(),
        tz: String::new(),
    }
}
