//! Values as msgpack, the encoding of every call.
//!
//! The host's rules: an object holds each attribute, null where unset; unknown is an extension
//! (any code counts when reading, since later codes only refine); a number may come as text when
//! it fits nothing smaller. Sets are kept sorted, so that equal sets are equal values.

use std::collections::BTreeMap;

use rmpv::Value as Raw;

use crate::types::Type;
use crate::value::{Number, Value};

/// Bytes that hold no value of the expected type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) String);

/// Reads a value of a type.
///
/// # Errors
/// When the bytes are no msgpack, or hold something else.
pub fn decode(bytes: &[u8], expected: &Type) -> Result<Value, Malformed> {
    let mut rest = bytes;
    let raw = rmpv::decode::read_value(&mut rest).map_err(|error| Malformed(error.to_string()))?;
    if !rest.is_empty() {
        return Err(Malformed(format!("{} bytes follow the value", rest.len())));
    }
    typed(raw, expected)
}

/// Writes a value.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into memory can't fail; an empty answer would be refused by the host.
    if rmpv::encode::write_value(&mut bytes, &raw(value)).is_err() {
        bytes.clear();
    }
    bytes
}

fn typed(raw: Raw, expected: &Type) -> Result<Value, Malformed> {
    Ok(match (raw, expected) {
        (Raw::Nil, _) => Value::Null,
        (Raw::Ext(..), _) => Value::Unknown,
        (Raw::Boolean(on), Type::Bool) => Value::Bool(on),
        (Raw::String(text), Type::String) => Value::String(utf8(text)?),
        (raw, Type::Number) => Value::Number(number(raw)?),
        (Raw::Array(elements), Type::List(t)) => Value::List(list(elements, t)?),
        (Raw::Array(elements), Type::Set(t)) => {
            let mut elements = list(elements, t)?;
            sort(&mut elements);
            Value::List(elements)
        }
        (Raw::Map(entries), Type::Map(t)) => {
            let entries = entries.into_iter().map(|(key, raw)| Ok((name(key)?, typed(raw, t)?)));
            Value::Map(entries.collect::<Result<_, _>>()?)
        }
        (Raw::Map(entries), Type::Object(types)) => Value::Map(object(entries, types)?),
        (raw, expected) => return Err(mismatch(&raw, expected)),
    })
}

fn list(elements: Vec<Raw>, t: &Type) -> Result<Vec<Value>, Malformed> {
    elements.into_iter().map(|raw| typed(raw, t)).collect()
}

fn object(
    entries: Vec<(Raw, Raw)>,
    types: &BTreeMap<String, Type>,
) -> Result<BTreeMap<String, Value>, Malformed> {
    let mut attributes = BTreeMap::new();
    for (key, raw) in entries {
        let key = name(key)?;
        let t = types.get(&key).ok_or_else(|| Malformed(format!("no attribute `{key}`")))?;
        attributes.insert(key, typed(raw, t)?);
    }
    match types.keys().find(|key| !attributes.contains_key(*key)) {
        Some(key) => Err(Malformed(format!("attribute `{key}` is missing"))),
        None => Ok(attributes),
    }
}

fn number(raw: Raw) -> Result<Number, Malformed> {
    match raw {
        Raw::Integer(whole) => whole
            .as_i64()
            .map(Number::Int)
            .or_else(|| whole.as_u64().map(Number::Unsigned))
            .ok_or_else(|| Malformed("an integer out of range".to_owned())),
        Raw::F32(float) => Ok(Number::Float(float.into())),
        Raw::F64(float) => Ok(Number::Float(float)),
        Raw::String(text) => Ok(Number::Decimal(utf8(text)?)),
        raw => Err(mismatch(&raw, &Type::Number)),
    }
}

fn name(key: Raw) -> Result<String, Malformed> {
    match key {
        Raw::String(text) => utf8(text),
        other => Err(mismatch(&other, &Type::String)),
    }
}

fn utf8(text: rmpv::Utf8String) -> Result<String, Malformed> {
    text.into_str().ok_or_else(|| Malformed("text that is not UTF-8".to_owned()))
}

fn mismatch(raw: &Raw, expected: &Type) -> Malformed {
    Malformed(format!("{raw} where the type is {}", expected.to_json()))
}

/// Puts the elements of a set in order.
pub(crate) fn sort(elements: &mut [Value]) {
    elements.sort_by_cached_key(encode);
}

fn raw(value: &Value) -> Raw {
    match value {
        Value::Null => Raw::Nil,
        Value::Unknown => Raw::Ext(0, vec![0]),
        Value::Bool(on) => Raw::Boolean(*on),
        Value::Number(Number::Int(whole)) => Raw::from(*whole),
        Value::Number(Number::Unsigned(whole)) => Raw::from(*whole),
        Value::Number(Number::Float(float)) => Raw::F64(*float),
        Value::Number(Number::Decimal(digits)) => Raw::from(digits.as_str()),
        Value::String(text) => Raw::from(text.as_str()),
        Value::List(elements) => Raw::Array(elements.iter().map(raw).collect()),
        Value::Map(entries) => Raw::Map(
            entries.iter().map(|(key, value)| (Raw::from(key.as_str()), raw(value))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests;
