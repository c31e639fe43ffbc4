//! Words that mean unfinished work, a test that does not run, or a place outside the project.

use super::{expect_none, pages};

/// Built from halves, so that this file passes its own rule.
const FORBIDDEN: [(&str, &str); 14] = [
    (concat!("TO", "DO"), "unfinished work: do it, or say in words what is absent"),
    (concat!("FIX", "ME"), "unfinished work: do it, or say in words what is absent"),
    (concat!("todo", "!("), "unfinished work: do it, or say in words what is absent"),
    (concat!("unimplem", "ented!("), "unfinished work: do it, or say in words what is absent"),
    (concat!("#[ign", "ore"), "a test that does not run: use `need!` for a missing peer"),
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/ho", "me/"), "a path of one machine"),
    (concat!("index.", "crates.io"), "a registry's host: name the package instead"),
    (concat!("static.", "crates.io"), "a registry's host: name the package instead"),
    (concat!("pypi", ".org"), "a registry's host: name the package instead"),
    (concat!("python", "hosted.org"), "a registry's host: name the package instead"),
    (concat!("registry.", "npmjs"), "a registry's host: name the package instead"),
    (concat!("registry.", "terraform.io"), "a registry's host: name the package instead"),
];

/// Files written by a tool, not by us.
const GENERATED: [&str; 1] = ["Cargo.lock"];

#[test]
fn no_forbidden_word_stands_anywhere() {
    let pages = pages();
    let own = pages.iter().filter(|page| !GENERATED.contains(&page.path.as_str()));
    expect_none(own.flat_map(|page| findings(&page.path, &page.text)).collect());
}

fn findings(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (row, line) in text.lines().enumerate() {
        for (word, why) in FORBIDDEN {
            if line.contains(word) {
                found.push(format!("{path}:{}: `{word}`: {why}", row + 1));
            }
        }
    }
    found
}

#[test]
fn every_forbidden_word_is_found() {
    for (word, why) in FORBIDDEN {
        let planted = format!("fine\nbefore {word} after\n");
        assert_eq!(findings("a.rs", &planted), [format!("a.rs:2: `{word}`: {why}")]);
    }
}
