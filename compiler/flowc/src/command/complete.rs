//! `flowc complete FILE LINE:COL`: what may be written at a place of an unfinished file.

use std::path::Path;

use anyhow::{Result, bail};
use flow_lang::complete::{self, Completions};
use flow_lang::{FileId, Sources};

use super::Answer;
use crate::args::{Place, TextFormat};
use crate::module;

/// Prints what may stand there, likeliest first.
///
/// # Errors
/// What cannot be read, and a place that the file does not have.
pub fn run(place: &Place) -> Result<Answer> {
    let bytes = if place.stdin { module::read_stdin()? } else { module::read_file(&place.file)? };
    let (sources, file) = around(&place.file, &bytes);
    let offset = offset(&sources, file, place)?;
    let found = complete::complete(&sources, file, offset);
    let text = match place.format {
        TextFormat::Json => format!("{:#}\n", serde_json::to_value(&found)?),
        TextFormat::Human => listed(&found),
    };
    Ok(Answer { text, code: 0 })
}

/// The file and its neighbours, which declare names too. Where they cannot be read the file is
/// completed alone: what is being written need not be a module yet.
fn around(path: &Path, bytes: &[u8]) -> (Sources, FileId) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut sources = Sources::new();
    let file = sources.add(name.clone(), bytes);
    if let Ok(read) = module::read(folder) {
        for (_, other) in read.iter().filter(|(_, other)| other.path != name) {
            sources.add(other.path.as_str(), other.text.as_bytes());
        }
    }
    (sources, file)
}

/// The byte before which the cursor stands.
fn offset(sources: &Sources, file: FileId, place: &Place) -> Result<usize> {
    let numbers = place.at.split_once(':').map(|(l, c)| (l.parse::<usize>(), c.parse::<usize>()));
    let Some((Ok(line @ 1..), Ok(column @ 1..))) = numbers else {
        bail!("`{}` is no place: write LINE:COLUMN, both from 1, as `12:5`", place.at);
    };
    let shown = place.file.display();
    let Some(source) = sources.file(file) else { bail!("`{shown}` cannot be read") };
    let lines = source.position(source.text.len()).line;
    if line > lines {
        bail!("`{shown}` has {lines} lines, and `{}` lies behind them", place.at);
    }
    let range = source.line(line);
    let text = source.text.get(range.clone()).unwrap_or_default();
    // A column behind the end of its line is its end: editors count trailing blanks that they trim.
    Ok(text.char_indices().nth(column - 1).map_or(range.end, |(at, _)| range.start + at))
}

/// One a line: what is written, what it is, its form.
fn listed(found: &Completions) -> String {
    let width = found.items.iter().map(|i| i.text.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for item in &found.items {
        let line = format!("{:width$}  {:9}  {}", item.text, item.kind.word(), item.detail);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
