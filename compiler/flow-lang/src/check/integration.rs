//! `integration`, `secret` and `environment`: where a flow may go, and who hears of errors.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Environment, Integration, Secret};
use flow_bundle::endpoint::{Allowed, judge};
use flow_bundle::{Expr, Type, Value};
use serde_json::{Map, Value as Json, json};

use super::body::{Opened, open_typed};
use super::expr::expect;
use super::reference::several;
use super::scope::{Scope, Secrets};
use super::{Module, arn, auth, constant, endpoint, header};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::schema::{self, Family, Form};
use crate::source::Span;
use crate::syntax::tree::{self, Block, ExprKind};
use crate::types::Ty;

/// Largest answer that may be asked for: 16 MiB.
pub(crate) const RESPONSE_MAX: u64 = 16 << 20;

pub(crate) fn check(m: &mut Module<'_>, block: &Block) -> Option<Integration> {
    let (opened, kind) = open_typed(m, block, Family::Integration, "integration")?;
    let mut attributes = BTreeMap::new();
    for spec in kind.attributes {
        if let Some(json) = attribute(m, &opened, spec) {
            attributes.insert(spec.name.to_owned(), json);
        }
    }
    check_credentials(m, &opened, kind.word);
    match kind.word {
        "aws" => {
            if let (Some(Json::String(region)), Some(a)) =
                (attributes.get("region"), opened.attribute("region"))
            {
                arn::judge_region(m, region, a.expr.span);
            }
        }
        "http" => http(m, &opened, &mut attributes),
        "okta" => host(m, &opened, "domain"),
        "github" => {
            if let Some(url) = endpoint::url(m, &opened, "base_url", Allowed::default()) {
                attributes.insert("base_url".to_owned(), Json::from(url));
            }
        }
        _ => {}
    }
    Some(Integration { kind: kind.word.to_owned(), attributes })
}

/// One attribute as plain JSON; what needs a closer look is not read here.
fn attribute(m: &mut Module<'_>, opened: &Opened<'_>, spec: &schema::Attribute) -> Option<Json> {
    match spec.form {
        Form::Secret => credential(m, opened, spec.name).map(|name| json!(["secret", name])),
        Form::Bool => opened.bool(m, spec.name).map(Json::from),
        Form::Count => opened.count(m, spec.name).map(|n| Json::from(n.0.to_string())),
        Form::Text => opened.text(m, spec.name).map(Json::from),
        Form::Word(_) => opened.word(m, spec.name).map(Json::from),
        _ => None,
    }
}

/// Address, headers and credentials of a service.
fn http(m: &mut Module<'_>, opened: &Opened<'_>, attributes: &mut BTreeMap<String, Json>) {
    let is = |name: &str| attributes.get(name).and_then(Json::as_bool).unwrap_or(false);
    let allowed = Allowed { insecure: is("insecure"), private: is("allow_private_networks") };
    if let Some(url) = endpoint::url(m, opened, "base_url", allowed) {
        attributes.insert("base_url".to_owned(), Json::from(url.trim_end_matches('/')));
    }
    attributes.insert("headers".to_owned(), headers(m, opened));
    if let Some(auth) = opened.child("auth").and_then(|block| auth::check(m, block, allowed)) {
        attributes.insert("auth".to_owned(), auth.to_json());
    }
    if let Some((most, span)) = opened.count_at(m, "max_response_bytes")
        && !(1..=RESPONSE_MAX).contains(&most.0)
    {
        let message = format!("an answer may hold 1 to {RESPONSE_MAX} bytes, not {}", most.0);
        m.say(code::T212, span, message, "out of range", "write at most 16 MiB");
    }
}

/// Headers of every call: texts and secrets, known at build.
fn headers(m: &mut Module<'_>, opened: &Opened<'_>) -> Json {
    let mut out = Map::new();
    let Some(attribute) = opened.attribute("headers") else { return Json::Object(out) };
    let ExprKind::Object(entries) = &attribute.expr.kind else {
        let help = "write `{ name = \"text\" }`, or `{ name = secret.<name> }`";
        m.say(code::T201, attribute.expr.span, "headers stand here by name", "no names", help);
        return Json::Object(out);
    };
    let scope = Scope::fixed().with_secrets(Secrets::Sink);
    for entry in entries {
        let Some(name) = entry.key.text() else {
            let help = "write the name of the header out";
            m.say(code::B111, entry.key.span(), "a header has a fixed name", "not known", help);
            continue;
        };
        header::check_name(m, name, entry.key.span());
        let typed = super::expr::infer(m, &scope, &entry.value, None);
        header::check_value(m, name, &typed);
        m.has_unknown |= constant::reads(&typed.ir, &["var"]);
        let json = if typed.ty == Ty::Of(Type::Secret) {
            typed.ir.to_json()
        } else {
            let reads = m.sensitive_reads;
            let constant = constant::read(m, &entry.value, &Type::String);
            constant::refuse_sensitive(m, &entry.value, "headers", reads);
            match constant.and_then(|c| c.value) {
                Some(Value::String(text)) => Json::from(text),
                _ => continue,
            }
        };
        out.insert(name.to_owned(), json);
    }
    Json::Object(out)
}

