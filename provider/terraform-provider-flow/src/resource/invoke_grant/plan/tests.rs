//! Plans: a configuration and what was there before, in; what will be there, out.

use std::collections::BTreeSet;

use flow_aws::iam::{Quotas, Stock};
use tfplugin::{Object, Value};

use super::plan;
use crate::cloud::Home;
use crate::document;

const PRINCIPAL: &str = "arn:aws:iam::123456789012:role/flowd";

fn home() -> Home {
    Home { partition: "aws".to_owned(), account: "123456789012".to_owned() }
}

fn function(name: &str) -> String {
    format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}")
}

/// As the protocol proposes something new.
fn proposed(functions: &[&str]) -> Object {
    Object::new([
        ("deployment", "prod".into()),
        ("name_prefix", "flow-".into()),
        ("path", "/flow/".into()),
        ("attach_assume_policy", true.into()),
        ("principal_arn", PRINCIPAL.into()),
        ("lambda_arns", Value::strings(functions.iter().map(|name| function(name)))),
        ("external_id", Value::Unknown),
    ])
}

/// As it stands after an apply.
fn applied(functions: &[&str]) -> Object {
    let mut state = proposed(functions);
    state.set("external_id", "e1");
    plan(&home(), Quotas::default(), None, state).state.unwrap()
}

fn planned(prior: Option<&Object>, proposed: Object) -> Object {
    let outcome = plan(&home(), Quotas::default(), prior, proposed);
    assert!(!outcome.diagnostics.has_error(), "{:?}", outcome.diagnostics);
    outcome.state.unwrap()
}

fn said(prior: Option<&Object>, proposed: Object, quotas: Quotas) -> Vec<String> {
    let outcome = plan(&home(), quotas, prior, proposed);
    outcome.diagnostics.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect()
}

#[test]
fn a_new_grant_shows_all_but_the_external_id() {
    let plan = planned(None, proposed(&["b", "a"]));
    let role = "arn:aws:iam::123456789012:role/flow/flow-prod";
    assert_eq!(*plan.value("role_arns"), Value::strings([role]));
    assert_eq!(*plan.value("trust_policy"), Value::Unknown);
    assert_eq!(*plan.value("binding"), Value::Unknown);
    let policy = Value::object([
        ("role", "flow-prod".into()),
        ("name", "invoke".into()),
        ("arn", Value::Null),
        ("document", document::invoke(&[function("a"), function("b")]).into()),
    ]);
    assert_eq!(*plan.value("policies"), Value::List(vec![policy]));
    let assume = plan.string("assume_policy_json").known().unwrap();
    assert_eq!(assume, document::assume(&[role.to_owned()]));
}

#[test]
fn an_applied_grant_is_what_the_daemon_reads() {
    let state = applied(&["a"]);
    let trust = state.string("trust_policy").known().unwrap();
    assert_eq!(trust, document::trust(PRINCIPAL, "e1"));
    let binding = state.string("binding").known().unwrap();
    let expected = r#"{"deployment":"prod","external_id":"e1","roles":[{"function_arns":["arn:aws:lambda:eu-west-1:123456789012:function:a"],"role_arn":"arn:aws:iam::123456789012:role/flow/flow-prod"}]}"#;
    assert_eq!(binding, expected);
    assert_eq!(planned(Some(&state), state.clone()), state, "a second plan changes nothing");
}

#[test]
fn what_is_not_known_leaves_the_rest_unknown() {
    let mut unknown = proposed(&["a"]);
    unknown.set("lambda_arns", Value::Unknown);
    let plan = planned(None, unknown);
    for name in ["role_arns", "policies", "assume_policy_json", "binding", "trust_policy"] {
        assert_eq!(*plan.value(name), Value::Unknown, "{name}");
    }
    let mut unknown = applied(&["a"]);
    unknown.set("principal_arn", Value::Unknown);
    let plan = planned(Some(&applied(&["a"])), unknown);
    assert_eq!(*plan.value("trust_policy"), Value::Unknown);
    assert!(plan.string("binding").known().is_some());
}

#[test]
fn differences_are_planned_away() {
    let good = applied(&["a", "b"]);
    // Somebody edited the policy, and added one by hand.
    let mut drifted = good.clone();
    let open = document::invoke(&["*".to_owned()]);
    let strange = |name: &str, document: &str| {
        Value::object([
            ("role", "flow-prod".into()),
            ("name", name.into()),
            ("arn", Value::Null),
            ("document", document.into()),
        ])
    };
    let policies = vec![strange("invoke", &open), strange("mine", &open)];
    drifted.set("policies", Value::List(policies));
    drifted.set("trust_policy", document::trust("arn:aws:iam::123456789012:user/eve", "e1"));
    assert_eq!(planned(Some(&drifted), good.clone()), good);
}

