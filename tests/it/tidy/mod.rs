//! The house rules that a machine can check: every one a test, every checker seen to fail.
//!
//! To add a rule: a file here with `findings(…) -> Vec<String>` that takes text and says what is
//! wrong with it; a test that runs it over the house; a test that shows it a planted fault; its
//! line in the table; its rule in `CONTRIBUTING.md`.
//!
//! # Layout
//!
//! | module | rule |
//! | --- | --- |
//! | `length` | files up to 600 lines, functions up to 70 |
//! | `opening` | every Rust file opens with `//!`, and is part of a crate |
//! | `words` | words that mean unfinished work, or a place outside the project |
//! | `manifests` | which crate may know which |
//! | `kernels` | a kernel's `clippy.toml` bans clock, randomness, files, environment and threads |
//! | `licences` | licences of all dependencies |
//! | `codes` | every diagnostic code has its page, and every page its code |

mod codes;
mod kernels;
mod length;
mod licences;
mod manifests;
mod mask;
mod opening;
mod words;

use std::path::Path;

use tests::workspace;

/// A text file of the house, by its path from the root.
struct Page {
    path: String,
    text: String,
}

/// Every text file of the house: what a clone holds, without what building or git adds.
fn pages() -> Vec<Page> {
    let mut pages = Vec::new();
    collect(workspace::root(), "", &mut pages);
    assert!(pages.len() > 50, "the walk over the house found only {} files", pages.len());
    pages
}

/// The Rust files among [`pages`].
fn rust_pages() -> Vec<Page> {
    pages().into_iter().filter(|page| page.path.ends_with(".rs")).collect()
}

fn collect(folder: &Path, prefix: &str, pages: &mut Vec<Page>) {
    let mut entries: Vec<_> = folder.read_dir().unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().unwrap();
        let foreign = path == "target" || name == ".git" || name == "__pycache__";
        if kind.is_dir() && !foreign {
            collect(&entry.path(), &format!("{path}/"), pages);
        } else if kind.is_file()
            && let Ok(text) = std::fs::read_to_string(entry.path())
        {
            pages.push(Page { path, text });
        }
    }
}

/// Fails with all findings at once.
fn expect_none(findings: Vec<String>) {
    assert!(findings.is_empty(), "{} finding(s):\n{}", findings.len(), findings.join("\n"));
}
