//! Equality and order of values.

use std::cmp::Ordering;

use crate::value::Value;

/// Whether both are the same: people by id or address, targets by address, the rest by content.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::User(a), Value::User(b)) => a.same(b),
        (Value::Target(a), Value::Target(b)) => a.address == b.address,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((ka, va), (kb, vb))| ka == kb && equal(va, vb))
        }
        _ => a == b,
    }
}

/// A total order: by kind, then by size or bytes. People stand by e-mail address.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) | (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::String(a), Value::String(b))
        | (Value::Channel(a), Value::Channel(b))
        | (Value::Secret(a), Value::Secret(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::User(a), Value::User(b)) => a.email.cmp(&b.email),
        (Value::Target(a), Value::Target(b)) => a.address.cmp(&b.address),
        (Value::Principals(a), Value::Principals(b)) => format!("{a:?}").cmp(&format!("{b:?}")),
        (Value::List(a), Value::List(b)) => a
            .iter()
            .zip(b)
            .map(|(a, b)| order(a, b))
            .find(|o| o.is_ne())
            .unwrap_or_else(|| a.len().cmp(&b.len())),
        (Value::Map(a), Value::Map(b)) => a
            .iter()
            .zip(b)
            .map(|((ka, va), (kb, vb))| ka.cmp(kb).then_with(|| order(va, vb)))
            .find(|o| o.is_ne())
            .unwrap_or_else(|| a.len().cmp(&b.len())),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Sorts and leaves each value once: the form of a set.
pub fn to_set(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by(order);
    items.dedup_by(|a, b| order(a, b).is_eq());
    items
}

const fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Duration(_) => 4,
        Value::Timestamp(_) => 5,
        Value::User(_) => 6,
        Value::Channel(_) => 7,
        Value::Principals(_) => 8,
        Value::Target(_) => 9,
        Value::Secret(_) => 10,
        Value::List(_) => 11,
        Value::Map(_) => 12,
    }
}
