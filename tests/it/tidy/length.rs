//! Files up to 600 lines, functions up to 70 lines of code, a test with its table of cases up to 140.
//!
//! A function's lines are those that hold code: blank lines, comments and the inner lines of a
//! long string do not count, so that a table of cases in a raw string stays free.

use super::{expect_none, mask, rust_pages};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const TEST_LINES_MAX: usize = 140;

/// Files that may be longer. The list may only shrink.
const LONG_FILES: [&str; 0] = [];

#[test]
fn no_file_is_too_long() {
    let pages = rust_pages();
    let mut found = Vec::new();
    for page in &pages {
        let listed = LONG_FILES.contains(&page.path.as_str());
        match (long_file(&page.path, &page.text), listed) {
            (Some(finding), false) => found.push(finding),
            (None, true) => {
                found.push(format!("{}: no longer long, take it off the list", page.path))
            }
            _ => {}
        }
    }
    expect_none(found);
}

#[test]
fn no_function_is_too_long() {
    expect_none(
        rust_pages().iter().flat_map(|page| long_functions(&page.path, &page.text)).collect(),
    );
}

fn long_file(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > FILE_LINES_MAX).then(|| format!("{path}: {lines} lines, at most {FILE_LINES_MAX}"))
}

fn long_functions(path: &str, text: &str) -> Vec<String> {
    let code = mask::code_only(text);
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let is_test = lines[..at].iter().rev().take(2).any(|line| line.trim() == "#[test]");
        let most = if is_test { TEST_LINES_MAX } else { FUNCTION_LINES_MAX };
        let length = body_lines(&lines[at..]);
        if length > most {
            let row = at + 1;
            found.push(format!("{path}:{row}: `{name}` has {length} lines, at most {most}"));
        }
    }
    found
}

/// The name of the function whose signature starts on this line.
fn function_name(line: &str) -> Option<&str> {
    const BEFORE: [&str; 7] = ["pub", "const", "async", "unsafe", "extern", "default", "fn"];
    let line = line.trim_start();
    let (before, after) = line.split_once("fn ")?;
    let plain = before
        .split_whitespace()
        .all(|word| BEFORE.contains(&word) || word.starts_with("pub(") || word.ends_with(')'));
    let name = after.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
    (plain && !name.is_empty()).then_some(name)
}

/// Lines that hold code, from a signature to the brace that closes its body; 0 without a body.
fn body_lines(lines: &[&str]) -> usize {
    let (mut depth, mut parens, mut count, mut open) = (0usize, 0usize, 0usize, false);
    for line in lines {
        count += usize::from(!line.trim().is_empty());
        for c in line.chars() {
            match c {
                '(' | '[' => parens += 1,
                ')' | ']' => parens = parens.saturating_sub(1),
                '{' => (depth, open) = (depth + 1, true),
                '}' => depth = depth.saturating_sub(1),
                ';' if !open && parens == 0 => return 0,
                _ => {}
            }
            if open && depth == 0 {
                return count;
            }
        }
    }
    count
}

#[test]
fn a_long_file_and_a_long_function_are_found() {
    let long = "//! Long.\n".repeat(FILE_LINES_MAX + 1);
    assert_eq!(long_file("a.rs", &long).unwrap(), "a.rs: 601 lines, at most 600");
    assert_eq!(long_file("a.rs", "//! Short.\n"), None);

    let body = "    x();\n\n    // why\n".repeat(FUNCTION_LINES_MAX - 1);
    let planted = format!(
        "trait T {{\n    fn none(a: [u8; 4]);\n}}\n\npub(crate) async fn planted(\n) {{\n{body}}}\n"
    );
    assert_eq!(long_functions("a.rs", &planted), ["a.rs:5: `planted` has 72 lines, at most 70"]);

    let body = "    x();\n".repeat(TEST_LINES_MAX);
    let planted = format!("#[test]\nfn table() {{\n{body}}}\n");
    assert_eq!(long_functions("a.rs", &planted), ["a.rs:2: `table` has 142 lines, at most 140"]);

    let text = format!("fn table() {{\n    let s = \"{}\";\n}}\n", "line\n".repeat(100));
    assert_eq!(long_functions("a.rs", &text), [""; 0]);
}
