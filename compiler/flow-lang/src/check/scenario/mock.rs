//! `mock`: what the outside answers, of the type that the flow declares.

use flow_bundle::bundle::{ErrorKind, Flow};
use flow_bundle::suite::{Answer, Mock};
use flow_bundle::{Type, conform};
use serde_json::Value as Json;

use super::{Stage, known_word, open, place, value};
use crate::check::Module;
use crate::check::body::Opened;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Block, Expr, ExprKind};

/// Reads a mock; `flow` is the scenario's.
pub(super) fn read(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Option<(&str, &Flow)>,
    block: &Block,
) -> Option<Mock> {
    let opened = open(m, block)?;
    let [kind, name] = block.labels.as_slice() else { return None };
    let effect = format!("{}.{}", kind.text, name.text);
    let span = kind.span.to(name.span);
    let known = stage.bundle.is_none() || is_known(m, stage, flow, &effect, span);
    let answers = answers(m, stage, &opened, &effect, known)?;
    let delay_s = opened.seconds(m, "delay").map_or(0, |s| s.0);
    Some(Mock { effect, answers, delay_s, place: place(m, block.header) })
}

/// Q801 where nothing has this name.
fn is_known(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Option<(&str, &Flow)>,
    effect: &str,
    span: Span,
) -> bool {
    let strategy = flow.and_then(|(_, f)| f.grant.as_ref()).map(|g| g.strategy.as_str());
    let within = flow.map(|(address, _)| (address, strategy));
    let known = stage.effects.names(within);
    if known.contains(&effect) {
        return true;
    }
    let (message, help) = if stage.effects.is_answered(effect) {
        let message = format!("`{effect}` needs no mock");
        (message, Some("users, groups and the history of the scenario answer it".to_owned()))
    } else {
        let whose =
            flow.map_or_else(|| "no flow".to_owned(), |(a, _)| format!("the flow `{a}` never"));
        let message = match flow {
            Some(_) => format!("{whose} calls `{effect}`"),
            None => format!("{whose} calls `{effect}`"),
        };
        (message, meant(effect, &known))
    };
    m.report(Diagnostic::new(code::Q801, span, message, "nothing to answer").help_if(help));
    false
}

/// The mock that was meant, as it is written.
fn meant(effect: &str, known: &[&str]) -> Option<String> {
    if let Some(near) = suggest::nearest(effect, known.iter().copied()) {
        let (kind, name) = near.rsplit_once('.')?;
        return Some(format!("did you mean `mock \"{kind}\" \"{name}\"`?"));
    }
    suggest::help(effect, known.iter().copied(), "")
}

fn answers(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    opened: &Opened<'_>,
    effect: &str,
    known: bool,
) -> Option<Vec<Answer>> {
    for (a, b) in [("output", "error"), ("output", "sequence"), ("error", "sequence")] {
        if opened.exclusive(m, a, b) {
            return None;
        }
    }
    if let Some(attribute) = opened.attribute("output") {
        return output(m, stage, effect, &attribute.expr).map(|a| vec![a]);
    }
    if let Some(attribute) = opened.attribute("error") {
        return error(m, stage, &attribute.expr).map(|a| vec![a]);
    }
    let Some(attribute) = opened.attribute("sequence") else {
        let silent = stage.effects.find(effect).iter().all(|e| e.is_silent());
        if known && !silent {
            let message = format!("this mock says nothing, and `{effect}` answers something");
            let help = "add `output = …` or `error = { kind = \"…\" }`";
            m.say(code::Q804, opened.block.header, message, "no answer", help);
            return None;
        }
        return Some(vec![Answer::Output(Json::Null)]);
    };
    let ExprKind::List(items) = &attribute.expr.kind else {
        let help = "write `[{ output = … }, { error = … }]`";
        m.say(code::T201, attribute.expr.span, "`sequence` is a list", "not a list", help);
        return None;
    };
    if items.is_empty() {
        let help = "write at least one answer";
        m.say(code::B118, attribute.expr.span, "`sequence` holds no answer", "empty", help);
        return None;
    }
    items.iter().map(|item| one(m, stage, effect, item)).collect()
}

/// `{ output = … }` or `{ error = … }`.
fn one(m: &mut Module<'_>, stage: &Stage<'_>, effect: &str, item: &Expr) -> Option<Answer> {
    if let ExprKind::Object(entries) = &item.kind
        && let [entry] = entries.as_slice()
    {
        match entry.key.text() {
            Some("output") => return output(m, stage, effect, &entry.value),
            Some("error") => return error(m, stage, &entry.value),
            _ => {}
        }
    }
    let help = "write `{ output = … }` or `{ error = { kind = \"…\" } }`";
    m.say(code::Q804, item.span, "an answer is one of two", "neither", help);
    None
}

fn output(m: &mut Module<'_>, stage: &Stage<'_>, effect: &str, e: &Expr) -> Option<Answer> {
    let json = value::json(m, stage, e)?;
    let data = flow_bundle::json::parse(json.to_string().as_bytes()).ok()?;
    for declared in stage.effects.find(effect) {
        let refused = declared.has_errors
            && json.get("errors").and_then(Json::as_array).is_some_and(|e| !e.is_empty());
        let ty = match refused {
            true => Type::object([("body", Type::Json), ("errors", Type::list(Type::String))]),
            false => declared.output.clone(),
        };
        if let Err(wrong) = conform::conform(&data, &ty) {
            let message = format!("this is no answer of `{effect}`: {wrong}");
            let help = format!("`{}` declares {ty}", declared.of);
            m.say(code::Q804, e.span, message, "of another type", help);
            return None;
        }
    }
    Some(Answer::Output(json))
}

fn error(m: &mut Module<'_>, stage: &Stage<'_>, e: &Expr) -> Option<Answer> {
    let parts = value::object(m, stage, e)?;
    let wrong = |m: &mut Module<'_>, span: Span, what: &str| {
        let help = "write `error = { kind = \"timeout\", message = \"…\", status = 503 }`";
        m.say(code::Q804, span, format!("an error has {what}"), "not an error", help);
    };
    let allowed = ["kind", "message", "status"];
    if let Some((name, (_, span, _))) = parts.iter().find(|(n, _)| !allowed.contains(&n.as_str())) {
        wrong(m, *span, &format!("no `{name}`"));
        return None;
    }
    let Some((Json::String(word), _, span)) = parts.get("kind") else {
        wrong(m, e.span, "a `kind`, a text");
        return None;
    };
    let words: Vec<&str> = ErrorKind::ALL.iter().map(|k| k.word()).collect();
    if !known_word(m, word, &words, "kind", *span) {
        return None;
    }
    let kind = ErrorKind::ALL.into_iter().find(|k| k.word() == word)?;
    let message = match parts.get("message") {
        Some((Json::String(text), ..)) => text.clone(),
        Some((_, _, span)) => {
            wrong(m, *span, "a text as `message`");
            return None;
        }
        None => word.replace('_', " "),
    };
    let status = match parts.get("status") {
        Some((Json::Number(n), ..)) => n.as_u64(),
        Some((_, _, span)) => {
            wrong(m, *span, "a number as `status`");
            return None;
        }
        None => None,
    };
    Some(Answer::Error { kind, message, status })
}
