//! `flowc build DIR -o FILE`: the bundle, or findings and no file.

use std::path::Path;

use anyhow::Result;
use flow_bundle::codec;
use flow_lang::compile::Mode;

use super::{Answer, compile_module, fails, told};
use crate::args::Input;
use crate::{disk, summary};

/// Builds a module's bundle into `output`.
///
/// # Errors
/// Wrong usage, and what cannot be read or written.
pub fn run(input: &Input, output: &Path) -> Result<Answer> {
    let done = compile_module(input, Mode::Build)?;
    let failed = fails(input, &done.compiled);
    let built = done.compiled.bundle.as_ref().filter(|_| !failed);
    if let Some(file) = built {
        disk::put(output, &codec::write(&file.bundle, &file.sources, &file.compiler))?;
    }
    let text = told(
        input,
        &done,
        || built.map(|file| summary::built(file, output)).unwrap_or_default(),
        |object| {
            if let Some(file) = built {
                object.insert("bundle".to_owned(), summary::built_json(file, output));
            }
        },
    );
    Ok(Answer { text, code: u8::from(built.is_none()) })
}
