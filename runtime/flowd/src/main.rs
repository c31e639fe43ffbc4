//! The runtime daemon: keeps requests, decides through `flow-engine`, calls the world, remembers.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`config`], [`binding`] | what the daemon was told: file, flags, the ceiling; roles |
//! | [`app`] | what routes and loops share |
//! | [`drive`], [`context`] | the one door: load, decide, commit |
//! | [`read`] | what can be read |
//! | [`shelf`] | the bundles |
//! | [`people`] | who somebody is: people, tokens, `flowd init` |
//! | [`clock`] | recorded time |
//! | [`outbox`], [`connector`] | calls to the world |
//! | [`secret`] | the values of secrets |
//! | [`sign`] | the key that signs what a Lambda receives |
//! | [`store`] | what is kept: trait, memory and SQLite |
//! | [`audit`] | the arithmetic of the audit trail |

mod app;
mod audit;
mod binding;
mod clock;
mod config;
mod connector;
mod context;
mod drive;
mod outbox;
mod people;
mod read;
mod secret;
mod shelf;
mod sign;
mod store;

fn main() {}
