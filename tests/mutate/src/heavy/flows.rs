//! Many parts of one flow, and many flows.

use super::{FLOW, HEAD, STAGE, lines};

pub(super) fn flows(size: usize) -> Vec<(String, String)> {
    let step = |i: usize| {
        format!(
            "    step \"aws_lambda\" \"s{i}\" {{\n      function = \"arn:aws:lambda:us-east-1:123456789012:function:x:1\"\n      output = object({{ a = string, b = number }})\n    }}\n"
        )
    };
    vec![
        (
            "many steps".to_owned(),
            lines(
                size,
                &format!("{FLOW}  hook \"on_request\" {{\n"),
                &format!("  }}\n{STAGE}"),
                step,
            ),
        ),
        (
            "many decisions".to_owned(),
            lines(
                size,
                &format!("{FLOW}  hook \"on_request\" {{\n"),
                &format!("  }}\n{STAGE}"),
                |i| {
                    format!(
                        "    decision \"deny\" {{\n      when = requester.role == \"r{i}\"\n      reason = \"no\"\n    }}\n"
                    )
                },
            ),
        ),
        (
            "many stages".to_owned(),
            lines(size, FLOW, "}\n", |i| {
                format!("  approval \"s{i}\" {{\n    approvers = group.g\n  }}\n")
            }),
        ),
        (
            "many stages with conditions".to_owned(),
            lines(size, FLOW, STAGE, |i| {
                format!(
                    "  approval \"s{i}\" {{\n    approvers = group.g\n    when = requester.role == \"r{i}\"\n  }}\n"
                )
            }),
        ),
    ]
}

pub(super) fn parts(size: usize) -> Vec<(String, String)> {
    let text = "x ".repeat(size / 4);
    let said = lines(
        size,
        &format!("{FLOW}  hook \"after_request\" {{\n"),
        &format!("  }}\n{STAGE}message \"m\" {{\n  text = \"${{requester.name}} {text}\"\n}}\n"),
        |_| "    notify {\n      to = requester\n      message = message.m\n    }\n".to_owned(),
    );
    vec![
        (
            "many fields".to_owned(),
            lines(size, &format!("{FLOW}  prompt {{\n"), &format!("  }}\n{STAGE}"), |i| {
                format!("    field \"f{i}\" {{\n      type = string\n    }}\n")
            }),
        ),
        (
            "many choices".to_owned(),
            lines(
                size,
                &format!(
                    "{FLOW}  prompt {{\n    field \"f\" {{\n      type = string\n      allowed = [\n"
                ),
                &format!("      ]\n    }}\n  }}\n{STAGE}"),
                |i| format!("        \"c{i}\",\n"),
            ),
        ),
        (
            "many people".to_owned(),
            lines(size, &format!("{HEAD}group \"all\" {{\n  members = [\n"), "  ]\n}\n", |i| {
                format!("    user(\"p{i}@x.example\"),\n")
            }),
        ),
        ("one long message said often".to_owned(), said),
        ("many flows".to_owned(), many_flows(size)),
        (
            "many rules".to_owned(),
            lines(size, &format!("{FLOW}  approval \"one\" {{\n"), "  }\n}\n", |i| {
                format!("    rule \"r{i}\" {{\n      approvers = group.g\n    }}\n")
            }),
        ),
    ]
}

fn many_flows(size: usize) -> String {
    lines(size, HEAD, "", |i| {
        format!(
            "flow \"f{i}\" {{\n  permissions {{\n    request = members\n  }}\n  approval \"a\" {{\n    approvers = [user(\"a@x.example\"), user(\"b@x.example\")]\n  }}\n}}\n"
        )
    })
}
