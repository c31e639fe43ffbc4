//! The bundle file: writing it, and reading it without trusting it.
//!
//! Written: canonical JSON, one final LF, the same bytes for the same bundle. Read: size and depth
//! first, then format, then structure, then hashes (over what was understood, not over the text),
//! then meaning (the private module `check`). Signatures are the daemon's.

use std::fmt;

use serde::Deserialize;

use crate::bundle::{Bundle, BundleFile, FORMAT, IR, LANGUAGE, SourceMap};
use crate::canonical;
use crate::check;
use crate::digest::Digest;
use crate::limits::{BUNDLE_BYTES, BUNDLE_DEPTH, FLOWS};
use crate::requirement;
use crate::seal::bundle_json;

mod scan;
#[cfg(test)]
mod tests;

use scan::scan;

/// Why a bundle is not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// IR path of the part, `flows.x.grant.strategy`; empty for the whole file.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl LoadError {
    pub(crate) fn new(
        path: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), message: message.into(), help: help.into() }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "the bundle" } else { &self.path };
        write!(f, "{place}: {}: {}", self.message, self.help)
    }
}

impl std::error::Error for LoadError {}

const REBUILD: &str = "build it again with `flowc build`";

/// The text of a bundle file. `compiler` is the word and version of who writes it.
#[must_use]
pub fn write(bundle: &Bundle, sources: &SourceMap, compiler: &str) -> String {
    let bundle = bundle_json(bundle);
    let content_hash = Digest::of(bundle.as_bytes());
    let sources = canonical::of(sources);
    let sources_hash = Digest::of(sources.as_bytes());
    let compiler = canonical::of(&compiler);
    format!(
        "{{\"bundle\":{bundle},\"compiler\":{compiler},\"content_hash\":\"{content_hash}\",\
         \"sources\":{sources},\"sources_hash\":\"{sources_hash}\"}}\n"
    )
}

/// The hash that a bundle file states of its bundle.
#[must_use]
pub fn content_hash(bundle: &Bundle) -> Digest {
    Digest::of(bundle_json(bundle).as_bytes())
}

/// Whether what a bundle says makes sense to those who read it, as far as that takes no time:
/// neither reach nor hashes are computed again.
///
/// # Errors
/// The first thing that [`read`] would refuse.
pub fn meaning(bundle: &Bundle) -> Result<(), LoadError> {
    check::meaning(bundle)
}

/// Reads a bundle file and believes nothing of it.
///
/// # Errors
/// The first thing that is wrong: limits, format, structure, hashes, meaning, in this order.
pub fn read(bytes: &[u8]) -> Result<BundleFile, LoadError> {
    if bytes.len() > BUNDLE_BYTES {
        let message =
            format!("the file has {} bytes, at most {BUNDLE_BYTES} (64 MiB)", bytes.len());
        return Err(LoadError::new("", message, "split it into several bundles"));
    }
    let scanned = scan(bytes, bytes.len());
    if scanned.deepest > BUNDLE_DEPTH {
        let message = format!("the file is nested deeper than {BUNDLE_DEPTH} levels");
        return Err(LoadError::new(scanned.path, message, REBUILD));
    }
    check_format(bytes)?;
    let file: BundleFile = typed(bytes).map_err(|e| structure(bytes, &e))?;
    if file.bundle.flows.len() > FLOWS {
        let message = format!("{} flows, at most {FLOWS}", file.bundle.flows.len());
        return Err(LoadError::new("flows", message, "split it into several bundles"));
    }
    check_hashes(&file)?;
    if let Some(range) = &file.bundle.required_runtime {
        let version = requirement::VERSION;
        let fits = requirement::fits(range, version)
            .map_err(|e| LoadError::new("required_runtime", e, "write it like `>= 0.1.0`"))?;
        if !fits {
            let message = format!("needs a runtime `{range}`, this is {version}");
            return Err(LoadError::new("required_runtime", message, "upgrade the runtime"));
        }
    }
    check::check(&file)?;
    Ok(file)
}

#[derive(Deserialize)]
struct Envelope {
    bundle: Versions,
}

#[derive(Deserialize)]
struct Versions {
    format: Option<u64>,
    ir: Option<u64>,
    language: Option<u64>,
}

fn check_format(bytes: &[u8]) -> Result<(), LoadError> {
    let Envelope { bundle } = typed(bytes).map_err(|e| {
        let message = format!("the file is no bundle ({e})");
        LoadError::new("", message, "give the file that `flowc build -o FILE` wrote")
    })?;
    let wanted = [
        ("format", bundle.format, FORMAT),
        ("ir", bundle.ir, IR),
        ("language", bundle.language, LANGUAGE),
    ];
    for (name, found, known) in wanted {
        match found {
            Some(n) if n == u64::from(known) => {}
            Some(n) if n > u64::from(known) => {
                let message = format!("`{name}` is {n}, this runtime knows up to {known}");
                return Err(LoadError::new(name, message, "upgrade the runtime"));
            }
            Some(n) => {
                let message = format!("`{name}` is {n}, which never existed");
                return Err(LoadError::new(name, message, REBUILD));
            }
            None => {
                let message = format!("`{name}` is missing");
                return Err(LoadError::new(name, message, REBUILD));
            }
        }
    }
    Ok(())
}

/// Reads JSON of any depth; `scan` has bounded it.
fn typed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    json.disable_recursion_limit();
    let value = T::deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// The parser's error with its place; for the last key of an object that is the object.
fn structure(bytes: &[u8], error: &serde_json::Error) -> LoadError {
    let before = error.line().saturating_sub(1);
    let line: usize = bytes.split_inclusive(|b| *b == b'\n').take(before).map(<[u8]>::len).sum();
    let offset = line + error.column();
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    LoadError::new(scan(bytes, offset).path, message, REBUILD)
}

fn check_hashes(file: &BundleFile) -> Result<(), LoadError> {
    let changed = |name: &str, stated: Digest, found: Digest| {
        if stated == found {
            return Ok(());
        }
        let message = format!("`{name}` is {stated}, but the content has {found}: it was changed");
        Err(LoadError::new(name, message, REBUILD))
    };
    changed("content_hash", file.content_hash, content_hash(&file.bundle))?;
    let sources = Digest::of(canonical::of(&file.sources).as_bytes());
    changed("sources_hash", file.sources_hash, sources)
}
