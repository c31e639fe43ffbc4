//! Expressions: their type and their IR, in one go.
//!
//! [`infer`] says what an expression is; [`expect`] also says what is wanted there, which makes a
//! text a duration and an object a map. There is no other conversion.

use std::collections::BTreeMap;

use flow_bundle::expr::{BinaryOp as Op, UnaryOp};
use flow_bundle::{Expr, Type};

use super::constant;
use super::narrow;
use super::scope::Scope;
use super::{Module, call, exhaustive, literal, mismatch, path, template, walk};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{self, BinaryOp, ExprKind};
use crate::types::{self, Ty};

/// An expression that was understood.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) ty: Ty,
    pub(crate) ir: Expr,
    pub(crate) span: Span,
}

impl Typed {
    pub(crate) fn new(ty: impl Into<Ty>, ir: Expr, span: Span) -> Self {
        Self { ty: ty.into(), ir, span }
    }

    /// What was reported already.
    pub(crate) fn error(span: Span) -> Self {
        Self { ty: Ty::Error, ir: Expr::Null, span }
    }
}

/// Types an expression of which `want` must come out; reports T201 where it does not.
pub(crate) fn expect(m: &mut Module<'_>, scope: &Scope<'_>, e: &tree::Expr, want: &Type) -> Typed {
    let typed = infer(m, scope, e, Some(want));
    fit(m, walk::there(scope, typed), want)
}

/// Checks that what was typed may stand where `want` is wanted.
pub(crate) fn fit(m: &mut Module<'_>, typed: Typed, want: &Type) -> Typed {
    if types::fits(&typed.ty, want) {
        return typed;
    }
    if let (Type::Enum(words), Expr::String(word)) = (bare(want), &typed.ir) {
        if !words.contains(word) {
            impossible_value(m, word, words, typed.span);
            return Typed::error(typed.span);
        }
        return Typed { ty: Ty::Of(want.clone()), ..typed };
    }
    if typed.ty == Ty::Null {
        let message = format!("{} is wanted here, and `null` is none", types::words(want));
        let help = "write a value; where there is a default, leave the attribute out instead";
        m.say(code::T201, typed.span, message, "no value", help);
        return Typed::error(typed.span);
    }
    if typed.ty.is_nullable() && types::fits(&typed.ty.clone().non_null(), want) {
        nullable(m, &typed);
        return Typed::error(typed.span);
    }
    mismatch(m, &typed, want);
    Typed::error(typed.span)
}

fn mismatch(m: &mut Module<'_>, typed: &Typed, want: &Type) {
    let wanted = types::words(want);
    if let Ty::Declaration(word, _) = &typed.ty {
        let message = format!("{wanted} is wanted here, not the {word} itself");
        m.say(
            code::R110,
            typed.span,
            message,
            format!("the {word} itself"),
            "read one of its parts",
        );
        return;
    }
    let written = match &typed.ir {
        Expr::String(s) => Some(&**s),
        _ => None,
    };
    let help = match (want, &typed.ty) {
        (Type::Bool, _) if matches!(written, Some("true" | "false")) => {
            "drop the quotes".to_owned()
        }
        (Type::Number, _) if written.is_some_and(|s| flow_bundle::decimal::parse(s).is_some()) => {
            "drop the quotes".to_owned()
        }
        (_, found) => mismatch::advice(want, found),
    };
    let found = types::words_of(&typed.ty);
    let message = format!("{wanted} is wanted here, and this is {found}");
    let bare = without_quotes(m.sources.text(typed.span), want).map(str::to_owned);
    let found = Diagnostic::new(code::T201, typed.span, message, format!("this is {found}"));
    m.report(found.help(help).rename(typed.span, bare.as_deref()));
}

/// `2` for `"2"` where a number is wanted, `true` for `"true"` where a bool is.
fn without_quotes<'a>(written: &'a str, want: &Type) -> Option<&'a str> {
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    let fits = match want {
        Type::Number => !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit()),
        Type::Bool => matches!(inner, "true" | "false"),
        _ => false,
    };
    fits.then_some(inner)
}

/// Reports a value that may be null where it may not be.
pub(crate) fn nullable(m: &mut Module<'_>, typed: &Typed) {
    let name = m.sources.text(typed.span).to_owned();
    let message = format!("`{name}` may be null here");
    let help =
        format!("ask first: `{name} != null && …`, or give another value: `coalesce({name}, …)`");
    m.say(code::T203, typed.span, message, "may be null", help);
}

