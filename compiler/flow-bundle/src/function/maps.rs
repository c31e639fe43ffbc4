//! Functions on maps and objects. Keys are walked in the order of their bytes.

use std::collections::BTreeMap;

use super::{Arguments, BASE, Function};
use crate::eval::{Evaluated, index};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "keys",
        signature: "keys(map: map(T)) -> list(string)",
        doc: "The keys, sorted.",
        example: r#"keys({ b = 1, a = 2 }) == ["a", "b"]"#,
        call: keys,
        ..BASE
    },
    Function {
        name: "values",
        signature: "values(map: map(T)) -> list(T)",
        doc: "The values, in the order of their keys.",
        example: r#"values({ b = 1, a = 2 }) == [2, 1]"#,
        call: values,
        ..BASE
    },
    Function {
        name: "lookup",
        signature: "lookup(map: map(T), key: string, default: T) -> T",
        min: 3,
        max: Some(3),
        doc: "The value at the key, else the default.",
        example: r#"lookup({ a = 1 }, "b", 0) == 0"#,
        call: lookup,
        ..BASE
    },
    Function {
        name: "merge",
        signature: "merge(...maps: map(T)) -> map(T)",
        min: 0,
        max: None,
        doc: "All keys; the later map wins.",
        example: r#"merge({ a = 1, b = 1 }, { b = 2 }) == { a = 1, b = 2 }"#,
        call: merge,
        ..BASE
    },
    Function {
        name: "zipmap",
        signature: "zipmap(keys: list(string), values: list(T)) -> map(T)",
        min: 2,
        max: Some(2),
        doc: "A map of two lists of one length.",
        example: r#"zipmap(["a", "b"], [1, 2]) == { a = 1, b = 2 }"#,
        call: zipmap,
        ..BASE
    },
    Function {
        name: "tomap",
        signature: "tomap(object: map(T)) -> map(T)",
        doc: "An object whose attributes have one type, as a map.",
        example: r#"tomap({ a = 1 }) == { a = 1 }"#,
        call: tomap,
        ..BASE
    },
];

fn keys(a: Arguments) -> Evaluated {
    Ok(Value::List(a.map(0)?.keys().cloned().map(Value::String).collect()))
}

fn values(a: Arguments) -> Evaluated {
    Ok(Value::List(a.map(0)?.values().cloned().collect()))
}

fn lookup(a: Arguments) -> Evaluated {
    let found = a.map(0)?.get(a.text(1)?);
    Ok(match found {
        Some(value) => value.clone(),
        None => a.at(2)?.clone(),
    })
}

fn merge(a: Arguments) -> Evaluated {
    let mut all = BTreeMap::new();
    for i in 0..a.values.len() {
        all.extend(a.map(i)?.clone());
    }
    Ok(Value::Map(all))
}

fn zipmap(a: Arguments) -> Evaluated {
    let (keys, values) = (a.texts(0)?, a.list(1)?);
    if keys.len() != values.len() {
        return Err(index(format!("{} keys and {} values", keys.len(), values.len())));
    }
    let pairs = keys.into_iter().map(str::to_owned).zip(values.iter().cloned());
    Ok(Value::Map(pairs.collect()))
}

fn tomap(a: Arguments) -> Evaluated {
    Ok(Value::Map(a.map(0)?.clone()))
}
