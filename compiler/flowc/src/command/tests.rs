//! What the commands print, and how they end.

mod complete;
mod fmt;
mod infer;
mod reach;
mod sign;
mod simulate;
mod test;
mod vendor;

use std::fs;
use std::path::Path;

use clap::Parser as _;

use super::run;
use crate::args::{Cli, with_long_dashes};

const SMALL: &str = r#"
bundle "small" {
  language = 1
}

variable "team" {
  type = string
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

flow "ask" {
  label = "Ask ${var.team}"

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }
}
"#;

/// The line's exit code and what it prints; `DIR` is the scratch directory.
fn flowc(directory: &Path, line: &str) -> (u8, String) {
    let shown = directory.display().to_string();
    let words = format!("flowc {line}");
    let words = words.split(' ').map(|word| word.replace("DIR", &shown).into());
    let cli = match Cli::try_parse_from(with_long_dashes(words)) {
        Ok(cli) => cli,
        Err(refusal) => return (2, refusal.to_string()),
    };
    match run(&cli) {
        Ok(answer) => (answer.code, answer.text.replace(&shown, "DIR")),
        Err(error) => (2, format!("{error:#}").replace(&shown, "DIR")),
    }
}

fn scratch(files: &[(&str, &str)]) -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(scratch.path().join(name), text).unwrap();
    }
    scratch
}

#[test]
fn check_tells_what_was_checked_and_what_was_not_known() {
    let scratch = scratch(&[("main.flow.hcl", SMALL), ("notes.hcl", "not read {{{")]);
    let (code, text) = flowc(scratch.path(), "check DIR");
    assert_eq!(code, 0, "{text}");
    assert!(
        text.starts_with("1 flow checked, no problems\n`team` is not set and taken as unknown\n"),
        "{text}"
    );
    let (code, text) = flowc(scratch.path(), "check DIR -var team=x --format json");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["errors"], &json["flows"]), (0, &0.into(), &1.into()));
}

#[test]
fn build_writes_the_same_file_twice_and_none_where_there_is_an_error() {
    let scratch = scratch(&[("main.flow.hcl", SMALL)]);
    let output = scratch.path().join("a.json");
    let (code, text) = flowc(scratch.path(), "build DIR -o DIR/a.json");
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("B115 variable-without-value\n"), "{text}");
    assert!(!output.exists());

    let (code, text) = flowc(scratch.path(), "build DIR -o DIR/a.json -var team=x");
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("DIR/a.json written\ncontent hash sha256:"), "{text}");
    let first = fs::read(&output).unwrap();
    let (_, again) = flowc(scratch.path(), "build DIR -o DIR/a.json -var team=x");
    assert_eq!((text, first), (again, fs::read(&output).unwrap()));
    let left: Vec<_> = fs::read_dir(scratch.path()).unwrap().collect();
    assert_eq!(left.len(), 2);

    let (code, text) = flowc(scratch.path(), "build DIR -o DIR/no/a.json -var team=x");
    assert_eq!(code, 2);
    assert!(text.starts_with("cannot write `DIR/no/a.json`: "), "{text}");
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let warned = format!("{}\nlocals {{\n  unused = 1\n}}\n", SMALL.replace("${var.team}", "us"));
    let warned = warned.replace("variable \"team\" {\n  type = string\n}", "");
    let scratch = scratch(&[("main.flow.hcl", warned.as_str())]);
    let (code, text) = flowc(scratch.path(), "check DIR");
    assert_eq!(code, 0);
    assert!(text.starts_with("R112 unused-declaration\n"), "{text}");
    assert!(text.contains("\n1 flow checked, 1 warning\n"), "{text}");
    let (code, text) = flowc(scratch.path(), "check DIR --deny-warnings");
    assert_eq!(code, 1);
    assert!(text.ends_with("\n1 warning\n"), "{text}");
    let (code, text) = flowc(scratch.path(), "build DIR -o DIR/a.json --deny-warnings");
    assert_eq!(code, 1, "{text}");
    assert!(!scratch.path().join("a.json").exists());
}

