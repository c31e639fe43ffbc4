//! One stage in both versions: who decides it, and how many.

use std::collections::BTreeSet;

use flow_bundle::bundle::{Approval, OnTimeout, Rule};
use flow_bundle::duration;
use flow_bundle::expr::Expr;
use flow_bundle::number::Seconds;
use flow_bundle::value::Value;
use rust_decimal::Decimal;

use super::sets::{beyond, beyond_asking, people};
use super::{Notes, Way};
use crate::constant::constant;
use crate::formula::Formula;
use crate::guard::Space;
use crate::people::{Who, who};
use crate::prove::Subject;
use crate::solve::solve_within;

/// What stands around the stages.
pub(super) struct Context<'b> {
    pub(super) old: Subject<'b>,
    pub(super) new: Subject<'b>,
    pub(super) steps: &'b BTreeSet<String>,
    /// Both versions ask for it.
    pub(super) both: Formula,
}

/// A stage in both versions.
pub(super) struct Pair<'b> {
    pub(super) before: &'b Approval,
    pub(super) after: &'b Approval,
    pub(super) path: String,
}

pub(super) fn compare<'b>(
    pair: &Pair<'b>,
    context: &Context<'b>,
    space: &mut Space<'b>,
    notes: &mut Notes,
) {
    let Pair { before, after, path } = pair;
    let name = &after.name;
    let at = |part: &str| format!("{path}.{part}");
    for rule in &before.rules {
        match after.rules.iter().find(|r| r.name == rule.name) {
            Some(now) => rules(pair, context, space, rule, now, notes),
            None => {
                notes.weaker(
                    at("rules"),
                    format!("stage `{name}` no longer wants rule `{}`", rule.name),
                );
            }
        }
    }
    for rule in &after.rules {
        if !before.rules.iter().any(|r| r.name == rule.name) {
            notes.stronger(at("rules"), format!("stage `{name}` wants rule `{}` too", rule.name));
        }
    }
    if before.distinct != after.distinct && before.rules.len().max(after.rules.len()) > 1 {
        let text = if after.distinct {
            format!("in stage `{name}` one person counts for one rule only")
        } else {
            format!("in stage `{name}` one person can count for several rules")
        };
        notes.moved(!after.distinct, at("distinct"), text);
    }
    if before.denials != after.denials {
        let text = format!(
            "{} must deny `{name}` to end a request, before it was {}",
            persons(after.denials.0),
            before.denials
        );
        notes.moved(after.denials > before.denials, at("denials"), text);
    }
    if before.allow_self != after.allow_self {
        let word = if after.allow_self { "may" } else { "may no longer" };
        let text = format!("who asks {word} approve `{name}` themselves");
        notes.moved(after.allow_self, at("allow_self"), text);
    }
    clocks(pair, context, notes);
    if before.ask_comment != after.ask_comment {
        notes.changed(at("ask_comment"), format!("stage `{name}` asks otherwise for a comment"));
    }
    if before.after != after.after {
        notes.changed(at("after"), format!("stage `{name}` opens at another moment"));
    }
}

fn persons(n: u64) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{n} people") }
}

fn span(seconds: Seconds) -> String {
    duration::print(Decimal::from(seconds.0))
}

/// Who counts for a rule, and how many are wanted, wherever the branches of both can meet.
fn rules<'b>(
    pair: &Pair<'b>,
    context: &Context<'b>,
    space: &mut Space<'b>,
    before: &Rule,
    after: &Rule,
    notes: &mut Notes,
) {
    let name = &pair.after.name;
    let rule = if after.name.is_empty() { "0" } else { &after.name };
    let of_rule =
        if after.name.is_empty() { String::new() } else { format!(" (rule `{}`)", after.name) };
    let at = |part: &str| format!("{}.rules.{rule}.{part}", pair.path);
    let case = |space: &Space<'_>, a: &Formula, b: &Formula| {
        solve_within(space, &context.both, &Formula::all([a.clone(), b.clone()])).example()
    };
    for (now, then, a, b) in both(context, space, &after.approvers, &before.approvers) {
        let Some(example) = case(space, &a, &b) else { continue };
        let unlike = [&now, &then].iter().any(|e| crate::term::reads_steps(e, context.steps));
        let (now, then) = (effective(context.new, &now), effective(context.old, &then));
        let own = pair.after.allow_self && pair.before.allow_self;
        let more = |a: &Who, b: &Who| match (unlike, own) {
            (true, _) => None,
            (false, true) => beyond(a, b),
            (false, false) => beyond_asking(a, b),
        };
        match (more(&now, &then), more(&then, &now)) {
            (Some(more), Some(fewer)) => {
                if !more.is_empty() {
                    let text = format!("{} can decide stage `{name}`{of_rule} too", people(&more));
                    notes.when(Way::Weaker, at("approvers"), text, example.clone());
                }
                if !fewer.is_empty() {
                    let text =
                        format!("{} can no longer decide stage `{name}`{of_rule}", people(&fewer));
                    notes.when(Way::Stronger, at("approvers"), text, example);
                }
            }
            _ => {
                let text = format!("who decides stage `{name}`{of_rule} cannot be compared");
                notes.when(Way::Weaker, at("approvers"), text, example);
            }
        }
    }
    for (now, then, a, b) in both(context, space, &after.quorum, &before.quorum) {
        if now == then && !crate::term::reads_steps(&now, context.steps) {
            continue;
        }
        let Some(example) = case(space, &a, &b) else { continue };
        let number = |bundle, e: &Expr| match constant(bundle, e) {
            Some(Value::Number(n)) => Some(n),
            _ => None,
        };
        match (number(context.new.bundle, &now), number(context.old.bundle, &then)) {
            (Some(now), Some(then)) if now == then => {}
            (Some(now), Some(then)) => {
                let way = if now < then { Way::Weaker } else { Way::Stronger };
                let plural = if now == Decimal::ONE { "approval" } else { "approvals" };
                let text =
                    format!("stage `{name}`{of_rule} wants {now} {plural}, before it was {then}");
                notes.when(way, at("quorum"), text, example);
            }
            _ => {
                let text = format!("how many stage `{name}`{of_rule} wants cannot be compared");
                notes.when(Way::Weaker, at("quorum"), text, example);
            }
        }
    }
}

