//! Steps, by their entry in the catalog.

use crate::bundle::{Bundle, Step};
use crate::catalog::{self, Choice, Parameter, Reads, StepKind};
use crate::conform::conform;
use crate::eval::{Scope, eval};
use crate::expr::Expr;
use crate::types::{Type, notation};
use crate::value::Value;

use super::{CALL_MAX, Checked, bad, known, within};

/// Blocks of an HTTP call, which stand among its arguments.
const BLOCKS: [&str; 2] = ["auth", "paginate"];

pub(super) fn check(bundle: &Bundle, path: &str, step: &Step) -> Checked {
    let kind = catalog::step(&step.kind)
        .ok_or_else(|| bad(path, format!("`{}` is no kind of step", step.kind)))?;
    integration(bundle, path, step, kind)?;
    for name in step.args.keys() {
        let is_block = kind.name == "http" && BLOCKS.contains(&name.as_str());
        if kind.parameter(name).is_none() && !is_block {
            return Err(bad(path, format!("a step `{}` has no `{name}`", step.kind)));
        }
    }
    for parameter in kind.parameters {
        argument(path, parameter, step.args.get(parameter.name))?;
    }
    if let Choice::AtMostOne(names) | Choice::ExactlyOne(names) = kind.choice {
        let given = names.iter().filter(|name| step.args.contains_key(**name)).count();
        if given > 1 || (given == 0 && matches!(kind.choice, Choice::ExactlyOne(_))) {
            return Err(bad(path, format!("one of {} is given", names.join(", "))));
        }
    }
    check_reads(path, step, kind)?;
    if !kind.declares() && kind.output_of(&Type::Json).as_ref() != Some(&step.output) {
        let message = format!("a step `{}` answers `{}`", step.kind, kind.output);
        return Err(bad(format!("{path}.output"), message));
    }
    within(path, "timeout_s", step.timeout_s, 1, CALL_MAX)
}

fn integration(bundle: &Bundle, path: &str, step: &Step, kind: &StepKind) -> Checked {
    let at = format!("{path}.integration");
    match (&step.integration, kind.integration) {
        (Some(address), Some(wanted)) => {
            if known(&bundle.integrations, &at, "integration", address)?.kind != wanted {
                return Err(bad(at, format!("`{address}` is no integration of type `{wanted}`")));
            }
            Ok(())
        }
        (None, Some(wanted)) => {
            Err(bad(at, format!("an integration of type `{wanted}` is missing")))
        }
        (Some(_), None) => Err(bad(at, format!("a step `{}` has no integration", step.kind))),
        (None, None) => Ok(()),
    }
}

/// Whether an attribute is there, and of its type where it is known at build.
pub(super) fn argument(path: &str, parameter: &Parameter, expr: Option<&Expr>) -> Checked {
    let Some(expr) = expr else {
        if parameter.required {
            return Err(bad(path, format!("`{}` is missing", parameter.name)));
        }
        return Ok(());
    };
    if !parameter.is_static {
        return Ok(());
    }
    let at = format!("{path}.args.{}", parameter.name);
    let value =
        eval(expr, &Scope::new()).map_err(|e| bad(&at, format!("must be known at build ({e})")))?;
    let ty = notation::parse(parameter.ty, None).unwrap_or(Type::Json);
    let value = conform(&value, &ty).map_err(|e| bad(&at, e.to_string()))?;
    match value {
        Value::String(word)
            if !parameter.words.is_empty() && !parameter.words.contains(&word.as_str()) =>
        {
            Err(bad(at, format!("`{word}` is none of {}", parameter.words.join(", "))))
        }
        _ => Ok(()),
    }
}

/// What may stand where only reading steps may, and what may be repeated, hangs on this.
fn check_reads(path: &str, step: &Step, kind: &StepKind) -> Checked {
    let text = |name: &str| match step.args.get(name) {
        Some(Expr::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let reads = match kind.reads {
        Reads::Always => true,
        Reads::Never => false,
        Reads::ByMethod => matches!(text("method"), Some("GET" | "HEAD")),
        Reads::Declared => step.reads,
    };
    if reads == step.reads {
        return Ok(());
    }
    let words = if reads { "it only reads" } else { "it may change something" };
    Err(bad(format!("{path}.reads"), words))
}
