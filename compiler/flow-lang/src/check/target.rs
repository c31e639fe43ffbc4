//! `target`: what can be granted.
//!
//! What a target says is known at build, except that settings may read the fields of a request where
//! that is bounded. Such settings are typed once for each flow that grants the target ([`fill`]).

use std::collections::BTreeMap;

use flow_bundle::bound::bound;
use flow_bundle::bundle::{Field, Target};
use flow_bundle::{Expr, Type, Value};

use super::body::{Opened, open_typed};
use super::expr::Typed;
use super::path::Root;
use super::scope::{FlowScope, Scope};
use super::{Module, arn, bounds, constant, expr, shared, vendor};
use crate::code;
use crate::place::Place;
use crate::schema::{Family, Form, Kind};
use crate::source::Span;
use crate::syntax::mention::mentions;
use crate::syntax::tree::{self, Block, ExprKind};

/// What a target reads of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filled {
    pub(crate) settings: BTreeMap<String, Expr>,
    pub(crate) each_of: Option<Expr>,
}

/// The target as far as it is known at build. A setting that reads the request is null until a flow
/// grants the target.
pub(crate) fn check(m: &mut Module<'_>, block: &Block) -> Option<Target> {
    let (opened, kind) = open_typed(m, block, Family::Target, "target")?;
    let name = block.label(1).unwrap_or_default();
    let path = format!("targets.{}", m.key());
    let label = opened.text(m, "label").unwrap_or_else(|| own_label(m, name));
    let mut settings = own_settings(m, &opened, kind);
    for spec in kind.attributes {
        let Some(attribute) = opened.attribute(spec.name) else { continue };
        m.locate(format!("{path}.settings.{}", spec.name), attribute.expr.span);
        if spec.form == Form::RunTime && is_dynamic(&attribute.expr) {
            settings.insert(spec.name.to_owned(), Expr::Null);
            continue;
        }
        let constant = match spec.form {
            _ if spec.name == "function" => arn::function(m, &opened, "function"),
            Form::Word(words) => {
                let words = words.iter().map(|w| (*w).to_owned()).collect();
                opened.constant(m, spec.name, &Type::Enum(words))
            }
            _ => opened.constant(m, spec.name, &Type::String),
        };
        let Some(constant) = constant else { continue };
        if let Some(Value::String(text)) = &constant.value
            && !vendor::check(m, spec.name, text, attribute.expr.span)
            && spec.name != "function"
        {
            bounds::text(m, spec.name, text, attribute.expr.span);
        }
        let ir = match constant.value {
            Some(value) => constant::of_value(&value).unwrap_or(constant.ir),
            None => constant.ir,
        };
        settings.insert(spec.name.to_owned(), ir);
    }
    check_each_of(m, &opened, kind);
    read(m, block, kind, None);
    m.locate(path, block.header);
    Some(Target { kind: kind.word.to_owned(), label, settings, each_of: None })
}

/// The attribute `settings`, key by key where it is written out.
fn own_settings(m: &mut Module<'_>, opened: &Opened<'_>, kind: &Kind) -> BTreeMap<String, Expr> {
    let mut settings = BTreeMap::new();
    let Some(attribute) = opened.attribute("settings") else { return settings };
    let is_own = |key: &str| key == "arn" || kind.attributes.iter().any(|own| own.name == key);
    if let ExprKind::Object(entries) = &attribute.expr.kind {
        for entry in entries {
            let Some(key) = entry.key.text() else { continue };
            if is_own(key) {
                refuse_own(m, key, entry.key.span());
            } else if is_dynamic(&entry.value) {
                settings.insert(key.to_owned(), Expr::Null);
            } else if let Some(constant) = constant::read(m, &entry.value, &Type::String) {
                let ir = constant.value.as_ref().and_then(constant::of_value);
                settings.insert(key.to_owned(), ir.unwrap_or(constant.ir));
            }
        }
        return settings;
    }
    let map = constant::read(m, &attribute.expr, &Type::Map(Box::new(Type::String)));
    if let Some(Value::Map(map)) = map.and_then(|c| c.value) {
        for (key, value) in map {
            if is_own(&key) {
                refuse_own(m, &key, attribute.expr.span);
            } else if let Value::String(text) = value {
                settings.insert(key, Expr::String(text));
            }
        }
    }
    settings
}

fn is_dynamic(e: &tree::Expr) -> bool {
    mentions(e, &["request", "item"])
}

/// Every expression that a setting is made of, with the setting's name.
fn written<'b>(block: &'b Block, kind: &Kind) -> Vec<(&'b str, &'b tree::Expr)> {
    let own = kind.attributes.iter().filter(|spec| spec.form == Form::RunTime);
    let mut all: Vec<_> = own
        .filter_map(|spec| block.body.attribute(spec.name))
        .map(|a| (a.name.text.as_str(), &a.expr))
        .collect();
    if let Some(ExprKind::Object(entries)) = block.body.attribute("settings").map(|a| &a.expr.kind)
    {
        all.extend(entries.iter().filter_map(|e| Some((e.key.text()?, &e.value))));
    }
    all
}

/// A target is made for each element of a list, so some setting has to differ; reports S418.
fn check_each_of(m: &mut Module<'_>, opened: &Opened<'_>, kind: &Kind) {
    let Some(attribute) = opened.attribute("each_of") else { return };
    if !written(opened.block, kind).iter().any(|(_, e)| mentions(e, &["item"])) {
        let message = "every element would make the same target";
        let help = "read `item` in a setting, or leave `each_of` out";
        m.say(code::S418, attribute.name.span, message, "`item` is never read", help);
    }
}

