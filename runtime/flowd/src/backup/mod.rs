//! Backups of the embedded store, and what follows when one is put back.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`copy`] | `flowd backup`: a consistent copy of a database that may be served meanwhile |
//! | [`restore`] | `flowd restore`: a backup put in the place of the database |
//! | [`trail`] | what the exported audit trail knows and the backup does not |
//! | [`kept`] | what taking back needs, sealed in the audit trail |
//! | [`owed`] | what is still to be done about it, kept in the restored database |
//! | [`part`] | files that are there as a whole or not at all |
//!
//! What is not in the database is not in a backup: configuration, secrets, the binding.

pub mod copy;
pub mod kept;
pub mod owed;
mod part;
pub mod restore;
#[cfg(test)]
mod tests;
mod trail;
