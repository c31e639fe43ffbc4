//! `integration`, `secret` and `environment`: where a flow may go, and who hears of errors.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Environment, Integration, Secret};
use flow_bundle::{Expr, Type, Value};
use serde_json::{Value as Json, json};

use super::body::{Opened, open_typed};
use super::expr::expect;
use super::scope::{Scope, Secrets};
use super::{Module, arn, constant};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::schema::{Family, Form};
use crate::source::Span;
use crate::syntax::tree::{self, Block, ExprKind};
use crate::types::Ty;

pub(crate) fn check(m: &mut Module<'_>, block: &Block) -> Option<Integration> {
    let (opened, kind) = open_typed(m, block, Family::Integration, "integration")?;
    let mut attributes = BTreeMap::new();
    for spec in kind.attributes {
        if spec.form == Form::Secret {
            if let Some(name) = credential(m, &opened, spec.name) {
                attributes.insert(spec.name.to_owned(), json!(["secret", name]));
            }
        } else if let Some(text) = opened.text(m, spec.name) {
            if let ("aws", "region", Some(a)) = (kind.word, spec.name, opened.attribute("region")) {
                arn::judge_region(m, &text, a.expr.span);
            }
            attributes.insert(spec.name.to_owned(), Json::from(text));
        }
    }
    check_credentials(m, &opened, kind.word);
    Some(Integration { kind: kind.word.to_owned(), attributes })
}

fn credential(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) -> Option<String> {
    let attribute = opened.attribute(name)?;
    let scope = Scope::fixed().with_secrets(Secrets::Sink);
    match expect(m, &scope, &attribute.expr, &Type::Secret).ir {
        Expr::Secret(name) => Some(name),
        _ => None,
    }
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
fn named(ir: &Expr) -> Option<Vec<String>> {
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

/// The address of the one declaration that is named.
pub(crate) fn reference(m: &mut Module<'_>, e: &tree::Expr, word: &'static str) -> Option<String> {
    // A secret is refused as what it is: no such declaration.
    let scope = Scope::fixed().with_secrets(Secrets::Sink);
    let typed = super::expr::infer(m, &scope, e, None);
    match (&typed.ty, &typed.ir) {
        (Ty::Error, _) => None,
        (Ty::Declaration(found, address), _) if *found == word => Some(address.clone()),
        (Ty::Of(Type::Target), Expr::Ref(address)) if word == "target" => Some(address.clone()),
        _ => {
            let message = format!("a reference to `{word}` is wanted here");
            let form =
                if matches!(word, "environment" | "message") { "<name>" } else { "<type>.<name>" };
            m.say(code::R110, e.span, message, "something else", format!("write `{word}.{form}`"));
            None
        }
    }
}
