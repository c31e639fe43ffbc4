//! P6: every stage can be met by the people who may decide. Failures: A503, A505.
//!
//! Counted without the requester, unless the stage allows self-approval. Where a group is only
//! known to the run, its promised minimum counts; less than that is `unknown`.

use std::collections::BTreeSet;

use flow_bundle::bundle::Approval;
use flow_bundle::value::Value;

use crate::guard::{Formula, Space, constant};
use crate::people::{People, people};
use crate::prove::{Answer, Failure, Subject, proved, unknown, vacuous};
use crate::solve::solve;

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    if subject.flow.approvals.is_empty() {
        return vacuous("there is no stage");
    }
    let mut failures = Vec::new();
    let mut met = Vec::new();
    let mut open = Vec::new();
    for stage in &subject.flow.approvals {
        match look(subject, stage) {
            Met::Always(why) => met.push(why),
            Met::Perhaps(why) => open.push(why),
            Met::Never(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    if open.is_empty() { proved(met.join("; ")) } else { unknown(open.join("; ")) }
}

enum Met {
    Always(String),
    Perhaps(String),
    Never(Failure),
}

/// The largest quorum of a rule that can be wanted; `None` where only the run knows it.
struct Wanted {
    most: Option<u64>,
    people: People,
}

fn look(subject: Subject<'_>, stage: &Approval) -> Met {
    let mut space = Space::of(subject.flow);
    let needed = space.formula(&stage.when);
    if solve(&space, &needed).example().is_none() {
        return Met::Always(format!("`{}` is never needed", stage.name));
    }
    let mut rules = Vec::new();
    for (i, rule) in stage.rules.iter().enumerate() {
        let key = if rule.name.is_empty() { i.to_string() } else { rule.name.clone() };
        let path = subject.path(&format!("approvals.{}.rules.{key}.quorum", stage.name));
        let people = within(people(subject.bundle, &rule.approvers), subject);
        let mut most = Some(0);
        for (condition, leaf) in space.leaves(&rule.quorum) {
            let both = Formula::All(vec![needed.clone(), condition]);
            let Some(counterexample) = solve(&space, &both).example() else { continue };
            let Some(quorum) = number(&leaf) else {
                most = None;
                continue;
            };
            most = most.map(|m: u64| m.max(quorum));
            if let People::Known(known) = &people
                && quorum > people.fewest()
            {
                let message = format!("{quorum} of {} people can never be met", known.len());
                let (claim, code) = ("P6", "A503");
                return Met::Never(Failure { claim, code, path, message, counterexample });
            }
        }
        rules.push(Wanted { most, people });
    }
    judge(subject, stage, &rules)
}

fn judge(subject: Subject<'_>, stage: &Approval, rules: &[Wanted]) -> Met {
    let Some(quorums) = rules.iter().map(|r| r.most).collect::<Option<Vec<u64>>>() else {
        return Met::Perhaps(format!("the quorum of `{}` is known only when it runs", stage.name));
    };
    let sets: Vec<Option<&BTreeSet<String>>> = rules
        .iter()
        .map(|r| match &r.people {
            People::Known(people) => Some(people),
            People::AtLeast(_) => None,
        })
        .collect();
    let left_out = u64::from(!stage.allow_self);
    if stage.distinct
        && rules.len() > 1
        && let Some(sets) = sets.iter().copied().collect::<Option<Vec<_>>>()
    {
        return matched(subject, stage, &sets, &quorums);
    }
    for (rule, quorum) in rules.iter().zip(&quorums) {
        let fewest = rule.people.fewest().saturating_sub(left_out);
        if *quorum > fewest {
            let who = match &rule.people {
                People::Known(people) if people.len() == 1 => "1 person".to_owned(),
                People::Known(people) => format!("{} people", people.len()),
                People::AtLeast(0) => "a set known only when it runs".to_owned(),
                People::AtLeast(n) => format!("at least {n} people"),
            };
            return Met::Perhaps(format!(
                "`{}`: quorum {quorum} of {who}{}",
                stage.name,
                note(stage)
            ));
        }
    }
    let parts = rules.iter().zip(&quorums).map(|(rule, quorum)| {
        let n = rule.people.fewest();
        format!("{n} {}, quorum {quorum}", if n == 1 { "person" } else { "people" })
    });
    Met::Always(format!("{}{}", parts.collect::<Vec<_>>().join("; "), note(stage)))
}

const fn note(stage: &Approval) -> &'static str {
    if stage.allow_self { "" } else { ", requester left out" }
}

/// One person counts for one rule: each rule needs people of its own (Hall's condition, by
/// matching), also when any one of them is the requester.
fn matched(
    subject: Subject<'_>,
    stage: &Approval,
    sets: &[&BTreeSet<String>],
    quorums: &[u64],
) -> Met {
    if !fits(sets, quorums, None) {
        let path = subject.path(&format!("approvals.{}", stage.name));
        let wanted: u64 = quorums.iter().sum();
        let all: BTreeSet<_> = sets.iter().copied().flatten().collect();
        let message = format!(
            "its rules need {wanted} different people, and {} are in question for the right rules",
            all.len()
        );
        let (claim, code, counterexample) = ("P6", "A505", Vec::new());
        return Met::Never(Failure { claim, code, path, message, counterexample });
    }
    let everybody: BTreeSet<&String> = sets.iter().copied().flatten().collect();
    let missing = everybody.iter().find(|p| !stage.allow_self && !fits(sets, quorums, Some(p)));
    match missing {
        Some(person) => Met::Perhaps(format!("`{}` cannot be met when {person} asks", stage.name)),
        None => Met::Always(format!(
            "{} people, {} different ones wanted{}",
            everybody.len(),
            quorums.iter().sum::<u64>(),
            note(stage)
        )),
    }
}

fn fits(sets: &[&BTreeSet<String>], quorums: &[u64], without: Option<&String>) -> bool {
    let mut slots: Vec<&BTreeSet<String>> = Vec::new();
    for (set, quorum) in sets.iter().copied().zip(quorums) {
        if *quorum > set.len().try_into().unwrap_or(u64::MAX) {
            return false;
        }
        for _ in 0..*quorum {
            slots.push(set);
        }
    }
    let mut taken: std::collections::BTreeMap<&String, usize> = std::collections::BTreeMap::new();
    for slot in 0..slots.len() {
        if !place(slot, &slots, without, &mut taken, &mut BTreeSet::new()) {
            return false;
        }
    }
    true
}

/// Finds a person for the slot, moving others where that helps (an augmenting path).
fn place<'s>(
    slot: usize,
    slots: &[&'s BTreeSet<String>],
    without: Option<&String>,
    taken: &mut std::collections::BTreeMap<&'s String, usize>,
    seen: &mut BTreeSet<&'s String>,
) -> bool {
    let Some(people) = slots.get(slot).copied() else { return false };
    for person in people.iter().filter(|p| without != Some(*p)) {
        if !seen.insert(person) {
            continue;
        }
        let free = match taken.get(person).copied() {
            None => true,
            Some(other) => place(other, slots, without, taken, seen),
        };
        if free {
            taken.insert(person, slot);
            return true;
        }
    }
    false
}

/// Approvers also have to be in `permissions.decide`, which counts where both are known.
fn within(people_of_rule: People, subject: Subject<'_>) -> People {
    match (&people_of_rule, people(subject.bundle, &subject.flow.permissions.decide)) {
        (People::Known(rule), People::Known(decide)) => {
            People::Known(rule.intersection(&decide).cloned().collect())
        }
        _ => people_of_rule,
    }
}

fn number(leaf: &flow_bundle::expr::Expr) -> Option<u64> {
    match constant(leaf)? {
        Value::Number(n) => u64::try_from(n).ok().filter(|_| n.is_integer()),
        _ => None,
    }
}
