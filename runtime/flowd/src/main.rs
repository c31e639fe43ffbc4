//! The runtime daemon: keeps requests, decides through `flow-engine`, calls the world, remembers.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`config`] | what the daemon was told: file, flags, the ceiling |
//! | [`store`] | what it keeps: trait, memory and SQLite |
//! | [`audit`] | the arithmetic of the audit trail |

mod audit;
mod config;
mod store;

fn main() {}
