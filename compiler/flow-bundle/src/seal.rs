//! Hashes of parts: of a flow with everything it refers to, and of a bundle.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use crate::bundle::Bundle;
use crate::canonical;
use crate::digest::Digest;
use crate::reach::{ReachError, reach};
use crate::used::{Used, chosen};

/// Computes `reach` and the hash of each flow; the last thing a compiler does to a bundle.
///
/// # Errors
/// A destination that is not known at build.
pub fn seal(bundle: &mut Bundle) -> Result<(), ReachError> {
    bundle.reach = reach(bundle)?;
    hash_flows(bundle);
    Ok(())
}

/// Computes the hash of each flow of a bundle whose `reach` is known.
pub fn hash_flows(bundle: &mut Bundle) {
    let hashes: Vec<Digest> =
        bundle.flows.keys().filter_map(|address| flow_hash(bundle, address)).collect();
    for (flow, hash) in bundle.flows.values_mut().zip(hashes) {
        flow.hash = hash;
    }
}

/// The hash of a flow: of `{ flow, environments, groups, identities, integrations, messages,
/// secrets, strategies, targets }`, where `flow` is without its hash and the others hold exactly
/// what the flow reaches. `None` for an unknown address.
#[must_use]
pub fn flow_hash(bundle: &Bundle, address: &str) -> Option<Digest> {
    let flow = bundle.flows.get(address)?;
    let mut json = to_json(flow);
    if let Some(map) = json.as_object_mut() {
        map.remove("hash");
    }
    let used = Used::by(bundle, flow);
    Some(Digest::of_json(&serde_json::json!({
        "flow": json,
        "environments": pick(&bundle.environments, &used.environments),
        "groups": pick(&bundle.groups, &used.groups),
        "identities": to_json(&bundle.identities),
        "integrations": pick(&bundle.integrations, &used.integrations),
        "messages": pick(&bundle.messages, &used.messages),
        "secrets": pick(&bundle.secrets, &used.secrets),
        "strategies": pick(&bundle.strategies, &used.strategies),
        "targets": pick(&bundle.targets, &used.targets),
    })))
}

/// The canonical JSON of a bundle, flow by flow so that a large one needs little memory.
#[must_use]
pub(crate) fn bundle_json(bundle: &Bundle) -> String {
    let Bundle {
        environments,
        flows,
        format,
        groups,
        identities,
        integrations,
        ir,
        language,
        messages,
        moved,
        name,
        reach,
        required_runtime,
        secrets,
        strategies,
        targets,
        tz,
    } = bundle;
    let entries: Vec<String> = flows
        .iter()
        .map(|(address, flow)| format!("{}:{}", Json::from(address.as_str()), canonical::of(flow)))
        .collect();
    let mut parts = BTreeMap::from([
        ("environments", canonical::of(environments)),
        ("flows", format!("{{{}}}", entries.join(","))),
        ("format", canonical::of(format)),
        ("groups", canonical::of(groups)),
        ("identities", canonical::of(identities)),
        ("integrations", canonical::of(integrations)),
        ("ir", canonical::of(ir)),
        ("language", canonical::of(language)),
        ("messages", canonical::of(messages)),
        ("name", canonical::of(name)),
        ("reach", canonical::of(reach)),
        ("secrets", canonical::of(secrets)),
        ("strategies", canonical::of(strategies)),
        ("targets", canonical::of(targets)),
        ("tz", canonical::of(tz)),
    ]);
    if !moved.is_empty() {
        parts.insert("moved", canonical::of(moved));
    }
    if let Some(range) = required_runtime {
        parts.insert("required_runtime", canonical::of(range));
    }
    let parts: Vec<String> = parts.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
    format!("{{{}}}", parts.join(","))
}

fn to_json<T: Serialize>(part: &T) -> Json {
    canonical::value(part)
}

fn pick<T: Serialize>(all: &BTreeMap<String, T>, wanted: &BTreeSet<&str>) -> Json {
    Json::Object(chosen(all, wanted).map(|(key, part)| (key.to_owned(), to_json(part))).collect())
}
