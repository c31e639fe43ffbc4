//! `flowc reach DIR|BUNDLE`: everything that flows can call, change and tell.
//!
//! The set is the bundle's own, which the loader computes again; here it is only printed. It is
//! read as JSON, so that what a later connector adds is printed too and never left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, bail};
use flow_bundle::bundle::{Bundle, BundleFile, Reach};
use serde_json::{Map, Value as Json, json};

use super::{Answer, bundle};
use crate::args::{Built, ReachFormat};

/// The one action that calls a function.
const INVOKE: &str = "lambda:InvokeFunction";

/// What an entry of each list is, in the order in which they are told.
const LISTS: [(&str, &str); 10] = [
    ("aws_lambda", "Lambda functions that are called"),
    ("http", "Services that are called over HTTP"),
    ("aws_sso_permission_set", "Permission sets of IAM Identity Center that are assigned"),
    ("aws_sso_group", "Groups of IAM Identity Center"),
    ("aws_iam_group", "IAM groups"),
    ("okta_group", "Okta groups"),
    ("github", "GitHub repositories and teams"),
    ("pagerduty", "What is asked of PagerDuty"),
    ("slack", "Who is told"),
    ("secrets", "Secrets, by name"),
];

/// Prints the outbound set.
///
/// # Errors
/// What cannot be read, a choice of integrations that is not made, and a policy that cannot be
/// told in full.
pub fn run(built: &Built, format: ReachFormat, integration: Option<&str>) -> Result<Answer> {
    let file = match bundle(built)? {
        Ok(file) => file,
        Err(found) => return Ok(found),
    };
    let text = match format {
        ReachFormat::Human => human(&file)?,
        ReachFormat::Iam => format!("{:#}\n", policy(&file.bundle, integration)?),
        ReachFormat::Json => {
            let object = json!({
                "name": file.bundle.name,
                "content_hash": file.content_hash,
                "reach": file.bundle.reach,
            });
            format!("{object:#}\n")
        }
    };
    Ok(Answer { text, code: 0 })
}

/// The least policy that lets a role do what the bundle calls through one integration.
fn policy(bundle: &Bundle, integration: Option<&str>) -> Result<Json> {
    let reach = &bundle.reach;
    let others: [(usize, &str); 3] = [
        (reach.aws_iam_group.len(), "IAM groups"),
        (reach.aws_sso_group.len(), "groups of IAM Identity Center"),
        (reach.aws_sso_permission_set.len(), "permission sets"),
    ];
    if let Some((_, what)) = others.iter().find(|(count, _)| *count > 0) {
        bail!(
            "the bundle also changes {what}, and this flowc cannot say which actions that needs: \
             a policy without them would be too small"
        );
    }
    let mut functions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for call in &reach.aws_lambda {
        functions.entry(&call.integration).or_default().push(&call.arn);
    }
    let chosen = match (integration, functions.len()) {
        (Some(address), _) => match bundle.integrations.get(address) {
            Some(found) if found.kind == "aws" => Some(address),
            Some(found) => {
                bail!("`{address}` is an integration of type `{}`, not `aws`", found.kind)
            }
            None => bail!("the bundle has no integration `{address}`{}", known(bundle)),
        },
        (None, 0 | 1) => functions.keys().next().copied(),
        (None, _) => bail!(
            "functions are called through several integrations: choose one by `--integration`{}",
            known(bundle)
        ),
    };
    let statements: Vec<Json> = chosen
        .and_then(|address| functions.get(address))
        .map(|arns| json!({ "Effect": "Allow", "Action": INVOKE, "Resource": arns }))
        .into_iter()
        .collect();
    Ok(json!({ "Version": "2012-10-17", "Statement": statements }))
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

fn human(file: &BundleFile) -> Result<String> {
    let mut text = format!("{}, content hash {}\n", file.bundle.name, file.content_hash);
    let Json::Object(lists) = serde_json::to_value(&file.bundle.reach)? else { return Ok(text) };
    let is_empty = lists.values().all(|list| list.as_array().is_some_and(Vec::is_empty));
    if file.bundle.reach == Reach::default() || is_empty {
        text.push_str("\nnothing leaves the system\n");
    }
    let named = LISTS.iter().copied();
    let rest = lists.keys().map(String::as_str).filter(|key| LISTS.iter().all(|(k, _)| k != key));
    for (key, title) in named.chain(rest.map(|key| (key, key))) {
        let entries: Vec<&Map<String, Json>> = lists
            .get(key)
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_object)
            .collect();
        if !entries.is_empty() {
            let _ = writeln!(text, "\n{title}");
        }
        for entry in entries {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {}", head(key, entry));
            for line in http(entry) {
                let _ = writeln!(text, "      {line}");
            }
            for user in words(entry, "uses") {
                let _ = writeln!(text, "      used by {}", used_by(user));
            }
        }
    }
    Ok(text)
}

