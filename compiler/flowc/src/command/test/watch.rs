//! `flowc test --watch`: plays the scenarios again whenever a file has changed, until Ctrl-C.
//!
//! Files are looked at twice a second: nothing to install, and it works on every file system, also
//! one that is mounted from elsewhere.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fs, io, thread};

use anyhow::Result;

use crate::args::Test;

/// How often files are looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// How deep folders are looked into.
const DEEPEST: usize = 8;

/// What is looked at of a file.
type Stamp = (PathBuf, Option<SystemTime>, u64);

/// Plays again and again. It ends with the process, or where nobody reads any more.
///
/// # Errors
/// When nothing can be written.
pub fn run(test: &Test) -> Result<()> {
    let mut seen = Vec::new();
    loop {
        let stamps = stamps(test);
        if stamps != seen {
            seen = stamps;
            let text = match super::once(test) {
                Ok(answer) => answer.text,
                // What cannot be read now may be readable once it is saved whole.
                Err(error) => format!("flowc: {error:#}\n"),
            };
            let mut out = io::stdout().lock();
            writeln!(out, "{text}\nwaiting for a change; Ctrl-C ends this")?;
            out.flush()?;
        }
        thread::sleep(PAUSE);
    }
}

/// Every file that the answer depends on, with its time and size.
fn stamps(test: &Test) -> Vec<Stamp> {
    let mut out = Vec::new();
    collect(&test.directory, 0, &mut out);
    for file in &test.values.files {
        out.extend(stamp(file));
    }
    out.sort();
    out
}

fn collect(folder: &Path, depth: usize, out: &mut Vec<Stamp>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < DEEPEST => collect(&path, depth + 1, out),
            Ok(_) if name.ends_with(".hcl") || name == "flow.lock" => out.extend(stamp(&path)),
            _ => {}
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((path.to_owned(), metadata.modified().ok(), metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_is_seen_and_one_of_no_matter_is_not() {
        let scratch = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(scratch.path().join(name), text).unwrap();
        write("main.flow.hcl", "one");
        let test = Test {
            directory: scratch.path().to_owned(),
            values: crate::args::Values::default(),
            filter: None,
            deny_warnings: false,
            coverage: false,
            explore: None,
            seed: None,
            watch: true,
            format: crate::args::TestFormat::Text,
        };
        let before = stamps(&test);
        write("notes.txt", "nothing");
        assert_eq!(stamps(&test), before);
        write("main.flow.hcl", "longer");
        assert_ne!(stamps(&test), before);
        let before = stamps(&test);
        write("main.flowtest.hcl", "");
        assert_ne!(stamps(&test), before);
    }
}