fn impossible_value(m: &mut Module<'_>, word: &str, words: &[String], span: Span) {
    let message = format!("`{word}` can never be the value here");
    let known = words.iter().map(String::as_str);
    let is_literal = m.sources.text(span) == format!("\"{word}\"");
    let meant = suggest::only(word, known.clone()).filter(|_| is_literal);
    m.report(
        Diagnostic::new(code::T208, span, message, "not one of the values")
            .rename_quoted(span, meant)
            .help_if(suggest::help(word, known, "")),
    );
}

fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(t) => bare(t),
        other => other,
    }
}

/// How deep expressions may lie in each other, named values that they read included. One alone has
/// at most 64 levels and 128 operators in a row.
const DEPTH_MAX: usize = 300;

/// How much deeper a named value lies than the expression that reads it, besides its own level:
/// what stands between the two takes as much of the stack as a few levels, and a thread has 2 MiB.
pub(super) const NAMED_DEPTH: usize = 2;

/// Types an expression; `want` only guides literals.
pub(crate) fn infer(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    e: &tree::Expr,
    want: Option<&Type>,
) -> Typed {
    if m.depth >= DEPTH_MAX {
        let message = "named values that are made of each other go too deep here";
        let help = "write a value out somewhere on the way";
        m.say(code::X007, e.span, message, "too deep from here on", help);
        return Typed::error(e.span);
    }
    m.depth += 1;
    let typed = infer_kind(m, scope, e, want);
    m.depth -= 1;
    // Without a flow, what reads one has no type.
    let needs_flow = matches!(scope.place, Place::Strategy | Place::Message | Place::Target);
    if typed.ty.is_error() && (scope.flow.is_some() || !needs_flow) {
        m.doubt(e.span);
    }
    typed
}

fn infer_kind(m: &mut Module<'_>, scope: &Scope<'_>, e: &tree::Expr, want: Option<&Type>) -> Typed {
    match &e.kind {
        ExprKind::Null => Typed::new(Ty::Null, Expr::Null, e.span),
        ExprKind::Bool(b) => Typed::new(Type::Bool, Expr::Bool(*b), e.span),
        ExprKind::Number(text) => literal::number(m, text, e.span),
        ExprKind::String(text) => literal::text(m, text, e.span, want.map(bare)),
        ExprKind::Template(parts) => template::check(m, scope, parts, e.span),
        ExprKind::List(items) => literal::list(m, scope, items, e.span, want.map(bare)),
        ExprKind::Object(entries) => literal::object(m, scope, entries, e.span, want.map(bare)),
        ExprKind::Name(name) => path::resolve(m, scope, name, e.span, &[], e.span),
        ExprKind::Access { base, steps } => match &base.kind {
            ExprKind::Name(name) => path::resolve(m, scope, name, base.span, steps, e.span),
            _ => {
                let base = infer(m, scope, base, None);
                walk::walk(m, scope, base, steps)
            }
        },
        ExprKind::Call(call) => call::check(m, scope, call, e.span, want),
        ExprKind::Unary { op, operand, .. } => unary(m, scope, *op, operand, e.span),
        ExprKind::Binary { left, op, op_span, right } => {
            binary(m, scope, left, *op, *op_span, right, e.span)
        }
        ExprKind::Conditional { condition, then, otherwise } => {
            conditional(m, scope, [&**condition, &**then, &**otherwise], e.span, want)
        }
        ExprKind::Parens(inner) => infer(m, scope, inner, want),
        ExprKind::For(f) => for_loop(m, scope, f, e.span),
        ExprKind::Error => Typed::error(e.span),
    }
}

fn unary(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    op: tree::UnaryOp,
    operand: &tree::Expr,
    span: Span,
) -> Typed {
    let (op, want) = match op {
        tree::UnaryOp::Not => (UnaryOp::Not, Type::Bool),
        tree::UnaryOp::Neg => (UnaryOp::Negate, Type::Number),
    };
    let inner = expect(m, scope, operand, &want);
    let ty = if inner.ty.is_error() { Ty::Error } else { Ty::Of(want) };
    Typed::new(ty, Expr::Unary(op, Box::new(inner.ir)), span)
}

/// Whether both sides are values; a declaration itself is none.
fn are_values(m: &mut Module<'_>, a: &Typed, b: &Typed) -> bool {
    let mut are = true;
    for side in [a, b] {
        if let Ty::Declaration(word, _) = side.ty {
            super::path::not_a_value(m, word, side.span);
            are = false;
        }
    }
    are
}

