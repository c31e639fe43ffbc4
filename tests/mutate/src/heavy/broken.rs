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
