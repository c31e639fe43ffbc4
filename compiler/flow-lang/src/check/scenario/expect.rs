//! `expect`: what must be so.

use std::collections::BTreeMap;

use flow_bundle::Type;
use flow_bundle::bundle::Flow;
use flow_bundle::suite::{Expect, Said};
use serde_json::Value as Json;

use super::{Stage, at, known_word, place, text_of, value, word};
use crate::check::Module;
use crate::check::body::Opened;
use crate::check::expr::expect;
use crate::check::scope::Scope;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Expr, ExprKind};

pub(super) fn read(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Option<(&str, &Flow)>,
    opened: &Opened<'_>,
) -> Expect {
    let mut out = Expect::default();
    let word_at = |m: &mut Module<'_>, name: &str| {
        opened.attribute(name)?;
        let value = word(m, opened, name)?;
        Some(at(m, opened, name, value))
    };
    out.state = word_at(m, "state");
    out.outcome = word_at(m, "outcome");
    out.decided = word_at(m, "decided");
    if opened.attribute("stuck").is_some() {
        out.stuck = opened.bool(m, "stuck").map(|v| at(m, opened, "stuck", v));
    }
    if opened.attribute("header").is_some() {
        out.header = opened.text(m, "header").map(|v| at(m, opened, "header", v));
    }
    let stages: Vec<&str> =
        flow.iter().flat_map(|(_, f)| &f.approvals).map(|a| a.name.as_str()).collect();
    out.waiting = texts(m, opened, "waiting", &mut |m, text, span| {
        flow.is_none() || known_word(m, text, &stages, "waiting", span)
    })
    .map(|v| at(m, opened, "waiting", v));
    out.effects = texts(m, opened, "effects", &mut |m, text, span| {
        stage.bundle.is_none() || effect(m, stage, flow, text, span)
    })
    .map(|v| at(m, opened, "effects", v));
    let shown: Vec<&str> =
        flow.iter().flat_map(|(_, f)| &f.fields).map(|f| f.name.as_str()).collect();
    out.visible = texts(m, opened, "visible", &mut |m, text, span| {
        flow.is_none() || known_word(m, text, &shown, "visible", span)
    })
    .map(|v| at(m, opened, "visible", v));
    out.journal = texts(m, opened, "journal_contains", &mut |_, _, _| true)
        .map(|v| at(m, opened, "journal_contains", v));
    out.messages = messages(m, stage, opened).map(|v| at(m, opened, "messages", v));
    out.options = options(m, stage, flow, opened).map(|v| at(m, opened, "options", v));
    out.condition = condition(m, stage, flow, opened).map(|v| at(m, opened, "condition", v));
    if out == Expect::default() && opened.block.body.items.is_empty() {
        let help = "say what must be so: `state = \"pending\"`";
        m.say(code::B103, opened.block.header, "this `expect` compares nothing", "empty", help);
    }
    out
}

/// A list of texts, each of which `known` takes.
fn texts(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    name: &str,
    known: &mut dyn FnMut(&mut Module<'_>, &str, Span) -> bool,
) -> Option<Vec<String>> {
    let attribute = opened.attribute(name)?;
    let items = list(m, &attribute.expr, name)?;
    let mut out = Vec::new();
    for item in items {
        if let Some(text) = text_of(m, item)
            && known(m, &text, item.span)
        {
            out.push(text);
        }
    }
    Some(out)
}

fn list<'e>(m: &mut Module<'_>, e: &'e Expr, name: &str) -> Option<&'e [Expr]> {
    if let ExprKind::List(items) = &e.kind {
        return Some(items);
    }
    let help = format!("write `{name} = […]`");
    m.say(code::T201, e.span, format!("`{name}` is a list"), "not a list", help);
    None
}

/// Q807: no such effect in this flow.
fn effect(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Option<(&str, &Flow)>,
    text: &str,
    span: Span,
) -> bool {
    let strategy = flow.and_then(|(_, f)| f.grant.as_ref()).map(|g| g.strategy.as_str());
    let known = stage.effects.names(flow.map(|(address, _)| (address, strategy)));
    if known.contains(&text) {
        return true;
    }
    let (message, help) = if stage.effects.is_answered(text) {
        let message = format!("`{text}` is answered without a call");
        (message, Some("leave it out: fixtures and history are no effects".to_owned()))
    } else {
        let help = suggest::help(text, known, "");
        (format!("the flow never calls `{text}`"), help)
    };
    m.report(Diagnostic::new(code::Q807, span, message, "no such effect").help_if(help));
    false
}

fn messages(m: &mut Module<'_>, stage: &Stage<'_>, opened: &Opened<'_>) -> Option<Vec<Said>> {
    let attribute = opened.attribute("messages")?;
    let mut out = Vec::new();
    for item in list(m, &attribute.expr, "messages")? {
        let parts = value::object(m, stage, item)?;
        let allowed = ["to", "contains"];
        let stranger = parts.iter().find(|(n, _)| !allowed.contains(&n.as_str()));
        let text = |name: &str| match parts.get(name) {
            Some((Json::String(text), ..)) => Some(text.clone()),
            _ => None,
        };
        let to = text("to").filter(|to| is_destination(to));
        if let (None, Some(to)) = (stranger, to) {
            out.push(Said { to, contains: text("contains"), place: place(m, item.span) });
            continue;
        }
        let span = stranger.map_or(item.span, |(_, (_, span, _))| *span);
        let help = "write `{ to = \"#channel\", contains = \"…\" }`; `to` is \"#channel\", \
             \"dm:requester\", \"dm:approvers\", \"dm:<e-mail>\", \"group:<name>\" or \"set:<name>\"";
        m.say(code::Q807, span, "this is no message", "not understood", help);
    }
    Some(out)
}

fn is_destination(to: &str) -> bool {
    let after = |start: &str| to.strip_prefix(start).is_some_and(|rest| !rest.is_empty());
    ["#", "dm:", "group:", "set:", "usergroup:"].iter().any(|start| after(start))
}

fn options(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Option<(&str, &Flow)>,
    opened: &Opened<'_>,
) -> Option<BTreeMap<String, Vec<Json>>> {
    let attribute = opened.attribute("options")?;
    let known: Vec<&str> =
        flow.iter().flat_map(|(_, f)| &f.fields).map(|f| f.name.as_str()).collect();
    let mut out = BTreeMap::new();
    for (name, (values, key, span)) in value::object(m, stage, &attribute.expr)? {
        if flow.is_some() && !known_word(m, &name, &known, "options", key) {
            continue;
        }
        let Json::Array(values) = values else {
            let help = "write the values that are offered, in order: `[…]`";
            m.say(code::T201, span, format!("`{name}` offers a list"), "not a list", help);
            continue;
        };
        out.insert(name, values);
    }
    Some(out)
}

fn condition(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Option<(&str, &Flow)>,
    opened: &Opened<'_>,
) -> Option<flow_bundle::Expr> {
    let attribute = opened.attribute("condition")?;
    let (address, _) = flow?;
    let scope = stage.scopes.get(address)?;
    let scope = Scope { lenient: true, ..Scope::at(Place::Test, Some(scope)) };
    let typed =
        m.within(&format!("flow.{address}"), |m| expect(m, &scope, &attribute.expr, &Type::Bool));
    (!typed.ty.is_error()).then_some(typed.ir)
}
