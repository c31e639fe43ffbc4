//! A Python environment with pinned packages, made once and kept in `target/peers`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{process, workspace};

/// A Python environment that holds exactly the packages it was asked for.
#[derive(Debug, Clone)]
pub struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// The environment of `tests/peers/<name>.txt`, made first if need be.
    ///
    /// # Errors
    /// When the list cannot be read, Python 3 is missing or a package cannot be installed.
    pub fn of(name: &str) -> Result<Self> {
        let list = workspace::root().join("tests/peers").join(format!("{name}.txt"));
        let pins = std::fs::read_to_string(&list)
            .with_context(|| format!("cannot read {}", list.display()))?;
        Self::with(name, &pins)
    }

    /// The environment with these pinned requirements, one a line.
    ///
    /// # Errors
    /// When Python 3 is missing or a package cannot be installed.
    pub fn with(name: &str, pins: &str) -> Result<Self> {
        let hash: String =
            Sha256::digest(pins.as_bytes()).iter().take(6).map(|b| format!("{b:02x}")).collect();
        let peers = workspace::peers()?;
        let folder = peers.join(format!("{name}-{hash}"));
        let lock_path = peers.join(format!("{name}-{hash}.lock"));
        // Tests run in parallel, in one process and in several: one makes it, the others wait.
        let lock = File::create(&lock_path)
            .with_context(|| format!("cannot make {}", lock_path.display()))?;
        lock.lock().context("cannot lock the Python environment")?;
        let made = folder.join("made");
        if !made.is_file() {
            if folder.exists() {
                std::fs::remove_dir_all(&folder).context("cannot remove a half-made folder")?;
            }
            make(&folder, pins)?;
            std::fs::write(&made, pins).context("cannot mark the Python environment as made")?;
        }
        Ok(Self { folder })
    }

    /// A command of the environment: `python`, or a script that a package installs.
    pub fn command(&self, program: &str) -> Command {
        Command::new(self.program(program))
    }

    /// The path of a program of the environment.
    pub fn program(&self, program: &str) -> PathBuf {
        self.folder.join("bin").join(program)
    }
}

/// Whether this machine has Python 3 at all.
///
/// # Errors
/// When it has not, in words for a person.
pub fn python() -> Result<()> {
    process::run(Command::new("python3").arg("--version"))
        .context("Python 3 is missing: install python3 with its pip and venv")
        .map(drop)
}

fn make(folder: &Path, pins: &str) -> Result<()> {
    python()?;
    let pip = if venv(folder, &[]).is_ok() {
        vec![folder.join("bin/python").display().to_string(), "-m".into(), "pip".into()]
    } else {
        // Some systems ship `venv` without the pip that it would copy; the system's own pip can
        // install into the bare environment.
        let _ = std::fs::remove_dir_all(folder);
        venv(folder, &["--without-pip"])?;
        let inside = folder.join("bin/python").display().to_string();
        vec!["python3".into(), "-m".into(), "pip".into(), "--python".into(), inside]
    };
    let list = folder.join("requirements.txt");
    std::fs::write(&list, pins).context("cannot write the list of packages")?;
    let Some((program, first)) = pip.split_first() else { bail!("no pip") };
    let mut install = Command::new(program);
    install.args(first).args(["install", "--quiet", "--disable-pip-version-check"]);
    install.args(["--no-input", "--requirement"]).arg(&list);
    process::run(&mut install).context("cannot install Python packages").map(drop)
}

fn venv(folder: &Path, options: &[&str]) -> Result<()> {
    process::run(Command::new("python3").args(["-m", "venv"]).args(options).arg(folder))
        .context("cannot make a Python environment: install python3 with its pip and venv")
        .map(drop)
}
