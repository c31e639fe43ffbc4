//! One change each, and what is said of it.

use serde_json::{Value as Json, json};

use super::*;
use crate::testing::{changed, decide, is, urgency};

mod access;
mod names;

type Changes<'t> = Vec<(&'t str, Json)>;

/// The base of all rows: two stages, the second for what is urgent.
fn base() -> Changes<'static> {
    vec![
        ("/fields/-", urgency()),
        ("/approvals/-", stage("security", is("high"), "1", &["ana@x", "bo@x"])),
        ("/approvals/0/rules/0/quorum", json!(["n", "2"])),
    ]
}

fn stage(name: &str, when: Json, quorum: &str, people: &[&str]) -> Json {
    let people = people.iter().map(|e| json!(["call", "user@1", ["s", e]]));
    let people: Vec<Json> = [json!("list")].into_iter().chain(people).collect();
    json!({"after": [], "allow_self": false, "ask_comment": "no", "denials": "1", "distinct": true,
        "name": name, "notify": [], "on_timeout": "expire", "routes": [], "timeout_s": "3600",
        "rules": [{"approvers": people, "name": "", "quorum": ["n", quorum]}], "when": when})
}

fn told(before: &Changes<'_>, after: &Changes<'_>) -> (Verdict, String) {
    let diff = diff(&changed(before), &changed(after));
    let flow = &diff.flows[0];
    let lines = flow.changes.iter().map(|c| format!("{}: {}", c.way.word(), c.text));
    (flow.verdict, lines.collect::<Vec<_>>().join("\n"))
}

