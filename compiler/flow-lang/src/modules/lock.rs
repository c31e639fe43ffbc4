//! `flow.lock`: the hash of every module in `vendor/`, by name and version.
//!
//! ```hcl
//! module "acme/okta" {
//!   version = "1.2.0"
//!   hash    = "sha256:…"
//! }
//! ```
//!
//! A hash covers the paths and the texts of the module's `*.flow.hcl` files, line ends taken as
//! `\n`, so that a checkout on another system is the same module.

use std::collections::BTreeMap;

use flow_bundle::Digest;

use crate::diagnostic::Diagnostics;
use crate::source::Sources;
use crate::syntax;
use crate::syntax::tree::{Block, ExprKind};

/// The name of the file, beside the root's flows.
pub const FILE: &str = "flow.lock";

/// Name and version to hash.
pub type Locked = BTreeMap<(String, String), Digest>;

/// Reads a lock file.
///
/// # Errors
/// What is wrong with it, for the end of a sentence.
pub fn read(text: &str) -> Result<Locked, String> {
    let mut sources = Sources::new();
    sources.add(FILE, text.as_bytes());
    let mut found = Diagnostics::new();
    let files = syntax::parse(&sources, &mut found);
    if let Some(fault) = found.iter().next() {
        return Err(format!("line {}: {}", line(&sources, fault.primary.span), fault.message));
    }
    let mut locked = Locked::new();
    for block in files.iter().flat_map(|file| file.body.blocks()) {
        let entry =
            entry(block).ok_or_else(|| format!("line {}: no pin", line(&sources, block.header)))?;
        if locked.insert(entry.0, entry.1).is_some() {
            return Err(format!("line {}: pinned twice", line(&sources, block.header)));
        }
    }
    Ok(locked)
}

fn line(sources: &Sources, span: crate::source::Span) -> usize {
    sources.position(span).line
}

fn entry(block: &Block) -> Option<((String, String), Digest)> {
    let text = |name: &str| match &block.body.attribute(name)?.expr.kind {
        ExprKind::String(text) => Some(text.value.clone()),
        _ => None,
    };
    if block.kind.text != "module" || block.labels.len() != 1 {
        return None;
    }
    let hash = Digest::parse(&text("hash")?)?;
    Some(((block.label(0)?.to_owned(), text("version")?), hash))
}

/// A lock file's text.
#[must_use]
pub fn write(locked: &Locked) -> String {
    let mut out = "# Written by `flowc vendor`. Commit it together with `vendor/`.\n".to_owned();
    for ((name, version), hash) in locked {
        out.push_str(&format!(
            "\nmodule \"{name}\" {{\n  version = \"{version}\"\n  hash    = \"{hash}\"\n}}\n"
        ));
    }
    out
}

/// The hash of a module: of its files' paths inside it, and their texts.
#[must_use]
pub fn hash<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Digest {
    let texts: BTreeMap<&str, String> = files
        .into_iter()
        .map(|(path, text)| (path, Digest::of(text.replace("\r\n", "\n").as_bytes()).to_string()))
        .collect();
    Digest::of_json(&serde_json::json!(texts))
}

/// The hash of the module whose files lie in and below `directory`.
pub(crate) fn hash_of(sources: &Sources, directory: &str) -> Digest {
    let below = format!("{directory}/");
    hash(sources.iter().filter_map(|(_, f)| Some((f.path.strip_prefix(&below)?, f.text.as_str()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_line_ends_do_not_count() {
        let one = hash([("a.flow.hcl", "x\r\ny\r\n"), ("b/c.flow.hcl", "")]);
        assert_eq!(one, hash([("b/c.flow.hcl", ""), ("a.flow.hcl", "x\ny\n")]));
        assert_ne!(one, hash([("a.flow.hcl", "x\ny\n")]));
        let locked = Locked::from([(("acme/okta".to_owned(), "1.0.0".to_owned()), one)]);
        assert_eq!(read(&write(&locked)), Ok(locked));
    }

    #[test]
    fn what_pins_nothing_is_refused_with_its_line() {
        for (text, why) in [
            ("module \"a/b\" {\n  version = \"1\"\n  hash = \"x\"\n}\n", "line 1: no pin"),
            ("\nx \"a\" {}\n", "line 2: no pin"),
            ("module {", "line 1: "),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.starts_with(why), "{told}");
        }
    }
}
