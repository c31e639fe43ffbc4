//! Where the files of a run lie: `target/demo/<process id>`. Removed after a run that went well.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace;

/// The example that the demo runs.
const EXAMPLE: &str = "examples/lambda-on-approval";

/// The files of one run.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// A new folder with a copy of the example.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> Result<Self> {
        let folder = workspace::target()?.join("demo").join(std::process::id().to_string());
        let place = Self { folder };
        std::fs::create_dir_all(place.project())
            .with_context(|| format!("cannot make {}", place.folder.display()))?;
        for name in ["main.flow.hcl", "main.tf"] {
            let from = workspace::root().join(EXAMPLE).join(name);
            std::fs::copy(&from, place.project().join(name))
                .with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(place)
    }

    /// The folder of the run.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The copy of the example.
    pub fn project(&self) -> PathBuf {
        self.folder.join("project")
    }

    /// The bundle.
    pub fn bundle(&self) -> PathBuf {
        self.project().join("flow.bundle.json")
    }

    /// The binding that Terraform puts out and the daemon reads.
    pub fn binding(&self) -> PathBuf {
        self.project().join("binding.json")
    }

    /// What the function records.
    pub fn record(&self) -> PathBuf {
        self.folder.join("calls.jsonl")
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self) -> Result<()> {
        std::fs::remove_dir_all(&self.folder)
            .with_context(|| format!("cannot remove {}", self.folder.display()))
    }
}
