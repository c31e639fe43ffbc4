//! Is the outbound set whole? A second reading of the bundle, which knows nothing of step kinds,
//! strategies or directories: wherever its JSON names an integration, that integration must be
//! reached on behalf of that place, and have a host.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use flow_bundle::bundle::{Bundle, Statement};
use flow_bundle::catalog::STEPS;
use flow_bundle::reach::hosts;
use serde_json::{Value as Json, json};

use super::{files, run_all, sources_of, table, vars};
use crate::Mode;

/// Where an integration is named: path and address. What signs or names itself only is no call.
fn named(bundle: &Json) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let granted: BTreeSet<&str> = bundle["flows"]
        .as_object()
        .into_iter()
        .flat_map(|flows| flows.values())
        .filter_map(|flow| flow["grant"]["strategy"].as_str())
        .collect();
    for part in ["flows", "groups", "identities", "strategies"] {
        visit(&bundle[part], part, &mut found);
    }
    // A strategy that no flow grants calls nothing but by its steps.
    found.retain(|(path, _)| match path.strip_prefix("strategies.") {
        Some(address) => granted.contains(address) || address.contains(".steps."),
        None => true,
    });
    found
}

fn visit(json: &Json, path: &str, found: &mut BTreeSet<(String, String)>) {
    match json {
        Json::Object(parts) => {
            if let Some(address) = parts.get("integration").and_then(Json::as_str) {
                found.insert((path.to_owned(), address.to_owned()));
            }
            for (name, part) in parts {
                visit(part, &format!("{path}.{name}"), found);
            }
        }
        Json::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                let name = item["name"].as_str().map_or_else(|| i.to_string(), str::to_owned);
                visit(item, &format!("{path}.{name}"), found);
            }
        }
        _ => {}
    }
}

/// Under which name things of a type of target are listed; none: by the calls of its strategy.
fn list_of(target_type: &str) -> Option<&str> {
    match target_type {
        "http" => None,
        "aws_lambda_function" => Some("aws_lambda"),
        "github_repo" | "github_team" => Some("github"),
        own => Some(own),
    }
}

/// Targets that a flow grants and nothing lists.
fn ungranted(bundle: &Json) -> Vec<String> {
    let mut missing = Vec::new();
    for flow in bundle["flows"].as_object().unwrap().values() {
        let Some(strategy) = flow["grant"]["strategy"].as_str() else { continue };
        for target in bundle["strategies"][strategy]["targets"].as_array().unwrap() {
            let address = target.as_str().unwrap();
            let Some(list) = list_of(bundle["targets"][address]["type"].as_str().unwrap()) else {
                continue;
            };
            let user = json!(format!("strategies.{strategy}.escalate"));
            let entries = bundle["reach"][list].as_array().unwrap();
            if !entries.iter().any(|e| e["uses"].as_array().unwrap().contains(&user)) {
                missing.push(format!("{address} is granted by {strategy}"));
            }
        }
    }
    missing
}

/// What is missing in `reach`, and which reached integration has no host.
fn missing(bundle: &Bundle) -> Vec<String> {
    let json = serde_json::to_value(bundle).unwrap();
    let mut reached: Vec<(String, String)> = Vec::new();
    let mut callers = BTreeSet::new();
    for (list, entries) in json["reach"].as_object().unwrap() {
        if list == "secrets" {
            continue;
        }
        for entry in entries.as_array().unwrap() {
            let Some(address) = entry["integration"].as_str() else { continue };
            callers.insert(address.to_owned());
            for user in entry["uses"].as_array().unwrap() {
                let user = user.as_str().unwrap();
                // A strategy that only looked people up would grant nothing.
                if list != "people" || !user.starts_with("strategies.") || user.contains(".steps.")
                {
                    reached.push((user.to_owned(), address.to_owned()));
                }
            }
        }
    }
    let is_reached = |(path, address): &(String, String)| {
        let below = format!("{path}.");
        reached.iter().any(|(user, a)| a == address && (user == path || user.starts_with(&below)))
    };
    let named = named(&json).into_iter();
    let mut missing: Vec<String> =
        named.filter(|n| !is_reached(n)).map(|(path, a)| format!("{path} calls {a}")).collect();
    missing.extend(ungranted(&json));
    let served: BTreeSet<String> =
        hosts(bundle).into_iter().flat_map(|host| host.integrations).collect();
    missing.extend(callers.difference(&served).map(|address| format!("{address} has no host")));
    missing
}

fn bundles() -> Vec<(String, Bundle)> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut paths = files("ok");
    paths.extend(fs::read_dir(examples).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path().join("main.flow.hcl");
        path.is_file().then_some(path)
    }));
    let mut all = Vec::new();
    for path in paths {
        let sources = sources_of(&path);
        let built = run_all(&sources, &vars(&path), Mode::Build);
        // An example whose variables have no defaults is no bundle here.
        match built.bundle {
            Some(file) => all.push((path.display().to_string(), file.bundle)),
            None => assert!(table(&sources, &built).contains("B115"), "{}", path.display()),
        }
    }
    assert!(all.len() > 20, "{}", all.len());
    all
}

#[test]
fn every_kind_of_step_that_calls_is_among_them() {
    let mut seen = BTreeSet::new();
    for (_, bundle) in bundles() {
        flow_bundle::walk::statements(&bundle, &mut |_, statement| {
            if let Statement::Step(step) = statement {
                seen.insert(step.kind.clone());
            }
        });
    }
    let calling = STEPS.iter().filter(|kind| kind.integration.is_some());
    let missing: Vec<&str> = calling.map(|k| k.name).filter(|k| !seen.contains(*k)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn wherever_an_integration_is_named_it_is_reached_and_has_a_host() {
    for (path, bundle) in bundles() {
        assert_eq!(missing(&bundle), Vec::<String>::new(), "{path}");
    }
}

/// The check itself: a set from which one kind of destination is taken away is not whole.
#[test]
fn a_set_without_a_kind_of_destination_is_seen() {
    let mut seen = BTreeSet::new();
    for (path, bundle) in bundles() {
        let mut json = serde_json::to_value(&bundle).unwrap();
        let lists = json["reach"].as_object().unwrap().clone();
        for (name, entries) in lists {
            let calls = !matches!(name.as_str(), "secrets" | "slack");
            if !calls || entries.as_array().unwrap().is_empty() {
                continue;
            }
            json["reach"][&name] = Json::Array(Vec::new());
            let planted: Bundle = serde_json::from_value(json.clone()).unwrap();
            // Whom a strategy looks up follows from its type, which this reading does not know.
            if name != "people" || path.ends_with("steps.hcl") {
                assert_ne!(missing(&planted), Vec::<String>::new(), "{path} without {name}");
                seen.insert(name.clone());
            }
            json["reach"][&name] = entries;
        }
    }
    assert_eq!(seen.len(), 9, "{seen:?}");
}
