//! Every diagnostic code that a pass can emit has its page, and every page its code.

use std::collections::BTreeSet;

use regex::Regex;
use tests::workspace;

use super::{expect_none, rust_pages};

#[test]
fn every_code_has_its_page() {
    let pages = rust_pages();
    let table = pages.iter().find(|page| page.path == "compiler/flow-lang/src/code.rs").unwrap();
    let folder = workspace::root().join("compiler/flow-lang/codes");
    let names: Vec<String> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let codes = codes_of(&table.text);
    let passes: String = pages
        .iter()
        .filter(|page| page.path.starts_with("compiler/flow-lang/src/") && page.path != table.path)
        .map(|page| page.text.as_str())
        .collect();
    assert!(codes.len() > 20, "found only {} codes in the table", codes.len());
    expect_none(findings(&codes, &passes, &names));
}

/// The codes of the table, as `R102-unknown-step`.
fn codes_of(table: &str) -> BTreeSet<String> {
    let entry = Regex::new(r#"(?m)^\s*([A-Z]\d{3}) "([a-z0-9-]+)" [EWA] ""#).unwrap();
    entry.captures_iter(table).map(|found| format!("{}-{}", &found[1], &found[2])).collect()
}

fn findings(codes: &BTreeSet<String>, passes: &str, files: &[String]) -> Vec<String> {
    let pages: BTreeSet<String> =
        files.iter().map(|name| name.trim_end_matches(".md").to_owned()).collect();
    let is_emitted = |code: &&String| passes.contains(code.split('-').next().unwrap_or(code));
    let missing = codes.difference(&pages).filter(is_emitted);
    let missing = missing.map(|code| format!("codes/{code}.md: no page"));
    let extra = pages.difference(codes).map(|page| format!("codes/{page}.md: no such code"));
    missing.chain(extra).collect()
}

#[test]
fn a_missing_and_a_surplus_page_are_found() {
    let codes = codes_of(
        "R102 \"unknown-step\" E \"x\";\n    R103 \"unknown-field\" W \"y\";\n    R104 \"never-emitted\" W \"z\";",
    );
    let files = ["R102-unknown-step.md".to_owned(), "R109-gone.md".to_owned()];
    assert_eq!(
        findings(&codes, "code::R102, code::R103", &files),
        ["codes/R103-unknown-field.md: no page", "codes/R109-gone.md: no such code"]
    );
}
