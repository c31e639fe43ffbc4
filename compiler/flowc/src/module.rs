//! A module on disk: the `*.flow.hcl` files that lie directly in a directory.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flow_lang::Sources;

/// More than this is no flow that a person wrote.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Reads a module, its files sorted by name.
///
/// # Errors
/// When the directory or one of its files cannot be read, or it holds no flow.
pub fn read(directory: &Path) -> Result<Sources> {
    let shown = directory.display();
    if directory.is_file() {
        bail!("`{shown}` is a file: give the directory that holds it");
    }
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot read the directory `{shown}`"))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read the directory `{shown}`"))?;
        if let Some(name) = entry.file_name().to_str()
            && name.ends_with(".flow.hcl")
            && entry.path().is_file()
        {
            names.push(name.to_owned());
        }
    }
    if names.is_empty() {
        bail!("`{shown}` holds no `*.flow.hcl` file");
    }
    names.sort();
    let mut sources = Sources::new();
    for name in names {
        let path = directory.join(&name);
        let size =
            fs::metadata(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        if size.len() > FILE_BYTES_MAX {
            bail!("`{}` is larger than {} MiB", path.display(), FILE_BYTES_MAX >> 20);
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        sources.add(name, &bytes);
    }
    Ok(sources)
}
