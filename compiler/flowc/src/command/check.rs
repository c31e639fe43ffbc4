//! `flowc check DIR`: findings, or what was checked and what was proved.

use anyhow::Result;
use flow_lang::compile::{Mode, Options};
use flow_lang::{Sources, flowvars};

use super::{Answer, Done, compile_module, fails, told};
use crate::args::{Format, Input};
use crate::summary;

/// Checks a module.
///
/// # Errors
/// Wrong usage, and what cannot be read.
pub fn run(input: &Input, format: Format) -> Result<Answer> {
    let Done { sources, options, compiled } = compile_module(input, Mode::Check)?;
    let failed = fails(input, &compiled);
    let text = told(
        &sources,
        &compiled,
        format,
        || {
            if failed {
                String::new()
            } else {
                summary::checked(&compiled, &unset(&sources, &options))
            }
        },
        |object| {
            object.insert("flows".to_owned(), compiled.proofs.len().into());
        },
    );
    Ok(Answer { text, code: u8::from(failed) })
}

/// Variables that have neither a value nor a default.
fn unset(sources: &Sources, options: &Options) -> Vec<String> {
    flowvars::declared(sources)
        .into_iter()
        .filter(|variable| !variable.has_default && !options.variables.contains_key(&variable.name))
        .map(|variable| variable.name)
        .collect()
}
