//! `flowc completions SHELL`: what a shell must know to complete this command line.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Answer;
use crate::args::Cli;

/// Prints the script.
pub fn run(shell: Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "flowc", &mut script);
    Answer { text: String::from_utf8_lossy(&script).into_owned(), code: 0 }
}
