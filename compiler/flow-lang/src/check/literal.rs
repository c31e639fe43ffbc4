//! Literals: what is written out becomes what is wanted at its place.

use std::collections::BTreeMap;

use flow_bundle::types::Attribute;
use flow_bundle::{Expr, Type};
use jiff::Timestamp;

use super::Module;
use super::expr::{Typed, expect, infer};
use super::scope::Scope;
use crate::code;
use crate::source::Span;
use crate::syntax::tree::{self, Entry, ExprKind, Key, Text};
use crate::types::{self, Ty};

pub(crate) fn number(m: &mut Module<'_>, text: &str, span: Span) -> Typed {
    match flow_bundle::decimal::parse(text) {
        Some(n) => Typed::new(Type::Number, Expr::Number(n), span),
        None => {
            let message = format!("`{text}` has more than 28 digits");
            m.say(code::T212, span, message, "too many digits", "write a shorter number");
            Typed::error(span)
        }
    }
}

/// A text, or what a text means where a duration or a timestamp is wanted.
pub(crate) fn text(m: &mut Module<'_>, text: &Text, span: Span, want: Option<&Type>) -> Typed {
    match want {
        Some(Type::Duration) => match flow_bundle::duration::parse(&text.value) {
            Some(seconds) => Typed::new(Type::Duration, Expr::Duration(seconds), span),
            None => {
                let message = format!("`{}` is no duration", text.value);
                m.say(
                    code::T210,
                    span,
                    message,
                    "not a duration",
                    "write \"90s\", \"30m\", \"1h30m\" or \"7d\"",
                );
                Typed::error(span)
            }
        },
        Some(Type::Timestamp) => match text.value.parse::<Timestamp>() {
            Ok(t) => Typed::new(Type::Timestamp, Expr::Timestamp(t.to_string()), span),
            Err(_) => {
                let message = format!("`{}` is no timestamp", text.value);
                m.say(
                    code::T211,
                    span,
                    message,
                    "not a timestamp",
                    "write \"2026-01-31T09:00:00Z\"",
                );
                Typed::error(span)
            }
        },
        _ => {
            if crate::lint::is_token(&text.value) {
                let help = "declare a `secret` and have the daemon map it to its source";
                m.say(code::N603, span, "this looks like a credential", "in the open", help);
            }
            Typed::new(Type::String, Expr::string(&text.value), span)
        }
    }
}

/// `[a, b]`: a tuple, or a list where one is wanted.
pub(crate) fn list(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    items: &[tree::Expr],
    span: Span,
    want: Option<&Type>,
) -> Typed {
    let of = match want {
        Some(Type::List(t) | Type::Set(t)) => Some((**t).clone()),
        Some(Type::Principals | Type::Principal) => Some(Type::User),
        _ => None,
    };
    if let Some(of) = of {
        let irs: Vec<Typed> = items.iter().map(|e| expect(m, scope, e, &of)).collect();
        let is_error = irs.iter().any(|t| t.ty.is_error());
        let ty = if is_error { Ty::Error } else { Ty::Of(Type::list(of)) };
        return Typed::new(ty, Expr::List(irs.into_iter().map(|t| t.ir).collect()), span);
    }
    // None stands for null.
    let mut types = Vec::new();
    let mut irs = Vec::new();
    let mut is_error = false;
    for item in items {
        let typed = infer(m, scope, item, None);
        match typed.ty {
            Ty::Of(t) => types.push(Some(t)),
            Ty::Null => types.push(None),
            Ty::Declaration(word, _) => {
                super::path::not_a_value(m, word, item.span);
                is_error = true;
            }
            Ty::Error => is_error = true,
        }
        irs.push(typed.ir);
    }
    let ty = if is_error { Ty::Error } else { Ty::Of(of_items(types)) };
    Typed::new(ty, Expr::List(irs), span)
}

