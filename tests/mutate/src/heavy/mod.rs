//! Texts that would take long if something took time by the square, or grew without end.

/// A line for each number, as many as fit behind `head` and before `tail`.
fn lines(size: usize, head: &str, tail: &str, line: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    for i in 0.. {
        let next = line(i);
        if text.len() + next.len() + tail.len() > size {
            break;
        }
        text.push_str(&next);
    }
    text + tail
}

const HEAD: &str = "bundle \"h\" {\n  language = 1\n}\n";

/// What stands around the parts of one flow.
const FLOW: &str = "bundle \"h\" {\n  language = 1\n}\nintegration \"aws\" \"main\" {\n  region = \"us-east-1\"\n}\nenvironment \"e\" {\n  integrations = [integration.aws.main]\n  error_channel = user(\"o@x.example\")\n}\ngroup \"g\" {\n  members = [user(\"a@x.example\"), user(\"b@x.example\")]\n}\nflow \"f\" {\n  permissions {\n    request = members\n  }\n";

const STAGE: &str = "  approval \"last\" {\n    approvers = group.g\n  }\n}\n";

/// Every heavy text with its name, each of at most `size` bytes.
#[must_use]
pub fn texts(size: usize) -> Vec<(String, String)> {
    let mut all = nested(size);
    all.extend(names(size));
    all.extend(growing(size));
    all.extend(flows(size));
    all.extend(parts(size));
    all.extend(broken(size));
    all
}

fn nested(size: usize) -> Vec<(String, String)> {
    let pieces = [
        "(",
        "[",
        "{ a = ",
        "\"${",
        "!",
        "-",
        "a.",
        "1 + ",
        "a ? 1 : ",
        "a && ",
        "f(",
        "a {\n",
        "[for x in ",
        "%{ if a }",
        "<<A\n",
        "\"",
        "/*",
        "${",
        "a[",
        "x.*.",
    ];
    let mut all = Vec::new();
    for piece in pieces {
        for head in ["", "locals {\n  x = ", "locals {\n  x = \""] {
            let text = format!("{head}{}", piece.repeat((size - head.len()) / piece.len()));
            all.push((format!("{head:?} and {piece:?} again and again"), text));
        }
    }
    all
}

fn names(size: usize) -> Vec<(String, String)> {
    let group =
        |i: usize| format!("group \"team_{i:04}\" {{ members = [user(\"a@x.example\")] }}\n");
    let mut near = lines(size, HEAD, "", group);
    near.truncate(near[..size / 2].rfind('\n').unwrap_or(0) + 1);
    let near = lines(size, &format!("{near}locals {{\n  x = [\n"), "  ]\n}\n", |i| {
        format!("    group.taem_{i:04},\n")
    });
    let long = "n".repeat(size / 2 - 100);
    let flow_names = lines(size, FLOW, STAGE, |i| {
        format!(
            "  hook \"on_reqest\" {{\n    notify {{\n      to = steps.nmae_{i}.output\n      text = \"x\"\n    }}\n  }}\n"
        )
    });
    vec![
        ("names that are nearly others".to_owned(), near),
        (
            "a name of 50 KiB and one that is nearly it".to_owned(),
            format!("{HEAD}locals {{\n  {long} = 1\n  b = local.{long}x\n}}\n"),
        ),
        ("hooks and steps that are nearly others".to_owned(), flow_names),
        (
            "one name again and again".to_owned(),
            lines(size, HEAD, "", |_| "locals {\n  a = 1\n}\n".to_owned()),
        ),
        (
            "one attribute again and again".to_owned(),
            lines(size, &format!("{HEAD}locals {{\n"), "}\n", |_| "  a = 1\n".to_owned()),
        ),
        (
            "many attributes".to_owned(),
            lines(size, &format!("{HEAD}locals {{\n"), "}\n", |i| format!("  a{i} = 1\n")),
        ),
        (
            "a long object".to_owned(),
            lines(size, &format!("{HEAD}locals {{\n  x = {{\n"), "  }\n}\n", |i| {
                format!("    a{i} = 1\n")
            }),
        ),
        (
            "a long object of quoted keys".to_owned(),
            lines(size, &format!("{HEAD}locals {{\n  x = {{\n"), "  }\n}\n", |i| {
                format!("    \"ä{i}\" = 1\n")
            }),
        ),
        (
            "a long list of texts".to_owned(),
            lines(size, &format!("{HEAD}locals {{\n  x = [\n"), "  ]\n}\n", |i| {
                format!("    \"ä{i}\",\n")
            }),
        ),
        (
            "a long text".to_owned(),
            format!("{HEAD}locals {{\n  x = \"{}\"\n}}\n", "x ".repeat(size / 2 - 60)),
        ),
        (
            "a text of look-alikes".to_owned(),
            format!("{HEAD}locals {{\n  x = \"{}\"\n}}\n", "aаb ".repeat(size / 6)),
        ),
        (
            "a text that turns around".to_owned(),
            format!("{HEAD}locals {{\n  x = \"{}\"\n}}\n", "\u{202e}".repeat(size / 4)),
        ),
    ]
}

