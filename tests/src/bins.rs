//! The workspace's binaries, built once for each test run.
//!
//! Always the whole workspace: building one package alone would unify features differently and
//! compile the large dependencies a second time.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};

use crate::workspace;

/// The path of a binary of the workspace (`flowc`, `flowd`, `flowctl`,
/// `terraform-provider-flow`), building the workspace first if this process has not done so.
///
/// # Errors
/// When the workspace does not build, or has no binary of that name.
pub fn path(name: &str) -> Result<PathBuf> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.clone().map_err(|error| anyhow!(error))?;
    let path = workspace::profile()?.join(name);
    if !path.is_file() {
        bail!("the workspace has no binary `{name}`: {} does not exist", path.display());
    }
    Ok(path)
}

/// A command that runs a binary of the workspace, with no setting taken over from this machine
/// that would change what the binary does.
///
/// # Errors
/// See [`path`].
pub fn command(name: &str) -> Result<Command> {
    let mut command = Command::new(path(name)?);
    forget_settings(&mut command);
    Ok(command)
}

/// Removes the variables by which a developer's own AWS, Terraform or Flow settings would reach a
/// child process.
pub fn forget_settings(command: &mut Command) {
    const FOREIGN: [&str; 5] = ["AWS_", "FLOW_", "TF_", "RUST_LOG", "NO_COLOR"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if FOREIGN.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}

fn build() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(workspace::root());
    command.arg("--target-dir").arg(workspace::target()?);
    // What cargo tells this process about its own package would make build scripts run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    let status = command.status().context("cannot start cargo")?;
    if !status.success() {
        bail!("the workspace does not build: `cargo build --workspace --bins` says why");
    }
    Ok(())
}
