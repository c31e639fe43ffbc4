//! Where the audit trail goes: `[[audit_destinations]]` of the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{bail, ensure};
use serde::Deserialize;

use crate::config::SecretSource;

/// One place that the audit trail goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Unique; a new name begins with the first record.
    pub name: String,
    /// Where, and how.
    pub to: To,
    /// In which form.
    pub form: Form,
}

/// In which form records are handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// As the API shows them.
    #[default]
    Flow,
    /// As events of OCSF.
    Ocsf,
}

/// Where, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// One JSON object a line, at the end of a file.
    File(PathBuf),
    /// One JSON object a line, on standard output.
    Stdout,
    /// `POST` with a signature.
    Webhook {
        /// Where.
        url: String,
        /// The name of the secret whose value signs.
        secret: String,
    },
}

/// As it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationFile {
    name: String,
    kind: Kind,
    path: Option<PathBuf>,
    url: Option<String>,
    secret: Option<String>,
    #[serde(default)]
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    File,
    Stdout,
    Webhook,
}

/// Checks all of them.
///
/// # Errors
/// A sentence that says which is wrong and what would be right.
pub fn read(
    files: Vec<DestinationFile>,
    secrets: &BTreeMap<String, SecretSource>,
) -> anyhow::Result<Vec<Destination>> {
    let mut names = BTreeSet::new();
    for file in &files {
        ensure_named("audit_destinations", &file.name, &mut names)?;
    }
    files.into_iter().map(|file| one(file, secrets)).collect()
}

/// Whether a name is one, and no other of the table has it.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn ensure_named(table: &str, name: &str, names: &mut BTreeSet<String>) -> anyhow::Result<()> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    ensure!(
        !name.is_empty() && name.chars().all(word),
        "`{table}.name = \"{name}\"`: lower-case letters, digits, `-` and `_`"
    );
    ensure!(names.insert(name.to_owned()), "two `{table}` are called `{name}`");
    Ok(())
}

fn one(
    file: DestinationFile,
    secrets: &BTreeMap<String, SecretSource>,
) -> anyhow::Result<Destination> {
    let DestinationFile { name, kind, path, url, secret, form } = file;
    let at = format!("audit destination `{name}`");
    let to = match (kind, path, url, secret) {
        (Kind::File, Some(path), None, None) => To::File(path),
        (Kind::File, ..) => bail!("{at}: `kind = \"file\"` takes `path` and nothing else"),
        (Kind::Stdout, None, None, None) => To::Stdout,
        (Kind::Stdout, ..) => bail!("{at}: `kind = \"stdout\"` takes nothing else"),
        (Kind::Webhook, None, Some(url), Some(secret)) => {
            ensure!(
                secrets.contains_key(&secret),
                "{at}: there is no `[secrets.{secret}]`, whose value signs what is sent"
            );
            ensure_private(&at, &url, "the trail")?;
            To::Webhook { url, secret }
        }
        (Kind::Webhook, ..) => bail!("{at}: `kind = \"webhook\"` takes `url` and `secret`"),
    };
    Ok(Destination { name, to, form })
}

/// Whether what is sent there stays private on its way.
///
/// # Errors
/// A sentence that says what is wrong with the URL.
pub fn ensure_private(at: &str, url: &str, what: &str) -> anyhow::Result<()> {
    let Ok(parsed) = reqwest::Url::parse(url) else { bail!("{at}: `url = \"{url}\"` is no URL") };
    let host = parsed.host_str().unwrap_or_default();
    let local = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
    ensure!(
        parsed.scheme() == "https" || (parsed.scheme() == "http" && local),
        "{at}: `{url}` would carry {what} in the clear: use https"
    );
    Ok(())
}
