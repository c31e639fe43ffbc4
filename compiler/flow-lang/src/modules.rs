//! Where the modules of a project lie, and whether they are the ones that were pinned.
//!
//! Nothing here reads a disk or the network. Whoever calls the compiler asks [`wanted`] which
//! directories are named and not there yet, adds their files to the sources, and asks again. A
//! module is a directory below the root: `./path` beside the module that names it, or
//! `vendor/<name>/<module>/<version>` in the root, pinned by its hash in `flow.lock`.

use std::collections::BTreeSet;

use crate::code::{self, Code};
use crate::diagnostic::Diagnostic;
use crate::resolve::directory_of;
use crate::source::{FileId, Sources, Span};
use crate::syntax;

pub mod lock;

/// The folder of the root that holds modules from elsewhere.
pub const VENDOR: &str = "vendor";

/// A directory that some module names and whose files are not among the sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Relative to where the root's files were named.
    pub directory: String,
    /// Everything below it is wanted too, because its hash covers it.
    pub is_vendored: bool,
}

/// The directories that are named and not there, in order.
#[must_use]
pub fn wanted(sources: &Sources) -> Vec<Wanted> {
    let mut out = BTreeSet::new();
    let Some((_, first)) = sources.iter().next() else { return Vec::new() };
    let root = directory_of(&first.path).to_owned();
    let known: BTreeSet<&str> = sources.iter().map(|(_, f)| directory_of(&f.path)).collect();
    for (id, file) in sources.iter() {
        let own = directory_of(&file.path);
        for named in syntax::modules(id, file) {
            let version = named.version.as_deref();
            let Ok(source) = Source::parse(&named.source, own, &root, version) else { continue };
            let directory = source.directory;
            if !known.contains(directory.as_str()) && sources.refused(&directory).is_none() {
                out.insert(Wanted { directory, is_vendored: source.pin.is_some() });
            }
        }
    }
    out.into_iter().collect()
}

/// What a `source` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) directory: String,
    /// Name and version of a module from elsewhere.
    pub(crate) pin: Option<(String, String)>,
}

/// What is wrong with a `source`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    code: Code,
    message: String,
    help: String,
    /// The fault is the `version`, not the `source`.
    pub(crate) is_of_version: bool,
}

impl Fault {
    pub(crate) fn diagnostic(self, span: Span) -> Diagnostic {
        let label = match self.code {
            code::M701 => "not found",
            code::M702 => "changed since",
            _ => "not pinned",
        };
        Diagnostic::new(self.code, span, self.message, label).help(self.help)
    }
}

impl Source {
    /// What `text` means in a module that lies in `own`, in a project whose root lies in `root`.
    pub(crate) fn parse(
        text: &str,
        own: &str,
        root: &str,
        version: Option<&str>,
    ) -> Result<Self, Fault> {
        if text == "." || text.starts_with("./") || text.starts_with("../") {
            if version.is_some() {
                return Err(Fault {
                    code: code::M706,
                    message: format!("`{text}` is a part of this project and has no version"),
                    help: "remove `version`".to_owned(),
                    is_of_version: true,
                });
            }
            return local(text, own, root);
        }
        let Some((name, module)) = text.split_once('/').filter(|(n, m)| is_word(n) && is_word(m))
        else {
            return Err(not_found(
                format!("`{text}` names no module"),
                "write `./<path>`, or `<name>/<module>` with a `version`; nothing is fetched",
            ));
        };
        let Some(version) = version else {
            return Err(Fault {
                code: code::M706,
                message: format!("which version of `{text}` is meant is not said"),
                help: "add `version = \"…\"`".to_owned(),
                is_of_version: false,
            });
        };
        if !is_version(version) {
            return Err(Fault {
                code: code::M706,
                message: format!("`{version}` is no version"),
                help: "write the whole version, such as \"1.2.0\"".to_owned(),
                is_of_version: true,
            });
        }
        let directory = join(root, &vendored(name, module, version));
        Ok(Self { directory, pin: Some((text.to_owned(), version.to_owned())) })
    }
}

/// Whether a file belongs to a module from elsewhere.
pub(crate) fn is_vendored(sources: &Sources, file: FileId) -> bool {
    let root = sources.iter().next().map_or("", |(_, first)| directory_of(&first.path));
    let path = sources.file(file).map_or("", |f| f.path.as_str());
    path.starts_with(&format!("{}/", join(root, VENDOR)))
}

/// Where a module from elsewhere lies in the root.
#[must_use]
pub fn vendored(name: &str, module: &str, version: &str) -> String {
    format!("{VENDOR}/{name}/{module}/{version}")
}

/// Whether a text is a part of `name/module`.
#[must_use]
pub fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.len() <= 63
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}

/// Whether a text is a version.
#[must_use]
pub fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'_'))
}

