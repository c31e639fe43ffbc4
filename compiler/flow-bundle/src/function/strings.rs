//! Functions on text. Text is a sequence of code points; nothing here depends on a locale.

use base64::Engine as _;

use super::format::format;
use super::{Arguments, BASE, Function, pattern};
use crate::eval::{Evaluated, conversion, count, too_large};
use crate::limits::RESULT_BYTES;
use crate::print::print;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "lower",
        signature: "lower(s: string) -> string",
        doc: "The text in lower case.",
        example: r#"lower("Ana ÉLÈVE") == "ana élève""#,
        call: lower,
        ..BASE
    },
    Function {
        name: "upper",
        signature: "upper(s: string) -> string",
        doc: "The text in upper case.",
        example: r#"upper("ana") == "ANA""#,
        call: upper,
        ..BASE
    },
    Function {
        name: "title",
        signature: "title(s: string) -> string",
        doc: "The first letter of each word in upper case.",
        example: r#"title("prod admin") == "Prod Admin""#,
        call: title,
        ..BASE
    },
    Function {
        name: "trim",
        signature: "trim(s: string) -> string",
        doc: "The text without white space at both ends.",
        example: r#"trim("  a b ") == "a b""#,
        call: trim,
        ..BASE
    },
    Function {
        name: "trimprefix",
        signature: "trimprefix(s: string, prefix: string) -> string",
        min: 2,
        max: Some(2),
        doc: "The text without `prefix`, once, where it starts with it.",
        example: r#"trimprefix("prod-db", "prod-") == "db""#,
        call: trimprefix,
        ..BASE
    },
    Function {
        name: "trimsuffix",
        signature: "trimsuffix(s: string, suffix: string) -> string",
        min: 2,
        max: Some(2),
        doc: "The text without `suffix`, once, where it ends with it.",
        example: r#"trimsuffix("db.internal", ".internal") == "db""#,
        call: trimsuffix,
        ..BASE
    },
    Function {
        name: "split",
        signature: "split(sep: string, s: string) -> list(string)",
        min: 2,
        max: Some(2),
        doc: "The parts between separators; an empty separator gives single code points.",
        example: r#"split(",", "a,,b") == ["a", "", "b"]"#,
        call: split,
        ..BASE
    },
    Function {
        name: "join",
        signature: "join(sep: string, list: list(string)) -> string",
        min: 2,
        max: Some(2),
        doc: "The elements with the separator between them.",
        example: r#"join(", ", ["Ana", "Bo"]) == "Ana, Bo""#,
        call: join,
        ..BASE
    },
    Function {
        name: "replace",
        signature: "replace(s: string, old: string, new: string) -> string",
        min: 3,
        max: Some(3),
        doc: "The text with each `old` replaced; an empty `old` changes nothing.",
        example: r#"replace("a-b-c", "-", "_") == "a_b_c""#,
        call: replace,
        ..BASE
    },
    Function {
        name: "startswith",
        signature: "startswith(s: string, prefix: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the text starts with `prefix`.",
        example: r#"startswith("prod-db", "prod-") == true"#,
        call: startswith,
        ..BASE
    },
    Function {
        name: "endswith",
        signature: "endswith(s: string, suffix: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the text ends with `suffix`.",
        example: r#"endswith("ana@acme.example", "@acme.example") == true"#,
        call: endswith,
        ..BASE
    },
    Function {
        name: "contains_text",
        signature: "contains_text(s: string, part: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the text holds `part`.",
        example: r#"contains_text("prod-db", "od-") == true"#,
        call: contains_text,
        ..BASE
    },
    Function {
        name: "matches",
        signature: "matches(s: string, pattern: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the pattern matches the whole text, in linear time.",
        example: r#"matches("T123ABC", "T[A-Z0-9]{6,}") == true"#,
        cost: 200,
        call: matches,
        ..BASE
    },
    Function {
        name: "regex",
        signature: "regex(s: string, pattern: string) -> string?",
        min: 2,
        max: Some(2),
        doc: "The first match: its first group where the pattern has one, else all of it.",
        example: r#"regex("ticket OPS-12 is open", "([A-Z]+)-[0-9]+") == "OPS""#,
        cost: 200,
        call: regex,
        ..BASE
    },
    Function {
        name: "substr",
        signature: "substr(s: string, start: number, count: number) -> string",
        min: 3,
        max: Some(3),
        doc: "At most `count` code points from `start`, counted from 0.",
        example: r#"substr("élève", 1, 2) == "lè""#,
        call: substr,
        ..BASE
    },
    Function {
        name: "format",
        signature: "format(pattern: string, ...args: bool | number | string | duration | timestamp | user) -> string",
        max: None,
        doc: "`%s` prints, `%d` prints a whole number, `%.2f` rounds half-even, `%%` is a percent sign; `%5s`, `%-5s` and `%05d` pad.",
        example: r#"format("%s: %03d of %.1f%%", "a", 7, 12.25) == "a: 007 of 12.2%""#,
        call: format,
        ..BASE
    },
    Function {
        name: "truncate",
        signature: "truncate(s: string, count: number) -> string",
        min: 2,
        max: Some(2),
        doc: "At most `count` code points; what was cut ends in `…`.",
        example: r#"truncate("abcdef", 4) == "abc…""#,
        call: truncate,
        ..BASE
    },
    Function {
        name: "urlencode",
        signature: "urlencode(s: string) -> string",
        doc: "Percent-encoded UTF-8; only letters, digits and `-._~` stay.",
        example: r#"urlencode("a b/é") == "a%20b%2F%C3%A9""#,
        call: urlencode,
        ..BASE
    },
    Function {
        name: "base64encode",
        signature: "base64encode(s: string) -> string",
        doc: "Base64 of the UTF-8 bytes, with padding.",
        example: r#"base64encode("hi") == "aGk=""#,
        call: base64encode,
        ..BASE
    },
    Function {
        name: "sha256",
        signature: "sha256(s: string) -> string",
        doc: "SHA-256 of the UTF-8 bytes, in lower-case hex.",
        example: r#"substr(sha256("abc"), 0, 8) == "ba7816bf""#,
        call: sha256,
        ..BASE
    },
    Function {
        name: "is_lambda_arn",
        signature: "is_lambda_arn(s: string) -> bool",
        doc: "Whether the text is one full Lambda ARN without wildcards, with or without a version or alias.",
        example: r#"is_lambda_arn("arn:aws:lambda:us-east-1:123456789012:function:*") == false"#,
        call: is_lambda_arn,
        ..BASE
    },
    Function {
        name: "is_email",
        signature: "is_email(s: string) -> bool",
        doc: "Whether the text has the form of an e-mail address.",
        example: r#"is_email("ana@acme.example") == true"#,
        call: is_email,
        ..BASE
    },
    Function {
        name: "cidrcontains",
        signature: "cidrcontains(net: string, ip: string) -> bool",
        min: 2,
        max: Some(2),
        doc: "Whether the address lies in the network.",
        example: r#"cidrcontains("10.0.0.0/8", "10.20.0.1") == true"#,
        call: cidrcontains,
        ..BASE
    },
    Function {
        name: "raw",
        signature: "raw(s: string) -> string",
        doc: "In a message: the text as it is, not escaped for the medium.",
        example: r#"raw("*bold*") == "*bold*""#,
        call: raw,
        ..BASE
    },
    Function {
        name: "mention",
        signature: "mention(user: user) -> string",
        doc: "In a message: the person, in the medium's own form; elsewhere the name.",
        example: r#"mention(user("ana@acme.example")) == "ana@acme.example""#,
        call: mention,
        ..BASE
    },
    Function {
        name: "link",
        signature: "link(url: string, text: string) -> string",
        min: 2,
        max: Some(2),
        doc: "In a message: a link in the medium's own form; elsewhere `text (url)`.",
        example: r#"link("https://a.example", "runbook") == "runbook (https://a.example)""#,
        call: link,
        ..BASE
    },
];

