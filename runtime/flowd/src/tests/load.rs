//! Which bundles are taken, and what a new one does to requests of the old.

use flow_bundle::bundle::Bundle;
use flow_engine::effect::Purpose;
use flow_proof::diff::Verdict;
use serde_json::json;

use super::{World, bundle, id, minutes, write};
use crate::admit::admit;
use crate::binding::{Binding, Role};
use crate::config::{Config, ServeArgs};
use crate::load::{LoadError, Upload};

fn refusals(world: &World, bundle: &Bundle) -> String {
    match world.app.load(&write(bundle).into(), None) {
        Err(LoadError::Refused(all)) => all.join("\n"),
        Err(other) => other.to_string(),
        Ok(loaded) => format!("taken; {}", loaded.notes.join("; ")),
    }
}

#[test]
fn what_goes_beyond_is_refused_with_every_reason() {
    let config = |text: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let config = Some(file.path().to_owned());
        Config::read(&ServeArgs { db: "x".into(), config, ..ServeArgs::default() }).unwrap()
    };
    let binding = |arn: &str| Binding {
        deployment: "test".into(),
        external_id: "x".into(),
        roles: vec![Role { role_arn: "r".into(), function_arns: [arn.to_owned()].into() }],
    };
    let named = json!(["call", "user@1", ["s", "gone@acme.example"]]);
    for (part, value, toml, arn, want) in [
        ("", json!(null), "", super::ARN, "taken"),
        ("", json!(null), "", "arn:other", "add the bundle to a `flow_invoke_grant`"),
        (
            "",
            json!(null),
            "[ceiling]\nfunctions = [\"arn:aws:lambda:*:*:function:other\"]",
            super::ARN,
            "ceiling.functions",
        ),
        (
            "",
            json!(null),
            "[ceiling]\nlongest_duration = \"30m\"",
            super::ARN,
            "up to 3600 s (`max_duration`), against `ceiling.longest_duration = \"30m\"`",
        ),
        (
            "/flows/button/grant/extend",
            json!({ "approval": "same", "max_times": "1", "max_total_s": "36000" }),
            "[ceiling]\nlongest_duration = \"9h\"",
            super::ARN,
            "up to 36000 s with its extensions (`extend.max_total`)",
        ),
        (
            "/flows/button/grant/ends",
            json!("on_revoke"),
            "[ceiling]\nlongest_duration = \"9h\"",
            super::ARN,
            "without an end",
        ),
        (
            "/strategies/aws_lambda.button/type",
            json!("http"),
            "",
            super::ARN,
            "`http` is not built yet",
        ),
        (
            "/flows/button/hooks",
            json!({ "on_request": [{
                "k": "step", "kind": "http", "name": "jobs", "integration": "http.ci",
                "when": ["b", true], "timeout_s": "10", "on_error": "fail", "idempotent": false,
                "reads": true, "output": "json",
                "args": { "method": ["s", "GET"], "path": ["s", "/jobs"] },
            }] }),
            "",
            super::ARN,
            "flows.button.hooks.on_request.jobs: step `jobs` of flow `button` is of kind `http`, and this version has no connector for it: take the step out of the flow",
        ),
        (
            "/flows/ask/approvals/0/steps",
            json!([{
                "k": "step", "kind": "is_member", "name": "is_member#1", "when": ["b", true],
                "timeout_s": "5", "on_error": "continue", "idempotent": false, "reads": true,
                "output": ["object", { "member": "bool" }],
                "args": { "user": ["get", "requester"], "group": ["set", "members"] },
            }]),
            "",
            super::ARN,
            "step `is_member#1` of flow `ask` is of kind `is_member`",
        ),
        (
            "/reach/secrets",
            json!([{ "name": "k", "integrations": ["aws.main"] }]),
            "",
            super::ARN,
            "secret `k` is not mapped: give it a source",
        ),
        (
            "/reach/secrets",
            json!([{ "name": "k", "integrations": ["slack.x"] }]),
            "",
            super::ARN,
            "taken; secret `k` is not mapped; nothing here uses it yet",
        ),
        (
            "/flows/ask/permissions/revoke",
            named,
            "",
            super::ARN,
            "taken; flow `ask` names `gone@acme.example`",
        ),
        (
            "/flows/ask/sources",
            json!(["slack"]),
            "",
            super::ARN,
            "taken; flow `ask` takes no requests from the API",
        ),
    ] {
        let mut altered = serde_json::to_value(bundle()).unwrap();
        if let Some((parent, key)) = part.rsplit_once('/') {
            altered.pointer_mut(parent).unwrap()[key] = value;
        }
        let altered = serde_json::from_value(altered).unwrap();
        let found =
            admit(&altered, &config(toml), Some(&binding(arn)), &|e| e != "gone@acme.example");
        let got = if found.refusals.is_empty() {
            format!("taken; {}", found.notes.join("; "))
        } else {
            found.refusals.join("; ")
        };
        assert!(got.contains(want), "{part} {toml}: {got}");
    }
}

