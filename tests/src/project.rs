//! A flow module on disk: a scratch folder with files, removed when dropped.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace;

/// A folder with the files of a flow module or a Terraform configuration.
#[derive(Debug)]
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// An empty project.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new() -> Result<Self> {
        Ok(Self { folder: workspace::scratch("project")? })
    }

    /// A copy of the files of a folder of the repository, such as `examples/lambda-on-approval`.
    /// Only plain files are copied, not folders.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn copy_of(folder: &str) -> Result<Self> {
        let project = Self::new()?;
        let from = workspace::root().join(folder);
        let entries = from.read_dir().with_context(|| format!("cannot list {}", from.display()))?;
        for entry in entries {
            let path = entry.context("cannot list a folder")?.path();
            let Some(name) = path.file_name().filter(|_| path.is_file()) else { continue };
            std::fs::copy(&path, project.path().join(name))
                .with_context(|| format!("cannot copy {}", path.display()))?;
        }
        Ok(project)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the project, folders included, and says where.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).context("cannot make a folder")?;
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// Reads a file of the project.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, name: &str) -> Result<String> {
        let path = self.path().join(name);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}
