//! What is declared and never read.

use std::collections::BTreeMap;

use flow_bundle::bundle::{HookEvent, OnError, Statement};
use flow_bundle::{Type, bundle::Step};

use super::Module;
use super::body::Opened;
use super::scope::FlowScope;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::schema::{Family, kind};
use crate::types::Ty;

/// Declarations that nothing reads. A name that starts with `_` is meant to be unused.
pub(crate) fn of_module(m: &mut Module<'_>) {
    if m.declared.incomplete {
        return;
    }
    let unused: Vec<_> = m
        .declared
        .all()
        .filter(|(address, _)| {
            let word = address.split('.').next().unwrap_or_default();
            let name = address.rsplit('.').next().unwrap_or_default();
            word != "flow" && !name.starts_with('_') && !m.used.contains(*address)
        })
        .map(|(address, declaration)| (address.to_owned(), declaration.span))
        .collect();
    for (address, span) in unused {
        let message = format!("`{address}` is never used");
        m.say(code::R112, span, message, "never used", "remove it, or start its name with `_`");
    }
}

/// Step outputs and fields that nothing reads, and failures that nobody hears of.
pub(crate) fn of_flow(
    m: &mut Module<'_>,
    flow: &FlowScope,
    opened: &Opened<'_>,
    hooks: &BTreeMap<HookEvent, Vec<Statement>>,
) {
    if flow.incomplete || flow.steps.iter().any(|s| matches!(s.home, super::scope::Home::Unknown)) {
        return;
    }
    for statement in hooks.values().flatten() {
        if let Statement::Step(step) = statement {
            check_step(m, flow, step);
        }
    }
    if !shows_all_fields(flow, opened) {
        for field in &flow.fields {
            let is_read = m.used.contains(&flow.key("field", &field.name));
            if !is_read && !field.name.starts_with('_') && !field.ty.is_error() {
                let message =
                    format!("what people write into `{}` is never read nor shown", field.name);
                let help = "show it in a `notify`, or remove the field";
                m.say(code::R114, field.span, message, "never read", help);
            }
        }
    }
}

fn check_step(m: &mut Module<'_>, flow: &FlowScope, step: &Step) {
    let Some(info) = flow.step(&step.name) else { return };
    if info.output.is_error() {
        return;
    }
    let reads_output = m.used.contains(&flow.key("output", &step.name));
    let hears_outcome = m.used.contains(&flow.key("outcome", &step.name));
    if info.output != Ty::Of(Type::None) && !reads_output && !hears_outcome && !info.is_async {
        let message = format!("nothing reads what `{}` answers", step.name);
        let help = "use it, or write `output = none`";
        m.say(code::R113, info.span, message, "never read", help);
    }
    if step.on_error == OnError::Continue
        && info.continues
        && !hears_outcome
        && step.output != Type::None
    {
        let message = format!("nobody hears of it when `{}` fails", step.name);
        let help = format!("add `notify {{ when = !steps.{}.ok … }}`", step.name);
        m.report(
            Diagnostic::new(code::H310, info.span, message, "a failure is passed over").help(help),
        );
    }
}

/// A default card shows all fields, and the Lambda contract sends all of them.
fn shows_all_fields(flow: &FlowScope, opened: &Opened<'_>) -> bool {
    let default_card = opened.children("approval").iter().any(|approval| {
        let cards: Vec<_> = approval
            .body
            .blocks()
            .filter(|b| matches!(b.kind.text.as_str(), "notify" | "route"))
            .collect();
        cards.is_empty()
            || cards.iter().any(|c| {
                c.body.attribute("text").is_none() && c.body.attribute("message").is_none()
            })
    });
    let sends_all = flow.strategy.as_ref().is_some_and(|s| {
        let word = s.address.split('.').nth(1).unwrap_or_default();
        kind(Family::Strategy, word).is_some_and(|k| k.word == "aws_lambda")
    });
    default_card || sends_all || flow.unknown_strategy && flow.strategy.is_none()
}
