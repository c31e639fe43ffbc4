//! The demo's steps: one request from ask to take-back, on this machine. `cargo demo` builds the
//! workspace first and then runs this.

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo demo [--keep]

Runs one request from ask to take-back: compiler, Terraform provider, daemon, a local AWS that
enforces IAM. Needs Rust and Python 3; what else it needs is fetched into target/.

  --keep    leave everything running at the end, and print the addresses";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let keep = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--keep"] => true,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match tests::demo::run(keep) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\ndemo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
