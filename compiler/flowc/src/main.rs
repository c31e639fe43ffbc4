//! `flowc`: the flow compiler's command line.
//!
//! The only place of the compiler that knows files, the environment and the screen. Findings go to
//! stdout, as text or as JSON; what the command itself cannot do goes to stderr. Exit codes: 0
//! clean, 1 errors were found, 2 wrong usage or something that cannot be read or written.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`args`] | what the command line may say |
//! | [`module`] | the flow files of a directory and of its modules |
//! | [`disk`] | files that are written whole or not at all |
//! | [`variables`] | values for variables, and which of two wins |
//! | [`report`] | findings as text or JSON |
//! | [`draw`] | flows as drawings |
//! | [`summary`] | what was checked or built, in a few words |
//! | [`command`] | one file per command |

mod args;
mod command;
mod disk;
mod draw;
mod module;
mod report;
mod summary;
mod variables;
mod xml;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;

/// A compiler asks for millions of small pieces and gives them back at once; the allocator of the
/// C library spent more time on that than all checks together.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse_from(args::with_long_dashes(std::env::args_os()));
    let done = command::run(&cli).and_then(|answer| {
        let mut out = std::io::stdout().lock();
        out.write_all(answer.text.as_bytes())?;
        out.flush()?;
        Ok(answer.code)
    });
    match done {
        Ok(code) => ExitCode::from(code),
        // The reader has gone (`flowc explain X001 | head`): nothing is left to say.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // When even stderr is closed, the exit code is all that can be said.
            drop(writeln!(std::io::stderr(), "flowc: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