/// What an entry is, in one line.
fn head(key: &str, entry: &Map<String, Json>) -> String {
    let word = |name: &str| entry.get(name).and_then(Json::as_str);
    let through = |text: String| match word("integration") {
        Some(integration) => format!("{text} through {integration}"),
        None => text,
    };
    let id = word("id").or(word("name")).map(str::to_owned);
    let of_pattern = word("pattern").map(|pattern| format!("any that match {pattern}"));
    let id = id.or(of_pattern).unwrap_or_default();
    match key {
        "aws_lambda" => through(word("arn").unwrap_or_default().to_owned()),
        "http" => through(word("url").unwrap_or_default().to_owned()),
        "slack" => match word("integration") {
            Some(_) => through(hears(word("to").unwrap_or_default())),
            None => format!("{} (message log)", hears(word("to").unwrap_or_default())),
        },
        "secrets" => format!("{id} for {}", words(entry, "integrations").join(", ")),
        "aws_sso_permission_set" => through(format!(
            "{} on {}",
            word("permission_set_arn").unwrap_or_default(),
            word("account_id").map_or_else(|| id.clone(), |id| format!("account {id}")),
        )),
        "github" | "pagerduty" => through(format!("{} {id}", word("kind").unwrap_or_default())),
        _ => match word("access") {
            Some("write") => through(format!("{id}, changed,")),
            Some(_) => through(format!("{id}, read only,")),
            None => through(id),
        },
    }
}

/// `GET /users/{}`, for each path.
fn http(entry: &Map<String, Json>) -> Vec<String> {
    let methods = words(entry, "methods").join(" ");
    words(entry, "paths").into_iter().map(|path| format!("{methods} {path}")).collect()
}

fn words<'a>(entry: &'a Map<String, Json>, name: &str) -> Vec<&'a str> {
    let list = entry.get(name).and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_str).collect()
}

fn hears(to: &str) -> String {
    match to {
        "dm:requester" => "the requester, by direct message".to_owned(),
        "dm:approvers" => "the approvers, by direct message".to_owned(),
        "dm:*" => "people whom the request names, by direct message".to_owned(),
        _ => match to.split_once(':') {
            Some(("dm", who)) => format!("{who}, by direct message"),
            Some(("usergroup", id)) => format!("the user group {id}"),
            _ => to.to_owned(),
        },
    }
}

/// `flow button, hooks.on_request.precheck` for `flows.button.hooks.on_request.precheck`.
fn used_by(path: &str) -> String {
    for (start, word) in [
        ("flows.", "flow"),
        ("strategies.", "strategy"),
        ("groups.", "group"),
        ("environments.", "environment"),
    ] {
        let Some(rest) = path.strip_prefix(start) else { continue };
        // A strategy's address has two parts, and an instance's a key in brackets.
        let labels = if word == "strategy" { 2 } else { 1 };
        let mut depth = 0_usize;
        let mut dots = 0;
        for (at, c) in rest.char_indices() {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                '.' if depth == 0 => dots += 1,
                _ => {}
            }
            if dots == labels {
                let (name, part) = rest.split_at(at);
                return format!("{word} {name}, {}", part.trim_start_matches('.'));
            }
        }
        return format!("{word} {rest}");
    }
    path.to_owned()
}
