//! Attributes, elements and paths.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{EvalError, Evaluated, conversion, index, null};
use crate::decimal;
use crate::value::{Target, User, Value};

/// `value.name`.
pub(super) fn attribute(value: &Value, name: &str) -> Evaluated {
    step(value, name, "the value").map(Cow::into_owned)
}

/// `value[at]`.
pub(super) fn element(value: &Value, at: &Value) -> Evaluated {
    match (value, at) {
        (Value::List(items), Value::Number(n)) => decimal::to_count(*n)
            .and_then(|i| items.get(i))
            .cloned()
            .ok_or_else(|| index(format!("there is no element {n}, the list has {}", items.len()))),
        (Value::Map(map), Value::String(key)) => {
            map.get(key).cloned().ok_or_else(|| index(format!("there is no key `{key}`")))
        }
        (Value::Null, _) => Err(null("null has no elements")),
        (value, at) => {
            Err(conversion(format!("{} cannot be indexed by {}", value.kind(), at.kind())))
        }
    }
}

/// `root.a.b` from the value of `root`.
pub(super) fn follow<'v>(
    value: &'v Value,
    root: &str,
    names: &[String],
) -> Result<Cow<'v, Value>, EvalError> {
    let mut at = Cow::Borrowed(value);
    let mut was_identities = false;
    for (i, name) in names.iter().enumerate() {
        let is_person = matches!(*at, Value::User(_));
        if was_identities
            && let Value::Map(map) = &*at
            && !map.contains_key(name)
        {
            return Ok(Cow::Owned(Value::Null));
        }
        let path = || {
            let before = names.iter().take(i).map(String::as_str);
            std::iter::once(root).chain(before).collect::<Vec<_>>().join(".")
        };
        at = match at {
            Cow::Borrowed(v) => step(v, name, "").map_err(|e| place(e, &path())),
            Cow::Owned(v) => step(&v, name, "")
                .map(|c| Cow::Owned(c.into_owned()))
                .map_err(|e| place(e, &path())),
        }?;
        was_identities = is_person && name == "identities";
    }
    Ok(at)
}

fn place(mut e: EvalError, path: &str) -> EvalError {
    e.message = format!("`{path}` {}", e.message.trim_start());
    e
}

/// One attribute; `subject` begins the error's sentence.
fn step<'v>(value: &'v Value, name: &str, subject: &str) -> Result<Cow<'v, Value>, EvalError> {
    match value {
        Value::Map(map) => map
            .get(name)
            .map(Cow::Borrowed)
            .ok_or_else(|| null(format!("{subject} has no attribute `{name}`"))),
        Value::List(items) => name
            .parse::<usize>()
            .ok()
            .and_then(|i| items.get(i))
            .map(Cow::Borrowed)
            .ok_or_else(|| index(format!("{subject} has no element `{name}`"))),
        Value::User(user) => of_user(user, name).map(Cow::Owned),
        Value::Target(target) => of_target(target, name).map(Cow::Owned),
        Value::Null => Err(null(format!("{subject} is null, so it has no `{name}`"))),
        other => Err(conversion(format!(
            "{subject} is {}, which has no attribute `{name}`",
            other.kind()
        ))),
    }
}

fn of_user(user: &User, name: &str) -> Evaluated {
    let text = |s: &str| Ok(Value::String(s.to_owned()));
    match name {
        "id" => text(&user.id),
        "email" => text(&user.email),
        "name" => text(user.called()),
        "username" if user.username.is_empty() => text(&user.email),
        "username" => text(&user.username),
        "role" => text(&user.role),
        "manager" => Ok(match &user.manager {
            Some(email) => Value::User(User::named(email)),
            None => Value::Null,
        }),
        "identities" => Ok(strings(&user.identities)),
        _ => Err(null(format!("has no attribute `{name}`: it is a user"))),
    }
}

fn of_target(target: &Target, name: &str) -> Evaluated {
    let text = |s: &str| Ok(Value::String(s.to_owned()));
    match name {
        "name" => text(&target.name),
        "label" => text(&target.label),
        "type" => text(&target.kind),
        "settings" => Ok(strings(&target.settings)),
        _ => Err(null(format!("has no attribute `{name}`: it is a target"))),
    }
}

fn strings(map: &std::collections::BTreeMap<String, String>) -> Value {
    Value::Map(map.iter().map(|(k, v)| (k.clone(), Value::String(v.clone()))).collect())
}

/// A number as an index, for functions.
pub(crate) fn count(n: Decimal, what: &str) -> Result<usize, EvalError> {
    decimal::to_count(n).ok_or_else(|| index(format!("{what} is {n}, not a whole number from 0")))
}
