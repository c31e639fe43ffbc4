//! `function`: an expression with parameters, typed once and put in place where it is called.
//!
//! A function sees its parameters, `var`, `local` and the functions; what belongs to a request is
//! handed in. A call becomes a `let` around the body: the daemon knows no functions but its own. In
//! a message all that a function gives is escaped, so `raw` has no effect inside one.

use std::rc::Rc;

use flow_bundle::limits::EXPR_DEPTH;
use flow_bundle::{Expr, Type, walk};

use super::body::Opened;
use super::expr::{NAMED_DEPTH, Typed, expect};
use super::scope::Scope;
use super::{Module, constant, type_expr};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Block, Call, ExprKind};
use crate::types::Ty;

/// Largest body of a function, in nodes, with what it calls put in place.
const NODES_MAX: usize = 10_000;

/// A function that was understood.
#[derive(Debug)]
pub(crate) struct Defined {
    params: Vec<(String, Type)>,
    returns: Type,
    body: Expr,
    /// It reads a sensitive variable.
    sensitive: bool,
}

/// Checks a function, whether anybody calls it or not.
pub(crate) fn check(m: &mut Module<'_>, _block: &Block) {
    let address = m.declared.here.address.clone();
    define(m, &address);
}

/// The function at an address, typed once; none where it was reported.
fn define(m: &mut Module<'_>, address: &str) -> Option<Rc<Defined>> {
    if let Some(known) = m.functions.get(address) {
        return known.clone();
    }
    let block = m.declared.block(address)?;
    m.working.push(address.to_owned());
    let reads = m.sensitive_reads;
    m.depth += NAMED_DEPTH;
    let defined = m.within(address, |m| read(m, block));
    m.depth -= NAMED_DEPTH;
    let defined = defined.map(|d| Rc::new(Defined { sensitive: m.sensitive_reads > reads, ..d }));
    m.working.pop();
    m.functions.insert(address.to_owned(), defined.clone());
    defined
}

fn read(m: &mut Module<'_>, block: &Block) -> Option<Defined> {
    let opened = Opened::open(m, block, "function")?;
    let params = params(m, &opened);
    let returns = opened.attribute("returns").and_then(|a| type_expr::read(m, &a.expr));
    let attribute = opened.attribute("result")?;
    let (params, returns) = (params?, returns?);
    let mut scope = Scope::at(Place::Function, None);
    for (name, ty) in &params {
        scope = scope.binding(name, Ty::Of(ty.clone()));
    }
    let result = expect(m, &scope, &attribute.expr, &returns);
    if result.ty.is_error() {
        return None;
    }
    let mut nodes = 0;
    walk::each(&result.ir, &mut |_| nodes += 1);
    if nodes > NODES_MAX || walk::depth(&result.ir) > EXPR_DEPTH / 2 {
        let message = "this becomes too large where the functions that it calls are put in place";
        let help = "call them less often, or let `locals` hold what is known";
        m.say(code::X007, attribute.expr.span, message, "too large", help);
        return None;
    }
    Some(Defined { params, returns, body: result.ir, sensitive: false })
}

