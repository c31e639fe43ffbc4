//! `variable`: its type, its value from outside or its default, and its validation.

use std::collections::BTreeMap;

use flow_bundle::{Expr, Type, Value};
use serde_json::Value as Json;

use super::body::Opened;
use super::reference::{self, Takes};
use super::{Module, constant, module};
use crate::code;
use crate::compile::{Given, Mode};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{self, Block};
use crate::types::Ty;

/// Type, IR and whether it is sensitive.
pub(crate) fn value(m: &mut Module<'_>, block: &Block) -> (Ty, Expr, bool) {
    let failed = (Ty::Error, Expr::Null, false);
    let Some(opened) = Opened::open(m, block, "variable") else { return failed };
    let name = block.label(0).unwrap_or_default().to_owned();
    let sensitive = opened.bool(m, "sensitive").unwrap_or(false);
    // For people who read the source; it goes nowhere, and must be a text all the same.
    let _ = opened.text(m, "description");
    let takes = opened.attribute("type").and_then(|a| reference::read_type(m, &a.expr));
    match takes {
        None => failed,
        Some(Takes::Reference(word, kind)) => {
            let (ty, ir) = referred(m, &opened, &name, (word, kind.as_deref()), reference::read);
            (ty, ir, false)
        }
        Some(Takes::References(word, kind)) => {
            let of = (word, kind.as_deref());
            let (ty, ir) = referred(m, &opened, &name, of, reference::read_all);
            (ty, ir, false)
        }
        Some(Takes::Data(ty)) => match data(m, &opened, &name, &ty) {
            Some((ir, is_given_sensitive)) => (Ty::Of(ty), ir, sensitive || is_given_sensitive),
            None => failed,
        },
    }
}

/// The value of a variable that takes data, and whether what was given is sensitive.
fn data(m: &mut Module<'_>, opened: &Opened<'_>, name: &str, ty: &Type) -> Option<(Expr, bool)> {
    let default = opened.attribute("default").map(|a| constant::read(m, &a.expr, ty));
    if m.declared.here.unit != 0 {
        let Some((input, instance)) = module::input(m, name) else {
            return Some((default??.ir, false));
        };
        let reads = m.sensitive_reads;
        let given = m.within(&instance, |m| reference::handed_on(m, &input.expr, Some(ty)));
        return (!given.ty.is_error()).then_some((given.ir, m.sensitive_reads > reads));
    }
    let ir = match (m.options.variables.get(name).cloned(), default) {
        (Some(given), _) => match of_given(&given, ty) {
            Ok(ir) => ir,
            Err(why) => {
                report_given(m, opened.block, name, &why);
                return None;
            }
        },
        (None, Some(default)) => default?.ir,
        (None, None) if m.options.mode == Mode::Build => {
            missing(m, opened.block, name, ty);
            return None;
        }
        (None, None) => {
            m.has_unknown = true;
            Expr::Get(vec!["var".to_owned(), name.to_owned()])
        }
    };
    Some((ir, false))
}

/// Reads what is given: one reference, or several.
type ReadReference =
    fn(&mut Module<'_>, &tree::Expr, &'static str, Option<&str>, Span) -> (Ty, Expr);

