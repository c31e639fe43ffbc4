//! Walking a path: parts, elements and splats of what its start means.

use flow_bundle::{Expr, Type};

use super::expr::{Typed, elements, expect, is_nothing, nullable};
use super::path::unknown_part;
use super::scope::{Fact, Scope};
use super::{Module, narrow, template};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::syntax::tree::{Ident, Step};
use crate::types::Ty;

/// In a scenario a value that is not there fails the expectation, so nobody has to ask first.
pub(crate) fn there(scope: &Scope<'_>, mut typed: Typed) -> Typed {
    if scope.place == Place::Test {
        typed.ty = typed.ty.non_null();
    }
    typed
}

/// Without its `?` where that is proven.
pub(crate) fn narrowed(scope: &Scope<'_>, mut typed: Typed) -> Typed {
    if typed.ty.is_nullable()
        && narrow::key(&typed.ir).is_some_and(|k| scope.knows(&Fact::NonNull(k)))
    {
        typed.ty = typed.ty.non_null();
    }
    typed
}

/// Reads `steps` of `base`, from left to right.
pub(crate) fn walk(m: &mut Module<'_>, scope: &Scope<'_>, base: Typed, steps: &[Step]) -> Typed {
    let mut at = narrowed(scope, base);
    let mut steps = steps.iter();
    while let Some(step) = steps.next() {
        if at.ty.is_error() {
            return at;
        }
        if at.ty.is_nullable() && !scope.lenient {
            nullable(m, &at);
            return Typed::error(at.span);
        }
        at.ty = at.ty.non_null();
        at = match step {
            Step::Attr(name) => attribute(m, scope, at, name),
            Step::Index(index, span) => element_at(m, scope, at, index, *span),
            Step::Splat(span) => return splat(m, scope, at, *span, steps.as_slice()),
        };
        at = narrowed(scope, at);
    }
    at
}

fn attribute(m: &mut Module<'_>, scope: &Scope<'_>, at: Typed, name: &Ident) -> Typed {
    let span = at.span.to(name.span);
    let Some(ty) = at.ty.data() else {
        if let Ty::Declaration(word, _) = at.ty {
            unknown_part(m, &format!("the {word}"), name, &[]);
        }
        return Typed::error(span);
    };
    if *ty == Type::Json {
        if !scope.lenient {
            template::undeclared(m, at.span);
            return Typed::error(span);
        }
        return Typed::new(Type::Json, Expr::Attr(Box::new(at.ir), name.text.clone()), span);
    }
    match member(ty, &name.text) {
        Some(of) => {
            let ir = match at.ir {
                Expr::Get(mut path) => {
                    path.push(name.text.clone());
                    Expr::Get(path)
                }
                other => Expr::Attr(Box::new(other), name.text.clone()),
            };
            Typed::new(of, ir, span)
        }
        None => {
            let names = members(ty);
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            unknown_part(m, &format!("`{}`", m.sources.text(at.span)), name, &known);
            Typed::error(span)
        }
    }
}

/// The type of a part.
pub(crate) fn member(ty: &Type, name: &str) -> Option<Type> {
    match (ty, name) {
        (Type::User, "email" | "name" | "username" | "role")
        | (Type::Target, "name" | "label" | "type") => Some(Type::String),
        (Type::User, "manager") => Some(Type::User.nullable()),
        (Type::User, "identities") => Some(Type::Map(Box::new(Type::String.nullable()))),
        (Type::Target, "settings") => Some(Type::Map(Box::new(Type::String))),
        (Type::Map(t), _) => Some((**t).clone()),
        (Type::Object(attributes), _) => attributes.get(name).map(|a| match &a.optional {
            Some(Expr::Null) => a.ty.clone().nullable(),
            _ => a.ty.clone(),
        }),
        _ => None,
    }
}

/// What a person has.
pub(crate) const USER: [&str; 6] = ["email", "name", "username", "role", "manager", "identities"];

