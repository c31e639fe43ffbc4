//! `flowctl`: the daemon's API from a terminal.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 wrong usage. What people read goes to stdout as text
//! or, with `--format json`, as the API's own JSON; what went wrong goes to stderr.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`args`] | what the command line may say |
//! | [`client`] | one call of the API, over http, https or a unix socket |
//! | [`fault`] | what went wrong, in words, and the exit code |
//! | [`wire`] | what the API answers, as far as it is shown |
//! | [`text`], [`sheet`] | tables, cards, times; lists for spreadsheets |
//! | [`command`] | one file per command |

mod args;
mod client;
mod command;
mod fault;
mod sheet;
mod text;
mod wire;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Format};
use crate::client::Client;
use crate::fault::Fault;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has gone (`flowctl list | head`): nothing is left to say.
        Err(Fault::Output(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(fault) => {
            let told = match cli.global.format {
                Format::Text | Format::Csv => fault.to_text(),
                Format::Json => fault.to_json(),
            };
            // When even stderr is closed, the exit code is all that can be said.
            drop(writeln!(std::io::stderr(), "{told}"));
            ExitCode::from(fault.exit_code())
        }
    }
}

fn run(cli: &Cli) -> Result<(), Fault> {
    let client = Client::open(&cli.global)?;
    let answer = command::run(&client, &cli.global, &cli.command)?;
    let mut out = std::io::stdout().lock();
    match cli.global.format {
        Format::Text => out.write_all(answer.text.as_bytes())?,
        Format::Json => writeln!(out, "{:#}", answer.json)?,
        Format::Csv => out.write_all(sheet::of(&answer.json)?.as_bytes())?,
    }
    out.flush()?;
    Ok(())
}
