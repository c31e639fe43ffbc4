//! Canonical JSON: keys sorted by bytes, no insignificant space, UTF-8.
//!
//! `serde_json`'s own map is sorted by bytes as long as its feature `preserve_order` is off, which
//! a test holds.

use serde_json::Value as Json;

/// The canonical text, without a final newline.
#[must_use]
pub fn to_string(value: &Json) -> String {
    value.to_string()
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
