//! The flow language: text in, bundle and diagnostics out.
//!
//! A pure kernel: no clock, randomness, file, environment, thread or `async`.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`source`] | the files of a module, and places in them |
//! | [`diagnostic`], [`code`] | what there is to say, and the table of codes |
//! | [`fix`] | edits that mend what was found |
//! | [`syntax`] | text to tree |
//! | [`report`] | findings as text for people |
//! | [`page`] | the pages of the codes |
//! | [`reference`] | the reference, told from the tables |
//! | [`mod@complete`] | what may be written at a place of an unfinished file |
//! | [`infer`] | the type that recorded answers have |
//! | [`structure`] | blocks and attributes for programs, as a JSON Schema |
//! | [`modules`] | where the modules of a project lie, and `flow.lock` |
//! | [`suggest`] | "did you mean" |
//! | [`flowvars`] | files of values for variables |
//! | [`mod@fmt`] | the layout of files |
//! | [`mod@compile`] | the pipeline |
//! | `address` | names that hold in the whole bundle |
//! | `schema` | the table of blocks and attributes |
//! | `resolve` | names to declarations |
//! | `place`, `signature`, `types` | scopes by place, functions' signatures, what fits where |
//! | `check` | blocks and expressions, one file per kind |
//! | `lint` | opinions on text |
//! | `lower`, `prove` | the bundle's parts put together; reach, proofs, hashes |

mod address;
mod check;
pub mod code;
pub mod compile;
pub mod complete;
pub mod diagnostic;
pub mod fix;
pub mod flowvars;
pub mod fmt;
pub mod infer;
mod lint;
mod lower;
pub mod modules;
pub mod page;
mod place;
mod prove;
pub mod reference;
pub mod report;
mod resolve;
mod schema;
mod signature;
pub mod source;
pub mod structure;
pub mod suggest;
pub mod syntax;
mod types;

pub use compile::{Compiled, Given, Mode, Options, Parsed, compile};
pub use diagnostic::{Diagnostic, Diagnostics};
pub use source::{FileId, Sources, Span};

#[cfg(test)]
mod tests;