/// Reports what is no name of a host.
fn host(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) {
    let Some(attribute) = opened.attribute(name) else { return };
    let had_unknown = m.has_unknown;
    let value = constant::read(m, &attribute.expr, &Type::String).and_then(|c| c.value);
    m.has_unknown = had_unknown;
    let Some(Value::String(text)) = value else { return };
    let is_host = judge(&format!("https://{text}"), Allowed::default()).is_ok()
        && !text.contains(['/', ':', '@']);
    if !is_host {
        let message = format!("`{text}` is no name of a public host");
        let help = "write the host alone: `acme.okta.com`";
        m.say(code::N606, attribute.expr.span, message, "not a host", help);
    }
}

fn credential(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) -> Option<String> {
    let attribute = opened.attribute(name)?;
    let scope = Scope::fixed().with_secrets(Secrets::Sink);
    let typed = expect(m, &scope, &attribute.expr, &Type::Secret);
    auth::one_secret(m, typed)
}

fn check_credentials(m: &mut Module<'_>, opened: &Opened<'_>, kind: &str) {
    let (first, others): (&str, &[&str]) = match kind {
        "okta" => ("api_token", &["client_id", "private_key"]),
        "github" => ("token", &["app_id", "installation_id", "private_key"]),
        _ => return,
    };
    if let Some(other) = others.iter().find(|o| opened.attribute(o).is_some()) {
        if !opened.exclusive(m, first, other) {
            for name in others {
                opened.demand(m, name, &format!("add `{name} = …`"));
            }
        }
    } else {
        opened.demand(m, first, &format!("add `{first} = secret.<name>`"));
    }
}

pub(crate) fn secret(m: &mut Module<'_>, block: &Block) -> Option<Secret> {
    let opened = Opened::open(m, block, "secret")?;
    Some(Secret { description: opened.text(m, "description") })
}

pub(crate) fn environment(m: &mut Module<'_>, block: &Block) -> Option<Environment> {
    let opened = Opened::open(m, block, "environment")?;
    let integrations = opened
        .attribute("integrations")
        .map(|a| references(m, &a.expr, "integration"))
        .unwrap_or_default()
        .into_iter()
        .map(|(address, _)| bare(&address))
        .collect();
    let error_channel = opened.constant(m, "error_channel", &Type::Principal).map(|c| c.ir);
    let reads = m.sensitive_reads;
    let vars = match opened.constant(m, "vars", &Type::Map(Box::new(Type::String))) {
        Some(constant) => texts(constant.value),
        None => BTreeMap::new(),
    };
    if let Some(attribute) = opened.attribute("vars") {
        constant::refuse_sensitive(m, &attribute.expr, "vars", reads);
    }
    let path = format!("environments.{}", m.key());
    if let Some(attribute) = opened.attribute("error_channel") {
        m.locate(format!("{path}.error_channel"), attribute.expr.span);
    }
    Some(Environment { integrations, error_channel, vars })
}

fn texts(value: Option<Value>) -> BTreeMap<String, String> {
    match value {
        Some(Value::Map(map)) => map
            .into_iter()
            .filter_map(|(k, v)| if let Value::String(s) = v { Some((k, s)) } else { None })
            .collect(),
        _ => BTreeMap::new(),
    }
}

/// An address without its block word, as it stands in a bundle.
pub(crate) fn bare(address: &str) -> String {
    address::bare(address).to_owned()
}

