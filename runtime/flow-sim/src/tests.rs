//! Many lives keep every promise, and each checker finds the engines that break its own.
//!
//! Lives are shared out over several tests, so that they use the machine. Longer runs: the binary
//! `lives`.

use flow_engine::transition;

use crate::life::{live, live_from};
use crate::plants::{self, Plant};
use crate::setup::Setup;
use crate::{promises, run, story, tell_short};

/// Lives of each of the four tests.
const SHARE: u64 = 3_000;
/// Within how many lives a planted fault must be found.
const FOUND_WITHIN: u64 = 30_000;

fn hold(share: u64) {
    let report = run(share * SHARE..(share + 1) * SHARE, None, &transition);
    println!("{report}");
    if let Some((seed, breach)) = &report.breach {
        panic!("{}", tell_short(*seed, breach, &transition));
    }
    assert_eq!(report.lives, SHARE);
    assert!(report.active * 3 >= report.lives, "too few lives became active: {report}");
}

#[test]
fn promises_hold_in_the_first_quarter() {
    hold(0);
}

#[test]
fn promises_hold_in_the_second_quarter() {
    hold(1);
}

#[test]
fn promises_hold_in_the_third_quarter() {
    hold(2);
}

#[test]
fn promises_hold_in_the_last_quarter() {
    hold(3);
}

/// The first life in which the checker of the promise itself sees the fault, whatever else it broke.
fn find(plant: &Plant) {
    let engine = plant.engine;
    let found = (0..FOUND_WITHIN).find_map(|seed| {
        let lived = live(seed, &move |p, r, e, c| engine(p, r, e, c));
        promises::first_breach(&lived, Some(plant.promise)).map(|breach| (seed, breach))
    });
    let Some((seed, breach)) = found else {
        panic!("an engine that {} was not found by promise {}", plant.says, plant.promise)
    };
    println!("promise {}: `{}`, seed {seed}: {}", plant.promise, plant.says, breach.seen);
}

#[test]
fn each_planted_fault_is_found_by_its_checker() {
    plants::ALL.iter().for_each(find);
}

#[test]
fn every_promise_has_a_plant() {
    for promise in &promises::ALL {
        let mut plants = plants::ALL.iter();
        assert!(plants.any(|p| p.promise == promise.number), "none breaks: {}", promise.says);
    }
}

/// The shrunk story of the first life in which `says` is found, and of which promise it tells.
fn shrunk(says: &str) -> (u8, String) {
    let plant = plants::ALL.iter().find(|plant| plant.says == says).expect("a plant");
    let engine = plant.engine;
    let report = run(0..FOUND_WITHIN, Some(plant.promise), &move |p, r, e, c| engine(p, r, e, c));
    let (seed, breach) = report.breach.expect("found");
    let told = tell_short(seed, &breach, &move |p, r, e, c| engine(p, r, e, c));
    (breach.promise, told)
}

#[test]
fn a_failing_seed_tells_a_short_story() {
    for (says, lines_max) in [
        ("lets the requester approve", 20),
        ("gives up an end after three tries", 35),
        ("forgets who else holds a grant", 35),
    ] {
        let (promise, told) = shrunk(says);
        println!("{told}");
        let head = told.lines().next().unwrap_or_default();
        assert!(head.contains(&format!("promise {promise} is broken")), "{head}");
        let lines = told.lines().count();
        assert!(lines <= lines_max, "{says}: {lines} lines\n{told}");
    }
}

#[test]
fn the_same_setup_lives_the_same_life() {
    let setup = (0..).map(Setup::draw).find(|s| s.faults.lost > 0 && s.wishes.len() > 10);
    let setup = setup.expect("one");
    let tell = |setup: &Setup| story::tell(0, &live_from(setup.clone(), &transition), "");
    assert_eq!(tell(&setup), tell(&setup));
}
