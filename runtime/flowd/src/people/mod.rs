//! Who somebody is: people, their roles and addresses, their tokens.
//!
//! Deliberately not here: who may decide about a request (the engine, from principal sets), log-in
//! by OIDC (`oidc/`) and links from Slack. Every change is one transaction with its audit record.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`check`] | what a username and an address may look like |
//! | [`token`] | scopes, lifetimes, making and hashing a token |
//! | [`rows`], [`token_rows`] | what is read and written in SQLite |
//! | [`links`] | accounts elsewhere that speak for a person |
//! | [`init`] | `flowd init`: the database and its first admin |
//! | [`recover`] | `flowd recover`: a token for an admin who has none left |

pub mod check;
pub mod init;
pub mod links;
pub mod recover;
mod rows;
#[cfg(test)]
mod tests;
pub mod token;
mod token_rows;

use flow_engine::{Person, PersonId, PersonKind, Role};
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::store::writer::Write;
use crate::store::{self, AuditDraft, StoreError};
use token::{Minted, Token};

/// Why a change of people or tokens was refused. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// A value is no good.
    #[error("{why}")]
    Bad {
        /// Of which key.
        field: &'static str,
        /// What is wrong and what would be right.
        why: String,
    },
    /// A name or address belongs to somebody already.
    #[error("`{value}` belongs to `{owner}`")]
    Taken {
        /// Of which key.
        field: &'static str,
        /// What was wanted.
        value: String,
        /// Username of the person who has it.
        owner: String,
    },
    /// There is no such person or token.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// `person` or `token`.
        what: &'static str,
        /// What was looked for.
        name: String,
    },
    /// Nobody could undo it.
    #[error("`{0}` is the last active admin: make somebody else an admin first")]
    LastAdmin(String),
    /// There are people already.
    #[error("the database has its first admin already: `flowd init` works once")]
    NotEmpty,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for PeopleError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A result of a change.
pub type Result<T> = std::result::Result<T, PeopleError>;

/// Who acts, and when: stands in the audit record of every change.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// From authentication; absent for `flowd init`.
    pub by: Option<Person>,
    /// Recorded time.
    pub at: Timestamp,
}

/// What may be said of a person. Absent: stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// A new username.
    pub username: Option<String>,
    /// A new name.
    pub name: Option<String>,
    /// All addresses.
    pub emails: Option<Vec<String>>,
    /// A new role.
    pub role: Option<Role>,
}

/// An account of a person in a service.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Link {
    /// `slack`, `oidc`, `okta` …
    pub service: String,
    /// Slack team, OIDC issuer …
    pub tenant: String,
    /// The account's id there.
    pub external_id: String,
    /// How it came: `admin`, or `email` where a verified address alone says so.
    pub how: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// Who bears a token that was shown.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The person.
    pub person: Person,
    /// The token.
    pub token: Token,
    /// The token had been swapped, and this is the first time that it is used since: two parties
    /// have known it.
    pub first_reuse: bool,
}

/// The people that this deployment knows, as deciding needs them.
pub trait People: Send + Sync {
    /// The person with this id, active or not.
    ///
    /// # Errors
    /// The database failed.
    fn person(&self, id: PersonId) -> store::Result<Option<Person>>;
    /// The person to whom this lower-case address belongs, active or not.
    ///
    /// # Errors
    /// The database failed.
    fn person_by_email(&self, email: &str) -> store::Result<Option<Person>>;
    /// Everybody who is active.
    ///
    /// # Errors
    /// The database failed.
    fn active(&self) -> store::Result<Vec<Person>>;
}

