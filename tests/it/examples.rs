//! Every example is found without fault by the command that its reader types, and yields a bundle.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tests::{bins, workspace};

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
