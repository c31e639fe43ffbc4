//! Sets of people that are known at build, for what can be said about quorums and permissions.

use flow_bundle::expr::SetName;
use flow_bundle::{Expr, Value};

use super::Module;
use super::constant;
use crate::source::Span;
use crate::syntax::tree::Block;

/// The e-mail addresses of a set that is written out; none where it depends on anything else.
pub(crate) fn named(m: &mut Module<'_>, ir: &Expr) -> Option<Vec<String>> {
    match ir {
        Expr::Set(SetName::Nobody) => Some(Vec::new()),
        Expr::Ref(address) => {
            let block = m.declared.block(address)?;
            m.within(address, |m| members(m, block))
        }
        Expr::Call(name, args) if name.starts_with("union@") => {
            let mut all: Vec<String> = Vec::new();
            for arg in args {
                all.extend(named(m, arg)?);
            }
            Some(unique(all))
        }
        Expr::Call(name, args) if name.starts_with("group_of@") => named(m, args.first()?),
        Expr::List(items) => {
            let mut all = Vec::new();
            for item in items {
                all.extend(named(m, item)?);
            }
            Some(unique(all))
        }
        _ => match constant::fold(ir)? {
            Value::User(user) => Some(vec![user.email]),
            _ => None,
        },
    }
}

fn members(m: &mut Module<'_>, block: &Block) -> Option<Vec<String>> {
    let attribute = block.body.attribute("members")?;
    let had_unknown = m.has_unknown;
    let ty = flow_bundle::Type::list(flow_bundle::Type::User);
    let constant = constant::read(m, &attribute.expr, &ty);
    m.has_unknown = had_unknown;
    match constant?.value? {
        Value::List(items) => Some(unique(
            items
                .into_iter()
                .filter_map(|v| if let Value::User(u) = v { Some(u.email) } else { None })
                .collect(),
        )),
        _ => None,
    }
}

fn unique(mut all: Vec<String>) -> Vec<String> {
    all.sort();
    all.dedup();
    all
}

/// Where the members of a group are written, and how many they are.
pub(crate) fn place_of_members(m: &Module<'_>, ir: &Expr) -> Option<Span> {
    let Expr::Ref(address) = ir else { return None };
    Some(m.declared.block(address)?.body.attribute("members")?.expr.span)
}

/// Whether everybody in it is named, or in a group: they can be told by direct message.
pub(crate) fn can_be_told(ir: &Expr) -> bool {
    match ir {
        // There is nobody to tell.
        Expr::Ref(_) | Expr::Set(SetName::Nobody) => true,
        Expr::Get(path) => path.iter().map(String::as_str).eq(["requester", "manager"]),
        Expr::List(items) => items.iter().all(can_be_told),
        Expr::Call(name, args) => {
            let name = name.split('@').next().unwrap_or_default();
            name == "user"
                || (matches!(name, "union" | "group_of" | "intersect")
                    && args.iter().all(can_be_told))
                || (name == "except" && args.first().is_some_and(can_be_told))
        }
        Expr::If(_, a, b) => can_be_told(a) && can_be_told(b),
        _ => false,
    }
}

/// Whether it may turn out to be nobody.
pub(crate) fn may_be_empty(ir: &Expr, is_nullable: bool) -> bool {
    is_nullable || matches!(ir, Expr::Get(path) if path.first().is_some_and(|r| r == "steps"))
}

/// Whether the set leaves out people that `members` holds.
pub(crate) fn is_narrow(ir: &Expr) -> bool {
    match ir {
        // What was not understood was reported.
        Expr::Null | Expr::Set(SetName::Members | SetName::Everyone) => false,
        Expr::Call(name, args) if name.starts_with("union@") => args.iter().all(is_narrow),
        _ => true,
    }
}
