//! No input makes the compiler panic, and every place that it names lies in the text.

use std::collections::BTreeMap;

use crate::compile::{Mode, Options, compile};
use crate::report::{self, Style};
use crate::source::Sources;

/// What mutants are made of. The first three are also spliced into each other.
const SEEDS: [&str; 4] = [
    include_str!("../../data/err/broken/main.flow.hcl"),
    include_str!("../../../../examples/approval-only/main.flow.hcl"),
    include_str!("../../../../examples/aws-lambda/main.flow.hcl"),
    include_str!("../../data/syntax.txt"),
];

/// Bytes and words that hurt.
const TOKENS: [&str; 30] = [
    "{", "}", "(", ")", "[", "]", "\"", "${", "%{", "%{ if ", "%{endif}", "<<EOT\n", "EOT\n", "=",
    "\n", "\r\n", "\\", "\\u00", "#", "/*", "...", ".", "0", "1e999", "null", "for ", "\u{feff}",
    "\u{202e}", "é", "steps.",
];

/// A row of numbers that looks like chance and is the same always.
struct Row(u64);

impl Row {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (below.max(1) as u64)).unwrap()
    }
}

fn mutant(row: &mut Row) -> Vec<u8> {
    let mut bytes = SEEDS[row.next(SEEDS.len())].as_bytes().to_vec();
    // A short piece makes rare combinations likelier and is quick to compile.
    if row.next(3) > 0 {
        let start = row.next(bytes.len());
        let end = (start + row.next(600)).min(bytes.len());
        bytes = bytes[start..end].to_vec();
    }
    for _ in 0..=row.next(4) {
        let at = row.next(bytes.len() + 1);
        let end = (at + row.next(12)).min(bytes.len());
        match row.next(6) {
            0 => drop(bytes.drain(at..end)),
            1 if at < bytes.len() => bytes[at] ^= 1 << row.next(8),
            2 => {
                let other = SEEDS[row.next(3)].as_bytes();
                let from = row.next(other.len());
                let to = (from + row.next(80)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            3 => {
                let again = bytes[at..end].repeat(row.next(90));
                drop(bytes.splice(at..at, again));
            }
            _ => {
                let token = TOKENS[row.next(TOKENS.len())];
                drop(bytes.splice(at..end, token.bytes()));
            }
        }
    }
    bytes
}

/// Compiles bytes and prints what is found.
fn try_out(bytes: &[u8], mode: Mode) {
    let mut sources = Sources::new();
    let file = sources.add("m.flow.hcl", bytes);
    let compiled = compile(&sources, &Options { mode, variables: BTreeMap::new() });
    let text = &sources.file(file).unwrap().text;
    for diagnostic in &compiled.diagnostics {
        for label in diagnostic.labels.iter().chain([&diagnostic.primary]) {
            assert!(text.get(label.span.range()).is_some(), "{diagnostic:?}");
        }
    }
    let told = report::human(&compiled.diagnostics, &sources, Style::default());
    assert_eq!(told.is_empty(), compiled.diagnostics.is_empty());
}

#[test]
fn no_mutant_makes_the_compiler_panic() {
    for seed in 1..=3_000 {
        let mut row = Row(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let bytes = mutant(&mut row);
        let mode = if seed % 2 == 0 { Mode::Check } else { Mode::Build };
        let done = std::panic::catch_unwind(|| try_out(&bytes, mode));
        assert!(done.is_ok(), "seed {seed}:\n{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn no_depth_makes_the_compiler_panic() {
    for piece in
        ["a {\n", "(", "[", "{ a = ", "\"${", "-", "!", "a.", "1 + ", "a ? 1 : ", "%{ if a }"]
    {
        for start in ["", "locals {\n  x = ", "locals {\n  x = \""] {
            let text = format!("{start}{}", piece.repeat(5_000));
            try_out(text.as_bytes(), Mode::Check);
        }
    }
}
