//! What `flowc fmt` writes, lists and refuses.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{flowc, scratch};

const MESSY: &str = "a=1 # one\nbbb = [ 1,2 ]\n";
const TIDY: &str = "a   = 1 # one\nbbb = [1, 2]\n";

#[test]
fn files_are_formatted_in_place_and_listed() {
    let scratch = scratch(&[
        ("b.flow.hcl", MESSY),
        ("a.flowvars", MESSY),
        ("c.flowtest.hcl", TIDY),
        ("notes.hcl", MESSY),
        (".hidden.flow.hcl", MESSY),
        ("old.flow.hcl~", MESSY),
    ]);
    let text = |name: &str| fs::read_to_string(scratch.path().join(name)).unwrap();
    let first = scratch.path().join("b.flow.hcl");
    fs::set_permissions(&first, fs::Permissions::from_mode(0o640)).unwrap();
    let done = flowc(scratch.path(), "fmt DIR");
    assert_eq!(done, (0, "DIR/a.flowvars\nDIR/b.flow.hcl\n".to_owned()));
    for (name, wanted) in [
        ("b.flow.hcl", TIDY),
        ("a.flowvars", TIDY),
        ("notes.hcl", MESSY),
        (".hidden.flow.hcl", MESSY),
        ("old.flow.hcl~", MESSY),
    ] {
        assert_eq!(text(name), wanted, "{name}");
    }
    assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(flowc(scratch.path(), "fmt DIR"), (0, String::new()));
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 6);
}

#[test]
fn check_and_diff_write_nothing() {
    let scratch = scratch(&[("b.flow.hcl", MESSY), ("c.flow.hcl", TIDY)]);
    let (code, text) = flowc(scratch.path(), "fmt DIR -check");
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("F901 not-formatted\n"), "{text}");
    assert!(text.contains("formatted, this line is `a   = 1 # one`"), "{text}");
    assert!(text.contains("run `flowc fmt DIR/b.flow.hcl`"), "{text}");
    assert!(text.ends_with("\n1 warning\n"), "{text}");

    let diff = "--- DIR/b.flow.hcl\n+++ DIR/b.flow.hcl (formatted)\n@@ -1,2 +1,2 @@\n-a=1 # one\n\
                -bbb = [ 1,2 ]\n+a   = 1 # one\n+bbb = [1, 2]\n";
    assert_eq!(flowc(scratch.path(), "fmt -diff DIR"), (0, diff.to_owned()));
    let (code, text) = flowc(scratch.path(), "fmt --check --diff DIR --format json");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["diff"]), (1, &diff.into()));
    assert_eq!(json["changed"], serde_json::json!(["DIR/b.flow.hcl"]));
    assert_eq!(json["diagnostics"][0]["code"], "F901");
    assert_eq!(fs::read_to_string(scratch.path().join("b.flow.hcl")).unwrap(), MESSY);

    assert_eq!(flowc(scratch.path(), "fmt DIR/c.flow.hcl --check"), (0, String::new()));
}

#[test]
fn a_file_with_a_syntax_error_is_told_and_left_alone() {
    let broken = "a=[1\n";
    let scratch = scratch(&[("a.flow.hcl", broken), ("b.flow.hcl", MESSY)]);
    let (code, text) = flowc(scratch.path(), "fmt DIR");
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("X002 unclosed-bracket\n"), "{text}");
    assert!(text.contains("DIR/a.flow.hcl:1:3"), "{text}");
    assert!(text.ends_with("\n1 error\n\nDIR/b.flow.hcl\n"), "{text}");
    assert_eq!(fs::read_to_string(scratch.path().join("a.flow.hcl")).unwrap(), broken);
    assert_eq!(fs::read_to_string(scratch.path().join("b.flow.hcl")).unwrap(), TIDY);
}

#[test]
fn folders_are_entered_only_when_asked() {
    let scratch = scratch(&[("a.flow.hcl", TIDY)]);
    for folder in ["modules/okta", "vendor/acme", ".git"] {
        fs::create_dir_all(scratch.path().join(folder)).unwrap();
        fs::write(scratch.path().join(folder).join("a.flow.hcl"), MESSY).unwrap();
    }
    symlink(scratch.path(), scratch.path().join("modules/round")).unwrap();
    assert_eq!(flowc(scratch.path(), "fmt DIR"), (0, String::new()));
    let done = flowc(scratch.path(), "fmt DIR -recursive");
    assert_eq!(done, (0, "DIR/modules/okta/a.flow.hcl\n".to_owned()));
    let text = fs::read_to_string(scratch.path().join("vendor/acme/a.flow.hcl")).unwrap();
    assert_eq!(text, MESSY);
}

#[test]
fn a_link_stays_a_link() {
    let scratch = scratch(&[("real.flow.hcl", MESSY)]);
    symlink("real.flow.hcl", scratch.path().join("link.flow.hcl")).unwrap();
    let done = flowc(scratch.path(), "fmt DIR/link.flow.hcl");
    assert_eq!(done, (0, "DIR/link.flow.hcl\n".to_owned()));
    assert!(scratch.path().join("link.flow.hcl").is_symlink());
    assert_eq!(fs::read_to_string(scratch.path().join("real.flow.hcl")).unwrap(), TIDY);
}

#[test]
fn what_cannot_be_formatted_is_said_before_anything_is_written() {
    let scratch = scratch(&[("a.flow.hcl", MESSY), ("b.hcl", MESSY), ("c.flow.hcl", MESSY)]);
    let read_only = scratch.path().join("c.flow.hcl");
    fs::set_permissions(&read_only, fs::Permissions::from_mode(0o444)).unwrap();
    fs::create_dir(scratch.path().join("empty")).unwrap();
    let kinds = "`*.flow.hcl` or `*.flowtest.hcl` or `*.flowvars` file";
    for (line, wanted) in [
        ("fmt DIR/a.flow.hcl DIR/b.hcl", format!("`DIR/b.hcl` is no {kinds}")),
        ("fmt DIR/a.flow.hcl DIR/empty", format!("`DIR/empty` holds no {kinds}")),
        (
            "fmt DIR/a.flow.hcl DIR/none",
            "there is nothing at `DIR/none`: No such file or directory (os error 2)".to_owned(),
        ),
        ("fmt - DIR/a.flow.hcl", "`-` is standard input and stands alone".to_owned()),
        ("fmt DIR/c.flow.hcl", "cannot write `DIR/c.flow.hcl`: it is read-only".to_owned()),
    ] {
        assert_eq!(flowc(scratch.path(), line), (2, wanted), "{line}");
    }
    assert_eq!(fs::read_to_string(scratch.path().join("a.flow.hcl")).unwrap(), MESSY);
}
