//! No text makes the compiler panic: flows with bytes changed, cut, doubled and mixed, for a while.
//!
//! Plain stable Rust: no coverage guides it, so it starts from real flows and knows the language's
//! own words. `FLOW_MUTATE_S` says for how many seconds, `FLOW_SEED` repeats a run.

use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use flow_lang::{Given, Mode, Options, Sources, compile, report};
use tests::chance::{Chance, setting};
use tests::workspace;

/// Pieces of the language that a single changed byte would rarely make.
const PIECES: [&str; 28] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "${",
    "%{if ",
    "%{endif~}",
    "<<-EOT\n",
    "EOT\n",
    "#",
    "/*",
    " = ",
    " ? ",
    " : ",
    "...",
    "null",
    "-9999999999999999999999999999",
    "1e400",
    "for x in ",
    "each.value",
    "var.",
    "steps.",
    "flow \"x\" {\n",
    "\u{feff}",
    "\u{202e}",
];

#[test]
fn no_mutated_flow_makes_the_compiler_panic() {
    let seconds = setting("FLOW_MUTATE_S", 2);
    let mut chance = Chance::announced("mutated flows");
    let seeds = seeds();
    assert!(seeds.len() >= 4, "only {} flows to start from", seeds.len());
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut compiled, mut clean) = (0_usize, 0_usize);
    while Instant::now() < until {
        let text = mutated(&seeds, &mut chance);
        let begun = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| findings(&text))) {
            Ok(found) => clean += usize::from(found == 0),
            Err(_) => panic!("the compiler panicked; the flow is in {}", keep(&text)),
        }
        let spent = begun.elapsed();
        assert!(spent < Duration::from_secs(10), "{spent:?} for one flow, in {}", keep(&text));
        compiled += 1;
    }
    let _ = writeln!(
        std::io::stderr(),
        "mutated flows: {compiled} compiled, {clean} without a finding"
    );
    assert!(compiled > 10, "only {compiled} flows in {seconds} s");
    assert!(clean < compiled, "no mutation was ever found fault with");
}

/// Compiles for both purposes and writes the report, as `flowc` would.
fn findings(text: &[u8]) -> usize {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", text);
    let given = Given::Text("arn:aws:lambda:us-east-1:123456789012:function:x".to_owned());
    let variables = BTreeMap::from([("lambda_arn".to_owned(), given)]);
    let mut found = 0;
    for mode in [Mode::Check, Mode::Build] {
        let done = compile(&sources, &Options { variables: variables.clone(), mode });
        found += done.diagnostics.len();
        let _ = report::human(&done.diagnostics, &sources, report::Style::default());
    }
    found
}

fn mutated(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut text = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(text.len() + 1);
        let end = (at + chance.below(60)).min(text.len());
        match chance.below(7) {
            0 if at < text.len() => text[at] = u8::try_from(chance.below(256)).unwrap_or(0),
            1 => drop(text.drain(at..end)),
            2 => drop(text.splice(at..at, PIECES[chance.below(PIECES.len())].bytes())),
            3 => {
                let doubled = text[at..end].repeat(1 + chance.below(3));
                drop(text.splice(at..at, doubled));
            }
            4 => text.truncate(at),
            5 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len());
                let to = (from + chance.below(200)).min(other.len());
                drop(text.splice(at..end, other[from..to].iter().copied()));
            }
            _ => {
                let piece = PIECES[chance.below(PIECES.len())].repeat(1 + chance.below(200));
                drop(text.splice(at..at, piece.bytes()));
            }
        }
    }
    text
}

fn keep(text: &[u8]) -> String {
    let path = workspace::target().unwrap().join("mutated.flow.hcl");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for folder in ["examples", "compiler/flow-lang/data"] {
        collect(&workspace::root().join(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<Vec<u8>>) {
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "hcl") {
            found.push(std::fs::read(&path).unwrap());
        }
    }
}
