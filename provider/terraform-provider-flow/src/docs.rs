//! The pages of the registry, written from the schemas: `FLOW_UPDATE=1 cargo test` writes them.
//!
//! What a schema can't say stands in `docs/parts/`, and is put before the attributes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tfplugin::schema::Source;
use tfplugin::{Attribute, Provider, Schema, Type, Value};

use crate::provider::FlowProvider;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn page(title: &str, part: &str, schema: &Schema) -> String {
    let part = std::fs::read_to_string(docs().join("parts").join(part)).unwrap();
    let mut text = format!(
        "---\npage_title: \"{title}\"\ndescription: |-\n  {}\n---\n\n# {title}\n\n{}\n\n{}",
        schema.description,
        schema.description,
        part.trim_end()
    );
    let written = |a: &&Attribute| a.source != Source::Computed;
    section(&mut text, "Arguments", schema.attributes.iter().filter(written));
    for block in &schema.blocks {
        let title = format!("Block `{}`", block.name);
        section(&mut text, &title, block.attributes.iter());
    }
    section(&mut text, "Attributes", schema.attributes.iter().filter(|a| !written(a)));
    text
}

fn section<'a>(text: &mut String, title: &str, attributes: impl Iterator<Item = &'a Attribute>) {
    let lines: Vec<String> = attributes.map(line).collect();
    if !lines.is_empty() {
        write!(text, "\n\n## {title}\n\n{}", lines.join("\n")).unwrap();
    }
    if title == "Attributes" || lines.is_empty() {
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
}

fn line(attribute: &Attribute) -> String {
    let how = match &attribute.source {
        Source::Required => ", required".to_owned(),
        Source::Optional => ", optional".to_owned(),
        Source::Default(value) => format!(", default `{}`", literal(value)),
        Source::Computed => String::new(),
    };
    let replaces = if attribute.replaces { " Another value makes a new one." } else { "" };
    let kind = words(&attribute.value_type);
    format!("- `{}` ({kind}{how}): {}{replaces}", attribute.name, attribute.description)
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{text}\""),
        Value::Bool(on) => on.to_string(),
        other => panic!("no page shows a default such as {other:?}"),
    }
}

fn words(value_type: &Type) -> String {
    match value_type {
        Type::Bool => "bool".to_owned(),
        Type::Number => "number".to_owned(),
        Type::String => "string".to_owned(),
        Type::List(element) => format!("list of {}", words(element)),
        Type::Set(element) => format!("set of {}", words(element)),
        Type::Map(element) => format!("map of {}", words(element)),
        Type::Object(attributes) => {
            let names: Vec<_> = attributes.keys().map(|name| format!("`{name}`")).collect();
            format!("objects of {}", names.join(", "))
        }
    }
}

#[test]
fn the_pages_are_those_of_the_schemas() {
    let mut pages =
        vec![("index.md".to_owned(), page("Provider flow", "index.md", &FlowProvider.schema()))];
    for resource in FlowProvider.resources() {
        let name = resource.name().trim_start_matches("flow_");
        let text = page(resource.name(), &format!("{name}.md"), &resource.schema());
        pages.push((format!("resources/{name}.md"), text));
    }
    for source in FlowProvider.data_sources() {
        let name = source.name().trim_start_matches("flow_");
        let text = page(source.name(), &format!("{name}.md"), &source.schema());
        pages.push((format!("data-sources/{name}.md"), text));
    }
    for (path, expected) in pages {
        let path = docs().join(path);
        if std::env::var_os("FLOW_UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &expected).unwrap();
        }
        let standing = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(standing, expected, "{}: write it with FLOW_UPDATE=1", path.display());
    }
}
