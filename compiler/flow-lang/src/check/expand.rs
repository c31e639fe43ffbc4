//! `for_each` and `module`: which instances a declaration has, and the modules that they open.
//!
//! Worked out where it is first asked for, so that a `for_each` may be made of what another module
//! gives, and at the latest by [`all`]. A tree is read once however often it is used: an instance is
//! a place in the table of names, not a copy.

use flow_bundle::{Expr, Type, Value};

use super::expr::{Typed, infer};
use super::scope::Scope;
use super::{Module, constant, module};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::resolve::{Each, Here, Instances};
use crate::source::Span;
use crate::syntax::tree::Attribute;
use crate::types::Ty;

/// Most instances of one declaration, and most modules in all.
pub(crate) const INSTANCES_MAX: usize = 1000;

/// Longest key of an instance.
const KEY_BYTES_MAX: usize = 63;

/// Works out the instances of everything, and opens every module.
pub(crate) fn all(m: &mut Module<'_>) {
    let mut unit = 0;
    while unit < m.declared.units.len() {
        let words = ["module", "integration", "environment", "group", "target", "strategy", "flow"];
        let bases: Vec<String> =
            words.iter().flat_map(|w| m.declared.declared_in(unit, w)).cloned().collect();
        for base in bases {
            for instance in instances(m, &base).addresses {
                if is_module(&base) {
                    module::open(m, &instance);
                }
            }
        }
        unit += 1;
    }
}

/// The instances of a declaration; itself where it has no `for_each`.
pub(crate) fn instances(m: &mut Module<'_>, base: &str) -> Instances {
    if let Some(known) = m.declared.instances.get(base) {
        return known.clone();
    }
    let Some(declaration) = m.declared.find(base) else { return Instances::default() };
    let attribute = match declaration.body {
        crate::resolve::Body::Block(block) if declaration.repeated => {
            block.body.attribute("for_each")
        }
        _ => None,
    };
    let Some(attribute) = attribute else {
        return Instances { addresses: vec![base.to_owned()], ..Instances::default() };
    };
    if m.working.iter().any(|w| w == base) {
        constant::circle(m, base, attribute.expr.span);
        let addresses = vec![base.to_owned()];
        return Instances { addresses, unknown: true, spare: None };
    }
    m.working.push(base.to_owned());
    let here = Here { unit: declaration.unit, each: None, address: base.to_owned() };
    let before = std::mem::replace(&mut m.declared.here, here);
    let keys = keys(m, attribute);
    m.declared.here = before;
    m.working.pop();
    let keys = match keys {
        Keys::Known(eaches, ty) if eaches.is_empty() && m.opens_empty && is_module(base) => {
            Keys::Unknown(ty)
        }
        keys => keys,
    };
    let found = match keys {
        Keys::Known(eaches, ty) if eaches.is_empty() => {
            m.declared.eaches.push(unknown(ty));
            let spare = Some(m.declared.eaches.len() - 1);
            Instances { spare, ..Instances::default() }
        }
        Keys::Known(eaches, _) => {
            let mut addresses = Vec::with_capacity(eaches.len());
            for (key, each) in eaches {
                let address = address::instance(base, &key);
                add(m, base, &address, each, declaration.span);
                addresses.push(address);
            }
            Instances { addresses, ..Instances::default() }
        }
        Keys::Unknown(ty) => {
            add(m, base, base, unknown(ty), declaration.span);
            Instances { addresses: vec![base.to_owned()], unknown: true, spare: None }
        }
    };
    m.declared.instances.insert(base.to_owned(), found.clone());
    found
}

/// Whether an address is that of a `module` block, in whatever module.
fn is_module(base: &str) -> bool {
    base.starts_with("module.")
}

/// What `each` is where nobody knows it.
fn unknown(value_ty: Ty) -> Each {
    let get = |part: &str| Expr::Get(vec!["each".to_owned(), part.to_owned()]);
    Each { key: get("key"), value_ty, value: get("value") }
}

