//! The pages say the truth: a bad example yields its code and no other error, a good one none.

use std::collections::{BTreeMap, BTreeSet};

use super::complete::complete;
use crate::code::{self, Code, Severity};
use crate::compile::{Mode, Options, compile};
use crate::source::Sources;
use crate::{fmt, page};

/// A page that is UTF-8 cannot hold a file that is not.
const NO_BAD_EXAMPLE: [&str; 1] = ["X006"];

fn fences<'a>(page: &'a str, word: &str) -> Vec<&'a str> {
    let open = format!("```hcl {word}\n");
    page.split(open.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// Ids of what is found in an example, errors and the code that is looked for.
fn found(example: &str, looked_for: Code) -> BTreeSet<&'static str> {
    if looked_for == code::F901 {
        return layout(example);
    }
    let sources = complete(example);
    let options = Options { mode: Mode::Build, variables: BTreeMap::new() };
    let diagnostics = compile(&sources, &options).diagnostics;
    let told = diagnostics
        .iter()
        .filter(|d| d.code.severity == Severity::Error || d.code == looked_for)
        .map(|d| d.code.id);
    told.collect()
}

/// Layout is asked for by `flowc fmt` and not by the compiler.
fn layout(example: &str) -> BTreeSet<&'static str> {
    let mut sources = Sources::new();
    let id = sources.add("page.flow.hcl", example.as_bytes());
    let formatted = fmt::text(example);
    fmt::not_formatted(&sources, id, &formatted).into_iter().map(|d| d.code.id).collect()
}

#[test]
fn a_bad_example_yields_its_code_and_a_good_one_no_error() {
    let mut wrong = Vec::new();
    for code in code::ALL {
        let Some(page) = page::find(*code) else { continue };
        let (bad, good) = (fences(page, "bad"), fences(page, "good"));
        if good.is_empty() || bad.is_empty() != NO_BAD_EXAMPLE.contains(&code.id) {
            wrong.push(format!("{code}: a bad or a good example is missing"));
        }
        for example in bad {
            let found = found(example, *code);
            if found != BTreeSet::from([code.id]) {
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
