//! What an editor and a shell are told.

use super::{flowc, scratch};

const UNFINISHED: &str = "bundle \"b\" { language = 1 }\n\nflow \"ask\" {\n  approval \"lead\" {\n    \
                          approvers = group.\n    qu\n";

#[test]
fn complete_tells_what_may_be_written_there() {
    let dir = scratch(&[
        ("a.flow.hcl", UNFINISHED),
        ("b.flow.hcl", "group \"leads\" { members = [] }\ngroup \"all\" { members = [] }\n"),
    ]);
    assert_eq!(
        flowc(dir.path(), "complete DIR/a.flow.hcl 5:23"),
        (0, "group.all    name\ngroup.leads  name\n".to_owned())
    );
    assert_eq!(
        flowc(dir.path(), "complete DIR/a.flow.hcl 6:7"),
        (0, "quorum  attribute  number, default 1\n".to_owned())
    );
    let (code, text) = flowc(dir.path(), "complete DIR/a.flow.hcl 6:7 --format json");
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &told["begun"]), (0, &"qu".into()));
    assert_eq!(told["items"][0]["kind"], "attribute");
    assert!(told["items"][0]["doc"].as_str().unwrap().ends_with('.'));
    // Nothing is also an answer.
    assert_eq!(flowc(dir.path(), "complete DIR/a.flow.hcl 1:12"), (0, String::new()));
}

#[test]
fn a_place_that_the_file_does_not_have_is_told() {
    let dir = scratch(&[("a.flow.hcl", UNFINISHED)]);
    for (place, told) in [
        ("9:1", "`DIR/a.flow.hcl` has 7 lines, and `9:1` lies behind them"),
        ("0:1", "`0:1` is no place: write LINE:COLUMN, both from 1, as `12:5`"),
        ("6", "`6` is no place: write LINE:COLUMN, both from 1, as `12:5`"),
        (
            "99999999999999999999:1",
            "`99999999999999999999:1` is no place: write LINE:COLUMN, both from 1, as `12:5`",
        ),
    ] {
        let line = format!("complete DIR/a.flow.hcl {place}");
        assert_eq!(flowc(dir.path(), &line), (2, told.to_owned()));
    }
    assert_eq!(flowc(dir.path(), "complete DIR/a.flow.hcl 6:99").0, 0);
    let (code, told) = flowc(dir.path(), "complete DIR/none.flow.hcl 1:1");
    assert!(code == 2 && told.contains("none.flow.hcl"), "{told}");
}

#[test]
fn schema_and_completions_are_scripts_for_other_programs() {
    let dir = scratch(&[]);
    let (code, text) = flowc(dir.path(), "schema");
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 0);
    let strategy = &schema["$defs"]["strategy.aws_lambda"];
    assert_eq!(strategy["required"], serde_json::json!(["integration", "targets"]));
    assert_eq!(strategy["properties"]["timeout"]["x-default"], "\"30s\"");
    assert_eq!((0, text), flowc(dir.path(), "schema"));
    for shell in ["bash", "zsh", "fish"] {
        let (code, script) = flowc(dir.path(), &format!("completions {shell}"));
        assert!(code == 0 && script.contains("explain") && script.contains("flowc"), "{shell}");
    }
}
