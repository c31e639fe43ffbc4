//! `flowc build DIR -o FILE`: the bundle, or findings and no file.

use std::io::Write as _;
use std::path::Path;
use std::{fs, process};

use anyhow::{Context, Result};
use flow_bundle::codec;
use flow_lang::compile::Mode;

use super::{Answer, Done, compile_module, fails, told};
use crate::args::{Format, Input};
use crate::summary;

/// Builds a module's bundle into `output`.
///
/// # Errors
/// Wrong usage, and what cannot be read or written.
pub fn run(input: &Input, output: &Path, format: Format) -> Result<Answer> {
    let Done { sources, compiled, .. } = compile_module(input, Mode::Build)?;
    let failed = fails(input, &compiled);
    let built = compiled.bundle.as_ref().filter(|_| !failed);
    if let Some(file) = built {
        write(output, &codec::write(&file.bundle, &file.sources, &file.compiler))?;
    }
    let text = told(
        &sources,
        &compiled,
        format,
        || built.map(|file| summary::built(file, output)).unwrap_or_default(),
        |object| {
            if let Some(file) = built {
                object.insert("bundle".to_owned(), summary::built_json(file, output));
            }
        },
    );
    Ok(Answer { text, code: u8::from(built.is_none()) })
}

/// Puts the whole file in place at once: a reader sees the old bundle or the new one.
fn write(output: &Path, text: &str) -> Result<()> {
    let shown = output.display();
    let name = output.file_name().with_context(|| format!("`{shown}` names no file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", process::id()));
    let beside = output.with_file_name(hidden);
    let done = fs::File::create(&beside)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, output));
    if done.is_err() {
        // What is left over is of no use; that it cannot be removed is no news.
        drop(fs::remove_file(&beside));
    }
    done.with_context(|| format!("cannot write `{shown}`"))
}
