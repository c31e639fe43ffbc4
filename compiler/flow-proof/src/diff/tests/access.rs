//! Break-glass, extensions, and what a strategy and its targets say of access.

use flow_bundle::bundle::{Bundle, OnPreexisting, Strategy, Target};
use flow_bundle::number::Seconds;
use serde_json::{Value as Json, json};

use super::{base, check, is};
use crate::diff::diff;
use crate::testing::{changed, decide};

#[test]
fn break_glass() {
    let glass = || {
        vec![
            ("/approvals", json!([])),
            ("/auto", json!(true)),
            (
                "/break_glass",
                json!({"announce": ["call", "channel@1", ["s", "#fire"]], "reason": "reason"}),
            ),
        ]
    };
    let gone = "breaking: stage `member` is gone: requests that wait cannot move\n\
        breaking: stage `security` is gone: requests that wait cannot move";
    let new = "breaking: stage `member` is new: requests that wait cannot move\n\
        breaking: stage `security` is new: requests that wait cannot move";
    let steps = "steps.precheck.output.allowed = true";
    let there = "changed: it reaches `slack` `#fire`\n\
        changed: it no longer reaches `slack` `#sym-requests`";
    let back = "changed: it reaches `slack` `#sym-requests`\n\
        changed: it no longer reaches `slack` `#fire`";
    let forwards = format!(
        "weaker: nobody decides any more: break-glass approves requests at once when {steps}\n{gone}\n{there}"
    );
    let backwards = format!(
        "{new}\nstronger: people decide again: it is no longer break-glass when {steps}\n{back}"
    );
    check(vec![(glass(), &forwards, &backwards)]);
}

#[test]
fn extending() {
    let extend = |by: &str, times: &str, total: &str| {
        ("/grant/extend", json!({"approval": by, "max_times": times, "max_total_s": total}))
    };
    let rows = [
        (
            extend("same", "1", "7200"),
            extend("none", "1", "7200"),
            "weaker: nobody approves extending, before it was every stage",
            "stronger: every stage approves extending, before it was nobody",
        ),
        (
            extend("same", "1", "7200"),
            extend("member", "1", "7200"),
            "weaker: stage `member` approves extending, before it was every stage",
            "stronger: every stage approves extending, before it was stage `member`",
        ),
        (
            extend("same", "1", "7200"),
            extend("same", "2", "7200"),
            "weaker: a grant can be extended 2 times, before it was once",
            "stronger: a grant can be extended once, before it was 2 times",
        ),
        (
            extend("same", "1", "7200"),
            extend("same", "1", "14400"),
            "weaker: an extended grant lasts up to 4h, before it was 2h",
            "stronger: an extended grant lasts up to 2h, before it was 4h",
        ),
    ];
    for (before, after, forwards, backwards) in rows {
        let with = |extend| changed(&base().into_iter().chain([extend]).collect::<Vec<_>>());
        let (before, after) = (with(before), with(after));
        assert_eq!(lines(&before, &after), forwards);
        assert_eq!(lines(&after, &before), backwards);
    }
}

fn lines(before: &Bundle, after: &Bundle) -> String {
    let diff = diff(before, after);
    let lines = diff.flows[0].changes.iter().map(|c| format!("{}: {}", c.way.word(), c.text));
    lines.collect::<Vec<_>>().join("\n")
}

/// Access by an Okta group that a request chooses.
fn okta(edit: impl Fn(&mut Bundle)) -> Bundle {
    let group = json!(["tmpl", ["s", "g-"], ["get", "request", "fields", "urgency"]]);
    let grant = json!({"duration": ["d", "1800"], "ends": "after_duration", "max_duration_s": "3600",
        "revocable": true, "strategy": "okta_group.main", "target": ["ref", "target.okta_group.team"]});
    let mut bundle = changed(&base().into_iter().chain([("/grant", grant)]).collect::<Vec<_>>());
    let target = json!({"label": "Team", "settings": {"group_id": group}, "type": "okta_group"});
    bundle.targets.insert("okta_group.team".to_owned(), serde_json::from_value(target).unwrap());
    let mut strategy = bundle.strategies["aws_lambda.button"].clone();
    strategy.kind = "okta_group".to_owned();
    strategy.targets = vec!["okta_group.team".to_owned()];
    strategy.on_preexisting = Some(OnPreexisting::Keep);
    bundle.strategies.insert("okta_group.main".to_owned(), strategy);
    edit(&mut bundle);
    bundle
}