/// Each row is a change on top of the base; what it says forwards, and what backwards.
fn check(rows: Vec<(Changes<'_>, &str, &str)>) {
    for (changes, forwards, backwards) in rows {
        let after: Changes<'_> = base().into_iter().chain(changes.clone()).collect();
        assert_eq!(told(&base(), &after).1, forwards, "{changes:?}");
        assert_eq!(told(&after, &base()).1, backwards, "back from {changes:?}");
    }
}

#[test]
fn the_same_is_equal() {
    let diff = diff(&changed(&base()), &changed(&base()));
    assert_eq!(diff.flows[0].verdict, Verdict::Equal);
    assert_eq!(diff.to_text(), "1 flow equal\n");
    assert!(!diff.is_weaker());
}

#[test]
fn stages() {
    let security = "/approvals/1";
    let at = |part: &str| -> &'static str { format!("{security}/{part}").leak() };
    check(vec![
        (
            vec![(at("when"), json!(["&&", is("high"), is("low")]))],
            "weaker: stage `security` is no longer required when urgency = high",
            "stronger: stage `security` is required when urgency = high",
        ),
        (
            vec![(at("when"), json!(["b", true]))],
            "stronger: stage `security` is required when urgency = low",
            "weaker: stage `security` is no longer required when urgency = low",
        ),
        (
            // The same in other words.
            vec![(at("when"), json!(["!", is("low")]))],
            "changed: something that it refers to has changed",
            "changed: something that it refers to has changed",
        ),
        (
            vec![("/approvals/-", stage("third", json!(["b", true]), "1", &["ana@x"]))],
            "breaking: stage `third` is new: requests that wait cannot move\nstronger: stage `third` is required",
            "weaker: stage `third` is no longer required\nbreaking: stage `third` is gone: requests that wait cannot move",
        ),
        (
            vec![(at("name"), json!("safety"))],
            "breaking: stage `security` is called `safety` now: approvals that were given are lost",
            "breaking: stage `safety` is called `security` now: approvals that were given are lost",
        ),
        (
            vec![(
                at("rules/0/approvers"),
                json!([
                    "list",
                    ["call", "user@1", ["s", "ana@x"]],
                    ["call", "user@1", ["s", "dan@x"]]
                ]),
            )],
            "weaker: `dan@x` can decide stage `security` too\nstronger: `bo@x` can no longer decide stage `security`",
            "weaker: `bo@x` can decide stage `security` too\nstronger: `dan@x` can no longer decide stage `security`",
        ),
        (
            vec![(
                at("rules/0/approvers"),
                json!([
                    "?",
                    is("low"),
                    ["set", "admins"],
                    ["list", ["call", "user@1", ["s", "ana@x"]], ["call", "user@1", ["s", "bo@x"]]]
                ]),
            )],
            "changed: something that it refers to has changed",
            "changed: something that it refers to has changed",
        ),
        (
            vec![(
                "/permissions/decide",
                json!(["call", "union@1", ["set", "members"], ["set", "guests"]]),
            )],
            "weaker: `ana@x as a guest` and `bo@x as a guest` can decide stage `security` too\nchanged: `permissions.decide` is written otherwise",
            "stronger: `ana@x as a guest` and `bo@x as a guest` can no longer decide stage `security`\nchanged: `permissions.decide` is written otherwise",
        ),
        (
            vec![("/approvals/0/rules/0/quorum", json!(["?", is("high"), ["n", "1"], ["n", "2"]]))],
            "weaker: stage `member` wants 1 approval, before it was 2 when urgency = high",
            "stronger: stage `member` wants 2 approvals, before it was 1 when urgency = high",
        ),
        (
            vec![(at("denials"), json!("2"))],
            "weaker: 2 people must deny `security` to end a request, before it was 1",
            "stronger: 1 person must deny `security` to end a request, before it was 2",
        ),
        (
            vec![(at("allow_self"), json!(true))],
            "weaker: who asks may approve `security` themselves",
            "stronger: who asks may no longer approve `security` themselves",
        ),
        (
            vec![(at("on_timeout"), json!("skip"))],
            "weaker: stage `security` counts as met when nobody answers in 1h",
            "stronger: stage `security` is no longer skipped when nobody answers",
        ),
        (
            vec![(at("timeout_s"), json!("7200"))],
            "changed: stage `security` waits 2h, before it was 1h",
            "changed: stage `security` waits 1h, before it was 2h",
        ),
        (
            vec![
                (at("fallback_approvers"), json!(["set", "admins"])),
                (at("on_timeout"), json!("fallback")),
            ],
            "weaker: `admins` can take over stage `security`\nchanged: stage `security` hands over to its fallback when nobody answers",
            "stronger: `admins` can no longer take over stage `security`\nchanged: stage `security` expires when nobody answers",
        ),
    ]);
}

#[test]
fn asking_and_deciding() {
    let approve = |when: Json| decide("approve", when);
    check(vec![
        (
            vec![(
                "/permissions/request",
                json!(["call", "union@1", ["set", "members"], ["set", "guests"]]),
            )],
            "weaker: `guests` may ask too",
            "stronger: `guests` may no longer ask",
        ),
        (
            vec![("/permissions/revoke", json!(["set", "nobody"]))],
            "weaker: `admins` may no longer revoke",
            "stronger: `admins` may revoke too",
        ),
        (
            vec![("/permissions/view", json!(["set", "members"]))],
            "weaker: `members` may see requests too",
            "stronger: `members` may no longer see requests",
        ),
        (
            vec![("/enabled", json!(false))],
            "stronger: the flow is closed now",
            "weaker: the flow is open now",
        ),
        (
            vec![("/sources", json!(["slack", "web"]))],
            "stronger: requests can no longer come from the API",
            "weaker: requests can come from the API",
        ),
        (
            vec![("/auto", json!(true)), ("/hooks/on_request/-", approve(is("low")))],
            "weaker: requests are approved without a person when steps.precheck.output.allowed = true and urgency = low",
            "stronger: requests are no longer approved without a person when steps.precheck.output.allowed = true and urgency = low",
        ),
        (
            vec![("/hooks/on_request/-", decide("deny", is("high")))],
            "stronger: requests are refused when urgency = high",
            "weaker: requests are no longer refused when urgency = high",
        ),
        (
            vec![("/hooks/on_deny", json!([decide("ignore", is("high"))]))],
            "weaker: denials are ignored when urgency = high",
            "stronger: it no longer holds that denials are ignored when urgency = high",
        ),
        (
            vec![("/hooks/on_escalate", json!([decide("deny", is("high"))]))],
            "stronger: grants are refused when urgency = high",
            "weaker: it no longer holds that grants are refused when urgency = high",
        ),
        (
            vec![("/hooks/on_request/0/on_error", json!("continue"))],
            "weaker: the request goes on where step `precheck` fails",
            "stronger: the request no longer goes on where step `precheck` fails",
        ),
    ]);
}

#[test]
fn granting() {
    check(vec![
        (
            vec![("/grant/max_duration_s", json!("1800"))],
            "stronger: a grant lasts up to 30m, before it was 1h",
            "weaker: a grant lasts up to 1h, before it was 30m",
        ),
        (
            vec![("/grant/max_duration_s", json!("7200"))],
            "changed: `max_duration` is 2h, before it was 1h; no request can tell the difference",
            "changed: `max_duration` is 1h, before it was 2h; no request can tell the difference",
        ),
        (
            vec![("/grant/ends", json!("on_revoke"))],
            "weaker: a grant ends only when somebody revokes it",
            "stronger: a grant ends by itself",
        ),
        (
            vec![("/grant/revocable", json!(false))],
            "weaker: a grant can no longer be revoked early",
            "stronger: a grant can be revoked early",
        ),
        (
            vec![(
                "/grant/extend",
                json!({"approval": "same", "max_times": "1", "max_total_s": "7200"}),
            )],
            "weaker: a grant can be extended once to 2h in all",
            "stronger: a grant can no longer be extended",
        ),
        (
            vec![("/grant", Json::Null)],
            "stronger: the flow no longer grants anything",
            "weaker: the flow grants access now, by `strategy.aws_lambda.button`",
        ),
    ]);
}

#[test]
fn the_form() {
    check(vec![
        (
            vec![("/fields/1/name", json!("why"))],
            "breaking: field `reason` is gone: requests that wait cannot move\nbreaking: field `why` is new and required: requests that wait cannot move",
            "breaking: field `why` is gone: requests that wait cannot move\nbreaking: field `reason` is new and required: requests that wait cannot move",
        ),
        (
            vec![("/fields/3/type", json!(["enum", ["low", "high", "mid"]]))],
            "changed: field `urgency` offers `mid` too",
            "breaking: field `urgency` no longer offers `mid`: requests with it cannot move",
        ),
        (
            vec![("/label", json!("Other"))],
            "changed: it is called otherwise",
            "changed: it is called otherwise",
        ),
    ]);
}
