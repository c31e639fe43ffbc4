//! What leaves the system by a flow that did not before.

use std::collections::BTreeMap;

use flow_bundle::reach::reach_of;
use serde_json::Value as Json;

use super::Notes;
use crate::prove::Subject;

/// Kinds that only hear or are read.
const HARMLESS: [&str; 4] = ["slack", "secrets", "pagerduty", "people"];

pub(super) fn compare(old: Subject<'_>, new: Subject<'_>, notes: &mut Notes) {
    let (Some(then), Some(now)) = (outbound(old), outbound(new)) else {
        return notes.changed(new.path(""), "what leaves by this flow cannot be compared");
    };
    for ((kind, key), entry) in &now {
        if then.contains_key(&(kind.clone(), key.clone())) {
            continue;
        }
        let text = format!("it reaches {}", told(kind, entry));
        let reads = entry.get("access").and_then(Json::as_str) == Some("read");
        if HARMLESS.contains(&kind.as_str()) || reads {
            notes.changed(new.path(""), text);
        } else {
            notes.weaker(new.path(""), text);
        }
    }
    for ((kind, key), entry) in &then {
        if !now.contains_key(&(kind.clone(), key.clone())) {
            notes.changed(new.path(""), format!("it no longer reaches {}", told(kind, entry)));
        }
    }
}

type Outbound = BTreeMap<(String, String), serde_json::Map<String, Json>>;

/// Every destination by kind and by what tells it from others.
fn outbound(subject: Subject<'_>) -> Option<Outbound> {
    let reach = reach_of(subject.bundle, subject.address).ok()?;
    let Ok(Json::Object(kinds)) = serde_json::to_value(&reach) else { return None };
    let mut all = Outbound::new();
    for (kind, entries) in kinds {
        for entry in entries.as_array().into_iter().flatten() {
            let Json::Object(mut entry) = entry.clone() else { continue };
            // Who uses it is told by the flow itself.
            for about in ["uses", "integrations"] {
                entry.remove(about);
            }
            let key = Json::Object(entry.clone()).to_string();
            all.insert((kind.clone(), key), entry);
        }
    }
    Some(all)
}

/// `aws_lambda` and what is exact about it.
fn told(kind: &str, entry: &serde_json::Map<String, Json>) -> String {
    let parts = entry.iter().filter(|(name, _)| name.as_str() != "integration");
    let parts: Vec<String> = parts
        .map(|(_, value)| match value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect();
    format!("`{kind}` `{}`", parts.join(" "))
}