/// The type of a list that is written out; where null is among what is of one type, any of it may
/// be null, and of null alone nothing is known.
fn of_items(types: Vec<Option<Type>>) -> Type {
    let nothing = || Type::Json.nullable();
    if types.iter().all(Option::is_some) {
        return Type::Tuple(types.into_iter().flatten().collect());
    }
    if types.iter().all(Option::is_none) {
        return Type::list(nothing());
    }
    match types::element(types.iter().flatten()) {
        Some(of) => Type::list(of.nullable()),
        None => Type::Tuple(types.into_iter().map(|t| t.unwrap_or_else(nothing)).collect()),
    }
}

/// `{ a = b }`: an object, or a map where one is wanted.
pub(crate) fn object(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    entries: &[Entry],
    span: Span,
    want: Option<&Type>,
) -> Typed {
    if entries.iter().any(|e| e.key.text().is_none()) {
        return computed_keys(m, scope, entries, span);
    }
    let mut attributes = BTreeMap::new();
    let mut irs = Vec::new();
    let mut is_error = false;
    for entry in entries {
        let Some(key) = entry.key.text() else { continue };
        let wanted = match want {
            Some(Type::Map(t)) => Some((**t).clone()),
            Some(Type::Object(of)) => of.get(key).map(|a| a.ty.clone()),
            _ => None,
        };
        let typed = match &wanted {
            Some(t) => expect(m, scope, &entry.value, t),
            None => infer(m, scope, &entry.value, None),
        };
        let ty = match (typed.ty, wanted) {
            (Ty::Error, _) => {
                is_error = true;
                Type::Json
            }
            (Ty::Declaration(word, _), _) => {
                super::path::not_a_value(m, word, entry.value.span);
                is_error = true;
                Type::Json
            }
            (_, Some(wanted)) => wanted,
            (Ty::Null, None) => Type::Json.nullable(),
            (Ty::Of(t), None) => t,
        };
        attributes.insert(key.to_owned(), Attribute::required(ty));
        irs.push((key.to_owned(), typed.ir));
    }
    let ty = if is_error { Ty::Error } else { Ty::Of(Type::Object(attributes)) };
    Typed::new(ty, Expr::Object(irs), span)
}

fn computed_keys(m: &mut Module<'_>, scope: &Scope<'_>, entries: &[Entry], span: Span) -> Typed {
    let mut irs = Vec::new();
    let mut value: Option<Ty> = None;
    let mut is_error = false;
    for entry in entries {
        let key = match &entry.key {
            Key::Name(name) => Expr::string(&name.text),
            Key::Expr(e) => {
                let key = expect(m, scope, unwrap(e), &Type::String);
                is_error |= key.ty.is_error();
                key.ir
            }
        };
        let typed = infer(m, scope, &entry.value, None);
        if let Ty::Declaration(word, _) = typed.ty {
            super::path::not_a_value(m, word, entry.value.span);
            is_error = true;
        } else {
            let so_far = value.unwrap_or_else(|| typed.ty.clone());
            value = Some(types::unify(&so_far, &typed.ty).unwrap_or_else(|| {
                differ(m, &so_far, &typed);
                Ty::Error
            }));
        }
        irs.push((key, typed.ir));
    }
    let ty = match value {
        Some(Ty::Of(t)) if !is_error => Ty::Of(Type::Map(Box::new(t))),
        Some(Ty::Null) if !is_error => Ty::Of(Type::Map(Box::new(Type::Json.nullable()))),
        _ => Ty::Error,
    };
    Typed::new(ty, Expr::Map(irs), span)
}

/// Reports a value that is unlike those before it.
fn differ(m: &mut Module<'_>, before: &Ty, typed: &Typed) {
    let (one, other) = (types::words_of(before), types::words_of(&typed.ty));
    let message = format!("the values have different types: one is {one}, another {other}");
    let help = "give all of them one type, or write the keys out";
    m.say(code::T201, typed.span, message, format!("this is {other}"), help);
}

fn unwrap(e: &tree::Expr) -> &tree::Expr {
    match &e.kind {
        ExprKind::Parens(inner) => unwrap(inner),
        _ => e,
    }
}
