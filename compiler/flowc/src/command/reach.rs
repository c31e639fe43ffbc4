//! `flowc reach DIR|BUNDLE`: everything that flows can call, change and tell.
//!
//! The set is the bundle's own, which the loader computes again; here it is only printed. It is
//! read as JSON, so that what a later connector adds is printed too and never left out.

use std::fmt::Write as _;

use anyhow::Result;
use flow_bundle::bundle::{BundleFile, Reach};
use flow_bundle::reach::hosts;
use serde_json::{Map, Value as Json, json};

use super::{Answer, bundle};
use crate::args::{Built, ReachFormat};

mod policy;

/// What an entry of each list is, in the order in which they are told.
const LISTS: [(&str, &str); 11] = [
    ("aws_lambda", "Lambda functions that are called"),
    ("http", "Services that are called over HTTP"),
    ("aws_sso_permission_set", "Permission sets of IAM Identity Center that are assigned"),
    ("aws_sso_group", "Groups of IAM Identity Center"),
    ("aws_iam_group", "IAM groups"),
    ("okta_group", "Okta groups"),
    ("github", "GitHub repositories and teams"),
    ("pagerduty", "What is asked of PagerDuty"),
    ("people", "People who are looked up"),
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
        ReachFormat::Iam => format!("{:#}\n", policy::policy(&file.bundle, integration)?),
        ReachFormat::Json => {
            let object = json!({
                "name": file.bundle.name,
                "content_hash": file.content_hash,
                "hosts": hosts(&file.bundle),
                "reach": file.bundle.reach,
            });
            format!("{object:#}\n")
        }
    };
    Ok(Answer { text, code: 0 })
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
    let hosts = hosts(&file.bundle);
    if !hosts.is_empty() {
        text.push_str("\nHosts that are called\n");
    }
    for host in hosts {
        let _ = writeln!(text, "  {} for {}", host.host, host.integrations.join(", "));
    }
    text.push_str(NOT_HERE);
    Ok(text)
}

/// What no bundle says.
const NOT_HERE: &str = "
Not listed: what the daemon calls by its own configuration (STS in its own region, sources of
secrets, sign-in), and what a called function or service calls itself.
";

/// What an entry is, in one line.
fn head(key: &str, entry: &Map<String, Json>) -> String {
    let word = |name: &str| entry.get(name).and_then(Json::as_str);
    let through = |text: String| match word("integration") {
        Some(integration) => format!("{text} through {integration}"),
        None => text,
    };
    let id = word("id").or(word("name")).map(str::to_owned);
    // `*`: which ones only a person's own memberships say.
    let id = id.map(|id| if id == "*" { "any".to_owned() } else { id });
    let of_pattern = word("pattern").map(|pattern| match pattern {
        "*" => "any".to_owned(),
        _ => format!("any that match {pattern}"),
    });
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
            match (word("account_id"), word("pattern")) {
                (Some(account), _) => format!("account {account}"),
                (None, Some(pattern)) => format!("any account that matches {pattern}"),
                (None, None) => id.clone(),
            },
        )),
        "people" => through(match (word("kind"), word("id")) {
            (Some("channel"), Some(name)) => format!("the members of the channel {name}"),
            (Some("usergroup"), Some(id)) => format!("the members of the user group {id}"),
            _ => "any person, by e-mail address,".to_owned(),
        }),
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
        ("identities.from.", "identities of"),
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
