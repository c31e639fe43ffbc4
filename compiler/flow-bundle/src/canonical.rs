//! Canonical JSON: keys sorted by bytes, no insignificant space, UTF-8.
//!
//! `serde_json`'s own map is sorted by bytes as long as its feature `preserve_order` is off, which
//! a test holds.

use serde::Serialize;
use serde_json::Value as Json;

/// The canonical text, without a final newline.
#[must_use]
pub fn to_string(value: &Json) -> String {
    value.to_string()
}

/// A part as JSON. Nothing in a bundle can fail to be: every key is a string.
pub(crate) fn value<T: Serialize>(part: &T) -> Json {
    serde_json::to_value(part).unwrap_or_default()
}

/// The canonical text of a part.
pub(crate) fn of<T: Serialize>(part: &T) -> String {
    to_string(&value(part))
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_are_sorted_by_bytes() {
        let json: serde_json::Value =
            serde_json::from_str(r#"{"b": 1, "a": {"é": 2, "z": 3}}"#).unwrap();
        assert_eq!(super::to_string(&json), r#"{"a":{"z":3,"é":2},"b":1}"#);
    }
}