fn growing(size: usize) -> Vec<(String, String)> {
    let twice = |body: &str, variable: bool| {
        let given = if variable { "variable \"v\" {\n  type = string\n}\n" } else { "" };
        let start = if variable { "var.v" } else { "\"x\"" };
        let head = format!("{HEAD}{given}locals {{\n  a0 = {start}\n");
        let body = body.to_owned();
        let all: String = (1..60)
            .map(|i| format!("  a{i} = {}\n", body.replace('@', &format!("local.a{}", i - 1))))
            .collect();
        format!("{head}{all}}}\n")
    };
    let chain = lines(size, &format!("{HEAD}locals {{\n"), "  end = 1\n}\n", |i| {
        format!("  a{i} = local.a{}\n", i + 1)
    });
    let circle = chain.replace("  end = 1\n", "");
    let mut all = vec![
        ("a chain of locals".to_owned(), chain),
        ("a circle of locals".to_owned(), circle + "locals {\n}\n"),
    ];
    for (name, body) in [
        ("lists", "[@, @]"),
        ("texts", "\"${@}${@}\""),
        ("objects", "{ a = @, b = @ }"),
        ("conditions", "@ == \"x\" ? @ : @"),
        ("loops", "[for x in [1, 2] : @]"),
    ] {
        all.push((format!("{name} of locals that double"), twice(body, false)));
        all.push((format!("{name} of unknown locals that double"), twice(body, true)));
    }
    for body in [
        "[for a in range(100000) : a]",
        "[for a in range(1000) : [for b in range(1000) : b]]",
        "replace(join(\"\", [for a in range(9999) : \"aaaaaaaa\"]), \"a\", \"aaaaaaaaaaaaaaaa\")",
    ] {
        all.push((format!("the value {body}"), format!("{HEAD}locals {{\n  x = {body}\n}}\n")));
    }
    all.push((
        "many heavy patterns".to_owned(),
        lines(size, &format!("{HEAD}locals {{\n"), "}\n", |i| {
            format!("  a{i} = matches(\"x\", \"\\\\w{{{}}}(a|b){{50}}\")\n", 20 + i % 50)
        }),
    ));
    all.extend(patterns_and_loops(size));
    all
}

fn patterns_and_loops(size: usize) -> Vec<(String, String)> {
    let mut all = vec![(
        "many fields with a pattern".to_owned(),
        lines(size, &format!("{FLOW}  prompt {{\n"), &format!("  }}\n{STAGE}"), |i| {
            format!(
                "    field \"f{i}\" {{\n      type = string\n      pattern = \".{{1,{}}}\"\n      default = \"x\"\n    }}\n",
                500 + i % 200
            )
        }),
    )];
    for (name, value) in [
        ("many patterns that are tried", r#"matches("x", ".{1,@}")"#),
        ("many long loops", "[for x in range(@) : x]"),
        ("many loops that are read at once", "[for x in range(9@) : x][0]"),
    ] {
        let line =
            |i: usize| format!("  a{i} = {}\n", value.replace('@', &(500 + i % 200).to_string()));
        all.push((name.to_owned(), lines(size, &format!("{HEAD}locals {{\n"), "}\n", line)));
    }
    all
}

fn flows(size: usize) -> Vec<(String, String)> {
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

fn parts(size: usize) -> Vec<(String, String)> {
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

fn broken(size: usize) -> Vec<(String, String)> {
    vec![
        (
            "many strings without an end".to_owned(),
            lines(size, "", "", |i| format!("a{i} = \"x\n")),
        ),
        (
            "many brackets without an end".to_owned(),
            lines(size, "", "", |i| format!("a{i} = [1, (2\n")),
        ),
        (
            "many blocks without an end".to_owned(),
            lines(size, "", "", |i| format!("group \"g{i}\" {{\n")),
        ),
        (
            "many heredocs without an end".to_owned(),
            lines(size, "", "", |i| format!("a{i} = <<EOT\nx\n")),
        ),
        ("many closers".to_owned(), "}\n".repeat(size / 2)),
        (
            "many allow comments".to_owned(),
            lines(size, HEAD, "", |i| format!("# flowc:allow R112 \"x\"\nsecret \"s{i}\" {{}}\n")),
        ),
        (
            "many comments that allow nothing".to_owned(),
            lines(size, HEAD, "", |_| "# flowc:allow R112\n".to_owned()),
        ),
        (
            "many unknown blocks".to_owned(),
            lines(size, HEAD, "", |i| format!("gruop \"g{i}\" {{}}\n")),
        ),
        (
            "many unknown attributes".to_owned(),
            lines(size, &format!("{HEAD}secret \"s\" {{\n"), "}\n", |i| {
                format!("  descrption{i} = 1\n")
            }),
        ),
        ("nothing but spaces".to_owned(), " ".repeat(size)),
        ("nothing but line breaks".to_owned(), "\n".repeat(size)),
        ("nothing but signs".to_owned(), "=".repeat(size)),
        ("carriage returns".to_owned(), "\r".repeat(size)),
    ]
}
