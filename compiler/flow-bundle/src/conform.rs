//! Data as a value of a declared type. What does not fit says where.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;

use crate::eval::{self, Scope, compare};
use crate::function;
use crate::types::{Attribute, Type};
use crate::value::{User, Value};
use crate::{duration, print};

/// Data that is not of the wanted type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where in the data, `body.items.0.id`; empty for the whole.
    pub path: String,
    /// The wanted type, as the author would write it.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "the value" } else { &self.path };
        write!(f, "{place} should be {} and is {}", self.expected, self.found)
    }
}

impl std::error::Error for Mismatch {}

/// Makes a value of the type out of data: unknown keys are dropped, `optional` defaults filled in.
/// A duration is a number of seconds or text like `1h30m`, a timestamp RFC 3339 text, a person an
/// e-mail address. What is of the type already stays as it is.
///
/// # Errors
/// The first place that does not fit; a missing key is one.
pub fn conform(data: &Value, ty: &Type) -> Result<Value, Mismatch> {
    match (ty, data) {
        (Type::Json, _) => Ok(data.clone()),
        (Type::Nullable(_) | Type::None, Value::Null) => Ok(Value::Null),
        (Type::Nullable(of) | Type::Sensitive(of), data) => conform(data, of),
        (Type::Bool, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::String, Value::String(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Timestamp, Value::Timestamp(_))
        | (Type::User, Value::User(_))
        | (Type::Channel, Value::Channel(_))
        | (Type::Target, Value::Target(_))
        | (Type::Secret, Value::Secret(_))
        | (Type::Group | Type::Principals, Value::Principals(_))
        | (
            Type::Principal | Type::Principals,
            Value::User(_) | Value::Channel(_) | Value::Principals(_),
        ) => Ok(data.clone()),
        (Type::Enum(words), Value::String(s)) if words.contains(s) => Ok(data.clone()),
        (Type::Duration, Value::Number(n)) if !n.is_sign_negative() => Ok(Value::Duration(*n)),
        (Type::Duration, Value::String(s)) => {
            duration::parse(s).map(Value::Duration).ok_or_else(|| mismatch(data, ty))
        }
        (Type::Timestamp, Value::String(s)) => {
            function::instant(s).map(Value::Timestamp).map_err(|_| mismatch(data, ty))
        }
        (Type::User, Value::String(s)) if function::is_email(s) => Ok(Value::User(User::named(s))),
        (Type::Channel, Value::String(s)) if s.len() > 1 && s.starts_with('#') => {
            Ok(Value::Channel(s.clone()))
        }
        (Type::List(of), Value::List(items)) => each(items, of).map(Value::List),
        (Type::Set(of), Value::List(items)) => {
            each(items, of).map(|items| Value::List(compare::to_set(items)))
        }
        (Type::Tuple(of), Value::List(items)) if of.len() == items.len() => {
            let pairs = items.iter().zip(of).enumerate();
            let items = pairs.map(|(i, (item, ty))| inside(&i.to_string(), conform(item, ty)));
            items.collect::<Result<_, _>>().map(Value::List)
        }
        (Type::Map(of), Value::Map(map)) => {
            let pairs = map.iter().map(|(k, v)| Ok((k.clone(), inside(k, conform(v, of))?)));
            pairs.collect::<Result<_, _>>().map(Value::Map)
        }
        (Type::Object(attributes), Value::Map(map)) => object(map, attributes),
        _ => Err(mismatch(data, ty)),
    }
}

fn each(items: &[Value], of: &Type) -> Result<Vec<Value>, Mismatch> {
    let items = items.iter().enumerate();
    items.map(|(i, item)| inside(&i.to_string(), conform(item, of))).collect()
}

fn object(
    map: &BTreeMap<String, Value>,
    attributes: &BTreeMap<String, Attribute>,
) -> Result<Value, Mismatch> {
    let mut out = BTreeMap::new();
    for (name, attribute) in attributes {
        let value = match (map.get(name), &attribute.optional) {
            (None | Some(Value::Null), Some(default)) => {
                let default = eval::eval(default, &Scope::new());
                default.map_err(|e| missing(name, &attribute.ty, e.to_string()))?
            }
            (Some(value), _) => inside(name, conform(value, &attribute.ty))?,
            (None, None) => return Err(missing(name, &attribute.ty, "missing".to_owned())),
        };
        out.insert(name.clone(), value);
    }
    Ok(Value::Map(out))
}

fn missing(name: &str, ty: &Type, found: String) -> Mismatch {
    Mismatch { path: name.to_owned(), expected: ty.to_string(), found }
}

fn inside<T>(name: &str, result: Result<T, Mismatch>) -> Result<T, Mismatch> {
    result.map_err(|mut e| {
        e.path = if e.path.is_empty() { name.to_owned() } else { format!("{name}.{}", e.path) };
        e
    })
}

fn mismatch(data: &Value, ty: &Type) -> Mismatch {
    let found = match data {
        Value::String(s) => format!("{:?}", s.chars().take(40).collect::<String>()),
        Value::Number(_) | Value::Bool(_) => print::print(data).unwrap_or_default(),
        other => other.kind().to_owned(),
    };
    Mismatch { path: String::new(), expected: ty.to_string(), found }
}

/// A decimal as a whole number of seconds, where it is one.
#[must_use]
pub fn whole_seconds(d: Decimal) -> Option<u64> {
    crate::decimal::to_whole(d).and_then(|n| u64::try_from(n).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_of_a_type() {
        let precheck = json!(["object", {
            "allowed": "bool",
            "risk": ["optional", "number", ["n", "0"]],
            "note": ["optional", ["nullable", "string"], ["null"]],
        }]);
        let rows = [
            (
                r#"{"allowed":true,"x":1}"#,
                precheck.clone(),
                r#"{"allowed":true,"note":null,"risk":0}"#,
            ),
            (
                r#"{"allowed":true,"risk":7,"note":"n"}"#,
                precheck.clone(),
                r#"{"allowed":true,"note":"n","risk":7}"#,
            ),
            (r#"{"risk":7}"#, precheck.clone(), "allowed should be bool and is missing"),
            (r#"{"allowed":"yes"}"#, precheck.clone(), "allowed should be bool and is \"yes\""),
            (r#"{"allowed":true,"risk":"7"}"#, precheck, "risk should be number and is \"7\""),
            (
                "[[1],[null]]",
                json!(["list", ["list", "number"]]),
                "1.0 should be number and is null",
            ),
            ("[2,1,2]", json!(["set", "number"]), "[1,2]"),
            (r#"["a",1]"#, json!(["tuple", ["string", "number"]]), r#"["a",1]"#),
            (
                r#"["a"]"#,
                json!(["tuple", ["string", "number"]]),
                "the value should be [string, number] and is a list",
            ),
            (r#"{"b":1}"#, json!(["map", "number"]), r#"{"b":1}"#),
            (r#""high""#, json!(["enum", ["low", "high"]]), r#""high""#),
            (
                r#""mid""#,
                json!(["enum", ["low", "high"]]),
                "the value should be one of \"low\", \"high\" and is \"mid\"",
            ),
            ("5400", json!("duration"), "5400"),
            (r#""1h30m""#, json!("duration"), "5400"),
            ("-1", json!("duration"), "the value should be duration and is -1"),
            (r#""2026-01-01T01:00:00+01:00""#, json!("timestamp"), r#""2026-01-01T00:00:00Z""#),
            (r#""Ana@x""#, json!("user"), r#""ana@x""#),
            (r#""ana""#, json!("user"), "the value should be user and is \"ana\""),
            ("null", json!("none"), "null"),
            ("{}", json!("json"), "{}"),
        ];
        for (data, ty, expected) in rows {
            let ty = Type::from_json(&ty).unwrap();
            let data = crate::json::parse(data.as_bytes()).unwrap();
            let found = match conform(&data, &ty) {
                Ok(value) => crate::payload::to_json(&value).to_string(),
                Err(e) => e.to_string(),
            };
            assert_eq!(found, expected);
        }
    }
}
