//! `‸` marks the place; what is offered there, first some, then what must not be.

use super::*;

const MODULE: &str = r#"bundle "b" { language = 1 }
variable "limit" { type = number }
locals { teams = {} }
secret "ci" {}
group "leads" { members = [user("ana@acme.example")] }
integration "aws" "main" { region = "eu-central-1" }
target "aws_lambda_function" "db" { function = "x" }
strategy "aws_lambda" "db" {
  integration = integration.aws.main
}
function "short" { }
"#;

/// Texts that are offered where the mark stands.
fn offered(text: &str) -> Vec<String> {
    let offset = text.find('‸').unwrap();
    let mut sources = Sources::new();
    let file = sources.add("a.flow.hcl", text.replace('‸', "").as_bytes());
    sources.add("b.flow.hcl", MODULE.as_bytes());
    complete(&sources, file, offset).items.into_iter().map(|i| i.text).collect()
}

#[test]
fn what_may_stand_at_a_place_is_offered() {
    for (text, wanted, other) in [
        ("‸", "flow strategy identities", "approval label"),
        ("fl‸", "flow", "strategy"),
        ("flow \"f\" {\n  ‸\n}\n", "label approval permissions for_each", "flow retry"),
        ("flow \"f\" {\n  label = \"x\"\n  ‸", "approval", "label"),
        ("flow \"f\" {\n  permissions {}\n  per‸", "", "permissions"),
        ("flow \"f\" { grant { ex‸", "extend", "enabled"),
        ("strategy ‸", "\"aws_lambda\" \"okta_group\"", "aws_lambda"),
        ("strategy \"‸\" \"x\" {}", "aws_lambda github", "slack"),
        ("strategy \"aws_sso\" \"x\" {\n  in‸", "instance_arn integration", "idempotent"),
        ("flow \"f\" {\n  hook \"on_‸", "on_request on_approve", "after_deny"),
        ("flow \"f\" {\n  hook \"on_approve\" {\n    decision \"‸", "deny ignore", "approve"),
        ("flow \"f\" {\n  approval \"a\" {\n    on_timeout = \"‸\"", "expire fallback", "no"),
        ("flow \"f\" {\n  approval \"a\" {\n    on_timeout = ‸", "\"skip\"", "skip members"),
        ("flow \"f\" {\n  sources = [\"‸", "slack api", "email"),
        ("strategy \"aws_lambda\" \"x\" {\n  integration = ‸", "integration.aws.main", "secret.ci"),
        (
            "strategy \"aws_lambda\" \"x\" {\n  targets = [target.‸]",
            "target.aws_lambda_function.db",
            "",
        ),
        ("integration \"okta\" \"x\" {\n  api_token = sec‸", "secret.ci", "var"),
        ("variable \"x\" {\n  type = ‸", "string list(", "members"),
        ("locals {\n  x = var.‸", "var.limit", "var.teams"),
        ("locals {\n  x = ‸", "var local coalesce fn::short", "requester event steps"),
        ("locals {\n  x = upper(local.te‸", "local.teams", ""),
        ("flow \"f\" {\n  permissions {\n    request = ‸", "members group", "event approval"),
        ("flow \"f\" {\n  permissions {\n    request = union(group.‸", "group.leads", ""),
        ("flow \"f\" {\n  approval \"a\" {\n    when = request.‸", "request.fields request.by", ""),
        (
            "flow \"f\" {\n  approval \"a\" {\n    notify {\n      to = ap‸",
            "approvers approval",
            "",
        ),
        (
            "flow \"f\" {\n  hook \"after_error\" {\n    notify {\n      text = \"a ${run.er‸",
            "run.error",
            "",
        ),
        ("message \"m\" {\n  text = \"${‸}\"", "args requester", "event"),
    ] {
        let found = offered(text);
        for word in wanted.split(' ').filter(|w| !w.is_empty()) {
            assert!(found.iter().any(|f| f == word), "{text}: no {word} in {found:?}");
        }
        for word in other.split(' ').filter(|w| !w.is_empty()) {
            assert!(found.iter().all(|f| f != word), "{text}: {word} is offered");
        }
    }
}

