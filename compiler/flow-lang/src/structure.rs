//! The structure of the language for programs: which blocks and attributes may stand where, as a
//! JSON Schema of HCL's JSON form.
//!
//! HCL says how its blocks are written as JSON: a block is an object below its word and labels, and
//! several are a list. An editor or a generator can check a document of that form by this schema.
//! Flows themselves are written in HCL, and what an expression means no JSON Schema can say: the
//! compiler's checks go on from here. Extra words begin with `x-`.

use serde_json::{Map, Value, json};

use crate::reference::{AttributeEntry, attributes, children, kinds, title};
use crate::schema::{self, Block, Form, Kind, TEST_LEVEL, TOP_LEVEL};

/// The schema of a module.
#[must_use]
pub fn json_schema() -> Value {
    let mut defs = Map::new();
    for table in schema::blocks() {
        defs.insert(table.word.to_owned(), body(table, None));
        for kind in kinds(table) {
            defs.insert(format!("{}.{}", table.word, kind.word), body(table, Some(kind)));
        }
    }
    for table in schema::test_blocks() {
        defs.insert(format!("flowtest.{}", table.word), of_test(table));
    }
    defs.insert("flowtest".to_owned(), test_file());
    let tops = TOP_LEVEL.iter().filter_map(|word| schema::block(word));
    let properties: Map<String, Value> =
        tops.map(|table| (table.word.to_owned(), labelled(table))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A module of flows, in HCL's JSON form",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": defs,
    })
}

/// A file of scenarios: `#/$defs/flowtest`.
fn test_file() -> Value {
    let tops = TEST_LEVEL.iter().filter_map(|word| schema::test_block(word));
    let properties: Map<String, Value> =
        tops.map(|table| (table.word.to_owned(), of_tests(table))).collect();
    json!({
        "title": "A file of scenarios, in HCL's JSON form",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// A block of a test file below its labels.
fn of_tests(table: &'static Block) -> Value {
    let reference = json!({ "$ref": format!("#/$defs/flowtest.{}", table.word) });
    let several =
        |schema: Value| json!({ "anyOf": [schema, { "type": "array", "items": schema }] });
    several(below(table.labels.len(), several(reference)))
}

fn of_test(table: &'static Block) -> Value {
    let own = table.attributes.iter();
    let mut properties: Map<String, Value> =
        own.map(|spec| (spec.name.to_owned(), attribute(spec))).collect();
    let children = table.children.iter().filter_map(|child| schema::test_block(child.word));
    properties.extend(children.map(|inner| (inner.word.to_owned(), of_tests(inner))));
    let required = table.attributes.iter().filter(|a| a.required).map(|a| a.name);
    json!({
        "title": title(table, None),
        "description": table.doc,
        "type": "object",
        "properties": properties,
        "required": required.collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

/// A block below its labels.
fn labelled(table: &'static Block) -> Value {
    let several =
        |schema: Value| json!({ "anyOf": [schema, { "type": "array", "items": schema }] });
    let reference = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
    let typed: Map<String, Value> = kinds(table)
        .map(|kind| {
            let inner = several(reference(&format!("{}.{}", table.word, kind.word)));
            let levels = table.labels.len().saturating_sub(1);
            (kind.word.to_owned(), below(levels, inner))
        })
        .collect();
    if typed.is_empty() {
        let words = if table.word == "hook" {
            Some(schema::HOOKS.iter().map(|h| h.event.word()).collect::<Vec<_>>())
        } else {
            None
        };
        let mut schema = below(table.labels.len(), several(reference(table.word)));
        if let (Some(words), Some(object)) = (words, schema.as_object_mut()) {
            object.insert("propertyNames".to_owned(), json!({ "enum": words }));
        }
        return several(schema);
    }
    several(json!({ "type": "object", "properties": typed, "additionalProperties": false }))
}

/// As many levels of names.
fn below(levels: usize, schema: Value) -> Value {
    (0..levels).fold(schema, |inner, _| json!({ "type": "object", "additionalProperties": inner }))
}

fn body(table: &'static Block, kind: Option<&'static Kind>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for spec in attributes(table, kind) {
        if spec.required {
            required.push(spec.name);
        }
        properties.insert(spec.name.to_owned(), attribute(spec));
    }
    for child in children(table, kind) {
        let Some(inner) = schema::block(child.word) else { continue };
        if child.required {
            required.push(child.word);
        }
        properties.insert(child.word.to_owned(), labelled(inner));
    }
    let doc = kind.map_or(table.doc, |kind| kind.doc);
    json!({
        "title": title(table, kind),
        "description": doc,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": table.free,
    })
}

/// A value of a JSON form is a literal, or a text with an expression in it.
fn attribute(spec: &'static schema::Attribute) -> Value {
    let entry = AttributeEntry::new(spec);
    let expression = json!({ "type": "string", "pattern": "\\$\\{" });
    let mut schema = match spec.form {
        Form::Text | Form::Duration | Form::Reference | Form::Secret | Form::Type => json!({}),
        Form::Count => json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, expression] }),
        Form::Bool => json!({ "anyOf": [{ "type": "boolean" }, expression] }),
        Form::Word(words) => json!({ "anyOf": [{ "enum": words }, expression] }),
        Form::Words(words) => json!({
            "anyOf": [{ "type": "array", "items": { "anyOf": [{ "enum": words }, expression] } }, expression],
        }),
        Form::Static | Form::RunTime => json!({}),
    };
    if matches!(spec.form, Form::Text | Form::Duration) {
        schema = json!({ "type": "string" });
    }
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), json!(entry.doc));
        object.insert("x-takes".to_owned(), json!(entry.takes));
        object.insert("x-static".to_owned(), json!(entry.is_static));
        if let Some(default) = entry.default {
            object.insert("x-default".to_owned(), json!(default));
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_to_a_definition() {
        let schema = json_schema();
        let text = schema.to_string();
        for rest in text.split("\"#/$defs/").skip(1) {
            let name = rest.split('"').next().unwrap();
            assert!(schema["$defs"].get(name).is_some(), "{name}");
        }
        assert_eq!(text, json_schema().to_string());
    }
}
