//! Texts and their layouts: the cases of `data/fmt`. That they are Terraform's is asked of a real
//! one by the tests of the whole house.
//!
//! `UPDATE_EXPECTED=1 cargo test -p flow-lang fmt` writes them anew.
#![allow(clippy::disallowed_methods, reason = "tests read and write their own data files")]

mod corpus;

use std::fs;
use std::path::{Path, PathBuf};

use corpus::Case;

use super::token::{Kind, Token, lex};
use super::*;
use crate::report::{self, Style};

/// Cases that are good HCL and no good flow: the parser takes the marker for the end.
const REFUSED: [&str; 1] = ["a marker in the middle of a line is none"];

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fmt");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths
}

/// What must not change: everything but gaps. A bare label counts as the same label in quotes.
fn meaning(text: &str) -> Vec<(Kind, String)> {
    let tokens = label::quote(lex(text));
    let kept = |token: &Token<'_>| token.kind != Kind::End;
    tokens.into_iter().filter(kept).map(|t| (t.kind, t.text.to_owned())).collect()
}

/// Formats as `flowc` does; a fault is the result.
fn formatted(text: &str) -> String {
    let mut sources = Sources::new();
    let id = sources.add("m.flow.hcl", text.as_bytes());
    let mut faults = Diagnostics::new();
    file(&sources, id, &mut faults)
        .unwrap_or_else(|| report::human(&faults.finish(&sources, &[]), &sources, Style::default()))
}

/// Writes cases as [`corpus::read`] reads them.
fn write(cases: &[Case]) -> String {
    let part = |case: &Case| {
        let (given, formatted) = (signed(&case.given), signed(&case.formatted));
        format!("=== {}\n{given}---\n{formatted}", case.name)
    };
    cases.iter().map(part).collect()
}

fn signed(text: &str) -> String {
    let mut out = text.to_owned();
    for (sign, meant) in corpus::SIGNS {
        out = out.replace(meant, &sign.to_string());
    }
    if out.is_empty() || !out.ends_with('\n') {
        out.push_str("␃\n");
    }
    out
}

#[test]
fn every_case_has_its_layout() {
    let mut count = 0;
    for path in files() {
        let before = fs::read_to_string(&path).unwrap();
        let mut cases = corpus::read(&before);
        for case in &mut cases {
            count += 1;
            let found = super::text(&case.given);
            assert_eq!(meaning(&case.given), meaning(&found), "{}", case.name);
            assert_eq!(super::text(&found), found, "{}: not stable", case.name);
            let told = formatted(&case.given);
            assert_eq!(told == found, !REFUSED.contains(&case.name.as_str()), "{told}");
            if std::env::var_os("UPDATE_EXPECTED").is_none() {
                let (wanted, name) = (&case.formatted, &case.name);
                assert_eq!(found, *wanted, "{name}\n--- found\n{found}\n--- wanted\n{wanted}");
            }
            case.formatted = found;
        }
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&path, write(&cases)).unwrap();
        } else {
            assert_eq!(write(&cases), before, "{}", path.display());
        }
    }
    assert!(count >= 170, "only {count} cases");
}

#[test]
fn a_text_with_a_syntax_error_is_not_touched() {
    for (text, code) in [
        ("a = \"x\n", "X003"),
        ("a = [1\n", "X002"),
        ("a = <<EOT\nx\n", "X004"),
        ("a = 1 2\n", "X001"),
        ("a = 1\na = 2\n", "X008"),
        ("flow \"x\" { a = 1 b = 2 }\n", "X001"),
    ] {
        let told = formatted(text);
        assert!(told.contains(code) && told.contains("m.flow.hcl:"), "{text}\n{told}");
    }
    // What the checker refuses has a layout all the same.
    assert_eq!(formatted("\u{feff}a =x.0\n"), "a = x.0\n");
}

