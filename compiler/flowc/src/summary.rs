//! What was checked or built, in a few words.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use flow_bundle::bundle::{BundleFile, Proof, ProofResult, Reach};
use flow_lang::compile::Compiled;
use serde_json::{Value as Json, json};

/// What each proof is about, in the order in which they are told.
const CLAIMS: [(&str, &str); 8] = [
    ("P1", "nothing is granted without a person's approval"),
    ("P2", "everything granted is taken back"),
    ("P3", "everything that leaves the system is known"),
    ("P4", "secrets stay out of messages and payloads"),
    ("P5", "every request ends"),
    ("P6", "every stage can be met"),
    ("P7", "no grant outlasts its maximum"),
    ("P8", "every value exists where it is read"),
];

/// `3 flows checked, no problems`, what was taken as unknown, and what was proved of each.
pub fn checked(compiled: &Compiled) -> String {
    let n = compiled.proofs.len();
    let flows = if n == 1 { "flow" } else { "flows" };
    let found = flow_lang::report::count(&compiled.diagnostics);
    let mut text = format!("{n} {flows} checked, {found}\n");
    if !compiled.unset.is_empty() {
        let names: Vec<String> = compiled.unset.iter().map(|name| format!("`{name}`")).collect();
        let are = if names.len() == 1 { "is" } else { "are" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {are} not set and taken as unknown", names.join(", "));
    }
    for (flow, proofs) in &compiled.proofs {
        text.push_str(&proved(flow, proofs));
    }
    text
}

/// A line for each claim that says something, and one for all that have nothing to say.
fn proved(flow: &str, proofs: &BTreeMap<String, Proof>) -> String {
    let mut text = format!("\nflow {flow}\n");
    let mut vacuous: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, claim) in CLAIMS {
        let Some(proof) = proofs.get(id) else { continue };
        let mark = match proof.result {
            ProofResult::Vacuous => {
                vacuous.entry(&proof.why).or_default().push(id);
                continue;
            }
            ProofResult::Proved => "proved",
            ProofResult::Declared => "declared otherwise",
            ProofResult::Unknown => "not known",
        };
        let why = if proof.why.is_empty() { String::new() } else { format!(": {}", proof.why) };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {id} {claim} ({mark}{why})");
    }
    for (why, ids) in vacuous {
        let _ = writeln!(text, "  {} nothing to prove: {why}", ids.join(", "));
    }
    text
}

/// Where the bundle went, its hash, and how far it reaches.
pub fn built(file: &BundleFile, output: &Path) -> String {
    let mut text = format!("{} written\n", output.display());
    let _ = writeln!(text, "content hash {}", file.content_hash);
    let _ = writeln!(text, "reach: {}", reach(&file.bundle.reach));
    text
}

/// The same for programs.
pub fn built_json(file: &BundleFile, output: &Path) -> Json {
    json!({
        "path": output.display().to_string(),
        "content_hash": file.content_hash,
        "reach": file.bundle.reach,
    })
}

fn reach(reach: &Reach) -> String {
    let rows = [
        (reach.aws_lambda.len(), "Lambda function"),
        (reach.http.len(), "HTTP endpoint"),
        (reach.okta_group.len(), "Okta group"),
        (reach.aws_iam_group.len(), "IAM group"),
        (reach.aws_sso_group.len(), "AWS SSO group"),
        (reach.aws_sso_permission_set.len(), "AWS SSO permission set"),
        (reach.github.len(), "GitHub object"),
        (reach.pagerduty.len(), "PagerDuty object"),
        (reach.slack.len(), "place that hears"),
        (reach.secrets.len(), "secret"),
    ];
    let parts: Vec<String> = rows
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| match (n, what) {
            (1, _) => format!("1 {what}"),
            (_, "place that hears") => format!("{n} places that hear"),
            _ => format!("{n} {what}s"),
        })
        .collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
