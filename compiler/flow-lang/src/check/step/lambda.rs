//! `step "aws_lambda"`: a function is called.

use std::collections::BTreeMap;

use flow_bundle::{Expr, Type};

use super::{Made, declared_output};
use crate::check::body::Opened;
use crate::check::scope::{Scope, Secrets};
use crate::check::{Module, arn, constant, expr, strategy, taint};
use crate::types::Ty;

pub(super) fn make(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    integration: Option<&str>,
    path: &str,
) -> Made {
    let is_async = opened.word(m, "mode").as_deref() == Some("async");
    let reads = opened.bool(m, "reads").unwrap_or(false);
    let output = declared_output(m, opened.block);
    let output = if is_async { Ty::Of(Type::None) } else { output };
    let mut args = BTreeMap::new();
    if let Some(function) = arn::function(m, opened, "function") {
        if let Some(attribute) = opened.attribute("function") {
            m.locate(format!("{path}.function"), attribute.expr.span);
        }
        if let Some(address) = integration {
            let region = arn::region_of(m, address);
            arn::check_region(m, &function, address, region);
        }
        let ir = function.value.as_ref().and_then(constant::of_value).unwrap_or(function.ir);
        args.insert("function".to_owned(), ir);
    }
    let mode = opened.word(m, "mode").unwrap_or_else(|| "sync".to_owned());
    args.insert("mode".to_owned(), Expr::String(mode));
    args.insert("payload".to_owned(), payload(m, scope, opened, path));
    Made { args, reads, output }
}

fn payload(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>, path: &str) -> Expr {
    let Some(attribute) = opened.attribute("payload") else { return Expr::Object(Vec::new()) };
    m.locate(format!("{path}.payload"), attribute.expr.span);
    let scope = scope.with_secrets(Secrets::Payload("payload"));
    let typed = expr::expect(m, &scope, &attribute.expr, &Type::Json);
    strategy::check_object(m, &typed);
    taint::check_keys(m, &scope, &typed.ir, attribute.expr.span, "payload");
    typed.ir
}
