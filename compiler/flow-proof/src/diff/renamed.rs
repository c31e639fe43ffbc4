//! What got another name: the old bundle as it would stand under the names of the new one.
//!
//! Done on the JSON of a bundle, where names stand in few forms: keys of the four maps, `["ref",
//! address]`, and the plain keys in `strategy` of a grant and `targets` of a strategy.

use std::borrow::Cow;

use flow_bundle::bundle::Bundle;
use flow_bundle::moved::key_now;
use serde_json::{Map, Value as Json};

/// What can move, and where it stands in a bundle.
const PARTS: [(&str, &str); 4] =
    [("flow", "flows"), ("strategy", "strategies"), ("target", "targets"), ("group", "groups")];

/// The old bundle under the names of the new one.
pub(super) fn renamed<'b>(old: &'b Bundle, new: &Bundle) -> Cow<'b, Bundle> {
    if new.moved.is_empty() || new.moved == old.moved {
        return Cow::Borrowed(old);
    }
    let Ok(mut json) = serde_json::to_value(old) else { return Cow::Borrowed(old) };
    for (word, part) in PARTS {
        let Some(Json::Object(entries)) = json.get_mut(part) else { continue };
        let before = std::mem::take(entries);
        for (key, entry) in before {
            let now = key_now(new, word, &key);
            // Of two of one name the one that had it stays what it was.
            let taken = now != key && entries.contains_key(&now);
            entries.insert(if taken { key } else { now }, entry);
        }
    }
    rename(&mut json, new);
    serde_json::from_value(json).map_or(Cow::Borrowed(old), Cow::Owned)
}

/// What the flow of this address was called before, where that is told.
pub(super) fn name_before<'b>(old: &'b Bundle, new: &Bundle, address: &str) -> Option<&'b str> {
    let before = old.flows.keys().find(|key| key_now(new, "flow", key) == address)?;
    (before != address).then_some(before)
}

fn rename(json: &mut Json, new: &Bundle) {
    match json {
        Json::Array(items) => {
            if let [Json::String(word), Json::String(address)] = items.as_mut_slice()
                && word == "ref"
            {
                *address = flow_bundle::moved::now(new, address).to_owned();
                return;
            }
            items.iter_mut().for_each(|item| rename(item, new));
        }
        Json::Object(parts) => {
            keys(parts, new);
            parts.values_mut().for_each(|part| rename(part, new));
        }
        _ => {}
    }
}

/// The plain keys of a grant and of a strategy.
fn keys(parts: &mut Map<String, Json>, new: &Bundle) {
    if let Some(Json::String(key)) = parts.get_mut("strategy") {
        *key = key_now(new, "strategy", key);
    }
    let is_strategy = parts.contains_key("escalate") && parts.contains_key("deescalate");
    if let Some(Json::Array(keys)) = parts.get_mut("targets").filter(|_| is_strategy) {
        for key in keys {
            if let Json::String(key) = key {
                *key = key_now(new, "target", key);
            }
        }
    }
}
