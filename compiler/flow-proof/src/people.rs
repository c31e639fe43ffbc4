//! Who is in a set, as far as a bundle knows.

use std::collections::BTreeSet;

use flow_bundle::bundle::Bundle;
use flow_bundle::expr::Expr;
use flow_bundle::value::Value;

use crate::guard::constant;

/// What is known of a set of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum People {
    /// Exactly these, by e-mail address.
    Known(BTreeSet<String>),
    /// At least this many; who, only the run knows.
    AtLeast(u64),
}

impl People {
    /// Fewest people.
    #[must_use]
    pub fn fewest(&self) -> u64 {
        match self {
            Self::Known(people) => people.len().try_into().unwrap_or(u64::MAX),
            Self::AtLeast(n) => *n,
        }
    }
}

/// The set that an expression means, by the bundle's groups.
#[must_use]
pub fn people(bundle: &Bundle, expr: &Expr) -> People {
    match expr {
        Expr::Null => People::Known(BTreeSet::new()),
        Expr::Set(name) if name.word() == "nobody" => People::Known(BTreeSet::new()),
        Expr::Ref(address) => {
            let name = address.strip_prefix("group.").unwrap_or(address);
            match bundle.groups.get(name) {
                Some(group) => match &group.members {
                    Some(members) => People::Known(members.iter().cloned().collect()),
                    None => People::AtLeast(group.minimum.map_or(1, |m| m.0)),
                },
                None => People::AtLeast(0),
            }
        }
        Expr::List(items) => union(items.iter().map(|e| people(bundle, e)).collect()),
        Expr::Call(id, args) => {
            let sets = || args.iter().map(|e| people(bundle, e)).collect::<Vec<_>>();
            match id.as_str() {
                "user@1" => match constant(expr) {
                    Some(Value::User(user)) => People::Known(BTreeSet::from([user.email])),
                    _ => People::AtLeast(1),
                },
                "union@1" | "group_of@1" => union(sets()),
                "intersect@1" => both(sets(), |a, b| a.intersection(b).cloned().collect()),
                "except@1" => both(sets(), |a, b| a.difference(b).cloned().collect()),
                _ => People::AtLeast(0),
            }
        }
        _ => People::AtLeast(0),
    }
}

fn union(sets: Vec<People>) -> People {
    let known: Option<Vec<_>> = sets
        .iter()
        .map(|s| match s {
            People::Known(people) => Some(people),
            People::AtLeast(_) => None,
        })
        .collect();
    match known {
        Some(known) => People::Known(known.into_iter().flatten().cloned().collect()),
        None => People::AtLeast(sets.iter().map(People::fewest).max().unwrap_or(0)),
    }
}

fn both(
    sets: Vec<People>,
    join: fn(&BTreeSet<String>, &BTreeSet<String>) -> BTreeSet<String>,
) -> People {
    match sets.as_slice() {
        [People::Known(a), People::Known(b)] => People::Known(join(a, b)),
        _ => People::AtLeast(0),
    }
}
