//! `module`: the child that an instance of a `module` block opens, what it is given, what it gives.
//!
//! Nothing is inherited: a child sees its own declarations and the values of its variables.

use super::Module;
use super::body::Opened;
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::modules::{self, Source};
use crate::resolve::Unit;
use crate::suggest;
use crate::syntax::tree::{Attribute, Block, ExprKind};

/// What a `module` block says of itself; everything else is an input.
const OWN: [&str; 3] = ["source", "version", "for_each"];

/// Most modules that a bundle may be made of.
const UNITS_MAX: usize = 2000;

/// Opens the child behind one instance of a `module` block, once.
pub(crate) fn open(m: &mut Module<'_>, instance: &str) {
    if unit_of(m, instance).is_some() {
        return;
    }
    let Some(block) = m.declared.block(instance) else { return };
    let Some(declaration) = m.declared.find(instance) else { return };
    let Some(directory) = m.within(instance, |m| directory(m, block, declaration.unit)) else {
        return;
    };
    if m.declared.units.len() >= UNITS_MAX {
        let message = format!("a bundle is made of more than {UNITS_MAX} modules");
        m.say(code::B114, block.header, message, "one too many", "split the bundle");
        return;
    }
    let unit = Unit {
        prefix: format!("{}.", address::shown(instance)),
        directory,
        address: instance.to_owned(),
        parent: declaration.unit,
        ..Unit::default()
    };
    let number = m.declared.open(unit, &mut m.found);
    for span in m.declared.single_spans(number) {
        m.found.count_instance(span);
    }
    m.within(instance, |m| check_inputs(m, block, number));
}

/// The module that an instance of a `module` block opened.
pub(crate) fn unit_of(m: &Module<'_>, instance: &str) -> Option<usize> {
    m.declared.opened.get(instance).copied()
}

/// Where the child's files lie; reports M701, M702, M705, M706.
fn directory(m: &mut Module<'_>, block: &Block, parent: usize) -> Option<String> {
    let opened = Opened::open(m, block, "module")?;
    let attribute = opened.attribute("source")?;
    let ExprKind::String(text) = &attribute.expr.kind else {
        if attribute.expr.kind != ExprKind::Error {
            let message = "`source` is read before anything is worked out";
            let help = "write it as a plain text, such as \"./modules/okta\"";
            m.say(code::B111, attribute.expr.span, message, "not a plain text", help);
        }
        return None;
    };
    let version = match opened.attribute("version") {
        Some(attribute) => Some(version(m, attribute)?),
        None => None,
    };
    let own = m.declared.units.get(parent).map(|u| u.directory.clone()).unwrap_or_default();
    let root = m.declared.units.first().map(|u| u.directory.clone()).unwrap_or_default();
    let source = match Source::parse(&text.value, &own, &root, version.as_deref()) {
        Ok(source) => source,
        Err(fault) => {
            let span = match opened.attribute("version") {
                Some(version) if fault.is_of_version => version.expr.span,
                _ => attribute.expr.span,
            };
            m.report(fault.diagnostic(span));
            return None;
        }
    };
    let mut at = Some(parent);
    while let Some(number) = at {
        let unit = m.declared.units.get(number)?;
        if unit.directory == source.directory {
            let message = format!("the module `{}` uses itself", text.value);
            m.say(
                code::M705,
                attribute.expr.span,
                message,
                "closes the circle",
                "take out the part that both need into a module of its own",
            );
            return None;
        }
        at = (number != 0).then_some(unit.parent);
    }
    let has_files = m.declared.has_files(&source.directory);
    // What is true of a directory is worked out once, however often it is used.
    let is_open = m.declared.units.iter().any(|u| u.directory == source.directory);
    if !is_open && let Err(fault) = modules::check(m.sources, &source, has_files) {
        m.report(fault.diagnostic(attribute.expr.span));
    }
    if !has_files {
        return None;
    }
    Some(source.directory)
}

fn version(m: &mut Module<'_>, attribute: &Attribute) -> Option<String> {
    if let ExprKind::String(text) = &attribute.expr.kind {
        return Some(text.value.clone());
    }
    if attribute.expr.kind != ExprKind::Error {
        let message = "`version` is read before anything is worked out";
        let help = "write it as a plain text, such as \"1.2.0\"";
        m.say(code::B111, attribute.expr.span, message, "not a plain text", help);
    }
    None
}

/// The inputs of a `module` block.
pub(crate) fn inputs(block: &Block) -> impl Iterator<Item = &Attribute> {
    block.body.attributes().filter(|a| !OWN.contains(&a.name.text.as_str()))
}

/// Reports M703, M704.
fn check_inputs(m: &mut Module<'_>, block: &Block, unit: usize) {
    let prefix = m.declared.units.get(unit).map(|u| u.prefix.clone()).unwrap_or_default();
    let variables: Vec<String> = m.declared.declared_in(unit, "variable").cloned().collect();
    let name = |address: &str| {
        address.strip_prefix(&format!("variable.{prefix}")).unwrap_or_default().to_owned()
    };
    let known: Vec<String> = variables.iter().map(|a| name(a)).collect();
    let is_incomplete = m.declared.units.get(unit).is_some_and(|u| u.incomplete);
    let title = block.label(0).unwrap_or_default();
    for input in inputs(block).filter(|i| !is_incomplete && !known.contains(&i.name.text)) {
        let message = format!("the module `{title}` has no variable `{}`", input.name.text);
        let help = suggest::help(&input.name.text, known.iter().map(String::as_str), "");
        m.report(
            Diagnostic::new(code::M704, input.name.span, message, "unknown input").help_if(help),
        );
    }
    for address in &variables {
        let Some(declaration) = m.declared.find(address) else { continue };
        let Some(variable) = m.declared.block(address) else { continue };
        let name = name(address);
        let is_given = block.body.attribute(&name).is_some() && !OWN.contains(&name.as_str());
        if is_given || block.tombstone || variable.tombstone {
            continue;
        }
        if variable.body.attribute("default").is_none() {
            let message = format!("the module `{title}` needs `{name}`");
            m.report(
                Diagnostic::new(code::M703, block.header, message, "in this block")
                    .label(declaration.span, "the variable is declared here")
                    .help(format!("add `{name} = …`")),
            );
        }
    }
}

/// The attribute that gives a child's variable its value, and the `module` instance it stands in.
pub(crate) fn input<'a>(m: &Module<'a>, name: &str) -> Option<(&'a Attribute, String)> {
    let unit = m.declared.unit();
    let block = m.declared.block(&unit.address)?;
    let attribute = inputs(block).find(|a| a.name.text == name)?;
    Some((attribute, unit.address.clone()))
}
