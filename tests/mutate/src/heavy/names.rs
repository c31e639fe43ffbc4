//! Many names, values and texts.

use super::{FLOW, HEAD, STAGE, lines};

pub(super) fn names(size: usize) -> Vec<(String, String)> {
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
