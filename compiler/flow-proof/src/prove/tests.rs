//! Every claim on whole flows: the examples, and what breaks them.

use serde_json::{Value as Json, json};

use super::*;
use crate::testing::{approval_only, changed, decide, is, lambda, urgency};

fn shown(bundle: &Bundle, address: &str, claim: &str) -> String {
    let claims = prove(bundle, address, &Given::default());
    if let Some(proof) = claims.proofs.get(claim) {
        return format!("{:?}: {}", proof.result, proof.why);
    }
    let failures = claims.failures.iter().filter(|f| f.claim == claim);
    failures.map(Failure::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_has_the_proofs_of_the_specification() {
    let bundle = approval_only();
    let claims = prove(&bundle, "friday_deploy", &Given::default());
    assert_eq!(claims.failures, []);
    assert_eq!(claims.proofs, bundle.flows["friday_deploy"].proofs);
}

#[test]
fn the_lambda_example() {
    let bundle = lambda();
    for (claim, expected) in [
        ("P1", "Proved: `member` is always needed"),
        ("P2", "Proved: `aws_lambda.button` takes back, tried until it is confirmed"),
        ("P3", "Proved: 1 function, 4 Slack destinations"),
        ("P4", "Proved: "),
        ("P5", "Proved: at most 1d2m5s + grant 1h"),
        ("P6", "Unknown: `member`: quorum 2 of a set known only when it runs, requester left out"),
        ("P7", "Proved: at most 1h"),
        ("P8", "Proved: "),
    ] {
        assert_eq!(shown(&bundle, "aws_lambda", claim), expected, "{claim}");
    }
    assert_eq!(prove(&bundle, "nobody", &Given::default()), Claims::default());
}

type Row<'t> = (&'t str, Vec<(&'t str, Json)>, &'t str);

fn check(rows: Vec<Row<'_>>) {
    for (claim, changes, expected) in rows {
        let found = shown(&changed(&changes), "aws_lambda", claim);
        assert_eq!(found, expected, "{changes:?}");
    }
}

fn u() -> (&'static str, Json) {
    ("/fields/-", urgency())
}

fn risk() -> Json {
    json!(["get", "steps", "precheck", "output", "risk"])
}

#[test]
fn a_way_without_a_person_is_told_with_its_values() {
    let when = |e: Json| ("/approvals/0/when", e);
    let quorum = |e: Json| ("/approvals/0/rules/0/quorum", e);
    check(vec![
        (
            "P1",
            vec![u(), when(is("high"))],
            "P1 A508 flows.aws_lambda.approvals.member.when: with steps.precheck.output.allowed = true and urgency = low nobody has to approve: no stage is needed",
        ),
        (
            "P1",
            vec![u(), when(json!(["||", is("high"), is("low")]))],
            "Proved: one of `member` is always needed",
        ),
        (
            "P1",
            vec![u(), when(is("high")), ("/auto", json!(true))],
            "P1 A508 flows.aws_lambda.approvals.member.when: with steps.precheck.output.allowed = true and urgency = low nobody has to approve: no stage is needed",
        ),
        (
            "P1",
            vec![u(), when(is("high")), ("/hooks/on_request/-", decide("deny", is("low")))],
            "Proved: one of `member` is always needed",
        ),
        (
            "P1",
            vec![when(json!([">=", risk(), ["n", "70"]]))],
            "P1 A508 flows.aws_lambda.approvals.member.when: with steps.precheck.output.allowed = true and steps.precheck.output.risk = 69 nobody has to approve: no stage is needed",
        ),
        (
            "P1",
            vec![("/approvals/0/on_timeout", json!("skip"))],
            "P1 A509 flows.aws_lambda.approvals.member.on_timeout: with steps.precheck.output.allowed = true `member` is skipped when nobody answers, and nobody else has to",
        ),
        (
            "P1",
            vec![quorum(json!(["n", "0"]))],
            "P1 A514 flows.aws_lambda.approvals.member: with steps.precheck.output.allowed = true the quorum of `member` can be below 1, which nobody has to meet",
        ),
        (
            "P1",
            vec![quorum(risk())],
            "P1 A514 flows.aws_lambda.approvals.member: with steps.precheck.output.allowed = true the quorum of `member` can be below 1, which nobody has to meet",
        ),
        (
            "P1",
            vec![quorum(json!(["call", "max@1", ["n", "1"], risk()]))],
            "Proved: `member` is always needed",
        ),
        (
            "P1",
            vec![u(), ("/hooks/on_request/-", decide("approve", is("high")))],
            "P1 H306 flows.aws_lambda.hooks.on_request.2: with steps.precheck.output.allowed = true and urgency = high this approves without a person, and the flow does not say so",
        ),
        (
            "P1",
            vec![
                u(),
                ("/auto", json!(true)),
                ("/hooks/on_request/-", decide("approve", is("high"))),
            ],
            "Declared: approved by itself when request.fields.urgency == \"high\"",
        ),
        (
            "P1",
            vec![
                ("/auto", json!(true)),
                ("/hooks/on_request/-", decide("approve", json!(["b", true]))),
            ],
            "P1 H308 flows.aws_lambda.hooks.on_request.2: everything would be approved without a person",
        ),
        (
            "P1",
            vec![
                u(),
                ("/hooks/on_request/-", decide("approve", json!(["&&", is("high"), is("low")]))),
            ],
            "Proved: `member` is always needed",
        ),
        (
            "P1",
            vec![("/approvals", json!([]))],
            "P1 A515 flows.aws_lambda.approvals: with steps.precheck.output.allowed = true there is no stage, and nothing approves by itself",
        ),
        (
            "P1",
            vec![(
                "/grant/extend",
                json!({"approval": "none", "max_times": "1", "max_total_s": "60"}),
            )],
            "P1 H306 flows.aws_lambda.grant.extend.approval: this extends without a person, and the flow does not say so",
        ),
        ("P1", vec![("/grant", Json::Null)], "Vacuous: nothing is granted"),
    ]);
}

#[test]
fn what_breaks_another_claim_is_told_with_its_place() {
    let people = |n: usize| {
        let users =
            ["ana@x", "bo@x", "chi@x"].iter().take(n).map(|e| json!(["call", "user@1", ["s", e]]));
        [json!("list")].into_iter().chain(users).collect::<Json>()
    };
    check(vec![
        (
            "P2",
            vec![(
                "/hooks/on_deescalate",
                json!([decide("deny", json!(["b", true])), {"k": "fail", "message": ["s", "no"], "when": ["b", true]}]),
            )],
            "P2 H314 flows.aws_lambda.hooks.on_deescalate.0: only `ignore` may be decided here\nP2 H311 flows.aws_lambda.hooks.on_deescalate.1: nothing may fail before an end",
        ),
        (
            "P3",
            vec![(
                "/hooks/on_request/0/args/function",
                json!(["get", "request", "fields", "reason"]),
            )],
            "P3 N606 flows.aws_lambda.hooks.on_request.precheck.args.function: must be known at build (null: `request` has no value here)",
        ),
        (
            "P3",
            vec![("/hooks/on_request/0/args/function", json!(["s", "arn:aws:lambda:*"]))],
            "P3 S411 flows.aws_lambda.hooks.on_request.precheck.args.function: `arn:aws:lambda:*` is not one exact Lambda ARN",
        ),
        (
            "P5",
            vec![("/approvals/0/timeout_s", json!("2592001"))],
            "P5 A520 flows.aws_lambda.approvals.member.timeout_s: `member` waits 30d1s: a stage waits from 1s to 30d",
        ),
        (
            "P5",
            vec![("/grant/ends", json!("on_revoke")), ("/grant/revocable", json!(false))],
            "P5 S419 flows.aws_lambda.grant: it ends only by a revoke, and nobody may revoke it",
        ),
        (
            "P5",
            vec![("/grant/ends", json!("on_revoke"))],
            "Proved: at most 1d2m5s, then until a person revokes",
        ),
        (
            "P6",
            vec![("/approvals/0/rules/0/approvers", people(1))],
            "P6 A503 flows.aws_lambda.approvals.member.rules.0.quorum: with steps.precheck.output.risk = 70 `member` wants 2 approvals, and only 1 person can give them",
        ),
        (
            "P6",
            vec![("/approvals/0/rules/0/approvers", people(2))],
            "Unknown: `member`: quorum 2 of 2 people, requester left out",
        ),
        (
            "P6",
            vec![("/approvals/0/rules/0/approvers", people(3))],
            "Proved: 3 people, quorum 2, requester left out",
        ),
        (
            "P6",
            vec![
                ("/approvals/0/rules/0/approvers", people(2)),
                ("/approvals/0/allow_self", json!(true)),
            ],
            "Proved: 2 people, quorum 2",
        ),
        (
            "P6",
            vec![(
                "/approvals/0/rules",
                json!([{"name": "a", "approvers": people(2), "quorum": ["n", "1"]}, {"name": "b", "approvers": people(1), "quorum": ["n", "1"]}]),
            )],
            "Unknown: `member` cannot be met when ana@x asks",
        ),
        (
            "P6",
            vec![(
                "/approvals/0/rules",
                json!([{"name": "a", "approvers": people(1), "quorum": ["n", "1"]}, {"name": "b", "approvers": people(1), "quorum": ["n", "1"]}]),
            )],
            "P6 A505 flows.aws_lambda.approvals.member: the rules of `member` want 2 different people, and only 1 person can decide",
        ),
        (
            "P7",
            vec![("/fields/2/allowed", json!(["list", ["d", "1800"], ["d", "43200"]]))],
            "P7 S405 flows.aws_lambda.fields.duration.allowed.1: with duration = 12h the grant can last 12h, longer than its `max_duration` of 1h",
        ),
        (
            "P7",
            vec![("/fields/2/allowed", Json::Null)],
            "P7 S407 flows.aws_lambda.fields.duration: people may ask for any duration in `duration`, and what is over 1h is cut",
        ),
        (
            "P7",
            vec![("/fields/2/allowed", Json::Null), ("/fields/2/limits/max", json!("3600"))],
            "Proved: at most 1h",
        ),
        (
            "P7",
            vec![(
                "/grant/duration",
                json!(["*", ["get", "request", "fields", "duration"], ["n", "2"]]),
            )],
            "Unknown: a longer result is cut to 1h",
        ),
    ]);
}

#[test]
fn a_condition_that_nothing_can_break_is_none() {
    let get = |path: &str| {
        path.split('.').fold(json!(["get"]), |mut all, word| {
            all.as_array_mut().unwrap().push(json!(word));
            all
        })
    };
    let reason = || get("request.fields.reason");
    let length = |op: &str, n: &str| json!([op, ["call", "length@1", reason()], ["n", n]]);
    let now = || json!(["call", "now@1"]);
    let noon = || json!(["call", "hour@1", ["call", "now@1"], ["s", "UTC"]]);
    for when in [
        json!(["||", ["!=", reason(), ["s", ""]], ["==", reason(), ["s", ""]]]),
        json!(["==", now(), now()]),
        json!([">=", noon(), ["n", "0"]]),
        json!(["||", ["<", noon(), ["n", "9"]], ["!", ["<", noon(), ["n", "9"]]]]),
        json!([
            "||",
            ["<", now(), ["call", "timestamp@1", reason()]],
            [">=", now(), ["call", "timestamp@1", reason()]]
        ]),
        length(">=", "0"),
        json!(["||", is("low"), is("high")]),
        json!(["!=", ["call", "upper@1", get("request.fields.urgency")], ["s", "MID"]]),
        json!(["==", get("request.target.name"), ["s", "super_secret_button"]]),
        json!([
            "call",
            "contains@1",
            ["list", ["s", "slack"], ["s", "api"], ["s", "web"]],
            get("request.source")
        ]),
        json!(["let", [["x", is("low")]], ["||", ["local", "x"], ["!", ["local", "x"]]]]),
    ] {
        let changes =
            [u(), ("/auto", json!(true)), ("/hooks/on_request/-", decide("approve", when.clone()))];
        assert_eq!(
            shown(&changed(&changes), "aws_lambda", "P1"),
            "P1 H308 flows.aws_lambda.hooks.on_request.2: everything would be approved without a person: this condition always holds",
            "{when}"
        );
    }
    // What only looks like it.
    for when in
        [length(">", "0"), json!(["<", now(), ["call", "timestamp@1", reason()]]), is("low")]
    {
        let changes =
            [u(), ("/auto", json!(true)), ("/hooks/on_request/-", decide("approve", when.clone()))];
        assert!(shown(&changed(&changes), "aws_lambda", "P1").starts_with("Declared"), "{when}");
    }
}

#[test]
fn who_can_never_decide_is_told() {
    let approvers = |e: Json| ("/approvals/0/rules/0/approvers", e);
    let decide_by = |e: Json| ("/permissions/decide", e);
    let set = |word: &str| json!(["set", word]);
    let requester = || json!(["get", "requester"]);
    let one = || ("/approvals/0/rules/0/quorum", json!(["n", "1"]));
    let ana = || json!(["call", "user@1", ["s", "ana@x"]]);
    let by_ana = || ("/permissions/request", json!(["list", ana()]));
    let nobody =
        "P6 A501 flows.aws_lambda.approvals.member.rules.0.approvers: nobody can decide `member`: ";
    let row = |changes, said: &str| ("P6", changes, said.to_owned());
    let rows = [
        row(
            vec![approvers(requester())],
            &format!("{nobody}only who asks is an approver, and nobody decides their own request"),
        ),
        row(
            vec![approvers(requester()), ("/approvals/0/allow_self", json!(true)), one()],
            "Unknown: `member`: quorum 1 of a set known only when it runs",
        ),
        row(
            vec![approvers(json!(["call", "except@1", set("members"), set("members")]))],
            &format!("{nobody}the set of its approvers is empty"),
        ),
        row(
            vec![approvers(json!(["call", "intersect@1", set("admins"), set("guests")]))],
            &format!("{nobody}the set of its approvers is empty"),
        ),
        row(
            vec![decide_by(set("nobody"))],
            "P6 A501 flows.aws_lambda.permissions.decide: nobody may decide in this flow: the set is empty",
        ),
        row(
            vec![decide_by(json!(["null"]))],
            "P6 A501 flows.aws_lambda.permissions.decide: nobody may decide in this flow: the set is empty",
        ),
        row(
            vec![decide_by(set("guests"))],
            "P6 A513 flows.aws_lambda.approvals.member.rules.0.approvers: nobody can decide `member`: `permissions.decide` leaves out all its approvers",
        ),
        row(
            vec![approvers(json!(["list", ana()])), by_ana(), one()],
            "P6 A503 flows.aws_lambda.approvals.member.rules.0.quorum: `member` wants an approval that nobody can give: it asks 1 person less the one who asks",
        ),
        row(
            vec![approvers(json!(["?", is("low"), requester(), set("members")])), u()],
            &format!("{nobody}only who asks is an approver, and nobody decides their own request")
                .replace(": nobody can", ": with urgency = low nobody can"),
        ),
    ];
    for (claim, changes, expected) in rows {
        assert_eq!(shown(&changed(&changes), "aws_lambda", claim), expected, "{changes:?}");
    }
}

#[test]
fn what_is_pointless_is_told() {
    for (changes, expected) in [
        (vec![("/permissions/request", json!(["set", "nobody"]))], "A521 permissions.request"),
        (vec![("/permissions/request", json!(["null"]))], "A521 permissions.request"),
        (vec![("/auto", json!(true))], "H307 auto"),
        (
            vec![
                u(),
                ("/hooks/on_request/-", decide("deny", is("low"))),
                ("/hooks/on_request/-", decide("deny", is("low"))),
            ],
            "H303 hooks.on_request.3",
        ),
        (
            vec![
                u(),
                ("/auto", json!(true)),
                ("/hooks/on_request/-", decide("deny", is("low"))),
                ("/hooks/on_request/-", decide("approve", is("high"))),
            ],
            "H308 hooks.on_request.3",
        ),
        (
            vec![u(), ("/approvals/0/when", json!(["&&", is("low"), is("high")]))],
            "A507 approvals.member",
        ),
        (vec![], ""),
    ] {
        let bundle = changed(&changes);
        let doubts = prove(&bundle, "aws_lambda", &Given::default()).doubts;
        let found =
            doubts.iter().map(|d| format!("{} {}", d.code, &d.path["flows.aws_lambda.".len()..]));
        assert_eq!(found.collect::<Vec<_>>().join("\n"), expected, "{doubts:?}");
    }
}

#[test]
fn what_time_can_change_is_not_the_same_twice() {
    let early = json!(["<", ["call", "hour@1", ["call", "now@1"], ["s", "UTC"]], ["n", "9"]]);
    let bundle = changed(&[
        ("/approvals/0/when", early.clone()),
        ("/hooks/on_request/-", decide("deny", json!(["!", early]))),
    ]);
    assert!(shown(&bundle, "aws_lambda", "P1").starts_with("P1 A508"));
}
