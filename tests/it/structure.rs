//! Is what `flowc schema` prints a JSON Schema, and is it one of this language: every example, in
//! HCL's JSON form, fits it, and slips of the kinds that a schema can see do not.

use std::path::Path;

use flow_lang::syntax::parse;
use flow_lang::syntax::tree::{Body, Expr, ExprKind, Item};
use flow_lang::{Diagnostics, Sources};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use tests::{bins, workspace};

/// What the command prints.
fn printed() -> Value {
    let done = bins::command("flowc").unwrap().arg("schema").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// The same for a file of scenarios, which is a definition of the schema.
fn of_tests(schema: &Value) -> Value {
    json!({ "$ref": "#/$defs/flowtest", "$defs": schema["$defs"], "$schema": schema["$schema"] })
}

/// A text in HCL's JSON form: blocks below their words and labels, each in a list of its own;
/// expressions that are no literals as `"${…}"`.
fn json_form(name: &str, text: &str) -> Value {
    let mut sources = Sources::new();
    sources.add(name, text.as_bytes());
    let files = parse(&sources, &mut Diagnostics::new());
    body(&sources, &files[0].body)
}

fn body(sources: &Sources, written: &Body) -> Value {
    let mut out = Map::new();
    for item in &written.items {
        match item {
            Item::Attribute(a) => drop(out.insert(a.name.text.clone(), value(sources, &a.expr))),
            Item::Block(block) => {
                let labels = block.labels.iter().rev();
                let inner = labels.fold(
                    body(sources, &block.body),
                    |inner, label| json!({ label.text.as_str(): inner }),
                );
                let all = out.entry(block.kind.text.clone()).or_insert_with(|| json!([]));
                all.as_array_mut().unwrap().push(inner);
            }
        }
    }
    Value::Object(out)
}

fn value(sources: &Sources, expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Null => Value::Null,
        ExprKind::Bool(is) => json!(is),
        ExprKind::Number(digits) => serde_json::from_str(digits).unwrap(),
        ExprKind::String(text) => json!(text.value),
        ExprKind::List(items) => items.iter().map(|item| value(sources, item)).collect(),
        _ => json!(format!("${{{}}}", sources.text(expr.span))),
    }
}

/// The files of every example that end so, with their texts.
fn files(ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![workspace::root().join("examples")];
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.display().to_string().ends_with(ending) {
                found.push((path.display().to_string(), read(&path)));
            }
        }
    }
    assert!(found.len() >= 30, "only {} files end in {ending}", found.len());
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn refused(validator: &Validator, instance: &Value) -> Vec<String> {
    validator.iter_errors(instance).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn it_is_a_schema() {
    let schema = printed();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for schema in [&schema, &of_tests(&schema)] {
        if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
            panic!("{}: {error}", error.instance_path());
        }
    }
    let mut planted = schema;
    planted["$defs"]["flow"]["required"] = json!("permissions");
    assert!(jsonschema::draft202012::meta::validate(&planted).is_err(), "a fault is not found");
}

#[test]
fn every_example_fits_it() {
    let schema = printed();
    for (ending, schema) in [(".flow.hcl", &schema), (".flowtest.hcl", &of_tests(&schema))] {
        let validator = jsonschema::draft202012::new(schema).unwrap();
        for (name, text) in files(ending) {
            let faults = refused(&validator, &json_form(&name, &text));
            assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
        }
    }
}

#[test]
fn slips_that_a_schema_can_see_do_not_fit_it() {
    let validator = jsonschema::draft202012::new(&printed()).unwrap();
    let good = r#"bundle "b" { language = 1 }
flow "f" {
  permissions { request = members }
  approval "a" {
    approvers  = user("ana@acme.example")
    on_timeout = "expire"
  }
  hook "on_request" {
    step "value" "x" { value = 1 }
  }
}
"#;
    assert_eq!(refused(&validator, &json_form("good", good)), [""; 0]);
    for (written, instead) in [
        ("flow \"f\"", "flwo \"f\""),
        ("approvers  =", "aprovers ="),
        ("\"expire\"", "\"expires\""),
        ("\"on_request\"", "\"on_requests\""),
        ("step \"value\"", "step \"valeu\""),
        ("  permissions { request = members }\n", ""),
        ("language = 1", "language = \"one\""),
        ("step \"value\" \"x\" { value = 1 }", "step = 1"),
    ] {
        assert!(good.contains(written), "{written}");
        let bad = json_form("bad", &good.replace(written, instead));
        assert!(!validator.is_valid(&bad), "{instead} fits");
    }
}