fn binary(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    left: &tree::Expr,
    op: BinaryOp,
    op_span: Span,
    right: &tree::Expr,
    span: Span,
) -> Typed {
    let node = |a: Typed, op, b: Typed, ty: Type| {
        let ty = if a.ty.is_error() || b.ty.is_error() { Ty::Error } else { Ty::Of(ty) };
        Typed::new(ty, Expr::Binary(op, Box::new(a.ir), Box::new(b.ir)), span)
    };
    match op {
        BinaryOp::And | BinaryOp::Or => {
            let a = expect(m, scope, left, &Type::Bool);
            let proven = narrow::of(&a, left, op == BinaryOp::And);
            let b = expect(m, &scope.knowing(proven), right, &Type::Bool);
            let op = if op == BinaryOp::And { Op::And } else { Op::Or };
            node(a, op, b, Type::Bool)
        }
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod => {
            let a = expect(m, scope, left, &Type::Number);
            let b = expect(m, scope, right, &Type::Number);
            let is_division = matches!(op, BinaryOp::Div | BinaryOp::Mod);
            if is_division && matches!(b.ir, Expr::Number(n) if n.is_zero()) {
                m.say(
                    code::T213,
                    right.span,
                    "this divides by zero",
                    "always zero",
                    "divide by something else",
                );
                return Typed::error(span);
            }
            let op = match op {
                BinaryOp::Add => Op::Add,
                BinaryOp::Sub => Op::Subtract,
                BinaryOp::Mul => Op::Multiply,
                BinaryOp::Div => Op::Divide,
                _ => Op::Remainder,
            };
            node(a, op, b, Type::Number)
        }
        BinaryOp::Eq | BinaryOp::NotEq => {
            let (a, b) = pair(m, scope, left, right);
            if !are_values(m, &a, &b) || !check_comparable(m, &a, &b, op_span) {
                return Typed::error(span);
            }
            node(a, if op == BinaryOp::Eq { Op::Equal } else { Op::NotEqual }, b, Type::Bool)
        }
        BinaryOp::Less | BinaryOp::LessEq | BinaryOp::Greater | BinaryOp::GreaterEq => {
            let (a, b) = pair(m, scope, left, right);
            let a = check_ordered(m, walk::there(scope, a));
            let b = check_ordered(m, walk::there(scope, b));
            if !check_comparable(m, &a, &b, op_span) {
                return Typed::error(span);
            }
            let op = match op {
                BinaryOp::Less => Op::Less,
                BinaryOp::LessEq => Op::LessOrEqual,
                BinaryOp::Greater => Op::Greater,
                _ => Op::GreaterOrEqual,
            };
            node(a, op, b, Type::Bool)
        }
    }
}

/// Both sides of a comparison: a literal becomes what the other side is.
fn pair(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    left: &tree::Expr,
    right: &tree::Expr,
) -> (Typed, Typed) {
    let is_literal = |e: &tree::Expr| matches!(e.kind, ExprKind::String(_));
    let wanted = |t: &Typed| match t.ty.data().map(bare) {
        Some(t @ (Type::Duration | Type::Timestamp)) => Some(t.clone()),
        _ => None,
    };
    if is_literal(left) && !is_literal(right) {
        let b = infer(m, scope, right, None);
        let want = wanted(&b);
        (infer(m, scope, left, want.as_ref()), b)
    } else {
        let a = infer(m, scope, left, None);
        let want = wanted(&a);
        let b = infer(m, scope, right, want.as_ref());
        (a, b)
    }
}

fn check_ordered(m: &mut Module<'_>, typed: Typed) -> Typed {
    match &typed.ty {
        Ty::Error | Ty::Of(Type::Number | Type::Duration | Type::Timestamp) => typed,
        Ty::Of(Type::Nullable(_)) | Ty::Null => {
            nullable(m, &typed);
            Typed::error(typed.span)
        }
        other => {
            let found = types::words_of(other);
            let message = format!("{found} is neither smaller nor larger than another");
            m.say(
                code::T201,
                typed.span,
                message,
                format!("this is {found}"),
                "only numbers, durations and timestamps can be compared by size",
            );
            Typed::error(typed.span)
        }
    }
}

fn check_comparable(m: &mut Module<'_>, a: &Typed, b: &Typed, op: Span) -> bool {
    for (side, other) in [(a, b), (b, a)] {
        if let (Some(Type::Enum(words)), Expr::String(word)) = (side.ty.data().map(bare), &other.ir)
            && !words.contains(word)
        {
            impossible_value(m, word, words, other.span);
            return false;
        }
    }
    if types::comparable(&a.ty, &b.ty) {
        return true;
    }
    let (left, right) = (types::words_of(&a.ty), types::words_of(&b.ty));
    let message = format!("{left} and {right} are never equal");
    m.report(
        Diagnostic::new(code::T207, op, message, "compares different types")
            .label(a.span, format!("this is {left}"))
            .label(b.span, format!("this is {right}"))
            .help("compare values of one type; nothing is converted silently"),
    );
    false
}

