//! `flowc fmt [PATH…]`: files laid out anew, in place; or what would change.
//!
//! Files are read first and written last, so that wrong usage changes nothing. A file with a syntax
//! error is told and left alone; the others are formatted all the same.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result, bail};
use flow_lang::diagnostic::Diagnostic;
use flow_lang::{Diagnostics, FileId, Sources, fmt};
use similar::TextDiff;

use super::{Answer, printed};
use crate::args::Layout;
use crate::report::Found;
use crate::{disk, module};

/// What standard input is called in findings.
const STDIN: &str = "<stdin>";

/// Folders that `--recursive` passes by: what they hold is pinned by its hash.
const PINNED: &str = "vendor";

/// What is to be formatted.
struct Given {
    sources: Sources,
    /// Where the file of each id lies.
    paths: Vec<PathBuf>,
}

/// A file whose text is not its layout.
struct Change {
    id: FileId,
    formatted: String,
}

/// Formats files, or says which are not formatted.
///
/// # Errors
/// Wrong usage, and what cannot be read or written.
pub fn run(layout: &Layout) -> Result<Answer> {
    if layout.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(layout);
    }
    let given = read(&layout.paths, layout.recursive)?;
    let (changes, faults) = changes(&given.sources);
    let broken = !faults.is_empty();
    if !layout.check && !layout.diff {
        write(&given, &changes)?;
    }
    Ok(answer(layout, &given.sources, &changes, faults, broken))
}

/// From standard input to standard output. Faults go to standard error, for an editor takes what
/// comes out for the text.
fn standard_input(layout: &Layout) -> Result<Answer> {
    if layout.paths.len() > 1 {
        bail!("`-` is standard input and stands alone");
    }
    let bytes = module::read_stdin()?;
    let mut sources = Sources::new();
    sources.add(STDIN, &bytes);
    let (changes, faults) = changes(&sources);
    let broken = !faults.is_empty();
    if layout.check || layout.diff {
        return Ok(answer(layout, &sources, &changes, faults, broken));
    }
    if broken {
        let text = printed(&found(&sources, &faults), layout.format, String::new, |_| {});
        // When stderr is closed, the exit code is all that can be said.
        drop(io::stderr().write_all(text.as_bytes()));
        return Ok(Answer { text: String::new(), code: 1 });
    }
    let same = || sources.iter().map(|(_, source)| source.text.clone()).collect();
    let text = changes.into_iter().next().map_or_else(same, |change| change.formatted);
    Ok(Answer { text, code: 0 })
}

fn changes(sources: &Sources) -> (Vec<Change>, Vec<Diagnostic>) {
    let mut faults = Diagnostics::new();
    let mut changes = Vec::new();
    for (id, source) in sources.iter() {
        let formatted = fmt::file(sources, id, &mut faults);
        if let Some(formatted) = formatted.filter(|formatted| *formatted != source.text) {
            changes.push(Change { id, formatted });
        }
    }
    (changes, faults.finish(sources, &[]))
}

fn write(given: &Given, changes: &[Change]) -> Result<()> {
    for change in changes {
        let Some(path) = given.paths.get(change.id.0 as usize) else { continue };
        let shown = path.display();
        let metadata = fs::metadata(path).with_context(|| format!("cannot write `{shown}`"))?;
        if metadata.permissions().readonly() {
            bail!("cannot write `{shown}`: it is read-only");
        }
        disk::put(path, &change.formatted)?;
    }
    Ok(())
}

fn answer(
    layout: &Layout,
    sources: &Sources,
    changes: &[Change],
    faults: Vec<Diagnostic>,
    broken: bool,
) -> Answer {
    let mut findings = faults;
    if layout.check {
        findings.extend(changes.iter().filter_map(|change| not_formatted(sources, change)));
    }
    let name = |change: &Change| {
        sources.file(change.id).map(|source| source.path.clone()).unwrap_or_default()
    };
    let diffs = || changes.iter().map(|change| diff(sources, change)).collect::<String>();
    let own = || match (layout.diff, layout.check) {
        (true, _) => diffs(),
        (false, true) => String::new(),
        (false, false) => changes.iter().map(|change| name(change) + "\n").collect(),
    };
    let text = printed(&found(sources, &findings), layout.format, own, |object| {
        let names: Vec<_> = changes.iter().map(name).collect();
        object.insert("changed".to_owned(), names.into());
        if layout.diff {
            object.insert("diff".to_owned(), diffs().into());
        }
    });
    Answer { text, code: u8::from(broken || (layout.check && !changes.is_empty())) }
}

/// Paths are as they were given, and not those of a module's directory.
fn found<'a>(sources: &'a Sources, diagnostics: &'a [Diagnostic]) -> Found<'a> {
    Found { diagnostics, sources, directory: Path::new("") }
}

fn not_formatted(sources: &Sources, change: &Change) -> Option<Diagnostic> {
    let finding = fmt::not_formatted(sources, change.id, &change.formatted)?;
    let path = &sources.file(change.id)?.path;
    Some(if path == STDIN { finding } else { finding.help(format!("run `flowc fmt {path}`")) })
}

fn diff(sources: &Sources, change: &Change) -> String {
    let Some(source) = sources.file(change.id) else { return String::new() };
    let diff = TextDiff::from_lines(source.text.as_str(), change.formatted.as_str());
    let path = source.path.as_str();
    diff.unified_diff().header(path, &format!("{path} (formatted)")).to_string()
}

fn read(paths: &[PathBuf], recursive: bool) -> Result<Given> {
    let here = [PathBuf::from(".")];
    let mut files = Vec::new();
    for path in if paths.is_empty() { &here[..] } else { paths } {
        let shown = path.display();
        let metadata =
            fs::metadata(path).with_context(|| format!("there is nothing at `{shown}`"))?;
        if metadata.is_dir() {
            let before = files.len();
            collect(path, recursive, &mut files)?;
            if files.len() == before {
                bail!("`{shown}` holds no {}", kinds());
            }
        } else if is_ours(path) {
            files.push(path.clone());
        } else {
            bail!("`{shown}` is no {}", kinds());
        }
    }
    // A file that is named twice is formatted once.
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|path| seen.insert(path.clone()));
    let mut sources = Sources::new();
    for path in &files {
        sources.add(path.display().to_string(), &module::read_file(path)?);
    }
    Ok(Given { sources, paths: files })
}

fn collect(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> Result<()> {
    let shown = folder.display();
    let cannot = || format!("cannot read the directory `{shown}`");
    let mut entries = fs::read_dir(folder)
        .with_context(cannot)?
        .collect::<io::Result<Vec<_>>>()
        .with_context(cannot)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut folders = Vec::new();
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Hidden ones, and what an editor leaves beside a file.
        if name.starts_with(['.', '#']) || name.ends_with('~') {
            continue;
        }
        let path = if folder == Path::new(".") { name.as_ref().into() } else { entry.path() };
        // A link to a folder is not followed: it may lead back.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(path);
        } else if is_ours(&path) && path.is_file() {
            files.push(path);
        }
    }
    for folder in folders.iter().filter(|_| recursive) {
        if folder.file_name().is_none_or(|name| name != PINNED) {
            collect(folder, recursive, files)?;
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    fmt::ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn kinds() -> String {
    let all: Vec<String> = fmt::ENDINGS.iter().map(|ending| format!("`*{ending}`")).collect();
    format!("{} file", all.join(" or "))
}
