//! Whole-house tests: real binaries, real peers, one test binary.
//!
//! # Layout
//!
//! | module | asks |
//! | --- | --- |
//! | `fixtures` | do the fixtures themselves stand: a local AWS that enforces, a Terraform that runs |
//! | `tidy` | the house rules that a machine can check |

mod fixtures;
mod tidy;
