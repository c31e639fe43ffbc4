//! `flowc vendor`, and what is said of a module that is not what was pinned.

use std::fs;

use super::{SMALL, flowc, scratch};

const TEAM: &str = "variable \"people\" {\n  type = list(string)\n}\n\ngroup \"team\" {\n  \
    members = [for p in var.people : user(p)]\n}\n\noutput \"group\" {\n  value = \
    group.team\n}\n";

const USES_TEAM: &str = r#"
bundle "vendored" {
  language = 1
}

module "team" {
  source  = "acme/team"
  version = "1.0.0"
  people  = ["ana@acme.example", "bo@acme.example"]
}

flow "ask" {
  permissions {
    request = members
  }

  approval "lead" {
    approvers = module.team.group
  }
}
"#;

#[test]
fn a_module_is_vendored_pinned_and_refused_once_it_is_changed() {
    let scratch = scratch(&[("main.flow.hcl", USES_TEAM)]);
    let here = scratch.path();
    fs::create_dir_all(here.join("clone/parts")).unwrap();
    fs::write(here.join("clone/team.flow.hcl"), TEAM).unwrap();
    fs::write(here.join("clone/parts/none.flow.hcl"), "# nothing yet\n").unwrap();
    let take = "vendor acme/team --version 1.0.0 --from DIR/clone DIR";

    let (code, text) = flowc(here, "check DIR");
    assert_eq!(code, 1);
    let told = "run `flowc vendor acme/team --version 1.0.0 --from <directory>`";
    assert!(text.contains("M701") && text.contains(told), "{text}");

    let (code, text) = flowc(here, take);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("acme/team 1.0.0 is in vendor/acme/team/1.0.0, 2 files\n"), "{text}");
    assert_eq!(flowc(here, "check DIR").0, 0);
    assert_eq!(flowc(here, take), (0, text));

    let copy = here.join("vendor/acme/team/1.0.0/team.flow.hcl");
    fs::write(&copy, TEAM.replace('\n', "\r\n")).unwrap();
    assert_eq!(flowc(here, "check DIR").0, 0, "line ends do not count");
    fs::write(&copy, format!("{TEAM}# one line more\n")).unwrap();
    let (code, text) = flowc(here, "build DIR -o DIR/out.json");
    assert_eq!(code, 1);
    assert!(text.contains("M702 hash-mismatch"), "{text}");
    assert!(!here.join("out.json").exists());

    fs::write(here.join("clone/team.flow.hcl"), format!("{TEAM}# new\n")).unwrap();
    let (code, text) = flowc(here, take);
    assert_eq!(code, 2);
    assert!(text.contains("is pinned with another content (sha256:"), "{text}");
    assert_eq!(flowc(here, &format!("{take} --replace")).0, 0);
    assert_eq!(flowc(here, "check DIR").0, 0);

    fs::remove_file(here.join("flow.lock")).unwrap();
    let (code, text) = flowc(here, "check DIR");
    assert_eq!(code, 1);
    assert!(text.contains("there is no `flow.lock`"), "{text}");
}

#[test]
fn what_cannot_be_vendored_is_refused() {
    let scratch = scratch(&[("main.flow.hcl", SMALL), ("flow.lock", "module {")]);
    let here = scratch.path();
    fs::create_dir(here.join("empty")).unwrap();
    for (line, told) in [
        ("vendor team --version 1 --from DIR", "`team` is no name of a module"),
        ("vendor ../x/y --version 1 --from DIR", "`../x/y` is no name of a module"),
        ("vendor a/b --version ../1 --from DIR", "`../1` is no version"),
        ("vendor a/b --version 1 --from DIR/none", "cannot take the module from `DIR/none`"),
        ("vendor a/b --version 1 --from DIR/empty", "it holds no `*.flow.hcl` file"),
        ("vendor a/b --version 1 --from DIR DIR", "`DIR/flow.lock` cannot be read: line 1"),
    ] {
        let (code, text) = flowc(here, line);
        assert_eq!(code, 2, "{line}");
        assert!(text.contains(told), "{line}: {text}");
    }
}
