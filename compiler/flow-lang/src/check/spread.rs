//! `f(list...)`: the elements of a list as arguments.
//!
//! A call in a bundle has a fixed number of arguments, so the list is one that is written out or
//! known at build; its elements may still be read at run time.

use flow_bundle::expr::For;
use flow_bundle::{Expr, Type};

use super::expr::{Typed, infer};
use super::scope::Scope;
use super::{Module, constant};
use crate::code;
use crate::syntax::tree;
use crate::types::Ty;

/// The elements of the last argument; none where it was reported.
pub(crate) fn elements(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    e: &tree::Expr,
) -> Option<Vec<Typed>> {
    let list = infer(m, scope, e, None);
    if list.ty.is_error() {
        return None;
    }
    let of = match list.ty.data() {
        Some(Type::List(of) | Type::Set(of)) => vec![(**of).clone()],
        Some(Type::Tuple(of)) => of.clone(),
        _ => {
            let message = format!("`...` takes a list, not `{}`", list.ty);
            m.say(code::T209, e.span, message, "not a list", "drop `...`");
            return None;
        }
    };
    let is_tuple = matches!(list.ty.data(), Some(Type::Tuple(_)));
    let items = match written(&list.ir) {
        Some(items) => items,
        // Its length decides how many arguments there are: a guess would be judged.
        None if constant::is_unknown(&list.ir) && !constant::reads_run(&list.ir) => {
            m.has_unknown = true;
            m.unknown_reads += 1;
            return None;
        }
        None => {
            let message = "how many arguments these are is known only at run time";
            let help = "write the list out; for lists of lists there is `flatten`, and `sum`, \
                        `min` and `max` take a list as it is";
            m.say(code::T209, e.span, message, "a list of unknown length", help);
            return None;
        }
    };
    let ty = |i: usize| if is_tuple { of.get(i) } else { of.first() }.cloned();
    let typed = items.into_iter().enumerate().map(|(i, ir)| Typed {
        ty: ty(i).map_or(Ty::Error, Ty::Of),
        ir,
        span: e.span,
    });
    Some(typed.collect())
}

/// The elements of a list that is written out, or known, or made of one that is.
fn written(ir: &Expr) -> Option<Vec<Expr>> {
    match ir {
        Expr::List(items) => return Some(items.clone()),
        Expr::For(f) if f.key.is_none() => return walked(f),
        _ => {}
    }
    match known(ir)? {
        Expr::List(items) => Some(items),
        _ => None,
    }
}

fn known(ir: &Expr) -> Option<Expr> {
    constant::of_value(&constant::fold(ir)?)
}

/// `[for x in xs : …]` over what is known: its elements one by one.
fn walked(f: &For) -> Option<Vec<Expr>> {
    let pairs: Vec<(Expr, Expr)> = match known(&f.collection).unwrap_or(f.collection.clone()) {
        Expr::List(items) => (0_u64..).map(|i| Expr::Number(i.into())).zip(items).collect(),
        Expr::Object(items) => items.into_iter().map(|(k, v)| (Expr::String(k), v)).collect(),
        _ => return None,
    };
    let mut out = Vec::new();
    for (key, value) in pairs {
        let mut bound: Vec<(String, Expr)> = Vec::new();
        bound.extend(f.key_name.clone().map(|name| (name, key)));
        bound.push((f.value_name.clone(), value));
        let within = |e: &Expr| Expr::Let(bound.clone(), Box::new(e.clone()));
        if let Some(condition) = &f.condition
            && !constant::fold_bool(&within(condition))?
        {
            continue;
        }
        let element = within(&f.value);
        out.push(known(&element).unwrap_or(element));
    }
    Some(out)
}