/// Checks a declaration that has no instances as if there were one, so that its faults are told
/// before the first is added. Nothing of it gets into the bundle.
pub(crate) fn check_spare(
    m: &mut Module<'_>,
    base: &str,
    each: usize,
    check: impl FnOnce(&mut Module<'_>),
) {
    let Some(declaration) = m.declared.find(base) else { return };
    let here = Here { unit: declaration.unit, each: Some(each), address: base.to_owned() };
    let before = std::mem::replace(&mut m.declared.here, here);
    let kept = (
        m.spans.clone(),
        m.runs.clone(),
        m.settings.clone(),
        m.granted.clone(),
        m.texts.clone(),
        m.unknown_flows.clone(),
        m.has_unknown,
        m.unexplained,
    );
    check(m);
    (
        m.spans,
        m.runs,
        m.settings,
        m.granted,
        m.texts,
        m.unknown_flows,
        m.has_unknown,
        m.unexplained,
    ) = kept;
    m.declared.here = before;
}

/// An instance of which only the key is known, because which there are is not: it is taken to
/// exist.
pub(crate) fn assumed(m: &mut Module<'_>, base: &str, key: &str) -> String {
    let address = address::instance(base, key);
    m.unknown_reads += 1;
    if m.declared.find(&address).is_none()
        && let Some(each) = m.declared.find(base).and_then(|d| d.each)
    {
        m.declared.add_instance(base, &address, each);
    }
    m.mark_used(&address);
    address
}

/// Whether it cannot be said which instances the declaration of this instance has.
pub(crate) fn is_assumed(m: &Module<'_>, address: &str) -> bool {
    let base =
        address.strip_suffix("\"]").and_then(|a| a.rsplit_once("[\"")).map_or(address, |a| a.0);
    m.declared.instances.get(base).is_some_and(|all| all.unknown)
        || m.declared.find(address).is_some_and(|d| d.repeated)
}

fn add(m: &mut Module<'_>, base: &str, address: &str, each: Each, span: Span) {
    let number = m.declared.eaches.len();
    m.declared.eaches.push(each);
    m.declared.add_instance(base, address, number);
    m.found.count_instance(span);
}

/// What a `for_each` says.
enum Keys {
    /// With the type of the values.
    Known(Vec<(String, Each)>, Ty),
    /// Not known at build (`check` only), or reported: the type of the values.
    Unknown(Ty),
}

fn keys(m: &mut Module<'_>, attribute: &Attribute) -> Keys {
    let e = &attribute.expr;
    let typed = infer(m, &Scope::fixed(), e, None);
    let of = match &typed.ty {
        Ty::Error => return Keys::Unknown(Ty::Error),
        Ty::Of(Type::Map(t)) => Ty::Of((**t).clone()),
        Ty::Of(Type::Object(_)) => Ty::Error,
        Ty::Of(Type::Set(t)) if **t == Type::String => Ty::Of(Type::String),
        other => {
            let message = format!("`for_each` takes a map or a set of texts, not `{other}`");
            let help = match other {
                Ty::Of(Type::List(_) | Type::Tuple(_)) => "write `toset([…])`",
                _ => "write `{ name = … }` or `toset([…])`",
            };
            m.say(code::T201, e.span, message, "not a map or a set", help);
            return Keys::Unknown(Ty::Error);
        }
    };
    if constant::is_unknown(&typed.ir) {
        m.has_unknown = true;
        m.unknown_reads += 1;
        return Keys::Unknown(of);
    }
    let Some(entries) = entries(m, &typed, &of) else { return Keys::Unknown(Ty::Error) };
    if entries.len() > INSTANCES_MAX {
        let message = format!("this makes {} instances", entries.len());
        let help = format!("{INSTANCES_MAX} are the most; split it");
        m.say(code::B114, e.span, message, "too many", help);
        return Keys::Unknown(Ty::Error);
    }
    let mut lower = std::collections::BTreeSet::new();
    for (key, _) in &entries {
        if !is_key(key) {
            bad_key(m, e.span, key);
            return Keys::Unknown(Ty::Error);
        }
        // Names outside are compared without case.
        if !lower.insert(key.to_lowercase()) {
            let message = format!("two keys differ from `{key}` only in case");
            m.say(code::B108, e.span, message, "not told apart everywhere", "rename one of them");
            return Keys::Unknown(Ty::Error);
        }
    }
    Keys::Known(entries, of)
}

/// Each key with its value, sorted by the bytes of the key.
fn entries(m: &mut Module<'_>, typed: &Typed, of: &Ty) -> Option<Vec<(String, Each)>> {
    let each = |key: &str, value_ty: Ty, value: Expr| {
        (key.to_owned(), Each { key: Expr::string(key), value_ty, value })
    };
    // What holds a reference has no value and is taken apart as it is written.
    if let (Ty::Of(Type::Object(attributes)), Expr::Object(items)) = (&typed.ty, &typed.ir)
        && constant::is_open(&typed.ir)
    {
        let mut out: Vec<_> = items
            .iter()
            .filter_map(|(k, v)| Some(each(k, Ty::Of(attributes.get(k)?.ty.clone()), v.clone())))
            .collect();
        out.sort_by(|a, b| a.0.cmp(&b.0));
        return Some(out);
    }
    let value = match constant::known(m, &typed.ir, typed.span)? {
        Some(value) => value,
        None => {
            let message = "`for_each` must be known when the bundle is built";
            m.say(code::B111, typed.span, message, "holds a reference", "write the map out");
            return None;
        }
    };
    let mut out = Vec::new();
    match value {
        Value::Map(map) => {
            for (key, value) in map {
                let ty = match &typed.ty {
                    Ty::Of(Type::Object(attributes)) => {
                        attributes.get(&key).map_or(Ty::Error, |a| Ty::Of(a.ty.clone()))
                    }
                    _ => of.clone(),
                };
                out.push(each(&key, ty, constant::of_value(&value)?));
            }
        }
        Value::List(items) => {
            for item in items {
                let Value::String(text) = item else { continue };
                out.push(each(&text, Ty::Of(Type::String), Expr::string(&text)));
            }
        }
        _ => return None,
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out.dedup_by(|a, b| a.0 == b.0);
    Some(out)
}

/// Whether a text may be the key of an instance: it stands in addresses, paths and hashes.
pub(crate) fn is_key(key: &str) -> bool {
    (1..=KEY_BYTES_MAX).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.@+/".contains(&b))
}

fn bad_key(m: &mut Module<'_>, span: Span, key: &str) {
    let message = format!("`{}` cannot be the key of an instance", key.escape_debug());
    m.report(Diagnostic::new(code::B108, span, message, "has this key").help(format!(
        "a key holds letters, digits and `_-.@+/`, {KEY_BYTES_MAX} at most: it stands in addresses"
    )));
}
