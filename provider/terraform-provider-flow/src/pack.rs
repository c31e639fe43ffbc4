//! Which policy of which role holds which function: pure.
//!
//! A function stays where it is, so that adding one changes one policy and no function ever loses
//! its grant to a reshuffle. New functions go, sorted, into the first policy with room: a role's
//! inline policy, then its managed policies, then the next role. Nothing is ever widened to fit.

use std::collections::{BTreeMap, BTreeSet};

use flow_aws::iam::Quotas;

use crate::document;

/// One policy: of which role, from 1; inline is 0, managed policies count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// From 1.
    pub role: usize,
    /// 0: inline.
    pub policy: usize,
}

/// Which policy holds which functions; none is empty.
pub type Layout = BTreeMap<Slot, BTreeSet<String>>;

/// Roles of one deployment. More would make the daemon's own policy too large.
pub const ROLES_MAX: usize = 20;

/// There is no room for all functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRoom {
    /// How many functions are wanted.
    pub wanted: usize,
    /// How many of them fit.
    pub fit: usize,
}

/// Places functions, given where they are.
pub fn pack(wanted: &BTreeSet<String>, held: &Layout, quotas: Quotas) -> Result<Layout, NoRoom> {
    let mut layout = Layout::new();
    let mut sizes = BTreeMap::new();
    let mut placed = BTreeSet::new();
    for (slot, functions) in held {
        for function in functions.intersection(wanted) {
            if !placed.contains(function) && grow(&mut sizes, *slot, function, quotas) {
                layout.entry(*slot).or_default().insert(function.clone());
                placed.insert(function.clone());
            }
        }
    }
    for function in wanted.difference(&placed.clone()) {
        let room = slots(quotas).find(|slot| grow(&mut sizes, *slot, function, quotas));
        let Some(slot) = room else {
            return Err(NoRoom { wanted: wanted.len(), fit: placed.len() });
        };
        layout.entry(slot).or_default().insert(function.clone());
        placed.insert(function.clone());
    }
    Ok(layout)
}

fn slots(quotas: Quotas) -> impl Iterator<Item = Slot> {
    (1..=ROLES_MAX)
        .flat_map(move |role| (0..=quotas.attached_max).map(move |policy| Slot { role, policy }))
}

/// Counts a function into a policy, if it fits.
fn grow(sizes: &mut BTreeMap<Slot, usize>, slot: Slot, function: &str, quotas: Quotas) -> bool {
    let limit = match slot.policy {
        0 => quotas.inline_size,
        policy if policy <= quotas.attached_max => quotas.managed_size,
        _ => 0,
    };
    let quoted = function.chars().count() + 2;
    let size = match sizes.get(&slot) {
        Some(size) => size + quoted + 1,
        None => document::invoke([]).chars().count() + quoted,
    };
    let fits = size <= limit && slot.role <= ROLES_MAX;
    if fits {
        sizes.insert(slot, size);
    }
    fits
}

#[cfg(test)]
mod tests;
