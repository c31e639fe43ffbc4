//! Functions on text. Text is a sequence of code points; nothing here depends on a locale.

use super::{BASE, Function};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "lower",
        signature: "lower(s: string) -> string",
        doc: "The text in lower case.",
        example: r#"lower("Ana ÉLÈVE") == "ana élève""#,
        ..BASE
    },
    Function {
        name: "upper",
        signature: "upper(s: string) -> string",
        doc: "The text in upper case.",
        example: r#"upper("ana") == "ANA""#,
        ..BASE
    },
    Function {
        name: "title",
        signature: "title(s: string) -> string",
        doc: "The first letter of each word in upper case.",
        example: r#"title("prod admin") == "Prod Admin""#,
        ..BASE
    },
    Function {
        name: "trim",
        signature: "trim(s: string) -> string",
        doc: "The text without white space at both ends.",
        example: r#"trim("  a b ") == "a b""#,
        ..BASE
    },
    Function {
        name: "trimprefix",
        signature: "trimprefix(s: string, prefix: string) -> string",
        min: 2,
        max: Some(2),
        doc: "The text without `prefix`, once, where it starts with it.",
        example: r#"trimprefix("prod-db", "prod-") == "db""#,
        ..BASE
    },
    Function {
        name: "trimsuffix",
        signature: "trimsuffix(s: string, suffix: string) -> string",
        min: 2,
        max: Some(2),
        doc: "The text without `suffix`, once, where it ends with it.",
        example: r#"trimsuffix("db.internal", ".internal") == "db""#,
        ..BASE
    },
    Function {
        name: "split",
        signature: "split(sep: string, s: string) -> list(string)",
        min: 2,
        max: Some(2),
        doc: "The parts between separators; an empty separator gives single code points.",
        example: r#"split(",", "a,,b") == ["a", "", "b"]"#,
        ..BASE
    },
    Function {
        name: "join",
        signature: "join(sep: string, list: list(string)) -> string",
        min: 2,
        max: Some(2),
        doc: "The elements with the separator between them.",
        example: r#"join(", ", ["Ana", "Bo"]) == "Ana, Bo""#,
        ..BASE
    },
    Function {
        name: "replace",
        signature: "replace(s: string, old: string, new: string) -> string",
        min: 3,
        max: Some(3),
        doc: "The text with each `old` replaced; an empty `old` changes nothing.",
        example: r#"replace("a-b-c", "-", "_") == "a_b_c""#,
        ..BASE
    },
    Function {
        name: "startswith",
        signature: "startswith(s: string, prefix: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the text starts with `prefix`.",
        example: r#"startswith("prod-db", "prod-") == true"#,
        ..BASE
    },
    Function {
        name: "endswith",
        signature: "endswith(s: string, suffix: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the text ends with `suffix`.",
        example: r#"endswith("ana@acme.example", "@acme.example") == true"#,
        ..BASE
    },
    Function {
        name: "contains_text",
        signature: "contains_text(s: string, part: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the text holds `part`.",
        example: r#"contains_text("prod-db", "od-") == true"#,
        ..BASE
    },
    Function {
        name: "matches",
        signature: "matches(s: string, pattern: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the pattern matches the whole text, in linear time.",
        example: r#"matches("T123ABC", "T[A-Z0-9]{6,}") == true"#,
        ..BASE
    },
    Function {
        name: "regex",
        signature: "regex(s: string, pattern: string) -> string?",
        min: 2,
        max: Some(2),
        doc: "The first match: its first group where the pattern has one, else all of it.",
        example: r#"regex("ticket OPS-12 is open", "([A-Z]+)-[0-9]+") == "OPS""#,
        ..BASE
    },
    Function {
        name: "substr",
        signature: "substr(s: string, start: number, count: number) -> string",
        min: 3,
        max: Some(3),
        doc: "At most `count` code points from `start`, counted from 0.",
        example: r#"substr("élève", 1, 2) == "lè""#,
        ..BASE
    },
    Function {
        name: "format",
        signature: "format(pattern: string, ...args: bool | number | string | duration | timestamp | user) -> string",
        max: None,
        doc: "`%s` prints, `%d` prints a whole number, `%.2f` rounds half-even, `%%` is a percent sign; `%5s`, `%-5s` and `%05d` pad.",
        example: r#"format("%s: %03d of %.1f%%", "a", 7, 12.25) == "a: 007 of 12.2%""#,
        ..BASE
    },
    Function {
        name: "truncate",
        signature: "truncate(s: string, count: number) -> string",
        min: 2,
        max: Some(2),
        doc: "At most `count` code points; what was cut ends in `…`.",
        example: r#"truncate("abcdef", 4) == "abc…""#,
        ..BASE
    },
    Function {
        name: "urlencode",
        signature: "urlencode(s: string) -> string",
        doc: "Percent-encoded UTF-8; only letters, digits and `-._~` stay.",
        example: r#"urlencode("a b/é") == "a%20b%2F%C3%A9""#,
        ..BASE
    },
    Function {
        name: "base64encode",
        signature: "base64encode(s: string) -> string",
        doc: "Base64 of the UTF-8 bytes, with padding.",
        example: r#"base64encode("hi") == "aGk=""#,
        ..BASE
    },
    Function {
        name: "sha256",
        signature: "sha256(s: string) -> string",
        doc: "SHA-256 of the UTF-8 bytes, in lower-case hex.",
        example: r#"substr(sha256("abc"), 0, 8) == "ba7816bf""#,
        ..BASE
    },
    Function {
        name: "is_lambda_arn",
        signature: "is_lambda_arn(s: string) -> bool",
        doc: "Whether the text is one full Lambda ARN without wildcards, with or without a version or alias.",
        example: r#"is_lambda_arn("arn:aws:lambda:us-east-1:123456789012:function:*") == false"#,
        ..BASE
    },
    Function {
        name: "is_email",
        signature: "is_email(s: string) -> bool",
        doc: "Whether the text has the form of an e-mail address.",
        example: r#"is_email("ana@acme.example") == true"#,
        ..BASE
    },
    Function {
        name: "cidrcontains",
        signature: "cidrcontains(net: string, ip: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the address lies in the network.",
        example: r#"cidrcontains("10.0.0.0/8", "10.20.0.1") == true"#,
        ..BASE
    },
    Function {
        name: "raw",
        signature: "raw(s: string) -> string",
        doc: "In a message: the text as it is, not escaped for the medium.",
        example: r#"raw("*bold*") == "*bold*""#,
        ..BASE
    },
    Function {
        name: "mention",
        signature: "mention(user: user) -> string",
        doc: "In a message: the person, in the medium's own form; elsewhere the name.",
        example: r#"mention(user("ana@acme.example")) == "ana@acme.example""#,
        ..BASE
    },
    Function {
        name: "link",
        signature: "link(url: string, text: string) -> string",
        min: 2,
        max: Some(2),
        doc: "In a message: a link in the medium's own form; elsewhere `text (url)`.",
        example: r#"link("https://a.example", "runbook") == "runbook (https://a.example)""#,
        ..BASE
    },
];
