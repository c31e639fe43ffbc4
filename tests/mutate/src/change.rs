//! The three levels on which a flow is changed.
//!
//! Bytes find what the lexer does not expect, tokens what the parser does not, trees what the
//! checker does not: a change of a tree mostly still parses.

use std::ops::Range;

use crate::chance::Chance;
use crate::seeds::{Seed, Seeds, tokens};

/// Pieces of the language that a changed byte would rarely make.
const PIECES: [&str; 44] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "${",
    "%{if ",
    "%{else}",
    "%{endif~}",
    "%{for x in ",
    "%{endfor}",
    "<<-EOT\n",
    "EOT\n",
    "#",
    "/*",
    "*/",
    " = ",
    " == ",
    " ? ",
    " : ",
    "...",
    "=>",
    "::",
    ".*",
    "[*]",
    ".0",
    "null",
    "-9999999999999999999999999999",
    "1e400",
    "0.0000000001",
    "for x in ",
    "each.value",
    "var.",
    "steps.",
    "flow \"x\" {\n",
    "\u{feff}",
    "\u{202e}",
    "\u{200d}",
    "\\u202e",
    "\r\n",
    "\0",
    "é",
];

/// What an expression is put into.
const AROUND: [(&str, &str); 14] = [
    ("(", ")"),
    ("[", "]"),
    ("!", ""),
    ("-", ""),
    ("[for x in ", " : x]"),
    ("{ a = ", " }"),
    ("upper(", ")"),
    ("try(", ", null)"),
    ("length(", ")"),
    ("true ? ", " : null"),
    ("\"${", "}\""),
    ("coalesce(", ", \"x\")"),
    ("", "[0]"),
    ("", ".name"),
];

/// A level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Any byte.
    Bytes,
    /// Words and signs.
    Tokens,
    /// Attributes, blocks and values.
    Trees,
}

/// Longest input: 100 KiB.
pub const LONGEST: usize = 100 * 1024;

/// A changed flow, and on which level it was changed.
pub fn input(seeds: &Seeds, chance: &mut Chance) -> (Vec<u8>, Level) {
    // What is whole stays so now and then, and only then is it proven and lowered.
    let from = if chance.below(2) == 0 { seeds.whole() } else { &seeds.all };
    let seeds = &seeds.all;
    let Some(seed) = chance.one(from) else { return (Vec::new(), Level::Bytes) };
    let (mut bytes, level) = match chance.below(4) {
        0 => (bytes(seed, seeds, chance), Level::Bytes),
        1 => (of_tokens(seed, seeds, chance).into_bytes(), Level::Tokens),
        2 => (tree(seed, seeds, chance).into_bytes(), Level::Trees),
        _ => (gentle(seed, chance).into_bytes(), Level::Trees),
    };
    bytes.truncate(LONGEST);
    (bytes, level)
}

/// Changes after which a flow is often still one: its parts in another order, other values of the
/// same text, a value within round brackets.
fn gentle(seed: &Seed, chance: &mut Chance) -> String {
    let mut text = seed.text.clone();
    let mut known = None;
    for _ in 0..=chance.below(3) {
        let current = known.as_ref().unwrap_or(seed);
        let (value, item) =
            (chance.one(&current.values).cloned(), chance.one(&current.items).cloned());
        match (chance.below(6), value, item) {
            (0, Some(at), _) => {
                let inner = text[at.clone()].to_owned();
                text.replace_range(at, &format!("({inner})"));
            }
            (1, Some(at), _) => {
                // Another length or another number, for one that is written out.
                let written = text[at.clone()].starts_with(['"', '1', '2', '3', '5']);
                let end = at.end - usize::from(text[at.clone()].ends_with('"'));
                if written && end > at.start {
                    text.insert_str(end, ["0", "1", "7", "00"][chance.below(4)]);
                }
            }
            (2, _, Some(at)) => text.replace_range(at, ""),
            (3, _, Some(at)) => {
                let Some(with) = chance.one(&current.items).cloned() else { continue };
                swap(&mut text, &at, &with);
            }
            (4, Some(at), _) => {
                let Some(with) = chance.one(&current.values).cloned() else { continue };
                let with = text[with].to_owned();
                text.replace_range(at, &with);
            }
            (_, _, Some(at)) => text.insert_str(at.start, "# said\n"),
            _ => {}
        }
        known = Some(Seed::new(text.clone()));
    }
    text
}

