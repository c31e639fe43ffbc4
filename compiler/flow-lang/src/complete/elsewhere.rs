//! Names that stand in no header: what a module gives, the keys of `settings`, the variables of a
//! `for` that is being written.

use std::collections::BTreeSet;

use super::{Here, outline};
use crate::diagnostic::Diagnostics;
use crate::modules::Source;
use crate::resolve::directory_of;
use crate::syntax;
use crate::syntax::tree::{Attribute, ExprKind, File};

/// What the module of this name gives.
pub(super) fn outputs(here: &Here<'_>, module: &str) -> Vec<String> {
    let own = own_directory(here);
    let root = here.sources.iter().next().map_or("", |(_, first)| directory_of(&first.path));
    let mut names = BTreeSet::new();
    for file in files_of(here, own) {
        for block in file.body.blocks_of("module").filter(|b| b.label(0) == Some(module)) {
            let version = block.body.attribute("version").and_then(text);
            let Some(source) = block.body.attribute("source").and_then(text) else { continue };
            let Ok(source) = Source::parse(source, own, root, version) else { continue };
            for child in files_of(here, &source.directory) {
                let given = child.body.blocks_of("output").filter_map(|b| b.label(0));
                names.extend(given.map(str::to_owned));
            }
        }
    }
    names.into_iter().collect()
}

/// The keys of the `settings` of every target.
pub(super) fn settings(here: &Here<'_>) -> Vec<String> {
    let mut names = BTreeSet::new();
    for file in files_of(here, own_directory(here)) {
        for target in file.body.blocks_of("target") {
            let settings = target.body.attribute("settings").map(|a| &a.expr.kind);
            let Some(ExprKind::Object(entries)) = settings else { continue };
            names.extend(entries.iter().filter_map(|e| e.key.text()).map(str::to_owned));
        }
    }
    names.into_iter().collect()
}

/// The variables of every `for` whose brackets are open at the end of what is written.
pub(super) fn loop_variables(written: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in written.match_indices("for ") {
        let (before, rest) = (written.get(..at), written.get(at + 4..));
        let (Some(before), Some(rest)) = (before, rest) else { continue };
        let opens = before.trim_end().ends_with(['[', '{']);
        let Some((head, body)) = rest.split_once(" in ").filter(|_| opens) else { continue };
        if is_open(body) {
            let words = head.split(',').map(str::trim);
            names.extend(words.filter(|w| is_name(w)).map(str::to_owned));
        }
    }
    names
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(outline::is_word)
}

/// Whether nothing here closes more than it opens.
fn is_open(text: &str) -> bool {
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    true
}

fn own_directory<'a>(here: &Here<'a>) -> &'a str {
    here.sources.file(here.file).map_or("", |file| directory_of(&file.path))
}

/// The files of a directory, as far as they can be read.
fn files_of<'a>(here: &Here<'a>, directory: &str) -> impl Iterator<Item = File> + use<'a> {
    let directory = directory.to_owned();
    let files = here.sources.iter().filter(move |(_, f)| directory_of(&f.path) == directory);
    files.map(|(id, source)| syntax::parse_file(id, source, &mut Diagnostics::new()))
}

fn text(attribute: &Attribute) -> Option<&str> {
    match &attribute.expr.kind {
        ExprKind::String(text) => Some(&text.value),
        _ => None,
    }
}
