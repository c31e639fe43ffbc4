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
//! | [`function`] | the table of functions, with versions, signatures and examples |
//! | [`number`], [`digest`], [`canonical`] | author's numbers, hashes, canonical JSON |

pub mod bundle;
pub mod canonical;
pub mod digest;
pub mod expr;
pub mod function;
pub mod number;
pub mod types;
pub mod value;

pub use digest::Digest;
pub use expr::Expr;
pub use types::Type;
pub use value::Value;
