//! The bundle: what `flowc build` writes and everything else reads.
//!
//! Maps are keyed by address without the block word (`slack.main`, `prod_admin["billing"]`). What
//! the author wrote as a number stands as a decimal string. An attribute at its default is written
//! out; an absent optional one is left out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::digest::Digest;
use crate::expr::Expr;
use crate::number::Count;
use crate::types::Type;

mod approval;
mod flow;
mod hook;
mod reach;
mod strategy;

pub use approval::*;
pub use flow::*;
pub use hook::*;
pub use reach::*;
pub use strategy::*;

/// The format of the file around the bundle and of its parts.
pub const FORMAT: u32 = 1;
/// The version of the expression IR.
pub const IR: u32 = 1;
/// The version of the language that a bundle was written in.
pub const LANGUAGE: u32 = 1;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    /// What the flows mean.
    pub bundle: Bundle,
    /// Which compiler wrote it, `flowc 0.1.0`.
    pub compiler: String,
    /// Hash of `bundle` alone.
    pub content_hash: Digest,
    /// Where each part was written; hashed apart, so that reformatting changes no meaning.
    pub sources: SourceMap,
    /// Hash of `sources`.
    pub sources_hash: Digest,
}

/// Where the parts of a bundle were written.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceMap {
    /// The files, in the order their indices mean.
    pub files: Vec<SourceFile>,
    /// IR path to `[file, start, end]`, in bytes.
    pub map: BTreeMap<String, (u32, u32, u32)>,
}

impl SourceMap {
    /// Where a path of the bundle is written: the file and its bytes. A part that has no place of
    /// its own is written where the next larger one is.
    #[must_use]
    pub fn place_of(&self, path: &str) -> Option<(&SourceFile, std::ops::Range<u32>)> {
        let mut part = path;
        loop {
            if let Some((file, start, end)) = self.map.get(part) {
                let file = self.files.get(usize::try_from(*file).ok()?)?;
                return Some((file, *start..*end));
            }
            (part, _) = part.rsplit_once('.')?;
        }
    }
}

/// One source file.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Path inside the module.
    pub path: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
}

/// What the flows mean.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// Environments by name.
    pub environments: BTreeMap<String, Environment>,
    /// Flows by address.
    pub flows: BTreeMap<String, Flow>,
    /// [`FORMAT`].
    pub format: u32,
    /// Groups by address.
    pub groups: BTreeMap<String, Group>,
    /// How people are known elsewhere; `{}` where nothing is said.
    pub identities: Identities,
    /// Integrations by `<type>.<name>`.
    pub integrations: BTreeMap<String, Integration>,
    /// [`IR`].
    pub ir: u32,
    /// [`LANGUAGE`].
    pub language: u32,
    /// Messages by address.
    pub messages: BTreeMap<String, Message>,
    /// What had another address before, by that; see [`crate::moved`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// The bundle's name.
    pub name: String,
    /// Everything that leaves the system.
    pub reach: Reach,
    /// Which runtimes may load it, `>= 0.1.0`; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_runtime: Option<String>,
    /// Secrets by name.
    pub secrets: BTreeMap<String, Secret>,
    /// Strategies by `<type>.<name>`.
    pub strategies: BTreeMap<String, Strategy>,
    /// Targets by `<type>.<name>`.
    pub targets: BTreeMap<String, Target>,
    /// Version of the time-zone data that the bundle was compiled with.
    pub tz: String,
}

/// Where a flow lives: what it may call and who hears of errors.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Addresses of integrations.
    pub integrations: Vec<String>,
    /// Channel or user; absent: errors go to the admins' message log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_channel: Option<Expr>,
    /// `env.vars`.
    pub vars: BTreeMap<String, String>,
}

/// A set of people by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// E-mail addresses, lower case: a static group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
    /// Which kind of outside group: `okta`, `slack_usergroup` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Address of the integration that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// Promised lower bound of an outside group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Count>,
}

/// How people are known elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identities {
    /// Provider to how it is looked up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: BTreeMap<String, IdentitySource>,
    /// E-mail to provider to id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub map: BTreeMap<String, BTreeMap<String, String>>,
    /// E-mail to provider to id, stronger than `map`; under `manager` stands the e-mail address of
    /// the person's manager.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<String, BTreeMap<String, String>>,
}

/// A directory that knows people's ids.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySource {
    /// Address of the integration that answers.
    pub integration: String,
    /// Path of the id in a profile; absent: the directory's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Path of the manager's e-mail address in a profile; absent: managers are not known by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// The e-mail address under which the directory knows the requester.
    pub lookup: Expr,
}

/// A connection to the outside. Its attributes stand by name; credentials are `["secret", name]`.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Integration {
    /// `slack`, `aws`, `http` …
    #[serde(rename = "type")]
    pub kind: String,
    /// The attributes of the type, literals as plain JSON.
    #[serde(flatten)]
    pub attributes: BTreeMap<String, Json>,
}

/// A text with arguments.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Arguments and their types.
    pub args: BTreeMap<String, Type>,
    /// What is said.
    pub text: Expr,
}

/// A declaration that had another address before. Both stand with their block word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// What nothing has any more.
    pub from: String,
    /// What it has now, or had next.
    pub to: String,
}

/// The name of a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// What it is, for the person who maps it to a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
