//! Values as text, in interpolations and for people.

use crate::duration;
use crate::eval::{EvalError, conversion, null};
use crate::value::Value;

/// The text of a value in an interpolation: numbers in their shortest form, durations as
/// `1h30m`, timestamps as RFC 3339 in UTC, people by name.
///
/// # Errors
/// `null` for null, `conversion` for a list, an object, a set of people, a target or a secret.
pub fn print(value: &Value) -> Result<String, EvalError> {
    Ok(match value {
        Value::String(s) | Value::Channel(s) => s.clone(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.normalize().to_string(),
        Value::Duration(d) => duration::print(*d),
        Value::Timestamp(t) => t.to_string(),
        Value::User(user) => user.called().to_owned(),
        Value::Null => return Err(null("null has no text")),
        Value::Principals(_)
        | Value::Target(_)
        | Value::Secret(_)
        | Value::List(_)
        | Value::Map(_) => return Err(conversion(format!("{} has no text", value.kind()))),
    })
}