#[test]
fn a_deleted_principal_is_explained_and_not_repaired() {
    let mut state = applied(&["a"]);
    let standing = document::trust("AROAJQABLZS4A3QDU576Q", "e1");
    state.set("trust_policy", standing.clone());
    let plan = planned(Some(&state), state.clone());
    assert_eq!(*plan.value("trust_policy"), Value::from(standing));
    let said = said(Some(&state), state.clone(), Quotas::default());
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("`AROAJQABLZS4A3QDU576Q`, a principal that was deleted"), "{said:?}");
    // Another principal is somebody's decision.
    let mut other = state.clone();
    other.set("principal_arn", "arn:aws:iam::123456789012:role/new");
    let trust = planned(Some(&state), other).string("trust_policy").known().unwrap();
    assert_eq!(trust, document::trust("arn:aws:iam::123456789012:role/new", "e1"));
}

#[test]
fn another_deployment_gets_another_external_id() {
    let mut other = applied(&["a"]);
    other.set("deployment", "test");
    let plan = planned(Some(&applied(&["a"])), other);
    assert_eq!(*plan.value("external_id"), Value::Unknown);
    assert_eq!(*plan.value("binding"), Value::Unknown);
}

#[test]
fn the_whole_accounts_room_is_counted() {
    let one_each =
        Quotas { inline_size: 200, managed_size: 200, attached_max: 1, ..Quotas::default() };
    let full = |used| Some(Stock { used, max: 1_000 });
    // One function in each policy, an inline and a managed one on each role.
    let names: Vec<String> = (0..10).map(|n| format!("f{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let room = Quotas { roles: full(995), policies: full(995), ..one_each };
    assert_eq!(said(None, proposed(&names), room), [] as [&str; 0]);
    let tight = Quotas { roles: full(998), policies: full(1_000), ..one_each };
    assert_eq!(
        said(None, proposed(&names), tight),
        [
            "Too many roles: 5 new roles are needed, and the account has 998 of the 1000 that it \
             may have; remove some that nobody uses, or ask AWS for more",
            "Too many managed policies: 5 new managed policies are needed, and the account has \
             1000 of the 1000 that it may have; remove some that nobody uses, or ask AWS for more",
        ]
    );
    // What stands is not needed again.
    let state = {
        let mut state = proposed(&names);
        state.set("external_id", "e1");
        plan(&home(), one_each, None, state).state.unwrap()
    };
    assert_eq!(said(Some(&state), state.clone(), tight), [] as [&str; 0]);
}

#[test]
fn accounts_partitions_and_counts_are_checked() {
    let small =
        Quotas { inline_size: 200, managed_size: 200, attached_max: 1, ..Quotas::default() };
    let many: Vec<String> = (0..50).map(|n| format!("f{n:02}")).collect();
    let many: BTreeSet<&str> = many.iter().map(String::as_str).collect();
    let many = proposed(&many.into_iter().collect::<Vec<_>>());
    let said = said;
    let wrong = |name: &str, value: Value| {
        let mut object = proposed(&["a"]);
        object.set(name, value);
        said(None, object, Quotas::default())
    };
    assert_eq!(
        said(None, many, small),
        [
            "Too many functions: 50 functions, and the account's quotas have room for 40 on 20 roles; \
          ask AWS for more attached policies per role, or divide the bundle"
        ]
    );
    assert_eq!(
        wrong("principal_arn", "arn:aws:iam::999999999999:role/flowd".into()),
        ["Bad value: the daemon's principal is in account 999999999999, not in 123456789012; say \
          `attach_assume_policy = false` and attach `assume_policy_json` there"]
    );
    assert_eq!(
        wrong("principal_arn", "arn:aws-cn:iam::123456789012:role/flowd".into()),
        ["Bad value: the daemon's principal is in the partition `aws-cn`, the roles in `aws`"]
    );
    let far = "arn:aws:lambda:eu-west-1:999999999999:function:a";
    assert_eq!(
        wrong("lambda_arns", Value::strings([far])),
        [format!(
            "A function of another account: `{far}` is in another account: its own policy has to \
             allow the roles as well"
        )]
    );
}
