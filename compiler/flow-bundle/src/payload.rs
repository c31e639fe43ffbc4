//! Values as the JSON that leaves the system.

use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::decimal;
use crate::value::Value;

/// Every reader of JSON holds whole numbers below 2^53 exactly.
const EXACT: i128 = 1 << 53;

/// A value in the forms of the Lambda contract: a number as an integer where it is one below 2^53,
/// else as a string; a duration as seconds; a timestamp as RFC 3339 with `Z`; a person as
/// username; a target as its name; a set of people and a secret, which never leave, as null.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Principals(_) | Value::Secret(_) => Json::Null,
        Value::Bool(b) => Json::from(*b),
        Value::Number(n) | Value::Duration(n) => number(*n),
        Value::String(s) | Value::Channel(s) => Json::from(s.as_str()),
        Value::Timestamp(t) => Json::from(t.to_string()),
        Value::User(user) if user.username.is_empty() => Json::from(user.email.as_str()),
        Value::User(user) => Json::from(user.username.as_str()),
        Value::Target(target) => Json::from(target.name.as_str()),
        Value::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(map) => Json::Object(map.iter().map(|(k, v)| (k.clone(), to_json(v))).collect()),
    }
}

fn number(n: Decimal) -> Json {
    match decimal::to_whole(n).filter(|n| n.abs() < EXACT).and_then(|n| i64::try_from(n).ok()) {
        Some(whole) => Json::from(whole),
        None => Json::from(n.normalize().to_string()),
    }
}
