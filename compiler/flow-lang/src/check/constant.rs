//! What is known at build: variables, locals, and static expressions.
//!
//! A static expression is written down as IR like any other and evaluated by the evaluator of the
//! runtime, so that a constant means the same here and there. A variable without a value stays a
//! path `var.<name>` in the IR: whatever holds one is unknown.

use flow_bundle::eval::{EvalErrorKind, Scope as EvalScope, eval, eval_within};
use flow_bundle::limits::EVAL_STEPS;
use flow_bundle::value::Principals;
use flow_bundle::{Expr, Type, Value};

use super::Module;
use super::expr::{NAMED_DEPTH, Typed, fit, infer};
use super::scope::Scope;
use super::variable;
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::resolve::Body;
use crate::source::Span;
use crate::syntax::tree;
use crate::types::Ty;

/// Most parts of one named value.
const PARTS_MAX: usize = 10_000;

/// Most parts of all named values, each counted as often as it is read.
const COPIED_MAX: usize = 300_000;

/// Most steps in which all static values are worked out, those left out that [`STEPS_FREE`] says.
pub(super) const STEPS_MAX: u64 = 300_000;

/// Steps of each static value that do not count: as many as one needs that is written out.
const STEPS_FREE: u64 = 200;

/// A variable or a local.
#[derive(Debug, Clone)]
pub(crate) enum Binding {
    /// It is being worked out: to come here again is a cycle.
    Working,
    /// What it is.
    Done {
        ty: Ty,
        ir: Expr,
        /// It must not be printed.
        sensitive: bool,
        /// How many parts its IR has.
        size: usize,
    },
}

/// A static expression that was understood.
#[derive(Debug, Clone)]
pub(crate) struct Constant {
    pub(crate) ir: Expr,
    /// None where it depends on a variable without a value.
    pub(crate) value: Option<Value>,
    pub(crate) span: Span,
}

/// What a variable, a local or an output stands for, by its whole address (`var.…`).
pub(crate) fn binding(m: &mut Module<'_>, address: &str, span: Span) -> Typed {
    match m.bindings.get(address) {
        Some(Binding::Done { ty, ir, sensitive, size }) => {
            m.sensitive_reads += usize::from(*sensitive);
            m.copied += size;
            let is_much = m.copied > COPIED_MAX;
            let typed = if is_much {
                Typed::error(span)
            } else {
                Typed { ty: ty.clone(), ir: ir.clone(), span }
            };
            // Told where the measure is full, and not at every reading that follows.
            if is_much && m.copied - size <= COPIED_MAX {
                let message =
                    "named values are read here for the last time: they have grown too large";
                let help = "read large values less often, or write smaller ones";
                m.say(code::B121, span, message, "over 300,000 parts in all", help);
            }
            m.mark_used(declared_address(address));
            return typed;
        }
        Some(Binding::Working) => {
            circle(m, address, span);
            return Typed::error(span);
        }
        None => {}
    }
    let declared = declared_address(address);
    m.mark_used(declared.clone());
    m.bindings.insert(address.to_owned(), Binding::Working);
    m.working.push(address.to_owned());
    m.depth += NAMED_DEPTH;
    let (ty, ir, sensitive) = m.within(&declared, |m| work_out(m, &declared));
    m.depth -= NAMED_DEPTH;
    m.working.pop();
    m.sensitive_reads += usize::from(sensitive);
    let size = size(&ir);
    let (ty, ir) = if size > PARTS_MAX {
        let message = format!("`{}` has grown to over 10,000 parts", address::shown(address));
        let help = "make it of fewer values, or of smaller ones";
        m.say(code::B121, span, message, "too large", help);
        (Ty::Error, Expr::Null)
    } else {
        (ty, ir)
    };
    let done = Binding::Done { ty: ty.clone(), ir: ir.clone(), sensitive, size };
    m.bindings.insert(address.to_owned(), done);
    Typed { ty, ir, span }
}

/// How many parts an IR has, counted until there are too many.
fn size(ir: &Expr) -> usize {
    let mut count = 0;
    any(ir, &mut |e| {
        count += match e {
            Expr::String(s) => 1 + s.len() / 64,
            _ => 1,
        };
        count > PARTS_MAX
    });
    count
}

/// Reports that what is being worked out needs itself, and prints the way around.
pub(crate) fn circle(m: &mut Module<'_>, address: &str, span: Span) {
    let start = m.working.iter().position(|w| w == address).unwrap_or_default();
    let title = |a: &str| match a.strip_prefix("function.") {
        Some(_) => super::function::title(a),
        None => address::shown(a),
    };
    let way: Vec<String> = m.working.iter().skip(start).map(|w| title(w)).collect();
    let name = title(address);
    let mut diagnostic = Diagnostic::new(
        code::R111,
        span,
        format!("`{name}` is made of itself"),
        "closes the circle",
    );
    diagnostic = match way.len() {
        0 | 1 => diagnostic.help("break the circle"),
        _ => diagnostic.help(format!("break the circle {} → {name}", way.join(" → "))),
    };
    m.report(diagnostic);
}

