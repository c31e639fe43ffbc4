//! Every Rust file says at its top what it is, and every Rust file is compiled.

use std::collections::BTreeSet;

use super::{expect_none, mask, rust_pages};

#[test]
fn every_file_says_what_it_is() {
    expect_none(
        rust_pages().iter().filter_map(|page| no_opening(&page.path, &page.text)).collect(),
    );
}

#[test]
fn no_file_is_an_orphan() {
    let pages = rust_pages();
    let files: Vec<(&str, &str)> =
        pages.iter().map(|page| (page.path.as_str(), page.text.as_str())).collect();
    expect_none(orphans(&files));
}

fn no_opening(path: &str, text: &str) -> Option<String> {
    let opens = text.starts_with("//! ") && text.lines().next().is_some_and(|line| line.len() > 10);
    (!opens).then(|| format!("{path}:1: does not open with a `//!` line that says what it is"))
}

/// Files that no `mod` line of another file, and no manifest's convention, brings in.
fn orphans(files: &[(&str, &str)]) -> Vec<String> {
    let mut reached = BTreeSet::new();
    for (path, text) in files {
        let folder = child_folder(path);
        for line in mask::code_only(text).lines() {
            let Some(name) = module_name(line) else { continue };
            reached.insert(format!("{folder}/{name}.rs"));
            reached.insert(format!("{folder}/{name}/mod.rs"));
        }
        // A path attribute or an include names its file in a literal, which the mask blanks.
        for literal in text.split('"').skip(1).step_by(2).filter(|part| part.ends_with(".rs")) {
            let beside = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            reached.insert(format!("{beside}/{literal}"));
        }
    }
    let roots = ["/src/lib.rs", "/src/main.rs", "/it/main.rs", "/build.rs"];
    let is_root = |path: &str| {
        roots.iter().any(|root| path.ends_with(root))
            || path.contains("/src/bin/")
            || path
                .rsplit('/')
                .nth(1)
                .is_some_and(|folder| folder == "tests" || folder == "benches")
    };
    let orphan = |path: &&str| !is_root(path) && !reached.contains(*path);
    let lost = files.iter().map(|(path, _)| *path).filter(orphan);
    lost.map(|path| format!("{path}: no `mod` line brings this file in")).collect()
}

/// The folder in which the child modules of a file lie.
fn child_folder(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
    }
}

fn module_name(line: &str) -> Option<&str> {
    let line = line.trim().strip_suffix(';')?;
    let (before, name) = line.split_once("mod ").unwrap_or(("no", line));
    let before = before.trim();
    (before.is_empty() || before.starts_with("pub")).then_some(name.trim())
}

#[test]
fn a_silent_file_and_an_orphan_are_found() {
    assert!(no_opening("a.rs", "use std::fmt;\n").is_some());
    assert!(no_opening("a.rs", "//!\n").is_some());
    assert_eq!(no_opening("a.rs", "//! What a thing is.\n"), None);

    let files = [
        ("c/src/lib.rs", "pub mod a;\nmod b;\n// mod lost;\n"),
        ("c/src/a.rs", "mod inner;"),
        ("c/src/a/inner.rs", ""),
        ("c/src/b/mod.rs", ""),
        ("c/src/lost.rs", ""),
    ];
    assert_eq!(orphans(&files), ["c/src/lost.rs: no `mod` line brings this file in"]);
}
