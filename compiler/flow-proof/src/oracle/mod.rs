//! The solver beside trying everything: small random flows, every value of every field, everybody
//! who could work there.
//!
//! The evaluator here shares nothing with the solver but the bundle and its expression evaluator.
//! "Proved" must never be wrong, a failure must break the claim for every request that has the
//! values it names, and on flows this small both sides must agree. CI tries 2,000 flows;
//! `FLOW_ORACLE=100000 cargo test -p flow-proof oracle` tries that many.
//!
//! | module | holds |
//! | --- | --- |
//! | `dice` | random flows |
//! | `plain` | what a flow does with one request, and when it is over |
//! | `house` | who can decide, in every house that is possible |
//! | `judge` | what must be said, beside what the solver says |
//! | `plants` | solvers with a planted fault, each of which must be found |
#![allow(clippy::disallowed_methods, reason = "a long run is asked for by the environment")]

mod dice;
mod house;
mod judge;
mod plain;
mod plants;

use dice::Dice;

/// How many flows are tried; more where they are asked for.
fn rounds() -> u64 {
    let asked = std::env::var("FLOW_ORACLE").ok().and_then(|n| n.parse().ok());
    asked.unwrap_or(2_000)
}

#[test]
fn the_solver_agrees_with_trying_everything() {
    let mut tally = judge::Tally::default();
    for seed in 0..rounds() {
        let case = Dice::new(seed).case();
        if let Err(fault) = judge::case(&case, &plants::NONE, &mut tally) {
            panic!("seed {seed}: {fault}\n{}", case.shown());
        }
    }
    // A search that never meets a kind of verdict proves nothing about it.
    tally.assert_met();
}

#[test]
fn every_planted_fault_is_found() {
    let mut missed = Vec::new();
    for plant in plants::ALL {
        // What is hidden may make another claim wrong as well.
        let is_found = (0..4_000).any(|seed| {
            let case = Dice::new(seed).case();
            let fault = judge::case(&case, plant, &mut judge::Tally::default()).err();
            fault.is_some_and(|fault| fault.claim == plant.claim)
        });
        if !is_found {
            missed.push(format!("{}: `{}`", plant.claim, plant.says));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
