//! A kernel's `clippy.toml` bans what would make its answers depend on anything but its input.
//!
//! Clippy takes the nearest file only, so a kernel's file must also restate the root's lines.

use tests::workspace;

use super::expect_none;

/// The pure kernels: no clock, randomness, file, environment, thread.
const KERNELS: [&str; 5] = [
    "compiler/flow-bundle",
    "compiler/flow-proof",
    "compiler/flow-lang",
    "runtime/flow-engine",
    "runtime/flow-sim",
];

const BANNED: [&str; 14] = [
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "std::fs::read",
    "std::fs::read_to_string",
    "std::fs::write",
    "std::fs::File::open",
    "std::fs::File::create",
    "std::env::var",
    "std::env::vars",
    "std::env::current_dir",
    "std::thread::spawn",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "uuid::Uuid::new_v4",
];

#[test]
fn every_kernel_bans_the_outside() {
    let root = std::fs::read_to_string(workspace::root().join("clippy.toml")).unwrap();
    let mut found = Vec::new();
    for kernel in KERNELS {
        let path = workspace::root().join(kernel).join("clippy.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        found.extend(findings(kernel, &text, &root));
    }
    expect_none(found);
}

fn findings(kernel: &str, clippy: &str, root: &str) -> Vec<String> {
    let clippy: toml::Table = clippy.parse().unwrap();
    let root: toml::Table = root.parse().unwrap();
    let mut found = Vec::new();
    for (key, value) in &root {
        if clippy.get(key) != Some(value) {
            found.push(format!("{kernel}/clippy.toml: does not restate `{key} = {value}`"));
        }
    }
    let empty = Vec::new();
    let bans = clippy.get("disallowed-methods").and_then(toml::Value::as_array).unwrap_or(&empty);
    for banned in BANNED {
        let ban =
            bans.iter().find(|ban| ban.get("path").and_then(toml::Value::as_str) == Some(banned));
        match ban.map(|ban| ban.get("reason").and_then(toml::Value::as_str).unwrap_or_default()) {
            None => found.push(format!("{kernel}/clippy.toml: does not ban `{banned}`")),
            Some("") => found.push(format!("{kernel}/clippy.toml: gives no reason for `{banned}`")),
            Some(_) => {}
        }
    }
    found
}

#[test]
fn a_missing_ban_and_a_forgotten_line_are_found() {
    let bans: Vec<String> =
        BANNED[1..].iter().map(|path| format!("{{ path = \"{path}\", reason = \"x\" }}")).collect();
    let planted = format!("disallowed-methods = [{}]", bans.join(", "));
    assert_eq!(
        findings("k", &planted, "allow-unwrap-in-tests = true"),
        [
            "k/clippy.toml: does not restate `allow-unwrap-in-tests = true`",
            "k/clippy.toml: does not ban `std::time::SystemTime::now`",
        ]
    );
}
