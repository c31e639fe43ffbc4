//! Every example is found without fault by the command that its reader types, and yields a bundle;
//! the table of `examples/README.md` leaves no row and no example out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use tests::{bins, workspace};

/// Rows of the catalogue of features that examples have to show.
const ROWS: [std::ops::RangeInclusive<u32>; 7] =
    [5..=12, 18..=38, 41..=43, 52..=55, 56..=75, 86..=95, 138..=148];

/// The examples, by name.
fn examples() -> BTreeMap<String, PathBuf> {
    let folder = workspace::root().join("examples");
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let modules = entries.filter(|path| path.join("main.flow.hcl").exists());
    modules.map(|path| (path.file_name().unwrap().display().to_string(), path)).collect()
}

#[test]
fn every_example_compiles_without_a_finding() {
    let scratch = workspace::scratch("examples").unwrap();
    let flowc = bins::path("flowc").unwrap();
    for (name, path) in examples() {
        let values = path.join("example.flowvars");
        let run = |command: &str, rest: &[&str]| {
            let mut flowc = std::process::Command::new(&flowc);
            bins::forget_settings(&mut flowc);
            flowc.arg(command).arg(&path).args(rest);
            if values.exists() {
                flowc.arg("-var-file").arg(&values);
            }
            let done = flowc.output().unwrap();
            let text = [done.stdout, done.stderr].concat();
            (done.status.success(), String::from_utf8(text).unwrap())
        };
        let (ok, text) = run("check", &["--deny-warnings"]);
        assert!(ok && text.contains("checked, no problems\n"), "{name}:\n{text}");
        let bundle = scratch.path().join("bundle.json");
        let (ok, text) = run("build", &["-o", bundle.to_str().unwrap()]);
        assert!(ok && bundle.exists(), "{name}:\n{text}");
        std::fs::remove_file(&bundle).unwrap();
    }
}

#[test]
fn every_example_says_who_would_run_it() {
    let examples = examples();
    for (name, path) in &examples {
        assert!(path.join("README.md").exists(), "{name} has no README.md");
    }
    assert!(examples.len() >= 23, "only {} examples", examples.len());
}

#[test]
fn the_table_names_every_row_and_every_example() {
    let readme = std::fs::read_to_string(workspace::root().join("examples/README.md")).unwrap();
    let examples = examples();
    let mut rows = BTreeSet::new();
    let mut described = BTreeSet::new();
    for line in readme.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let names: Vec<&str> = cells
            .iter()
            .flat_map(|cell| cell.split("](").skip(1))
            .filter_map(|link| link.split('/').next())
            .collect();
        for name in &names {
            assert!(examples.contains_key(*name), "there is no example `{name}`: {line}");
        }
        match cells.first().map(|cell| cell.parse::<u32>()) {
            Some(Ok(row)) => {
                assert!(rows.insert(row), "row {row} stands twice");
                assert!(!names.is_empty(), "row {row} names no example");
            }
            _ => {
                for name in names {
                    assert!(described.insert(name.to_owned()), "`{name}` is described twice");
                }
            }
        }
    }
    let wanted: BTreeSet<u32> = ROWS.into_iter().flatten().collect();
    assert_eq!(rows, wanted);
    assert_eq!(described, examples.into_keys().collect());
}
