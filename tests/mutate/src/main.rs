//! `mutate [inputs=N] [seconds=N] [seed=N] [first=N] [threads=N]`: changes flows and compiles them.
//! `mutate heavy`: what the dearest texts of 100 KiB cost.
//!
//! Run it in a release build and from the root of the house: `cargo run --release -p mutate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use mutate::run::{Plan, run, weigh};
use mutate::{heavy, seeds};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("heavy") {
        for cost in heavy::texts().into_iter().map(weigh) {
            let fault = cost.fault.unwrap_or_default();
            println!("{:>9.1?} {:>7} KiB  {} {fault}", cost.spent, cost.kib, cost.name);
        }
        return ExitCode::SUCCESS;
    }
    let mut plan = Plan {
        seed: 1,
        first: 0,
        inputs: u64::MAX,
        time: Duration::from_secs(60),
        threads: 1,
        limit: Duration::from_millis(100),
        keep: PathBuf::from("target/mutants"),
    };
    for argument in std::env::args().skip(1) {
        let Some((name, Ok(number))) = argument.split_once('=').map(|(n, v)| (n, v.parse::<u64>()))
        else {
            eprintln!("`{argument}`: write inputs=N, seconds=N, seed=N, first=N or threads=N");
            return ExitCode::from(2);
        };
        match name {
            "inputs" => plan.inputs = number,
            "seconds" => plan.time = Duration::from_secs(number),
            "seed" => plan.seed = number,
            "first" => plan.first = number,
            "threads" => plan.threads = usize::try_from(number).unwrap_or(1),
            _ => {
                eprintln!("there is no `{name}`: write inputs, seconds, seed, first or threads");
                return ExitCode::from(2);
            }
        }
    }
    let folders = ["examples", "compiler"].map(Path::new);
    let seeds = seeds::below(&folders);
    println!("{} texts to start from, seed {}", seeds.len(), plan.seed);
    // Panics are findings here: they are counted, and their input is kept.
    std::panic::set_hook(Box::new(|_| {}));
    let tally = run(&seeds, &plan);
    println!("{tally}");
    if tally.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
