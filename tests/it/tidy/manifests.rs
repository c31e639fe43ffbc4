//! Which crate may know which: the drawing of `ARCHITECTURE.md`, as a table.

use tests::workspace;

use super::expect_none;

/// Every crate of ours, its folder, and the crates of ours that it may depend on.
const MAY_KNOW: [(&str, &str, &[&str]); 14] = [
    ("flow-bundle", "compiler", &[]),
    ("flow-proof", "compiler", &["flow-bundle"]),
    ("flow-lang", "compiler", &["flow-bundle", "flow-proof"]),
    ("flowc", "compiler", &["flow-bundle", "flow-proof", "flow-lang", "flow-sim", "flow-engine"]),
    ("tfplugin", "provider", &[]),
    ("terraform-provider-flow", "provider", &["flow-bundle", "flow-proof", "flow-aws", "tfplugin"]),
    ("flow-engine", "runtime", &["flow-bundle"]),
    ("flow-sim", "runtime", &["flow-bundle", "flow-engine"]),
    ("flow-aws", "runtime", &[]),
    ("flowd", "runtime", &["flow-bundle", "flow-proof", "flow-engine", "flow-aws", "flow-sim"]),
    ("flowctl", "runtime", &[]),
    ("tests", "", &["flow-lang", "mutate"]),
    ("demo", "tests", &[]),
    ("mutate", "tests", &["flow-bundle", "flow-lang"]),
];

/// Crates from outside that only one or few of ours may use: a parser, an SDK, a runtime.
const ONLY_IN: [(&str, &[&str]); 10] = [
    ("hcl-edit", &["flow-lang", "tests"]),
    ("aws-sdk-", &["flow-aws"]),
    ("aws-config", &["flow-aws"]),
    ("tonic", &["tfplugin"]),
    ("rusqlite", &["flowd", "tests"]),
    ("postgres", &["flowd"]),
    ("axum", &["flowd"]),
    ("tokio", &["flow-aws", "flowd", "tfplugin", "terraform-provider-flow"]),
    ("reqwest", &["flowctl", "flowd", "tests"]),
    ("clap", &["flowc", "flowd", "flowctl", "tests"]),
];

#[test]
fn dependencies_point_at_meaning() {
    let mut found = Vec::new();
    for (name, folder, _) in MAY_KNOW {
        let path = workspace::root().join(folder).join(name).join("Cargo.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        found.extend(findings(name, &text));
    }
    expect_none(found);
}

#[test]
fn the_table_lists_every_member() {
    let text = std::fs::read_to_string(workspace::root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    let listed: Vec<String> = MAY_KNOW
        .iter()
        .map(|(name, folder, _)| format!("{folder}/{name}").trim_start_matches('/').to_owned())
        .collect();
    let members: Vec<&str> = members.iter().map(|member| member.as_str().unwrap()).collect();
    let (mut members, mut listed): (Vec<_>, Vec<_>) =
        (members, listed.iter().map(String::as_str).collect());
    members.sort_unstable();
    listed.sort_unstable();
    assert_eq!(members, listed);
}

fn findings(name: &str, manifest: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let allowed = MAY_KNOW.iter().find(|(known, ..)| *known == name).map_or(&[][..], |row| row.2);
    let mut found = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
        for dependency in table.keys() {
            let ours = MAY_KNOW.iter().any(|(known, ..)| known == dependency);
            if ours && !allowed.contains(&dependency.as_str()) {
                found.push(format!("{name}: {section}: may not know `{dependency}`"));
            }
            let shared = ONLY_IN.iter().find(|(prefix, _)| is_of(dependency, prefix));
            if let Some((_, homes)) = shared.filter(|(_, homes)| !homes.contains(&name)) {
                let homes = homes.join(", ");
                found.push(format!("{name}: {section}: `{dependency}` belongs to {homes} only"));
            }
        }
    }
    found
}

/// Whether a dependency is `family`, one of its `family-…`, or matches a family given as a prefix.
fn is_of(dependency: &str, family: &str) -> bool {
    let rest = dependency.strip_prefix(family);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-') || family.ends_with('-'))
}

#[test]
fn wrong_edges_are_found() {
    let planted = "[dependencies]\nflow-lang.workspace = true\naws-sdk-iam.workspace = true\n\
                   flow-bundle.workspace = true\n[dev-dependencies]\ntokio-rustls = \"1\"\n";
    assert_eq!(
        findings("flow-engine", planted),
        [
            "flow-engine: dependencies: `aws-sdk-iam` belongs to flow-aws only",
            "flow-engine: dependencies: may not know `flow-lang`",
            "flow-engine: dev-dependencies: `tokio-rustls` belongs to flow-aws, flowd, tfplugin, \
             terraform-provider-flow only",
        ]
    );
}
