//! What is given, for how long, and how it ends.

use flow_bundle::bundle::{Ends, Grant, HookEvent, Overlap, Strategy};
use flow_bundle::expr::Expr;

use super::{Card, Exit, Row, Tone, hooks, told};
use crate::draw::words::{Words, capital, readable, seconds};

/// More targets than this are counted.
const TARGETS_MAX: usize = 6;

/// The giving, the having and the taking back.
pub fn rows(words: Words<'_>, grant: &Grant) -> Vec<Row> {
    let strategy = words.bundle.strategies.get(&grant.strategy);
    let mut rows = vec![given(words, grant, strategy), held(words, grant, strategy)];
    rows.push(taken_back(words, strategy));
    rows
}

fn given(words: Words<'_>, grant: &Grant, strategy: Option<&Strategy>) -> Row {
    let mut lines = vec![what(words, grant, strategy)];
    lines.extend(strategy.map(|strategy| format!("By {}", by(words, strategy))));
    let event = HookEvent::AfterEscalate;
    lines.extend(words.told(hooks::notifies(words.flow, event)).map(told));
    let mut failed = vec![
        "If it is refused, or nobody knows whether it worked, what may have been given is taken back"
            .to_owned(),
    ];
    failed.extend(words.told(hooks::notifies(words.flow, HookEvent::AfterError)).map(told));
    let exit = Exit { tone: Tone::Failed, title: "Ends with an error".to_owned(), lines: failed };
    let card = Card { tone: Tone::Access, title: "Access is given".to_owned(), lines };
    Row { cards: vec![card], exits: vec![exit] }
}

fn what(words: Words<'_>, grant: &Grant, strategy: Option<&Strategy>) -> String {
    let label = |address: &str| {
        let address = address.strip_prefix("target.").unwrap_or(address);
        words.bundle.targets.get(address).map_or_else(|| readable(address), |t| t.label.clone())
    };
    let fixed = match (&grant.target, &grant.targets) {
        (Some(Expr::Ref(address)), _) => Some(label(address)),
        (None, Some(Expr::List(items))) => {
            let all: Option<Vec<String>> = items
                .iter()
                .map(|item| match item {
                    Expr::Ref(address) => Some(label(address)),
                    _ => None,
                })
                .collect();
            all.map(|all| all.join(", "))
        }
        _ => None,
    };
    if let Some(fixed) = fixed {
        return format!("To: {fixed}");
    }
    let targets = strategy.map(|strategy| strategy.targets.as_slice()).unwrap_or_default();
    match targets {
        [] => "To: what the request names".to_owned(),
        [one] => format!("To: {}", label(one)),
        many if many.len() <= TARGETS_MAX => {
            let labels: Vec<String> = many.iter().map(|address| label(address)).collect();
            let how = if grant.targets.is_some() { "What was chosen of" } else { "To one of" };
            format!("{how}: {}", labels.join(", "))
        }
        many => format!("To one of {} targets, as was chosen", many.len()),
    }
}

fn by(words: Words<'_>, strategy: &Strategy) -> String {
    let through = &strategy.integration;
    match strategy.kind.as_str() {
        "aws_lambda" => {
            let names = strategy.targets.iter().filter_map(|address| {
                match words.bundle.targets.get(address)?.settings.get("function")? {
                    Expr::String(arn) => arn.split_once(":function:").map(|(_, name)| name),
                    _ => None,
                }
            });
            let mut names: Vec<&str> = names.collect();
            names.sort_unstable();
            names.dedup();
            match names.as_slice() {
                [one] => format!("the Lambda function {one}"),
                many => format!("{} Lambda functions", many.len()),
            }
        }
        "okta_group" => "membership in an Okta group".to_owned(),
        "aws_iam" => "membership in an IAM group".to_owned(),
        "aws_sso" => "IAM Identity Center".to_owned(),
        "github" => "GitHub".to_owned(),
        "http" => format!("a call to {through}"),
        other => format!("{} through {through}", readable(other)),
    }
}

fn held(words: Words<'_>, grant: &Grant, strategy: Option<&Strategy>) -> Row {
    let mut lines = Vec::new();
    match (grant.ends, &grant.duration) {
        (Ends::OnRevoke, _) => {
            lines.push("Stays until a person ends it".to_owned());
            lines.extend(grant.standing_reason.iter().map(|why| format!("Because: {why}")));
        }
        (Ends::AfterDuration, duration) => {
            let most = grant.max_duration_s.map(seconds);
            let line = match (duration, most) {
                (Some(Expr::Duration(_)), _) | (_, None) => {
                    let how = duration.as_ref().map(|d| words.value(d)).unwrap_or_default();
                    format!("For {how}")
                }
                (Some(chosen), Some(most)) => {
                    format!("As long as {} says, at most {most}", words.value(chosen))
                }
                (None, Some(most)) => format!("At most {most}"),
            };
            lines.push(line);
        }
    }
    if let Some(extend) = &grant.extend {
        let times = if extend.max_times.0 == 1 { "once" } else { "several times" };
        let approval = match extend.approval.as_str() {
            "same" => "after the same approvals".to_owned(),
            "none" => "without a new approval".to_owned(),
            stage => format!("after “{}”", readable(stage)),
        };
        lines.push(format!(
            "May be made longer {times}, {approval}, to at most {} in all",
            seconds(extend.max_total_s)
        ));
    }
    if let Some(residual) = strategy.and_then(|strategy| strategy.residual_s) {
        lines.push(format!("A login that is open may last {} longer", seconds(residual)));
    }
    if strategy.is_some_and(|strategy| strategy.overlap == Overlap::Share) {
        lines.push("Two requests for the same access share it until the later end".to_owned());
    }
    let mut exits = Vec::new();
    if grant.revocable {
        let who = capital(&words.people(&words.flow.permissions.revoke));
        let lines = vec![format!("The requester, an approver or {} may end it", lower_every(&who))];
        exits.push(Exit { tone: Tone::End, title: "Ended early".to_owned(), lines });
    }
    let card = Card { tone: Tone::Access, title: "The person has access".to_owned(), lines };
    Row { cards: vec![card], exits }
}

fn lower_every(who: &str) -> String {
    who.strip_prefix("Every ").map_or_else(|| who.to_owned(), |rest| format!("any {rest}"))
}

fn taken_back(words: Words<'_>, strategy: Option<&Strategy>) -> Row {
    let mut lines = vec!["Tried until it is confirmed, for as long as it takes".to_owned()];
    if let Some(budget) = strategy.and_then(|strategy| strategy.deescalate.retry.budget_s) {
        let who = words.error_channel();
        lines.push(format!("After {} without success, {who} hears", seconds(budget)));
    }
    let event = HookEvent::AfterDeescalate;
    lines.extend(words.told(hooks::notifies(words.flow, event)).map(told));
    let title = "Access is taken back".to_owned();
    Row { cards: vec![Card { tone: Tone::End, title, lines }], exits: Vec::new() }
}
