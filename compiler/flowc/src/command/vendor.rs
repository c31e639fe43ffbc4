//! `flowc vendor NAME/MODULE --version V --from FROM [DIR]`: somebody else's module, copied into
//! `vendor/` and pinned in `flow.lock`.
//!
//! Nothing is fetched: how the files came to this machine (a clone, an archive, a colleague) is
//! for the person who reads them before they are pinned. The same version never changes unless
//! that is said.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flow_bundle::Digest;
use flow_lang::modules::{self, lock};
use serde_json::json;

use super::Answer;
use crate::args::{TextFormat, Vendor};
use crate::{disk, module};

/// Copies a module and pins it.
///
/// # Errors
/// Wrong usage, what cannot be read or written, and a version that is there with another content.
pub fn run(ask: &Vendor) -> Result<Answer> {
    let Some((name, of)) = ask
        .module
        .split_once('/')
        .filter(|(name, of)| modules::is_word(name) && modules::is_word(of))
    else {
        bail!("`{}` is no name of a module: write `<name>/<module>`", ask.module);
    };
    if !modules::is_version(&ask.version) {
        bail!("`{}` is no version: write the whole one, such as 1.2.0", ask.version);
    }
    let shown = ask.from.display();
    let files = module::everything(&ask.from)
        .with_context(|| format!("cannot take the module from `{shown}`"))?;
    let hash = hash(&files)?;
    let place = modules::vendored(name, of, &ask.version);
    let lock_path = ask.directory.join(lock::FILE);
    let mut locked = read_lock(&lock_path)?;
    let key = (ask.module.clone(), ask.version.clone());
    if let Some(old) = locked.get(&key).filter(|old| **old != hash && !ask.replace) {
        bail!(
            "`{}` {} is pinned with another content ({old}): give what changed a version of its \
             own, or say `--replace`",
            ask.module,
            ask.version
        );
    }
    put(&ask.directory.join(&place), &files)?;
    locked.insert(key, hash);
    disk::put(&lock_path, &lock::write(&locked))?;
    let text = match ask.format {
        TextFormat::Json => format!("{:#}\n", json!({ "directory": place, "hash": hash })),
        TextFormat::Human => {
            let s = if files.len() == 1 { "" } else { "s" };
            format!(
                "{} {} is in {place}, {} file{s}\npinned in {}: {hash}\n",
                ask.module,
                ask.version,
                files.len(),
                lock::FILE
            )
        }
    };
    Ok(Answer { text, code: 0 })
}

fn hash(files: &[(String, Vec<u8>)]) -> Result<Digest> {
    let mut texts = Vec::new();
    for (path, bytes) in files {
        let text = std::str::from_utf8(bytes).with_context(|| format!("`{path}` is not UTF-8"))?;
        texts.push((path.as_str(), text));
    }
    Ok(lock::hash(texts))
}

fn read_lock(path: &Path) -> Result<lock::Locked> {
    if !path.exists() {
        return Ok(lock::Locked::new());
    }
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{shown}`"))?;
    lock::read(&text).map_err(|why| anyhow::anyhow!("`{shown}` cannot be read: {why}"))
}

/// The files in place of whatever stood there: first all beside, then moved at once.
fn put(place: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    let shown = place.display().to_string();
    let parent = place.parent().with_context(|| format!("`{shown}` names no directory"))?;
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent.join(format!(".{name}.{}.tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        for (path, bytes) in files {
            let file = beside.join(path);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(file, bytes)?;
        }
        if place.exists() {
            fs::remove_dir_all(place)?;
        }
        fs::rename(&beside, place)
    };
    let done = write();
    if done.is_err() {
        // What is left over is of no use; that it cannot be removed is no news.
        drop(fs::remove_dir_all(&beside));
    }
    done.with_context(|| format!("cannot write `{shown}`"))
}