/// A strategy that cannot find out who somebody is would grant to somebody else.
#[test]
fn what_is_half_built_is_refused() {
    let world = World::new(&bundle());
    for (part, value, want) in [
        (
            "/strategies/aws_lambda.button/identity",
            json!({ "value": ["s", "x"], "steps": [{
                "k": "step", "kind": "okta_user", "name": "who", "when": ["b", true],
                "timeout_s": "10", "on_error": "fail", "idempotent": false, "reads": true,
                "output": "json", "args": {},
            }] }),
            "this version has no connector for it",
        ),
        (
            "/identities",
            json!({ "from": { "okta": { "integration": "okta.main", "lookup": ["s", "x"] } } }),
            "ids are not looked up in `okta.main` yet: write them into `map` or `override`",
        ),
    ] {
        let mut altered = serde_json::to_value(bundle()).unwrap();
        let (parent, key) = part.rsplit_once('/').unwrap();
        altered.pointer_mut(parent).unwrap()[key] = value;
        let altered = serde_json::from_value(altered).unwrap();
        let config = Config::read(&ServeArgs { db: "x".into(), ..ServeArgs::default() }).unwrap();
        let binding = world.app.binding.read().unwrap().clone();
        let found = admit(&altered, &config, binding.as_ref(), &|_| true);
        let got = found.refusals.join("; ");
        assert!(got.contains(want), "{part}: {got}");
    }
}

#[test]
fn a_refused_bundle_leaves_the_one_before_in_service() {
    let world = World::new(&bundle());
    let mut other = bundle();
    other.name = "other".into();
    *world.app.binding.write().unwrap() = None;
    assert!(refusals(&world, &other).contains("flow_invoke_grant"));
    assert_eq!(world.app.shelf.newest().unwrap().bundle().name, "test");
}

#[test]
fn a_refused_start_still_ends_what_stands() {
    let world = World::new(&bundle());
    let broken = || Ok("{}".to_owned().into());
    assert!(world.app.start(broken()).is_err(), "nothing is owed");
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();

    assert!(world.app.start(broken()).unwrap().is_none());
    let asked = world.ask(id(2), "ann", "ask", &[("reason", json!("x"))]).unwrap();
    assert_eq!(super::refused(&asked), Some(flow_engine::Reason::Frozen));
    world.pass(600);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");

    world.app.start(Ok(write(&bundle()).into())).unwrap();
    let asked = world.ask(id(3), "ann", "ask", &[("reason", json!("x"))]).unwrap();
    assert_eq!(super::refused(&asked), None);
}

#[test]
fn another_deployment_is_refused() {
    let world = World::new(&bundle());
    world.app.binding.write().unwrap().as_mut().unwrap().deployment = "prod".into();
    let mut other = bundle();
    other.name = "other".into();
    assert!(refusals(&world, &other).contains("its database serves `test`"));
}

#[test]
fn one_changed_byte_is_refused() {
    let world = World::new(&bundle());
    let text = write(&bundle()).replace("\"Button\"", "\"Buttom\"");
    assert!(world.app.load(&text.into(), None).is_err());
    assert!(world.app.load(&"{}".to_owned().into(), None).is_err());
}

#[test]
fn a_removed_flow_cancels_what_waits_and_keeps_what_stands() {
    let world = World::new(&bundle());
    world.ask(id(1), "ann", "ask", &[("reason", json!("x"))]).unwrap();
    world.ask(id(2), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(2), "bob", true).unwrap();
    world.settle().unwrap();

    let mut next = bundle();
    next.flows.clear();
    next.targets.clear();
    next.strategies.clear();
    flow_bundle::seal::seal(&mut next).unwrap();
    let kept = world.app.binding.write().unwrap().take();
    let mut upload = Upload::from(write(&next));
    let needs = format!("request `{}` still needs `{}` for its end", id(2), super::ARN);
    let plan = world.app.plan(&upload).unwrap();
    assert!(plan.stranded[0].contains(&needs), "{:?}", plan.stranded);
    assert_eq!(plan.cancelled, [id(1)]);
    assert_eq!(plan.pinned.into_values().collect::<Vec<_>>(), [1]);
    assert_eq!(plan.diff.count(Verdict::Removed), 2);
    let refused = refusals(&world, &next);
    assert!(refused.contains(&needs), "{refused}");
    assert_eq!(world.stands(id(1)), "pending", "nothing was done");

    upload.force = true;
    let loaded = world.app.load(&upload, None).unwrap();
    assert_eq!(loaded.cancelled, [id(1)]);
    assert!(loaded.notes.iter().any(|note| note.contains(&needs)), "{:?}", loaded.notes);
    *world.app.binding.write().unwrap() = kept;
    assert_eq!(world.stands(id(1)), "ended:cancelled");
    let world = world.reopen();
    world.pass(600);
    world.settle().unwrap();
    assert_eq!(world.stands(id(2)), "ended:ok");
}

