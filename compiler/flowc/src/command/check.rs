//! `flowc check DIR`: findings, or what was checked and what was proved.

use anyhow::Result;
use flow_lang::compile::Mode;

use super::{Answer, Done, fails, parse, told};
use crate::args::Input;
use crate::{module, summary};

/// Checks a module.
///
/// # Errors
/// Wrong usage, and what cannot be read.
pub fn run(input: &Input) -> Result<Answer> {
    let sources = module::read(&input.directory)?;
    let (parsed, options) = parse(input, &sources, Mode::Check)?;
    let compiled = parsed.compile_last(&options);
    let done = Done { sources, compiled };
    let answer = answer(input, &done);
    // The process ends with what it says.
    std::mem::forget(done);
    Ok(answer)
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
