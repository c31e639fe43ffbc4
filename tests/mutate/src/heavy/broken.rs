//! What is not closed, and what is not known.

use super::{HEAD, lines};

pub(super) fn nested(size: usize) -> Vec<(String, String)> {
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

/// The end marker of each heredoc stands in the code of a template, where it ends nothing.
fn swallowed(size: usize) -> String {
    let count = size / 24;
    let open: String = (0..count).map(|i| format!("x{i} = <<A{i}\nt\n}}\n")).collect();
    let ends: String = (0..count).map(|i| format!("A{i}\n")).collect();
    format!("{HEAD}{open}y = <<Z\n${{\n{ends}}}\nZ\n")
}

pub(super) fn broken(size: usize) -> Vec<(String, String)> {
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
        (
            "heredocs that no line ends, with code behind each".to_owned(),
            lines(size, HEAD, "", |i| format!("locals {{\n  x{i} = <<A{i}\nt\n}}\n")),
        ),
        ("heredocs whose ends another one swallows".to_owned(), swallowed(size)),
        (
            "many openers, and closers of another kind".to_owned(),
            format!("x = {}{}\n", "(".repeat(size / 2), "]".repeat(size / 2)),
        ),
        (
            "strings without an end behind many openers".to_owned(),
            format!("x = {}\n{}", "(".repeat(size / 2), "\"\n".repeat(size / 4)),
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
