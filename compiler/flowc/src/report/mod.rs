//! Findings, one file per form.
//!
//! To add a form: a file here, its word in [`crate::args::Format`], an arm where findings are told
//! (`command/mod.rs`), a row in the README, a test of what it prints.

mod github;
mod human;
mod json;
mod plain;
mod sarif;
#[cfg(test)]
mod tests;

use std::path::{Component, Path};

use flow_lang::Sources;
use flow_lang::diagnostic::Diagnostic;
use flow_lang::source::FileId;

pub use github::github;
pub use human::human;
pub use json::json;
pub use plain::plain;
pub use sarif::sarif;

/// More than this is counted, not shown: nobody reads it, and the first ones explain the rest. The
/// forms for programs hold all there is.
const SHOWN_MAX: usize = 50;

/// What was found, where it was found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// By file and position.
    pub diagnostics: &'a [Diagnostic],
    /// The files of the module.
    pub sources: &'a Sources,
    /// The module's directory, as it was named.
    pub directory: &'a Path,
}

impl Found<'_> {
    /// The path of a file as it is reached from here, with `/` between its parts.
    fn path(&self, file: FileId) -> String {
        let inside = self.sources.file(file).map_or("", |file| file.path.as_str());
        let mut path = String::new();
        for part in self.directory.join(inside).components() {
            match part {
                Component::CurDir => continue,
                Component::RootDir => path.push('/'),
                part => {
                    if !path.is_empty() && !path.ends_with('/') {
                        path.push('/');
                    }
                    path.push_str(&part.as_os_str().to_string_lossy());
                }
            }
        }
        path
    }

    /// What is shown of it, and how many are left.
    fn shown(&self) -> (&[Diagnostic], usize) {
        let (shown, left) = self.diagnostics.split_at(self.diagnostics.len().min(SHOWN_MAX));
        (shown, left.len())
    }
}

/// A text on one line: an author's own message may hold line breaks, and characters that move the
/// cursor.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    words.join(" ")
}
