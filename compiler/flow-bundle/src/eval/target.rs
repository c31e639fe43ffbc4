//! A declared target as a value.

use std::collections::BTreeMap;

use super::{EvalError, Scope, eval};
use crate::bundle;
use crate::value::Target;

/// A declared target with its settings filled in from the scope.
///
/// # Errors
/// A setting that has no value, or none that prints.
pub fn resolve_target(
    address: &str,
    declared: &bundle::Target,
    scope: &Scope<'_>,
) -> Result<Target, EvalError> {
    let mut settings = BTreeMap::new();
    for (name, expr) in &declared.settings {
        // Settings name no targets: a reference inside one would never end.
        let bare = Scope { roots: scope.roots.clone(), targets: None };
        let text = crate::print::print(&eval(expr, &bare)?)?;
        let is_function = declared.kind == "aws_lambda_function" && name == "function";
        settings.insert(if is_function { "arn".to_owned() } else { name.clone() }, text);
    }
    let name = address.split_once('.').map_or(address, |(_, name)| name);
    Ok(Target {
        address: address.to_owned(),
        name: name.to_owned(),
        label: declared.label.clone(),
        kind: declared.kind.clone(),
        settings,
    })
}
