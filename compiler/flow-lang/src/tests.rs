//! Files in, bundles and tables of findings out: `data/ok` and `data/err`.
//!
//! `UPDATE_EXPECTED=1 cargo test -p flow-lang` writes what came out beside the files; read the
//! difference before it is committed.
#![allow(clippy::disallowed_methods, reason = "tests read and write their own data files")]

mod broken;
mod complete;
mod mutate;
mod mutations;
mod pages;
mod plant;
mod reaching;
mod small;
mod walk;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use flow_bundle::codec;

use crate::{Compiled, Given, Mode, Options, Sources, compile};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { path.join("main.flow.hcl") } else { path })
        .filter(|path| path.extension().is_some_and(|e| e == "hcl"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

/// The files of a case: one, or a folder with a root module, its children and a lock.
fn sources_of(path: &Path) -> Sources {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", fs::read_to_string(path).unwrap().as_bytes());
    let folder = path.parent().unwrap();
    if !path.ends_with("main.flow.hcl") {
        return sources;
    }
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|e| e == "hcl") && entry != path {
                paths.push(entry);
            }
        }
    }
    // The root's own files first.
    paths.sort_by_key(|p| (p.parent() != Some(folder), p.clone()));
    for path in paths {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        sources.add(name, fs::read_to_string(path).unwrap().as_bytes());
    }
    if let Ok(lock) = fs::read_to_string(folder.join("flow.lock")) {
        sources.set_lock(lock);
    }
    sources
}

/// Compiles the files of a case; `vars` holds a line `name=value` for each variable.
fn run_all(sources: &Sources, vars: &str, mode: Mode) -> Compiled {
    let variables = vars
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), Given::Text(value.to_owned())))
        .collect();
    compile(sources, &Options { variables, mode })
}

/// `line | code | token` of each finding, labels elsewhere behind it.
fn table(sources: &Sources, compiled: &Compiled) -> String {
    let mut out = String::new();
    for d in &compiled.diagnostics {
        let at = line(sources, d.primary.span);
        let token = sources.text(d.primary.span).escape_debug().to_string();
        let token: String = token.chars().take(60).collect();
        write!(out, "{at} | {} | {token} | {}", d.code, d.message).unwrap();
        if let Some(help) = &d.help {
            write!(out, " | {help}").unwrap();
        }
        for label in &d.labels {
            let at = line(sources, label.span);
            write!(out, " | {at}: {}", label.text).unwrap();
        }
        out.push('\n');
    }
    out
}

/// The line of a place, and its file where that is not the first.
fn line(sources: &Sources, span: crate::source::Span) -> String {
    let line = sources.position(span).line;
    match span.file.0 {
        0 => line.to_string(),
        _ => format!("{}:{line}", sources.file(span.file).unwrap().path),
    }
}

/// Compares with the file of this ending beside `path`, or writes it.
fn check(path: &Path, ending: &str, found: &str) {
    let beside = path.with_extension(ending);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&beside, found).unwrap();
    }
    let expected = fs::read_to_string(&beside).unwrap_or_default();
    assert!(
        expected == found,
        "{}\n--- found\n{found}\n--- expected\n{expected}",
        beside.display()
    );
}

fn vars(path: &Path) -> String {
    fs::read_to_string(path.with_extension("vars")).unwrap_or_default()
}

#[test]
fn good_files_become_bundles() {
    for path in files("ok") {
        let sources = sources_of(&path);
        let checked = run_all(&sources, "", Mode::Check);
        assert!(!checked.has_errors(), "{}\n{}", path.display(), table(&sources, &checked));
        let built = run_all(&sources, &vars(&path), Mode::Build);
        assert!(!built.has_errors(), "{}\n{}", path.display(), table(&sources, &built));
        check(&path, "expected", &table(&sources, &built));
        let bundle = built.bundle.unwrap();
        let written = codec::write(&bundle.bundle, &bundle.sources, &bundle.compiler);
        assert_eq!(codec::read(written.as_bytes()).as_ref(), Ok(&bundle), "{}", path.display());
        check(&path, "json", &(serde_json::to_string_pretty(&bundle).unwrap() + "\n"));
    }
}

#[test]
fn bad_files_are_refused_with_every_fault() {
    for path in files("err") {
        let sources = sources_of(&path);
        let compiled = run_all(&sources, &vars(&path), Mode::Build);
        check(&path, "expected", &table(&sources, &compiled));
        assert!(compiled.bundle.is_none() || !compiled.has_errors(), "{}", path.display());
    }
}

/// Examples of the spec; one that is a part of a flow is completed.
#[test]
fn spec_examples_compile() {
    let spec = include_str!("../../spec.md");
    let mut count = 0;
    for rest in spec.split("```hcl\n").skip(1) {
        let example = rest.split("```").next().unwrap();
        let mut sources = Sources::new();
        if example.contains("bundle \"") {
            sources.add("spec.flow.hcl", example.as_bytes());
        } else {
            sources = complete::complete(example);
        }
        let compiled = compile(&sources, &Options { mode: Mode::Build, ..Options::default() });
        assert!(!compiled.has_errors(), "{example}\n{}", table(&sources, &compiled));
        count += 1;
    }
    assert!(count >= 5);
}

#[test]
fn a_module_compiles_to_the_same_bytes_each_time() {
    for path in files("ok") {
        let sources = sources_of(&path);
        let once = run_all(&sources, &vars(&path), Mode::Build).bundle;
        let again = run_all(&sources, &vars(&path), Mode::Build).bundle;
        assert_eq!(once, again);
    }
}

#[test]
fn every_code_that_is_raised_has_a_page_and_so_an_example() {
    let missing: Vec<String> = raised()
        .into_iter()
        .filter(|id| crate::code::find(id).is_none_or(|c| crate::page::find(c).is_none()))
        .collect();
    assert!(missing.is_empty(), "no page in codes/ for {missing:?}");
}

/// The codes that the passes behind the parser name in their sources.
fn raised() -> std::collections::BTreeSet<String> {
    let mut codes = std::collections::BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|n| n != "syntax") {
                    folders.push(path);
                }
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("code::").skip(1) {
                let id: String = part.chars().take_while(char::is_ascii_alphanumeric).collect();
                if crate::code::find(&id).is_some_and(|c| c.id == id) {
                    codes.insert(id);
                }
            }
        }
    }
    codes
}