#[test]
fn what_cannot_be_read_is_said_in_one_line() {
    let scratch = scratch(&[("a.hcl", "")]);
    for (line, expected) in [
        ("check DIR", "`DIR` holds no `*.flow.hcl` file"),
        ("check DIR/a.hcl", "`DIR/a.hcl` is a file: give the directory that holds it"),
        (
            "check DIR/none",
            "cannot read the directory `DIR/none`: No such file or directory (os error 2)",
        ),
        ("explain R12", "there is nothing called `R12`; did you mean `R102`?"),
        (
            "explain flow.approval.quroum",
            "there is nothing called `flow.approval.quroum`; did you mean `approval.quorum`?",
        ),
        (
            "explain something",
            "there is nothing called `something`; ask about a code (`R102`), a block \
             (`strategy`), one of its types (`step.aws_lambda`), an attribute \
             (`approval.quorum`) or a function (`coalesce`)",
        ),
    ] {
        assert_eq!(flowc(scratch.path(), line), (2, expected.to_owned()), "{line}");
    }
}

#[test]
fn explain_takes_a_code_or_its_name() {
    let scratch = scratch(&[]);
    let (code, text) = flowc(scratch.path(), "explain x002");
    assert_eq!(code, 0);
    assert!(text.starts_with("# X002 unclosed-bracket\n\nerror: "), "{text}");
    assert_eq!(flowc(scratch.path(), "explain unclosed-bracket").1, text);
    assert!(flowc(scratch.path(), "explain Q802").1.starts_with("# Q802 unmocked-effect\n"));
}

#[test]
fn explain_takes_a_block_an_attribute_or_a_function() {
    let scratch = scratch(&[]);
    let (code, text) = flowc(scratch.path(), "explain flow.approval.quorum");
    assert_eq!(code, 0);
    assert!(text.starts_with("approval \"<name>\"\n\nquorum: number, default 1"), "{text}");
    assert_eq!(flowc(scratch.path(), "explain approval quorum").1, text);
    let (code, text) = flowc(scratch.path(), "explain strategy --format json");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["block"]["attributes"][0]["name"]), (0, &"integration".into()));
}

const SLIPS: &str = "\u{feff}bundle \"b\" { language = 1 }\n\nflow \"f\" {\n  permissions {\n    \
                     reqeust = members\n  }\n  prompt {\n    field \"x\" {\n      type = \
                     \"string\"\n    }\n  }\n  approval \"a\" {\n    approvers = \
                     user(\"ana@acme.example\")\n    quorum    = \"1\"\n  }\n}\n";

#[test]
fn fix_mends_what_is_certain_and_checks_again() {
    let scratch = scratch(&[("main.flow.hcl", SLIPS), ("b.flow.hcl", "# nothing to mend\n")]);
    let path = scratch.path().join("main.flow.hcl");
    let (code, text) = flowc(scratch.path(), "check DIR --fix --diff");
    assert_eq!(code, 1);
    assert!(text.starts_with("--- a/main.flow.hcl\n+++ b/main.flow.hcl\n@@ -1,"), "{text}");
    assert!(text.contains("\n-    reqeust = members\n+    request = members\n"), "{text}");
    assert_eq!(fs::read_to_string(&path).unwrap(), SLIPS);

    let (code, text) = flowc(scratch.path(), "check DIR --fix");
    assert_eq!(code, 0, "{text}");
    assert!(
        text.starts_with(
            "main.flow.hcl:1:1: mended X005: a byte-order mark becomes nothing\n\
             main.flow.hcl:5:5: mended B102: `reqeust` becomes `request`\n\
             main.flow.hcl:9:14: mended T219: `\"string\"` becomes `string`\n\
             main.flow.hcl:14:17: mended T201: `\"1\"` becomes `1`\n"
        ),
        "{text}"
    );
    assert!(text.contains("\n1 flow checked, "), "{text}");
    let mended = fs::read_to_string(&path).unwrap();
    assert!(mended.starts_with("bundle") && mended.contains("quorum    = 1\n"), "{mended}");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 2);

    let (code, text) = flowc(scratch.path(), "check DIR --fix --format json");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["changes"], &json["errors"]), (0, &serde_json::json!([]), &0.into()));
}

