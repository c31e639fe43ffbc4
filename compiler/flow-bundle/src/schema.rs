//! The JSON Schema of a bundle file, for editors and for readers in other languages.
//!
//! Most of it is derived from the types; expressions, types and text forms of numbers and hashes
//! are written here. What a schema cannot say (references, hashes, bounds) is in the loader.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value as Json, json};

use crate::bundle::BundleFile;
use crate::digest::Digest;
use crate::expr::{BinaryOp, Expr, SetName};
use crate::number::{Count, Seconds};
use crate::types::Type;

/// The schema, with `$defs` for each part.
#[must_use]
pub fn schema() -> Json {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<BundleFile>();
    schema.insert("$id".to_owned(), json!("https://flow.example/schema/bundle.v1.json"));
    schema.insert("title".to_owned(), json!("Flow bundle, format 1"));
    schema.to_value()
}

/// A decimal number as text.
pub(crate) struct DecimalText;

macro_rules! text_schema {
    ($name:ty, $title:literal, $pattern:literal, $description:literal) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $description,
                })
            }
        }
    };
}

text_schema!(DecimalText, "Decimal", r"^-?[0-9]+(\.[0-9]+)?$", "A number of at most 28 digits.");
text_schema!(Seconds, "Seconds", "^[0-9]+$", "A whole number of seconds.");
text_schema!(Count, "Count", "^[0-9]+$", "A whole number of things.");
text_schema!(Digest, "Digest", "^sha256:[0-9a-f]{64}$", "A SHA-256 hash.");

/// An array that begins with one of these words and has these parts; `rest` may follow.
fn node(words: &[&str], parts: &[&Json], rest: Option<&Json>) -> Json {
    let first = match words {
        [word] => json!({ "const": word }),
        many => json!({ "enum": many }),
    };
    let mut items = vec![first];
    items.extend(parts.iter().map(|part| (*part).clone()));
    json!({
        "type": "array",
        "minItems": items.len(),
        "prefixItems": items,
        "items": rest.cloned().unwrap_or(Json::Bool(false)),
    })
}

/// An array of two parts.
fn pair(a: &Json, b: &Json) -> Json {
    json!({ "type": "array", "minItems": 2, "prefixItems": [a, b], "items": false })
}

impl JsonSchema for Expr {
    fn schema_name() -> Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let e = &generator.subschema_for::<Self>().to_value();
        let ty = &generator.subschema_for::<Type>().to_value();
        let decimal = &generator.subschema_for::<DecimalText>().to_value();
        let text = &json!({ "type": "string" });
        let bool = &json!({ "type": "boolean" });
        let sets = &json!({ "enum": SetName::ALL.map(SetName::word) });
        let call = &json!({ "type": "string", "pattern": "^[a-z0-9_]+@[0-9]+$" });
        let names = &json!({ "type": "array", "items": text, "minItems": 1, "maxItems": 2 });
        let maybe = &json!({ "anyOf": [e, { "type": "null" }] });
        let named = &pair(text, e);
        let bound = &json!({ "type": "array", "items": named });
        let kinds = &json!({ "enum": ["list", "map"] });
        let operators: Vec<&str> = BinaryOp::ALL.iter().map(|(_, word)| *word).collect();
        let nodes = [
            node(&["null"], &[], None),
            node(&["b"], &[bool], None),
            node(&["n", "d"], &[decimal], None),
            node(&["s", "t", "ref", "secret", "local"], &[text], None),
            node(&["set"], &[sets], None),
            node(&["list", "tmpl"], &[], Some(e)),
            node(&["obj"], &[], Some(named)),
            node(&["map"], &[], Some(&pair(e, e))),
            node(&["get"], &[text], Some(text)),
            node(&["attr"], &[e, text], None),
            node(&["splat"], &[e], Some(text)),
            node(&["!", "neg", "can"], &[e], None),
            node(&["at", "try"], &[e, e], None),
            node(&operators, &[e, e], None),
            node(&["?"], &[e, e, e], None),
            node(&["call"], &[call], Some(e)),
            node(&["as"], &[e, ty], None),
            node(&["let"], &[bound, e], None),
            node(&["for"], &[kinds, names, e, maybe, e, maybe], None),
        ];
        schemars::json_schema!({
            "description": "An expression: an array whose first element names the node.",
            "anyOf": nodes,
        })
    }
}

impl JsonSchema for Type {
    fn schema_name() -> Cow<'static, str> {
        "Type".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let t = &generator.subschema_for::<Self>().to_value();
        let e = &generator.subschema_for::<Expr>().to_value();
        let words = &json!({ "type": "array", "items": { "type": "string" } });
        let types = &json!({ "type": "array", "items": t });
        let attribute = json!({ "anyOf": [t, node(&["optional"], &[t, e], None)] });
        let attributes = &json!({ "type": "object", "additionalProperties": attribute });
        schemars::json_schema!({
            "description": "A type of the flow language: a name, or an array whose first element \
                            names the form.",
            "anyOf": [
                { "enum": Self::plain_names() },
                node(&["list", "set", "map", "nullable", "sensitive"], &[t], None),
                node(&["enum"], &[words], None),
                node(&["tuple"], &[types], None),
                node(&["object"], &[attributes], None),
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/bundle.v1.json");

    fn example() -> Json {
        serde_json::from_str(include_str!("../data/approval-only.json")).unwrap()
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test may renew the committed file")]
    fn the_committed_schema_is_the_one_of_the_types() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
        if std::env::var_os("FLOW_RENEW").is_some() {
            std::fs::write(FILE, &text).unwrap();
        }
        let committed = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(committed == text, "renew it: FLOW_RENEW=1 cargo test -p flow-bundle schema");
    }

    #[test]
    fn the_examples_fit_and_what_is_malformed_does_not() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let lambda: Json = serde_json::from_str(include_str!("../data/aws-lambda.json")).unwrap();
        let mut file = example();
        for bundle in [file["bundle"].clone(), lambda] {
            file["bundle"] = bundle;
            let problems: Vec<String> = validator
                .iter_errors(&file)
                .map(|e| format!("{} {e}", e.instance_path()))
                .collect();
            assert_eq!(problems, Vec::<String>::new());
        }
        let flow = "/bundle/flows/friday_deploy";
        for (pointer, value) in [
            (format!("{flow}/approvals/0/when"), json!(["nope"])),
            (format!("{flow}/approvals/0/when"), json!(["==", ["n", "1"]])),
            (format!("{flow}/approvals/0/denials"), json!(1)),
            (format!("{flow}/approvals/0/rules/0/quorum"), json!(["n", 1])),
            (format!("{flow}/fields/0/type"), json!("text")),
            (format!("{flow}/fields/0/type"), json!(["list"])),
            (format!("{flow}/hash"), json!("sha256:00")),
            (format!("{flow}/hooks/after_deny/0/k"), json!("shell")),
            ("/bundle/reach/slack/0/uses".to_owned(), json!("x")),
            ("/content_hash".to_owned(), json!(null)),
        ] {
            let mut file = example();
            *file.pointer_mut(&pointer).unwrap() = value.clone();
            assert!(!validator.is_valid(&file), "{pointer} = {value}");
        }
    }
}