fn conditional(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    [condition, then, otherwise]: [&tree::Expr; 3],
    span: Span,
    want: Option<&Type>,
) -> Typed {
    if !scope.chained {
        exhaustive::check(m, scope, condition, otherwise, span);
    }
    let c = expect(m, scope, condition, &Type::Bool);
    let a = infer(m, &scope.knowing(narrow::of(&c, condition, true)), then, want);
    let mut last = scope.knowing(narrow::of(&c, condition, false));
    last.chained = matches!(otherwise.kind, ExprKind::Conditional { .. });
    let b = infer(m, &last, otherwise, want);
    let Some(ty) = types::unify(&a.ty, &b.ty) else {
        let (one, other) = (types::words_of(&a.ty), types::words_of(&b.ty));
        let message = format!("one branch is {one}, the other {other}");
        m.report(
            Diagnostic::new(code::T206, b.span, message, format!("this is {other}"))
                .label(a.span, format!("this is {one}"))
                .help("give both branches one type"),
        );
        return Typed::error(span);
    };
    Typed::new(ty, Expr::If(Box::new(c.ir), Box::new(a.ir), Box::new(b.ir)), span)
}

/// The type of the elements, and of the keys or indices.
pub(crate) fn elements(m: &mut Module<'_>, of: &Typed) -> Option<(Ty, Type)> {
    match of.ty.data() {
        Some(Type::List(t) | Type::Set(t)) => Some((Ty::Of((**t).clone()), Type::Number)),
        Some(Type::Tuple(ts)) => common(m, of, ts.iter()).map(|t| (t, Type::Number)),
        Some(Type::Map(t)) => Some((Ty::Of((**t).clone()), Type::String)),
        Some(Type::Object(attributes)) => {
            common(m, of, attributes.values().map(|a| &a.ty)).map(|t| (t, Type::String))
        }
        _ if of.ty.is_error() => Some((Ty::Error, Type::Number)),
        _ if of.ty.is_nullable() => {
            nullable(m, of);
            None
        }
        _ => {
            let found = types::words_of(&of.ty);
            m.say(
                code::T201,
                of.span,
                format!("{found} has no elements"),
                format!("this is {found}"),
                "`for` goes through a list, a set, a map or an object",
            );
            None
        }
    }
}

/// The one type of what is walked; of nothing it can be any, and nobody ever sees one.
fn common<'a>(
    m: &mut Module<'_>,
    of: &Typed,
    mut types: impl Iterator<Item = &'a Type> + Clone,
) -> Option<Ty> {
    if let Some(ty) = types::element(types.clone()) {
        return Some(Ty::Of(ty));
    }
    let Some(first) = types.next() else { return Some(Ty::Error) };
    let other = types.find(|ty| types::element([first, *ty]).is_none()).unwrap_or(first);
    let (first, other) = (types::words(first), types::words(other));
    m.say(
        code::T201,
        of.span,
        format!("its elements have different types: one is {first}, another {other}"),
        "gone through as if its elements were alike",
        "give all of them one type, or read each by its name or index",
    );
    None
}

fn for_loop(m: &mut Module<'_>, scope: &Scope<'_>, f: &tree::For, span: Span) -> Typed {
    let collection = infer(m, scope, &f.collection, None);
    let (element, key) = elements(m, &collection).unwrap_or((Ty::Error, Type::String));
    if is_nothing(&collection) {
        return m.undoubted(|m| empty_loop(m, scope, f, (element, key), span));
    }
    result_of_loop(m, scope, f, collection, (element, key), span)
}

/// Whether a list or an object is written without anything in it.
pub(crate) fn is_nothing(typed: &Typed) -> bool {
    match typed.ty.data() {
        Some(Type::Tuple(of)) => of.is_empty(),
        Some(Type::Object(of)) => of.is_empty(),
        _ => false,
    }
}

/// A loop through nothing: what it would make of an element is checked as far as it goes without
/// knowing what that is, and nothing comes out.
fn empty_loop(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    f: &tree::For,
    of: (Ty, Type),
    span: Span,
) -> Typed {
    let nothing = Typed::error(f.collection.span);
    result_of_loop(m, scope, f, nothing, of, span);
    match f.result_key {
        Some(_) => Typed::new(Type::Object(BTreeMap::new()), Expr::Object(Vec::new()), span),
        None => Typed::new(Type::Tuple(Vec::new()), Expr::List(Vec::new()), span),
    }
}

