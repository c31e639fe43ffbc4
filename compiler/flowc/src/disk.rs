//! Files that are written whole or not at all: a reader sees the old text or the new one.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A text that lies beside its place, ready to be moved there; dropped, it is gone.
pub struct Ready {
    beside: PathBuf,
    place: PathBuf,
    shown: String,
}

/// Writes one file.
///
/// # Errors
/// When it cannot be written; then nothing has changed.
pub fn put(path: &Path, text: &str) -> Result<()> {
    prepare(path, text)?.place()
}

/// Writes a text beside its place.
///
/// # Errors
/// When it cannot be written; then nothing has changed.
pub fn prepare(path: &Path, text: &str) -> Result<Ready> {
    let shown = path.display().to_string();
    // Through a link it is the file behind it that changes, not the link.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = place.file_name().with_context(|| format!("`{shown}` names no file"))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    let ready = Ready { beside: place.with_file_name(hidden), place, shown };
    let permissions = fs::metadata(&ready.place).map(|found| found.permissions()).ok();
    fs::File::create(&ready.beside)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            if let Some(permissions) = permissions {
                file.set_permissions(permissions)?;
            }
            file.sync_all()
        })
        .with_context(|| format!("cannot write `{}`", ready.shown))?;
    Ok(ready)
}

impl Ready {
    /// Moves the text to its place.
    ///
    /// # Errors
    /// When it cannot be moved; then the old text stands.
    pub fn place(self) -> Result<()> {
        fs::rename(&self.beside, &self.place)
            .with_context(|| format!("cannot write `{}`", self.shown))
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        // What is left over is of no use; that it is gone already is the common case.
        drop(fs::remove_file(&self.beside));
    }
}
