//! Values that double, loops, patterns.

use super::{FLOW, HEAD, STAGE, lines};

pub(super) fn growing(size: usize) -> Vec<(String, String)> {
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
