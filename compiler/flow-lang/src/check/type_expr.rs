//! Type expressions: `string`, `list(number)`, `object({ a = optional(string) })`.

use std::collections::BTreeMap;

use flow_bundle::types::Attribute;
use flow_bundle::{Expr, Type};

use super::Module;
use super::constant;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{self, Call, Entry, ExprKind};

pub(crate) const PLAIN: [&str; 10] = [
    "string",
    "number",
    "bool",
    "duration",
    "timestamp",
    "user",
    "channel",
    "target",
    "json",
    "none",
];
pub(crate) const BUILT: [&str; 5] = ["list", "set", "map", "object", "sensitive"];

/// The type that is written here; none where it was reported.
pub(crate) fn read(m: &mut Module<'_>, e: &tree::Expr) -> Option<Type> {
    match &e.kind {
        ExprKind::Name(name) => plain(m, name, e.span),
        ExprKind::Call(call) => built(m, call, e.span),
        ExprKind::Parens(inner) => read(m, inner),
        ExprKind::Error => None,
        ExprKind::String(text) => {
            let message = format!("a type is written without quotes: `{}`", text.value);
            m.report(
                Diagnostic::new(code::T219, e.span, message, "drop the quotes")
                    .help(format!("write `{}`", text.value))
                    .fix(e.span, &text.value),
            );
            None
        }
        _ => bad(m, e.span, "this is no type", None),
    }
}

fn plain(m: &mut Module<'_>, name: &str, span: Span) -> Option<Type> {
    if PLAIN.contains(&name) {
        return Type::plain(name);
    }
    if BUILT.contains(&name) {
        return bad(m, span, &format!("`{name}` needs to say of what"), Some(form(name)));
    }
    if name == "any" {
        return bad(m, span, "there is no type `any`", Some("say which type it is".to_owned()));
    }
    misspelt(m, span, name, &format!("there is no type `{name}`"), &[&PLAIN[..], &BUILT].concat())
}

fn misspelt(
    m: &mut Module<'_>,
    span: Span,
    name: &str,
    message: &str,
    known: &[&'static str],
) -> Option<Type> {
    let known = known.iter().copied();
    let found = Diagnostic::new(code::T219, span, message, "not a type")
        .rename(span, suggest::only(name, known.clone()));
    m.report(found.help_if(suggest::help(name, known, "")));
    None
}

fn form(name: &str) -> String {
    match name {
        "object" => "write `object({ name = string })`".to_owned(),
        _ => format!("write `{name}(string)`"),
    }
}

fn built(m: &mut Module<'_>, call: &Call, span: Span) -> Option<Type> {
    let name = call.name.text.as_str();
    let [inner] = call.args.as_slice() else {
        return bad(m, span, &format!("`{name}` takes one type"), Some(form(name)));
    };
    match name {
        "list" => Some(Type::list(read(m, inner)?)),
        "set" => Some(Type::Set(Box::new(read(m, inner)?))),
        "map" => Some(Type::Map(Box::new(read(m, inner)?))),
        "sensitive" => match read(m, inner)? {
            Type::String => Some(Type::Sensitive(Box::new(Type::String))),
            _ => bad(m, inner.span, "only a text is sensitive", Some(form(name))),
        },
        "object" => match &inner.kind {
            ExprKind::Object(entries) => attributes(m, entries).map(Type::Object),
            _ => bad(m, inner.span, "`object` takes `{ name = type }`", Some(form(name))),
        },
        "optional" => bad(
            m,
            span,
            "`optional` may stand only inside `object`",
            Some("write `object({ name = optional(string) })`".to_owned()),
        ),
        "ref" => bad(
            m,
            span,
            "`ref` may stand only as the type of a variable",
            Some("for targets and groups in lists write `list(target)`".to_owned()),
        ),
        _ => {
            let message = format!("there is no type `{name}(…)`");
            misspelt(m, call.name.span, name, &message, &BUILT)
        }
    }
}

/// `{ name = type }`, with `optional(type, default)`.
pub(crate) fn attributes(
    m: &mut Module<'_>,
    entries: &[Entry],
) -> Option<BTreeMap<String, Attribute>> {
    let mut out = BTreeMap::new();
    let mut is_whole = true;
    for entry in entries {
        let Some(key) = entry.key.text() else {
            bad(m, entry.key.span(), "the name of an attribute is a word", None);
            is_whole = false;
            continue;
        };
        match attribute(m, &entry.value) {
            Some(attribute) => {
                out.insert(key.to_owned(), attribute);
            }
            None => is_whole = false,
        }
    }
    is_whole.then_some(out)
}

fn attribute(m: &mut Module<'_>, e: &tree::Expr) -> Option<Attribute> {
    let ExprKind::Call(call) = &e.kind else {
        return read(m, e).map(Attribute::required);
    };
    if call.name.text != "optional" {
        return read(m, e).map(Attribute::required);
    }
    match call.args.as_slice() {
        [ty] => Some(Attribute { ty: read(m, ty)?, optional: Some(Expr::Null) }),
        [ty, default] => {
            let ty = read(m, ty)?;
            let default = constant::read(m, default, &ty)?;
            Some(Attribute { ty, optional: Some(default.ir) })
        }
        _ => {
            bad(m, e.span, "`optional` takes a type and a default", None);
            None
        }
    }
}

fn bad(m: &mut Module<'_>, span: Span, message: &str, help: Option<String>) -> Option<Type> {
    m.report(Diagnostic::new(code::T219, span, message, "not a type").help_if(help.or_else(
        || Some(format!("the types are {}", PLAIN.map(|p| format!("`{p}`")).join(", "))),
    )));
    None
}