/// The parameters, in the order in which they are written.
fn params(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<Vec<(String, Type)>> {
    let attribute = opened.attribute("params")?;
    let ExprKind::Object(entries) = &attribute.expr.kind else {
        if attribute.expr.kind != ExprKind::Error {
            let message = "`params` names the parameters and their types";
            let help = "write `{ name = string }`";
            m.say(code::T219, attribute.expr.span, message, "not a list of types", help);
        }
        return None;
    };
    let mut types = type_expr::attributes(m, entries)?;
    let mut params = Vec::new();
    for entry in entries {
        let name = entry.key.text()?;
        let attribute = types.remove(name)?;
        if attribute.optional.is_some() {
            let message = "every parameter is given, in order";
            let help = format!("write the type alone: `{name} = …`");
            m.say(code::T219, entry.value.span, message, "cannot be left out", help);
            return None;
        }
        params.push((name.to_owned(), attribute.ty));
    }
    Some(params)
}

/// `fn::<name>(…)`.
pub(crate) fn call(m: &mut Module<'_>, scope: &Scope<'_>, call: &Call, span: Span) -> Typed {
    let name = call.name.text.as_str();
    let space = call.namespace.iter().map(|n| n.text.as_str()).collect::<Vec<_>>().join("::");
    let declared = m.declared.absolute(&format!("function.{name}"));
    if space != "fn" || m.declared.find(&declared).is_none() {
        unknown(m, call, &space);
        return Typed::error(span);
    }
    m.mark_used(declared.clone());
    if m.working.contains(&declared) {
        constant::circle(m, &declared, call.name.span);
        return Typed::error(span);
    }
    let Some(defined) = define(m, &declared) else {
        // What stands in the arguments is a fault all the same.
        for arg in &call.args {
            super::expr::infer(m, scope, arg, None);
        }
        return Typed::error(span);
    };
    if call.expand_last || call.args.len() != defined.params.len() {
        wrong_count(m, call, &defined, name);
        return Typed::error(span);
    }
    let mut args = Vec::new();
    let mut is_error = false;
    for (arg, (_, ty)) in call.args.iter().zip(&defined.params) {
        let typed = expect(m, scope, arg, ty);
        is_error |= typed.ty.is_error();
        args.push(typed.ir);
    }
    if is_error {
        return Typed::error(span);
    }
    m.sensitive_reads += usize::from(defined.sensitive);
    Typed::new(defined.returns.clone(), put_in_place(&defined, args), span)
}

/// The body with the arguments bound around it.
fn put_in_place(defined: &Defined, args: Vec<Expr>) -> Expr {
    let names: Vec<&String> = defined.params.iter().map(|(name, _)| name).collect();
    // An argument that reads a name of the caller's own must not meet a parameter of that name: a
    // `let` binds one after the other.
    let meets = args.iter().skip(1).any(|arg| {
        constant::any(arg, &mut |e| matches!(e, Expr::Local(name) if names.contains(&name)))
    });
    let mut bound = Vec::new();
    if meets {
        let aside = |i: usize| format!("fn::{i}");
        bound.extend(args.into_iter().enumerate().map(|(i, arg)| (aside(i), arg)));
        let own = names.into_iter().enumerate();
        bound.extend(own.map(|(i, name)| (name.clone(), Expr::Local(aside(i)))));
    } else {
        bound.extend(names.into_iter().cloned().zip(args));
    }
    let is_used =
        !bound.is_empty() && constant::any(&defined.body, &mut |e| matches!(e, Expr::Local(_)));
    if is_used { Expr::Let(bound, Box::new(defined.body.clone())) } else { defined.body.clone() }
}

fn wrong_count(m: &mut Module<'_>, call: &Call, defined: &Defined, name: &str) {
    let params: Vec<String> = defined.params.iter().map(|(n, ty)| format!("{n}: {ty}")).collect();
    let message = if call.expand_last {
        format!("`fn::{name}` takes its arguments one by one")
    } else {
        let plural = if params.len() == 1 { "argument" } else { "arguments" };
        format!("`fn::{name}` takes {} {plural}, not {}", params.len(), call.args.len())
    };
    let help = format!("its form is `fn::{name}({}) -> {}`", params.join(", "), defined.returns);
    m.say(code::T209, call.parens, message, "wrong number of arguments", help);
}

fn unknown(m: &mut Module<'_>, call: &Call, space: &str) {
    let name = call.name.text.as_str();
    if m.declared.may_hide("function") {
        return;
    }
    let known = m.declared.names("function");
    let message = format!("there is no function `{space}::{name}`");
    let help = if space == "fn" {
        suggest::help(name, known.iter().map(String::as_str), "fn::").unwrap_or_else(|| {
            format!("declare it: `function \"{name}\" {{ params = {{}} returns = … result = … }}`")
        })
    } else {
        "functions of one's own are called `fn::<name>(…)`, the others without `::`".to_owned()
    };
    m.report(Diagnostic::new(code::R105, call.name.span, message, "unknown function").help(help));
}

/// How a function is called by its address, for messages.
pub(crate) fn title(declared: &str) -> String {
    format!("fn::{}", address::split_module(address::bare(declared)).1)
}