fn declared_address(address: &str) -> String {
    match address.strip_prefix("var.") {
        Some(name) => format!("variable.{name}"),
        None => address.to_owned(),
    }
}

fn work_out(m: &mut Module<'_>, address: &str) -> (Ty, Expr, bool) {
    let Some(declaration) = m.declared.find(address) else {
        return (Ty::Error, Expr::Null, false);
    };
    match declaration.body {
        Body::Block(block) if address.starts_with("output.") => output(m, block),
        Body::Block(block) => variable::value(m, block),
        Body::Local(attribute) => local(m, &attribute.expr),
    }
}

fn output(m: &mut Module<'_>, block: &tree::Block) -> (Ty, Expr, bool) {
    let failed = (Ty::Error, Expr::Null, false);
    let Some(opened) = super::body::Opened::open(m, block, "output") else { return failed };
    let Some(attribute) = opened.attribute("value") else { return failed };
    let reads = m.sensitive_reads;
    let typed = super::reference::handed_on(m, &attribute.expr, None);
    (typed.ty, typed.ir, m.sensitive_reads > reads)
}

fn local(m: &mut Module<'_>, e: &tree::Expr) -> (Ty, Expr, bool) {
    let reads = m.sensitive_reads;
    let typed = infer(m, &Scope::fixed(), e, None);
    let sensitive = m.sensitive_reads > reads;
    if let Ty::Declaration(word, _) = typed.ty {
        super::path::not_a_value(m, word, e.span);
        return (Ty::Error, Expr::Null, false);
    }
    if typed.ty.is_error() {
        return (Ty::Error, Expr::Null, sensitive);
    }
    let ir = match evaluate(m, &typed.ir, e.span) {
        Ok(Some(value)) => of_value(&value).unwrap_or(typed.ir),
        Ok(None) => typed.ir,
        Err(()) => return (Ty::Error, Expr::Null, sensitive),
    };
    (typed.ty, ir, sensitive)
}

/// A static value of type `want`; none where it was reported.
pub(crate) fn read(m: &mut Module<'_>, e: &tree::Expr, want: &Type) -> Option<Constant> {
    let typed = infer(m, &Scope::fixed(), e, Some(want));
    let typed = fit(m, typed, want);
    if typed.ty.is_error() {
        return None;
    }
    let value = evaluate(m, &typed.ir, e.span).ok()?;
    if value.is_none() {
        m.has_unknown = true;
        m.unknown_reads += 1;
    }
    Some(Constant { ir: typed.ir, value, span: e.span })
}

/// The value; `Ok(None)` where it is not known at build, `Err` where it was reported.
fn evaluate(m: &mut Module<'_>, ir: &Expr, span: Span) -> Result<Option<Value>, ()> {
    if is_open(ir) {
        return Ok(None);
    }
    let Some(left) = m.steps_left else { return Err(()) };
    let most = left.min(EVAL_STEPS);
    let mut unused = most;
    let result = eval_within(ir, &EvalScope::new(), &mut unused);
    let is_short = matches!(&result, Err(e) if e.kind == EvalErrorKind::Fuel && most < EVAL_STEPS);
    if !spend(m, if is_short { u64::MAX } else { most - unused }, span) {
        return Err(());
    }
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            let message = format!("this has no value: {}", error.message);
            m.say(code::T212, span, message, "cannot be worked out", "change the value");
            Err(())
        }
    }
}

/// Takes steps from those that are left for static values; tells where there are too few, once.
pub(crate) fn spend(m: &mut Module<'_>, steps: u64, span: Span) -> bool {
    let Some(left) = m.steps_left else { return false };
    m.steps_left = left.checked_sub(steps.saturating_sub(STEPS_FREE));
    if m.steps_left.is_none() {
        let message = "values are worked out here for the last time: they take too long";
        let help = "write large values out, walk shorter lists, or repeat less in patterns";
        m.say(code::B121, span, message, "over 300,000 steps in all", help);
    }
    m.steps_left.is_some()
}

/// The value, where no reference is in it; `None` where it was reported.
pub(crate) fn known(m: &mut Module<'_>, ir: &Expr, span: Span) -> Option<Option<Value>> {
    evaluate(m, ir, span).ok()
}

/// The value of an IR that holds no path and no reference.
pub(crate) fn fold(ir: &Expr) -> Option<Value> {
    if is_open(ir) { None } else { eval(ir, &EvalScope::new()).ok() }
}

pub(crate) fn fold_bool(ir: &Expr) -> Option<bool> {
    match fold(ir) {
        Some(Value::Bool(b)) => Some(b),
        _ => None,
    }
}

