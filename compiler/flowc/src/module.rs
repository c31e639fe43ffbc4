//! A project on disk: the `*.flow.hcl` files of a directory, those of the modules it names, and the
//! `*.flowtest.hcl` files beside the root's.
//!
//! Only what lies below the directory is read, links followed to where they lead. What a module
//! names and cannot be read is noted in the sources, so that it is told where it is named.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flow_lang::Sources;
use flow_lang::modules::{Wanted, lock, wanted};

/// More than this is no flow that a person wrote.
pub const FILE_BYTES_MAX: u64 = 16 << 20;

/// More files than this are no module that a person wrote.
const FILES_MAX: usize = 2000;

/// Reads a project: the root's files sorted by name, those of its modules, then the root's tests.
///
/// # Errors
/// When the directory or one of its own files cannot be read, or it holds no flow.
pub fn read(directory: &Path) -> Result<Sources> {
    let shown = directory.display();
    if directory.is_file() {
        bail!("`{shown}` is a file: give the directory that holds it");
    }
    let mut sources = Sources::new();
    let names = flows_in(directory)?;
    if names.is_empty() {
        bail!("`{shown}` holds no `*.flow.hcl` file");
    }
    for name in names {
        let bytes = read_file(&directory.join(&name))?;
        sources.add(name, &bytes);
    }
    let mut has_lock = false;
    loop {
        let missing = wanted(&sources);
        if missing.is_empty() {
            for name in named(directory, ".flowtest.hcl")? {
                let bytes = read_file(&directory.join(&name))?;
                sources.add(name, &bytes);
            }
            return Ok(sources);
        }
        for module in missing {
            if module.is_vendored && !std::mem::replace(&mut has_lock, true) {
                add_lock(directory, &mut sources)?;
            }
            if !directory.join(&module.directory).is_dir() {
                sources.refuse(module.directory, "");
                continue;
            }
            match files_of(directory, &module) {
                Ok(files) => {
                    for (path, bytes) in files {
                        sources.add(path, &bytes);
                    }
                }
                Err(error) => sources.refuse(module.directory, format!("{error:#}")),
            }
        }
    }
}

fn add_lock(directory: &Path, sources: &mut Sources) -> Result<()> {
    let path = directory.join(lock::FILE);
    if path.is_file() {
        let text = String::from_utf8_lossy(&read_file(&path)?).into_owned();
        sources.set_lock(text);
    }
    Ok(())
}

/// The files of a module, by their paths from the root; never none.
fn files_of(root: &Path, module: &Wanted) -> Result<Vec<(String, Vec<u8>)>> {
    let place = root.join(&module.directory);
    let real = inside(root, &place)?;
    if module.is_vendored {
        let files = everything(&real)?;
        return Ok(files
            .into_iter()
            .map(|(path, bytes)| (format!("{}/{path}", module.directory), bytes))
            .collect());
    }
    let mut files = Vec::new();
    for name in flows_in(&place)? {
        let path = inside(root, &place.join(&name))?;
        files.push((format!("{}/{name}", module.directory), read_file(&path)?));
    }
    if files.is_empty() {
        bail!("it holds no `*.flow.hcl` file");
    }
    Ok(files)
}

/// Where a path really leads, which must be below the root.
fn inside(root: &Path, path: &Path) -> Result<PathBuf> {
    let root = fs::canonicalize(root)?;
    let real = fs::canonicalize(path)?;
    if !real.starts_with(&root) {
        bail!("it leads out of the root module, to `{}`", real.display());
    }
    Ok(real)
}

/// Every flow file in and below a directory of somebody else's, by its path in it. A link is
/// refused: what is pinned is what stands there.
///
/// # Errors
/// When something cannot be read, is a link, or is too much.
pub fn everything(directory: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut folders = vec![(directory.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let shown = folder.display().to_string();
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read `{shown}`"))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read `{shown}`"))?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let kind =
                entry.file_type().with_context(|| format!("cannot read `{shown}/{name}`"))?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_symlink() {
                bail!("`{prefix}{name}` is a link: put the file or the directory itself there");
            }
            if kind.is_dir() {
                folders.push((entry.path(), format!("{prefix}{name}/")));
            } else if name.ends_with(".flow.hcl") {
                files.push((format!("{prefix}{name}"), read_file(&entry.path())?));
            }
            if files.len() + folders.len() > FILES_MAX {
                bail!("it holds more than {FILES_MAX} files");
            }
        }
    }
    if !files.iter().any(|(path, _)| !path.contains('/')) {
        bail!("it holds no `*.flow.hcl` file");
    }
    files.sort();
    Ok(files)
}

