//! `flowc infer FILE …`: the `output` of a step, from recorded answers.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flow_bundle::{Value, json};
use flow_lang::infer;

use super::Answer;
use crate::module;

/// Prints the attribute.
///
/// # Errors
/// What cannot be read, and what is no JSON.
pub fn run(answers: &[PathBuf]) -> Result<Answer> {
    let values = match answers {
        [] => vec![parse(&module::read_stdin()?, "standard input")?],
        paths => paths.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?,
    };
    Ok(Answer { text: infer::output(&values), code: 0 })
}

fn read(path: &Path) -> Result<Value> {
    if path == Path::new("-") {
        return parse(&module::read_stdin()?, "standard input");
    }
    parse(&module::read_file(path)?, &format!("`{}`", path.display()))
}

fn parse(bytes: &[u8], shown: &str) -> Result<Value> {
    if bytes.trim_ascii().is_empty() {
        bail!("{shown} is empty; the body of an answer is wanted, as JSON");
    }
    json::parse(bytes).with_context(|| format!("{shown} is no JSON that a step can answer"))
}
