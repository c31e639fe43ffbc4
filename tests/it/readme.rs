//! The README tells the truth: its commands are run in order, and print what it says.
//!
//! `FLOW_UPDATE=1` writes the outputs anew instead of comparing them.

use std::os::unix::fs::symlink;
use std::process::Command;

use tests::console::{self, Session};
use tests::{bins, process, workspace};

/// The port that the README's daemon listens on.
const PORT: &str = "7100";

#[test]
fn the_tour_prints_what_the_readme_says() {
    let path = workspace::root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let examples = console::examples(&readme);
    assert!(examples.len() > 10, "the README has only {} commands", examples.len());
    let folder = workspace::scratch("readme").unwrap();
    // The commands are typed in the repository's root; what they write belongs elsewhere.
    std::fs::create_dir(folder.path().join("target")).unwrap();
    symlink(workspace::root().join("examples"), folder.path().join("examples")).unwrap();
    bins::path("flowd").unwrap();
    symlink(workspace::profile().unwrap(), folder.path().join("target/debug")).unwrap();
    let port = process::free_port().unwrap().to_string();

    let mut shell = Command::new("sh");
    bins::forget_settings(&mut shell);
    // Where the daemon listens by default, but for the port.
    shell.env("FLOW_SERVER", format!("http://127.0.0.1:{port}"));
    let mut session = Session::start(&mut shell, folder.path()).unwrap();
    let mut printed = Vec::new();
    let mut found = Vec::new();
    for example in &examples {
        let (output, _) = session.run(&example.command.replace(PORT, &port)).unwrap();
        let output = output.replace(&port, PORT);
        let (wanted, got) =
            (console::mask(&example.expected).unwrap(), console::mask(&output).unwrap());
        if wanted.trim_end() == got.trim_end() {
            printed.push(example.expected.clone());
            continue;
        }
        let (line, command) = (example.line, &example.command);
        found.push(format!(
            "README.md:{line}: `{command}` should print\n{wanted}\nbut prints\n{got}"
        ));
        printed.push(output);
    }
    // The document itself stops the daemon; this is for the case that it could not.
    let _ = session.run("kill $(jobs -p) 2>/dev/null; wait");
    if std::env::var_os("FLOW_UPDATE").is_some() {
        std::fs::write(&path, console::rewrite(&readme, &printed)).unwrap();
        return;
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

#[test]
fn both_commands_stand_at_the_top() {
    let readme = std::fs::read_to_string(workspace::root().join("README.md")).unwrap();
    let top: Vec<&str> = readme.lines().take(12).collect();
    for command in ["cargo demo", "cargo test --workspace"] {
        assert!(top.iter().any(|line| line.starts_with(command)), "`{command}` is not at the top");
    }
}
