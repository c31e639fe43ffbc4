//! `flowc diff OLD NEW`: whether approval got weaker, flow by flow and in words.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use flow_bundle::bundle::Bundle;
use flow_bundle::codec;
use flow_bundle::limits::BUNDLE_BYTES;
use flow_lang::compile::Mode;
use flow_proof::diff;

use super::{Answer, Done, compile_module};
use crate::args::{DiffFormat, Format, Input, Versions};
use crate::report;

/// Compares two bundles, or the modules of two directories.
///
/// # Errors
/// What cannot be read, or is no bundle.
pub fn run(versions: &Versions) -> Result<Answer> {
    let (old, new) = (bundle(&versions.old, versions)?, bundle(&versions.new, versions)?);
    let found = diff(&old, &new);
    let text = match versions.format {
        DiffFormat::Human => found.to_text(),
        DiffFormat::Markdown => found.to_markdown(),
        DiffFormat::Json => {
            let weaker = serde_json::Value::from(found.is_weaker());
            let mut json = serde_json::to_value(&found)?;
            if let Some(object) = json.as_object_mut() {
                object.insert("weaker".to_owned(), weaker);
            }
            format!("{json:#}\n")
        }
    };
    Ok(Answer { text, code: u8::from(versions.deny_weaker && found.is_weaker()) })
}

/// A bundle file, or what a directory compiles to.
fn bundle(path: &Path, versions: &Versions) -> Result<Bundle> {
    let shown = path.display();
    if path.is_dir() {
        return compiled(path, versions);
    }
    let size = fs::metadata(path).with_context(|| format!("cannot read `{shown}`"))?.len();
    if usize::try_from(size).map_or(true, |size| size > BUNDLE_BYTES) {
        bail!("`{shown}` is larger than a bundle may be, {} MiB", BUNDLE_BYTES >> 20);
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    let file = codec::read(&bytes).with_context(|| {
        format!("`{shown}` is no bundle: give a file of `flowc build`, or a directory")
    })?;
    Ok(file.bundle)
}

fn compiled(directory: &Path, versions: &Versions) -> Result<Bundle> {
    let shown = directory.display();
    let input = Input {
        directory: directory.to_owned(),
        values: versions.values.clone(),
        deny_warnings: false,
        format: Format::Human,
    };
    let Done { sources, compiled } = compile_module(&input, Mode::Build)?;
    let failed = compiled.has_errors();
    match compiled.bundle {
        Some(file) if !failed => Ok(file.bundle),
        _ => {
            let found =
                report::Found { diagnostics: &compiled.diagnostics, sources: &sources, directory };
            bail!("`{shown}` does not compile:\n\n{}", report::human(&found))
        }
    }
}
