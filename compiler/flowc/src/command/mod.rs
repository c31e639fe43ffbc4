//! The commands, one file each.
//!
//! To add a command: a file here with `run`, a variant in [`crate::args::Command`], a line below, a
//! row in the README, a test of what it prints.

mod build;
mod check;
mod explain;
#[cfg(test)]
mod tests;

use anyhow::Result;
use flow_lang::Sources;
use flow_lang::code::Severity;
use flow_lang::compile::{Compiled, Mode, Options, compile};

use crate::args::{Cli, Command, Format, Input};
use crate::{module, report, variables};

/// What a command prints to stdout, and its exit code.
#[derive(Debug)]
pub struct Answer {
    /// Text or JSON, as asked.
    pub text: String,
    /// 0 clean, 1 errors found.
    pub code: u8,
}

/// Runs the command that was asked for.
///
/// # Errors
/// Wrong usage, and what cannot be read or written.
pub fn run(cli: &Cli) -> Result<Answer> {
    match &cli.command {
        Command::Check(input) => check::run(input, cli.format),
        Command::Build { input, output } => build::run(input, output, cli.format),
        Command::Explain { words } => explain::run(words, cli.format),
    }
}

/// A module that was read and compiled.
struct Done {
    sources: Sources,
    compiled: Compiled,
}

fn compile_module(input: &Input, mode: Mode) -> Result<Done> {
    let sources = module::read(&input.directory)?;
    let variables = variables::collect(input, &sources, std::env::vars_os())?;
    let compiled = compile(&sources, &Options { mode, variables });
    Ok(Done { sources, compiled })
}

/// Whether what was found makes the command fail.
fn fails(input: &Input, compiled: &Compiled) -> bool {
    let worst = compiled.diagnostics.iter().map(|d| d.code.severity).min();
    match worst {
        Some(Severity::Error) => true,
        Some(Severity::Warning) => input.deny_warnings,
        Some(Severity::Advice) | None => false,
    }
}

/// Findings as asked, and behind them what the command has to say of its own.
fn told(
    sources: &Sources,
    compiled: &Compiled,
    format: Format,
    text: impl FnOnce() -> String,
    json: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
) -> String {
    match format {
        Format::Human => {
            let findings = report::human(&compiled.diagnostics, sources);
            let gap = if findings.is_empty() { "" } else { "\n" };
            let own = text();
            if own.is_empty() { findings } else { format!("{findings}{gap}{own}") }
        }
        Format::Json => {
            let mut object = report::json(&compiled.diagnostics, sources);
            json(&mut object);
            format!("{:#}\n", serde_json::Value::Object(object))
        }
    }
}
