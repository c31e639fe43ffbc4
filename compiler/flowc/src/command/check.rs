//! `flowc check DIR`: findings, or what was checked and what was proved.

use anyhow::Result;
use flow_lang::compile::Mode;

use super::{Answer, Done, compile_module, fails, told};
use crate::args::Input;
use crate::summary;

/// Checks a module.
///
/// # Errors
/// Wrong usage, and what cannot be read.
pub fn run(input: &Input) -> Result<Answer> {
    Ok(answer(input, &compile_module(input, Mode::Check)?))
}

/// What there is to say about a module that was checked.
pub fn answer(input: &Input, done: &Done) -> Answer {
    let compiled = &done.compiled;
    let failed = fails(input, compiled);
    let text = told(
        input,
        done,
        || {
            if failed { String::new() } else { summary::checked(compiled) }
        },
        |object| {
            object.insert("flows".to_owned(), compiled.proofs.len().into());
        },
    );
    Answer { text, code: u8::from(failed) }
}
