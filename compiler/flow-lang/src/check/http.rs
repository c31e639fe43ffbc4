//! HTTP calls: what a step of kind `http` sends, and the `call` of a strategy.
//!
//! Only path, query, headers and body may vary while a request runs. Headers and `auth` are the
//! only places for secrets.

use std::collections::BTreeMap;

use flow_bundle::endpoint::Allowed;
use flow_bundle::{Expr, Type, Value};

use super::body::Opened;
use super::expr::{Typed, expect, infer};
use super::scope::{Scope, Secrets};
use super::{Module, auth, constant, header, http_path, taint};
use crate::code;
use crate::source::Span;
use crate::syntax::tree::{self, Entry, ExprKind};
use crate::types::{Ty, is_interpolable};

/// What a call sends, by name, as it stands in a bundle. `path` is the call's IR path.
pub(crate) fn call(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    path: &str,
) -> BTreeMap<String, Expr> {
    let mut args = BTreeMap::new();
    let mut put = |name: &str, ir: Option<Expr>| {
        args.extend(ir.map(|ir| (name.to_owned(), ir)));
    };
    for name in ["path", "query", "headers", "body"] {
        if let Some(attribute) = opened.attribute(name) {
            m.locate(format!("{path}.{name}"), attribute.expr.span);
        }
    }
    put("method", opened.word(m, "method").map(Expr::String));
    put("path", http_path::check(m, scope, opened));
    let query = scope.with_secrets(Secrets::Payload("query"));
    put("query", Some(values(m, &query, opened, "query")));
    let headers = scope.with_secrets(Secrets::Sink);
    put("headers", Some(values(m, &headers, opened, "headers")));
    put("body", body(m, scope, opened));
    put("expect", statuses(m, opened));
    put("response_headers", Some(names(m, opened)));
    if let Some(block) = opened.child("auth") {
        put("auth", auth::check(m, block, Allowed::default()).map(|a| a.to_expr()));
    }
    args
}

/// Whether a call with these arguments only reads.
pub(crate) fn reads(args: &BTreeMap<String, Expr>) -> bool {
    matches!(args.get("method"), Some(Expr::String(m)) if matches!(m.as_str(), "GET" | "HEAD"))
}

/// `query` or `headers`: texts by name; null entries are left out.
fn values(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>, name: &'static str) -> Expr {
    let nothing = Expr::Object(Vec::new());
    let Some(attribute) = opened.attribute(name) else { return nothing };
    let reads = m.sensitive_reads;
    let ir = match &unwrap(&attribute.expr).kind {
        ExprKind::Object(entries) if entries.iter().all(|e| e.key.text().is_some()) => {
            written(m, scope, entries, name)
        }
        _ => computed(m, scope, &attribute.expr, name),
    };
    if name == "query" {
        constant::refuse_sensitive(m, &attribute.expr, name, reads);
    }
    taint::check_keys(m, scope, &ir, attribute.expr.span, name);
    ir
}

fn written(m: &mut Module<'_>, scope: &Scope<'_>, entries: &[Entry], name: &'static str) -> Expr {
    let mut irs = Vec::new();
    for entry in entries {
        let Some(key) = entry.key.text() else { continue };
        if name == "headers" {
            header::check_name(m, key, entry.key.span());
        }
        let typed = infer(m, scope, &entry.value, None);
        if name == "headers" {
            header::check_value(m, key, &typed);
        }
        check_value(m, &typed, name);
        irs.push((key.to_owned(), typed.ir));
    }
    Expr::Object(irs)
}

