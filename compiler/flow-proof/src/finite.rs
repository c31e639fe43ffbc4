//! Conditions that read closed fields only: each combination of their values is evaluated.

use std::collections::BTreeMap;

use flow_bundle::bundle::Limits;
use flow_bundle::eval::{Scope, eval};
use flow_bundle::expr::Expr;
use flow_bundle::types::Type;
use flow_bundle::value::Value;
use flow_bundle::walk;
use rust_decimal::Decimal;

use crate::constant::{numbers, target};
use crate::formula::{Formula, Test};
use crate::guard::Space;
use crate::term::{always_given, field, words};

/// Most combinations that are tried.
const CASES_MAX: usize = 128;

/// More whole numbers between two bounds are not tried one by one.
const FEW: u32 = 16;

/// A closed term with each value it can have.
struct Closed {
    term: Expr,
    values: Vec<Value>,
}

/// The condition as a table over closed terms; `None` where it reads anything else.
pub(crate) fn table(space: &mut Space<'_>, expr: &Expr) -> Option<Formula> {
    let mut terms: Vec<Closed> = Vec::new();
    let mut is_open = false;
    walk::each(expr, &mut |e| match e {
        Expr::Get(path) => match base(path).and_then(|term| closed(space, term)) {
            Some(found) if terms.iter().any(|t| t.term == found.term) => {}
            Some(found) => terms.push(found),
            None => is_open = true,
        },
        Expr::Call(id, _) => is_open |= id.starts_with("now@") || id.starts_with("is_member@"),
        Expr::Secret(_) => is_open = true,
        _ => {}
    });
    if is_open || terms.is_empty() {
        return None;
    }
    let cases = terms.iter().try_fold(1_usize, |n, t| n.checked_mul(t.values.len()))?;
    if cases > CASES_MAX {
        return None;
    }
    let mut ways = Vec::new();
    for case in 0..cases {
        let mut rest = case;
        let chosen: Vec<(&Expr, &Value)> = terms
            .iter()
            .filter_map(|t| {
                let value = t.values.get(rest.checked_rem(t.values.len())?)?;
                rest /= t.values.len();
                Some((&t.term, value))
            })
            .collect();
        match eval(expr, &scope(space, &chosen)) {
            Ok(Value::Bool(false)) => continue,
            Ok(Value::Bool(true)) => ways.push(case_of(space, &chosen)?),
            // No value is neither: whatever follows from it must not be relied on.
            Ok(_) | Err(_) => {
                let either = space.ask(expr, Test::True)?;
                ways.push(Formula::all([case_of(space, &chosen)?, either]));
            }
        }
    }
    Some(Formula::any(ways))
}

/// The term that a path begins with: a field, the target or the source.
fn base(path: &[String]) -> Option<Expr> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    let length = match words.as_slice() {
        ["request", "fields", ..] => 3,
        ["request", "target" | "source", ..] => 2,
        _ => return None,
    };
    Some(Expr::Get(path.get(..length)?.to_vec()))
}

/// Whether a path is a part of a term, as `request.target.name` is.
pub(crate) fn is_part(path: &[String]) -> bool {
    base(path).is_some_and(|term| !matches!(&term, Expr::Get(whole) if whole.len() == path.len()))
}

fn closed(space: &Space<'_>, term: Expr) -> Option<Closed> {
    let field = field(space.flow, &term);
    let ty = field.map(|f| &f.ty);
    let mut values: Vec<Value> = match ty {
        Some(Type::Bool) => vec![Value::Bool(true), Value::Bool(false)],
        Some(Type::Number) => match &field?.allowed {
            Some(list) => numbers(space.bundle, list)?.into_iter().map(Value::Number).collect(),
            None => few(&field?.limits)?,
        },
        Some(Type::Duration) => numbers(space.bundle, field?.allowed.as_ref()?)?
            .into_iter()
            .map(Value::Duration)
            .collect(),
        Some(Type::Target) => words(space.bundle, space.flow, &term)?
            .iter()
            .map(|address| target(space.bundle, address).map(Value::Target))
            .collect::<Option<_>>()?,
        _ => words(space.bundle, space.flow, &term)?.into_iter().map(Value::String).collect(),
    };
    if field.is_some_and(|f| !always_given(f)) {
        values.push(Value::Null);
    }
    Some(Closed { term, values })
}

/// The whole numbers between two bounds, where they are few.
fn few(limits: &Limits) -> Option<Vec<Value>> {
    let (min, max) = (limits.min?.ceil(), limits.max?.floor());
    let count = max.checked_sub(min)?;
    if !limits.integer || count > Decimal::from(FEW) {
        return None;
    }
    let mut all = Vec::new();
    let mut next = min;
    while next <= max {
        all.push(Value::Number(next));
        next = next.checked_add(Decimal::ONE)?;
    }
    Some(all)
}

fn scope<'b>(space: &Space<'b>, chosen: &[(&Expr, &Value)]) -> Scope<'b> {
    let mut fields = BTreeMap::new();
    let mut request = BTreeMap::new();
    for (term, value) in chosen {
        let Expr::Get(path) = term else { continue };
        match path.as_slice() {
            [_, _, name] => drop(fields.insert(name.clone(), (*value).clone())),
            [_, name] => drop(request.insert(name.clone(), (*value).clone())),
            _ => {}
        }
    }
    // The same choice by its other name.
    if let Some(chosen) = request.get("target") {
        fields.insert("target".to_owned(), chosen.clone());
    } else if let Some(chosen) = fields.get("target") {
        request.insert("target".to_owned(), chosen.clone());
    }
    request.insert("fields".to_owned(), Value::Map(fields));
    Scope::of(space.bundle).with("request", Value::Map(request))
}

fn case_of(space: &mut Space<'_>, chosen: &[(&Expr, &Value)]) -> Option<Formula> {
    let mut all = Vec::new();
    for (term, value) in chosen {
        let test = match value {
            Value::Bool(true) => Test::True,
            Value::Bool(false) => {
                all.push(space.ask(term, Test::True)?.negate());
                all.push(space.ask(term, Test::Null)?.negate());
                continue;
            }
            Value::Null => Test::Null,
            Value::String(word) => Test::Word(word.clone()),
            Value::Target(t) => Test::Word(t.address.clone()),
            Value::Number(n) | Value::Duration(n) => Test::Number(Decimal::normalize(n)),
            _ => return None,
        };
        all.push(space.ask(term, test)?);
    }
    Some(Formula::all(all))
}
