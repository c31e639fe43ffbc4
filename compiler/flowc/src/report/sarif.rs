//! Findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use flow_bundle::digest::Digest;
use flow_bundle::function::percent_encode;
use flow_lang::code::{Code, Severity};
use flow_lang::diagnostic::Diagnostic;
use flow_lang::source::FileId;
use flow_lang::{Span, page};
use serde_json::{Value as Json, json};

use super::Found;

/// The whole log, with all findings.
pub fn sarif(found: &Found<'_>) -> String {
    let mut rules: Vec<Code> = found.diagnostics.iter().map(|d| d.code).collect();
    rules.sort_by_key(|code| code.id);
    rules.dedup();
    let mut seen = BTreeMap::new();
    let results: Vec<Json> =
        found.diagnostics.iter().map(|d| result(d, &rules, found, &mut seen)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "flowc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: Code) -> Json {
    let page = page::text(code);
    json!({
        "id": code.id,
        "name": code.slug,
        "shortDescription": { "text": sentence(code.line) },
        "fullDescription": { "text": sentence(code.line) },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": level(code) },
    })
}

fn result(
    diagnostic: &Diagnostic,
    rules: &[Code],
    found: &Found<'_>,
    seen: &mut BTreeMap<String, usize>,
) -> Json {
    let mut message = sentence(&diagnostic.message);
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\nHelp: {help}"));
    }
    let place = |span: Span, text: &str| {
        let mut location = location(span, found);
        if !text.is_empty() {
            insert(&mut location, "message", json!({ "text": text }));
        }
        location
    };
    let mut result = json!({
        "ruleId": diagnostic.code.id,
        "ruleIndex": rules.iter().position(|code| *code == diagnostic.code),
        "level": level(diagnostic.code),
        "message": { "text": message },
        "locations": [place(diagnostic.primary.span, &diagnostic.primary.text)],
        "partialFingerprints": { "flowcFinding/v1": fingerprint(diagnostic, found, seen) },
    });
    let related: Vec<Json> = diagnostic
        .labels
        .iter()
        .enumerate()
        .map(|(id, label)| {
            let mut location = place(label.span, &label.text);
            insert(&mut location, "id", id.into());
            location
        })
        .collect();
    if !related.is_empty() {
        insert(&mut result, "relatedLocations", related.into());
    }
    if let Some(fix) = fix(diagnostic, found) {
        insert(&mut result, "fixes", json!([fix]));
    }
    result
}

/// The edits that mend a finding, file by file.
fn fix(diagnostic: &Diagnostic, found: &Found<'_>) -> Option<Json> {
    let mut files: BTreeMap<FileId, Vec<Json>> = BTreeMap::new();
    for edit in &diagnostic.fixes {
        files.entry(edit.span.file).or_default().push(json!({
            "deletedRegion": region(edit.span, found),
            "insertedContent": { "text": edit.text },
        }));
    }
    let changes: Vec<Json> = files
        .into_iter()
        .map(|(file, replacements)| {
            json!({ "artifactLocation": artifact(file, found), "replacements": replacements })
        })
        .collect();
    let text = diagnostic.help.clone().unwrap_or_else(|| "mend it".to_owned());
    (!changes.is_empty())
        .then(|| json!({ "description": { "text": text }, "artifactChanges": changes }))
}

/// What stays the same when lines move: the code, the file, what was said, the text of the line,
/// and the how-manieth of its like it is.
fn fingerprint(
    diagnostic: &Diagnostic,
    found: &Found<'_>,
    seen: &mut BTreeMap<String, usize>,
) -> String {
    let span = diagnostic.primary.span;
    let line = found.sources.file(span.file).map_or("", |file| {
        let line = file.line(file.position(span.start as usize).line);
        file.text.get(line).unwrap_or_default()
    });
    let line = super::one_line(line);
    let path = found.path(span.file);
    let parts = [diagnostic.code.id, &path, &diagnostic.message, &line];
    let like = parts.join("\0");
    let count = seen.entry(like.clone()).or_default();
    *count += 1;
    Digest::of(format!("{like}\0{count}").as_bytes()).hex().chars().take(32).collect()
}

fn location(span: Span, found: &Found<'_>) -> Json {
    json!({ "physicalLocation": {
        "artifactLocation": artifact(span.file, found),
        "region": region(span, found),
    } })
}

fn region(span: Span, found: &Found<'_>) -> Json {
    let start = found.sources.position(span);
    let end = found.sources.position(Span { start: span.end, ..span });
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn artifact(file: FileId, found: &Found<'_>) -> Json {
    let path = found.path(file);
    let uri: Vec<String> = path.split('/').map(percent_encode).collect();
    let uri = uri.join("/");
    if uri.starts_with('/') {
        json!({ "uri": format!("file://{uri}") })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}

fn insert(object: &mut Json, name: &str, value: Json) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

const fn level(code: Code) -> &'static str {
    match code.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

/// With a capital and a final stop, as the form asks for.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
