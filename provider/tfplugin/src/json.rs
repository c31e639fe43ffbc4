//! Values as JSON, the encoding of stored state.
//!
//! Reading forgives what an older version of a schema left behind: attributes that are gone are
//! dropped and new ones are null. Stored state knows everything, so nothing is unknown.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::msgpack::{Malformed, sort};
use crate::types::Type;
use crate::value::{Number, Value};

/// Reads a value of a type.
///
/// # Errors
/// When the bytes are no JSON, or hold something else.
pub fn decode(bytes: &[u8], expected: &Type) -> Result<Value, Malformed> {
    let json: Json = serde_json::from_slice(bytes).map_err(|e| Malformed(e.to_string()))?;
    typed(&json, expected)
}

fn typed(json: &Json, expected: &Type) -> Result<Value, Malformed> {
    Ok(match (json, expected) {
        (Json::Null, _) => Value::Null,
        (Json::Bool(on), Type::Bool) => Value::Bool(*on),
        (Json::String(text), Type::String) => Value::String(text.clone()),
        (Json::Number(number), Type::Number) => Value::Number(read_number(number)),
        (Json::Array(elements), Type::List(t)) => Value::List(list(elements, t)?),
        (Json::Array(elements), Type::Set(t)) => {
            let mut elements = list(elements, t)?;
            sort(&mut elements);
            Value::List(elements)
        }
        (Json::Object(entries), Type::Map(t)) => {
            let entries = entries.iter().map(|(key, json)| Ok((key.clone(), typed(json, t)?)));
            Value::Map(entries.collect::<Result<_, _>>()?)
        }
        (Json::Object(entries), Type::Object(types)) => {
            let attributes = types.iter().map(|(name, t)| {
                let json = entries.get(name).unwrap_or(&Json::Null);
                Ok((name.clone(), typed(json, t)?))
            });
            Value::Map(attributes.collect::<Result<BTreeMap<_, _>, _>>()?)
        }
        (json, expected) => {
            return Err(Malformed(format!("{json} where the type is {}", expected.to_json())));
        }
    })
}

fn list(elements: &[Json], t: &Type) -> Result<Vec<Value>, Malformed> {
    elements.iter().map(|json| typed(json, t)).collect()
}

fn read_number(number: &serde_json::Number) -> Number {
    number
        .as_i64()
        .map(Number::Int)
        .or_else(|| number.as_u64().map(Number::Unsigned))
        .or_else(|| number.as_f64().map(Number::Float))
        .unwrap_or_else(|| Number::Decimal(number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::types::Type;
    use crate::value::Value;

    #[test]
    fn old_state_is_fitted_to_the_schema() {
        let t = Type::object([("kept", Type::set(Type::String)), ("new", Type::Bool)]);
        let value = decode(br#"{"kept": ["b", "a"], "gone": 1}"#, &t).unwrap();
        let expected = Value::object([("kept", Value::strings(["a", "b"])), ("new", Value::Null)]);
        assert_eq!(value, expected);
        let error = decode(br#"{"kept": "a"}"#, &t).unwrap_err();
        assert_eq!(error.to_string(), r#""a" where the type is ["set","string"]"#);
    }
}
