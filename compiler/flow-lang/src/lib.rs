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
//! | [`syntax`] | text to tree |
//! | [`report`] | findings as text for people |
//! | [`page`] | the pages of the codes |
//! | [`flowvars`] | files of values for variables |

pub mod code;
pub mod diagnostic;
pub mod flowvars;
pub mod page;
pub mod report;
pub mod source;
pub mod syntax;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use source::{FileId, Sources, Span};
