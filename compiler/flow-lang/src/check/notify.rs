//! `notify` and `route`: who is told what.

use std::collections::BTreeMap;

use flow_bundle::bundle::{NextOn, Notify, Route};
use flow_bundle::{Expr, Type};

use super::Module;
use super::body::{Opened, default_ir};
use super::integration::{bare, reference};
use super::scope::{Scope, Secrets};
use super::{bounds, constant, expr, message, narrow, shared};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::tree::{self, Block, ExprKind};

/// What is said: a text, or a message with arguments.
#[derive(Debug, Default)]
struct Said {
    text: Option<Expr>,
    message: Option<String>,
    args: BTreeMap<String, Expr>,
}

pub(crate) fn notify(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    block: &Block,
    path: &str,
) -> Option<(Notify, Vec<super::scope::Fact>)> {
    let opened = Opened::open(m, block, "notify")?;
    m.locate(path, block.header);
    let scope = Scope { says: true, ..scope.clone() };
    let (when, facts) = when(m, &scope, &opened, path);
    let inner = scope.knowing(facts.clone());
    let to = to(m, &inner, &opened, path);
    let thread = opened.bool(m, "thread").unwrap_or(false);
    // What is sensitive is shown to the requester alone, and a thread is read by many.
    let inner = Scope { sealed: to == Expr::get("requester") && !thread, ..inner };
    let said = said(m, &inner, &opened, path);
    if said.text.is_none()
        && opened.attribute("text").is_none()
        && opened.attribute("message").is_none()
    {
        opened.demand(m, "text", "add `text = \"…\"`, or `message = message.<name>`");
    }
    Some((
        Notify { args: said.args, message: said.message, text: said.text, thread, to, when },
        facts,
    ))
}

pub(crate) fn route(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    block: &Block,
    path: &str,
) -> Option<(Route, Option<Span>)> {
    let opened = Opened::open(m, block, "route")?;
    if let Some(label) = block.labels.first() {
        crate::resolve::check_name(label, &mut m.found);
    }
    m.locate(path, block.header);
    let to = to(m, scope, &opened, path);
    let said = said(m, scope, &opened, path);
    let timeout = opened.seconds_at(m, "timeout");
    let next_on = match opened.words(m, "next_on") {
        Some((words, span)) => {
            if timeout.is_none()
                && opened.attribute("timeout").is_none()
                && words.iter().any(|w| w == "timeout")
            {
                let message = "the next route is tried after a `timeout`, and this one has none";
                let help = "add `timeout = \"10m\"`, or take `\"timeout\"` out of `next_on`";
                m.say(code::B103, span, message, "after which time?", help);
            }
            words
                .iter()
                .map(|w| if w == "timeout" { NextOn::Timeout } else { NextOn::DeliveryFailure })
                .collect()
        }
        None if timeout.is_some() => vec![NextOn::DeliveryFailure, NextOn::Timeout],
        None => vec![NextOn::DeliveryFailure],
    };
    Some((
        Route {
            args: said.args,
            message: said.message,
            name: block.label(0).unwrap_or_default().to_owned(),
            next_on,
            text: said.text,
            timeout_s: timeout.map(|(s, _)| s),
            to,
        },
        timeout.map(|(_, span)| span),
    ))
}

/// The condition of a block, and what it proves for the rest of it.
pub(crate) fn when(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    path: &str,
) -> (Expr, Vec<super::scope::Fact>) {
    let Some(attribute) = opened.attribute("when") else { return (default_ir("true"), Vec::new()) };
    m.locate(format!("{path}.when"), attribute.expr.span);
    let typed = expr::condition(m, scope, &attribute.expr);
    if typed.ty.is_error() {
        // Neither always nor never: there is no bundle anyway.
        return (Expr::Null, narrow::guessed(&attribute.expr));
    }
    let facts = narrow::facts(&typed.ir, true);
    (typed.ir, facts)
}

fn to(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>, path: &str) -> Expr {
    let Some(attribute) = opened.attribute("to") else { return Expr::Null };
    m.locate(format!("{path}.to"), attribute.expr.span);
    expr::expect(m, scope, &attribute.expr, &Type::Principal).ir
}

