//! Every pitfall names the tests that show it handled, and these tests are there.

use tests::workspace;

const PAGE: &str = "runtime/PITFALLS.md";
const PITFALLS: usize = 40;

#[test]
fn every_pitfall_names_tests_that_exist() {
    let page = std::fs::read_to_string(workspace::root().join(PAGE)).unwrap();
    let found = findings(&page, &|path| std::fs::read_to_string(workspace::root().join(path)).ok());
    assert!(found.is_empty(), "{PAGE}:\n{}", found.join("\n"));
}

#[test]
fn a_missing_pitfall_a_missing_test_and_an_empty_promise_are_found() {
    let all = |last: &str| {
        let lines = (1..PITFALLS).map(|n| format!("{n}. **x**\n   - not built: y\n"));
        lines.collect::<String>() + last
    };
    let code = "    #[test]\n    fn there() {}\n    fn no_test() {}\n";
    let read = |path: &str| (path == "a.rs").then(|| code.to_owned());
    for (last, want) in [
        ("40. **x**\n   - `a.rs`: `there`\n", ""),
        ("", "39 pitfalls, not 40"),
        ("41. **x**\n   - not built: y\n", "pitfall 41 stands where 40 should"),
        ("40. **x**\n", "pitfall 40 names nothing"),
        ("40. **x**\n   - not built: \n", "pitfall 40: what is not built?"),
        ("40. **x**\n   - `b.rs`: `there`\n", "pitfall 40: there is no file `b.rs`"),
        ("40. **x**\n   - `a.rs`: `gone`\n", "pitfall 40: there is no test `gone` in `a.rs`"),
        ("40. **x**\n   - `a.rs`: `no_test`\n", "pitfall 40: there is no test `no_test` in `a.rs`"),
        ("40. **x**\n   - soon\n", "pitfall 40: `soon` is neither a test nor something not built"),
    ] {
        assert_eq!(findings(&all(last), &read).join("; "), want, "{last}");
    }
}

/// What is wrong with the page.
fn findings(page: &str, read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut pitfalls: Vec<(usize, Vec<&str>)> = Vec::new();
    for line in page.lines() {
        let numbered = line.split_once(". **").and_then(|(number, _)| number.parse().ok());
        match (numbered, line.strip_prefix("   - "), pitfalls.last_mut()) {
            (Some(number), ..) => pitfalls.push((number, Vec::new())),
            (None, Some(says), Some((_, all))) => all.push(says),
            _ => {}
        }
    }
    for (at, (number, says)) in (1..).zip(&pitfalls) {
        if *number != at {
            found.push(format!("pitfall {number} stands where {at} should"));
        }
        if says.is_empty() {
            found.push(format!("pitfall {number} names nothing"));
        }
        let wrong = says.iter().filter_map(|says| fault(says, read));
        found.extend(wrong.map(|why| format!("pitfall {number}: {why}")));
    }
    if pitfalls.len() != PITFALLS {
        found.push(format!("{} pitfalls, not {PITFALLS}", pitfalls.len()));
    }
    found
}

fn fault(says: &str, read: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if let Some(part) = says.strip_prefix("not built:") {
        return part.trim().is_empty().then(|| "what is not built?".to_owned());
    }
    let mut quoted = says.split('`').skip(1).step_by(2);
    let (Some(path), Some(name), None) = (quoted.next(), quoted.next(), quoted.next()) else {
        return Some(format!("`{says}` is neither a test nor something not built"));
    };
    let Some(code) = read(path) else { return Some(format!("there is no file `{path}`")) };
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let is_test = lines.iter().enumerate().any(|(at, line)| {
        let starts = |how: &str| line.starts_with(&format!("{how}fn {name}("));
        let mut above = lines.iter().take(at).rev().take_while(|line| line.starts_with("#["));
        (starts("") || starts("async "))
            && above.any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"))
    });
    (!is_test).then(|| format!("there is no test `{name}` in `{path}`"))
}
