//! `.flowvars` files: values for variables, written as `name = value`.
//!
//! They are read by the language's own parser, so that a mistake in one is told like a mistake in
//! a flow. Only values stand in them: no reference, no call, no block. Whether a value fits its
//! variable is asked when the module is compiled.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value as Json};

use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::report::{self, Style};
use crate::source::{Sources, Span};
use crate::syntax;
use crate::syntax::tree::{Expr, ExprKind, File, Item, UnaryOp};

/// A variable that a module declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Whether it has a value without being given one.
    pub has_default: bool,
}

/// The variables of files that are parsed already.
pub(crate) fn declared_in<'f>(files: impl IntoIterator<Item = &'f File>) -> Vec<Declared> {
    let blocks = files.into_iter().flat_map(|file| file.body.blocks_of("variable"));
    blocks
        .filter_map(|block| {
            let name = block.label(0)?.to_owned();
            Some(Declared { name, has_default: block.body.attribute("default").is_some() })
        })
        .collect()
}

/// The values of a file.
///
/// # Errors
/// The findings as text for people; `path` is how they name the file.
pub fn read(path: &str, text: &str) -> Result<BTreeMap<String, Json>, String> {
    let mut sources = Sources::new();
    sources.add(path, text.as_bytes());
    let mut found = Diagnostics::new();
    let files = syntax::parse(&sources, &mut found);
    let mut values = BTreeMap::new();
    for item in files.iter().flat_map(|file| &file.body.items) {
        match item {
            Item::Attribute(attribute) => {
                if let Some(value) = value(&attribute.expr, &mut found) {
                    values.insert(attribute.name.text.clone(), value);
                }
            }
            Item::Block(block) => found.push(no_block(&block.kind.text, block.header)),
        }
    }
    let found = found.finish(&sources, &files);
    if found.is_empty() {
        Ok(values)
    } else {
        Err(report::human(&found, &sources, Style::default()))
    }
}

fn value(expr: &Expr, found: &mut Diagnostics) -> Option<Json> {
    Some(match &expr.kind {
        ExprKind::Null => Json::Null,
        ExprKind::Bool(value) => Json::Bool(*value),
        ExprKind::Number(digits) => number(digits, expr.span, found)?,
        ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => match &operand.kind {
            ExprKind::Number(digits) => number(&format!("-{digits}"), expr.span, found)?,
            _ => return refuse(expr, found),
        },
        ExprKind::String(text) => Json::String(text.value.clone()),
        ExprKind::Parens(inner) => value(inner, found)?,
        ExprKind::List(list) => {
            let elements: Vec<Option<Json>> =
                list.iter().map(|element| value(element, found)).collect();
            Json::Array(elements.into_iter().collect::<Option<_>>()?)
        }
        ExprKind::Object(entries) => {
            let mut object = Map::new();
            for entry in entries {
                let Some(key) = entry.key.text() else { return refuse(expr, found) };
                object.insert(key.to_owned(), value(&entry.value, found)?);
            }
            Json::Object(object)
        }
        // It is reported already.
        ExprKind::Error => return None,
        _ => return refuse(expr, found),
    })
}

fn number(digits: &str, span: Span, found: &mut Diagnostics) -> Option<Json> {
    let number = digits.parse::<Number>().ok();
    if number.is_none() {
        let message = format!("`{digits}` is no number");
        found.push(
            Diagnostic::new(code::T212, span, message, "cannot be read")
                .help("write it without leading zeros"),
        );
    }
    number.map(Json::Number)
}

fn refuse(expr: &Expr, found: &mut Diagnostics) -> Option<Json> {
    found.push(
        Diagnostic::new(code::B111, expr.span, "only a value can stand here", "has to be computed")
            .help("write the value itself: a text, a number, true, false, a list or an object"),
    );
    None
}

fn no_block(kind: &str, span: Span) -> Diagnostic {
    let message = format!("there is no block `{kind}` in a file of values");
    Diagnostic::new(code::B101, span, message, "only `name = value` can stand here")
        .help("blocks belong in `*.flow.hcl` files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_anything_else_is_refused() {
        let text =
            "a = \"x\"\nb = [1, -2.5, true]\nc = { d = null, \"e\" = <<-EOT\n  y\n  EOT\n}\n";
        let values = read("v", text).unwrap();
        let json = serde_json::to_string(&values).unwrap();
        assert_eq!(json, r#"{"a":"x","b":[1,-2.5,true],"c":{"d":null,"e":"y\n"}}"#);
        for (text, code) in [
            ("a = var.b\n", "B111"),
            ("a = [f()]\n", "B111"),
            ("a = \"${b}\"\n", "B111"),
            ("a {}\n", "B101"),
            ("a = 007\n", "T212"),
            ("a = [1\n", "X002"),
            ("a = 1\na = 2\n", "X008"),
        ] {
            let told = read("v", text).unwrap_err();
            assert!(told.starts_with(code), "{text}: {told}");
            assert!(told.ends_with("1 error\n"), "{text}: {told}");
        }
    }

    #[test]
    fn declared_names_survive_a_broken_file() {
        let mut sources = Sources::new();
        sources.add("m", b"variable \"a\" {\n  type = \n}\nvariable \"b\" {\n  default = 1\n");
        let declared: Vec<_> = crate::Parsed::of(&sources)
            .variables()
            .into_iter()
            .map(|d| (d.name, d.has_default))
            .collect();
        assert_eq!(declared, [("a".to_owned(), false), ("b".to_owned(), true)]);
    }
}
