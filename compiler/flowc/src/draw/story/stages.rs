//! Who decides, in which order, and what happens where nobody does.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Approval, AskComment, HookEvent, OnTimeout, Rule};
use flow_bundle::expr::Expr;
use rust_decimal::Decimal;

use super::{Card, Exit, Row, Tone, hooks, titled, told};
use crate::draw::words::{Words, readable, seconds};

/// The stages, those that may be open at the same time side by side.
pub fn rows(words: Words<'_>) -> Vec<Row> {
    let levels = levels(&words.flow.approvals);
    let mut rows = Vec::new();
    for (index, stages) in levels.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| levels.get(index));
        let cards = stages.iter().map(|stage| card(words, stage, before)).collect();
        rows.push(Row { cards, exits: exits(words, stages) });
    }
    rows
}

/// Stages by how many must be met before them at least.
fn levels(stages: &[Approval]) -> Vec<Vec<&Approval>> {
    let mut level: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows: Vec<Vec<&Approval>> = Vec::new();
    // A bundle has no circle of stages; a stage that waits for a later one is found in a later
    // round.
    for _ in 0..=stages.len() {
        for stage in stages {
            let deepest =
                stage.after.iter().map(|name| level.get(name.as_str()).map_or(1, |l| l + 1));
            level.insert(&stage.name, deepest.max().unwrap_or(0));
        }
    }
    for stage in stages {
        let at = level.get(stage.name.as_str()).copied().unwrap_or(0);
        if rows.len() <= at {
            rows.resize(at + 1, Vec::new());
        }
        if let Some(row) = rows.get_mut(at) {
            row.push(stage);
        }
    }
    rows.retain(|row| !row.is_empty());
    rows
}

fn card(words: Words<'_>, stage: &Approval, before: Option<&Vec<&Approval>>) -> Card {
    let mut lines: Vec<String> = stage.rules.iter().map(|rule| line(words, rule)).collect();
    if stage.rules.len() > 1 {
        let once = if stage.distinct { "; nobody counts for two" } else { "" };
        lines.push(format!("All of these are needed{once}"));
    }
    if stage.when != Expr::Bool(true) {
        lines.insert(0, format!("Only if {}", words.condition(&stage.when)));
    }
    let usual: Vec<&str> = before.into_iter().flatten().map(|stage| stage.name.as_str()).collect();
    if before.is_some() && stage.after.iter().map(String::as_str).ne(usual) {
        let after: Vec<String> =
            stage.after.iter().map(|name| format!("“{}”", readable(name))).collect();
        lines.push(format!("Opens after {}", after.join(" and ")));
    }
    if stage.allow_self {
        lines.push("The requester may decide too".to_owned());
    }
    match stage.ask_comment {
        AskComment::Required => lines.push("A comment is required".to_owned()),
        AskComment::Optional => lines.push("With a comment, if they like".to_owned()),
        AskComment::No => {}
    }
    lines.push(asked(words, stage));
    lines.extend(stage.remind_s.map(|pause| format!("Reminded every {}", seconds(pause))));
    Card { tone: Tone::Decide, title: format!("Approval: {}", titled(&stage.name)), lines }
}

/// `2 of release managers (ana, bo)`.
fn line(words: Words<'_>, rule: &Rule) -> String {
    let who = words.people(&rule.approvers);
    let line = match &rule.quorum {
        Expr::Number(number) if *number == Decimal::ONE => format!("One of: {who}"),
        Expr::Number(number) => format!("{} of: {who}", number.normalize()),
        // `1 if …, else 2 of` would be read wrongly.
        other => format!("Of {who}; how many must approve: {}", words.value(other)),
    };
    named(rule, line)
}

fn named(rule: &Rule, line: String) -> String {
    if rule.name.is_empty() { line } else { format!("{}: {line}", titled(&rule.name)) }
}

/// Where the card goes.
fn asked(words: Words<'_>, stage: &Approval) -> String {
    if !stage.routes.is_empty() {
        let routes: Vec<String> = stage
            .routes
            .iter()
            .map(|route| match route.timeout_s {
                Some(timeout) => format!("{} for {}", words.people(&route.to), seconds(timeout)),
                None => words.people(&route.to),
            })
            .collect();
        return format!("Asked in turn: {}", routes.join(", then "));
    }
    match words.told(&stage.notify) {
        Some(who) => format!("Asked in: {who}"),
        None => "Asked by direct message".to_owned(),
    }
}

fn exits(words: Words<'_>, stages: &[&Approval]) -> Vec<Exit> {
    let name = |stage: &Approval, line: String| match stages.len() {
        1 => super::super::words::capital(&line),
        _ => format!("{}: {line}", titled(&stage.name)),
    };
    let mut denied: Vec<String> = if stages.iter().all(|stage| stage.denials.0 == 1) {
        vec!["One denial ends the request".to_owned()]
    } else {
        stages
            .iter()
            .map(|stage| match stage.denials.0 {
                1 => name(stage, "one denial ends the request".to_owned()),
                n => name(stage, format!("{n} denials end the request")),
            })
            .collect()
    };
    denied.extend(hooks::exits_of_clicks(words));
    denied.extend(words.told(hooks::notifies(words.flow, HookEvent::AfterDeny)).map(told));
    let mut late = Vec::new();
    let mut skipped = Vec::new();
    for stage in stages {
        let after = seconds(stage.timeout_s);
        match (stage.on_timeout, &stage.fallback_approvers) {
            (OnTimeout::Skip, _) => {
                skipped.push(name(stage, format!("no decision in {after} counts as approved")));
            }
            (OnTimeout::Fallback, Some(others)) => {
                let who = words.people(others);
                late.push(name(stage, format!("after {after} it goes to {who}")));
                late.push(name(stage, format!("after {after} more it ends")));
            }
            _ => late.push(name(stage, format!("no decision in {after} ends the request"))),
        }
        if let (OnTimeout::Expire | OnTimeout::Skip, Some(others)) =
            (stage.on_timeout, &stage.fallback_approvers)
        {
            let who = words.people(others);
            late.push(name(stage, format!("if there is nobody to ask, it goes to {who}")));
        }
    }
    let hears = hooks::notifies(words.flow, HookEvent::AfterRequestExpire);
    if !late.is_empty() {
        late.extend(words.told(hears).map(told));
    }
    let mut exits = vec![Exit { tone: Tone::Denied, title: "Denied".into(), lines: denied }];
    if !late.is_empty() {
        exits.push(Exit { tone: Tone::Late, title: "Nobody decides".into(), lines: late });
    }
    if !skipped.is_empty() {
        let title = "Goes on without a decision".to_owned();
        exits.push(Exit { tone: Tone::Alone, title, lines: skipped });
    }
    exits
}
