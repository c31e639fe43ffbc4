//! `flowc check --fix`: makes the changes that certainly mend what is found, and checks again.
//!
//! One change can bring the next fault to light, so it goes on until nothing more can be mended.
//! All of it happens in memory; the files are written once, at the end, each whole or not at all.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flow_lang::compile::Mode;
use flow_lang::{Sources, fix};
use serde_json::{Map, Value as Json, json};
use similar::TextDiff;

use super::{Answer, Done, check, compile};
use crate::args::{Format, Input};
use crate::{disk, module};

/// Rounds of mending. A flow whose faults hide one another this deeply is looked at by a person.
const ROUNDS_MAX: usize = 20;

/// A change that was made.
struct Change {
    place: String,
    code: &'static str,
    before: String,
    after: String,
}

/// Mends a module, or shows how it would be mended.
///
/// # Errors
/// Wrong usage, what cannot be read or written, and files that changed in the meantime.
pub fn run(input: &Input, only_show: bool) -> Result<Answer> {
    let sources = module::read(&input.directory)?;
    let mut mended = sources.clone();
    let mut changes = Vec::new();
    let mut compiled = compile(input, &mended, Mode::Check)?;
    let first = compiled.clone();
    for _ in 0..ROUNDS_MAX {
        let edits = fix::plan(&compiled.diagnostics, &mended);
        // A vendored module is pinned by its hash: it is mended where it comes from.
        let edits: Vec<fix::Edit> = edits
            .into_iter()
            .filter(|edit| {
                let path = mended.file(edit.span.file).map_or("", |file| file.path.as_str());
                !Path::new(path).components().any(|part| part.as_os_str() == "vendor")
            })
            .collect();
        if edits.is_empty() {
            break;
        }
        changes.extend(edits.iter().map(|edit| change(edit, &mended)));
        mended = fix::apply(&mended, &edits);
        compiled = compile(input, &mended, Mode::Check)?;
    }
    if only_show {
        return show(input, &Done { sources, compiled: first }, &mended, &changes);
    }
    write(&input.directory, &sources, &mended)?;
    let answer = check::answer(input, &Done { sources: mended, compiled });
    told(answer, &changes, input.format, "mended")
}

fn change(edit: &fix::Edit, sources: &Sources) -> Change {
    let shown = |text: &str| match text.trim() {
        "" | "\u{feff}" => "nothing".to_owned(),
        text => format!("`{text}`"),
    };
    let before = match sources.text(edit.span) {
        "\u{feff}" => "a byte-order mark".to_owned(),
        text => shown(text),
    };
    Change { place: sources.place(edit.span), code: edit.code.id, before, after: shown(&edit.text) }
}

/// What would change, as a diff; the exit code is that of the files as they are.
fn show(input: &Input, done: &Done, mended: &Sources, changes: &[Change]) -> Result<Answer> {
    let mut diff = String::new();
    for (id, file) in done.sources.iter() {
        let Some(after) = mended.file(id).filter(|after| after.text != file.text) else { continue };
        let lines = TextDiff::from_lines(&file.text, &after.text);
        let (old, new) = (format!("a/{}", file.path), format!("b/{}", file.path));
        diff.push_str(&lines.unified_diff().context_radius(3).header(&old, &new).to_string());
    }
    let found = check::answer(input, done);
    if matches!(input.format, Format::Human | Format::Plain) {
        return Ok(Answer { text: diff, code: found.code });
    }
    told(found, changes, input.format, "would be mended")
}

/// What was changed, before what is found now.
fn told(found: Answer, changes: &[Change], format: Format, done: &str) -> Result<Answer> {
    let text = match format {
        Format::Human | Format::Plain | Format::Github => {
            let mut text = String::new();
            for change in changes {
                text.push_str(&format!(
                    "{}: {} {}: {} becomes {}\n",
                    change.place, done, change.code, change.before, change.after
                ));
            }
            let gap = if changes.is_empty() || found.text.is_empty() { "" } else { "\n" };
            format!("{text}{gap}{}", found.text)
        }
        Format::Json => {
            let mut object: Map<String, Json> =
                serde_json::from_str(&found.text).context("findings are no JSON object")?;
            object.insert("changes".to_owned(), changes.iter().map(as_json).collect());
            format!("{:#}\n", Json::Object(object))
        }
        Format::Sarif => found.text,
    };
    Ok(Answer { text, ..found })
}

fn as_json(change: &Change) -> Json {
    json!({
        "place": change.place,
        "code": change.code,
        "before": change.before,
        "after": change.after,
    })
}

/// Writes the files that changed: all are ready before the first one is put in place.
fn write(directory: &Path, sources: &Sources, mended: &Sources) -> Result<()> {
    let mut ready = Vec::new();
    for (id, file) in sources.iter() {
        let Some(after) = mended.file(id).filter(|after| after.text != file.text) else { continue };
        let path = directory.join(&file.path);
        let now = fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        if now != file.text.as_bytes() {
            bail!("`{}` changed while it was being mended; nothing was written", path.display());
        }
        ready.push(disk::prepare(&path, &after.text)?);
    }
    ready.into_iter().try_for_each(disk::Ready::place)
}