fn members(ty: &Type) -> Vec<String> {
    match ty {
        Type::User => USER.map(str::to_owned).to_vec(),
        Type::Target => ["name", "label", "type", "settings"].map(str::to_owned).to_vec(),
        Type::Object(attributes) => attributes.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

fn element_at(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    at: Typed,
    index: &crate::syntax::tree::Expr,
    brackets: Span,
) -> Typed {
    let span = at.span.to(brackets);
    let node = |at: Typed, i: Typed, ty: Type| {
        Typed::new(ty, Expr::At(Box::new(at.ir), Box::new(i.ir)), span)
    };
    match at.ty.data().cloned() {
        Some(Type::List(t) | Type::Set(t)) => {
            let i = expect(m, scope, index, &Type::Number);
            node(at, i, *t)
        }
        Some(Type::Tuple(of)) => {
            let i = expect(m, scope, index, &Type::Number);
            match tuple_element(m, &of, &i, index.span) {
                Some(ty) => node(at, i, ty),
                None => Typed::error(span),
            }
        }
        Some(Type::Map(t)) => {
            let i = expect(m, scope, index, &Type::String);
            node(at, i, *t)
        }
        Some(ty @ Type::Object(_)) => {
            let i = expect(m, scope, index, &Type::String);
            let Expr::String(key) = &i.ir else {
                m.say(
                    code::T201,
                    index.span,
                    "the key of an object must be written out",
                    "not a constant",
                    "write the key in quotes",
                );
                return Typed::error(span);
            };
            let name = Ident { text: key.clone(), span: index.span };
            attribute(m, scope, Typed { ty: Ty::Of(ty), ..at }, &name)
        }
        Some(Type::Json) if scope.lenient => {
            let i = super::expr::infer(m, scope, index, None);
            node(at, i, Type::Json)
        }
        Some(Type::Json) => {
            template::undeclared(m, at.span);
            Typed::error(span)
        }
        _ => {
            let found = crate::types::words_of(&at.ty);
            m.say(
                code::T201,
                at.span,
                format!("{found} has no elements"),
                format!("this is {found}"),
                "only lists, maps and objects have elements",
            );
            Typed::error(span)
        }
    }
}

/// The type of one element of a list that is written out; reports T214.
fn tuple_element(m: &mut Module<'_>, of: &[Type], index: &Typed, span: Span) -> Option<Type> {
    let Expr::Number(n) = &index.ir else {
        return crate::types::element(of).or(Some(Type::Json));
    };
    let found = n.to_string().parse::<usize>().ok().and_then(|n| of.get(n)).cloned();
    if found.is_none() {
        let message = format!("there is no element {n} in a list of {}", of.len());
        m.say(code::T214, span, message, "out of range", "the first element is 0");
    }
    found
}

/// `xs[*].a.b`: the part of each element.
fn splat(m: &mut Module<'_>, scope: &Scope<'_>, at: Typed, span: Span, rest: &[Step]) -> Typed {
    if m.sources.text(span).starts_with('.') {
        m.report(
            Diagnostic::new(code::B112, span, "`.*` is the old form of `[*]`", "old form")
                .help("write `[*]`")
                .fix(span, "[*]"),
        );
    }
    let Some((mut element, _)) = elements(m, &at) else { return Typed::error(at.span) };
    let mut names = Vec::new();
    let mut span = at.span.to(span);
    let mut rest = rest.iter();
    if is_nothing(&at) {
        let parts = rest.as_slice().iter().take_while(|s| matches!(s, Step::Attr(_))).count();
        let nothing = Typed::new(Type::Tuple(Vec::new()), Expr::List(Vec::new()), span);
        return walk(m, scope, nothing, rest.as_slice().get(parts..).unwrap_or_default());
    }
    while let Some(Step::Attr(name)) = rest.as_slice().first() {
        rest.next();
        let Some(ty) = element.data() else { break };
        let part = (!element.is_nullable()).then(|| member(ty, &name.text)).flatten();
        let Some(part) = part else {
            let known = members(ty);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            unknown_part(m, &format!("an element, {},", crate::types::words(ty)), name, &known);
            return Typed::error(span);
        };
        element = Ty::Of(part);
        names.push(name.text.clone());
        span = span.to(name.span);
    }
    let ty = match element {
        Ty::Of(t) => Ty::Of(Type::list(t)),
        _ => Ty::Error,
    };
    let base = Typed::new(ty, Expr::Splat(Box::new(at.ir), names), span);
    walk(m, scope, base, rest.as_slice())
}