fn said(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>, path: &str) -> Said {
    if opened.exclusive(m, "text", "message") {
        return Said::default();
    }
    if let Some(attribute) = opened.attribute("text") {
        opened.exclusive(m, "text", "args");
        m.locate(format!("{path}.text"), attribute.expr.span);
        return Said { text: text(m, scope, &attribute.expr, "text"), ..Said::default() };
    }
    let Some(attribute) = opened.attribute("message") else {
        if let Some(args) = opened.attribute("args") {
            let message = "`args` says nothing without a `message`";
            let help = "add `message = message.<name>`, or leave `args` out";
            m.say(code::B110, args.name.span, message, "has no effect here", help);
        }
        return Said::default();
    };
    let Some(address) = reference(m, &attribute.expr, "message") else { return Said::default() };
    let Some(block) = m.declared.block(&address) else { return Said::default() };
    if block.tombstone {
        return Said::default();
    }
    let name = scope.flow.map_or(String::new(), |f| f.name.clone());
    // One flow gives the text its types; saying it again changes nothing.
    let is_new = m.said.insert((name, address.clone()));
    let said = m.in_flow(scope.flow, |m| {
        m.within(&address, |m| {
            let types = message::args(m, block)?;
            let text = if is_new { message::text(m, block, &types, scope.flow) } else { None };
            Some((types, text))
        })
    });
    let types = match said {
        Some(Some((types, text))) => {
            if let (Some(text), Some(flow)) = (text, scope.flow) {
                let name = bare(&address);
                shared::keep(m, |m| &mut m.texts, (&address, &name), flow, text);
            }
            types
        }
        // What is wrong with it was told; its arguments are known all the same.
        _ => {
            let found = m.found.clone();
            let types = m.within(&address, |m| message::args(m, block));
            m.found = found;
            let Some(types) = types else { return Said::default() };
            types
        }
    };
    let args = arguments(m, scope, opened, &types);
    Said { text: None, message: Some(bare(&address)), args }
}

/// A text that people read.
pub(crate) fn text(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    e: &tree::Expr,
    attribute: &'static str,
) -> Option<Expr> {
    let scope = scope.with_secrets(Secrets::Message(attribute));
    let reads = m.sensitive_reads;
    let typed = expr::expect(m, &scope, e, &Type::String);
    constant::refuse_sensitive(m, e, attribute, reads);
    if let Expr::String(written) = &typed.ir {
        bounds::text(m, attribute, written, e.span);
    }
    warn_mass_mention(m, &typed.ir, e.span);
    (!typed.ty.is_error()).then_some(typed.ir)
}

fn warn_mass_mention(m: &mut Module<'_>, ir: &Expr, span: Span) {
    let words = ["<!channel>", "<!here>", "<!everyone>", "@channel", "@here", "@everyone"];
    let mut found = None;
    constant::any(ir, &mut |e| {
        if let Expr::String(s) = e {
            found = words.into_iter().find(|w| s.contains(w)).or(found);
        }
        found.is_some()
    });
    if let Some(word) = found {
        let message = format!("`{word}` calls everybody in the channel");
        m.say(code::N610, span, message, "a mass mention", "name the people who are needed");
    }
}

fn arguments(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    types: &BTreeMap<String, Type>,
) -> BTreeMap<String, Expr> {
    let mut args = BTreeMap::new();
    let entries = match opened.attribute("args").map(|a| &a.expr) {
        Some(tree::Expr { kind: ExprKind::Object(entries), .. }) => entries.as_slice(),
        None | Some(tree::Expr { kind: ExprKind::Error, .. }) => &[],
        Some(other) => {
            let message = "`args` names each argument with its value";
            m.say(code::T201, other.span, message, "no `{ … }`", "write `{ name = value }`");
            return args;
        }
    };
    let scope = scope.with_secrets(Secrets::Message("args"));
    for entry in entries {
        let name = entry.key.text().unwrap_or_default();
        let Some(ty) = types.get(name) else {
            let known = types.keys().map(String::as_str);
            let message = format!("the message takes no argument `{name}`");
            m.report(
                Diagnostic::new(code::R104, entry.key.span(), message, "unknown argument")
                    .rename(entry.key.span(), crate::suggest::only(name, known.clone()))
                    .help_if(crate::suggest::help(name, known, "")),
            );
            continue;
        };
        let reads = m.sensitive_reads;
        let typed = expr::expect(m, &scope, &entry.value, ty);
        constant::refuse_sensitive(m, &entry.value, "args", reads);
        args.insert(name.to_owned(), typed.ir);
    }
    for name in types.keys().filter(|name| !args.contains_key(*name)) {
        if !entries.iter().any(|e| e.key.text() == Some(name)) {
            let message = format!("the message needs the argument `{name}`");
            let help = format!("add `args = {{ {name} = … }}`");
            m.say(code::B103, opened.block.header, message, "in this block", help);
        }
    }
    args
}