fn computed(m: &mut Module<'_>, scope: &Scope<'_>, e: &tree::Expr, name: &'static str) -> Expr {
    let typed = infer(m, scope, e, None);
    let part = |ty: &Type| Typed { ty: Ty::Of(ty.clone()), ..typed.clone() };
    match typed.ty.data() {
        Some(Type::Map(of)) => check_value(m, &part(of), name),
        Some(Type::Object(of)) => {
            of.values().map(|a| part(&a.ty)).for_each(|t| check_value(m, &t, name));
        }
        _ if typed.ty.is_error() => {}
        _ => {
            let message = format!("`{name}` takes texts by name, and this is `{}`", typed.ty);
            let help = format!("write `{name} = {{ name = … }}`");
            m.say(code::T201, typed.span, message, format!("this is `{}`", typed.ty), help);
        }
    }
    typed.ir
}

/// Whether this can be sent as the value of a parameter or a header; reports T202.
fn check_value(m: &mut Module<'_>, typed: &Typed, name: &str) {
    let fits = |ty: &Type| is_interpolable(ty) || *ty == Type::Secret;
    let ok = match typed.ty.clone().non_null() {
        Ty::Error | Ty::Null => true,
        Ty::Of(Type::List(of)) if name == "query" => is_interpolable(&of),
        Ty::Of(Type::Tuple(of)) if name == "query" => of.iter().all(is_interpolable),
        Ty::Of(ty) => fits(&ty),
        Ty::Declaration(..) => false,
    };
    if !ok {
        let message = format!("`{}` cannot be sent in `{name}`", typed.ty);
        let help = "write a text or a number, or `jsonencode(…)`";
        m.say(code::T202, typed.span, message, format!("this is `{}`", typed.ty), help);
    }
}

fn body(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>) -> Option<Expr> {
    let attribute = opened.attribute("body")?;
    let scope = scope.with_secrets(Secrets::Payload("body"));
    let typed = expect(m, &scope, &attribute.expr, &Type::Json);
    taint::check_keys(m, &scope, &typed.ir, attribute.expr.span, "body");
    (!typed.ty.is_error()).then_some(typed.ir)
}

/// `expect`: the statuses that are no failure; absent: all of 2xx.
fn statuses(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<Expr> {
    let constant = opened.constant(m, "expect", &Type::list(Type::Number))?;
    let Some(Value::List(items)) = &constant.value else { return None };
    if items.is_empty() {
        let help = "name the statuses, such as `[200, 404]`, or leave it out for all of 2xx";
        m.say(code::B118, constant.span, "no answer could ever be right", "empty", help);
    }
    for item in items {
        let Value::Number(n) = item else { continue };
        let is_status = n.fract().is_zero() && (100..=599).any(|s| *n == s.into());
        if !is_status {
            let message = format!("{n} is no status of an answer");
            let help = "statuses are whole numbers from 100 to 599";
            m.say(code::T212, constant.span, message, "no status", help);
        }
    }
    constant.value.as_ref().and_then(constant::of_value)
}

/// `response_headers`: those that are kept, in lower case.
fn names(m: &mut Module<'_>, opened: &Opened<'_>) -> Expr {
    let constant = opened.constant(m, "response_headers", &Type::list(Type::String));
    let Some((Some(Value::List(items)), span)) = constant.map(|c| (c.value, c.span)) else {
        return Expr::List(Vec::new());
    };
    let mut kept = Vec::new();
    for item in items {
        let Value::String(name) = item else { continue };
        check_kept(m, &name, span);
        kept.push(Expr::String(name.to_lowercase()));
    }
    Expr::List(kept)
}

fn check_kept(m: &mut Module<'_>, name: &str, span: Span) {
    let secret = ["set-cookie", "authorization", "proxy-authorization"];
    if secret.contains(&name.to_lowercase().as_str()) {
        let message = format!("the header `{name}` holds credentials and is never kept");
        m.say(code::N602, span, message, "would be recorded", "leave it out");
    } else {
        header::check_name(m, name, span);
    }
}

/// Without parentheses around it.
pub(crate) fn unwrap(e: &tree::Expr) -> &tree::Expr {
    match &e.kind {
        ExprKind::Parens(inner) => unwrap(inner),
        _ => e,
    }
}
