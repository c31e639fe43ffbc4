//! What an expression that reads nothing comes to.

use std::collections::BTreeMap;

use flow_bundle::bundle::Bundle;
use flow_bundle::eval::{Scope, eval, resolve_target};
use flow_bundle::expr::Expr;
use flow_bundle::value::{Target, Value};
use flow_bundle::walk;
use rust_decimal::Decimal;

/// The value of an expression that reads nothing but declarations.
pub(crate) fn constant(bundle: &Bundle, expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Bool(b) => return Some(Value::Bool(*b)),
        Expr::Number(n) => return Some(Value::Number(*n)),
        Expr::Duration(d) => return Some(Value::Duration(*d)),
        Expr::String(s) => return Some(Value::String(s.clone())),
        Expr::Null => return Some(Value::Null),
        Expr::Ref(address) => return target(bundle, address).map(Value::Target),
        Expr::Get(_) | Expr::Local(_) | Expr::Secret(_) => return None,
        _ => {}
    }
    let mut reads = false;
    walk::each(expr, &mut |e| {
        reads |= matches!(e, Expr::Get(_) | Expr::Secret(_));
        reads |= matches!(e, Expr::Call(id, _) if id.starts_with("now@"));
    });
    if reads { None } else { eval(expr, &Scope::of(bundle)).ok() }
}

/// A declared target; settings that read the request are left out.
pub(crate) fn target(bundle: &Bundle, address: &str) -> Option<Target> {
    let address = address.strip_prefix("target.").unwrap_or(address);
    let declared = bundle.targets.get(address)?;
    let filled = resolve_target(address, declared, &Scope::new());
    Some(filled.unwrap_or_else(|_| Target {
        address: address.to_owned(),
        name: address.split_once('.').map_or(address, |(_, name)| name).to_owned(),
        label: declared.label.clone(),
        kind: declared.kind.clone(),
        settings: BTreeMap::new(),
    }))
}

/// The numbers or spans of a constant list.
pub(crate) fn numbers(bundle: &Bundle, list: &Expr) -> Option<Vec<Decimal>> {
    let Some(Value::List(items)) = constant(bundle, list) else { return None };
    let number = |v: &Value| match v {
        Value::Number(n) | Value::Duration(n) => Some(*n),
        _ => None,
    };
    items.iter().map(number).collect()
}

/// The addresses of a constant list of targets.
pub(crate) fn targets(bundle: &Bundle, list: &Expr) -> Option<Vec<String>> {
    let Expr::List(items) = list else { return None };
    let address = |e: &Expr| match constant(bundle, e)? {
        Value::Target(t) => Some(t.address),
        _ => None,
    };
    items.iter().map(address).collect()
}
