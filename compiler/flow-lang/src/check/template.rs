//! Templates: texts with interpolations and directives.
//!
//! The parts of the outermost template stay apart, because a message escapes each part for its
//! medium, and a part that the author wrote is not escaped.

use flow_bundle::{Expr, Type};

use super::expr::{Typed, elements, expect, infer, is_nothing, nullable};
use super::narrow;
use super::scope::Scope;
use super::{Module, constant};
use crate::code;
use crate::source::Span;
use crate::syntax::tree::Part;
use crate::types::{self, Ty};

pub(crate) fn check(m: &mut Module<'_>, scope: &Scope<'_>, parts: &[Part], span: Span) -> Typed {
    match lower(m, scope, parts) {
        // A text that holds a secret is one.
        Some(ir) if constant::any(&ir, &mut |e| matches!(e, Expr::Secret(_))) => {
            Typed::new(Type::Secret, ir, span)
        }
        Some(ir) => Typed::new(Type::String, ir, span),
        None => Typed::error(span),
    }
}

/// The IR of these parts; none where one of them was not understood.
fn lower(m: &mut Module<'_>, scope: &Scope<'_>, parts: &[Part]) -> Option<Expr> {
    let mut irs = Vec::new();
    let mut is_whole = true;
    for part in parts {
        match part_ir(m, scope, part) {
            Some(Expr::String(s)) if s.is_empty() => {}
            Some(ir) => irs.push(ir),
            None => is_whole = false,
        }
    }
    if !is_whole {
        return None;
    }
    if irs.iter().all(|e| matches!(e, Expr::String(_))) {
        let text: String = irs
            .iter()
            .filter_map(|e| if let Expr::String(s) = e { Some(&**s) } else { None })
            .collect();
        return Some(Expr::String(text));
    }
    Some(Expr::Template(irs))
}

fn part_ir(m: &mut Module<'_>, scope: &Scope<'_>, part: &Part) -> Option<Expr> {
    match part {
        Part::Text(text) => Some(Expr::string(&text.value)),
        Part::Interpolation { expr, .. } => {
            let typed = infer(m, scope, expr, None);
            interpolation(m, typed)
        }
        Part::If { condition, then, otherwise, .. } => {
            let c = expect(m, scope, condition, &Type::Bool);
            let then = lower(m, &scope.knowing(narrow::of(&c, condition, true)), then);
            let otherwise = lower(m, &scope.knowing(narrow::of(&c, condition, false)), otherwise);
            if c.ty.is_error() {
                return None;
            }
            Some(Expr::If(Box::new(c.ir), Box::new(then?), Box::new(otherwise?)))
        }
        Part::For { key, value, collection, body, .. } => {
            let collection = infer(m, scope, collection, None);
            let (element, key_ty) = elements(m, &collection)?;
            let is_nothing = is_nothing(&collection);
            let mut inner = scope.binding(&value.text, element);
            if let Some(name) = key {
                inner = inner.binding(&name.text, Ty::Of(key_ty));
            }
            if is_nothing {
                m.undoubted(|m| lower(m, &inner, body));
                return Some(Expr::string(""));
            }
            let list = Expr::For(Box::new(flow_bundle::expr::For {
                key_name: key.as_ref().map(|k| k.text.clone()),
                value_name: value.text.clone(),
                collection: collection.ir,
                key: None,
                value: lower(m, &inner, body)?,
                condition: None,
            }));
            Some(Expr::Call("join@1".to_owned(), vec![Expr::string(""), list]))
        }
    }
}

fn interpolation(m: &mut Module<'_>, typed: Typed) -> Option<Expr> {
    match &typed.ty {
        Ty::Error => None,
        // Only in a sink is anything of this type: elsewhere it was refused.
        Ty::Of(Type::Secret) => Some(typed.ir),
        Ty::Of(t) if types::is_interpolable(t) => Some(typed.ir),
        Ty::Of(Type::Nullable(t)) if types::is_interpolable(t) => {
            nullable(m, &typed);
            None
        }
        Ty::Of(Type::Json) => {
            undeclared(m, typed.span);
            None
        }
        other => {
            let message = format!("`{other}` cannot stand in a text");
            let help = match other {
                Ty::Of(Type::List(_) | Type::Tuple(_) | Type::Set(_)) => {
                    "join it: `join(\", \", …)`"
                }
                Ty::Of(Type::Target) => "write its label: `….label`",
                _ => "write one of its parts, or `jsonencode(…)`",
            };
            m.say(code::T202, typed.span, message, format!("this is `{other}`"), help);
            None
        }
    }
}

/// Reports the use of outside data without a declared type.
pub(crate) fn undeclared(m: &mut Module<'_>, span: Span) {
    let name = m.sources.text(span).to_owned();
    m.say(
        code::T205,
        span,
        format!("nothing is known about the form of `{name}`"),
        "outside data without a declared type",
        "declare `output` (or `body`, or `context`), or convert it: `as(…, string)`",
    );
}
