//! The attributes of a kind of step, typed by its entry in the catalog.

use std::collections::BTreeMap;

use flow_bundle::catalog::{Choice, Parameter, Reads, StepKind};
use flow_bundle::types::notation;
use flow_bundle::{Expr, Type};

use super::{Made, declared_output};
use crate::check::body::Opened;
use crate::check::scope::{Scope, Secrets};
use crate::check::{Module, constant, expr};
use crate::code;

/// A kind of which nothing more is to be said than its entry does.
pub(super) fn make(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    kind: &StepKind,
    path: &str,
) -> Made {
    check_choice(m, opened, kind);
    let mut args = BTreeMap::new();
    for parameter in kind.parameters {
        if let Some(ir) = argument(m, scope, opened, parameter, path) {
            args.insert(parameter.name.to_owned(), ir);
        }
    }
    let output = declared_output(m, opened.block);
    Made { args, reads: kind.reads == Reads::Always, output }
}

/// One attribute, or what it means where it is absent.
pub(super) fn argument(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    parameter: &Parameter,
    path: &str,
) -> Option<Expr> {
    let name = parameter.name;
    let ty = notation::parse(parameter.ty, None).unwrap_or(Type::Json);
    let Some(attribute) = opened.attribute(name) else {
        return parameter.default.and_then(|text| default_of(&ty, text));
    };
    m.locate(format!("{path}.{name}"), attribute.expr.span);
    if !parameter.words.is_empty() {
        return opened.word(m, name).map(Expr::String);
    }
    if parameter.is_static && ty == Type::String {
        let reads = m.sensitive_reads;
        let text = opened.text(m, name);
        constant::refuse_sensitive(m, &attribute.expr, name, reads);
        return text.map(Expr::String);
    }
    if parameter.is_static {
        let reads = m.sensitive_reads;
        let constant = opened.constant(m, name, &ty)?;
        constant::refuse_sensitive(m, &attribute.expr, name, reads);
        return constant.value.as_ref().and_then(constant::of_value).or(Some(constant.ir));
    }
    let scope = scope.with_secrets(Secrets::Payload(name));
    let typed = expr::expect(m, &scope, &attribute.expr, &ty);
    (!typed.ty.is_error()).then_some(typed.ir)
}

/// The IR of a default of the catalog.
fn default_of(ty: &Type, text: &str) -> Option<Expr> {
    match ty {
        Type::Duration => flow_bundle::duration::parse(text).map(Expr::Duration),
        Type::Bool => Some(Expr::Bool(text == "true")),
        Type::String => Some(Expr::string(text)),
        Type::List(_) => {
            let items: Vec<String> = serde_json::from_str(text).ok()?;
            Some(Expr::List(items.into_iter().map(Expr::String).collect()))
        }
        _ => None,
    }
}

/// Reports attributes that exclude each other, and the absence of all where one is needed.
fn check_choice(m: &mut Module<'_>, opened: &Opened<'_>, kind: &StepKind) {
    let (Choice::AtMostOne(names) | Choice::ExactlyOne(names)) = kind.choice else { return };
    let given: Vec<&str> =
        names.iter().copied().filter(|name| opened.attribute(name).is_some()).collect();
    match (given.as_slice(), kind.choice) {
        ([first, second, ..], _) => {
            opened.exclusive(m, first, second);
        }
        ([], Choice::ExactlyOne(_)) if !opened.block.tombstone => {
            let all: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
            let message = format!("a step `{}` needs one of {}", kind.name, all.join(" and "));
            let help = format!("add `{} = \"…\"`", names.first().copied().unwrap_or_default());
            m.say(code::B103, opened.block.header, message, "in this block", help);
        }
        _ => {}
    }
}
