//! `mutate [inputs=N] [seconds=N] [seed=N] [first=N] [threads=N]`: changes flows and compiles them.
//! `mutate show=N [seed=N]`: prints one input.
//! `mutate heavy [WORDS]`: what the dearest texts of 100 KiB cost, or those with these words in
//! their names; fails where one costs more than 100 ms on the processor or 64 MiB.
//!
//! Run it in a release build and from the root of the house: `cargo run --release -p mutate`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use mutate::chance::Chance;
use mutate::run::{Plan, run, weigh};
use mutate::{change, heavy, seeds};

/// The allocator of `flowc`, so that a text costs here what it costs there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Longest time on the processor for a text of 100 KiB.
const LIMIT: Duration = Duration::from_millis(100);

/// Most memory for one, in KiB.
const LIMIT_KIB: u64 = 64 * 1024;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("heavy") {
        return weigh_all(&std::env::args().nth(2).unwrap_or_default());
    }
    let mut shown = None;
    let mut plan = Plan {
        seed: 1,
        first: 0,
        inputs: u64::MAX,
        time: Duration::from_secs(60),
        threads: 1,
        limit: LIMIT,
        memory_kib: LIMIT_KIB,
        keep: PathBuf::from("target/mutants"),
    };
    for argument in std::env::args().skip(1) {
        let Some((name, Ok(number))) = argument.split_once('=').map(|(n, v)| (n, v.parse::<u64>()))
        else {
            eprintln!(
                "`{argument}`: write inputs=N, seconds=N, seed=N, first=N, threads=N or show=N"
            );
            return ExitCode::from(2);
        };
        match name {
            "inputs" => plan.inputs = number,
            "seconds" => plan.time = Duration::from_secs(number),
            "seed" => plan.seed = number,
            "first" => plan.first = number,
            "show" => shown = Some(number),
            "threads" => plan.threads = usize::try_from(number).unwrap_or(1),
            _ => {
                eprintln!(
                    "there is no `{name}`: write inputs, seconds, seed, first, threads or show"
                );
                return ExitCode::from(2);
            }
        }
    }
    let folders = ["examples", "compiler"].map(Path::new);
    let seeds = seeds::below(&folders);
    if shown.is_none() {
        let (all, built) = (seeds.all.len(), seeds.built);
        println!("{all} texts to start from, {built} of them whole; seed {}", plan.seed);
    }
    if let Some(index) = shown {
        let (bytes, _) = change::input(&seeds, &mut Chance::new(plan.seed, index));
        return std::io::stdout()
            .write_all(&bytes)
            .map_or(ExitCode::from(2), |()| ExitCode::SUCCESS);
    }
    // Panics are findings here: they are counted, and their input is kept.
    std::panic::set_hook(Box::new(|_| {}));
    let tally = run(&seeds, &plan);
    println!("{tally}");
    if tally.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// Weighs the heavy texts whose names hold some words; fails where one is over a limit.
fn weigh_all(words: &str) -> ExitCode {
    let mut too_heavy = 0;
    for (name, text) in
        heavy::texts(change::LONGEST).into_iter().filter(|(name, _)| name.contains(words))
    {
        let cost = weigh(&text, LIMIT);
        let over = cost.spent > LIMIT || cost.kib > LIMIT_KIB || cost.fault.is_some();
        too_heavy += usize::from(over);
        let (mark, fault) = (if over { "OVER" } else { "" }, cost.fault.unwrap_or_default());
        let told: Vec<&str> = cost.codes.into_iter().collect();
        let came = if cost.built { "bundle".to_owned() } else { told.join(" ") };
        println!("{:>9.1?} {:>7} KiB {mark:>4}  {name}: {came} {fault}", cost.spent, cost.kib);
    }
    println!("{too_heavy} over {LIMIT:?} or {} MiB", LIMIT_KIB / 1024);
    if too_heavy == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