fn granted(bundle: &mut Bundle) -> &mut Strategy {
    bundle.strategies.get_mut("okta_group.main").unwrap()
}

fn team(bundle: &mut Bundle) -> &mut Target {
    bundle.targets.get_mut("okta_group.team").unwrap()
}

fn each_of(words: &[&str]) -> Option<flow_bundle::Expr> {
    let list: Vec<Json> =
        [json!("list")].into_iter().chain(words.iter().map(|w| json!(["s", w]))).collect();
    serde_json::from_value(json!(list)).unwrap()
}

type Edit = fn(&mut Bundle);

#[test]
fn strategies_and_targets() {
    let rows: [(Edit, Edit, &str); 9] = [
        (
            |_| {},
            |b| granted(b).on_preexisting = Some(OnPreexisting::Adopt),
            "weaker: access that somebody had before is taken over: it counts as granted, and goes at the end",
        ),
        (
            |b| granted(b).on_preexisting = Some(OnPreexisting::Deny),
            |_| {},
            "weaker: access that somebody had before is kept: it stays after the end",
        ),
        (
            |_| {},
            |b| granted(b).on_preexisting = Some(OnPreexisting::Deny),
            "stronger: a request for access that somebody has already is refused",
        ),
        (
            |_| {},
            |b| granted(b).residual_s = Some(Seconds(3600)),
            "weaker: a login may outlive its grant by 1h, before it was 0s",
        ),
        (
            |b| granted(b).residual_s = Some(Seconds(3600)),
            |b| granted(b).residual_s = Some(Seconds(60)),
            "stronger: a login may outlive its grant by 1m, before it was 1h",
        ),
        (
            |b| team(b).each_of = each_of(&["eu"]),
            |b| team(b).each_of = each_of(&["eu", "us"]),
            "weaker: target `okta_group.team` is made for \"us\" too",
        ),
        (
            |b| team(b).each_of = each_of(&["eu", "us"]),
            |b| team(b).each_of = each_of(&["eu"]),
            "stronger: target `okta_group.team` is no longer made for \"us\"",
        ),
        (
            |_| {},
            |b| {
                let fields = &mut b.flows.get_mut("aws_lambda").unwrap().fields;
                let urgency = fields.iter_mut().find(|f| f.name == "urgency").unwrap();
                urgency.ty =
                    serde_json::from_value(json!(["enum", ["low", "high", "mid"]])).unwrap();
            },
            "weaker: the `group_id` of target `okta_group.team` can be `g-mid` too\n\
             weaker: it reaches `okta_group` `write g-mid`\n\
             changed: field `urgency` offers `mid` too",
        ),
        (
            |_| {},
            |b| {
                let fields = &mut b.flows.get_mut("aws_lambda").unwrap().fields;
                let urgency = fields.iter_mut().find(|f| f.name == "urgency").unwrap();
                urgency.ty = flow_bundle::Type::String;
                urgency.limits.pattern = Some("[a-z]+".to_owned());
            },
            "weaker: the `group_id` of target `okta_group.team` can be whatever matches `g\\-(?:[a-z]+)`, before it was one of 2 values\n\
             weaker: it reaches `okta_group` `write g\\-(?:[a-z]+)`\n\
             breaking: field `urgency` is string, before it was one of \"low\", \"high\": requests that wait cannot move\n\
             changed: it no longer reaches `okta_group` `write g-high`\n\
             changed: it no longer reaches `okta_group` `write g-low`\n\
             changed: field `urgency` takes values of other bounds",
        ),
    ];
    for (before, after, expected) in rows {
        assert_eq!(lines(&okta(before), &okta(after)), expected);
    }
}

#[test]
fn break_glass_that_refuses_some() {
    let glass = |more: &str| {
        let announce: Json = serde_json::from_str(more).unwrap();
        let glass = json!({"announce": announce, "reason": "reason"});
        let deny = ("/hooks/on_request/-", decide("deny", is("low")));
        changed(
            &base()
                .into_iter()
                .chain([
                    ("/approvals", json!([])),
                    ("/auto", json!(true)),
                    ("/break_glass", glass),
                    deny,
                ])
                .collect::<Vec<_>>(),
        )
    };
    let (one, other) =
        (r##"["call", "channel@1", ["s", "#fire"]]"##, r##"["call", "channel@1", ["s", "#ops"]]"##);
    assert_eq!(
        lines(&glass(one), &glass(other)),
        "weaker: others hear of uses of break-glass than before\n\
         changed: it reaches `slack` `#ops`\n\
         changed: it no longer reaches `slack` `#fire`"
    );
}
