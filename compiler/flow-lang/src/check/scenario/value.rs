//! Values of a test file: written out as JSON, with people and targets of the flows among them.

use std::collections::BTreeMap;

use flow_bundle::payload;
use serde_json::{Map, Number, Value as Json};

use super::Stage;
use crate::check::Module;
use crate::check::constant::known;
use crate::check::expr::infer;
use crate::check::scope::Scope;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Expr, ExprKind, Step};

/// A text that is written out.
pub(super) fn literal(e: &Expr) -> Option<&str> {
    match &e.kind {
        ExprKind::String(text) => Some(&text.value),
        ExprKind::Parens(inner) => literal(inner),
        _ => None,
    }
}

/// A value; none where it was reported.
pub(super) fn json(m: &mut Module<'_>, stage: &Stage<'_>, e: &Expr) -> Option<Json> {
    match &e.kind {
        ExprKind::Null => Some(Json::Null),
        ExprKind::Bool(b) => Some(Json::Bool(*b)),
        ExprKind::Number(text) => {
            let number = text.parse::<Number>().ok().map(Json::Number);
            Some(number.unwrap_or_else(|| Json::String(text.clone())))
        }
        ExprKind::String(text) => Some(Json::String(text.value.clone())),
        ExprKind::Parens(inner) => json(m, stage, inner),
        ExprKind::List(items) => {
            let items: Vec<Option<Json>> = items.iter().map(|i| json(m, stage, i)).collect();
            items.into_iter().collect::<Option<Vec<_>>>().map(Json::Array)
        }
        ExprKind::Object(entries) => {
            let mut map = Map::new();
            for entry in entries {
                let Some(key) = entry.key.text() else {
                    let help = "write the name out";
                    let span = entry.key.span();
                    m.say(code::B111, span, "a key is a name", "worked out", help);
                    return None;
                };
                map.insert(key.to_owned(), json(m, stage, &entry.value)?);
            }
            Some(Json::Object(map))
        }
        ExprKind::Access { .. } if is_path(e, "user") => {
            let name = user(m, stage, e)?;
            stage.users.get(&name).cloned().map(Json::String)
        }
        ExprKind::Access { .. } if is_path(e, "target") => target(m, stage, e).map(Json::String),
        _ => worked_out(m, e),
    }
}

/// An object, by name, each value with its place.
pub(super) fn object(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    e: &Expr,
) -> Option<BTreeMap<String, (Json, Span, Span)>> {
    let ExprKind::Object(entries) = &e.kind else {
        let help = "write `{ name = value }`";
        m.say(code::T201, e.span, "this should be an object", "not an object", help);
        return None;
    };
    let mut out = BTreeMap::new();
    for entry in entries {
        let key = entry.key.text()?.to_owned();
        if let Some(value) = json(m, stage, &entry.value) {
            out.insert(key, (value, entry.key.span(), entry.value.span));
        }
    }
    Some(out)
}

fn is_path(e: &Expr, word: &str) -> bool {
    match &e.kind {
        ExprKind::Access { base, .. } => {
            matches!(&base.kind, ExprKind::Name(name) if name == word)
        }
        _ => false,
    }
}

/// Anything else that is known when the flows are compiled: `var.x`, `"${local.y}"`.
fn worked_out(m: &mut Module<'_>, e: &Expr) -> Option<Json> {
    let typed = infer(m, &Scope::fixed(), e, None);
    if typed.ty.is_error() {
        return None;
    }
    match known(m, &typed.ir, e.span)? {
        Some(value) => Some(payload::to_json(&value)),
        None => {
            m.has_unknown = true;
            None
        }
    }
}

/// The name of a user; none where it was reported.
pub(super) fn user(m: &mut Module<'_>, stage: &Stage<'_>, e: &Expr) -> Option<String> {
    if let ExprKind::Access { base, steps } = &e.kind
        && matches!(&base.kind, ExprKind::Name(name) if name == "user")
        && let [Step::Attr(name)] = steps.as_slice()
    {
        if stage.users.contains_key(&name.text) {
            return Some(name.text.clone());
        }
        let known = || stage.users.keys().map(String::as_str).collect::<Vec<_>>();
        let message = format!("there is no user `{}` in this file", name.text);
        let add = format!("add `user \"{}\" {{ email = \"…\" }}`", name.text);
        m.report(
            Diagnostic::new(code::R101, name.span, message, "no such user")
                .rename(name.span, suggest::only(&name.text, known()))
                .help(
                    suggest::nearest(&name.text, known())
                        .map_or(add, |near| format!("did you mean `user.{near}`?")),
                ),
        );
        return None;
    }
    let message = "this should name a user of this file";
    let help = match stage.users.iter().find(|(_, email)| literal(e) == Some(email.as_str())) {
        Some((name, _)) => format!("write `user.{name}`"),
        None => "write `user.<name>`, and declare them: `user \"<name>\" { email = \"…\" }`".into(),
    };
    m.say(code::R110, e.span, message, "not a user", help);
    None
}

/// Names of users out of a list, those left out that were reported.
pub(super) fn users(m: &mut Module<'_>, stage: &Stage<'_>, e: &Expr) -> Vec<String> {
    match &e.kind {
        ExprKind::List(items) => items.iter().filter_map(|i| user(m, stage, i)).collect(),
        _ => user(m, stage, e).into_iter().collect(),
    }
}

/// The address of a target without its block word.
fn target(m: &mut Module<'_>, stage: &Stage<'_>, e: &Expr) -> Option<String> {
    let written = m.sources.text(e.span).to_owned();
    let address: String = written.strip_prefix("target.")?.split_whitespace().collect();
    let Some(bundle) = stage.bundle else { return Some(address) };
    if bundle.targets.contains_key(&address) {
        return Some(address);
    }
    let known: Vec<&str> = bundle.targets.keys().map(String::as_str).collect();
    let message = format!("there is no target `{address}`");
    m.report(
        Diagnostic::new(code::R101, e.span, message, "no such target")
            .help_if(suggest::help(&address, known, "target.")),
    );
    None
}