#[test]
fn what_is_not_formatted_is_shown_at_its_first_line() {
    let found = |text: &str| {
        let mut sources = Sources::new();
        let id = sources.add("m.flow.hcl", text.as_bytes());
        let finding = not_formatted(&sources, id, &super::text(text))?;
        let place = sources.place(finding.primary.span);
        Some(format!("{place} {} {}", finding.code.id, finding.primary.text))
    };
    assert_eq!(found("a = 1\n"), None);
    for (text, wanted) in [
        ("a = 1\n\n  b = 2\n", "m.flow.hcl:3:1 F901 formatted, this line is `b = 2`"),
        ("a = 1\nbb = 2\n", "m.flow.hcl:1:1 F901 formatted, this line is `a  = 1`"),
        ("x = 1\t\r\n", "m.flow.hcl:1:1 F901 white space stands at the end of this line"),
        ("\u{feff}x = 1\n", "m.flow.hcl:1:1 F901 the file starts with a byte-order mark"),
    ] {
        assert_eq!(found(text).as_deref(), Some(wanted));
    }
}

/// The lexer is total, and no byte is lost whatever it reads.
#[test]
fn tokens_and_gaps_hold_every_byte() {
    for text in [
        "",
        "\u{feff}",
        "\"",
        "\"${",
        "<<",
        "<<X\n",
        "<<X\n${",
        "}",
        "~}",
        "/*",
        "/",
        "$",
        "é\u{301}",
        "1.",
        "1..2",
        "1e",
        "1e+",
        "\"\\",
        "\"\\\n\"",
        "\r",
        "\u{0}",
        "a\u{a0}b",
        "\"%{",
        "\"$${\"",
        "....",
    ] {
        let tokens = lex(text);
        let size: usize = tokens.iter().map(|token| token.gap + token.text.len()).sum();
        assert_eq!(size, text.trim_start_matches('\u{feff}').len(), "{text:?}: {tokens:?}");
        let _ = super::text(text);
    }
}

/// Each piece many times: what is not linear in it would not come to an end. Pieces that indent are
/// not among them, for the parser bounds how deep a file is nested.
#[test]
fn no_text_takes_more_than_linear_time() {
    for piece in [
        "(",
        ")",
        "[",
        "{",
        "}",
        "}\n",
        "\"",
        "\"${",
        "%{",
        "$",
        "$${",
        "~}",
        "<<A\n",
        "A\n",
        "${x}",
        "/*",
        "*/",
        "#\n",
        "=",
        "a=1\n",
        "a = 1 # c\n",
        "a ",
        "a\n",
        "\r\n",
        "1.",
        "1e",
        "é",
        "\\",
        "<<",
    ] {
        for start in ["", "a=<<A\n", "a=\""] {
            let _ = super::text(&format!("{start}{}", piece.repeat(20_000)));
        }
    }
}

#[test]
fn a_run_that_would_be_mostly_spaces_is_not_aligned() {
    let long = "x".repeat(5_000);
    let wanted = format!("{long} = 1\n{}", "a = 2\n".repeat(5_000));
    assert_eq!(super::text(&wanted), wanted);
    let short = format!("{} = 1\n{}", &long[..50], "a = 2\n".repeat(50));
    assert_eq!(super::text(&short).lines().nth(1), Some(&*format!("a{} = 2", " ".repeat(49))));
}

#[test]
fn a_line_that_goes_on_has_no_labels() {
    for (text, wanted) in [
        ("a = x.\ny.z\nb  c {\n}\n", "a = x.\ny.z\nb \"c\" {\n}\n"),
        ("b c /* d */ e {\n}\n", "b \"c\" /* d */ \"e\" {\n}\n"),
    ] {
        assert_eq!(super::text(text), wanted);
    }
}

#[test]
fn a_character_that_is_no_sign_stays_where_it_is() {
    for text in ["a = x.type\u{200d}\n", "a = f(strin\u{200d}\u{200d})\n", "a = x \u{200d} == 1\n"]
    {
        assert_eq!(super::text(text), text);
    }
}
