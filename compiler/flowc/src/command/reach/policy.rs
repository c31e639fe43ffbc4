//! The least IAM policy that lets a role do what a bundle does through one integration.
//!
//! What a request fills in cannot be told to IAM as a regular expression: where a pattern bounds an
//! id, the resource is any of its kind, and the daemon keeps the pattern. Nor can pairs: IAM looks
//! at account and permission set each for itself.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use flow_bundle::bundle::{Bundle, MemberReach};
use flow_bundle::reach;
use serde_json::{Value as Json, json};

/// Calls a function.
const INVOKE: [&str; 1] = ["lambda:InvokeFunction"];
/// Assigns a permission set, takes it back, looks whether it is assigned, and waits for the answer.
const ASSIGN: [&str; 5] = [
    "sso:CreateAccountAssignment",
    "sso:DeleteAccountAssignment",
    "sso:DescribeAccountAssignmentCreationStatus",
    "sso:DescribeAccountAssignmentDeletionStatus",
    "sso:ListAccountAssignments",
];
/// Reads who is in a group of Identity Center.
const SSO_READ: [&str; 2] =
    ["identitystore:GetGroupMembershipId", "identitystore:ListGroupMemberships"];
/// Changes it.
const SSO_WRITE: [&str; 2] =
    ["identitystore:CreateGroupMembership", "identitystore:DeleteGroupMembership"];
/// Finds a person of Identity Center by e-mail address.
const SSO_FIND: [&str; 1] = ["identitystore:GetUserId"];
/// Reads who is in an IAM group.
const IAM_READ: [&str; 1] = ["iam:GetGroup"];
/// Changes it.
const IAM_WRITE: [&str; 2] = ["iam:AddUserToGroup", "iam:RemoveUserFromGroup"];

/// What one integration needs: resources by the actions on them.
type Needs = BTreeMap<Vec<&'static str>, BTreeSet<String>>;

/// The policy of the chosen integration; without a choice, of the only one.
///
/// # Errors
/// A choice that is none of the bundle's, or is not made where there are several.
pub fn policy(bundle: &Bundle, integration: Option<&str>) -> Result<Json> {
    let needs = needs(bundle);
    let chosen = match (integration, needs.len()) {
        (Some(address), _) => match bundle.integrations.get(address) {
            Some(found) if found.kind == "aws" => Some(address),
            Some(found) => {
                bail!("`{address}` is an integration of type `{}`, not `aws`", found.kind)
            }
            None => bail!("the bundle has no integration `{address}`{}", known(bundle)),
        },
        (None, 0 | 1) => needs.keys().next().copied(),
        (None, _) => bail!(
            "AWS is called through several integrations: choose one by `--integration`{}",
            known(bundle)
        ),
    };
    let statements: Vec<Json> = chosen
        .and_then(|address| needs.get(address))
        .into_iter()
        .flatten()
        .map(|(actions, resources)| {
            let action = match actions.as_slice() {
                [one] => json!(one),
                many => json!(many),
            };
            json!({ "Effect": "Allow", "Action": action, "Resource": resources })
        })
        .collect();
    Ok(json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn needs(bundle: &Bundle) -> BTreeMap<&str, Needs> {
    let reach = &bundle.reach;
    let mut all: BTreeMap<&str, Needs> = BTreeMap::new();
    let mut need = |integration, actions: &[&'static str], resources: Vec<String>| {
        let of: &mut Needs = all.entry(integration).or_default();
        of.entry(actions.to_vec()).or_default().extend(resources);
    };
    for call in &reach.aws_lambda {
        need(&call.integration, &INVOKE, vec![call.arn.clone()]);
    }
    for set in &reach.aws_sso_permission_set {
        let partition = set.permission_set_arn.split(':').nth(1).unwrap_or("aws");
        let account = set.account_id.as_deref().unwrap_or("*");
        let account = format!("arn:{partition}:sso:::account/{account}");
        let instance = set.instance_arn.clone();
        need(&set.integration, &ASSIGN, vec![account, instance, set.permission_set_arn.clone()]);
    }
    for group in &reach.aws_sso_group {
        let id = group.id.as_deref().unwrap_or("*");
        let here = partition(bundle, &group.integration);
        // The members and the store itself are part of what each action is about.
        let resources = [format!("group/{id}"), "membership/*".to_owned(), "user/*".to_owned()];
        let mut resources: Vec<String> =
            resources.iter().map(|part| format!("arn:{here}:identitystore:::{part}")).collect();
        resources.push(format!("arn:{here}:identitystore::*:identitystore/*"));
        need(&group.integration, &actions(group, &SSO_READ, &SSO_WRITE), resources);
    }
    let is_aws = |a: &String| bundle.integrations.get(a).is_some_and(|i| i.kind == "aws");
    for people in reach.people.iter().filter(|people| is_aws(&people.integration)) {
        let here = partition(bundle, &people.integration);
        let resources = ["identitystore::*:identitystore/*", "identitystore:::user/*"];
        let resources = resources.iter().map(|part| format!("arn:{here}:{part}")).collect();
        need(&people.integration, &SSO_FIND, resources);
    }
    for group in &reach.aws_iam_group {
        let here = partition(bundle, &group.integration);
        // A group may have a path before its name, and the account is the integration's own.
        let resources = match &group.id {
            Some(name) => vec![
                format!("arn:{here}:iam::*:group/{name}"),
                format!("arn:{here}:iam::*:group/*/{name}"),
            ],
            None => vec![format!("arn:{here}:iam::*:group/*")],
        };
        need(&group.integration, &actions(group, &IAM_READ, &IAM_WRITE), resources);
    }
    all
}

/// What is changed is looked at too.
fn actions(
    group: &MemberReach,
    read: &[&'static str],
    write: &[&'static str],
) -> Vec<&'static str> {
    let changes = group.access == "write";
    let mut all: Vec<&str> = write.iter().filter(|_| changes).chain(read).copied().collect();
    all.sort_unstable();
    all
}

/// Which AWS an integration is in, by its region.
fn partition(bundle: &Bundle, integration: &str) -> &'static str {
    let region = bundle.integrations.get(integration).and_then(|i| i.attributes.get("region"));
    reach::partition(region.and_then(Json::as_str).unwrap_or_default())
}

fn known(bundle: &Bundle) -> String {
    let of_aws = bundle.integrations.iter().filter(|(_, found)| found.kind == "aws");
    let names: Vec<String> = of_aws.map(|(address, _)| format!("`{address}`")).collect();
    if names.is_empty() {
        "; it has none of type `aws`".to_owned()
    } else {
        format!("; of type `aws` there is {}", names.join(", "))
    }
}
