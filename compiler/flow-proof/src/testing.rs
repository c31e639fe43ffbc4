//! The bundles of the examples, for tests.

use flow_bundle::bundle::{Bundle, BundleFile};
use serde_json::{Value as Json, json};

/// The approval-only example of the specification.
pub fn approval_only() -> Bundle {
    let text = include_str!("../../flow-bundle/data/approval-only.json");
    serde_json::from_str::<BundleFile>(text).unwrap().bundle
}

/// The text of the Lambda example.
pub const LAMBDA: &str = include_str!("../../flow-bundle/data/aws-lambda.json");

/// The Lambda example.
pub fn lambda() -> Bundle {
    serde_json::from_str(LAMBDA).unwrap()
}

/// The Lambda flow with parts changed, by JSON pointers below the flow.
pub fn changed(changes: &[(&str, Json)]) -> Bundle {
    let mut json: Json = serde_json::from_str(LAMBDA).unwrap();
    for (pointer, value) in changes {
        let flow = json.pointer_mut("/flows/aws_lambda").unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match flow.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")) {
            Json::Array(list) if key == "-" => list.push(value.clone()),
            Json::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
            Json::Object(map) if value.is_null() => drop(map.remove(key)),
            Json::Object(map) => drop(map.insert(key.to_owned(), value.clone())),
            other => panic!("{other}"),
        }
    }
    serde_json::from_value(json).unwrap()
}

/// A field with two words.
pub fn urgency() -> Json {
    json!({"label": ["s", "u"], "limits": {}, "name": "urgency", "required": ["b", true],
        "visible": ["b", true], "type": ["enum", ["low", "high"]]})
}

/// It is this word.
pub fn is(word: &str) -> Json {
    json!(["==", ["get", "request", "fields", "urgency"], ["s", word]])
}

/// A decision.
pub fn decide(verdict: &str, when: Json) -> Json {
    json!({"k": "decision", "do": verdict, "when": when})
}
