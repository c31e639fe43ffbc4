//! The outbound set, of every kind of destination that there is.

use serde_json::json;

use super::{flowc, scratch};

/// Flows that ask HTTP services, Okta and PagerDuty.
const STEPS: &str = include_str!("../../../../flow-lang/data/ok/steps.hcl");
/// Flows that grant in Okta, Identity Center, IAM and GitHub.
const TARGETS: &str = include_str!("../../../../flow-lang/data/ok/targets.hcl");

fn told(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(&format!("\n{line}\n")), "`{line}` is missing in\n{text}");
    }
}

#[test]
fn what_steps_ask_is_told_by_service() {
    let scratch = scratch(&[("main.flow.hcl", STEPS)]);
    let (code, text) = flowc(scratch.path(), "reach DIR");
    assert_eq!(code, 0, "{text}");
    told(
        &text,
        &[
            "Services that are called over HTTP",
            "  https://circleci.example/api/v2 through http.ci\n      GET POST /workflow/{}/approve/{}",
            "      used by flow ci, hooks.on_approved.release",
            "  https://login.example/token through http.training",
            "Okta groups",
            "  any, read only, through okta.staff",
            "  00g1, read only, through okta.staff",
            "What is asked of PagerDuty",
            "  schedule PSCHED1 through pagerduty.ops",
            "      used by group oncall",
            "People who are looked up",
            "  the members of the channel #ops through slack.chat",
            "  the members of the user group S0123 through slack.chat",
            "  any person, by e-mail address, through okta.staff",
            "Hosts that are called",
            "  acme.okta.com for okta.staff",
            "  api.pagerduty.com for pagerduty.ops",
            "  circleci.example for http.ci",
            "  login.example for http.training",
            "  slack.com for slack.chat",
            "Who is told",
            "  #ops through slack.chat",
            "Secrets, by name",
        ],
    );
}

#[test]
fn what_strategies_change_is_told_with_its_bound() {
    let scratch = scratch(&[("main.flow.hcl", TARGETS)]);
    let (code, text) = flowc(scratch.path(), "reach DIR");
    assert_eq!(code, 0, "{text}");
    told(
        &text,
        &[
            "Permission sets of IAM Identity Center that are assigned",
            "  arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef on any account that matches (?:[0-9]{12}) through aws.main",
            "      used by strategy aws_sso.accounts, escalate",
            "  90672ab5c0-6b8e1f0a-1111-2222-3333-444455556666, changed, through aws.main",
            "  legacy-admins, changed, through aws.main",
            "  00gBilling, changed, through okta.main",
            "  repo any that match (?:.*) through github.main",
            "  team sre through github.main",
            "  github for github.main",
            "People who are looked up",
            "  any person, by e-mail address, through okta.main",
            "      used by identities of okta",
            "Hosts that are called",
            "  api.github.com for github.main",
            "  iam.amazonaws.com for aws.main",
            "  identitystore.eu-central-1.amazonaws.com for aws.main",
            "  lambda.eu-central-1.amazonaws.com for aws.main",
            "  sso.eu-central-1.amazonaws.com for aws.main",
            "  sts.eu-central-1.amazonaws.com for aws.main",
        ],
    );
}

#[test]
fn the_policy_holds_what_strategies_change() {
    let scratch = scratch(&[("main.flow.hcl", TARGETS)]);
    let (code, text) = flowc(scratch.path(), "reach DIR --format iam");
    assert_eq!(code, 0, "{text}");
    let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
    let on = |action: &str| {
        let is_it = |s: &&serde_json::Value| s["Action"].to_string().contains(action);
        policy["Statement"].as_array().unwrap().iter().find(is_it).cloned().unwrap_or_default()
    };
    assert_eq!(
        on("iam:AddUserToGroup"),
        json!({
            "Effect": "Allow",
            "Action": ["iam:AddUserToGroup", "iam:GetGroup", "iam:RemoveUserFromGroup"],
            "Resource": ["arn:aws:iam::*:group/*/legacy-admins", "arn:aws:iam::*:group/legacy-admins"],
        })
    );
    // Which accounts a request may name is kept by the daemon: IAM knows no pattern of 12 digits.
    assert_eq!(
        on("sso:CreateAccountAssignment")["Resource"],
        json!([
            "arn:aws:sso:::account/*",
            "arn:aws:sso:::instance/ssoins-0123456789abcdef",
            "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef",
        ])
    );
    let group = "group/90672ab5c0-6b8e1f0a-1111-2222-3333-444455556666";
    let resources = on("identitystore:CreateGroupMembership")["Resource"].to_string();
    assert!(resources.contains(&format!("arn:aws:identitystore:::{group}\"")), "{resources}");
    let functions = on("lambda:InvokeFunction")["Resource"].as_array().unwrap().len();
    assert_eq!((functions, policy["Statement"].as_array().unwrap().len()), (3, 5));
    // Somebody who is known by an e-mail address is found before anything is assigned.
    let found =
        json!(["arn:aws:identitystore::*:identitystore/*", "arn:aws:identitystore:::user/*"]);
    assert_eq!(on("identitystore:GetUserId")["Resource"], found);
}
