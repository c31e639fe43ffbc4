//! Whether a bundle may be served here: the ceiling, the binding, and what this daemon can do.
//!
//! Pure: what is wrong comes back as sentences, all of them at once. What only weakens service, such
//! as a destination that the message log hears instead, is a note and no refusal.

use std::collections::BTreeSet;

use flow_bundle::bundle::{Bundle, Ends, Flow, Source};
use flow_bundle::catalog;
use serde_json::Value as Json;

use crate::binding::Binding;
use crate::config::Config;
use crate::connector::lambda::no_role;

/// Kinds of integrations that have a connector.
const CONNECTED: [&str; 1] = ["aws"];

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Each alone refuses the bundle.
    pub refusals: Vec<String>,
    /// What the people who run this should know.
    pub notes: Vec<String>,
}

/// Compares a bundle with what this deployment allows and can do. `knows` says whether an active
/// person has this address.
#[must_use]
pub fn admit(
    bundle: &Bundle,
    config: &Config,
    binding: Option<&Binding>,
    knows: &dyn Fn(&str) -> bool,
) -> Findings {
    let mut found = Findings::default();
    functions(bundle, config, binding, &mut found);
    secrets(bundle, config, &mut found);
    abilities(bundle, &mut found);
    for (address, flow) in &bundle.flows {
        offers(address, flow, &mut found);
        duration(address, flow, config, &mut found);
        names(address, flow, knows, &mut found);
    }
    outside(bundle, &mut found);
    found
}

fn functions(bundle: &Bundle, config: &Config, binding: Option<&Binding>, found: &mut Findings) {
    for function in &bundle.reach.aws_lambda {
        let arn = &function.arn;
        let users = function.uses.join(", ");
        if !config.ceiling.allows_function(arn) {
            found.refusals.push(format!(
                "`{arn}` (used by {users}) fits none of the patterns in `ceiling.functions` of the configuration"
            ));
        } else if binding.and_then(|b| b.role_of(arn)).is_none() {
            found.refusals.push(format!("{} (used by {users})", no_role(arn)));
        }
    }
}

fn secrets(bundle: &Bundle, config: &Config, found: &mut Findings) {
    for secret in &bundle.reach.secrets {
        let name = &secret.name;
        let needing: Vec<_> = secret
            .integrations
            .iter()
            .filter(|address| {
                let integration = bundle.integrations.get(*address);
                integration.is_some_and(|i| CONNECTED.contains(&i.kind.as_str()))
            })
            .collect();
        match config.secrets.get(name) {
            None if needing.is_empty() => found.notes.push(format!(
                "secret `{name}` is not mapped; nothing here uses it yet ({})",
                secret.integrations.join(", ")
            )),
            None => found.refusals.push(format!(
                "secret `{name}` is not mapped: give it a source in `[secrets.{name}]` of the configuration"
            )),
            Some(source) => {
                let strangers: Vec<_> =
                    needing.iter().filter(|i| !source.integrations.contains(i)).collect();
                for integration in strangers {
                    found.refusals.push(format!(
                        "integration `{integration}` uses secret `{name}`, and `secrets.{name}.integrations` of the configuration does not list it"
                    ));
                }
            }
        }
    }
}

/// What no daemon of this version can do; outside groups are empty and refuse nothing.
fn abilities(bundle: &Bundle, found: &mut Findings) {
    for (path, sentence) in catalog::not_built(bundle) {
        if path.starts_with("groups.") {
            found.notes.push(format!("{path}: {sentence}; nobody is in it"));
        } else {
            found.refusals.push(format!("{path}: {sentence}"));
        }
    }
}

fn offers(address: &str, flow: &Flow, found: &mut Findings) {
    if !flow.sources.contains(&Source::Api) {
        found.notes.push(format!(
            "flow `{address}` takes no requests from the API, and nothing else is there yet"
        ));
    }
}

fn duration(address: &str, flow: &Flow, config: &Config, found: &mut Findings) {
    let (Some(grant), Ok(Some(ceiling))) = (&flow.grant, config.ceiling.longest_s()) else {
        return;
    };
    let text = config.ceiling.longest_duration.as_deref().unwrap_or_default();
    let configured = format!("`ceiling.longest_duration = \"{text}\"` in the configuration");
    match (grant.ends, grant.max_duration_s) {
        (Ends::OnRevoke, _) => found.refusals.push(format!(
            "flow `{address}` grants without an end (`ends = \"on_revoke\"`), against {configured}"
        )),
        (Ends::AfterDuration, Some(max)) if max.0 > ceiling => found.refusals.push(format!(
            "flow `{address}` grants for up to {} s (`max_duration`), against {configured}",
            max.0
        )),
        (Ends::AfterDuration, _) => {}
    }
    if let Some(total) = grant.extend.as_ref().map(|e| e.max_total_s.0).filter(|s| *s > ceiling) {
        found.refusals.push(format!(
            "flow `{address}` grants for up to {total} s with its extensions (`extend.max_total`), against {configured}"
        ));
    }
}

/// People that a flow names and whom nobody knows: they cannot decide.
fn names(address: &str, flow: &Flow, knows: &dyn Fn(&str) -> bool, found: &mut Findings) {
    let mut named = BTreeSet::new();
    let permissions = serde_json::to_value(&flow.permissions).unwrap_or_default();
    let approvals = serde_json::to_value(&flow.approvals).unwrap_or_default();
    for part in [permissions, approvals] {
        users(&part, &mut named);
    }
    for email in named.into_iter().filter(|email| !knows(email)) {
        found.notes.push(format!("flow `{address}` names `{email}`, whom no active person is"));
    }
}

/// Every `["call", "user@1", ["s", e-mail]]` below.
fn users(json: &Json, named: &mut BTreeSet<String>) {
    let Some(parts) = json.as_array() else {
        json.as_object().into_iter().flat_map(|o| o.values()).for_each(|v| users(v, named));
        return;
    };
    match parts.as_slice() {
        [Json::String(call), Json::String(function), argument]
            if call == "call" && function.starts_with("user@") =>
        {
            named.extend(argument.get(1).and_then(Json::as_str).map(str::to_lowercase));
        }
        parts => parts.iter().for_each(|part| users(part, named)),
    }
}

/// Who is told something and has no connector yet.
fn outside(bundle: &Bundle, found: &mut Findings) {
    let told: BTreeSet<&str> = bundle.reach.slack.iter().map(|s| s.to.as_str()).collect();
    if !told.is_empty() {
        let told: Vec<&str> = told.into_iter().collect();
        found.notes.push(format!(
            "there is no connector for messages yet: the message log hears what is said to {}",
            told.join(", ")
        ));
    }
}
