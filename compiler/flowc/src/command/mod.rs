//! The commands, one file each.
//!
//! To add a command: a file here with `run`, a variant in [`crate::args::Command`], a line below, a
//! row in the README, a test of what it prints.

mod build;
mod check;
mod diff;
mod explain;
mod fix;
#[cfg(test)]
mod tests;
mod vendor;

use anyhow::{Result, bail};
use flow_lang::Sources;
use flow_lang::code::Severity;
use flow_lang::compile::{Compiled, Mode, Options, compile};

use crate::args::{Cli, Command, Format, Input};
use crate::report::{self, Found};
use crate::{module, variables};

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
    if cli.format == Format::Markdown && !matches!(cli.command, Command::Diff(_)) {
        bail!("`--format markdown` is for `flowc diff`");
    }
    match &cli.command {
        Command::Check { input, fix: false, .. } => check::run(input, cli.format),
        Command::Check { input, diff, .. } => fix::run(input, *diff, cli.format),
        Command::Build { input, output } => build::run(input, output, cli.format),
        Command::Diff(versions) => diff::run(versions, cli.format),
        Command::Vendor(ask) => vendor::run(ask, cli.format),
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
    let options = options(input, &sources, mode)?;
    let compiled = compile(&sources, &options);
    Ok(Done { sources, compiled })
}

fn options(input: &Input, sources: &Sources, mode: Mode) -> Result<Options> {
    let variables = variables::collect(input, sources, std::env::vars_os())?;
    Ok(Options { mode, variables })
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
    input: &Input,
    done: &Done,
    format: Format,
    text: impl FnOnce() -> String,
    json: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
) -> String {
    let found = Found {
        diagnostics: &done.compiled.diagnostics,
        sources: &done.sources,
        directory: &input.directory,
    };
    let findings = match format {
        Format::Human | Format::Markdown => report::human(&found),
        Format::Plain => report::plain(&found),
        Format::Github => report::github(&found),
        Format::Sarif => return report::sarif(&found),
        Format::Json => {
            let mut object = report::json(found.diagnostics, found.sources);
            json(&mut object);
            return format!("{:#}\n", serde_json::Value::Object(object));
        }
    };
    let own = text();
    let gap = if findings.is_empty() || own.is_empty() { "" } else { "\n" };
    format!("{findings}{gap}{own}")
}
