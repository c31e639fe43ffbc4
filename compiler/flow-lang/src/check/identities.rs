//! `identities`: how people are known to other services.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::{Identities, IdentitySource};
use flow_bundle::{Expr, Type, Value, catalog, function};

use super::body::Opened;
use super::integration::{bare, reference};
use super::scope::Scope;
use super::{Module, constant, expr};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Block, Ident};

/// The attribute of an `override` that is no provider.
const MANAGER: &str = "manager";
/// Types of integrations that know people.
const DIRECTORIES: [&str; 5] = ["aws", "github", "okta", "pagerduty", "slack"];

/// What the module says about people's ids; nothing where it has no such block.
pub(crate) fn check(m: &mut Module<'_>) -> Identities {
    let Some(block) = m.declared.identities else { return Identities::default() };
    let Some(opened) = Opened::open(m, block, "identities") else { return Identities::default() };
    m.locate("identities", block.header);
    let _ = opened.word(m, "key");
    let providers = providers(m);
    let map = map(m, &opened, &providers);
    let mut overrides = BTreeMap::new();
    for block in opened.children("override") {
        if let Some((email, ids)) = override_of(m, block, &providers)
            && overrides.insert(email.clone(), ids).is_some()
        {
            refuse_twice(m, block, &email);
        }
    }
    let mut from = BTreeMap::new();
    for block in opened.children("from") {
        if let Some((provider, source)) = source(m, block, &providers)
            && from.insert(provider.clone(), source).is_some()
        {
            refuse_twice(m, block, &provider);
        }
    }
    Identities { from, map, overrides }
}

/// Every name of a provider: types and names of integrations, and the words of strategies.
fn providers(m: &mut Module<'_>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for address in m.declared.names("integration") {
        all.extend(address.split('.').map(str::to_owned));
    }
    for address in m.declared.of("strategy") {
        let Some(block) = m.declared.block(&address) else { continue };
        let kind = block.label(0).and_then(catalog::strategy);
        all.extend(kind.and_then(|k| k.provider).map(str::to_owned));
        let Some(attribute) = block.body.attribute("provider") else { continue };
        let had_unknown = m.has_unknown;
        let found = m.found.clone();
        let constant = constant::read(m, &attribute.expr, &Type::String);
        // Faults are told where the strategy is checked.
        m.found = found;
        m.has_unknown = had_unknown;
        if let Some(Value::String(word)) = constant.and_then(|c| c.value) {
            all.insert(word);
        }
    }
    all
}

fn check_provider(m: &mut Module<'_>, name: &str, span: Span, known: &BTreeSet<String>) {
    if known.contains(name) || m.declared.may_hide("integration") {
        return;
    }
    let message = format!("nobody asks for ids of `{name}`");
    let help = suggest::help(name, known.iter().map(String::as_str), "").unwrap_or_else(|| {
        "it is the type or name of an integration, or the `provider` of a strategy".to_owned()
    });
    m.say(code::R101, span, message, "unknown provider", help);
}

/// Addresses compare in lower case everywhere.
fn email(m: &mut Module<'_>, text: &str, span: Span) -> Option<String> {
    if function::is_email(text) {
        return Some(text.to_lowercase());
    }
    let message = format!("`{text}` is no e-mail address");
    let help = "people are known by it: write \"ana@acme.example\"";
    m.say(code::B120, span, message, "not an address", help);
    None
}

fn map(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    providers: &BTreeSet<String>,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    let ty = Type::Map(Box::new(Type::Map(Box::new(Type::String))));
    let Some(constant) = opened.constant(m, "map", &ty) else { return out };
    let Some(Value::Map(people)) = constant.value else { return out };
    for (person, ids) in people {
        let Value::Map(ids) = ids else { continue };
        let mut own = BTreeMap::new();
        for (provider, id) in ids {
            check_provider(m, &provider, constant.span, providers);
            if let Value::String(id) = id {
                own.insert(provider, id);
            }
        }
        if let Some(address) = email(m, &person, constant.span) {
            out.insert(address, own);
        }
    }
    out
}

fn override_of(
    m: &mut Module<'_>,
    block: &Block,
    providers: &BTreeSet<String>,
) -> Option<(String, BTreeMap<String, String>)> {
    Opened::open(m, block, "override")?;
    let label: &Ident = block.labels.first()?;
    if !function::is_email(&label.text) {
        let message = format!("`{}` is no e-mail address", label.text);
        let help = "people are known by it: write `override \"ana@acme.example\" { … }`";
        m.say(code::B108, label.span, message, "not an address", help);
        return None;
    }
    let person = label.text.to_lowercase();
    let mut ids = BTreeMap::new();
    for attribute in block.body.attributes() {
        let constant = constant::read(m, &attribute.expr, &Type::String);
        let Some(Value::String(id)) = constant.and_then(|c| c.value) else { continue };
        let name = attribute.name.text.as_str();
        if name == MANAGER {
            ids.extend(email(m, &id, attribute.expr.span).map(|id| (name.to_owned(), id)));
        } else {
            check_provider(m, name, attribute.name.span, providers);
            ids.insert(name.to_owned(), id);
        }
    }
    Some((person, ids))
}

fn source(
    m: &mut Module<'_>,
    block: &Block,
    providers: &BTreeSet<String>,
) -> Option<(String, IdentitySource)> {
    let opened = Opened::open(m, block, "from")?;
    let label = block.labels.first()?;
    crate::resolve::check_name(label, &mut m.found);
    check_provider(m, &label.text, label.span, providers);
    let attribute = opened.attribute("integration")?;
    let address = reference(m, &attribute.expr, "integration")?;
    let kind = address::kind(&address);
    if !DIRECTORIES.contains(&kind) {
        let message = format!("an integration of type `{kind}` knows no people");
        let help = format!("name one of type {}", DIRECTORIES.join(", "));
        m.say(code::R110, attribute.expr.span, message, format!("this is `{address}`"), help);
    }
    let lookup = match opened.attribute("lookup") {
        Some(attribute) => {
            let path = format!("identities.from.{}.lookup", label.text);
            m.locate(path, attribute.expr.span);
            let scope = Scope::at(Place::Lookup, None);
            expr::expect(m, &scope, &attribute.expr, &Type::String).ir
        }
        None => Expr::get("requester.email"),
    };
    let source = IdentitySource {
        integration: bare(&address),
        id: opened.text(m, "id"),
        manager: opened.text(m, "manager"),
        lookup,
    };
    Some((label.text.clone(), source))
}

fn refuse_twice(m: &mut Module<'_>, block: &Block, name: &str) {
    let message = format!("`{name}` stands twice in `identities`");
    m.report(
        Diagnostic::new(code::B109, block.header, message, "the second time").help("keep one"),
    );
}