/// Whether something in it is not known at build.
pub(crate) fn is_open(ir: &Expr) -> bool {
    any(ir, &mut |e| match e {
        Expr::Get(_) | Expr::Ref(_) | Expr::Secret(_) => true,
        Expr::Call(name, _) => name.starts_with("now@"),
        _ => false,
    })
}

/// A part of something known: its value, which is not null where the value is not.
pub(crate) fn worked_out(typed: Typed) -> Typed {
    let Some(value) = fold(&typed.ir) else { return typed };
    let Some(ir) = of_value(&value) else { return typed };
    let ty = if value == Value::Null { typed.ty } else { typed.ty.non_null() };
    Typed { ty, ir, span: typed.span }
}

/// Whether it depends on a variable without a value.
pub(crate) fn is_unknown(ir: &Expr) -> bool {
    any(ir, &mut |e| matches!(e, Expr::Get(_)))
}

/// Whether it reads something of a request.
pub(crate) fn reads_run(ir: &Expr) -> bool {
    any(ir, &mut |e| match e {
        Expr::Get(path) => path.first().is_some_and(|root| root != "var" && root != "each"),
        Expr::Local(_) => true,
        _ => false,
    })
}

/// Whether a path in it starts with one of these words.
pub(crate) fn reads(ir: &Expr, roots: &[&str]) -> bool {
    any(ir, &mut |e| match e {
        Expr::Get(path) => path.first().is_some_and(|root| roots.contains(&root.as_str())),
        _ => false,
    })
}

/// Whether `ask` says yes to a part of `ir`.
pub(crate) fn any(ir: &Expr, ask: &mut dyn FnMut(&Expr) -> bool) -> bool {
    if ask(ir) {
        return true;
    }
    match ir {
        Expr::List(of) | Expr::Template(of) | Expr::Call(_, of) => of.iter().any(|e| any(e, ask)),
        Expr::Object(of) => of.iter().any(|(_, e)| any(e, ask)),
        Expr::Map(of) => of.iter().any(|(k, e)| any(k, ask) || any(e, ask)),
        Expr::Attr(e, _)
        | Expr::Splat(e, _)
        | Expr::Unary(_, e)
        | Expr::Can(e)
        | Expr::As(e, _) => any(e, ask),
        Expr::At(a, b) | Expr::Binary(_, a, b) | Expr::Try(a, b) => any(a, ask) || any(b, ask),
        Expr::If(a, b, c) => any(a, ask) || any(b, ask) || any(c, ask),
        Expr::For(f) => {
            any(&f.collection, ask)
                || any(&f.value, ask)
                || f.key.as_ref().is_some_and(|e| any(e, ask))
                || f.condition.as_ref().is_some_and(|e| any(e, ask))
        }
        Expr::Let(bound, e) => bound.iter().any(|(_, e)| any(e, ask)) || any(e, ask),
        _ => false,
    }
}

/// Where an element of a list stands, if the list is written out at this place.
pub(crate) fn item_span(list: &tree::Expr, index: usize) -> Span {
    match &list.kind {
        tree::ExprKind::List(items) => items.get(index).map_or(list.span, |e| e.span),
        tree::ExprKind::Parens(inner) => item_span(inner, index),
        _ => list.span,
    }
}

/// A value written out.
pub(crate) fn of_value(value: &Value) -> Option<Expr> {
    Some(match value {
        Value::Null => Expr::Null,
        Value::Bool(b) => Expr::Bool(*b),
        Value::Number(n) => Expr::Number(*n),
        Value::String(s) => Expr::string(s),
        Value::Duration(d) => Expr::Duration(*d),
        Value::Timestamp(t) => Expr::Timestamp(t.to_string()),
        Value::User(u) => Expr::Call("user@1".to_owned(), vec![Expr::string(&u.email)]),
        Value::Channel(c) => Expr::Call("channel@1".to_owned(), vec![Expr::string(c)]),
        Value::List(of) => Expr::List(of.iter().map(of_value).collect::<Option<_>>()?),
        Value::Map(of) => Expr::Object(
            of.iter().map(|(k, v)| Some((k.clone(), of_value(v)?))).collect::<Option<_>>()?,
        ),
        Value::Principals(Principals::Named(set)) => Expr::Set(*set),
        Value::Principals(_) | Value::Target(_) | Value::Secret(_) => return None,
    })
}

/// Reports a sensitive variable in what people read; `reads` is [`Module::sensitive_reads`] before
/// the expression was typed.
pub(crate) fn refuse_sensitive(m: &mut Module<'_>, e: &tree::Expr, attribute: &str, reads: usize) {
    if m.sensitive_reads > reads {
        m.report(
            Diagnostic::new(
                code::N609,
                e.span,
                format!("a sensitive variable would be printed by `{attribute}`"),
                "prints a sensitive value",
            )
            .help("leave it out; a credential is better a `secret`"),
        );
    }
}
