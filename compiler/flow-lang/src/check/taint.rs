//! Text from outside: people's words and the answers of services, as far as an expression holds it.
//!
//! What is bounded is no such text: a word out of a closed list, a field with a `pattern`, a number.

use flow_bundle::{Expr, Type, function};

use super::expr::Typed;
use super::scope::{FlowScope, Scope};
use super::{Module, strategy_call, walk};
use crate::code;
use crate::signature::{Shape, Signature};
use crate::source::Span;

/// Whether the value may hold text from outside.
pub(crate) fn is_external(scope: &Scope<'_>, ir: &Expr) -> bool {
    let ask = |e: &Expr| is_external(scope, e);
    match ir {
        Expr::Get(path) => match (scope.call.as_ref(), path.as_slice()) {
            (Some(body), [steps, call, output, rest @ ..])
                if [steps, call, output].map(String::as_str) == ["steps", "call", "output"] =>
            {
                let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
                part_holds_text(&strategy_call::answer(body.clone()), &rest)
            }
            _ => path_is_external(scope.flow, path),
        },
        Expr::List(of) | Expr::Template(of) => of.iter().any(ask),
        Expr::Object(of) => of.iter().any(|(_, e)| ask(e)),
        Expr::Map(of) => of.iter().any(|(k, e)| ask(k) || ask(e)),
        Expr::Attr(e, _) | Expr::Splat(e, _) | Expr::At(e, _) => ask(e),
        Expr::As(e, ty) => holds_text(ty) && ask(e),
        Expr::If(_, a, b) | Expr::Try(a, b) => ask(a) || ask(b),
        Expr::For(f) => ask(&f.collection) || ask(&f.value),
        Expr::Let(bound, e) => bound.iter().any(|(_, e)| ask(e)) || ask(e),
        Expr::Call(id, args) => answers_text(id) && args.iter().any(ask),
        _ => false,
    }
}

fn answers_text(id: &str) -> bool {
    let result = function::by_id(id).and_then(|f| Signature::parse(f.signature)).map(|s| s.result);
    match result {
        Some(Shape::Plain(ty)) => holds_text(&ty) && !id.starts_with("sha256@"),
        _ => true,
    }
}

fn path_is_external(flow: Option<&FlowScope>, path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["request", "fields", name, rest @ ..] => {
            flow.and_then(|f| f.field(name)).is_none_or(|field| {
                !field.bounded && field.ty.data().is_none_or(|ty| part_holds_text(ty, rest))
            })
        }
        ["steps", name, "output", rest @ ..] => flow
            .and_then(|f| f.step(name))
            .and_then(|step| step.output.data())
            .is_none_or(|ty| part_holds_text(ty, rest)),
        ["steps", _, part, ..] => matches!(*part, "headers" | "error" | "errors"),
        ["request", "context", rest @ ..] => {
            flow.is_none_or(|flow| part_holds_text(&flow.context, rest))
        }
        ["requester" | "event" | "request" | "run", .., "name"]
        | ["approval", _, "comment"]
        | ["run", "denial", "reason"]
        | ["run", "error", "message"]
        | ["response", ..]
        | ["item", ..] => true,
        _ => false,
    }
}

fn part_holds_text(ty: &Type, rest: &[&str]) -> bool {
    match (ty, rest) {
        (Type::Nullable(ty), rest) => part_holds_text(ty, rest),
        (ty, [name, rest @ ..]) => match walk::member(ty, name) {
            Some(part) => part_holds_text(&part, rest),
            None => true,
        },
        (ty, []) => holds_text(ty),
    }
}

fn holds_text(ty: &Type) -> bool {
    match ty {
        Type::String | Type::Json | Type::Sensitive(_) => true,
        Type::List(ty) | Type::Set(ty) | Type::Map(ty) | Type::Nullable(ty) => holds_text(ty),
        Type::Object(of) => of.values().any(|a| holds_text(&a.ty)),
        Type::Tuple(of) => of.iter().any(holds_text),
        _ => false,
    }
}

/// Warns of keys that come from outside in what is sent.
pub(crate) fn check_keys(m: &mut Module<'_>, scope: &Scope<'_>, ir: &Expr, span: Span, name: &str) {
    let mut found = false;
    flow_bundle::walk::each(ir, &mut |e| {
        found |= match e {
            Expr::Map(of) => of.iter().any(|(key, _)| is_external(scope, key)),
            Expr::For(f) => {
                f.key.as_ref().is_some_and(|key| is_external(scope, key) || loops(scope, f, key))
            }
            _ => false,
        };
    });
    if found {
        let message = format!("text from outside names a key of `{name}`");
        let help = "write the keys out, and let people's words be values";
        m.say(code::N613, span, message, "a key from outside", help);
    }
}

/// Whether the key reads what is walked, and that comes from outside.
fn loops(scope: &Scope<'_>, f: &flow_bundle::expr::For, key: &Expr) -> bool {
    let mut reads = false;
    flow_bundle::walk::each(key, &mut |e| reads |= matches!(e, Expr::Local(_)));
    reads && is_external(scope, &f.collection)
}

/// Reports what is `sensitive(…)` anywhere but in a direct message to the requester.
pub(crate) fn keep_sealed(m: &mut Module<'_>, scope: &Scope<'_>, typed: Typed) -> Typed {
    let is_sensitive = typed.ty.data().is_some_and(Type::holds_sensitive);
    if !is_sensitive || scope.sealed {
        return typed;
    }
    let name = m.sources.text(typed.span).to_owned();
    m.say(
        code::N601,
        typed.span,
        format!("`{name}` is sensitive, and only the requester may see it"),
        "would be seen by others",
        "say it in a `notify` with `to = requester` and without `thread`, and nowhere else",
    );
    Typed::error(typed.span)
}
