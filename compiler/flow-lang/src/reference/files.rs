//! The pages and tables that are kept as files say what the compiler says.
//!
//! `UPDATE_EXPECTED=1 cargo test -p flow-lang` writes them anew.
#![allow(clippy::disallowed_methods, reason = "tests read and write their own data files")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

const HOW: &str = "UPDATE_EXPECTED=1 cargo test -p flow-lang reference writes it anew";

fn compiler() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn updates() -> bool {
    std::env::var_os("UPDATE_EXPECTED").is_some()
}

#[test]
fn the_reference_is_what_the_tables_say() {
    let folder = compiler().join("reference");
    let pages = pages();
    if updates() {
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let there: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let wanted: BTreeSet<String> = pages.keys().cloned().collect();
    assert_eq!(there, wanted, "{HOW}");
    for (name, text) in &pages {
        let kept = fs::read_to_string(folder.join(name)).unwrap();
        assert!(kept == *text, "compiler/reference/{name} is not what the tables say; {HOW}");
    }
}

#[test]
fn every_link_of_the_reference_leads_somewhere() {
    for (name, text) in pages() {
        for rest in text.split("](").skip(1) {
            let link = rest.split(')').next().unwrap();
            let path = compiler().join("reference").join(link);
            assert!(path.exists(), "{name}: {link}");
        }
    }
}

#[test]
fn the_tables_of_the_spec_are_those_of_the_compiler() {
    let path = compiler().join("spec.md");
    let spec = fs::read_to_string(&path).unwrap();
    let mut renewed = spec.clone();
    for table in tables() {
        let open = format!("<!-- table: {} -->\n", table.name);
        let (before, rest) = renewed.split_once(&open).unwrap_or_else(|| panic!("no `{open}`"));
        let (_, after) = rest.split_once("<!-- end -->").unwrap();
        renewed = format!("{before}{open}{}<!-- end -->{after}", table.text);
    }
    assert_eq!(renewed.matches("<!-- table: ").count(), tables().len(), "a table that is not made");
    if updates() {
        fs::write(&path, &renewed).unwrap();
        return;
    }
    assert!(spec == renewed, "a table of compiler/spec.md is not what the compiler says; {HOW}");
}