fn bytes(seed: &Seed, seeds: &[Seed], chance: &mut Chance) -> Vec<u8> {
    let mut text = seed.text.clone().into_bytes();
    // A short piece makes rare neighbours likelier, and is quick to compile.
    if chance.below(3) > 0 {
        let start = chance.below(text.len());
        let end = (start + chance.below(800)).min(text.len());
        text = text[start..end].to_vec();
    }
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
                let Some(other) = chance.one(seeds) else { continue };
                let from = chance.below(other.text.len());
                let to = (from + chance.below(200)).min(other.text.len());
                drop(text.splice(at..end, other.text.as_bytes()[from..to].iter().copied()));
            }
            _ => {
                let piece = PIECES[chance.below(PIECES.len())].repeat(1 + chance.below(200));
                drop(text.splice(at..at, piece.bytes()));
            }
        }
    }
    text
}

fn of_tokens(seed: &Seed, seeds: &[Seed], chance: &mut Chance) -> String {
    let mut text = seed.text.clone();
    for _ in 0..=chance.below(4) {
        let places = tokens(&text);
        let Some(place) = chance.one(&places).cloned() else { return text };
        let word = text[place.clone()].to_owned();
        match chance.below(6) {
            0 => text.replace_range(place, ""),
            1 => text.insert_str(place.end, &format!(" {word}")),
            2 => {
                let Some(other) = chance.one(&places).cloned() else { continue };
                swap(&mut text, &place, &other);
            }
            3 => text.insert_str(place.end, PIECES[chance.below(PIECES.len())]),
            4 => text.insert(place.end, '\n'),
            _ => {
                let Some(other) = chance.one(seeds) else { continue };
                let Some(token) = chance.one(&other.tokens).cloned() else { continue };
                text.replace_range(place, &other.text[token]);
            }
        }
    }
    text
}

fn tree(seed: &Seed, seeds: &[Seed], chance: &mut Chance) -> String {
    let mut text = seed.text.clone();
    let mut known = None;
    for _ in 0..=chance.below(3) {
        let current = known.as_ref().unwrap_or(seed);
        let Some(other) = chance.one(seeds) else { return text };
        let (value, item) =
            (chance.one(&current.values).cloned(), chance.one(&current.items).cloned());
        match (chance.below(9), value, item) {
            (0, Some(at), _) => {
                let Some(from) = chance.one(&other.values).cloned() else { continue };
                text.replace_range(at, &other.text[from]);
            }
            (1, Some(at), _) => {
                let (before, after) = AROUND[chance.below(AROUND.len())];
                let inner = text[at.clone()].to_owned();
                text.replace_range(at, &format!("{before}{inner}{after}"));
            }
            (2, Some(at), _) => {
                let Some(with) = chance.one(&current.values).cloned() else { continue };
                swap(&mut text, &at, &with);
            }
            (3, Some(at), _) => {
                let Some(from) = chance.one(&other.values).cloned() else { continue };
                let sign = [" + ", " == ", " && ", " || ", " < ", " % ", " / ", " != "];
                let added = format!("{}{}", sign[chance.below(sign.len())], &other.text[from]);
                text.insert_str(at.end, &added);
            }
            (4, _, Some(at)) => text.replace_range(at, ""),
            (5, _, Some(at)) => {
                let again = format!("\n{}\n", &text[at.clone()]);
                text.insert_str(at.end, &again);
            }
            (6, _, Some(at)) => {
                let Some(from) = chance.one(&other.items).cloned() else { continue };
                let added = format!("\n{}\n", &other.text[from]);
                text.insert_str(at.start, &added);
            }
            (7, _, Some(at)) => {
                let Some(with) = chance.one(&current.items).cloned() else { continue };
                swap(&mut text, &at, &with);
            }
            (_, Some(at), _) => {
                let words = ["null", "true", "[]", "{}", "\"\"", "0", "-1", "\"0s\"", "nobody"];
                text.replace_range(at, words[chance.below(words.len())]);
            }
            _ => {}
        }
        if text.len() > LONGEST {
            return text;
        }
        known = Some(Seed::new(text.clone()));
    }
    text
}

/// Exchanges two stretches that do not overlap.
fn swap(text: &mut String, a: &Range<usize>, b: &Range<usize>) {
    let (first, second) = if a.start <= b.start { (a, b) } else { (b, a) };
    if first.end > second.start {
        return;
    }
    let (one, other) = (text[first.clone()].to_owned(), text[second.clone()].to_owned());
    text.replace_range(second.clone(), &one);
    text.replace_range(first.clone(), &other);
}
