//! The pages say the truth: a bad example yields its code and nothing else, a good one nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::complete::complete;
use crate::code::{self, Code};
use crate::compile::{Mode, Options, compile};
use crate::source::Sources;
use crate::{fix, fmt, page};

/// A page that is UTF-8 cannot hold a file that is not: this word behind a fence's says that it is
/// saved in that encoding.
const LATIN_1: &str = "bad latin-1";

fn fences<'a>(page: &'a str, word: &str) -> Vec<&'a str> {
    let open = format!("```hcl {word}\n");
    page.split(open.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The files with every character as the byte of its number.
fn as_latin_1(sources: &Sources) -> Sources {
    let mut other = sources.emptied();
    for (_, file) in sources.iter() {
        let bytes: Vec<u8> = file.text.chars().map(|c| u8::try_from(c).unwrap()).collect();
        other.add(file.path.as_str(), &bytes);
    }
    other
}

/// What only playing a scenario finds: the tests of `flowc test` play these pages.
const PLAYED: [&str; 2] = ["Q802", "Q803"];

/// Ids of what is found in an example: a page shows one fault, and its right example has none.
fn found(example: &str, looked_for: Code) -> BTreeSet<&'static str> {
    if looked_for == code::F901 {
        return layout(example);
    }
    if looked_for == code::U951 || looked_for == code::U952 {
        return upgrade(example, looked_for);
    }
    of_files(&complete(example), looked_for)
}

/// Ids of what is found in the files of an example.
fn of_files(sources: &Sources, looked_for: Code) -> BTreeSet<&'static str> {
    let options = Options { mode: Mode::Build, variables: BTreeMap::new() };
    let diagnostics = compile(sources, &options).diagnostics;
    // A page shows a piece of a module, and leaves out who uses what it declares.
    let is_piece = |code: Code| code == code::R112 && looked_for != code::R112;
    diagnostics.iter().filter(|d| !is_piece(d.code)).map(|d| d.code.id).collect()
}

/// Layout is asked for by `flowc fmt` and not by the compiler.
fn layout(example: &str) -> BTreeSet<&'static str> {
    let mut sources = Sources::new();
    let id = sources.add("page.flow.hcl", example.as_bytes());
    let formatted = fmt::text(example);
    fmt::not_formatted(&sources, id, &formatted).into_iter().map(|d| d.code.id).collect()
}

/// The good example is the version before; the codes of what has changed since.
fn upgrade(example: &str, looked_for: Code) -> BTreeSet<&'static str> {
    let before = fences(page::find(looked_for).unwrap(), "good")[0];
    let bundle = |example: &str| {
        let options = Options { mode: Mode::Build, variables: BTreeMap::new() };
        compile(&complete(example), &options).bundle.unwrap().bundle
    };
    let found = flow_proof::diff(&bundle(before), &bundle(example));
    found.flows.iter().flat_map(|f| &f.changes).filter_map(|c| c.code).collect()
}

#[test]
fn a_bad_example_yields_its_code_alone_and_a_good_one_nothing() {
    let mut wrong = Vec::new();
    for code in code::ALL {
        let Some(page) = page::find(*code) else { continue };
        let (bad, good) = (fences(page, "bad"), fences(page, "good"));
        let foreign = fences(page, LATIN_1);
        if good.is_empty() || bad.len() + foreign.len() == 0 {
            wrong.push(format!("{code}: a bad or a good example is missing"));
        }
        for example in foreign {
            let found = of_files(&as_latin_1(&complete(example)), *code);
            if found != BTreeSet::from([code.id]) {
                wrong.push(format!("{code}: the bad example yields {found:?}"));
            }
        }
        for example in bad {
            let found = found(example, *code);
            let wanted = Some(code.id).filter(|id| !PLAYED.contains(id));
            if found != BTreeSet::from_iter(wanted) {
                wrong.push(format!("{code}: the bad example yields {found:?}"));
            }
        }
        for example in good {
            let found = found(example, *code);
            if !found.is_empty() {
                wrong.push(format!("{code}: the good example yields {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Codes whose bad example has one certain way out.
const FIXED: [&str; 15] = [
    "X005", "X009", "B102", "R101", "R102", "R103", "R104", "T201", "T208", "T219", "H301", "H307",
    "H312", "S417", "F902",
];

#[test]
fn a_fix_takes_its_finding_away() {
    let mut fixed = BTreeSet::new();
    for code in code::ALL {
        let Some(page) = page::find(*code) else { continue };
        for example in fences(page, "bad") {
            let mut sources = complete(example);
            let options = Options { mode: Mode::Build, variables: BTreeMap::new() };
            let mut found = compile(&sources, &options).diagnostics;
            if !found.iter().any(|d| d.code == *code && !d.fixes.is_empty()) {
                continue;
            }
            fixed.insert(code.id);
            for round in 0.. {
                let edits = fix::plan(&found, &sources);
                if edits.is_empty() {
                    break;
                }
                sources = fix::apply(&sources, &edits);
                found = compile(&sources, &options).diagnostics;
                assert!(round < 5, "{code}: mended again and again");
            }
            let left: Vec<_> = found.iter().filter(|d| d.code == *code).collect();
            assert!(left.is_empty(), "{code}: still found after its fix: {left:?}");
        }
    }
    let lost: Vec<_> = FIXED.into_iter().filter(|id| !fixed.contains(id)).collect();
    assert!(lost.is_empty(), "the bad examples of {lost:?} have no fix any more");
}

#[test]
fn what_is_certain_is_mended_and_nothing_else() {
    for (written, mended) in [
        ("hook \"on_request\" {\n  desicion \"deny\" { reason = \"no\" }\n}", Some("decision")),
        ("hook \"on_request\" {\n  decision \"deyn\" { reason = \"no\" }\n}", Some("\"deny\"")),
        ("hook \"on_request\" {\n  step \"valeu\" \"x\" { value = 1 }\n}", Some("\"value\"")),
        ("locals { x = loewr(\"A\") }", Some("lower")),
        ("locals {\n  limit = 2\n  x     = local.limit-1\n}", Some("limit - 1")),
        // Two are as near, or it is another name altogether, or a word of two letters.
        ("locals {\n  leads = 1\n  leaks = 2\n  x = local.leans\n}", None),
        ("locals { x = nothing_like_it }", None),
        ("locals {\n  ab = 1\n  x = local.ac\n}", None),
        ("locals {\n  limit = 2\n  x     = local.limit-other\n}", None),
    ] {
        let sources = complete(written);
        let options = Options { mode: Mode::Build, variables: BTreeMap::new() };
        let found = compile(&sources, &options).diagnostics;
        let edits: Vec<String> = fix::plan(&found, &sources).into_iter().map(|e| e.text).collect();
        assert_eq!(edits, Vec::from_iter(mended), "{written}: {found:?}");
    }
}

#[test]
fn every_code_explains_itself() {
    for code in code::ALL {
        let text = page::text(*code);
        assert!(text.starts_with(&format!(
            "# {code}\n\n{}: {}.\n",
            code.severity.word(),
            code.line
        )));
    }
}
