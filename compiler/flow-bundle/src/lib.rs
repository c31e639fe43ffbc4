//! What a flow means once its text is gone.
//!
//! The bundle is the compiler's output and everybody's input. This crate is a pure kernel: no
//! clock, randomness, file, environment, thread or `async`.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`bundle`] | the bundle's parts |
//! | [`expr`], [`types`], [`value`] | expressions, their types and what they evaluate to |
//! | [`eval`], [`function`] | the evaluator and its functions |
//! | [`print`], [`render`], [`payload`] | values as text, as messages, as JSON that leaves |
//! | [`json`], [`conform`] | JSON from outside, and whether it has the declared type |
//! | [`catalog`] | strategies, targets and steps by name |
//! | [`codec`], [`seal`], [`requirement`] | the file: writing, reading, hashes, which runtime |
//! | [`schema`](mod@schema) | the JSON Schema of the file |
//! | [`reach`], [`walk`] | everything that leaves; walks with IR paths |
//! | [`used`] | what one flow of many uses |
//! | [`bound`](mod@bound) | what a request can make of a target's setting |
//! | [`principals`] | who is in a set of people |
//! | [`endpoint`] | which hosts may be called |
//! | [`envelope`] | who may put a bundle where, signed |
//! | [`decimal`], [`duration`] | exact arithmetic, spans of time as text |
//! | [`number`], [`digest`], [`canonical`] | author's numbers, hashes, canonical JSON |
//! | [`moved`] | addresses that changed |
//! | [`suite`] | what a `*.flowtest.hcl` file says |
//! | [`limits`] | what a bundle, an expression and a value may cost |

pub mod bound;
pub mod bundle;
pub mod canonical;
pub mod catalog;
mod check;
pub mod codec;
pub mod conform;
pub mod decimal;
pub mod digest;
pub mod duration;
pub mod endpoint;
pub mod envelope;
pub mod eval;
pub mod expr;
pub mod function;
pub mod json;
pub mod limits;
pub mod moved;
pub mod number;
pub mod payload;
pub mod principals;
pub mod print;
pub mod reach;
pub mod render;
pub mod requirement;
pub mod schema;
pub mod seal;
pub mod suite;
#[cfg(test)]
mod testing;
pub mod types;
pub mod used;
pub mod value;
pub mod walk;

pub use digest::Digest;
pub use expr::Expr;
pub use types::Type;
pub use value::Value;
