//! Functions on maps and objects. Keys are walked in the order of their bytes.

use super::{BASE, Function};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "keys",
        signature: "keys(map: map(T)) -> list(string)",
        doc: "The keys, sorted.",
        example: r#"keys({ b = 1, a = 2 }) == ["a", "b"]"#,
        ..BASE
    },
    Function {
        name: "values",
        signature: "values(map: map(T)) -> list(T)",
        doc: "The values, in the order of their keys.",
        example: r#"values({ b = 1, a = 2 }) == [2, 1]"#,
        ..BASE
    },
    Function {
        name: "lookup",
        signature: "lookup(map: map(T), key: string, default: T) -> T",
        min: 3,
        max: Some(3),
        doc: "The value at the key, else the default.",
        example: r#"lookup({ a = 1 }, "b", 0) == 0"#,
        ..BASE
    },
    Function {
        name: "merge",
        signature: "merge(...maps: map(T)) -> map(T)",
        min: 0,
        max: None,
        doc: "All keys; the later map wins.",
        example: r#"merge({ a = 1, b = 1 }, { b = 2 }) == { a = 1, b = 2 }"#,
        ..BASE
    },
    Function {
        name: "zipmap",
        signature: "zipmap(keys: list(string), values: list(T)) -> map(T)",
        min: 2,
        max: Some(2),
        doc: "A map of two lists of one length.",
        example: r#"zipmap(["a", "b"], [1, 2]) == { a = 1, b = 2 }"#,
        ..BASE
    },
    Function {
        name: "tomap",
        signature: "tomap(object: map(T)) -> map(T)",
        doc: "An object whose attributes have one type, as a map.",
        example: r#"tomap({ a = 1 }) == { a = 1 }"#,
        ..BASE
    },
];