#[cfg(unix)]
#[test]
fn fix_keeps_links_and_permissions_and_leaves_what_is_vendored() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let scratch = scratch(&[("real.txt", SLIPS)]);
    let real = scratch.path().join("real.txt");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, scratch.path().join("main.flow.hcl")).unwrap();
    let (code, text) = flowc(scratch.path(), "check DIR --fix --format plain");
    assert_eq!(code, 0, "{text}");
    assert!(fs::symlink_metadata(scratch.path().join("main.flow.hcl")).unwrap().is_symlink());
    assert!(!fs::read_to_string(&real).unwrap().contains("reqeust"));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn diff_says_what_got_weaker() {
    let small = SMALL
        .replace("Ask ${var.team}", "Ask")
        .replace("variable \"team\" {\n  type = string\n}\n", "");
    let weaker = small.replace(
        "approvers = group.leads",
        "approvers = union(group.leads, [user(\"dan@acme.example\")])",
    );
    let (old, new) = (scratch(&[("a.flow.hcl", &small)]), scratch(&[("a.flow.hcl", &weaker)]));
    let line = |words: &str| words.replace("OLD", &old.path().display().to_string());
    let line = |words: &str| line(words).replace("NEW", &new.path().display().to_string());
    let (code, text) = flowc(old.path(), &line("diff OLD NEW"));
    assert_eq!(
        (code, text.as_str()),
        (
            0,
            "weaker    flow `ask`\n  weaker   `dan@acme.example` can decide stage `lead` too [U952]\n\n1 flow weaker\n"
        )
    );
    assert_eq!(flowc(old.path(), &line("diff OLD NEW --deny-weaker")).0, 1);
    let (code, text) = flowc(old.path(), &line("diff NEW OLD --deny-weaker --format markdown"));
    assert_eq!(
        (code, text.as_str()),
        (
            0,
            "## Approval did not get weaker\n\n1 flow stronger\n\n### `ask`: stronger\n\n- stronger: `dan@acme.example` can no longer decide stage `lead`\n"
        )
    );
    // A bundle file beside a directory.
    assert_eq!(flowc(old.path(), &line("build OLD -o OLD/old.json")).0, 0);
    let (code, text) = flowc(old.path(), &line("diff OLD/old.json NEW --format json"));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["weaker"]), (0, &true.into()));
    assert_eq!(json["flows"][0]["changes"][0]["code"], "U952");
    assert_eq!(flowc(old.path(), &line("diff OLD/old.json OLD --format text")).1, "1 flow equal\n");
    for (words, said) in [
        ("diff OLD/none NEW", "cannot read `DIR/none`"),
        ("diff OLD/a.flow.hcl NEW", "`DIR/a.flow.hcl` is no bundle that can be used: "),
        ("diff OLD NEW --format sarif", "error: invalid value 'sarif' for '--format <FORMAT>'"),
        ("check OLD --format markdown", "error: invalid value 'markdown' for '--format <FORMAT>'"),
    ] {
        let (code, text) = flowc(old.path(), &line(words));
        assert!(code == 2 && text.starts_with(said), "{words}: {text}");
    }
}

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:access:live";

/// A flow that grants by a function.
fn granting() -> String {
    format!(
        "bundle \"b\" {{ language = 1 }}\nintegration \"aws\" \"main\" {{ region = \"us-east-1\" }}\n\
         target \"aws_lambda_function\" \"t\" {{ function = \"{FUNCTION}\" }}\n\
         strategy \"aws_lambda\" \"s\" {{\n  integration = integration.aws.main\n  targets = \
         [target.aws_lambda_function.t]\n}}\nflow \"f\" {{\n  permissions {{ request = members }}\n  \
         approval \"a\" {{ approvers = user(\"ana@acme.example\") }}\n  grant {{\n    strategy = \
         strategy.aws_lambda.s\n    target = target.aws_lambda_function.t\n    duration = \
         \"1h\"\n    max_duration = \"1h\"\n  }}\n}}\n"
    )
}

#[test]
fn diff_gives_a_value_to_the_side_that_has_the_variable() {
    let old = SMALL
        .replace("Ask ${var.team}", "Ask")
        .replace("variable \"team\" {\n  type = string\n}\n", "");
    let (old, new) = (scratch(&[("a.flow.hcl", &old)]), scratch(&[("a.flow.hcl", SMALL)]));
    let line = |words: &str| {
        let words = words.replace("OLD", &old.path().display().to_string());
        words.replace("NEW", &new.path().display().to_string())
    };
    let (code, text) = flowc(old.path(), &line("diff OLD NEW -var team=ops"));
    assert!(code == 2 && text.contains("gives a value to `team`"), "{text}");
    let (code, text) = flowc(old.path(), &line("diff OLD NEW -new-var team=ops"));
    assert_eq!(
        (code, text.as_str()),
        (0, "changed   flow `ask`\n  changed  it is called otherwise\n\n1 flow changed\n")
    );
    // One module under two values.
    let (code, text) = flowc(old.path(), &line("diff NEW NEW -old-var team=a -new-var team=b"));
    assert!(code == 0 && text.contains("it is called otherwise"), "{text}");
}

