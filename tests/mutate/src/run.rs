//! Many inputs, on several threads, until there are enough or the time is over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flow_lang::Mode;

use crate::chance::Chance;
use crate::change::{self, Level};
use crate::judge::{self, judge};
use crate::seeds::Seeds;

/// What a run is to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Names the run.
    pub seed: u64,
    /// Index of the first input.
    pub first: u64,
    /// How many inputs at most.
    pub inputs: u64,
    /// For how long at most.
    pub time: Duration,
    /// On how many threads.
    pub threads: usize,
    /// Longest time on the processor for one compilation.
    pub limit: Duration,
    /// Most memory that the process may hold while it compiles one input, in KiB.
    pub memory_kib: u64,
    /// Where an input that fails is kept.
    pub keep: PathBuf,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Tally {
    /// Inputs by level.
    pub inputs: BTreeMap<Level, u64>,
    /// Inputs of which nothing was said, and of which a bundle came out.
    pub clean: u64,
    /// Inputs of which a bundle came out.
    pub built: u64,
    /// How often each code was told.
    pub codes: BTreeMap<&'static str, u64>,
    /// The slowest input: time, bytes, index.
    pub slowest: (Duration, usize, u64),
    /// What is wrong, with the index of the input and where it is kept.
    pub faults: BTreeSet<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (level, count) in other.inputs {
            *self.inputs.entry(level).or_default() += count;
        }
        for (code, count) in other.codes {
            *self.codes.entry(code).or_default() += count;
        }
        self.clean += other.clean;
        self.built += other.built;
        self.slowest = self.slowest.max(other.slowest);
        self.faults.extend(other.faults);
    }

    /// All inputs.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.inputs.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} inputs: {:?}", self.total(), self.inputs)?;
        writeln!(f, "{} without a finding, {} bundles", self.clean, self.built)?;
        writeln!(f, "{} codes: {:?}", self.codes.len(), self.codes)?;
        let (spent, bytes, index) = self.slowest;
        writeln!(f, "slowest: {spent:?} on the processor for {bytes} bytes, input {index}")?;
        writeln!(f, "most memory of the process: {} MiB", judge::peak_kib() / 1024)?;
        for fault in &self.faults {
            writeln!(f, "FAULT {fault}")?;
        }
        write!(f, "{} faults", self.faults.len())
    }
}

/// Runs the plan; every sixteenth input is compiled twice.
#[must_use]
pub fn run(seeds: &Seeds, plan: &Plan) -> Tally {
    let next = AtomicU64::new(plan.first);
    let until = Instant::now() + plan.time;
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.threads.max(1))
            .map(|_| scope.spawn(|| work(seeds, plan, &next, until)))
            .collect();
        for worker in workers {
            match worker.join() {
                Ok(part) => tally.add(part),
                Err(_) => drop(tally.faults.insert("a thread of the run panicked".to_owned())),
            }
        }
    });
    tally
}

fn work(seeds: &Seeds, plan: &Plan, next: &AtomicU64, until: Instant) -> Tally {
    let mut tally = Tally::default();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index - plan.first >= plan.inputs || Instant::now() >= until {
            return tally;
        }
        one(seeds, plan, index, &mut tally);
    }
}

fn one(seeds: &Seeds, plan: &Plan, index: u64, tally: &mut Tally) {
    let (bytes, level) = change::input(seeds, &mut Chance::new(plan.seed, index));
    let mode = if index.is_multiple_of(2) { Mode::Build } else { Mode::Check };
    let verdict = judge(&bytes, mode, index.is_multiple_of(16));
    *tally.inputs.entry(level).or_default() += 1;
    tally.clean += u64::from(verdict.codes.is_empty() && verdict.fault.is_none());
    tally.built += u64::from(verdict.built);
    let codes: BTreeSet<&'static str> = verdict.codes.into_iter().collect();
    for code in codes {
        *tally.codes.entry(code).or_default() += 1;
    }
    tally.slowest = tally.slowest.max((verdict.spent, bytes.len(), index));
    let slow = (verdict.spent > plan.limit)
        .then(|| format!("{:?} for {} bytes", verdict.spent, bytes.len()));
    // The process holds its seeds too, so that the limit is a little harder than it says.
    let held = judge::peak_kib();
    let large = (held > plan.memory_kib).then(|| {
        let _ = judge::forget_peak();
        format!("{} MiB for {} bytes", held / 1024, bytes.len())
    });
    if let Some(fault) = verdict.fault.or(slow).or(large) {
        let path = keep(&plan.keep, plan.seed, index, &bytes);
        tally.faults.insert(format!("{fault}: seed {}, input {index}: {path}", plan.seed));
    }
}

fn keep(folder: &Path, seed: u64, index: u64, bytes: &[u8]) -> String {
    let path = folder.join(format!("{seed}-{index}.flow.hcl"));
    let kept = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes));
    kept.map_or_else(|error| format!("not kept: {error}"), |()| path.display().to_string())
}

/// What a heavy text costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Time on the processor.
    pub spent: Duration,
    /// Memory that was not held before, in KiB.
    pub kib: u64,
    /// Whether a bundle came out.
    pub built: bool,
    /// The codes that were told, once each.
    pub codes: BTreeSet<&'static str>,
    /// What is wrong with the compiler, if anything.
    pub fault: Option<String>,
}

/// What a heavy text costs by itself. One that takes longer than the limit is tried twice more: what
/// it costs is what it costs at best, for a neighbour on the same core makes it slower.
#[must_use]
pub fn weigh(text: &str, limit: Duration) -> Cost {
    let once = || {
        let before = judge::forget_peak();
        let verdict = judge(text.as_bytes(), Mode::Build, false);
        let kib = judge::peak_kib().saturating_sub(before);
        let codes = verdict.codes.into_iter().collect();
        Cost { spent: verdict.spent, kib, built: verdict.built, codes, fault: verdict.fault }
    };
    let mut cost = once();
    for _ in 0..2 {
        if cost.spent > limit && cost.spent < limit * 4 {
            let again = once();
            cost.spent = cost.spent.min(again.spent);
            cost.kib = cost.kib.max(again.kib);
        }
    }
    cost
}
