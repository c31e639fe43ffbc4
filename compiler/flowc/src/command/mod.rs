//! The commands, one file each.
//!
//! To add a command: a file here with `run`, a variant in [`crate::args::Command`], a line below, a
//! row in the README, a test of what it prints.

mod build;
mod check;
mod complete;
mod completions;
mod diff;
mod explain;
mod fix;
mod fmt;
mod graph;
mod infer;
mod init;
mod keygen;
mod reach;
mod schema;
mod sign;
mod simulate;
mod test;
#[cfg(test)]
mod tests;
mod vendor;

use std::fs;

use anyhow::{Context as _, Result, bail};
use flow_bundle::bundle::{Bundle, BundleFile, Flow};
use flow_bundle::codec;
use flow_bundle::limits::BUNDLE_BYTES;
use flow_lang::code::Severity;
use flow_lang::compile::{Compiled, Mode, Options};
use flow_lang::{Parsed, Sources, suggest};

use crate::args::{Built, Cli, Command, Format, Input};
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
    match &cli.command {
        Command::Check { input, fix: false, .. } => check::run(input),
        Command::Check { input, diff, .. } => fix::run(input, *diff),
        Command::Build { input, output } => build::run(input, output),
        Command::Reach { built, format, integration } => {
            reach::run(built, *format, integration.as_deref())
        }
        Command::Graph { built, flow, format, output } => {
            graph::run(built, flow.as_deref(), *format, output.as_deref())
        }
        Command::Simulate(asked) => simulate::run(asked),
        Command::Diff(versions) => diff::run(versions),
        Command::Sign(asked) => sign::run(asked),
        Command::Keygen { key } => keygen::run(key),
        Command::Vendor(ask) => vendor::run(ask),
        Command::Fmt(layout) => fmt::run(layout),
        Command::Init { directory, template } => init::run(directory, template.as_deref()),
        Command::Infer { answers } => infer::run(answers),
        Command::Complete(place) => complete::run(place),
        Command::Test(asked) => test::run(asked),
        Command::Schema => Ok(schema::run()),
        Command::Completions { shell } => Ok(completions::run(*shell)),
        Command::Explain { words, format } => explain::run(words, *format),
    }
}

/// A module that was read and compiled.
struct Done {
    sources: Sources,
    compiled: Compiled,
}

fn compile_module(input: &Input, mode: Mode) -> Result<Done> {
    let sources = module::read(&input.directory)?;
    let compiled = compile(input, &sources, mode)?;
    Ok(Done { sources, compiled })
}

/// Compiles with the values that were given.
fn compile(input: &Input, sources: &Sources, mode: Mode) -> Result<Compiled> {
    let (parsed, options) = parse(input, sources, mode)?;
    Ok(parsed.compile(&options))
}

fn parse<'s>(input: &Input, sources: &'s Sources, mode: Mode) -> Result<(Parsed<'s>, Options)> {
    let parsed = Parsed::of(sources);
    let variables = variables::collect(&input.values, &parsed, std::env::vars_os())?;
    Ok((parsed, Options { mode, variables }))
}

/// The flow of this name.
fn flow_named<'b>(bundle: &'b Bundle, name: &str) -> Result<(&'b str, &'b Flow)> {
    if let Some((address, flow)) = bundle.flows.get_key_value(name) {
        return Ok((address, flow));
    }
    let hint = match suggest::nearest(name, bundle.flows.keys().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is {}", flow_names(bundle)),
    };
    bail!("there is no flow `{name}`; {hint}");
}

fn flow_names(bundle: &Bundle) -> String {
    bundle.flows.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A bundle that was read, or built from a module; none with what was found where it does not
/// build.
fn bundle(built: &Built) -> Result<std::result::Result<Box<BundleFile>, Answer>> {
    if !built.path.is_dir() {
        let shown = built.path.display();
        let size = fs::metadata(&built.path).with_context(|| format!("cannot read `{shown}`"))?;
        if usize::try_from(size.len()).map_or(true, |size| size > BUNDLE_BYTES) {
            bail!("`{shown}` is larger than a bundle may be, {} MiB", BUNDLE_BYTES >> 20);
        }
        let bytes = fs::read(&built.path).with_context(|| format!("cannot read `{shown}`"))?;
        return match codec::read(&bytes) {
            Ok(file) => Ok(Ok(Box::new(file))),
            Err(error) => bail!(
                "`{shown}` is no bundle that can be used: {error}; a directory or a file of `flowc build` is wanted"
            ),
        };
    }
    let input = Input {
        directory: built.path.clone(),
        values: built.values.clone(),
        deny_warnings: false,
        format: Format::Human,
    };
    let mut done = compile_module(&input, Mode::Build)?;
    match done.compiled.bundle.take() {
        Some(file) => Ok(Ok(Box::new(file))),
        None => Ok(Err(Answer { text: told(&input, &done, String::new, |_| {}), code: 1 })),
    }
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
    text: impl FnOnce() -> String,
    json: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
) -> String {
    let found = Found {
        diagnostics: &done.compiled.diagnostics,
        sources: &done.sources,
        directory: &input.directory,
    };
    printed(&found, input.format, text, json)
}

/// The same of findings that are of no module.
fn printed(
    found: &Found<'_>,
    format: Format,
    text: impl FnOnce() -> String,
    json: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
) -> String {
    let findings = match format {
        Format::Human => report::human(found),
        Format::Plain => report::plain(found),
        Format::Github => report::github(found),
        Format::Sarif => return report::sarif(found),
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
