//! Every claim on whole flows: the examples, what breaks them, and P1 against an oracle.

use serde_json::{Value as Json, json};

use super::*;
use crate::testing::{LAMBDA, approval_only, lambda};

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

/// The Lambda flow with parts changed, by JSON pointers below the flow.
fn changed(changes: &[(&str, Json)]) -> Bundle {
    let mut json: Json = serde_json::from_str(LAMBDA).unwrap();
    for (pointer, value) in changes {
        let flow = json.pointer_mut("/flows/aws_lambda").unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match flow.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")) {
            Json::Array(list) if key == "-" => list.push(value.clone()),
            Json::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
            Json::Object(map) if value.is_null() => drop(map.remove(key)),
            Json::Object(map) => drop(map.insert(key.to_owned(), value.clone())),
            other => panic!("{other}"),
        }
    }
    serde_json::from_value(json).unwrap()
}

fn urgency() -> Json {
    json!({"label": ["s", "u"], "limits": {}, "name": "urgency", "required": ["b", true],
        "visible": ["b", true], "type": ["enum", ["low", "high"]]})
}

fn is(word: &str) -> Json {
    json!(["==", ["get", "request", "fields", "urgency"], ["s", word]])
}

fn decide(verdict: &str, when: Json) -> Json {
    json!({"k": "decision", "do": verdict, "when": when})
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
            "P1 A508 flows.aws_lambda.approvals: no stage is needed, so nobody would have to approve when steps.precheck.output.allowed is true and request.fields.urgency is \"low\"",
        ),
        (
            "P1",
            vec![u(), when(json!(["||", is("high"), is("low")]))],
            "Proved: one of `member` is always needed",
        ),
        (
            "P1",
            vec![u(), when(is("high")), ("/auto", json!(true))],
            "Declared: no stage is needed, so nobody would have to approve",
        ),
        (
            "P1",
            vec![u(), when(is("high")), ("/hooks/on_request/-", decide("deny", is("low")))],
            "Proved: one of `member` is always needed",
        ),
        (
            "P1",
            vec![when(json!([">=", risk(), ["n", "70"]]))],
            "P1 A508 flows.aws_lambda.approvals: no stage is needed, so nobody would have to approve when steps.precheck.output.allowed is true and steps.precheck.output.risk is less than 70",
        ),
        (
            "P1",
            vec![("/approvals/0/on_timeout", json!("skip"))],
            "P1 A509 flows.aws_lambda.approvals.member.on_timeout: `member` is skipped when nobody answers, and nobody else has to when steps.precheck.output.allowed is true",
        ),
        (
            "P1",
            vec![quorum(json!(["n", "0"]))],
            "P1 A514 flows.aws_lambda.approvals.member: the quorum of `member` can be below 1, which nobody has to meet when steps.precheck.output.allowed is true",
        ),
        (
            "P1",
            vec![quorum(risk())],
            "P1 A514 flows.aws_lambda.approvals.member: the quorum of `member` can be below 1, which nobody has to meet when steps.precheck.output.allowed is true",
        ),
        (
            "P1",
            vec![quorum(json!(["call", "max@1", ["n", "1"], risk()]))],
            "Proved: `member` is always needed",
        ),
        (
            "P1",
            vec![u(), ("/hooks/on_request/-", decide("approve", is("high")))],
            "P1 H306 flows.aws_lambda.hooks.on_request.2: this approves without a person, and the flow does not declare it when steps.precheck.output.allowed is true and request.fields.urgency is \"high\"",
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
            "P1 H308 flows.aws_lambda.hooks.on_request.2: this approves every request without a person when steps.precheck.output.allowed is true",
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
            "P1 A515 flows.aws_lambda.approvals: there is no stage, and nothing approves by itself when steps.precheck.output.allowed is true",
        ),
        (
            "P1",
            vec![(
                "/grant/extend",
                json!({"approval": "none", "max_times": "1", "max_total_s": "60"}),
            )],
            "P1 H306 flows.aws_lambda.grant.extend.approval: this extends without a person, and the flow does not declare it",
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
            "P5 A520 flows.aws_lambda.approvals.member.timeout_s: waits 30d1s, allowed is up to 30d",
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
            "P6 A503 flows.aws_lambda.approvals.member.rules.0.quorum: 2 of 1 people can never be met when steps.precheck.output.risk is 70",
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
            "P6 A505 flows.aws_lambda.approvals.member: its rules need 2 different people, and 1 are in question for the right rules",
        ),
        (
            "P7",
            vec![("/fields/2/allowed", json!(["list", ["d", "1800"], ["d", "43200"]]))],
            "P7 S405 flows.aws_lambda.fields.duration.allowed.1: can be 12h, longer than `max_duration` of 1h",
        ),
        (
            "P7",
            vec![("/fields/2/allowed", Json::Null)],
            "P7 S407 flows.aws_lambda.fields.duration: can be as long as somebody likes: `allowed` or `max`",
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
fn what_time_can_change_is_not_the_same_twice() {
    let early = json!(["<", ["call", "hour@1", ["call", "now@1"], ["s", "UTC"]], ["n", "9"]]);
    let bundle = changed(&[
        ("/approvals/0/when", early.clone()),
        ("/hooks/on_request/-", decide("deny", json!(["!", early]))),
    ]);
    assert!(shown(&bundle, "aws_lambda", "P1").starts_with("P1 A508"));
}

mod oracle {
    //! P1 beside a search through every value of every field, with the real evaluator.

    use flow_bundle::Expr;
    use flow_bundle::bundle::{HookEvent, OnTimeout, Statement, Verdict};
    use flow_bundle::eval::{Scope, eval};
    use flow_bundle::value::Value;

    use super::*;

    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % sides
        }

        fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
            words[self.roll(words.len())]
        }

        fn condition(&mut self, depth: usize) -> Json {
            let field = |n: &str| json!(["get", "request", "fields", n]);
            if depth > 0 && self.roll(3) > 0 {
                let mut next = || self.condition(depth - 1);
                let (a, b, c) = (next(), next(), next());
                return match self.roll(4) {
                    0 => json!(["&&", a, b]),
                    1 => json!(["||", a, b]),
                    2 => json!(["!", a]),
                    _ => json!(["?", a, b, c]),
                };
            }
            match self.roll(9) {
                0 => json!(["==", field("a"), ["s", self.pick(&["x", "y", "z", "w"])]]),
                1 => json!(["!=", ["s", self.pick(&["p", "q"])], field("b")]),
                2 => json!(["==", field("b"), ["null"]]),
                3 => {
                    let n = self.roll(6).to_string();
                    json!([self.pick(&["<", "<=", ">", ">=", "==", "!="]), field("n"), ["n", n]])
                }
                4 => field("t"),
                5 => json!(["call", "contains@1", ["list", ["s", "x"], ["s", "y"]], field("a")]),
                6 => json!([self.pick(&["==", "!="]), field("o"), ["b", self.roll(2) > 0]]),
                7 => json!([self.pick(&["==", "!="]), ["null"], field("o")]),
                _ => json!(["b", self.roll(4) > 0]),
            }
        }

        fn flow(&mut self) -> Bundle {
            let field = |name: &str, ty: Json, required: bool, limits: Json| {
                json!({"label": ["s", name], "limits": limits, "name": name, "type": ty,
                    "required": ["b", required], "visible": ["b", true]})
            };
            let whole = json!({"integer": true, "min": "0", "max": "3"});
            let mut changes = vec![
                ("/fields/-", field("a", json!(["enum", ["x", "y", "z"]]), true, json!({}))),
                ("/fields/-", field("b", json!(["enum", ["p", "q"]]), false, json!({}))),
                ("/fields/-", field("n", json!("number"), true, whole)),
                ("/fields/-", field("t", json!("bool"), true, json!({}))),
                ("/fields/-", field("o", json!("bool"), false, json!({}))),
                ("/auto", json!(self.roll(2) == 0)),
            ];
            let lambda: Json = serde_json::from_str(LAMBDA).unwrap();
            let stage = lambda.pointer("/flows/aws_lambda/approvals/0").unwrap();
            let stages: Vec<Json> = (0..=self.roll(3))
                .map(|i| {
                    let mut stage = stage.clone();
                    stage["name"] = json!(format!("s{i}"));
                    stage["when"] = self.condition(2);
                    stage["on_timeout"] = json!(if self.roll(5) == 0 { "skip" } else { "expire" });
                    stage["rules"][0]["quorum"] = match self.roll(6) {
                        0 => json!(["?", self.condition(1), ["n", "0"], ["n", "1"]]),
                        _ => json!(["n", "1"]),
                    };
                    stage
                })
                .collect();
            changes.push(("/approvals", json!(stages)));
            let hooks: Vec<Json> = (0..self.roll(3))
                .map(|_| match self.roll(4) {
                    0 => decide("approve", self.condition(2)),
                    1 => json!({"k": "fail", "message": ["s", "no"], "when": self.condition(1)}),
                    _ => decide("deny", self.condition(2)),
                })
                .collect();
            changes.push(("/hooks/on_request", json!(hooks)));
            changed(&changes)
        }
    }

    fn holds(expr: &Expr, scope: &Scope<'_>) -> bool {
        eval(expr, scope).unwrap() == Value::Bool(true)
    }

    /// Whether with these values a grant is made without a person.
    fn unmanned(flow: &Flow, scope: &Scope<'_>) -> bool {
        for statement in &flow.hooks[&HookEvent::OnRequest] {
            match statement {
                Statement::Decision(d) if holds(&d.when, scope) => {
                    return d.verdict == Verdict::Approve;
                }
                Statement::Fail(f) if holds(&f.when, scope) => return false,
                _ => {}
            }
        }
        flow.approvals.iter().all(|stage| {
            let quorum = eval(&stage.rules[0].quorum, scope).unwrap();
            !holds(&stage.when, scope)
                || stage.on_timeout == OnTimeout::Skip
                || quorum == Value::Number(0.into())
        })
    }

    /// One scope for each combination of values.
    fn scopes() -> Vec<Scope<'static>> {
        let (words, nullable) = (["x", "y", "z"], [None, Some("p"), Some("q")]);
        let (either, optional) = ([true, false], [None, Some(true), Some(false)]);
        let cases = 0..3 * 3 * 4 * 2 * 3;
        let one = |case: usize| {
            let fields = json!({
                "a": words[case % 3],
                "b": nullable[case / 3 % 3],
                "n": case / 9 % 4,
                "t": either[case / 36 % 2],
                "o": optional[case / 72],
            });
            let data = flow_bundle::json::parse(json!({ "fields": fields }).to_string().as_bytes());
            Scope::new().with("request", data.unwrap())
        };
        cases.map(one).collect()
    }

    #[test]
    fn p1_agrees_with_trying_everything() {
        let scopes = scopes();
        let mut dice = Dice(3);
        let mut open = 0;
        for round in 0..2_000 {
            let bundle = dice.flow();
            let flow = &bundle.flows["aws_lambda"];
            let expected = scopes.iter().any(|scope| unmanned(flow, scope));
            let claims = prove(&bundle, "aws_lambda", &Given::default());
            let proved = claims.proofs.get("P1").is_some_and(|p| p.result == ProofResult::Proved);
            open += usize::from(expected);
            assert_eq!(!proved, expected, "round {round}: {claims:?} {flow:?}");
        }
        assert!((300..1_700).contains(&open), "{open} of 2000 have a way without a person");
    }
}
