//! What a newer bundle means for requests that keep an older one: what it narrows, and which of them
//! it leaves without their flow or target.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::{Bundle, Flow};
use flow_bundle::eval::without_element;
use flow_bundle::moved;

use crate::context::Newest;
use crate::event::EventKind;
use crate::state::{Phase, Request};

/// The flow at an address, or at the one that it moved to.
#[must_use]
pub fn flow_now<'b>(bundle: &'b Bundle, address: &str) -> Option<&'b Flow> {
    bundle.flows.get(&moved::key_now(bundle, "flow", address))
}

impl Newest {
    /// What the newest bundle says of the flow that a request knows by this address.
    #[must_use]
    pub fn of(bundle: &Bundle, address: &str) -> Self {
        let flow = flow_now(bundle, address);
        let mut groups: BTreeMap<String, Vec<String>> = bundle
            .groups
            .iter()
            .filter_map(|(address, group)| Some((address.clone(), group.members.clone()?)))
            .collect();
        let mut targets: BTreeSet<String> = bundle.targets.keys().cloned().collect();
        // The request knows what was renamed since by its old name.
        for pair in &bundle.moved {
            match pair.from.split_once('.') {
                Some(("group", old)) => {
                    let now = moved::key_now(bundle, "group", old);
                    if let Some(members) = groups.get(&now).cloned() {
                        groups.insert(old.to_owned(), members);
                    }
                }
                Some(("target", old))
                    if targets.contains(&moved::key_now(bundle, "target", old)) =>
                {
                    targets.insert(old.to_owned());
                }
                _ => {}
            }
        }
        Self {
            groups,
            decide: flow.map(|f| f.permissions.decide.clone()),
            revoke: flow.map(|f| f.permissions.revoke.clone()),
            targets: Some(targets),
        }
    }
}

/// What befalls a request or an extension that waits for people, where the newest bundle has not its
/// flow or its target any more.
#[must_use]
pub fn orphaned(bundle: &Bundle, request: &Request) -> Option<EventKind> {
    let asked = matches!(request.phase, Phase::Requested | Phase::Pending);
    if !asked && request.extension().is_none() {
        return None;
    }
    if flow_now(bundle, &request.flow).is_none_or(|flow| !flow.enabled) {
        return Some(EventKind::FlowGone);
    }
    let declared = |address: &str| {
        let stands =
            |address: &str| bundle.targets.contains_key(&moved::key_now(bundle, "target", address));
        stands(address) || stands(without_element(address))
    };
    let gone = request.accesses.iter().find(|a| !declared(&a.target.address))?;
    Some(EventKind::TargetGone { target: gone.target.address.clone() })
}
