//! What is declared and never read.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::{HookEvent, OnError, Statement};
use flow_bundle::{Expr, Type, bundle::Step, catalog};

use super::Module;
use super::body::Opened;
use super::scope::{FlowScope, Home, StepInfo};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::schema::{Family, kind};
use crate::source::Span;
use crate::types::Ty;

/// What stands for itself, or is there for whoever uses the module.
const ALWAYS_USED: [&str; 3] = ["flow", "module", "output"];

/// Declarations that nothing reads. A name that starts with `_` is meant to be unused.
pub(crate) fn of_module(m: &mut Module<'_>) {
    if m.declared.is_incomplete() || m.lost_something {
        return;
    }
    // A declaration is read where one of its instances is, in one of its modules.
    let read: BTreeSet<Span> = m
        .declared
        .all()
        .filter(|(address, _)| m.used.contains(*address))
        .map(|(_, declaration)| declaration.span)
        .collect();
    let unused: Vec<_> = m
        .declared
        .all()
        .filter(|(address, declaration)| {
            let word = address.split('.').next().unwrap_or_default();
            let name = m.sources.text(declaration.span).trim_start_matches('"');
            let is_read = read.contains(&declaration.span);
            !ALWAYS_USED.contains(&word) && !name.starts_with('_') && !is_read
        })
        .map(|(address, declaration)| (address.to_owned(), declaration.span))
        .collect();
    for (address, span) in unused {
        let unit = m.declared.find(&address).map(|d| d.unit).unwrap_or_default();
        if address.starts_with("local.") && m.declared.has_lost_locals(unit) {
            continue;
        }
        // Said of the declaration, whichever instance stands for it here.
        let prefix = m.declared.units.get(unit).map(|u| u.prefix.clone()).unwrap_or_default();
        let own = address.replacen(&prefix, "", 1);
        let own = own.split('[').next().unwrap_or_default().to_owned();
        let message = format!("`{own}` is never used");
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
    if m.lost_something
        || flow.incomplete
        || flow.steps.iter().any(|s| matches!(s.home, Home::Unknown))
    {
        return;
    }
    let steps: Vec<&Step> = hooks
        .values()
        .flatten()
        .filter_map(|s| if let Statement::Step(step) = s { Some(step) } else { None })
        .collect();
    for step in &steps {
        check_step(m, flow, step);
    }
    check_same_function(m, flow, &steps);
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

/// Whether an error says already that nothing is known about what the step answers.
fn is_told_of_form(m: &Module<'_>, step: &str) -> bool {
    let start = format!("steps.{step}.output");
    let text = |d: &Diagnostic| m.sources.text(d.primary.span).to_owned();
    m.found.iter().any(|d| {
        d.code == code::T205
            && text(d).strip_prefix(&start).is_some_and(|rest| !rest.starts_with(is_word))
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn check_step(m: &mut Module<'_>, flow: &FlowScope, step: &Step) {
    let Some(info) = flow.step(&step.name) else { return };
    if info.output.is_error() {
        return;
    }
    if info.output == Ty::Of(Type::Json) && step.kind != "value" && !is_told_of_form(m, &step.name)
    {
        let help =
            "declare `output = object({ … })`; `flowc infer` writes it from a recorded answer";
        let message = format!("nothing says what `{}` answers", step.name);
        m.say(code::N620, info.span, message, "undeclared output", help);
    }
    let reads_output = m.used.contains(&flow.key("output", &step.name));
    let hears_outcome = m.used.contains(&flow.key("outcome", &step.name));
    if info.output != Ty::Of(Type::None) && !reads_output && !hears_outcome && !info.is_async {
        let message = format!("nothing reads what `{}` answers", step.name);
        let help = match catalog::step(&step.kind) {
            Some(kind) if !kind.declares() => "use it, or take the step out",
            _ => "use it, or write `output = none`",
        };
        m.say(code::R113, info.span, message, "never read", help);
    }
    if let Ty::Of(Type::Object(attributes)) = &info.output
        && reads_output
        && step.kind != "value"
        // What a kind answers besides is not the author's to leave out.
        && catalog::step(&step.kind).is_some_and(|kind| kind.output == "T")
        && !m.used.contains(&flow.key("output", &format!("{}.*", step.name)))
    {
        let key = |name: &str| flow.key("output", &format!("{}.{name}", step.name));
        let unread: Vec<String> = attributes
            .keys()
            .filter(|name| !m.used.contains(&key(name)))
            .map(|name| format!("`{name}`"))
            .collect();
        if !unread.is_empty() {
            let message = format!("nothing reads {} of `{}`", unread.join(" and "), step.name);
            let help = "take it out of `output`: what is not declared is not kept";
            m.say(code::N621, info.span, message, "declared, and not read", help);
        }
    }
    if step.on_error == OnError::Continue && is_written(info) && !hears_outcome {
        let message = format!("nobody hears of it when `{}` fails", step.name);
        let help = format!("add `notify {{ when = !steps.{}.ok … }}`", step.name);
        m.report(
            Diagnostic::new(code::H310, info.span, message, "a failure is passed over").help(help),
        );
    }
}

/// Whether the author asked to go on, and the hook does not so by itself.
fn is_written(info: &StepInfo) -> bool {
    let by_itself =
        [HookEvent::OnRequestForward, HookEvent::OnRequestExpire, HookEvent::OnDeescalate];
    info.continues && !by_itself.iter().any(|e| info.home == Home::Hook(*e))
}

/// Steps that call one function and send nothing that tells them apart.
fn check_same_function(m: &mut Module<'_>, flow: &FlowScope, steps: &[&Step]) {
    for (i, second) in steps.iter().enumerate() {
        // Nobody writes so many by hand; of those that are far apart some were told already.
        let same = steps.iter().take(i).rev().take(100).rev().find(|first| {
            first.args.contains_key("function")
                && first.args.get("function") == second.args.get("function")
                && !tells_apart(first.args.get("payload"), second.args.get("payload"))
        });
        let (Some(first), Some(info)) = (same, flow.step(&second.name)) else { continue };
        let Some(other) = flow.step(&first.name) else { continue };
        let message = format!("the function cannot tell `{}` from `{}`", second.name, first.name);
        m.report(
            Diagnostic::new(code::S413, info.span, message, "the same function, the same keys")
                .label(other.span, "the other call is here")
                .help("add a key that tells, such as `event = \"after_request\"`"),
        );
    }
}

/// Whether some key has another constant in each of the payloads.
fn tells_apart(a: Option<&Expr>, b: Option<&Expr>) -> bool {
    let (Some(Expr::Object(a)), Some(Expr::Object(b))) = (a, b) else { return true };
    a.iter().any(|(key, value)| {
        let other = b.iter().find(|(k, _)| k == key).map(|(_, v)| v);
        matches!((value, other), (Expr::String(x), Some(Expr::String(y))) if x != y)
    })
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
        kind(Family::Strategy, address::kind(&s.address)).is_some_and(|k| k.word == "aws_lambda")
    });
    default_card || sends_all || flow.unknown_strategy && flow.strategy.is_none()
}
