//! What somebody filled in: checked against the prompt, whatever surface it came through.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Field, Limits};
use flow_bundle::eval::{Scope, eval, named_target};
use flow_bundle::value::User;
use flow_bundle::{Type, Value, duration};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::context::Pinned;
use crate::refusal::Refusal;

/// How many options are named where another value was given.
const NAMED_MAX: usize = 20;

/// Whether everything that was submitted is asked for.
///
/// # Errors
/// `bad_field`, with the name that the form lacks.
pub(crate) fn known(
    pinned: &Pinned<'_>,
    submitted: &BTreeMap<String, Json>,
) -> Result<(), Refusal> {
    let declared = &pinned.flow.fields;
    let unknown = submitted.keys().find(|name| !declared.iter().any(|f| f.name == **name));
    let Some(unknown) = unknown else { return Ok(()) };
    let known: Vec<&str> = declared.iter().map(|f| f.name.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(Refusal::field(unknown, format!("there is no such field: there are {known}")))
}

/// One field's value, its options not looked at; `None` where it was not visible. `scope` holds the
/// earlier fields.
///
/// # Errors
/// `bad_field`, with the field's name and what is wrong with it.
pub(crate) fn one(
    pinned: &Pinned<'_>,
    field: &Field,
    given: Option<&Json>,
    scope: &Scope<'_>,
) -> Result<Option<Value>, Refusal> {
    let bad = |sentence: String| Refusal::field(&field.name, sentence);
    let failed = |what: &str| bad(format!("whether it is {what} could not be computed"));
    if !truth(&field.visible, scope).ok_or_else(|| failed("visible"))? {
        return match given {
            None => Ok(None),
            Some(_) => Err(bad("it is not asked for here: leave it out".to_owned())),
        };
    }
    let value = match (given, &field.default) {
        (Some(json), _) => value_of(pinned, &field.ty, json).map_err(bad)?,
        (None, Some(default)) => eval(default, scope)
            .map_err(|e| bad(format!("its default could not be computed: {e}")))?,
        (None, None) => Value::Null,
    };
    if value == Value::Null {
        let required = truth(&field.required, scope).ok_or_else(|| failed("required"))?;
        return if required {
            Err(bad(format!("it is required: give {}", article(&field.ty))))
        } else {
            Ok(Some(Value::Null))
        };
    }
    within(&field.limits, &value).map_err(bad)?;
    if let Some(allowed) = &field.allowed {
        let allowed = eval(allowed, scope)
            .map_err(|e| bad(format!("what is allowed could not be computed: {e}")))?;
        is_allowed(&value, &allowed).map_err(bad)?;
    }
    Ok(Some(value))
}

/// Whether a value is among the options of its field, which are worked out in `scope`.
///
/// # Errors
/// `bad_field`: it is not, or there is no list.
pub(crate) fn is_option(
    field: &Field,
    values: &flow_bundle::Expr,
    value: &Value,
    scope: &Scope<'_>,
) -> Result<(), Refusal> {
    let bad = |sentence: String| Refusal::field(&field.name, sentence);
    let options = eval(values, scope)
        .map_err(|e| bad(format!("its options could not be worked out: {e}")))?;
    let Value::List(options) = options else {
        return Err(bad("its options are no list".to_owned()));
    };
    let options = options.iter().filter_map(|option| {
        if let Value::Map(option) = option { option.get("value").cloned() } else { None }
    });
    is_allowed(value, &Value::List(options.collect())).map_err(bad)
}

fn truth(expr: &flow_bundle::Expr, scope: &Scope<'_>) -> Option<bool> {
    match eval(expr, scope) {
        Ok(Value::Bool(b)) => Some(b),
        Ok(_) | Err(_) => None,
    }
}

/// Reads JSON as a value of this type.
fn value_of(pinned: &Pinned<'_>, ty: &Type, json: &Json) -> Result<Value, String> {
    let wrong = || format!("it wants {}, not `{json}`", article(ty));
    match ty {
        Type::Nullable(inner) => value_of(pinned, inner, json),
        Type::String => json.as_str().map(|s| Value::String(s.to_owned())).ok_or_else(wrong),
        Type::Bool => json.as_bool().map(Value::Bool).ok_or_else(wrong),
        Type::Enum(words) => {
            let word = json.as_str().ok_or_else(wrong)?;
            if words.iter().any(|w| w == word) {
                Ok(Value::String(word.to_owned()))
            } else {
                Err(format!("`{word}` is not one of {}", words.join(", ")))
            }
        }
        Type::Number => decimal(json).map(Value::Number).ok_or_else(wrong),
        Type::Duration => {
            let seconds = match json {
                Json::String(text) => duration::parse(text),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                    decimal(json)
                }
            };
            let seconds = seconds.filter(|s| !s.is_sign_negative());
            seconds.map(Value::Duration).ok_or_else(wrong)
        }
        Type::Timestamp => {
            let instant = json.as_str().and_then(|s| s.parse().ok());
            instant.map(Value::Timestamp).ok_or_else(wrong)
        }
        Type::User => {
            let email = json.as_str().filter(|s| s.contains('@')).ok_or_else(wrong)?;
            Ok(Value::User(User { email: email.to_lowercase(), ..User::default() }))
        }
        Type::Target => target(pinned, json.as_str().ok_or_else(wrong)?),
        Type::List(of) => {
            let items = json.as_array().ok_or_else(wrong)?;
            let items = items.iter().map(|item| value_of(pinned, of, item));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        Type::Channel
        | Type::Group
        | Type::Principal
        | Type::Principals
        | Type::Secret
        | Type::Json
        | Type::None
        | Type::Set(_)
        | Type::Map(_)
        | Type::Object(_)
        | Type::Tuple(_)
        | Type::Sensitive(_) => Err("a field of this type cannot be filled in".to_owned()),
    }
}

/// A number, or a decimal string; never through a float.
fn decimal(json: &Json) -> Option<Decimal> {
    let text = match json {
        Json::Number(n) => n.to_string(),
        Json::String(s) => s.clone(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => return None,
    };
    text.parse().ok()
}

/// A declared target by its address or its name.
fn target(pinned: &Pinned<'_>, word: &str) -> Result<Value, String> {
    let mut found =
        pinned.bundle.targets.iter().filter(|(address, _)| {
            *address == word || flow_bundle::eval::target_name(address) == word
        });
    let (address, declared) = found.next().ok_or_else(|| format!("there is no target `{word}`"))?;
    if found.next().is_some() {
        return Err(format!("several targets are named `{word}`: give the whole address"));
    }
    // Settings that read fields are filled in when the grant is planned.
    Ok(Value::Target(named_target(address, declared, &Scope::new())))
}

fn within(limits: &Limits, value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => {
            let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
            between(length, limits.min_length, limits.max_length, "characters")?;
            match &limits.pattern {
                Some(pattern) if !whole_match(pattern, text) => {
                    Err(format!("it does not match `{pattern}`"))
                }
                Some(_) | None => Ok(()),
            }
        }
        Value::Number(number) => {
            if limits.integer && !number.is_integer() {
                return Err("it must be a whole number".to_owned());
            }
            bounded(*number, limits, Decimal::to_string)
        }
        Value::Duration(seconds) => bounded(*seconds, limits, |s| duration::print(*s)),
        Value::List(items) => {
            let length = u64::try_from(items.len()).unwrap_or(u64::MAX);
            between(length, limits.min_items, limits.max_items, "elements")
        }
        Value::Null
        | Value::Bool(_)
        | Value::Timestamp(_)
        | Value::User(_)
        | Value::Channel(_)
        | Value::Principals(_)
        | Value::Target(_)
        | Value::Secret(_)
        | Value::Map(_) => Ok(()),
    }
}

fn bounded(
    value: Decimal,
    limits: &Limits,
    print: impl Fn(&Decimal) -> String,
) -> Result<(), String> {
    if let Some(min) = limits.min.filter(|min| value < *min) {
        return Err(format!("it must be at least {}", print(&min)));
    }
    if let Some(max) = limits.max.filter(|max| value > *max) {
        return Err(format!("it must be at most {}", print(&max)));
    }
    Ok(())
}

fn between(
    length: u64,
    min: Option<flow_bundle::number::Count>,
    max: Option<flow_bundle::number::Count>,
    what: &str,
) -> Result<(), String> {
    if let Some(min) = min.filter(|min| length < min.0) {
        return Err(format!("it needs at least {min} {what}"));
    }
    if let Some(max) = max.filter(|max| length > max.0) {
        return Err(format!("it may have at most {max} {what}"));
    }
    Ok(())
}

/// The language's own `matches`, so that a pattern means one thing.
fn whole_match(pattern: &str, text: &str) -> bool {
    let arg = |s: &str| flow_bundle::Expr::String(s.to_owned());
    let call = flow_bundle::Expr::Call("matches@1".to_owned(), vec![arg(text), arg(pattern)]);
    truth(&call, &Scope::new()) == Some(true)
}

fn is_allowed(value: &Value, allowed: &Value) -> Result<(), String> {
    let Value::List(allowed) = allowed else {
        return Err("what is allowed is no list".to_owned());
    };
    let chosen = match value {
        Value::List(items) => items.as_slice(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::User(_)
        | Value::Channel(_)
        | Value::Principals(_)
        | Value::Target(_)
        | Value::Secret(_)
        | Value::Map(_) => std::slice::from_ref(value),
    };
    match chosen.iter().find(|c| !allowed.iter().any(|a| same(a, c))) {
        None => Ok(()),
        Some(stranger) if allowed.is_empty() => {
            Err(format!("`{}` cannot be chosen: there is nothing to choose from", show(stranger)))
        }
        Some(stranger) => {
            let known: Vec<String> = allowed.iter().take(NAMED_MAX).map(show).collect();
            Err(format!("`{}` is not one of {}", show(stranger), known.join(", ")))
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Target(a), Value::Target(b)) => a.address == b.address,
        (Value::User(a), Value::User(b)) => a.same(b),
        _ => a == b,
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Target(target) => target.address.clone(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::User(_)
        | Value::Channel(_)
        | Value::Principals(_)
        | Value::Secret(_)
        | Value::List(_)
        | Value::Map(_) => flow_bundle::print::print(value).unwrap_or_default(),
    }
}

/// What to fill in, for people.
fn article(ty: &Type) -> &'static str {
    match ty {
        Type::String => "a text",
        Type::Bool => "true or false",
        Type::Enum(_) => "one of its words",
        Type::Number => "a number",
        Type::Duration => "a duration like `1h30m`",
        Type::Timestamp => "an instant like `2026-01-31T12:00:00Z`",
        Type::User => "an e-mail address",
        Type::Target => "a target's address",
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => "a list",
        Type::Nullable(inner) | Type::Sensitive(inner) => article(inner),
        Type::Channel
        | Type::Group
        | Type::Principal
        | Type::Principals
        | Type::Secret
        | Type::Json
        | Type::None
        | Type::Map(_)
        | Type::Object(_) => "a value",
    }
}
