//! Files that are there as a whole or not at all: written under another name, synced, then given
//! theirs. Nothing that is there is ever written over.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// A file that is being made. Dropped before it is finished, it is gone.
pub struct Part {
    path: PathBuf,
    target: PathBuf,
}

impl Part {
    /// Begins a file that only its owner can read.
    ///
    /// # Errors
    /// There is one of that name already, or none can be made in its folder.
    pub fn begin(target: &Path) -> anyhow::Result<Self> {
        if target.symlink_metadata().is_ok() {
            bail!("`{}` is there already: name a file that is not", target.display());
        }
        Self::instead_of(target)
    }

    /// Begins a file whose place is taken still.
    ///
    /// # Errors
    /// None can be made in its folder.
    pub fn instead_of(target: &Path) -> anyhow::Result<Self> {
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".part-{}", std::process::id()));
        let path = PathBuf::from(name);
        let mut options = OpenOptions::new();
        options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot make `{}`", path.display()))?;
        Ok(Self { path, target: target.to_owned() })
    }

    /// Where it is written meanwhile.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// Somebody else has made one of that name meanwhile, or the disk failed.
    pub fn finish(self) -> anyhow::Result<()> {
        let shown = self.target.display();
        let sync = File::open(&self.path).and_then(|file| file.sync_all());
        sync.with_context(|| format!("`{}` is not safe on the disk", self.path.display()))?;
        // Unlike renaming, linking never takes the place of a file.
        match std::fs::hard_link(&self.path, &self.target) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bail!("`{shown}` is there already: name a file that is not")
            }
            Err(error) => return Err(error).with_context(|| format!("cannot make `{shown}`")),
        }
        sync_folder(&self.target)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        for end in ["", "-journal", "-wal", "-shm", ".lock"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(end);
            let _gone = std::fs::remove_file(PathBuf::from(name));
        }
    }
}

/// Makes what happened to names in a file's folder durable.
///
/// # Errors
/// The disk failed.
pub fn sync_folder(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let sync = File::open(folder).and_then(|folder| folder.sync_all());
    sync.with_context(|| format!("the folder `{}` is not safe on the disk", folder.display()))
}
