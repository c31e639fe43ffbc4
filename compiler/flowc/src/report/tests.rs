//! What each form prints of the same findings.

use std::fmt::Write as _;
use std::path::Path;

use flow_lang::{Options, Sources, compile};

use super::*;

const BAD: &str = r#"bundle "b" { language = 1 }

flow "f" {
  permissions { reqeust = members }
  approval "a" {
    approvers = user("ana@acme.example")
    quorum    = "two"
  }
}
"#;

fn found<T>(text: &str, directory: &str, then: impl Fn(&Found<'_>) -> T) -> T {
    let mut sources = Sources::new();
    sources.add("a, b.flow.hcl", text.as_bytes());
    let diagnostics = compile(&sources, &Options::default()).diagnostics;
    let directory = Path::new(directory);
    then(&Found { diagnostics: &diagnostics, sources: &sources, directory })
}

#[test]
fn plain_is_one_line_each() {
    let told = found(BAD, "./x", plain);
    let lines: Vec<&str> = told.lines().collect();
    let [first, second, count] = lines.as_slice() else { panic!("{told}") };
    assert_eq!(
        *first,
        "x/a, b.flow.hcl:4:17: error B102: `permissions` has no attribute `reqeust`; did you mean \
         `request`?"
    );
    assert!(second.starts_with("x/a, b.flow.hcl:7:17: error T201: "), "{told}");
    assert_eq!(*count, "2 errors");
    assert_eq!(found("bundle \"b\" { language = 1 }\n", ".", plain), "");
}

#[test]
fn a_message_of_several_lines_stays_one_finding() {
    let text = "bundle \"b\" { language = 1 }\ncheck \"c\" {\n  assert {\n    condition = 1 == 2\n    \
                error_message = \"50%\\n::error::a,b\"\n  }\n}\n";
    let told = found(text, ".", plain);
    assert!(told.contains(": 50% ::error::a,b; "), "{told:?}");
    assert_eq!(told.lines().count(), 2, "{told}");
    let told = found(text, ".", github);
    assert!(told.starts_with("::error file=a%2C b.flow.hcl,line=4,endLine=4,col="), "{told}");
    assert!(told.contains(",title=B117 check-failed::"), "{told}");
    assert!(told.contains("50%25 ::error::a,b%0Ahelp: "), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
}

#[test]
fn fifty_are_shown_and_the_rest_is_counted() {
    let mut text = "bundle \"b\" { language = 1 }\nlocals {\n".to_owned();
    for n in 0..60 {
        writeln!(text, "  a{n} = nothing{n}").unwrap();
    }
    text.push_str("}\n");
    for form in [plain, github] {
        let told = found(&text, ".", form);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 52, "{told}");
        assert!(lines[50].ends_with(" more") && lines[51].contains(" errors"), "{told}");
    }
    let log: serde_json::Value = serde_json::from_str(&found(&text, ".", sarif)).unwrap();
    assert!(log["runs"][0]["results"].as_array().unwrap().len() >= 60);
}

#[test]
fn a_fingerprint_outlives_lines_that_move() {
    let prints = |text: &str| {
        let log: serde_json::Value = serde_json::from_str(&found(text, "x", sarif)).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let print = |result: &serde_json::Value| result["partialFingerprints"].to_string();
        results.iter().map(print).collect::<Vec<_>>()
    };
    let before = prints(BAD);
    assert_eq!(before, prints(&format!("# a comment\n\n{BAD}")));
    assert_eq!(before, prints(&BAD.replace("    quorum    =", "      quorum =")[..]).as_slice());
    assert_ne!(before, prints(&BAD.replace("\"two\"", "\"three\"")));
    let twice =
        prints(&BAD.replace("quorum    = \"two\"", "quorum = \"two\"\n    denials = \"x\""));
    let different: std::collections::BTreeSet<_> = twice.iter().collect();
    assert_eq!(different.len(), twice.len());
}

#[test]
fn a_path_is_as_one_reaches_it_from_here() {
    for (directory, path) in [
        (".", "a, b.flow.hcl"),
        ("./x/.", "x/a, b.flow.hcl"),
        ("../x", "../x/a, b.flow.hcl"),
        ("/x", "/x/a, b.flow.hcl"),
    ] {
        let told = found(BAD, directory, plain);
        assert!(told.starts_with(&format!("{path}:4:17: ")), "{told}");
    }
    let uri = |directory: &str| {
        let log: serde_json::Value = serde_json::from_str(&found(BAD, directory, sarif)).unwrap();
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        place["artifactLocation"].to_string()
    };
    assert_eq!(uri("x"), r#"{"uri":"x/a%2C%20b.flow.hcl","uriBaseId":"%SRCROOT%"}"#);
    assert_eq!(uri("/x"), r#"{"uri":"file:///x/a%2C%20b.flow.hcl"}"#);
}
