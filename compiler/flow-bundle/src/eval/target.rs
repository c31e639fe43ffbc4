//! A declared target as a value, and what a target is called.

use std::collections::BTreeMap;

use super::{EvalError, Scope, eval};
use crate::bundle;
use crate::value::Target;

/// The name of a target by its address (`bundle.targets`' key): without its type, and with the
/// module that it stands in. `module.a.okta_group.admins["x"]` is `module.a.admins["x"]`.
#[must_use]
pub fn target_name(address: &str) -> String {
    let mut own = 0;
    while let Some(name) = address.get(own..).and_then(|rest| rest.strip_prefix("module.")) {
        let Some(stop) = name.find(['.', '[']) else { break };
        let is_instance = name.get(stop..).is_some_and(|rest| rest.starts_with('['));
        let end = if is_instance { name.find("\"].").map(|at| at + 3) } else { Some(stop + 1) };
        let Some(end) = end else { break };
        own += "module.".len() + end;
    }
    let (module, rest) = address.split_at_checked(own).unwrap_or(("", address));
    format!("{module}{}", rest.split_once('.').map_or(rest, |(_, name)| name))
}

/// The address under which a target is declared: one that stands for many has the element behind
/// it in brackets. An instance of a `for_each` is declared with its own brackets.
#[must_use]
pub fn without_element(address: &str) -> &str {
    address.rfind('[').and_then(|at| address.get(..at)).unwrap_or(address)
}

/// A declared target with its settings filled in from the scope.
///
/// # Errors
/// A setting that has no value, or none that prints.
pub fn resolve_target(
    address: &str,
    declared: &bundle::Target,
    scope: &Scope<'_>,
) -> Result<Target, EvalError> {
    let settings: Result<_, EvalError> = settings(declared, scope).collect();
    Ok(target(address, declared, settings?))
}

/// A declared target as it is named, with the settings that have a value in the scope. The others read
/// what is chosen later, or the element that `each_of` makes of it: they are filled in where it is
/// granted, and there a missing one is an error.
#[must_use]
pub fn named_target(address: &str, declared: &bundle::Target, scope: &Scope<'_>) -> Target {
    target(address, declared, settings(declared, scope).filter_map(Result::ok).collect())
}

fn settings<'a>(
    declared: &'a bundle::Target,
    scope: &'a Scope<'_>,
) -> impl Iterator<Item = Result<(String, String), EvalError>> + 'a {
    // Settings name no targets: a reference inside one would never end.
    let bare = Scope { roots: scope.roots.clone(), targets: None };
    declared.settings.iter().map(move |(name, expr)| {
        let text = crate::print::print(&eval(expr, &bare)?)?;
        let is_function = declared.kind == "aws_lambda_function" && name == "function";
        Ok((if is_function { "arn".to_owned() } else { name.clone() }, text))
    })
}

fn target(address: &str, declared: &bundle::Target, settings: BTreeMap<String, String>) -> Target {
    Target {
        address: address.to_owned(),
        name: target_name(address),
        label: declared.label.clone(),
        kind: declared.kind.clone(),
        settings,
    }
}
