//! No text makes the compiler panic, dawdle or contradict itself: changed flows, for a while.
//!
//! The work is done by the crate `mutate`, which is a command too. Plain stable Rust: no coverage
//! guides it, so it starts from the real flows of the house and knows the language's own words.
//! `FLOW_MUTATE_S` says for how many seconds, `FLOW_SEED` repeats a run.

use std::io::Write;
use std::time::Duration;

use mutate::run::{Plan, run};
use mutate::seeds;
use tests::chance::{Chance, setting};
use tests::workspace;

#[test]
fn no_mutated_flow_troubles_the_compiler() {
    let folders = ["examples", "compiler"].map(|folder| workspace::root().join(folder));
    let seeds = seeds::below(&[&folders[0], &folders[1]]);
    assert!(seeds.all.len() > 100, "only {} flows to start from", seeds.all.len());
    let seed = u64::try_from(Chance::announced("mutated flows").below(usize::MAX)).unwrap_or(1);
    let plan = Plan {
        seed,
        first: 0,
        inputs: u64::MAX,
        time: Duration::from_secs(setting("FLOW_MUTATE_S", 2)),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        // A build for debugging is some ten times slower than one for use, which has 100 ms.
        limit: Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 100 }),
        // Other tests run in this process.
        memory_kib: u64::MAX,
        keep: workspace::target().unwrap().join("mutants"),
    };
    let tally = run(&seeds, &plan);
    let _ = writeln!(std::io::stderr(), "{tally}");
    assert!(tally.faults.is_empty(), "{tally}");
    assert!(tally.total() > 10, "only {} inputs", tally.total());
    assert!(tally.clean < tally.total(), "no change was ever found fault with");
    assert!(seeds.built >= 10, "only {} flows are built as they are", seeds.built);
    assert!(tally.built * 100 > tally.total(), "only {} bundles", tally.built);
}
