//! Quorums: whether the people that a stage asks for can decide it.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::Rule;
use flow_bundle::{Expr, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::bounds::QUORUM_MAX;
use super::{Module, constant, people as people_of};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::tree::Block;

/// A rule with the places of what it says.
pub(crate) struct Placed {
    pub(crate) rule: Rule,
    pub(crate) approvers: Span,
    pub(crate) quorum: Span,
    pub(crate) is_nullable: bool,
    /// It was reported already.
    pub(crate) is_error: bool,
}

/// What can be said of each rule.
pub(crate) fn check_rules(
    m: &mut Module<'_>,
    rules: &[Placed],
    allow_self: bool,
    decide: &Expr,
    has_fallback: bool,
) {
    for placed in rules.iter().filter(|r| !r.is_error) {
        check_quorum(m, placed, allow_self);
        let approvers = &placed.rule.approvers;
        let known = people_of::named(m, approvers);
        // A group without members was reported where it is declared.
        let is_group = matches!(approvers, Expr::Ref(_));
        if known.as_ref().is_some_and(|people| people.is_empty() && !is_group) {
            let help = "name somebody who may decide";
            m.say(code::A501, placed.approvers, "nobody can decide here", "an empty set", help);
        } else if people_of::may_be_empty(approvers, placed.is_nullable) && !has_fallback {
            m.say(
                code::A502,
                placed.approvers,
                "it can happen that nobody may decide here",
                "may be empty",
                "add `fallback_approvers = group.<name>`",
            );
        }
        check_permitted(m, placed, known, decide);
    }
}

fn check_permitted(m: &mut Module<'_>, placed: &Placed, known: Option<Vec<String>>, decide: &Expr) {
    let permitted = people_of::named(m, decide);
    let (Some(permitted), Some(known)) = (permitted, known) else {
        if people_of::is_narrow(decide) && *decide != placed.rule.approvers {
            m.say(
                code::A519,
                placed.approvers,
                "not everybody here may be allowed to decide in this flow",
                "maybe outside `permissions.decide`",
                "widen `permissions.decide`, or name the same people in both",
            );
        }
        return;
    };
    let missing: Vec<String> =
        known.into_iter().filter(|p| !permitted.contains(p)).map(|p| format!("`{p}`")).collect();
    if !missing.is_empty() {
        let message = format!("{} may not decide in this flow", missing.join(", "));
        let help = "add them to `permissions.decide`, or leave them out here";
        m.say(code::A513, placed.approvers, message, "outside `permissions.decide`", help);
    }
}

/// The number of people that a rule asks for, if it is known.
fn quorum_of(placed: &Placed) -> Option<u64> {
    match constant::fold(&placed.rule.quorum) {
        Some(Value::Number(n)) => n.to_u64(),
        _ => None,
    }
}

/// Every value that the quorum may have, as far as they are written out.
fn choices(ir: &Expr) -> Vec<Decimal> {
    if let Expr::If(_, then, otherwise) = ir {
        return [choices(then), choices(otherwise)].concat();
    }
    match constant::fold(ir) {
        Some(Value::Number(n)) => vec![n],
        _ => Vec::new(),
    }
}

/// `1 person`, `3 people`.
pub(crate) fn people(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// Whether a number may be a quorum at all; reports A514 and T212.
fn is_number_of_people(m: &mut Module<'_>, n: Decimal, span: Span) -> bool {
    if n < Decimal::ONE {
        let message = "a stage that asks nobody approves everything";
        m.say(code::A514, span, message, format!("{n} people"), "write at least 1");
    } else if !n.fract().is_zero() {
        let message = format!("people are counted in whole numbers, and {n} is none");
        m.say(code::T212, span, message, "not whole", "write 1, 2, 3, …");
    } else if n > Decimal::from(QUORUM_MAX) {
        let message = format!("a stage asks for {QUORUM_MAX} approvals at most, not {n}");
        m.say(code::T212, span, message, "too many", "lower `quorum`");
    } else {
        return true;
    }
    false
}

fn check_quorum(m: &mut Module<'_>, placed: &Placed, allow_self: bool) {
    let choices = choices(&placed.rule.quorum);
    if !choices.into_iter().all(|n| is_number_of_people(m, n, placed.quorum)) {
        return;
    }
    let Some(quorum) = quorum_of(placed) else { return };
    let Some(known) = people_of::named(m, &placed.rule.approvers) else { return };
    let size = known.len() as u64;
    let place = people_of::place_of_members(m, &placed.rule.approvers);
    if quorum > size && size > 0 {
        let message = format!("{quorum} approvals can never be given by {}", people(size));
        let mut diagnostic =
            Diagnostic::new(code::A503, placed.quorum, message, format!("asks for {quorum}"))
                .help("lower `quorum` or add members; the requester does not count");
        if let Some(place) = place {
            diagnostic = diagnostic.label(
                place,
                format!("the group has {size} {}", if size == 1 { "member" } else { "members" }),
            );
        }
        m.report(diagnostic);
    } else if quorum == size && !allow_self && size > 1 {
        let message = format!("all {size} must approve, so none of them can ask");
        m.say(
            code::A504,
            placed.quorum,
            message,
            format!("asks for {quorum} of {size}"),
            "lower `quorum` or add members",
        );
    }
}

/// Each person counts for one rule: there must be a different one for each.
pub(crate) fn check_distinct(m: &mut Module<'_>, rules: &[Placed], block: &Block) {
    if rules.len() < 2 {
        return;
    }
    let mut slots: Vec<Vec<String>> = Vec::new();
    for placed in rules {
        let (Some(quorum), Some(known)) =
            (quorum_of(placed), people_of::named(m, &placed.rule.approvers))
        else {
            return;
        };
        if quorum > known.len() as u64 {
            return;
        }
        slots.extend((0..quorum).map(|_| known.clone()));
    }
    if matching(&slots) < slots.len() {
        let names: Vec<String> = rules.iter().map(|r| format!("`{}`", r.rule.name)).collect();
        let message =
            format!("the rules {} ask for {} different people", names.join(" and "), slots.len());
        m.say(
            code::A505,
            block.header,
            message,
            "too few people for all rules together",
            "add members, or write `distinct = false`",
        );
    }
}

/// How many slots can be filled, each by another person (augmenting paths).
fn matching(slots: &[Vec<String>]) -> usize {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = 0;
    for slot in 0..slots.len() {
        let mut seen = BTreeSet::new();
        if augment(slots, slot, &mut taken, &mut seen) {
            count += 1;
        }
    }
    count
}

fn augment<'s>(
    slots: &'s [Vec<String>],
    slot: usize,
    taken: &mut BTreeMap<&'s str, usize>,
    seen: &mut BTreeSet<&'s str>,
) -> bool {
    for person in slots.get(slot).into_iter().flatten() {
        if !seen.insert(person) {
            continue;
        }
        let free = match taken.get(person.as_str()).copied() {
            None => true,
            Some(other) => augment(slots, other, taken, seen),
        };
        if free {
            taken.insert(person, slot);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn each_rule_needs_its_own_people() {
        let slot = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(matching(&[slot("a b"), slot("a")]), 2);
        assert_eq!(matching(&[slot("a"), slot("a")]), 1);
        assert_eq!(matching(&[slot("a b"), slot("a b"), slot("a b")]), 2);
    }
}
