//! Dry runs, as text.

use std::fmt::Write as _;

use flow_bundle::bundle::{Bundle, ErrorKind};
use flow_bundle::digest::Digest;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Assumed, Decision, Finish, Said, dry_run};
use crate::context::{Context, Pinned};
use crate::event::{Ask, Event, EventKind, EventSource};
use crate::ids::RequestId;
use crate::tests::flows::{changed, lambda, step};
use crate::tests::life::person;
use crate::tests::polls::polled;

fn told(bundle: &Json, asker: &str, assumed: &Assumed) -> String {
    let bundle: Bundle = serde_json::from_value(bundle.clone()).unwrap();
    let (address, flow) = bundle.flows.iter().next().unwrap();
    let pinned = Pinned { bundle: &bundle, content_hash: Digest::of(b"b"), address, flow };
    let asked = Ask {
        request: RequestId(Uuid::from_u128(1)),
        requester: None,
        fields: [].into(),
        context: Json::Null,
    };
    let ask = Event {
        id: "ask".to_owned(),
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
        by: Some(person(asker)),
        source: EventSource::Api,
        kind: EventKind::Ask(asked),
    };
    let context = Context::plain("test", Some(person(asker)));
    let run = dry_run(&pinned, &ask, &context, assumed);
    let mut text = String::new();
    for entry in &run.way {
        let because = entry.because.as_ref().map(|b| format!(" [{b}]")).unwrap_or_default();
        let _ = writeln!(text, "{}s {}{because}", entry.after_s, entry.text);
    }
    let _ = match &run.end {
        Finish::Ended { outcome } => writeln!(text, "ended: {}", outcome.word()),
        Finish::Refused(refusal) => writeln!(text, "refused: {}", refusal.reason.word()),
        Finish::NeedsAnswer { call, example } => writeln!(text, "{call} is answered? {example}"),
        Finish::Stands => writeln!(text, "stands"),
        Finish::GoesOn => writeln!(text, "goes on"),
    };
    text
}

fn assumed(people: &[&str], decision: Decision, answers: &[(&str, Said)]) -> Assumed {
    Assumed {
        people: people.iter().map(|name| person(name)).collect(),
        decision,
        answers: answers.iter().map(|(name, said)| ((*name).to_owned(), said.clone())).collect(),
    }
}

fn compare(found: &str, expected: &str) {
    let expected: String =
        expected.lines().map(str::trim).fold(String::new(), |text, line| text + line + "\n");
    assert_eq!(found, expected.trim_start_matches('\n'), "\nfound:\n{found}");
}

#[test]
fn the_whole_way() {
    let found = told(&lambda(), "ana", &assumed(&["ana", "eve", "bo"], Decision::Approve, &[]));
    compare(
        &found,
        "0s ana asks for Button [flows.button.permissions.request]
        0s would get The button (`aws_lambda_function.button`) for 1h [flows.button.grant]
        0s stage `lead` waits for 1 of group.leads; without a decision it expires after 1h [flows.button.approvals.lead]
        0s group:leads is told: ana asks for Button
        0s bo approves, as one of the approvers of stage lead [flows.button.approvals.lead.rules]
        0s stage `lead` is met [flows.button.approvals.lead]
        0s it is approved: every stage is met
        0s dm:ana@x.example is told: Button: your request is approved.
        0s `escalate` calls arn:aws:lambda:us-east-1:123456789012:function:button [strategies.aws_lambda.button.escalate]
        0s access to `aws_lambda_function.button` stands: the other side confirmed [flows.button.grant]
        0s dm:ana@x.example is told: Button: your access is active until 2026-01-01T01:00:00Z.
        3600s `aws_lambda_function.button`: its end has begun [flows.button.grant.duration]
        3600s `deescalate` calls arn:aws:lambda:us-east-1:123456789012:function:button [strategies.aws_lambda.button.deescalate]
        3600s access to `aws_lambda_function.button` has ended: the function confirmed
        3600s it ends, `ok`: every end is confirmed
        3600s dm:ana@x.example is told: Button: your access has ended.
        ended: ok",
    );
}

#[test]
fn nobody_decides() {
    let found = told(&lambda(), "ana", &assumed(&["bo"], Decision::Nobody, &[]));
    compare(
        &found,
        "0s ana asks for Button [flows.button.permissions.request]
        0s would get The button (`aws_lambda_function.button`) for 1h [flows.button.grant]
        0s stage `lead` waits for 1 of group.leads; without a decision it expires after 1h [flows.button.approvals.lead]
        0s group:leads is told: ana asks for Button
        3600s stage `lead` expires: nobody decided in time [flows.button.approvals.lead.timeout]
        3600s it ends, `expired`: timeout
        3600s dm:ana@x.example is told: Nobody decided in time, so your request has expired. You can ask again.
        ended: expired",
    );
}