/// The declaration that a variable of type `ref(…)` stands for, or those of `list(ref(…))`.
fn referred(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    name: &str,
    (word, kind): (&'static str, Option<&str>),
    read: ReadReference,
) -> (Ty, Expr) {
    let span = span_of(opened.block);
    if m.declared.here.unit == 0 {
        let message = format!("nobody can give the root module a reference to `{word}`");
        let help = format!("name the declaration itself where `var.{name}` is read");
        let at = opened.attribute("type").map_or(span, |a| a.expr.span);
        m.say(code::T219, at, message, "only in a child module", help);
        return reference::failed();
    }
    if let Some((input, instance)) = module::input(m, name) {
        return m.within(&instance, |m| read(m, &input.expr, word, kind, span));
    }
    match opened.attribute("default") {
        Some(default) => read(m, &default.expr, word, kind, span),
        // Reported at the `module` block.
        None => reference::failed(),
    }
}

fn span_of(block: &Block) -> Span {
    block.labels.first().map_or(block.header, |l| l.span)
}

fn missing(m: &mut Module<'_>, block: &Block, name: &str, ty: &Type) {
    let message = format!("the variable `{name}` has no value");
    let help =
        format!("give one: `-var {name}=…`, a line in a `.flowvars` file, or FLOW_VAR_{name}");
    m.say(code::B115, span_of(block), message, format!("a `{ty}` is needed"), help);
}

fn report_given(m: &mut Module<'_>, block: &Block, name: &str, why: &str) {
    let message = format!("the value given for `{name}` does not fit: {why}");
    m.say(code::T201, span_of(block), message, "declared here", "give another value");
}

/// The conditions that the author set for a value, asked once it is known.
pub(crate) fn validate(m: &mut Module<'_>, block: &Block) {
    let key = m.key();
    let was_used = m.used.contains(&m.declared.here.address);
    constant::binding(m, &format!("var.{key}"), span_of(block));
    if !was_used {
        m.used.remove(&format!("variable.{key}"));
    }
    for validation in block.body.blocks_of("validation") {
        let was_used = m.used.clone();
        check_validation(m, block, validation);
        // A condition on itself is no use of a variable.
        m.used = was_used;
    }
}

fn check_validation(m: &mut Module<'_>, variable: &Block, validation: &Block) {
    let Some(opened) = Opened::open(m, validation, "validation") else { return };
    let Some(condition) = opened.attribute("condition") else { return };
    let message = opened.text(m, "error_message").filter(|said| !said.trim().is_empty());
    let had_unknown = m.has_unknown;
    let holds = constant::read(m, &condition.expr, &Type::Bool).and_then(|c| c.value);
    m.has_unknown = had_unknown;
    if holds == Some(Value::Bool(false)) {
        let name = variable.label(0).unwrap_or_default();
        let said = message.unwrap_or_else(|| format!("the value of `{name}` is refused"));
        m.report(
            Diagnostic::new(code::B116, condition.expr.span, said, "this is false")
                .label(span_of(variable), format!("the variable `{name}` is declared here"))
                .help(format!("give `{name}` another value")),
        );
    }
}

/// `check`: an assertion of the author about values that are known at build.
pub(crate) fn assert(m: &mut Module<'_>, block: &Block) {
    let Some(outer) = Opened::open(m, block, "check") else { return };
    m.mark_used(m.declared.here.address.clone());
    let Some(opened) = outer.child("assert").and_then(|b| Opened::open(m, b, "assert")) else {
        return;
    };
    let Some(condition) = opened.attribute("condition") else { return };
    let message = opened.text(m, "error_message").filter(|said| !said.trim().is_empty());
    let had_unknown = m.has_unknown;
    let holds = constant::read(m, &condition.expr, &Type::Bool).and_then(|c| c.value);
    m.has_unknown = had_unknown;
    if holds == Some(Value::Bool(false)) {
        let said = message.unwrap_or_else(|| "an assertion does not hold".to_owned());
        let help = "change the values, or the assertion";
        m.say(code::B117, condition.expr.span, said, "this is false", help);
    }
}

/// Values for variables that nobody declared.
pub(crate) fn refuse_unknown(m: &mut Module<'_>) {
    let known = m.declared.names("variable");
    let Some(first) = m.declared.bundle else { return };
    let span = first.header;
    let wrong: Vec<String> =
        m.options.variables.keys().filter(|name| !known.contains(name)).cloned().collect();
    for name in wrong {
        let message = format!("there is no variable `{name}` to give a value to");
        let help = suggest::help(&name, known.iter().map(String::as_str), "");
        m.report(
            Diagnostic::new(code::R101, span, message, "not declared in this module").help_if(help),
        );
    }
}

/// What was given from outside, as IR of type `ty`.
fn of_given(given: &Given, ty: &Type) -> Result<Expr, String> {
    match given {
        Given::Json(json) => of_json(json, ty),
        Given::Text(text) => {
            let is_text = matches!(
                ty,
                Type::String
                    | Type::Duration
                    | Type::Timestamp
                    | Type::User
                    | Type::Channel
                    | Type::Enum(_)
                    | Type::Sensitive(_)
            );
            if is_text {
                return of_json(&Json::String(text.clone()), ty);
            }
            let json = serde_json::from_str(text)
                .map_err(|_| format!("`{text}` is no `{ty}`; write it as JSON"))?;
            of_json(&json, ty)
        }
    }
}

fn of_json(json: &Json, ty: &Type) -> Result<Expr, String> {
    let wrong = || format!("`{json}` is no `{ty}`");
    let text = || json.as_str().ok_or_else(wrong);
    Ok(match ty {
        Type::Bool => Expr::Bool(json.as_bool().ok_or_else(wrong)?),
        Type::Number => {
            let text = json.as_number().ok_or_else(wrong)?.to_string();
            Expr::Number(flow_bundle::decimal::parse(&text).ok_or_else(wrong)?)
        }
        Type::String => Expr::string(text()?),
        Type::Enum(words) => {
            let word = text()?;
            if !words.iter().any(|w| w == word) {
                return Err(wrong());
            }
            Expr::string(word)
        }
        Type::Duration => Expr::Duration(flow_bundle::duration::parse(text()?).ok_or_else(wrong)?),
        Type::Timestamp => {
            let t: jiff::Timestamp = text()?.parse().map_err(|_| wrong())?;
            Expr::Timestamp(t.to_string())
        }
        Type::User => Expr::Call("user@1".to_owned(), vec![Expr::string(text()?.to_lowercase())]),
        Type::Channel => Expr::Call("channel@1".to_owned(), vec![Expr::string(text()?)]),
        Type::Nullable(_) if json.is_null() => Expr::Null,
        Type::Nullable(t) | Type::Sensitive(t) => of_json(json, t)?,
        Type::List(t) | Type::Set(t) => {
            let items = json.as_array().ok_or_else(wrong)?;
            Expr::List(items.iter().map(|j| of_json(j, t)).collect::<Result<_, _>>()?)
        }
        Type::Map(t) => {
            let map = json.as_object().ok_or_else(wrong)?;
            Expr::Object(
                map.iter()
                    .map(|(k, j)| Ok((k.clone(), of_json(j, t)?)))
                    .collect::<Result<_, String>>()?,
            )
        }
        Type::Object(attributes) => of_object(json, attributes).unwrap_or_else(|| Err(wrong()))?,
        _ => return Err(format!("a `{ty}` cannot be given from outside")),
    })
}

fn of_object(
    json: &Json,
    attributes: &BTreeMap<String, flow_bundle::types::Attribute>,
) -> Option<Result<Expr, String>> {
    let map = json.as_object()?;
    if let Some(extra) = map.keys().find(|k| !attributes.contains_key(*k)) {
        return Some(Err(format!("it has no attribute `{extra}`")));
    }
    let mut out = Vec::new();
    for (name, attribute) in attributes {
        let value = match (map.get(name), &attribute.optional) {
            (Some(json), _) => match of_json(json, &attribute.ty) {
                Ok(ir) => ir,
                Err(why) => return Some(Err(why)),
            },
            (None, Some(default)) => default.clone(),
            (None, None) => return Some(Err(format!("the attribute `{name}` is missing"))),
        };
        out.push((name.clone(), value));
    }
    Some(Ok(Expr::Object(out)))
}
