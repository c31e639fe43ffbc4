//! P7: what is granted lasts no longer than `max_duration`. Failures: S405, S407.

use flow_bundle::bundle::{Ends, Field};
use flow_bundle::duration;
use flow_bundle::expr::{BinaryOp, Expr};
use rust_decimal::Decimal;

use crate::constant::{constant, numbers};
use crate::formula::Formula;
use crate::guard::Space;
use crate::interval::interval;
use crate::prove::{Answer, Failure, Subject, proved, unknown, vacuous};
use crate::solve::{possible, solve};
use crate::term;

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let Some(grant) = &subject.flow.grant else { return vacuous("nothing is granted") };
    if grant.ends == Ends::OnRevoke {
        return vacuous("it ends when somebody revokes it");
    }
    let (Some(wanted), Some(most)) = (&grant.duration, grant.max_duration_s) else {
        return unknown("the grant has no duration");
    };
    let most = Decimal::from(most.0);
    let mut space = Space::of(subject.bundle, subject.flow);
    let mut longest = Some(Decimal::ZERO);
    let mut failures = Vec::new();
    for (condition, leaf) in space.leaves(wanted) {
        match look(subject, &mut space, &condition, &leaf, most) {
            Leaf::Never => {}
            Leaf::AtMost(n) => longest = longest.map(|l| l.max(n)),
            Leaf::Unknown => longest = None,
            Leaf::Fails(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    match longest {
        Some(longest) => proved(format!("at most {}", duration::print(longest))),
        None => unknown(format!("a longer result is cut to {}", duration::print(most))),
    }
}

enum Leaf {
    /// It is never the one that counts.
    Never,
    AtMost(Decimal),
    Unknown,
    Fails(Failure),
}

fn look(
    subject: Subject<'_>,
    space: &mut Space<'_>,
    condition: &Formula,
    leaf: &Expr,
    most: Decimal,
) -> Leaf {
    if !possible(space, condition) {
        return Leaf::Never;
    }
    let bound = interval(subject, leaf).most;
    if let Some(n) = bound.filter(|n| *n <= most) {
        return Leaf::AtMost(n);
    }
    let field = term::field(subject.flow, leaf);
    if field.is_none() && constant(subject.bundle, leaf).is_none() {
        return Leaf::Unknown;
    }
    let over =
        Expr::Binary(BinaryOp::Greater, Box::new(leaf.clone()), Box::new(Expr::Duration(most)));
    let over = space.condition(&over);
    let Some(example) = solve(space, &Formula::all([condition.clone(), over])).example() else {
        return Leaf::AtMost(most);
    };
    let Some(field) = field.filter(|_| bound.is_none()) else {
        let longest = duration::print(bound.unwrap_or(most));
        let message = format!(
            "the grant can last {longest}, longer than its `max_duration` of {}",
            duration::print(most)
        );
        let path = place(subject, field, most);
        return Leaf::Fails(Failure::new("P7", "S405", path, message).because(example));
    };
    let message = format!(
        "people may ask for any duration in `{}`, and what is over {} is cut",
        field.name,
        duration::print(most)
    );
    let path = subject.path(&format!("fields.{}", field.name));
    let mut failure = Failure::new("P7", "S407", path, message);
    failure.counterexample = example;
    Leaf::Fails(failure)
}

/// The offered value that is too long, else the field's limit, else the grant's own duration.
fn place(subject: Subject<'_>, field: Option<&Field>, most: Decimal) -> String {
    let Some(field) = field else { return subject.path("grant.duration") };
    let name = &field.name;
    let offered = field.allowed.as_ref().and_then(|list| numbers(subject.bundle, list));
    match offered.and_then(|all| all.iter().position(|n| *n > most)) {
        Some(i) => subject.path(&format!("fields.{name}.allowed.{i}")),
        None => subject.path(&format!("fields.{name}.limits.max")),
    }
}