#[test]
fn it_is_denied() {
    let found = told(&lambda(), "ana", &assumed(&["bo"], Decision::Deny, &[]));
    compare(
        &found,
        "0s ana asks for Button [flows.button.permissions.request]
        0s would get The button (`aws_lambda_function.button`) for 1h [flows.button.grant]
        0s stage `lead` waits for 1 of group.leads; without a decision it expires after 1h [flows.button.approvals.lead]
        0s group:leads is told: ana asks for Button
        0s bo denies, as one of the approvers of stage lead [flows.button.approvals.lead.rules]
        0s it ends, `denied`: denials
        0s dm:ana@x.example is told: bo has denied your request.
        ended: denied",
    );
}

#[test]
fn who_may_not_ask() {
    let bundle = changed(|flow| flow["permissions"]["request"] = json!(["set", "admins"]));
    compare(&told(&bundle, "ana", &Assumed::default()), "refused: not_permitted");
}

#[test]
fn an_answer_that_nobody_gave() {
    let bundle = changed(|flow| {
        let mut asks = step("check", "fail");
        asks["output"] = json!(["object", { "passed": "bool" }]);
        flow["hooks"] = json!({ "on_request": [asks] });
    });
    let none = assumed(&["bo"], Decision::Approve, &[]);
    compare(
        &told(&bundle, "ana", &none),
        r#"0s ana asks for Button [flows.button.permissions.request]
        0s `check` calls arn:aws:lambda:us-east-1:123456789012:function:button [flows.button.hooks.on_request.check]
        check is answered? {"passed":false}"#,
    );
    let fails = [("check", Said::Failed(ErrorKind::Timeout))];
    let found = told(&bundle, "ana", &assumed(&["bo"], Decision::Approve, &fails));
    assert!(found.contains("step `check` fails: assumed to fail: timeout"), "{found}");
    assert!(found.ends_with("ended: errored\n"), "{found}");
    let passes = [("check", Said::Output(json!({ "passed": true })))];
    let found = told(&bundle, "ana", &assumed(&["bo"], Decision::Approve, &passes));
    assert!(found.ends_with("ended: ok\n"), "{found}");
}

#[test]
fn access_that_has_no_end_stands() {
    let bundle = changed(|flow| {
        let grant = flow["grant"].as_object_mut().unwrap();
        grant.insert("ends".to_owned(), json!("on_revoke"));
        grant.remove("duration");
        grant.remove("max_duration_s");
    });
    let found = told(&bundle, "ana", &assumed(&["bo"], Decision::Approve, &[]));
    assert!(found.ends_with("stands\n"), "{found}");
}

/// Asking everybody is not living: a house of many people comes to its end as a small one does.
#[test]
fn others_are_asked_once_they_may_decide_however_many_there_are() {
    let bundle = changed(|flow| {
        let stage = &mut flow["approvals"][0];
        stage["rules"][0]["approvers"] = json!(["call", "user@1", ["s", "zoe@x.example"]]);
        stage["on_timeout"] = json!("fallback");
        stage["fallback_approvers"] = json!(["ref", "group.leads"]);
        stage["remind_s"] = json!("60");
    });
    let many: Vec<String> = (0..30_000).map(|n| format!("p{n}")).collect();
    let people: Vec<&str> = many.iter().map(String::as_str).chain(["bo"]).collect();
    let found = told(&bundle, "ana", &assumed(&people, Decision::Approve, &[]));
    assert!(found.contains("3600s bo approves"), "{found}");
    assert!(found.ends_with("ended: ok\n"), "{found}");
}

/// What is only taken is not told as done: whoever asks says what the poll is answered.
#[test]
fn a_call_that_is_polled() {
    let mut bundle = polled(&["escalate"]);
    bundle["strategies"]["http.role"]["escalate"]["call"]["expect"] = json!(["list", ["n", "202"]]);
    let found = told(&bundle, "ana", &assumed(&["bo"], Decision::Approve, &[]));
    let asks = "[strategies.http.role.escalate.poll]\n\
                escalate.poll is answered? {\"body\":{\"state\":\"…\"},\"status\":200}\n";
    assert!(found.ends_with(asks), "{found}");
    let state = |state| Said::Output(json!({ "status": 200, "body": { "state": state } }));
    for (said, end) in [("READY", "ended: ok\n"), ("REJECTED", "ended: errored\n")] {
        let answers = [("escalate.poll", state(said))];
        let found = told(&bundle, "ana", &assumed(&["bo"], Decision::Approve, &answers));
        assert!(found.ends_with(end), "{found}");
    }
}
