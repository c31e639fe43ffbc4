//! Fixtures of the whole-house tests and of the demo: real parts, started and stopped.
//!
//! Nothing here pretends to be a part of the house. The daemon, the provider and the compiler are
//! the built binaries; AWS is a local stand-in with IAM enforcement that others wrote.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`workspace`] | where things lie: the repository's root, `target/`, scratch folders |
//! | [`bins`] | the workspace's binaries, built once |
//! | [`process`] | a child process: captured output, ready line, stopped on drop |
//! | [`venv`] | a Python environment with pinned packages |
//! | [`ministack`] | a local AWS with IAM enforcement |
//! | [`aws`] | calls to it as a named user, and the Python functions it runs |
//! | [`endpoint`] | a Lambda endpoint that misbehaves on demand |
//! | [`record`] | what such a function saw |
//! | [`oidc`], [`browser`] | an OpenID provider, and a real browser |
//! | [`npm`] | Node packages with pinned versions |
//! | [`terraform`] | a real Terraform, of the version asked for |
//! | [`project`] | a flow module on disk |
//! | [`daemon`] | a running daemon, and people who talk to it |
//! | [`watch`] | what the outside may demand, read off what a function saw |
//! | [`chance`] | seeded chance |
//! | [`hcl`] | files of every form of HCL, laid out at random |
//! | [`forge`] | a copy of a database with a forged audit trail |
//! | [`console`] | commands in a document, run and compared |
//! | [`house`] | a daemon that serves the Lambda example, with people in it |
//! | [`demo`] | `cargo demo`, step by step |
//! | [`skip`] | `need!`: a loud skip, and a failure in CI |

pub mod aws;
pub mod bins;
pub mod browser;
pub mod chance;
pub mod console;
pub mod daemon;
pub mod demo;
pub mod endpoint;
pub mod forge;
pub mod hcl;
pub mod house;
pub mod ministack;
pub mod npm;
pub mod oidc;
pub mod process;
pub mod project;
pub mod record;
pub mod skip;
pub mod terraform;
pub mod venv;
pub mod watch;
pub mod workspace;
