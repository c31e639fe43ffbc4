//! A forged audit trail: a copy of a database in which one record's content was changed by one
//! byte. `flowd audit verify` must find it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags};

/// Copies the database `from` to `to` and changes one byte of the last record.
///
/// # Errors
/// When it cannot be copied or has no record.
pub fn forge_one_record(from: &Path, to: &Path) -> Result<()> {
    let original = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open {}", from.display()))?;
    let path = to.to_str().context("a path that is not text")?;
    original.execute("VACUUM INTO ?1", [path]).context("cannot copy the database")?;
    let copy = Connection::open(to).context("cannot open the copy")?;
    let changed = copy
        .execute(
            "UPDATE audit SET body = replace(body, '\"at\"', '\"aT\"')
             WHERE seq = (SELECT max(seq) FROM audit WHERE body LIKE '%\"at\"%')",
            [],
        )
        .context("cannot change the copy")?;
    ensure!(changed == 1, "the database holds no audit record to forge");
    Ok(())
}