#[test]
fn names_of_the_same_flow_are_offered() {
    let flow = "flow \"other\" {\n  prompt {\n    field \"far\" {\n    }\n  }\n}\nflow \"f\" {\n  \
                prompt {\n    field \"why\" {\n      type = string\n    }\n  }\n  hook \
                \"on_request\" {\n    step \"value\" \"risk\" { value = 1 }\n    decision \"deny\" \
                {\n      when = ‸\n    }\n  }\n  approval \"lead\" {\n  }\n}\n";
    let at = |path: &str| offered(&flow.replace('‸', &format!("{path}‸")));
    assert_eq!(at("request.fields."), ["request.fields.why"]);
    assert_eq!(at("steps."), ["steps.risk"]);
    assert!(at("steps.risk.").contains(&"steps.risk.output".to_owned()));
    assert!(at("requester.ma").contains(&"requester.manager".to_owned()));
    // Nothing is approved before the request has arrived.
    assert!(!at("").contains(&"approval".to_owned()));
    assert_eq!(at("nothing.like.it."), [""; 0]);
}

#[test]
fn names_that_stand_in_no_header_are_offered() {
    let offered = |text: &str| {
        let offset = text.find('‸').unwrap();
        let mut sources = Sources::new();
        let file = sources.add("a.flow.hcl", text.replace('‸', "").as_bytes());
        let people = "output \"leads\" { value = 1 }\noutput \"size\" { value = 2 }\n";
        sources.add("modules/people/main.flow.hcl", people.as_bytes());
        let targets = "target \"http\" \"a\" { settings = { name = \"x\", kind = 1 } }\n\
                       module \"people\" { source = \"./modules/people\" }\n";
        sources.add("b.flow.hcl", targets.as_bytes());
        let found = complete(&sources, file, offset).items.into_iter().map(|i| i.text);
        found.collect::<Vec<String>>()
    };
    assert_eq!(offered("locals {\n  x = module.‸"), ["module.people"]);
    assert_eq!(
        offered("locals {\n  x = module.people.‸"),
        ["module.people.leads", "module.people.size"]
    );
    assert_eq!(offered("locals {\n  x = module.other.‸"), [""; 0]);
    let call =
        "strategy \"http\" \"s\" {\n  escalate {\n    call {\n      path = \"/${target.settings.‸";
    assert_eq!(offered(call), ["target.settings.kind", "target.settings.name"]);
    assert_eq!(offered("locals {\n  x = [for person in [1] : pers‸"), ["person"]);
    assert_eq!(offered("locals {\n  x = { for key, person in {} : ke‸"), ["key", "keys"]);
    // Behind its bracket the variable is gone.
    assert_eq!(offered("locals {\n  x = concat([for person in [1] : 2], pers‸"), [""; 0]);
}

#[test]
fn a_comment_and_a_heredoc_offer_nothing_and_end() {
    assert_eq!(offered("# fl‸\n"), [""; 0]);
    assert_eq!(offered("# fl‸"), [""; 0]);
    assert_eq!(offered("/* fl‸"), [""; 0]);
    assert_eq!(offered("locals {\n  x = <<-EOT\n    fl‸\n  EOT\n}\n"), [""; 0]);
    let behind = "locals {\n  x = <<-EOT\n    } \" { ${ upper(\"a\") }\n  EOT\n}\n\nfl‸\n";
    assert_eq!(offered(behind), ["flow"]);
    // What is still open above does not hide a block that begins in the first column.
    assert_eq!(offered("locals {\n  x = [\"a\n\nflow \"f\" {\n  descr‸"), ["description"]);
    assert_eq!(offered("locals {\n  x = \"${ {\n\ngroup \"f\" {\n  from_ok‸"), ["from_okta"]);
}

#[test]
fn no_place_of_any_text_makes_it_panic() {
    let texts = [
        MODULE,
        include_str!("../../data/syntax.txt"),
        include_str!("../../data/err/broken/main.flow.hcl"),
        "é\"${\"<<é\n\\\u{feff}}])((\n/*",
    ];
    for text in texts {
        let mut sources = Sources::new();
        let file = sources.add("a.flow.hcl", text.as_bytes());
        for offset in (0..text.len() + 2).step_by(1 + text.len() / 400) {
            let found = complete(&sources, file, offset);
            assert!(found.items.iter().all(|i| i.text.starts_with(&found.begun)));
        }
    }
}