/// Names of the flow files that lie directly in a directory, sorted.
fn flows_in(directory: &Path) -> Result<Vec<String>> {
    named(directory, ".flow.hcl")
}

/// Names of the files of this ending that lie directly in a directory, sorted.
fn named(directory: &Path, ending: &str) -> Result<Vec<String>> {
    let shown = directory.display();
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot read the directory `{shown}`"))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read the directory `{shown}`"))?;
        if let Some(name) = entry.file_name().to_str()
            && name.ends_with(ending)
            && entry.path().is_file()
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The bytes of a file that is not too large to be read by a person.
///
/// # Errors
/// When it cannot be read, or is.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    let size = fs::metadata(path).with_context(|| format!("cannot read `{shown}`"))?;
    if size.len() > FILE_BYTES_MAX {
        bail!("`{shown}` is larger than {} MiB", FILE_BYTES_MAX >> 20);
    }
    fs::read(path).with_context(|| format!("cannot read `{shown}`"))
}

/// The bytes of standard input, where they are not too many.
///
/// # Errors
/// When they cannot be read, or are.
pub fn read_stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .context("cannot read stdin")?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("standard input is larger than {} MiB", FILE_BYTES_MAX >> 20);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use flow_lang::compile::{Options, compile};

    use super::*;

    const ROOT: &str = "bundle \"b\" { language = 1 }\n\
        flow \"f\" {\n  permissions { request = members }\n  \
        approval \"a\" { approvers = module.m.group }\n}\n";

    const CHILD: &str = "group \"g\" { members = [user(\"ana@acme.example\"), \
        user(\"bo@acme.example\")] }\noutput \"group\" { value = group.g }\n";

    fn found(root: &Path) -> String {
        let sources = read(root).unwrap();
        let compiled = compile(&sources, &Options::default());
        let lines: Vec<String> = compiled
            .diagnostics
            .iter()
            .map(|d| format!("{} {}: {}", d.code.id, sources.place(d.primary.span), d.message))
            .collect();
        lines.join("\n")
    }

    fn project(source: &str) -> tempfile::TempDir {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("root");
        fs::create_dir_all(root.join("modules/m")).unwrap();
        fs::create_dir(scratch.path().join("outside")).unwrap();
        fs::write(scratch.path().join("outside/m.flow.hcl"), CHILD).unwrap();
        fs::write(root.join("modules/m/m.flow.hcl"), CHILD).unwrap();
        let module = format!("module \"m\" {{ source = \"{source}\" }}\n");
        fs::write(root.join("main.flow.hcl"), format!("{ROOT}{module}")).unwrap();
        scratch
    }

    #[test]
    fn a_module_below_the_root_is_read() {
        let scratch = project("./modules/m");
        assert_eq!(found(&scratch.path().join("root")), "");
    }

    #[cfg(unix)]
    #[test]
    fn what_leads_out_of_the_root_is_refused_where_it_is_named() {
        use std::os::unix::fs::symlink;
        let scratch = project("./linked");
        let root = scratch.path().join("root");
        symlink(scratch.path().join("outside"), root.join("linked")).unwrap();
        let told = found(&root);
        let start = "M701 main.flow.hcl:6:23: `linked` cannot be read: it leads out of the root";
        assert!(told.starts_with(start), "{told}");

        fs::remove_file(root.join("linked")).unwrap();
        fs::create_dir(root.join("linked")).unwrap();
        symlink(scratch.path().join("outside/m.flow.hcl"), root.join("linked/m.flow.hcl")).unwrap();
        assert!(found(&root).starts_with(start));

        fs::remove_dir_all(root.join("linked")).unwrap();
        symlink(root.join("modules/m"), root.join("linked")).unwrap();
        assert_eq!(found(&root), "");

        let told = found(&project("../outside").path().join("root"));
        assert!(told.contains("`../outside` leads out of what is compiled"), "{told}");
        let told = found(&project("./none").path().join("root"));
        assert!(told.contains("there is no directory `none`"), "{told}");
    }
}
