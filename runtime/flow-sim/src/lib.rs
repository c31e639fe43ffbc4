//! A world to try the engine in.
//!
//! A seed makes a life: a flow, people who click at the wrong moments, functions that finish after
//! the caller gave up, nodes that die between any two instructions, clocks that jump. Checkers look
//! at the outside world only, and each has been seen to fail on an engine with a planted fault.
//! Pure: no clock, no chance but the seed's.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`report`] | many lives, counted |
//! | [`life`] | one life: what is due when, nodes, calls |
//! | [`setup`] | everything a life is lived from |
//! | [`script`], [`cast`], [`people`] | the flow, who plays, what they want |
//! | [`faults`] | what goes wrong, and how often |
//! | [`daemon`] | a model of the store |
//! | [`log`] | what happened outside |
//! | [`promises`] | one checker per promise |
//! | [`plants`] | engines with a fault, each found by its checker |
//! | [`story`], [`shrink`] | a life, told, and made shorter |
//! | [`scenario`] | flow tests: stories that users write |
//! | [`translate`] | the story's words and the engine's |
//! | [`random`], [`chance`] | numbers and faults out of a seed |

#![deny(clippy::wildcard_enum_match_arm)]

pub mod cast;
pub mod chance;
pub mod daemon;
pub mod faults;
pub mod life;
pub mod log;
pub mod people;
pub mod plants;
pub mod promises;
pub mod random;
pub mod report;
pub mod scenario;
pub mod script;
pub mod setup;
pub mod shrink;
pub mod story;
#[cfg(test)]
mod tests;
pub mod translate;

pub use report::{Report, run, tell_short};
