//! Several slips in one module: each is told as if it were alone, and nothing else is told.
//!
//! Every pair of the slips of `data/mutations.txt` that lie in one module and apart from each other,
//! and rows of three to five of them. What should be told is what each tells alone.

use std::collections::{BTreeMap, BTreeSet};

use super::mutations::{Case, cases, found, saved};
use crate::source::Sources;

/// A code with its message.
type Told = BTreeSet<(String, String)>;

/// A module with its slips, each with what it tells alone.
struct Module {
    name: String,
    text: String,
    base: Told,
    slips: Vec<(Case, Told)>,
}

fn told(text: &str, module: &str) -> Told {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", &saved(text));
    let pairs = found(&sources, module).into_iter();
    pairs.flat_map(|(code, all)| all.into_iter().map(move |m| (code.clone(), m))).collect()
}

fn modules() -> Vec<Module> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for case in cases() {
        // A slip in a child module's file is not one of this text.
        let Some(text) = case.module().filter(|text| text.contains(&case.written)) else {
            continue;
        };
        let module = modules.entry(case.module.clone()).or_insert_with(|| {
            let base = told(&text, &case.module);
            Module { name: case.module.clone(), text, base, slips: Vec::new() }
        });
        let alone = module.text.replacen(&case.written, &case.instead, 1);
        let alone = &told(&alone, &module.name) - &module.base;
        module.slips.push((case, alone));
    }
    modules.into_values().collect()
}

/// The module with these slips; none where two of them lie on one line.
fn planted(module: &Module, which: &[usize]) -> Option<String> {
    let mut edits: Vec<(usize, usize, &str)> = which
        .iter()
        .map(|i| {
            let case = &module.slips[*i].0;
            let start = module.text.find(&case.written).unwrap();
            (start, start + case.written.len(), case.instead.as_str())
        })
        .collect();
    edits.sort_unstable();
    let line = |at: usize| module.text[..at].matches('\n').count();
    if edits.windows(2).any(|pair| line(pair[0].1) >= line(pair[1].0)) {
        return None;
    }
    let mut text = module.text.clone();
    for (start, end, instead) in edits.into_iter().rev() {
        text.replace_range(start..end, instead);
    }
    Some(text)
}

/// What is told too much and too little of these slips together.
fn differences(module: &Module, which: &[usize]) -> Option<(Told, Told)> {
    let text = planted(module, which)?;
    let found = &told(&text, &module.name) - &module.base;
    let wanted: Told = which.iter().flat_map(|i| module.slips[*i].1.clone()).collect();
    Some((&found - &wanted, &wanted - &found))
}

/// Pairs that do more together than each alone, and why.
const TOGETHER: &[(&str, &str, &str)] = &[
    ("A518", "T201", "both write `allow_self`"),
    ("H312", "H313", "both add a step of one name"),
    ("R117", "S402", "the one leaves the last use of an integration, the other takes it away"),
    ("A513", "A517", "the one narrows who may decide, the other asks somebody else"),
    ("N620", "R118", "the one adds a step, the other the reason why it cannot run"),
    ("H309", "N620", "the one adds a second to the sum that the other is told of"),
    ("A508", "N620", "the one adds a condition to the counterexample of the other"),
];

fn explained(module: &Module, which: &[usize]) -> bool {
    let codes: Vec<&str> = which.iter().map(|i| module.slips[*i].0.code.as_str()).collect();
    TOGETHER.iter().any(|(a, b, _)| codes.contains(a) && codes.contains(b))
}

#[test]
fn two_slips_are_told_as_each_alone() {
    let (mut tried, mut exact, mut noise, mut silent) = (0_usize, 0, Vec::new(), Vec::new());
    for module in modules() {
        for a in 0..module.slips.len() {
            for b in 0..a {
                let Some((more, less)) = differences(&module, &[b, a]) else { continue };
                tried += 1;
                exact += usize::from(more.is_empty() && less.is_empty());
                let (first, second) = (&module.slips[b].0.code, &module.slips[a].0.code);
                if !more.is_empty() && !explained(&module, &[b, a]) {
                    noise.push(format!("{} {first} {second}: {more:?}", module.name));
                }
                if !less.is_empty() {
                    silent.push(format!("{} {first} {second}: {less:?}", module.name));
                }
            }
        }
    }
    assert!(noise.is_empty(), "told besides:\n{}", noise.join("\n"));
    // What is left unsaid: proofs need a module without errors, what text was lost cannot be
    // judged, and where that is so nothing is called unused.
    assert!(tried > 1_500, "only {tried} pairs");
    assert!(exact * 100 >= tried * 92, "{exact} of {tried} exactly:\n{}", silent.join("\n"));
}

#[test]
fn three_to_five_slips_tell_nothing_besides() {
    let (mut tried, mut exact, mut noise) = (0_usize, 0_usize, Vec::new());
    let modules = modules();
    for seed in 1..=600_u64 {
        // Numbers that look like chance and are the same always.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed);
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let module = &modules[next(modules.len())];
        let wanted = 3 + next(3);
        let mut which: Vec<usize> = Vec::new();
        for _ in 0..40 {
            let slip = next(module.slips.len());
            let with: Vec<usize> = which.iter().copied().chain([slip]).collect();
            if which.len() < wanted && planted(module, &with).is_some() && !explained(module, &with)
            {
                which = with;
            }
        }
        let Some((more, less)) = differences(module, &which).filter(|_| which.len() > 2) else {
            continue;
        };
        tried += 1;
        exact += usize::from(more.is_empty() && less.is_empty());
        if !more.is_empty() {
            let codes: Vec<&str> = which.iter().map(|i| module.slips[*i].0.code.as_str()).collect();
            noise.push(format!("{} {}: {more:?}", module.name, codes.join(" ")));
        }
    }
    assert!(noise.is_empty(), "{} of {tried} told besides:\n{}", noise.len(), noise.join("\n"));
    assert!(tried > 300, "only {tried} rows");
    assert!(exact * 100 >= tried * 60, "{exact} of {tried} exactly");
}
