//! `cargo demo`: builds the workspace, then runs the demo's steps (`tests/src/demo`).
//!
//! Why not run the steps at once: `cargo run` builds one package with the features that it alone
//! wants, and the large dependencies would be compiled a second time when the steps build the
//! workspace. This program has no dependencies, so nothing is compiled twice.

use std::io::Write as _;
use std::process::{Command, ExitCode};

/// The program that takes the steps, beside this one.
const STEPS: &str = "demo-steps";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(why) => {
            // Where standard error is closed, the exit code is all that can be said.
            drop(writeln!(std::io::stderr(), "demo: {why}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let own = std::env::current_exe().map_err(|e| format!("cannot tell where I am: {e}"))?;
    let target = own.ancestors().nth(2).ok_or("the build's output folder has no parent")?;
    let mut build = Command::new(cargo);
    build.args(["build", "--workspace", "--bins", "--target-dir"]).arg(target);
    // What cargo says about this package would make the build scripts of others run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&name);
        }
    }
    drop(writeln!(std::io::stderr(), "building the workspace: minutes the first time"));
    let built = build.status().map_err(|e| format!("cannot start cargo: {e}"))?;
    if !built.success() {
        return Err("the workspace does not build; cargo says why above".to_owned());
    }
    let steps = own.with_file_name(STEPS);
    let mut steps = Command::new(steps);
    let ended = steps.args(std::env::args_os().skip(1)).status();
    let ended = ended.map_err(|e| format!("cannot start the steps: {e}"))?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
