//! `step "value"`: a sub-expression gets a name and is recorded.

use std::collections::BTreeMap;

use flow_bundle::Expr;

use super::Made;
use crate::check::body::Opened;
use crate::check::scope::{Scope, Secrets};
use crate::check::{Module, constant, expr, path as paths, type_expr};
use crate::code;
use crate::types::Ty;

pub(super) fn make(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>, path: &str) -> Made {
    let (output, ir) = value(m, scope, opened, path);
    let args = ir.map(|ir| BTreeMap::from([("value".to_owned(), ir)])).unwrap_or_default();
    Made { args, reads: true, output }
}

fn value(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    path: &str,
) -> (Ty, Option<Expr>) {
    let Some(attribute) = opened.attribute("value") else { return (Ty::Error, None) };
    m.locate(format!("{path}.value"), attribute.expr.span);
    let wanted = opened.attribute("output").and_then(|a| type_expr::read(m, &a.expr));
    let scope = scope.with_secrets(Secrets::Payload("value"));
    let reads = m.sensitive_reads;
    let typed = match &wanted {
        Some(ty) => expr::expect(m, &scope, &attribute.expr, ty),
        None => expr::infer(m, &scope, &attribute.expr, None),
    };
    // What is recorded can be said by any message that follows.
    constant::refuse_sensitive(m, &attribute.expr, "value", reads);
    match typed.ty {
        Ty::Declaration(word, _) => {
            paths::not_a_value(m, word, attribute.expr.span);
            (Ty::Error, None)
        }
        Ty::Null => {
            m.say(
                code::T201,
                attribute.expr.span,
                "this is always null",
                "no value",
                "write a value, or say of which type it may be null with `output`",
            );
            (Ty::Error, None)
        }
        ty => (ty, Some(typed.ir)),
    }
}
