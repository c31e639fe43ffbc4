//! Every code is raised by a slip in a good module, and by nothing else that comes of it.
//!
//! `data/mutations.txt` holds a case per slip: a module, what is written there, what somebody
//! wrote instead, and what they are told. The code that is told must be the only one that the
//! module did not have before. A code that the compiler can raise and no case does is a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{raised, sources_of};
use crate::compile::{Given, Mode, Options, compile};
use crate::report::{self, Style};
use crate::source::{FileId, Sources};
use crate::{code, page};

/// Codes that no slip in one module can raise, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("F901", "the formatter raises it, not the compiler"),
    ("Q802", "only playing a scenario finds it: the tests of `flowc test` do"),
    ("Q803", "only playing a scenario finds it: the tests of `flowc test` do"),
    ("U951", "told of two versions: the pages have them"),
    ("U952", "told of two versions: the pages have them"),
];

/// One slip.
#[derive(Debug, Default)]
pub(super) struct Case {
    pub(super) code: String,
    pub(super) module: String,
    pub(super) written: String,
    pub(super) instead: String,
    told: String,
    /// Other codes that the slip rightly brings along.
    also: BTreeSet<String>,
}

impl Case {
    /// The good module, where it is one file.
    pub(super) fn module(&self) -> Option<String> {
        let name = format!("data/ok/{}.hcl", self.module);
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).ok()
    }
}

pub(super) fn cases() -> Vec<Case> {
    let text = include_str!("../../data/mutations.txt");
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("@ ") {
            let (code, module) = head.split_once(' ').unwrap();
            let (code, module) = (code.to_owned(), module.to_owned());
            cases.push(Case { code, module, ..Case::default() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        let add = |to: &mut String, text: &str| {
            if !to.is_empty() {
                to.push('\n');
            }
            to.push_str(text);
        };
        let line = line
            .replace("\\u{feff}", "\u{feff}")
            .replace("\\u{202e}", "\u{202e}")
            .replace("\\xeb", "\u{f7eb}");
        match line.split_at_checked(1) {
            Some(("-", text)) => add(&mut case.written, text),
            Some(("+", text)) => add(&mut case.instead, text),
            Some(("=", text)) => text.trim().clone_into(&mut case.told),
            Some(("&", text)) => case.also.extend(text.split_whitespace().map(str::to_owned)),
            _ => {}
        }
    }
    cases
}

/// A text as it lies on a disk: a character from U+F780 to U+F7FF, which no module has, stands for
/// the byte of its last two digits, which is no UTF-8 by itself.
pub(super) fn saved(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            code @ 0xf780..=0xf7ff => bytes.push(code.to_le_bytes()[0]),
            _ => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The same files, one of them with another text.
fn changed(sources: &Sources, at: FileId, text: &str) -> Sources {
    let mut other = Sources::new();
    for (id, file) in sources.iter() {
        let text = if id == at { text } else { file.text.as_str() };
        other.add(file.path.as_str(), &saved(text));
    }
    if let Some(lock) = sources.lock() {
        other.set_lock(lock);
    }
    other
}

/// Codes with the messages that have them.
pub(super) fn found(sources: &Sources, module: &str) -> BTreeMap<String, BTreeSet<String>> {
    let vars = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/ok/{module}.vars"));
    let variables = fs::read_to_string(vars)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), Given::Text(value.to_owned())))
        .collect();
    let options = Options { mode: Mode::Build, variables };
    let mut codes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let told = compile(sources, &options).diagnostics;
    assert!(told.is_empty() || !report::human(&told, sources, Style::default()).is_empty());
    for d in told {
        codes.entry(d.code.id.to_owned()).or_default().insert(d.message);
    }
    codes
}

#[test]
fn every_slip_is_told_by_its_code_alone() {
    let mut faults = Vec::new();
    for case in cases() {
        let name = format!("{} in {}: {}", case.code, case.module, case.instead);
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/ok/{}.hcl", case.module));
        let sources = sources_of(&path);
        let count: usize = sources.iter().map(|(_, f)| f.text.matches(&case.written).count()).sum();
        let mut places = sources.iter().filter(|(_, f)| f.text.contains(&case.written));
        let (Some((id, file)), 1) = (places.next(), count) else {
            faults.push(format!("{name}: `{}` stands there {count} times", case.written));
            continue;
        };
        let before = found(&sources, &case.module);
        let text = file.text.replacen(&case.written, &case.instead, 1);
        let after = found(&changed(&sources, id, &text), &case.module);
        let new: BTreeSet<&String> = after
            .iter()
            .filter(|(code, told)| before.get(*code) != Some(told) && !case.also.contains(*code))
            .map(|(code, _)| code)
            .collect();
        if new != BTreeSet::from([&case.code]) {
            faults.push(format!("{name}: told {new:?}: {:?}", after.values().collect::<Vec<_>>()));
        } else if !after[&case.code].contains(&case.told) {
            faults.push(format!("{name}: told {:?}, not {:?}", after[&case.code], case.told));
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_code_that_can_be_raised_has_a_slip() {
    let mut codes = raised();
    // Those of the proofs are told by what `flow-proof` found.
    let told = code::ALL.iter().filter(|code| page::find(**code).is_some());
    codes.extend(told.map(|code| code.id.to_owned()));
    // The parser's own are named in a folder that the search leaves out.
    codes.extend((1..=9).map(|n| format!("X00{n}")));
    let have: BTreeSet<String> = cases().into_iter().map(|c| c.code).collect();
    let known = |code: &String| ELSEWHERE.iter().any(|(other, _)| other == code);
    let missing: Vec<String> =
        codes.into_iter().filter(|c| !have.contains(c) && !known(c)).collect();
    assert!(missing.is_empty(), "no case in data/mutations.txt raises {missing:?}");
}
