//! Where things lie: the repository's root, its `target/`, scratch folders below it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the repository.
pub fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The build's output folder: the `target` of the running binary, so that `CARGO_TARGET_DIR` and
/// `--target-dir` are honoured without being read.
///
/// # Errors
/// When the running binary's own path cannot be read.
pub fn target() -> Result<PathBuf> {
    Ok(profile()?.parent().context("the build's output folder has no parent")?.to_owned())
}

/// The folder of the built binaries, usually `target/debug`.
///
/// # Errors
/// When the running binary's own path cannot be read.
pub fn profile() -> Result<PathBuf> {
    let exe = std::env::current_exe().context("cannot tell where the running binary is")?;
    let folder = exe.parent().context("the running binary has no folder")?;
    let is_test = folder.file_name().is_some_and(|name| name == "deps");
    let folder = if is_test { folder.parent().unwrap_or(folder) } else { folder };
    Ok(folder.to_owned())
}

/// Where downloaded peers (Python packages, Terraform) are kept between runs.
///
/// # Errors
/// When the folder cannot be made.
pub fn peers() -> Result<PathBuf> {
    let peers = target()?.join("peers");
    std::fs::create_dir_all(&peers).with_context(|| format!("cannot make {}", peers.display()))?;
    Ok(peers)
}

/// A new scratch folder, removed when dropped.
///
/// # Errors
/// When the folder cannot be made.
pub fn scratch(prefix: &str) -> Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix(&format!("flow-{prefix}-"))
        .tempdir()
        .context("cannot make a scratch folder")
}
