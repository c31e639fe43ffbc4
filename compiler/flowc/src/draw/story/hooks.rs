//! What the flow asks, does and decides by itself.

use flow_bundle::bundle::{Flow, HookEvent, Notify, OnError, Statement, Step, Verdict};
use flow_bundle::expr::Expr;

use super::{Card, Exit, Row, Tone, told};
use crate::draw::words::{Words, readable};

/// Before any person is asked.
pub fn before_people(words: Words<'_>) -> Vec<Row> {
    let title = "Checked before anybody is asked";
    let mut rows: Vec<Row> = card(words, &[HookEvent::OnRequest], title).into_iter().collect();
    rows.extend(card(words, &[HookEvent::AfterRequest], "Done when the request is open"));
    rows
}

/// Between the last approval and what is given.
pub fn when_approved(words: Words<'_>) -> Vec<Row> {
    let mut events = vec![HookEvent::OnApproved, HookEvent::OnEscalate];
    // Of an approval-only flow the last card tells who hears.
    if words.flow.grant.is_some() {
        events.push(HookEvent::AfterApprove);
    }
    card(words, &events, "Done when it is approved").into_iter().collect()
}

/// A card of what hooks do; none where they do nothing.
fn card(words: Words<'_>, events: &[HookEvent], title: &str) -> Option<Row> {
    let statements: Vec<&Statement> =
        events.iter().filter_map(|event| words.flow.hooks.get(event)).flatten().collect();
    let mut lines: Vec<String> = statements.iter().filter_map(|s| line(words, s)).collect();
    let notifies = statements.iter().filter_map(|s| match s {
        Statement::Notify(notify) => Some(notify),
        _ => None,
    });
    lines.extend(words.told(notifies).map(told));
    let exits = exits(words, statements.iter().copied());
    if lines.is_empty() && exits.is_empty() {
        return None;
    }
    if lines.is_empty() {
        lines.push("By rules of the flow, without a person".to_owned());
    }
    let card = Card { tone: Tone::Work, title: title.to_owned(), lines };
    Some(Row { cards: vec![card], exits })
}

/// What a step does.
fn line(words: Words<'_>, statement: &Statement) -> Option<String> {
    let Statement::Step(step) = statement else { return None };
    let mut line = match step.kind.as_str() {
        // It only gives a name to a value.
        "value" => return None,
        "aws_lambda" => format!("Calls the Lambda function {}", function(step)),
        "http" => format!("Calls {} ({})", through(step), readable(&step.name)),
        "pagerduty_on_call" => "Asks PagerDuty whether somebody is on call".to_owned(),
        "pagerduty_users_on_call" => "Asks PagerDuty who is on call".to_owned(),
        "pagerduty_incidents" => "Asks PagerDuty for open incidents".to_owned(),
        "okta_user" | "okta_user_groups" | "okta_group_members" => {
            format!("Asks Okta ({})", readable(&step.name))
        }
        "slack_user" | "slack_members" => format!("Asks Slack ({})", readable(&step.name)),
        "is_member" => "Looks up who is in a group".to_owned(),
        "run_history" => "Looks up earlier requests".to_owned(),
        "identity" => "Looks up how the person is known elsewhere".to_owned(),
        "identity_save" => "Keeps how the person is known elsewhere".to_owned(),
        other => format!("{} ({})", readable(other), readable(&step.name)),
    };
    if step.when != Expr::Bool(true) {
        line.push_str(&format!(", if {}", words.condition(&step.when)));
    }
    match step.on_error {
        OnError::Continue => line.push_str("; goes on if that fails"),
        OnError::Deny => line.push_str("; denied if that fails"),
        OnError::Fail | OnError::Ignore => {}
    }
    Some(line)
}

fn through(step: &Step) -> String {
    step.integration.clone().unwrap_or_else(|| "a service".to_owned())
}

/// The name of a function, without its account and region.
fn function(step: &Step) -> String {
    match step.args.get("function") {
        Some(Expr::String(arn)) => {
            arn.split_once(":function:").map_or(arn.as_str(), |(_, name)| name).to_owned()
        }
        _ => readable(&step.name),
    }
}

/// How statements may end the request.
pub fn exits<'s>(
    words: Words<'_>,
    statements: impl IntoIterator<Item = &'s Statement>,
) -> Vec<Exit> {
    let mut exits = Vec::new();
    for statement in statements {
        match statement {
            Statement::Decision(decision) => {
                let when = when(words, &decision.when);
                let mut lines = vec![when];
                lines.extend(decision.reason.as_ref().map(|reason| said(words, reason)));
                lines.extend(decision.message.as_ref().map(|message| said(words, message)));
                let (tone, title) = match decision.verdict {
                    Verdict::Deny => (Tone::Denied, "Denied"),
                    Verdict::Approve => {
                        lines.push("No person is asked: it goes on below the approvals".to_owned());
                        (Tone::Alone, "Approved without a person")
                    }
                    Verdict::Ignore => (Tone::Late, "Not taken"),
                };
                exits.push(Exit { tone, title: title.to_owned(), lines });
            }
            Statement::Fail(fail) => {
                let lines = vec![when(words, &fail.when), said(words, &fail.message)];
                exits.push(Exit { tone: Tone::Failed, title: "Ends with an error".into(), lines });
            }
            Statement::Step(step) => {
                let title = match step.on_error {
                    OnError::Fail if step.kind != "value" => "Ends with an error",
                    OnError::Deny => "Denied",
                    _ => continue,
                };
                let tone = if title == "Denied" { Tone::Denied } else { Tone::Failed };
                let line = format!("If “{}” fails", readable(&step.name));
                match exits.iter_mut().find(|exit| exit.tone == tone && exit.title == title) {
                    Some(exit) => exit.lines.push(line),
                    None => exits.push(Exit { tone, title: title.to_owned(), lines: vec![line] }),
                }
            }
            Statement::Notify(_) => {}
        }
    }
    exits
}

fn when(words: Words<'_>, condition: &Expr) -> String {
    match condition {
        Expr::Bool(true) => "Always".to_owned(),
        other => format!("If {}", words.condition(other)),
    }
}

fn said(words: Words<'_>, text: &Expr) -> String {
    format!("Says: {}", words.text(text))
}

/// The messages of a hook.
pub fn notifies(flow: &Flow, event: HookEvent) -> impl Iterator<Item = &Notify> {
    flow.hooks.get(&event).into_iter().flatten().filter_map(|statement| match statement {
        Statement::Notify(notify) => Some(notify),
        _ => None,
    })
}

/// What the flow itself may say to a click.
pub fn exits_of_clicks(words: Words<'_>) -> Vec<String> {
    let clicks = [HookEvent::OnApprove, HookEvent::OnDeny];
    let statements = clicks.iter().filter_map(|event| words.flow.hooks.get(event)).flatten();
    statements
        .filter_map(|statement| match statement {
            Statement::Decision(decision) if decision.verdict == Verdict::Deny => {
                Some(when(words, &decision.when))
            }
            _ => None,
        })
        .collect()
}
