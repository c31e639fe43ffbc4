//! `flowd init`: makes the database and its first admin, once, and shows the admin's token.
//!
//! The token is of the admin's own making, so it may decide without being confirmed.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flow_engine::{PersonId, PersonKind, Role};
use jiff::Timestamp;

use super::token::{self, Minted, Scope};
use super::{PeopleError, Result, Stamp, new_person, rows, token_rows};
use crate::sign::Signer;
use crate::store::Store as _;
use crate::store::sqlite::Sqlite;
use crate::verify::{anchors_of, append_anchor};

/// Arguments of `flowd init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// The database to make.
    #[arg(long)]
    pub db: PathBuf,
    /// E-mail address of the first admin.
    #[arg(long)]
    pub admin_email: String,
    /// Username of the first admin; the address where nothing is said.
    #[arg(long)]
    pub admin_username: Option<String>,
    /// Mark the database for development, for ever.
    #[arg(long)]
    pub dev: bool,
    /// Write the token into this new file, readable by its owner alone, instead of showing it.
    #[arg(long)]
    pub token_file: Option<PathBuf>,
}

/// Runs `flowd init` and says on `out` what was made.
///
/// # Errors
/// The database has an admin already, or cannot be made.
pub fn run(args: &InitArgs, now: Timestamp, out: &mut dyn std::io::Write) -> anyhow::Result<()> {
    // Checked before anything is made, so that a typing error leaves no database behind.
    let person = new_person(
        PersonId(uuid::Uuid::new_v4()),
        std::slice::from_ref(&args.admin_email),
        args.admin_username.as_deref(),
        None,
        Role::Admin,
        PersonKind::Human,
    )?;
    let store = if args.db.exists() {
        Sqlite::open_for(&args.db, args.dev)?
    } else {
        Sqlite::create(&args.db, args.dev)?
    };
    let mut file = match &args.token_file {
        Some(path) => Some(create(path)?),
        None => None,
    };
    let (id, username) = (person.id, person.username.clone());
    let expires_at = now.checked_add(token::lifetime(PersonKind::Human, None)?)?;
    let minted = token::mint(id, Scope::Admin, None, true, now, expires_at)?;
    let made = first(&store, person, &minted, Stamp { by: None, at: now });
    if let (Err(_), Some(path)) = (&made, &args.token_file) {
        std::fs::remove_file(path)?;
    }
    made?;
    // Made now and not with the first start: a backup taken in between could open nothing.
    Signer::of(&store)?;
    // From the first record on, an absent file of anchors means that somebody removed it.
    if let Some((block, hash)) = store.audit_head()? {
        append_anchor(&anchors_of(&args.db), block, &hash)?;
    }

    writeln!(
        out,
        "database  {}{}",
        args.db.display(),
        if args.dev { ", development" } else { "" }
    )?;
    writeln!(out, "admin     {username}, {id}")?;
    hand_over(&minted, file.as_mut().zip(args.token_file.as_deref()), out)
}

/// Says the token, or writes it into the file.
///
/// # Errors
/// It cannot be written.
pub fn hand_over(
    minted: &Minted,
    file: Option<(&mut File, &Path)>,
    out: &mut dyn std::io::Write,
) -> anyhow::Result<()> {
    let expires_at = minted.token.expires_at;
    match file {
        Some((file, path)) => {
            writeln!(file, "{}", minted.secret)?;
            writeln!(out, "token     in {}", path.display())?;
            writeln!(out, "expires   {expires_at:.0}")?;
        }
        None => {
            writeln!(out, "token     {}", minted.secret)?;
            writeln!(out, "expires   {expires_at:.0}; it is shown this once")?;
        }
    }
    Ok(())
}

/// A new file that only its owner can read. Made before the database, so that a path which cannot
/// be written costs no token.
///
/// # Errors
/// There is one already, or it cannot be made.
pub fn create(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot make the token file `{}`", path.display()))
}

/// The first admin and their token, in one transaction with the question whether there is none yet.
fn first(store: &Sqlite, person: flow_engine::Person, minted: &Minted, stamp: Stamp) -> Result<()> {
    let (token, hash) = (minted.token.clone(), token::hash(&minted.secret));
    store.write_people(move |w| {
        if !rows::is_empty(w.connection)? {
            return Err(PeopleError::NotEmpty);
        }
        rows::add(w, &person, &stamp)?;
        token_rows::put(w.connection, &token, &hash)?;
        super::note(w, "token.issued", &stamp, token_rows::facts(&token))?;
        Ok(())
    })
}
