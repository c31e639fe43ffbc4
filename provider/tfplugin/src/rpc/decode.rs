//! Values in and out of messages, for every call.

use crate::diagnostics::Diagnostic;
use crate::object::Object;
use crate::pb::tfplugin6::DynamicValue;
use crate::schema::Schema;
use crate::value::Value;
use crate::{json, msgpack};

/// Reads a whole value; `None` where it is null or absent.
pub(super) fn object(
    message: Option<&DynamicValue>,
    schema: &Schema,
) -> Result<Option<Object>, Diagnostic> {
    let Some(message) = message else { return Ok(None) };
    let t = schema.value_type();
    let value = match (message.msgpack.is_empty(), message.json.is_empty()) {
        (false, _) => msgpack::decode(&message.msgpack, &t),
        (true, false) => json::decode(&message.json, &t),
        (true, true) => return Ok(None),
    };
    value.map(Object::of).map_err(|error| malformed(&error))
}

/// Reads a value that can't be null.
pub(super) fn present(
    message: Option<&DynamicValue>,
    schema: &Schema,
) -> Result<Object, Diagnostic> {
    object(message, schema)?.ok_or_else(|| malformed(&"null where an object belongs"))
}

/// Writes a whole value, each attribute present.
pub(super) fn value(object: Option<Object>, schema: &Schema) -> Option<DynamicValue> {
    let value = object.map_or(Value::Null, |mut object| {
        let names = schema.attributes.iter().map(|a| a.name);
        for name in names.chain(schema.blocks.iter().map(|b| b.name)) {
            let known = object.value(name).clone();
            object.set(name, known);
        }
        object.into_value()
    });
    Some(DynamicValue { msgpack: msgpack::encode(&value), json: Vec::new() })
}

pub(super) fn malformed(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        "Malformed value",
        format!("the host sent a value that does not fit the schema: {error}"),
    )
}