/// A directory beside a module, inside what the module is a part of.
fn local(text: &str, own: &str, root: &str) -> Result<Source, Fault> {
    let bound = bound(own, root);
    let mut parts: Vec<&str> = own.split('/').filter(|p| !p.is_empty()).collect();
    let floor = bound.split('/').filter(|p| !p.is_empty()).count();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.len() > floor => {
                parts.pop();
            }
            ".." => {
                return Err(not_found(
                    format!("`{text}` leads out of what is compiled"),
                    "move the module below the directory that `flowc` is given",
                ));
            }
            part if part.contains(['\\', '\0']) => {
                let message = format!("`{}` is no path", text.escape_debug());
                return Err(not_found(message, "write it with `/`, such as `./modules/okta`"));
            }
            part => parts.push(part),
        }
    }
    Ok(Source { directory: parts.join("/"), pin: None })
}

/// What a module may reach by `..`: the project, or the module from elsewhere that it is a part of.
fn bound<'o>(own: &'o str, root: &'o str) -> &'o str {
    let inner = own.strip_prefix(root).unwrap_or(own).trim_start_matches('/');
    let Some(rest) = inner.strip_prefix(VENDOR).and_then(|rest| rest.strip_prefix('/')) else {
        return root;
    };
    // `<name>/<module>/<version>`
    let inside = rest.match_indices('/').nth(2).map_or(0, |(at, _)| rest.len() - at);
    own.get(..own.len() - inside).unwrap_or(own)
}

fn join(root: &str, path: &str) -> String {
    if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") }
}

fn not_found(message: String, help: &str) -> Fault {
    let help = help.to_owned();
    Fault { code: code::M701, message, help, is_of_version: false }
}

/// Whether the files of a source are there, and the ones that were pinned; reports what is not so.
pub(crate) fn check(sources: &Sources, source: &Source, has_files: bool) -> Result<(), Fault> {
    let directory = &source.directory;
    if let Some(why) = sources.refused(directory).filter(|why| !why.is_empty()) {
        let help = "a module is a directory with `*.flow.hcl` files below the root module";
        return Err(not_found(format!("`{directory}` cannot be read: {why}"), help));
    }
    let Some((name, version)) = &source.pin else {
        if has_files {
            return Ok(());
        }
        let message = match sources.refused(directory) {
            Some(_) => format!("there is no directory `{directory}`"),
            None => format!("there is no `*.flow.hcl` file in `{directory}`"),
        };
        return Err(not_found(message, "mend the path, or write the module"));
    };
    let vendor = format!("flowc vendor {name} --version {version} --from <directory>");
    if !has_files {
        let message = format!("`{name}` {version} is not in `{VENDOR}/`");
        return Err(not_found(message, &format!("run `{vendor}`")));
    }
    let unpinned = |message: String| Fault {
        code: code::M706,
        message,
        help: format!("run `{vendor}`, and commit `flow.lock`"),
        is_of_version: false,
    };
    let locked = match sources.lock().map(lock::read) {
        None => return Err(unpinned("there is no `flow.lock`".to_owned())),
        Some(Err(why)) => return Err(unpinned(format!("`flow.lock` cannot be read: {why}"))),
        Some(Ok(locked)) => locked,
    };
    let Some(wanted) = locked.get(&(name.clone(), version.clone())) else {
        return Err(unpinned(format!("`flow.lock` does not pin `{name}` {version}")));
    };
    if lock::hash_of(sources, directory) == *wanted {
        return Ok(());
    }
    Err(Fault {
        code: code::M702,
        message: format!("`{name}` {version} in `{VENDOR}/` is not what `flow.lock` pins"),
        help: format!("undo the change below `{directory}`, or read it and run `{vendor}`"),
        is_of_version: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, own: &str) -> Result<String, &'static str> {
        Source::parse(text, own, "", None).map(|s| s.directory).map_err(|f| f.code.id)
    }

    #[test]
    fn a_source_stays_below_the_root_and_in_its_own_vendored_module() {
        assert_eq!(at("./modules/okta", ""), Ok("modules/okta".to_owned()));
        assert_eq!(at("../okta/./", "modules/a"), Ok("modules/okta".to_owned()));
        assert_eq!(at("../../x", "modules/a"), Ok("x".to_owned()));
        assert_eq!(at("./b", "vendor/acme/okta/1.0.0"), Ok("vendor/acme/okta/1.0.0/b".to_owned()));
        for (text, own) in [
            ("../x", ""),
            ("./a/../../x", ""),
            ("../../../x", "modules/a"),
            ("../x", "vendor/acme/okta/1.0.0"),
            ("/etc", ""),
            ("git::https://x.example/y", ""),
            ("a/b/c", ""),
            ("..", ""),
            ("./a\\..\\b", ""),
        ] {
            assert_eq!(at(text, own), Err("M701"), "{text} in {own}");
        }
        assert_eq!(at("acme/okta", ""), Err("M706"));
        let pinned = Source::parse("acme/okta", "modules/a", "", Some("1.0.0")).unwrap();
        assert_eq!(pinned.directory, "vendor/acme/okta/1.0.0");
        for version in ["", "..", "../1", "1/2", ">= 1"] {
            let fault = Source::parse("acme/okta", "", "", Some(version)).unwrap_err();
            assert_eq!(fault.code.id, "M706");
        }
    }
}