fn result_of_loop(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    f: &tree::For,
    collection: Typed,
    (element, key): (Ty, Type),
    span: Span,
) -> Typed {
    for name in [f.key.as_ref(), Some(&f.value)].into_iter().flatten() {
        warn_shadowed(m, scope, name);
    }
    let mut inner = scope.binding(&f.value.text, element);
    if let Some(name) = &f.key {
        inner = inner.binding(&name.text, Ty::Of(key));
    }
    let condition = f.condition.as_ref().map(|c| expect(m, &inner, c, &Type::Bool).ir);
    if let Some(c) = &condition {
        inner = inner.knowing(narrow::facts(c, true));
    }
    let key = f.result_key.as_ref().map(|k| expect(m, &inner, k, &Type::String).ir);
    let mut value = infer(m, &inner, &f.result, None);
    match value.ty {
        Ty::Declaration(word, _) => {
            super::path::not_a_value(m, word, value.span);
            value.ty = Ty::Error;
        }
        Ty::Null => value.ty = Ty::Of(Type::Json.nullable()),
        Ty::Of(_) | Ty::Error => {}
    }
    let ty = match (&value.ty, key.is_some()) {
        (Ty::Of(t), true) if f.grouping => Ty::Of(Type::Map(Box::new(Type::list(t.clone())))),
        (Ty::Of(t), true) => Ty::Of(Type::Map(Box::new(t.clone()))),
        (Ty::Of(t), false) => Ty::Of(Type::list(t.clone())),
        _ => Ty::Error,
    };
    let walked = flow_bundle::expr::For {
        key_name: f.key.as_ref().map(|k| k.text.clone()),
        value_name: f.value.text.clone(),
        collection: collection.ir,
        key,
        value: value.ir,
        condition,
    };
    let ir = if f.grouping { grouped(walked) } else { Expr::For(Box::new(walked)) };
    Typed::new(ty, ir, span)
}

/// `{for x in xs : k => v...}`: for each key that comes out, the values that have it, in order.
fn grouped(walked: flow_bundle::expr::For) -> Expr {
    use flow_bundle::expr::For;
    // No name of an author's has such a sign.
    let (items, group) = ("...items".to_owned(), "...key".to_owned());
    let For { key_name, value_name, collection, key, value, condition } = walked;
    let key = key.unwrap_or(Expr::Null);
    let list = |value: Expr, condition: Option<Expr>| {
        Expr::For(Box::new(For {
            key_name: key_name.clone(),
            value_name: value_name.clone(),
            collection: Expr::Local(items.clone()),
            key: None,
            value,
            condition,
        }))
    };
    let is_this =
        Expr::Binary(Op::Equal, Box::new(key.clone()), Box::new(Expr::Local(group.clone())));
    let of_this = match condition.clone() {
        Some(c) => Expr::Binary(Op::And, Box::new(c), Box::new(is_this)),
        None => is_this,
    };
    let keys = Expr::Call("distinct@1".to_owned(), vec![list(key, condition)]);
    let groups = Expr::For(Box::new(For {
        key_name: None,
        value_name: group.clone(),
        collection: keys,
        key: Some(Expr::Local(group)),
        value: list(value, Some(of_this)),
        condition: None,
    }));
    Expr::Let(vec![(items, collection)], Box::new(groups))
}

fn warn_shadowed(m: &mut Module<'_>, scope: &Scope<'_>, name: &tree::Ident) {
    let taken = scope.bound.iter().any(|(n, _)| *n == name.text) || path::is_root(&name.text);
    if taken {
        let message = format!("`{}` hides a name that means something else", name.text);
        m.say(code::R115, name.span, message, "hides the other", "choose another name");
    }
}

/// A condition: a bool, with a warning where it is always the same.
pub(crate) fn condition(m: &mut Module<'_>, scope: &Scope<'_>, e: &tree::Expr) -> Typed {
    let handed_in = m.handed_in_reads;
    let typed = expect(m, scope, e, &Type::Bool);
    // What each instance decides for itself is no slip.
    if !matches!(e.kind, ExprKind::Bool(_))
        && !typed.ty.is_error()
        && m.handed_in_reads == handed_in
        && let Some(always) = constant::fold_bool(&typed.ir)
    {
        let message = format!("this is always {always}");
        m.say(
            code::T217,
            e.span,
            message,
            format!("always {always}"),
            "leave it out, or change it",
        );
    }
    typed
}