fn text(s: impl Into<String>) -> Evaluated {
    Ok(Value::String(s.into()))
}

fn lower(a: Arguments) -> Evaluated {
    text(a.text(0)?.to_lowercase())
}

fn upper(a: Arguments) -> Evaluated {
    text(a.text(0)?.to_uppercase())
}

fn title(a: Arguments) -> Evaluated {
    let mut out = String::new();
    let mut starts = true;
    for c in a.text(0)?.chars() {
        if starts {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        starts = c.is_whitespace();
    }
    text(out)
}

fn trim(a: Arguments) -> Evaluated {
    text(a.text(0)?.trim())
}

fn trimprefix(a: Arguments) -> Evaluated {
    let s = a.text(0)?;
    text(s.strip_prefix(a.text(1)?).unwrap_or(s))
}

fn trimsuffix(a: Arguments) -> Evaluated {
    let s = a.text(0)?;
    text(s.strip_suffix(a.text(1)?).unwrap_or(s))
}

fn split(a: Arguments) -> Evaluated {
    let (sep, s) = (a.text(0)?, a.text(1)?);
    // Each part costs sixteen bytes of the result, so a text of separators is refused early.
    if s.len() / sep.len().max(1) > RESULT_BYTES / 16 {
        return Err(too_large());
    }
    let part = |s: &str| Value::String(s.to_owned());
    Ok(Value::List(if sep.is_empty() {
        s.chars().map(|c| Value::String(c.into())).collect()
    } else {
        s.split(sep).map(part).collect()
    }))
}

fn join(a: Arguments) -> Evaluated {
    let sep = a.text(0)?;
    let mut out = String::new();
    for (i, part) in a.list(1)?.iter().enumerate() {
        if i > 0 {
            out.push_str(sep);
        }
        out.push_str(&print(part)?);
        if out.len() > RESULT_BYTES {
            return Err(too_large());
        }
    }
    text(out)
}

fn replace(a: Arguments) -> Evaluated {
    let (s, old, new) = (a.text(0)?, a.text(1)?, a.text(2)?);
    if old.is_empty() {
        return text(s);
    }
    let mut out = String::new();
    for (i, part) in s.split(old).enumerate() {
        if i > 0 {
            out.push_str(new);
        }
        out.push_str(part);
        if out.len() > RESULT_BYTES {
            return Err(too_large());
        }
    }
    text(out)
}

fn startswith(a: Arguments) -> Evaluated {
    Ok(Value::Bool(a.text(0)?.starts_with(a.text(1)?)))
}

fn endswith(a: Arguments) -> Evaluated {
    Ok(Value::Bool(a.text(0)?.ends_with(a.text(1)?)))
}

fn contains_text(a: Arguments) -> Evaluated {
    Ok(Value::Bool(a.text(0)?.contains(a.text(1)?)))
}

fn matches(a: Arguments) -> Evaluated {
    let whole = pattern::whole(a.text(1)?).map_err(conversion)?;
    Ok(Value::Bool(whole.is_match(a.text(0)?)))
}

fn regex(a: Arguments) -> Evaluated {
    let found = pattern::part(a.text(1)?).map_err(conversion)?.captures(a.text(0)?);
    let group = found.and_then(|c| {
        let wanted = if c.len() > 1 { c.get(1) } else { c.get(0) };
        wanted.map(|m| m.as_str().to_owned())
    });
    Ok(group.map_or(Value::Null, Value::String))
}

fn substr(a: Arguments) -> Evaluated {
    let (start, many) = (count(a.number(1)?, "the start")?, count(a.number(2)?, "the count")?);
    text(a.text(0)?.chars().skip(start).take(many).collect::<String>())
}

fn truncate(a: Arguments) -> Evaluated {
    let (s, most) = (a.text(0)?, count(a.number(1)?, "the count")?);
    if s.chars().nth(most).is_none() {
        return text(s);
    }
    let mut out: String = s.chars().take(most.saturating_sub(1)).collect();
    if most > 0 {
        out.push('…');
    }
    text(out)
}

fn urlencode(a: Arguments) -> Evaluated {
    text(percent_encode(a.text(0)?))
}

/// Percent-encodes everything but letters, digits and `-._~` (RFC 3986, unreserved).
#[must_use]
pub fn percent_encode(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for byte in s.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn base64encode(a: Arguments) -> Evaluated {
    text(base64::engine::general_purpose::STANDARD.encode(a.text(0)?))
}

fn sha256(a: Arguments) -> Evaluated {
    text(crate::Digest::of(a.text(0)?.as_bytes()).hex())
}

fn is_lambda_arn(a: Arguments) -> Evaluated {
    Ok(Value::Bool(super::arn::is_lambda_arn(a.text(0)?)))
}

fn is_email(a: Arguments) -> Evaluated {
    Ok(Value::Bool(super::network::is_email(a.text(0)?)))
}

fn cidrcontains(a: Arguments) -> Evaluated {
    super::network::contains(a.text(0)?, a.text(1)?).map(Value::Bool).map_err(conversion)
}

fn raw(a: Arguments) -> Evaluated {
    text(a.text(0)?)
}

fn mention(a: Arguments) -> Evaluated {
    text(a.user(0)?.called())
}

fn link(a: Arguments) -> Evaluated {
    text(format!("{} ({})", a.text(1)?, a.text(0)?))
}
