//! The claims, one file each.
//!
//! To add a claim:
//! 1. write `p<N>.rs` with one `pub(super) fn prove(Subject) -> Answer`;
//! 2. list it in [`ALL`];
//! 3. add rows to its table test, one that holds and one for each code it fails with;
//! 4. add its row to the table of claims in `compiler/spec.md`;
//! 5. see the failure printed by `flowc check` on a flow that breaks it.

use crate::prove::{Answer, Subject};

pub(crate) mod doubts;
mod p1;
mod p2;
mod p3;
mod p5;
mod p6;
mod p7;

/// A claim about a flow.
pub type Claim = fn(Subject<'_>) -> Answer;

/// Every claim that is proved from a bundle, by name.
pub const ALL: [(&str, Claim); 6] = [
    ("P1", p1::prove),
    ("P2", p2::prove),
    ("P3", p3::prove),
    ("P5", p5::prove),
    ("P6", p6::prove),
    ("P7", p7::prove),
];