#[test]
fn a_disabled_flow_takes_no_requests_at_once() {
    let world = World::new(&bundle());
    let mut next = bundle();
    next.flows.get_mut("ask").unwrap().enabled = false;
    flow_bundle::seal::seal(&mut next).unwrap();
    world.app.load(&write(&next).into(), None).unwrap();
    let asked = world.ask(id(1), "ann", "ask", &[("reason", json!("x"))]).unwrap();
    assert_eq!(super::refused(&asked), Some(flow_engine::Reason::FlowDisabled));
}

#[test]
fn what_was_renamed_stays_what_it_was() {
    let world = World::new(&shared());
    world.ask(id(1), "bob", "button", &minutes(10)).unwrap();
    world.decide(id(1), "cat", true).unwrap();
    world.ask(id(5), "cat", "button", &minutes(30)).unwrap();
    world.decide(id(5), "bob", true).unwrap();
    world.settle().unwrap();
    world.ask(id(2), "ann", "button", &minutes(10)).unwrap();
    let ann = world.person("ann");
    world.app.freeze(&ann, Some("button"), "drill").unwrap();

    let loaded = world.app.load(&write(&renamed(true)).into(), None).unwrap();
    assert_eq!(loaded.cancelled, []);
    let frozen = world.ask(id(3), "bob", "press", &minutes(20)).unwrap();
    assert_eq!(super::refused(&frozen), Some(flow_engine::Reason::Frozen));
    assert!(world.app.thaw(&ann, Some("button")).unwrap());

    // One who waits is served as under the old name.
    world.decide(id(2), "bob", true).unwrap();
    world.settle().unwrap();
    assert_eq!(world.stands(id(2)), "active");
    // Bob has one access, however it is called, and keeps it for as long as one of the two lasts.
    world.ask(id(4), "bob", "press", &minutes(20)).unwrap();
    world.decide(id(4), "cat", true).unwrap();
    world.settle().unwrap();
    assert_eq!(world.grants().len(), 3, "{:?}", world.grants());
    world.pass(600);
    world.settle().unwrap();
    assert_eq!([1, 2, 4].map(|n| world.stands(id(n))), ["ended:ok", "ended:ok", "active"]);
    assert_eq!(world.lambda.count(Purpose::Deescalate), 1);

    // An admin who knows only the new name ends what was granted under the old one.
    let sweep = crate::emergency::Sweep::Target("press".to_owned());
    assert_eq!(world.app.revoke_all(&ann, &sweep, "drill").unwrap().done, [id(5), id(4)]);
    world.settle().unwrap();
    assert_eq!(world.grants(), []);
}

#[test]
fn what_has_another_name_and_did_not_move_is_another() {
    let world = World::new(&shared());
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    let loaded = world.app.load(&write(&renamed(false)).into(), None).unwrap();
    assert_eq!(loaded.cancelled, [id(1)]);
}

/// People share one access to the target.
fn shared() -> Bundle {
    let mut bundle = bundle();
    let strategy = bundle.strategies.get_mut("aws_lambda.button").unwrap();
    strategy.overlap = flow_bundle::bundle::Overlap::Share;
    flow_bundle::seal::seal(&mut bundle).unwrap();
    bundle
}

/// The flow, the strategy and the target have other names than in [`shared`].
fn renamed(moved: bool) -> Bundle {
    let mut next = shared();
    let mut flow = next.flows.remove("button").unwrap();
    let grant = flow.grant.as_mut().unwrap();
    grant.strategy = "aws_lambda.press".to_owned();
    grant.target = Some(flow_bundle::Expr::Ref("aws_lambda_function.press".to_owned()));
    next.flows.insert("press".to_owned(), flow);
    let mut strategy = next.strategies.remove("aws_lambda.button").unwrap();
    strategy.targets = vec!["aws_lambda_function.press".to_owned()];
    next.strategies.insert("aws_lambda.press".to_owned(), strategy);
    let target = next.targets.remove("aws_lambda_function.button").unwrap();
    next.targets.insert("aws_lambda_function.press".to_owned(), target);
    let pair = |word: &str| flow_bundle::bundle::Moved {
        from: format!("{word}.button"),
        to: format!("{word}.press"),
    };
    if moved {
        let words = ["flow", "strategy.aws_lambda", "target.aws_lambda_function"];
        next.moved = words.map(pair).to_vec();
    }
    flow_bundle::seal::seal(&mut next).unwrap();
    next
}
