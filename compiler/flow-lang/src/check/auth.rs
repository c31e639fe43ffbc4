//! `auth "<kind>"`: how a call says who it comes from. A sink of secrets.

use flow_bundle::endpoint::Allowed;
use flow_bundle::{Expr, Type, Value};
use serde_json::{Map, Value as Json, json};

use super::body::{Opened, open_typed};
use super::expr::{Typed, fit, infer};
use super::integration::{bare, reference};
use super::scope::{Scope, Secrets};
use super::{Module, constant, endpoint};
use crate::address;
use crate::code;
use crate::schema::{Family, Form};
use crate::syntax::tree::Block;
use crate::types::Ty;

/// What stands in an attribute.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text(String),
    Texts(Vec<String>),
    /// The name of a secret.
    Secret(String),
}

/// Credentials of a call, by name.
#[derive(Debug, Clone)]
pub(crate) struct Auth(Vec<(String, Part)>);

impl Auth {
    /// As it stands in an integration.
    pub(crate) fn to_json(&self) -> Json {
        let part = |part: &Part| match part {
            Part::Text(text) => json!(text),
            Part::Texts(texts) => json!(texts),
            Part::Secret(name) => json!(["secret", name]),
        };
        Json::Object(self.0.iter().map(|(name, p)| (name.clone(), part(p))).collect::<Map<_, _>>())
    }

    /// As it stands among the arguments of a call.
    pub(crate) fn to_expr(&self) -> Expr {
        let part = |part: &Part| match part {
            Part::Text(text) => Expr::string(text),
            Part::Texts(texts) => {
                Expr::List(texts.iter().map(|text| Expr::String(text.clone())).collect())
            }
            Part::Secret(name) => Expr::Secret(name.clone()),
        };
        Expr::Object(self.0.iter().map(|(name, p)| (name.clone(), part(p))).collect())
    }
}

/// Checks the block; `allowed` is what the integration allows of hosts.
pub(crate) fn check(m: &mut Module<'_>, block: &Block, allowed: Allowed) -> Option<Auth> {
    let (opened, kind) = open_typed(m, block, Family::Auth, "auth")?;
    let mut parts = vec![("kind".to_owned(), Part::Text(kind.word.to_owned()))];
    for spec in kind.attributes {
        let part = match (spec.name, spec.form) {
            ("token_url", _) => endpoint::url(m, &opened, spec.name, allowed).map(Part::Text),
            ("integration", _) => aws(m, &opened).map(Part::Text),
            ("scopes", _) => Some(Part::Texts(texts(m, &opened, spec.name))),
            (_, Form::Word(_)) => opened.word(m, spec.name).map(Part::Text),
            (_, Form::Secret) => named(m, &opened, spec.name, true),
            _ => named(m, &opened, spec.name, false),
        };
        parts.extend(part.map(|p| (spec.name.to_owned(), p)));
    }
    Some(Auth(parts))
}

/// A text or a secret; only a secret where `only_secret`.
fn named(m: &mut Module<'_>, opened: &Opened<'_>, name: &str, only_secret: bool) -> Option<Part> {
    let attribute = opened.attribute(name)?;
    let scope = Scope::fixed().with_secrets(Secrets::Sink);
    let want = if only_secret { Type::Secret } else { Type::String };
    let typed = infer(m, &scope, &attribute.expr, Some(&want));
    if let (Ty::Of(Type::Secret), Expr::Secret(name)) = (&typed.ty, &typed.ir) {
        return Some(Part::Secret(name.clone()));
    }
    if only_secret {
        let typed = fit(m, typed, &want);
        return one_secret(m, typed).map(Part::Secret);
    }
    let reads = m.sensitive_reads;
    let constant = constant::read(m, &attribute.expr, &Type::String)?;
    constant::refuse_sensitive(m, &attribute.expr, name, reads);
    match constant.value? {
        Value::String(text) => Some(Part::Text(text)),
        _ => None,
    }
}

/// The name of the secret that an expression is, which is none that is put together.
pub(crate) fn one_secret(m: &mut Module<'_>, typed: Typed) -> Option<String> {
    match typed.ir {
        Expr::Secret(name) => Some(name),
        _ if typed.ty.is_error() => None,
        ir => {
            // In a child module it may be an input whose value is not known.
            if !constant::is_unknown(&ir) {
                let message = "one secret is wanted here, and this is put together";
                let help = "write `secret.<name>`, and let the secret itself hold the whole text";
                m.say(code::R110, typed.span, message, "not one secret", help);
            }
            None
        }
    }
}

fn texts(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) -> Vec<String> {
    let value = opened.constant(m, name, &Type::list(Type::String)).and_then(|c| c.value);
    let Some(Value::List(items)) = value else { return Vec::new() };
    let text = |v| if let Value::String(s) = v { Some(s) } else { None };
    items.into_iter().filter_map(text).collect()
}

/// The integration whose role signs.
fn aws(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<String> {
    let attribute = opened.attribute("integration")?;
    let address = reference(m, &attribute.expr, "integration")?;
    let is_aws = address::kind(&address) == "aws";
    let address = bare(&address);
    if is_aws {
        return Some(address);
    }
    let message = "a request is signed with the role of an integration of type `aws`";
    let label = format!("this is `{address}`");
    let help = super::integration::of_type(m, "aws");
    m.say(code::R110, attribute.expr.span, message, label, help);
    None
}
