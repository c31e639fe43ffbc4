//! The store that several daemons share: PostgreSQL, or what speaks like it.
//!
//! A writer thread commits what is queued in groups, as the embedded store's does; readers have
//! connections of their own. Every group locks the only row of `heads` first, so that groups of all
//! nodes come one after the other and the trail has no gap; and it asks whether this node's lease
//! still holds, by the database's clock. What needs more than tables, indexes and row locks is not
//! used.
//!
//! Not here yet: people and tokens. So no daemon is served from it; the conformance suite is what it
//! passes.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | here | opening, migrations, readers |
//! | [`lease`] | what a node may write for |
//! | [`writer`] | groups |
//! | [`rows`], [`write`] | what each call reads, and what it writes |
//! | [`server`] | a server of the tests' own |

mod lease;
mod rows;
pub mod server;
mod tests;
mod write;
mod writer;

use std::sync::{Mutex, PoisonError};

use postgres::{Client, NoTls};

use super::{Result, StoreError};
use lease::Lease;
use writer::Writer;

/// Each once, in order, never changed after a release.
const MIGRATIONS: &[(&str, &str)] =
    &[("0001_init", include_str!("../../../migrations/postgres/0001_init.sql"))];

/// Connections that are kept for the next reader.
const READERS_MAX: usize = 8;

/// What every connection is told. A database that hangs is an error and not a daemon that hangs.
const SESSION: &str = "SET synchronous_commit = on; SET statement_timeout = '15s';
                       SET lock_timeout = '15s'; SET idle_in_transaction_session_timeout = '15s'";

/// The shared store, as one node has it.
pub struct Postgres {
    url: String,
    // Ended before the lease is given back.
    writer: Writer,
    readers: Mutex<Vec<Client>>,
    lease: Lease,
}

impl Postgres {
    /// Opens a database, makes it this version's, and joins it as a node.
    ///
    /// # Errors
    /// It cannot be reached, or it is newer than this program.
    pub fn open(url: &str, node: &str) -> Result<Self> {
        let mut client = connect(url)?;
        migrate(&mut client)?;
        let lease = Lease::take(url, node)?;
        let writer = Writer::start(url, client, lease.token)?;
        Ok(Self { url: url.to_owned(), writer, readers: Mutex::default(), lease })
    }

    /// The fencing token: later nodes have larger ones.
    pub fn token(&self) -> i64 {
        self.lease.token
    }

    /// Runs `work` on a connection of its own.
    fn read<T>(&self, work: impl FnOnce(&mut Client) -> Result<T>) -> Result<T> {
        let spare = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut client = match spare {
            Some(client) if !client.is_closed() => client,
            Some(_) | None => connect(&self.url)?,
        };
        let result = work(&mut client);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        // What came with an error may be in the middle of something.
        if result.is_ok() && readers.len() < READERS_MAX {
            readers.push(client);
        }
        result
    }
}

fn connect(url: &str) -> Result<Client> {
    let mut config: postgres::Config = url.parse()?;
    config.connect_timeout(std::time::Duration::from_secs(10));
    config.application_name("flowd");
    let mut client = config.connect(NoTls)?;
    client.batch_execute(SESSION)?;
    Ok(client)
}

/// Of two nodes that start at once, one migrates and the other finds it done.
fn migrate(client: &mut Client) -> Result<()> {
    let made = client.batch_execute(
        "CREATE TABLE IF NOT EXISTS versions (version BIGINT PRIMARY KEY, name TEXT NOT NULL)",
    );
    // `IF NOT EXISTS` looks before it makes: whoever is late by a moment is told one of several names
    // of the table that is taken. By then it is there, which is all that was wanted.
    if let Err(error) = made {
        let there = client.query_one("SELECT to_regclass('versions') IS NOT NULL", &[])?;
        if !there.get::<_, bool>(0) {
            return Err(error.into());
        }
    }
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let mut tx = client.transaction()?;
    tx.batch_execute("LOCK TABLE versions IN EXCLUSIVE MODE")?;
    let found: i64 = tx.query_one("SELECT coalesce(max(version), 0) FROM versions", &[])?.get(0);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (version, (name, sql)) in (1_i64..).zip(MIGRATIONS).filter(|(v, _)| *v > found) {
        tx.batch_execute(sql)?;
        tx.execute("INSERT INTO versions VALUES ($1, $2)", &[&version, name])?;
    }
    tx.execute(
        "INSERT INTO heads VALUES (true, 0, $1, 0, 0, 0, 0, 0) ON CONFLICT (one) DO NOTHING",
        &[&crate::audit::GENESIS.as_slice()],
    )?;
    tx.commit()?;
    Ok(())
}
