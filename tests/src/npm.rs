//! Node packages with pinned versions, installed once and kept in `target/peers`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{process, workspace};

/// A folder with `node_modules` that holds the packages it was asked for.
#[derive(Debug, Clone)]
pub struct Npm {
    folder: PathBuf,
}

impl Npm {
    /// The packages of `tests/peers/<name>.npm`, one `name@version` a line, installed first if
    /// need be.
    ///
    /// # Errors
    /// When Node is missing or a package cannot be installed.
    pub fn of(name: &str) -> Result<Self> {
        let list = workspace::root().join("tests/peers").join(format!("{name}.npm"));
        let pins = std::fs::read_to_string(&list)
            .with_context(|| format!("cannot read {}", list.display()))?;
        for program in ["node", "npm"] {
            process::run(Command::new(program).arg("--version"))
                .with_context(|| format!("{program} is missing: install nodejs and npm"))?;
        }
        let hash: String =
            Sha256::digest(pins.as_bytes()).iter().take(6).map(|b| format!("{b:02x}")).collect();
        let peers = workspace::peers()?;
        let folder = peers.join(format!("npm-{name}-{hash}"));
        let lock = File::create(folder.with_extension("lock")).context("cannot make a lock")?;
        lock.lock().context("cannot lock the Node packages")?;
        if !folder.join("made").is_file() {
            install(&folder, &pins)?;
            std::fs::write(folder.join("made"), &pins).context("cannot mark as made")?;
        }
        Ok(Self { folder })
    }

    /// The path of a file inside the folder, as `node_modules/a/b.json`.
    pub fn file(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// `node <script>`, with the packages in reach of the script's imports: the script is copied
    /// beside them.
    ///
    /// # Errors
    /// When the script cannot be copied.
    pub fn command(&self, script: &Path) -> Result<Command> {
        let name = script.file_name().context("a script needs a name")?;
        let copy = self.folder.join(name);
        std::fs::copy(script, &copy)
            .with_context(|| format!("cannot copy {}", script.display()))?;
        let mut command = Command::new("node");
        command.arg(copy);
        Ok(command)
    }
}

fn install(folder: &Path, pins: &str) -> Result<()> {
    std::fs::create_dir_all(folder).context("cannot make a folder")?;
    std::fs::write(folder.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")
        .context("cannot write package.json")?;
    let mut command = Command::new("npm");
    command.args(["install", "--silent", "--no-audit", "--no-fund", "--save-exact"]);
    command.args(pins.split_whitespace()).current_dir(folder);
    process::run(&mut command).context("cannot install Node packages").map(drop)
}
