//! Every expression of a bundle: depth, functions, references, bound names.

use std::collections::BTreeMap;

use crate::bundle::{Bundle, Statement};
use crate::codec::LoadError;
use crate::expr::Expr;
use crate::function;
use crate::limits::EXPR_DEPTH;
use crate::types::Type;
use crate::walk::{self, Path};

use super::{Checked, REBUILD, bad, known};

pub(super) fn check(bundle: &Bundle) -> Checked {
    let mut result = Ok(());
    walk::expressions(bundle, &mut |path, expr| {
        if result.is_ok() {
            result = whole(bundle, path, expr);
        }
    });
    result?;
    let mut result = Ok(());
    let mut ty = |path: &Path<'_>, ty: &Type| {
        if result.is_ok() && walk::type_depth(ty) > EXPR_DEPTH {
            result = Err(bad(
                path.to_string(),
                format!("the type is nested deeper than {EXPR_DEPTH} levels"),
            ));
        }
    };
    walk::statements(bundle, &mut |path, statement| {
        if let Statement::Step(step) = statement {
            ty(path, &step.output);
        }
    });
    for (address, flow) in &bundle.flows {
        ty(&Path::of("flows").at(address).at("context"), &flow.context);
        for field in &flow.fields {
            ty(&Path::of("flows").at(address).at("fields").at(&field.name), &field.ty);
        }
    }
    for (address, strategy) in &bundle.strategies {
        for call in [&strategy.escalate, &strategy.deescalate] {
            if let Some(body) = &call.body {
                ty(&Path::of("strategies").at(address), body);
            }
        }
    }
    result
}

fn whole(bundle: &Bundle, path: &Path<'_>, expr: &Expr) -> Checked {
    if walk::depth(expr) > EXPR_DEPTH {
        return Err(bad(
            path.to_string(),
            format!("the expression is nested deeper than {EXPR_DEPTH} levels"),
        ));
    }
    let mut result = Ok(());
    walk::each(expr, &mut |e| {
        if result.is_ok() {
            result = node(bundle, path, e);
        }
    });
    result?;
    bound(path, expr, &mut Vec::new())
}

fn declared<T>(map: &BTreeMap<String, T>, path: &Path<'_>, what: &str, address: &str) -> Checked {
    if map.contains_key(address) {
        return Ok(());
    }
    known(map, &path.to_string(), what, address).map(|_| ())
}

fn node(bundle: &Bundle, path: &Path<'_>, expr: &Expr) -> Checked {
    match expr {
        Expr::Call(id, args) => {
            let Some(f) = function::by_id(id) else {
                let message = format!("the function `{id}` is not known");
                return Err(LoadError::new(
                    path.to_string(),
                    message,
                    "upgrade the runtime, or build again",
                ));
            };
            if f.takes(args.len()) {
                return Ok(());
            }
            let message = format!("`{}` is called with {} arguments", f.signature, args.len());
            Err(LoadError::new(path.to_string(), message, REBUILD))
        }
        Expr::Timestamp(text) => {
            function::instant(text).map(|_| ()).map_err(|e| bad(path.to_string(), e.message))
        }
        Expr::Ref(address) => match address.split_once('.') {
            Some(("group", name)) => declared(&bundle.groups, path, "group", name),
            Some(("target", name)) => declared(&bundle.targets, path, "target", name),
            _ => declared(&bundle.targets, path, "target", address),
        },
        Expr::Secret(name) => declared(&bundle.secrets, path, "secret", name),
        _ => Ok(()),
    }
}

/// Whether each `local` is bound around it. As deep as the expression, which is bounded before.
fn bound<'e>(path: &Path<'_>, expr: &'e Expr, names: &mut Vec<&'e str>) -> Checked {
    let before = names.len();
    let result = match expr {
        Expr::Local(name) if names.contains(&name.as_str()) => Ok(()),
        Expr::Local(name) => Err(bad(path.to_string(), format!("the name `{name}` is not bound"))),
        Expr::Let(list, body) => list
            .iter()
            .try_for_each(|(name, e)| {
                bound(path, e, names)?;
                names.push(name);
                Ok(())
            })
            .and_then(|()| bound(path, body, names)),
        Expr::For(f) => bound(path, &f.collection, names).and_then(|()| {
            names.extend(f.key_name.as_deref());
            names.push(&f.value_name);
            let inner = [f.key.as_ref(), Some(&f.value), f.condition.as_ref()];
            inner.into_iter().flatten().try_for_each(|e| bound(path, e, names))
        }),
        other => walk::parts(other).into_iter().try_for_each(|e| bound(path, e, names)),
    };
    names.truncate(before);
    result
}