/// A target that reads the request and that no flow grants reads nothing; reports B111.
pub(crate) fn refuse_ungranted(m: &mut Module<'_>, address: &str, target: &Target) {
    if m.granted.contains(&format!("target.{address}")) || m.found.has_errors() {
        return;
    }
    let empty = target.settings.iter().find(|(_, e)| **e == Expr::Null).map(|(name, _)| name);
    let Some(name) = empty else { return };
    let span = m.spans.get(&format!("targets.{address}.settings.{name}")).copied();
    let Some(span) = span.or_else(|| m.declared.find(&format!("target.{address}")).map(|d| d.span))
    else {
        return;
    };
    let message = format!("no flow grants `target.{address}`, so it has no request to read");
    let help = "grant it in a flow, or remove the target";
    m.say(code::B111, span, message, "reads a request", help);
}

/// What a granted target reads of the request, typed in the flow that grants it; reports S415.
pub(crate) fn fill(m: &mut Module<'_>, flow: &FlowScope, fields: &[Field], address: &str) {
    let Some(block) = m.declared.block(address).filter(|b| !b.tombstone) else { return };
    let Some(kind) = block.label(0).and_then(|k| crate::schema::kind(Family::Target, k)) else {
        return;
    };
    m.granted.insert(address.to_owned());
    let filled = m
        .in_flow(Some(flow), |m| m.within(address, |m| read(m, block, kind, Some((flow, fields)))));
    let Some(filled) = filled else { return };
    if filled != Filled::default() {
        shared::keep(m, |m| &mut m.settings, (address, address), flow, filled);
    }
}

/// What reads the request, as a flow sees it; without a flow, what reads one has no type.
fn read(
    m: &mut Module<'_>,
    block: &Block,
    kind: &Kind,
    flow: Option<(&FlowScope, &[Field])>,
) -> Filled {
    let path = format!("targets.{}", m.key());
    let mut scope = Scope::at(Place::Target, flow.map(|(flow, _)| flow));
    let mut filled = Filled::default();
    let mut is_unclear = false;
    if let Some(attribute) = block.body.attribute("each_of") {
        m.locate(format!("{path}.each_of"), attribute.expr.span);
        let typed = expr::expect(m, &scope, &attribute.expr, &Type::list(Type::String));
        scope.item = Some(Type::String);
        is_unclear = typed.ty.is_error();
        filled.each_of = (!is_unclear).then_some(typed.ir);
    }
    for (name, e) in written(block, kind) {
        if !is_dynamic(e) {
            continue;
        }
        m.locate(format!("{path}.settings.{name}"), e.span);
        let typed = expr::expect(m, &scope, e, &Type::String);
        if typed.ty.is_error() {
            continue;
        }
        let reads_unclear = is_unclear && mentions(e, &["item"]);
        if let Some((flow, fields)) = flow.filter(|_| !reads_unclear) {
            check_bounded(m, flow, fields, (name, e.span), &typed.ir, filled.each_of.as_ref());
        }
        filled.settings.insert(name.to_owned(), typed.ir);
    }
    filled
}

fn check_bounded(
    m: &mut Module<'_>,
    flow: &FlowScope,
    fields: &[Field],
    (name, span): (&str, Span),
    ir: &Expr,
    each_of: Option<&Expr>,
) {
    let Err(free) = bound(ir, fields, each_of) else { return };
    let field = if free.what == "item" { each_of.and_then(read_field) } else { named(&free.what) };
    let declared = field.and_then(|name| fields.iter().find(|f| f.name == name));
    let depends = |e: &Expr| constant::reads(e, &["var"]);
    if declared.is_some_and(|f| f.allowed.as_ref().is_some_and(depends)) || depends(ir) {
        // A variable without a value decides it; `build` will know.
        m.has_unknown = true;
        m.unknown_reads += 1;
        return;
    }
    let what = field.map_or_else(|| format!("`{}`", free.what), |f| format!("the field `{f}`"));
    let message = format!("{what} decides what is granted, and can be anything");
    let help = match declared.map(|f| &f.ty) {
        Some(Type::List(_)) => "give the field `allowed`, or `options`",
        Some(_) => "give the field `allowed`, `options` or a `pattern`, and use it as it is",
        None => "use a field with `allowed`, `options` or a `pattern`",
    };
    let label = format!("becomes `{name}`");
    let mut found = crate::diagnostic::Diagnostic::new(code::S415, span, message, label);
    if let Some(info) = field.and_then(|name| flow.field(name)) {
        found = found.label(info.span, "the field stands here");
    }
    m.report(found.help(help));
}

/// `x` of `request.fields.x…`.
fn named(path: &str) -> Option<&str> {
    path.strip_prefix("request.fields.")?.split('.').next()
}

fn read_field(list: &Expr) -> Option<&str> {
    match list {
        Expr::Get(path) => match path.as_slice() {
            [root, of, name] if root == "request" && of == "fields" => Some(name),
            _ => None,
        },
        _ => None,
    }
}

impl Root<'_> {
    /// The element of `each_of` that a target is made for.
    pub(crate) fn item(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let Some(ty) = scope.item.clone() else {
            let places = "the settings of a `target` with `each_of`";
            return (self.elsewhere(m, scope, "item", places), self.steps.len());
        };
        (Typed::new(ty, Expr::get("item"), self.span), 0)
    }
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
