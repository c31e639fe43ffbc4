//! Texts for a medium: the author's words and words from outside stay apart.
//!
//! Escaping (and percent-encoding of paths) belongs to the medium and is not here.

use crate::eval::{EvalError, EvalErrorKind, Scope, eval};
use crate::expr::Expr;
use crate::print::print;
use crate::value::{User, Value};

/// One part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextPart {
    /// Written in the flow: stands as it is.
    Author(String),
    /// Comes from an expression: escaped by the medium.
    External(String),
    /// `raw(…)`: from an expression, and stands as it is because the author says so.
    Raw(String),
    /// `mention(…)`: a person, in the medium's own form.
    Mention(User),
    /// `link(…)`, in the medium's own form.
    Link {
        /// Where it leads.
        url: String,
        /// What is shown.
        text: String,
    },
}

impl TextPart {
    /// The part as plain text.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Author(s) | Self::External(s) | Self::Raw(s) => s.clone(),
            Self::Mention(user) => user.called().to_owned(),
            Self::Link { url, text } => format!("{text} ({url})"),
        }
    }
}

/// The parts of a text. Words that the author wrote stay the author's inside `%{if}` too.
///
/// # Errors
/// The first part that has no value or no text.
pub fn render(text: &Expr, scope: &Scope<'_>) -> Result<Vec<TextPart>, EvalError> {
    let mut parts = Vec::new();
    collect(text, scope, &mut parts)?;
    Ok(parts)
}

/// The path of a URL: each part that comes from outside is percent-encoded.
///
/// # Errors
/// As [`render`]; `path_segment` where a segment is empty, `.` or `..`.
pub fn render_path(path: &Expr, scope: &Scope<'_>) -> Result<String, EvalError> {
    let parts = render(path, scope)?;
    let text: String = parts
        .iter()
        .map(|part| match part {
            TextPart::Author(s) => s.clone(),
            other => crate::function::percent_encode(&other.plain()),
        })
        .collect();
    let path = text.split('?').next().unwrap_or_default();
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if path != "/" && !path.is_empty() && inner.split('/').any(|s| matches!(s, "" | "." | "..")) {
        let message = format!("`{path}` has a segment that is empty, `.` or `..`");
        return Err(EvalError::new(EvalErrorKind::PathSegment, message));
    }
    Ok(text)
}

fn collect(expr: &Expr, scope: &Scope<'_>, parts: &mut Vec<TextPart>) -> Result<(), EvalError> {
    match expr {
        Expr::Template(inner) => {
            for part in inner {
                collect(part, scope, parts)?;
            }
        }
        Expr::String(s) => parts.push(TextPart::Author(s.clone())),
        Expr::If(condition, then, otherwise) => {
            let Value::Bool(holds) = eval(condition, scope)? else {
                return Err(EvalError::new(EvalErrorKind::Conversion, "a condition is no bool"));
            };
            collect(if holds { then } else { otherwise }, scope, parts)?;
        }
        Expr::Call(id, args) => parts.push(called(id, args, expr, scope)?),
        other => parts.push(TextPart::External(print(&eval(other, scope)?)?)),
    }
    Ok(())
}

fn called(id: &str, args: &[Expr], whole: &Expr, scope: &Scope<'_>) -> Result<TextPart, EvalError> {
    match (id, args) {
        ("raw@1", [s]) => Ok(TextPart::Raw(print(&eval(s, scope)?)?)),
        ("mention@1", [user]) => match eval(user, scope)? {
            Value::User(user) => Ok(TextPart::Mention(user)),
            other => {
                let message = format!("`mention` of {}", other.kind());
                Err(EvalError::new(EvalErrorKind::Conversion, message))
            }
        },
        ("link@1", [url, text]) => Ok(TextPart::Link {
            url: print(&eval(url, scope)?)?,
            text: print(&eval(text, scope)?)?,
        }),
        _ => Ok(TextPart::External(print(&eval(whole, scope)?)?)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(expr: serde_json::Value, scope: &Scope<'_>) -> String {
        let expr = Expr::from_json(&expr).unwrap();
        let parts = match render(&expr, scope) {
            Ok(parts) => parts,
            Err(e) => return e.to_string(),
        };
        let one = |p: &TextPart| match p {
            TextPart::Author(s) => s.clone(),
            TextPart::External(s) => format!("<{s}>"),
            TextPart::Raw(s) => format!("!{s}!"),
            TextPart::Mention(u) => format!("@{}", u.email),
            TextPart::Link { url, text } => format!("[{text}]({url})"),
        };
        parts.iter().map(one).collect()
    }

    #[test]
    fn the_authors_words_stay_apart() {
        let scope = Scope::new()
            .with("who", Value::User(User::named("ana@x")))
            .with("why", Value::String("*now*".into()))
            .with("no", Value::Null);
        let get = |n: &str| json!(["get", n]);
        let s = |t: &str| json!(["s", t]);
        for (expr, expected) in [
            (s("*hi*"), "*hi*"),
            (json!(["tmpl", s("*"), get("who"), s("*: "), get("why")]), "*<ana@x>*: <*now*>"),
            (
                json!(["tmpl", s("a"), ["?", ["b", true], ["tmpl", s("*b*"), get("why")], s("")]]),
                "a*b*<*now*>",
            ),
            (json!(["tmpl", ["call", "raw@1", get("why")]]), "!*now*!"),
            (
                json!([
                    "tmpl",
                    ["call", "mention@1", get("who")],
                    ["call", "link@1", s("https://x"), get("why")]
                ]),
                "@ana@x[*now*](https://x)",
            ),
            (json!(["tmpl", ["call", "upper@1", get("why")]]), "<*NOW*>"),
            (json!(["tmpl", get("no")]), "null: null has no text"),
        ] {
            assert_eq!(shown(expr, &scope), expected);
        }
    }

    #[test]
    fn paths() {
        let path = |id: &str| {
            let scope = Scope::new().with("id", Value::String(id.into()));
            let expr = json!(["tmpl", ["s", "/workflow/"], ["get", "id"], ["s", "/job?x=1"]]);
            render_path(&Expr::from_json(&expr).unwrap(), &scope).map_err(|e| e.kind)
        };
        assert_eq!(path("a/b c"), Ok("/workflow/a%2Fb%20c/job?x=1".into()));
        for bad in ["", ".", ".."] {
            assert_eq!(path(bad), Err(EvalErrorKind::PathSegment), "{bad}");
        }
    }
}
