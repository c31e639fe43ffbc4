//! What can be proved from a bundle, in the same words for the compiler, the plan and the deploy.
//!
//! A pure kernel: no clock, randomness, file, environment, thread or `async`. It speaks IR paths;
//! the compiler turns these into places in the source.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`prove`](mod@prove) | the entry: every claim about one flow |
//! | [`claim`] | one file per claim, P1 to P7 |
//! | [`diff`](mod@diff) | P9: whether a new bundle allows what an old one refused |
//! | [`automaton`] | phases and edges, for people and drawings |
//! | [`formula`], [`guard`], [`solve`] | conditions as formulas over finite domains, and whether they can hold |
//! | [`example`] | values that break a claim, as a person would fill them in |
//! | [`interval`] | the least and greatest value of an expression |
//! | [`people`] | sets of people as conditions on one person |
//! | [`targets`] | which targets a grant can be about |
//! | [`show`](mod@show) | expressions as the author would write them |
//!
//! P4 (secrets) and P8 (scopes) need the compiler's types and are given to [`prove()`] as they are.

mod alone;
pub mod automaton;
mod cell;
pub mod claim;
mod constant;
mod decided;
pub mod diff;
pub mod example;
mod finite;
pub mod formula;
pub mod guard;
mod inline;
pub mod interval;
pub mod people;
pub mod prove;
mod search;
pub mod show;
pub mod solve;
pub mod targets;
mod term;
mod together;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod testing;

pub use automaton::graph;
pub use diff::{Diff, diff};
pub use prove::{Claims, Failure, Given, prove};