/// Every pair of branches of the new and the old expression, with the condition of each.
fn both<'b>(
    context: &Context<'b>,
    space: &mut Space<'b>,
    new: &Expr,
    old: &Expr,
) -> Vec<(Expr, Expr, Formula, Formula)> {
    space.moment();
    let now = space.leaves_again(new);
    space.read_older(context.old.bundle, context.old.flow, context.steps);
    let then = space.leaves_again(old);
    space.read_newer();
    let mut pairs = Vec::new();
    for (a, new) in &now {
        for (b, old) in &then {
            pairs.push((new.clone(), old.clone(), a.clone(), b.clone()));
        }
    }
    pairs
}

/// Who counts: approvers inside `permissions.decide`.
fn effective(subject: Subject<'_>, approvers: &Expr) -> Who {
    let decide = who(subject.bundle, &subject.flow.permissions.decide, "decide");
    let set = who(subject.bundle, approvers, "approvers");
    if decide == set { set } else { Who::All(vec![set, decide]) }
}

/// What happens when nobody decides in time, and who takes over.
fn clocks(pair: &Pair<'_>, context: &Context<'_>, notes: &mut Notes) {
    let Pair { before, after, path } = pair;
    let name = &after.name;
    let at = |part: &str| format!("{path}.{part}");
    let skips = |stage: &Approval| stage.on_timeout == OnTimeout::Skip;
    if skips(before) != skips(after) {
        let text = if skips(after) {
            format!("stage `{name}` counts as met when nobody answers in {}", span(after.timeout_s))
        } else {
            format!("stage `{name}` is no longer skipped when nobody answers")
        };
        notes.moved(skips(after), at("on_timeout"), text);
    } else if before.timeout_s != after.timeout_s {
        let text = format!(
            "stage `{name}` waits {}, before it was {}",
            span(after.timeout_s),
            span(before.timeout_s)
        );
        if skips(after) && after.timeout_s < before.timeout_s {
            notes.weaker(at("timeout_s"), format!("{text}; then it counts as met"));
        } else {
            notes.changed(at("timeout_s"), text);
        }
    }
    let fallback = |subject: Subject<'_>, stage: &Approval| match &stage.fallback_approvers {
        Some(expr) => {
            let decide = who(subject.bundle, &subject.flow.permissions.decide, "decide");
            Who::All(vec![who(subject.bundle, expr, "fallback"), decide])
        }
        None => Who::People(BTreeSet::new()),
    };
    let (then, now) = (fallback(context.old, before), fallback(context.new, after));
    // Whoever could decide before is no new power.
    let could = before.rules.iter().map(|rule| effective(context.old, &rule.approvers));
    let could = Who::All(could.collect());
    let gone = beyond(&then, &now);
    match beyond(&now, &Who::Any(vec![then, could])) {
        Some(more) if more.is_empty() => {}
        Some(more) => {
            let text = format!("{} can take over stage `{name}`", people(&more));
            notes.weaker(at("fallback_approvers"), text);
        }
        None => {
            let text = format!("who takes over stage `{name}` cannot be compared");
            notes.weaker(at("fallback_approvers"), text);
        }
    }
    if let Some(fewer) = gone.filter(|f| !f.is_empty()) {
        let text = format!("{} can no longer take over stage `{name}`", people(&fewer));
        notes.stronger(at("fallback_approvers"), text);
    }
    if before.on_timeout != after.on_timeout && skips(before) == skips(after) {
        let word = if after.on_timeout == OnTimeout::Fallback {
            "hands over to its fallback"
        } else {
            "expires"
        };
        let text = format!("stage `{name}` {word} when nobody answers");
        match (after.on_timeout, after.fallback_approvers == before.fallback_approvers) {
            // They could take over only where nobody else was there.
            (OnTimeout::Fallback, true) => notes.weaker(at("on_timeout"), text),
            _ => notes.changed(at("on_timeout"), text),
        }
    }
}
