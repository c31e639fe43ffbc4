//! Findings as one JSON object, for programs of one's own.

use flow_lang::code::Severity;
use flow_lang::diagnostic::{Diagnostic, Fix, Label};
use flow_lang::{Sources, Span};
use serde_json::{Map, Value as Json, json};

/// Findings for programs: `diagnostics` and how many there are of each severity. The caller may
/// add to the object before it is printed.
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> Map<String, Json> {
    let count = |severity| diagnostics.iter().filter(|d| d.code.severity == severity).count();
    let findings: Vec<Json> = diagnostics.iter().map(|d| finding(d, sources)).collect();
    let mut object = Map::new();
    object.insert("diagnostics".to_owned(), findings.into());
    object.insert("errors".to_owned(), count(Severity::Error).into());
    object.insert("warnings".to_owned(), count(Severity::Warning).into());
    object.insert("advice".to_owned(), count(Severity::Advice).into());
    object
}

fn finding(diagnostic: &Diagnostic, sources: &Sources) -> Json {
    let mut object = place(diagnostic.primary.span, sources);
    let labels: Vec<Json> =
        diagnostic.near(sources).map(|label| labelled(label, sources)).collect();
    let related: Vec<Json> = diagnostic
        .related(sources)
        .map(|(label, sentence)| {
            let mut object = place(label.span, sources);
            object.insert("text".to_owned(), sentence.into());
            Json::Object(object)
        })
        .collect();
    let fixes: Vec<Json> = diagnostic.fixes.iter().map(|fix| edit(fix, sources)).collect();
    for (name, value) in [
        ("code", json!(diagnostic.code.id)),
        ("slug", json!(diagnostic.code.slug)),
        ("severity", json!(diagnostic.code.severity.word())),
        ("message", json!(diagnostic.message)),
        ("label", json!(diagnostic.primary.text)),
        ("labels", labels.into()),
        ("related", related.into()),
        ("help", json!(diagnostic.help)),
        ("fixes", fixes.into()),
    ] {
        object.insert(name.to_owned(), value);
    }
    Json::Object(object)
}

fn labelled(label: &Label, sources: &Sources) -> Json {
    let mut object = place(label.span, sources);
    object.insert("text".to_owned(), label.text.as_str().into());
    Json::Object(object)
}

fn edit(fix: &Fix, sources: &Sources) -> Json {
    let mut object = place(fix.span, sources);
    object.insert("replacement".to_owned(), fix.text.as_str().into());
    Json::Object(object)
}

/// `file`, `start` and `end`; lines and columns count from 1, bytes from 0, the end is excluded.
fn place(span: Span, sources: &Sources) -> Map<String, Json> {
    let point = |byte: u32| {
        let position = sources.position(Span { start: byte, end: byte, ..span });
        json!({ "line": position.line, "column": position.column, "byte": byte })
    };
    let path = sources.file(span.file).map(|file| file.path.as_str());
    let mut object = Map::new();
    object.insert("file".to_owned(), json!(path));
    object.insert("start".to_owned(), point(span.start));
    object.insert("end".to_owned(), point(span.end));
    object
}
