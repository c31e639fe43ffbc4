//! What is handed out for installing: the example configuration is taken, and the commands that the
//! unit, the image and the guide run are there.

use std::path::PathBuf;

use regex::Regex;
use tests::{bins, process, workspace};

fn file(name: &str) -> PathBuf {
    workspace::root().join("runtime/packaging").join(name)
}

#[test]
fn the_example_configuration_is_taken() {
    let mut command = bins::command("flowd").unwrap();
    let told = process::run(command.args(["config", "check", "--config"]).arg(file("flowd.toml")));
    let told = told.unwrap();
    assert!(told.starts_with("ok ") && !told.contains("note"), "{told}");
}

#[test]
fn every_command_that_is_handed_out_is_one() {
    let line = Regex::new(r"(?m)^(?:ExecStart\w*=/usr/local/bin/|runuser -u flow -- )?(flowd|flowctl|flowc) ([a-z].*)$")
        .unwrap();
    let option = Regex::new(r"--[a-z-]+").unwrap();
    let mut seen = 0;
    for name in ["flowd.service", "install.md"] {
        let text = std::fs::read_to_string(file(name)).unwrap();
        for found in line.captures_iter(&text) {
            let (program, words) = (&found[1], &found[2]);
            let verbs = words.split(' ').take_while(|word| !word.starts_with('-'));
            // What a file is called is no command.
            let verbs: Vec<&str> = verbs.take_while(|word| !word.contains(['.', '/'])).collect();
            let verbs = if verbs == ["build", "flows"] { vec!["build"] } else { verbs };
            let help = process::run(bins::command(program).unwrap().args(&verbs).arg("--help"));
            let help = help.unwrap_or_else(|e| panic!("{name}: `{program} {words}`: {e:#}"));
            for option in option.find_iter(words) {
                let wanted = option.as_str();
                assert!(
                    help.contains(wanted),
                    "{name}: `{program} {words}`: no `{wanted}`\n{help}"
                );
            }
            seen += 1;
        }
    }
    assert!(seen >= 9, "only {seen} commands were found");
}
