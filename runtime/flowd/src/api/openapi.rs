//! The OpenAPI 3.1 document, made from the table and the types: nothing is written down twice.
//!
//! The copy beside the crate, `openapi.v1.json`, is compared by a test.

use jiff::Timestamp;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use super::problem::Problem;
use super::route::{Access, Again, Answer, Route};
use super::{Api, table};

/// The document itself.
pub const ROUTES: &[Route] =
    &[Route::read("/v1/openapi.json", Access::Open(show), "this document", &[], schema::<Json>)];

/// The schema of a type, as a reference into the document.
pub fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The whole document.
pub fn document() -> Json {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let problem = schema::<Problem>(&mut generator).to_value();
    let mut paths: Map<String, Json> = Map::new();
    for route in table::all() {
        let operation = operation(route, &mut generator, &problem);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.verb.word().to_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Flow API",
            "version": "1",
            "description": "Ask for access, decide about it, take it back. Who acts comes from the \
                            token alone. Every refusal is a problem answer (RFC 9457).",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn show(_: &Api, _: Timestamp) -> Result<Answer, Problem> {
    Ok(Answer { status: 200, body: document(), text: None })
}

fn operation(route: &Route, generator: &mut SchemaGenerator, problem: &Json) -> Json {
    let (status, answer) = route.answer;
    let answer = json!({
        "description": "done",
        "content": { "application/json": { "schema": answer(generator) } },
    });
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.title,
        "parameters": parameters(route),
        "responses": {
            status.to_string(): answer,
            "default": {
                "description": "what is wrong and what to do",
                "content": { "application/problem+json": { "schema": problem } },
            },
        },
    });
    if let (Some(schema), Some(responses)) =
        (route.dry_run, operation.get_mut("responses").and_then(Json::as_object_mut))
    {
        let tried = json!({
            "description": "with `dry_run=true`: what would happen; nothing was done",
            "content": { "application/json": { "schema": schema(generator) } },
        });
        responses.insert("200".to_owned(), tried);
    }
    let Some(parts) = operation.as_object_mut() else { return operation };
    let (security, needs) = match route.access {
        Access::Open(_) => (json!([]), "nobody in particular".to_owned()),
        Access::Token(scope, _) => {
            (json!([{ "token": [] }]), format!("a token with scope `{}` or more", scope.word()))
        }
        Access::Admin(_) => {
            (json!([{ "token": [] }]), "an admin with a token of scope `admin`".to_owned())
        }
    };
    parts.insert("security".to_owned(), security);
    parts.insert("description".to_owned(), format!("Needs: {needs}.").into());
    if let Some(body) = route.body {
        let body = json!({
            "required": true,
            "content": { "application/json": { "schema": body(generator) } },
        });
        parts.insert("requestBody".to_owned(), body);
    }
    operation
}

fn parameters(route: &Route) -> Json {
    let text = json!({ "type": "string" });
    let mut parameters: Vec<Json> = names(route.path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": text }))
        .collect();
    parameters.extend(route.query.iter().map(|param| {
        json!({ "name": param.name, "in": "query", "description": param.about, "schema": text })
    }));
    let about = match route.again {
        Again::Reads => return parameters.into(),
        Again::Same => "the same key is answered as it was, for 24 hours",
        Again::Once => "the same key is refused for 24 hours: the answer holds a secret",
    };
    let schema = json!({ "type": "string", "maxLength": 255 });
    parameters.push(
        json!({ "name": "Idempotency-Key", "in": "header", "description": about, "schema": schema }),
    );
    parameters.into()
}

/// `postRequestsIdApprove`.
fn operation_id(route: &Route) -> String {
    let mut id = route.verb.word().to_lowercase();
    let words = route.path.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words.filter(|w| !w.is_empty() && *w != "v1" && *w != "json") {
        let (first, rest) = word.split_at(1);
        id.push_str(&first.to_uppercase());
        id.push_str(rest);
    }
    id
}

fn names(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.v1.json");

    #[test]
    fn the_committed_openapi_document_is_this_one() {
        let text = format!("{:#}\n", document());
        if std::env::var_os("FLOW_UPDATE").is_some() {
            std::fs::write(COPY, &text).unwrap();
        }
        let copy = std::fs::read_to_string(COPY).unwrap_or_default();
        assert!(copy == text, "{COPY} is old: write it again with FLOW_UPDATE=1");
    }

    #[test]
    fn every_operation_has_its_own_id_and_every_reference_leads_somewhere() {
        let document = document();
        let mut ids: Vec<String> = table::all().map(operation_id).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all);
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
