//! `target`: what can be granted.

use std::collections::BTreeMap;

use flow_bundle::bundle::Target;
use flow_bundle::{Expr, Type, Value};

use super::body::open_typed;
use super::{Module, arn, bounds, constant};
use crate::code;
use crate::schema::Family;
use crate::source::Span;
use crate::syntax::tree::{self, Block, ExprKind};

/// The target, with all that is said about it known at build.
///
/// A setting that reads the request is refused: bounded dynamic targets come later.
pub(crate) fn check(m: &mut Module<'_>, block: &Block) -> Option<Target> {
    let (opened, kind) = open_typed(m, block, Family::Target, "target")?;
    let name = block.label(1).unwrap_or_default();
    let path = format!("targets.{}", m.key());
    let label = opened.text(m, "label").unwrap_or_else(|| own_label(m, name));
    let mut settings = BTreeMap::new();
    if let Some(attribute) = opened.attribute("settings") {
        let map = constant::read(m, &attribute.expr, &Type::Map(Box::new(Type::String)));
        if let Some(Value::Map(map)) = map.and_then(|c| c.value) {
            for (key, value) in map {
                if key == "arn" || kind.attributes.iter().any(|own| own.name == key) {
                    refuse_own(m, &key, key_span(&attribute.expr, &key));
                } else if let Value::String(text) = value {
                    settings.insert(key, Expr::String(text));
                }
            }
        }
    }
    for spec in kind.attributes {
        let constant = if spec.name == "function" {
            arn::function(m, &opened, "function")
        } else {
            opened.constant(m, spec.name, &Type::String)
        };
        if let (Some(constant), Some(attribute)) = (constant, opened.attribute(spec.name)) {
            m.locate(format!("{path}.{}", spec.name), attribute.expr.span);
            if let (Some(Value::String(text)), false) = (&constant.value, spec.name == "function") {
                bounds::text(m, spec.name, text, constant.span);
            }
            let ir = match constant.value {
                Some(value) => constant::of_value(&value).unwrap_or(constant.ir),
                None => constant.ir,
            };
            settings.insert(spec.name.to_owned(), ir);
        }
    }
    m.locate(path, block.header);
    Some(Target { kind: kind.word.to_owned(), label, settings, each_of: None })
}

/// Where a key of an object stands, if the object is written out.
fn key_span(object: &tree::Expr, key: &str) -> Span {
    let entries = match &object.kind {
        ExprKind::Object(entries) => entries.as_slice(),
        _ => &[],
    };
    let entry = entries.iter().find(|e| e.key.text() == Some(key));
    entry.map_or(object.span, |e| e.key.span())
}

/// A setting that would stand in for what the target itself says; reports B108.
fn refuse_own(m: &mut Module<'_>, key: &str, span: Span) {
    let message = format!("the setting `{key}` is filled in by the target itself");
    m.say(code::B108, span, message, "a reserved key", format!("give `{key}` another name"));
}

/// What a declaration without a `label` is called: its name, and which of its instances it is.
pub(crate) fn own_label(m: &Module<'_>, name: &str) -> String {
    let unit = m.declared.unit();
    let key = m.declared.key_of(&m.declared.here.address);
    let outer = m.declared.key_of(&unit.address);
    let module = m.declared.block(&unit.address).and_then(|b| b.label(0)).map(str::to_owned);
    let of: Vec<String> = [outer.or(module), key].into_iter().flatten().collect();
    if of.is_empty() { readable(name) } else { format!("{} ({})", readable(name), of.join(", ")) }
}

/// A name as people read it: `prod_admin` becomes `Prod admin`.
pub(crate) fn readable(name: &str) -> String {
    let words = name.trim_start_matches('_').replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_become_readable() {
        assert_eq!(super::readable("prod_admin"), "Prod admin");
        assert_eq!(super::readable("db"), "Db");
    }
}