/// Addresses of the declarations that a list of references names, each with its place.
pub(crate) fn references(
    m: &mut Module<'_>,
    e: &tree::Expr,
    word: &'static str,
) -> Vec<(String, Span)> {
    let ExprKind::List(items) = &e.kind else {
        if e.kind == ExprKind::Error {
            return Vec::new();
        }
        let typed = super::expr::infer(m, &Scope::fixed(), e, None);
        if typed.ty.is_error() {
            return Vec::new();
        }
        if let (Ty::Declaration(many, _), Some(all)) = (&typed.ty, named(&typed.ir))
            && Some(*many) == several(word)
        {
            return all.into_iter().map(|address| (address, e.span)).collect();
        }
        if let (Ty::Of(ty), "target", Some(all)) = (&typed.ty, word, named(&typed.ir))
            && crate::types::fits(&Ty::Of(ty.clone()), &Type::list(Type::Target))
        {
            return all.into_iter().map(|address| (address, e.span)).collect();
        }
        let message = format!("a list of references to `{word}` is wanted here");
        m.say(code::R110, e.span, message, "not a list", format!("write `[{word}.…]`"));
        return Vec::new();
    };
    let mut found: Vec<(String, Span)> = Vec::new();
    for item in items {
        let Some(address) = reference(m, item, word) else { continue };
        match found.iter().find(|(first, _)| *first == address) {
            Some((_, first)) => {
                let message = format!("`{address}` stands twice in this list");
                let again = Diagnostic::new(code::B109, item.span, message, "the second time");
                m.report(again.label(*first, "the first time here").help("name it once"));
            }
            None => found.push((address, item.span)),
        }
    }
    found
}

/// The declarations that a list names, where they are written out.
pub(crate) fn named(ir: &Expr) -> Option<Vec<String>> {
    match ir {
        Expr::Ref(address) => Some(vec![address.clone()]),
        Expr::List(items) => Some(
            items.iter().map(named).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect(),
        ),
        Expr::Call(name, args) if name.starts_with("concat@") => Some(
            args.iter().map(named).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect(),
        ),
        _ => None,
    }
}

/// What could stand where a reference is wanted: the declarations, or their form.
fn fitting(m: &Module<'_>, word: &str) -> String {
    let names = m.declared.names(word);
    written(names.iter().map(|name| format!("{word}.{name}"))).unwrap_or_else(|| {
        let form =
            if matches!(word, "environment" | "message") { "<name>" } else { "<type>.<name>" };
        format!("write `{word}.{form}`")
    })
}

/// What to write where an integration of a type is wanted.
pub(crate) fn of_type(m: &Module<'_>, kind: &str) -> String {
    let names = m.declared.names("integration");
    let own = names.iter().filter(|name| name.split('.').next() == Some(kind));
    let is_declared = own.clone().next().is_some();
    written(own.map(|name| format!("integration.{name}"))).unwrap_or_else(|| match is_declared {
        true => format!("name one of type `{kind}`: `integration.{kind}.<name>`"),
        false => format!("declare one: `integration \"{kind}\" \"main\" {{ … }}`"),
    })
}

/// The few things that may be written; none where there are none, or many.
fn written(all: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = all.take(4).map(|one| format!("`{one}`")).collect();
    match all.as_slice() {
        [one] => Some(format!("write {one}")),
        [one, other] => Some(format!("write {one} or {other}")),
        [first, second, third] => Some(format!("write {first}, {second} or {third}")),
        _ => None,
    }
}

/// The address of the one declaration that is named.
pub(crate) fn reference(m: &mut Module<'_>, e: &tree::Expr, word: &'static str) -> Option<String> {
    // A secret is refused as what it is: no such declaration.
    let scope = Scope::fixed().with_secrets(Secrets::Sink);
    let before = m.found.len();
    let typed = super::expr::infer(m, &scope, e, None);
    // What only a run knows is no declaration, and none of the advice on values fits.
    let is_of_a_run = m.found.iter().skip(before).any(|d| d.code == code::B111);
    if is_of_a_run {
        m.found.forget_since(before);
    }
    match (&typed.ty, &typed.ir) {
        (Ty::Error, _) if !is_of_a_run => None,
        (Ty::Declaration(found, address), _) if *found == word => Some(address.clone()),
        (Ty::Of(Type::Target), Expr::Ref(address)) if word == "target" => Some(address.clone()),
        _ => {
            let message = format!("a reference to `{word}` is wanted here");
            let label = match m.sources.text(e.span) {
                text if is_of_a_run => format!("`{text}` is known to a request only"),
                _ => "something else".to_owned(),
            };
            let help = fitting(m, word);
            m.say(code::R110, e.span, message, label, help);
            None
        }
    }
}
