//! `flowd recover`: a token for an admin who has none left, made on the host while the daemon is
//! stopped.
//!
//! Tokens of people live for hours, so a weekend would otherwise shut everybody out. Whoever can run
//! this can read the database anyway. The token was seen by the one who ran it, so it must be
//! confirmed like any that somebody else made; it is written down as made by nobody in the office.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use flow_engine::Role;
use jiff::Timestamp;

use super::token::{self, Scope, lifetime};
use super::{Directory as _, Stamp, init};
use crate::store::Store as _;
use crate::store::sqlite::Sqlite;

/// Arguments of `flowd recover`.
#[derive(Debug, clap::Args)]
pub struct RecoverArgs {
    /// The database.
    #[arg(long)]
    pub db: PathBuf,
    /// E-mail address, username or id of an active admin.
    #[arg(long)]
    pub admin: String,
    /// Write the token into this new file, readable by its owner alone, instead of showing it.
    #[arg(long)]
    pub token_file: Option<PathBuf>,
}

/// Runs `flowd recover` and says on `out` what was made.
///
/// # Errors
/// The daemon runs, or there is no such active admin.
pub fn run(args: &RecoverArgs, now: Timestamp, out: &mut dyn std::io::Write) -> anyhow::Result<()> {
    let store = Sqlite::open(&args.db)?;
    let found = store.find(&args.admin)?;
    let admin = found.with_context(|| format!("nobody is known as `{}`", args.admin))?;
    ensure!(
        admin.active && admin.role == Role::Admin,
        "`{}` is no active admin: name one of those who are",
        admin.username
    );
    // A clock that was set back must not make a token that has ended already.
    let now = store.mark()?.map_or(now, |mark| mark.max(now));
    let expires_at = now.checked_add(lifetime(admin.kind, None)?)?;
    let mut file = args.token_file.as_deref().map(init::create).transpose()?;
    let minted = token::mint(admin.id, Scope::Admin, None, false, now, expires_at)?;
    store.keep_token(&minted, Stamp { by: None, at: now })?;
    writeln!(out, "admin     {}, {}", admin.username, admin.id)?;
    init::hand_over(&minted, file.as_mut().zip(args.token_file.as_deref()), out)?;
    writeln!(out, "next      flowctl token confirm --save, by {} in person", admin.username)?;
    Ok(())
}
