//! Every example is found without fault, and yields a bundle.

use flow_lang::{Given, Mode, Options, Sources, compile, report};
use tests::workspace;

/// What the examples' variables are given.
const VALUES: [(&str, &str); 2] = [
    ("lambda_arn", "arn:aws:lambda:us-east-1:123456789012:function:button:live"),
    ("slack_workspace", "T123ABCDE"),
];

#[test]
fn every_example_compiles_without_a_finding() {
    let folder = workspace::root().join("examples");
    let mut seen = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path().join("main.flow.hcl");
        let Ok(text) = std::fs::read(&path) else { continue };
        let mut sources = Sources::new();
        sources.add(path.display().to_string(), &text);
        let declared = String::from_utf8_lossy(&text);
        let variables = VALUES
            .iter()
            .filter(|(name, _)| declared.contains(&format!("variable \"{name}\"")))
            .map(|(name, value)| ((*name).to_owned(), Given::Text((*value).to_owned())))
            .collect();
        let done = compile(&sources, &Options { variables, mode: Mode::Build });
        let found = report::human(&done.diagnostics, &sources, report::Style::default());
        assert!(done.diagnostics.is_empty(), "{}:\n{found}", path.display());
        assert!(done.bundle.is_some(), "{}: no bundle", path.display());
        seen += 1;
    }
    assert!(seen >= 2, "only {seen} examples");
}