/// The whole directory: finds and changes people and tokens.
pub trait Directory: People {
    /// The person with this id, username or e-mail address, active or not. Compared lower-cased.
    ///
    /// # Errors
    /// The database failed.
    fn find(&self, name: &str) -> Result<Option<Person>>;
    /// Everybody by username, those after `after`, active ones only unless `inactive`.
    ///
    /// # Errors
    /// The database failed.
    fn page(&self, after: Option<&str>, inactive: bool, limit: usize) -> Result<Vec<Person>>;
    /// Makes somebody known.
    ///
    /// # Errors
    /// [`PeopleError::Bad`], [`PeopleError::Taken`], or the database failed.
    fn add(&self, person: Person, stamp: Stamp) -> Result<Person>;
    /// Changes somebody.
    ///
    /// # Errors
    /// As [`Directory::add`], [`PeopleError::Unknown`], [`PeopleError::LastAdmin`].
    fn change(&self, id: PersonId, change: Change, stamp: Stamp) -> Result<Person>;
    /// Shuts somebody out: their tokens stop at once. Their requests are ended by the caller.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`], [`PeopleError::LastAdmin`], or the database failed.
    fn deactivate(&self, id: PersonId, reason: Option<String>, stamp: Stamp) -> Result<Person>;
    /// A person's accounts elsewhere.
    ///
    /// # Errors
    /// The database failed.
    fn links(&self, id: PersonId) -> Result<Vec<Link>>;
    /// Whose account `external_id` of `tenant` in `service` is, and how that came.
    ///
    /// # Errors
    /// The database failed.
    fn holder(
        &self,
        service: &str,
        tenant: &str,
        external_id: &str,
    ) -> Result<Option<(Person, String)>>;
    /// Says that an account is somebody's; one that was by e-mail becomes an admin's.
    ///
    /// # Errors
    /// [`PeopleError::Taken`] where it is another's, [`PeopleError::Bad`] where they have one there.
    fn link(&self, id: PersonId, link: Link, stamp: Stamp) -> Result<()>;
    /// Takes that away; their sessions and tokens stop at once.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`], or the database failed.
    fn unlink(&self, id: PersonId, link: Link, stamp: Stamp) -> Result<()>;

    /// Keeps a token that was made.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`], or the database failed.
    fn keep_token(&self, minted: &Minted, stamp: Stamp) -> Result<()>;
    /// Who bears this token, whatever became of it; absent: it was never ours.
    ///
    /// # Errors
    /// The database failed.
    fn bearer(&self, secret: &str, now: Timestamp) -> Result<Option<Bearer>>;
    /// Puts `minted` in the place of the unconfirmed token `old`, once.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`] where somebody else was first.
    fn swap_token(&self, old: &str, minted: &Minted, stamp: Stamp) -> Result<()>;
    /// Makes a token worthless.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`], or the database failed.
    fn revoke_token(&self, id: &str, stamp: Stamp) -> Result<Token>;
    /// One token.
    ///
    /// # Errors
    /// The database failed.
    fn token(&self, id: &str) -> Result<Option<Token>>;
    /// Tokens, the newest first: of one person or of all, `past` ones too or only those that may be
    /// used at `now`, issued before `before` (time, id).
    ///
    /// # Errors
    /// The database failed.
    fn page_tokens(&self, which: &TokenFilter) -> Result<Vec<Token>>;
}

/// Which tokens.
#[derive(Debug, Clone)]
pub struct TokenFilter {
    /// Of this person.
    pub person: Option<PersonId>,
    /// Those that may not be used any more, too.
    pub past: bool,
    /// The time that decides what may be used.
    pub now: Timestamp,
    /// The cursor.
    pub before: Option<(Timestamp, String)>,
    /// At most so many.
    pub limit: usize,
}

/// A person as they are made known: checked and lower-cased by [`check`].
///
/// # Errors
/// [`PeopleError::Bad`] names the key.
pub fn new_person(
    id: PersonId,
    emails: &[String],
    username: Option<&str>,
    name: Option<&str>,
    role: Role,
    kind: PersonKind,
) -> Result<Person> {
    let emails = check::emails(emails)?;
    let first = emails.first().map_or("", String::as_str);
    let username = check::username(username.unwrap_or(first), &emails)?;
    let name = check::name(name.unwrap_or(&username))?;
    Ok(Person { id, username, emails, name, role, kind, active: true })
}

/// Writes down a change, in the shape of the engine's records.
fn note(w: &mut Write<'_>, kind: &str, stamp: &Stamp, facts: Json) -> store::Result<()> {
    let actor = stamp
        .by
        .as_ref()
        .map(|p| serde_json::json!({ "id": p.id.to_string(), "username": p.username }));
    let body = serde_json::json!({
        "kind": kind, "at": stamp.at.to_string(), "actor": actor, "facts": facts,
    });
    w.audit(&AuditDraft { at: stamp.at, request: None, body })
}