#[test]
fn reach_tells_what_is_called_and_the_least_policy() {
    let text = granting();
    let scratch = scratch(&[("main.flow.hcl", text.as_str())]);
    let (code, text) = flowc(scratch.path(), "reach DIR");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains(&format!("\n  {FUNCTION} through aws.main\n      used by strategy ")));
    assert!(text.contains("\n  the approvers, by direct message (message log)\n"), "{text}");
    let (code, text) = flowc(scratch.path(), "reach DIR --format iam");
    let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
    let statement = &policy["Statement"][0];
    assert_eq!((code, &statement["Action"]), (0, &"lambda:InvokeFunction".into()));
    assert_eq!(statement["Resource"], serde_json::json!([FUNCTION]));
    assert_eq!(
        flowc(scratch.path(), "reach DIR --format iam --integration aws.other"),
        (2, "the bundle has no integration `aws.other`; of type `aws` there is `aws.main`".into())
    );
    // A bundle says the same as the module that it was built from.
    let (_, of_module) = flowc(scratch.path(), "reach DIR --format json");
    assert_eq!(flowc(scratch.path(), "build DIR -o DIR/b.json").0, 0);
    assert_eq!(flowc(scratch.path(), "reach DIR/b.json --format json"), (0, of_module));
    fs::write(scratch.path().join("b.json"), "{}").unwrap();
    let (code, text) = flowc(scratch.path(), "reach DIR/b.json");
    assert!(code == 2 && text.starts_with("`DIR/b.json` is no bundle that can be used"), "{text}");
}

#[test]
fn graph_draws_one_flow_or_all() {
    let text = granting();
    let scratch = scratch(&[("main.flow.hcl", text.as_str())]);
    let (code, text) = flowc(scratch.path(), "graph DIR");
    assert!(code == 0 && text.starts_with("flowchart TD\n"), "{text}");
    assert_eq!(flowc(scratch.path(), "graph DIR --flow f"), (0, text));
    let (code, text) = flowc(scratch.path(), "graph DIR --format svg -o DIR/f.svg");
    assert_eq!((code, text.as_str()), (0, "DIR/f.svg written\n"));
    assert!(fs::read_to_string(scratch.path().join("f.svg")).unwrap().starts_with("<svg "));
    assert_eq!(
        flowc(scratch.path(), "graph DIR --flow g"),
        (2, "there is no flow `g`; did you mean `f`?".into())
    );
    // What does not build is told as by `build`.
    fs::write(scratch.path().join("b.flow.hcl"), "x = 1\n").unwrap();
    let (code, text) = flowc(scratch.path(), "graph DIR");
    assert!(code == 1 && text.contains("B102"), "{text}");
}

#[test]
fn init_writes_a_module_that_builds_and_overwrites_nothing() {
    let scratch = scratch(&[]);
    let (code, text) = flowc(scratch.path(), "init DIR/new");
    assert!(code == 0 && text.contains("  approval-only  people decide, "), "{text}");
    assert!(!scratch.path().join("new").exists());
    let names = ["approval-only", "aws-lambda", "http", "okta-group", "aws-sso", "on-call"];
    for name in names {
        let (code, text) = flowc(scratch.path(), &format!("init DIR/{name} --template {name}"));
        assert!(code == 0 && text.contains("main.flow.hcl written\n"), "{text}");
        let given = format!("DIR/{name} -var-file DIR/{name}/example.flowvars");
        let (code, text) = flowc(scratch.path(), &format!("check {given} --deny-warnings"));
        assert!(code == 0 && text.starts_with("1 flow checked, no problems\n"), "{name}: {text}");
        let bundle = format!("build {given} -o DIR/{name}.json");
        assert_eq!(flowc(scratch.path(), &bundle).0, 0, "{name}");
        let again = flowc(scratch.path(), &format!("init DIR/{name} --template {name}"));
        let there = format!("`DIR/{name}/main.flow.hcl` is there already; nothing was written");
        assert_eq!(again, (2, there));
        for file in ["main.flow.hcl", "example.flowvars"] {
            let text = fs::read_to_string(scratch.path().join(name).join(file)).unwrap();
            assert_eq!(flow_lang::fmt::text(&text), text, "{name}/{file}");
        }
    }
    assert_eq!(
        flowc(scratch.path(), "init DIR/x --template aws-lamda"),
        (2, "there is no template `aws-lamda`; did you mean `aws-lambda`?".into())
    );
}
