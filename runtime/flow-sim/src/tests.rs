//! Many lives keep every promise, and each checker finds the engines that break its own.
//!
//! Lives are shared out over several tests, so that they use the machine. Longer runs: the binary
//! `lives`.

use flow_engine::transition;

use crate::life::live;
use crate::plants::{self, Plant};
use crate::{promises, run};

/// Lives of each of the four tests.
const SHARE: u64 = 5_000;
/// Within how many lives a planted fault must be found.
const FOUND_WITHIN: u64 = 10_000;

fn hold(share: u64) {
    let report = run(share * SHARE..(share + 1) * SHARE, &transition);
    println!("{report}");
    assert!(report.breach.is_none(), "{report}");
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
    let mine = || promises::ALL.iter().filter(|promise| promise.number == plant.promise);
    let found = (0..FOUND_WITHIN).find_map(|seed| {
        let lived = live(seed, &move |p, r, e, c| engine(p, r, e, c));
        mine().find_map(|promise| (promise.check)(&lived)).map(|seen| (seed, seen))
    });
    let Some((seed, seen)) = found else {
        panic!("an engine that {} was not found by promise {}", plant.says, plant.promise)
    };
    println!("promise {}: `{}`, seed {seed}: {seen}", plant.promise, plant.says);
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
