//! Functions for null, for errors of data, and between types.

use super::{Arguments, BASE, Form, Function};
use crate::decimal;
use crate::eval::{Evaluated, conversion};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "coalesce",
        signature: "coalesce(...of: T?) -> T",
        max: None,
        doc: "The first that is not null; null (and so `T?`) where every argument may be null.",
        example: r#"coalesce(null, "a") == "a""#,
        call: coalesce,
        ..BASE
    },
    Function {
        name: "try",
        signature: "try(x: T, default: T) -> T",
        min: 2,
        max: Some(2),
        doc: "The first, or the second where the first meets an error of data.",
        example: r#"try(jsondecode("{"), "none") == "none""#,
        form: Form::Node,
        ..BASE
    },
    Function {
        name: "can",
        signature: "can(x: T) -> bool",
        doc: "Whether the expression meets no error of data.",
        example: r#"can(timestamp("yesterday")) == false"#,
        form: Form::Node,
        ..BASE
    },
    Function {
        name: "as",
        signature: "as(x: json, to: type) -> T",
        min: 2,
        max: Some(2),
        doc: "Data from outside as a value of the type, or a `conversion` error.",
        form: Form::Node,
        ..BASE
    },
    Function {
        name: "decode",
        signature: "decode(s: string, to: type) -> T",
        min: 2,
        max: Some(2),
        doc: "JSON text as a value of the type, or a `conversion` error.",
        form: Form::Node,
        ..BASE
    },
    Function {
        name: "tostring",
        signature: "tostring(x: bool | number | string | duration | timestamp | user) -> string",
        doc: "As it would stand in a text.",
        example: r#"tostring(1.50) == "1.5""#,
        call: tostring,
        ..BASE
    },
    Function {
        name: "tonumber",
        signature: "tonumber(s: string) -> number?",
        doc: "The decimal number that the text is, else null.",
        example: r#"tonumber("12.5") == 12.5"#,
        call: tonumber,
        ..BASE
    },
    Function {
        name: "jsonencode",
        signature: "jsonencode(x: any) -> string",
        doc: "JSON text, keys sorted, in the forms of the Lambda contract.",
        example: r#"jsonencode({ b = 1, a = [true, null] }) == "{\"a\":[true,null],\"b\":1}""#,
        call: jsonencode,
        ..BASE
    },
    Function {
        name: "jsondecode",
        signature: "jsondecode(s: string) -> json",
        doc: "The data that the JSON text is, numbers exact.",
        example: r#"jsondecode("[1, 0.1]") == [1, 0.1]"#,
        call: jsondecode,
        ..BASE
    },
];

fn coalesce(a: Arguments) -> Evaluated {
    let found = a.values.into_iter().find(|v| *v != Value::Null);
    Ok(found.unwrap_or(Value::Null))
}

fn tostring(a: Arguments) -> Evaluated {
    crate::print::print(a.at(0)?).map(Value::String)
}

fn tonumber(a: Arguments) -> Evaluated {
    Ok(decimal::parse(a.text(0)?).map_or(Value::Null, Value::Number))
}

fn jsonencode(a: Arguments) -> Evaluated {
    Ok(Value::String(crate::canonical::to_string(&crate::payload::to_json(a.at(0)?))))
}

fn jsondecode(a: Arguments) -> Evaluated {
    crate::json::parse(a.text(0)?.as_bytes()).map_err(|e| conversion(e.to_string()))
}
