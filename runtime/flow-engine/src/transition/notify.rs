//! Who is told what. Nothing here can stop a request: a text that cannot be computed is replaced by
//! our own words and reported.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::{Bundle, Flow, HookEvent, Notify};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::render::{self, render};
use flow_bundle::value::Principals;
use flow_bundle::{Expr, Value, duration};
use rust_decimal::Decimal;

use super::work::Work;
use crate::effect::{Destination, Fault};
use crate::message::{About as Kind, Fact, MessageBody, TextPart};
use crate::person::Person;
use crate::scope::scope;
use crate::state::About;

/// Tells one person in our own words.
pub(super) fn person(work: &mut Work<'_>, person: &Person, text: impl Into<String>) {
    let to = Destination::Person { email: person.email().to_owned() };
    work.tell(to, false, MessageBody::notice(text));
}

/// Tells the requester in our own words.
pub(super) fn requester(work: &mut Work<'_>, text: impl Into<String>) {
    let requester = work.request.requester.clone();
    person(work, &requester, text);
}

/// Reports a fault where the flow's errors go.
pub(super) fn error(work: &mut Work<'_>, text: impl Into<String>, fault: Option<&Fault>) {
    let to = error_channel(work);
    let mut body = MessageBody { about: Kind::Error, ..MessageBody::notice(text) };
    body.facts = vec![
        fact("Request", work.request.id.to_string()),
        fact("Flow", work.pinned.flow.label.clone()),
        fact("Requester", work.request.requester.username.clone()),
    ];
    if let Some(fault) = fault {
        body.text.push(TextPart::flow(": "));
        body.text.push(TextPart::external(fault.message.clone()));
        for line in &fault.errors {
            body.text.push(TextPart::flow("\n• "));
            body.text.push(TextPart::external(line.clone()));
        }
        if let Some(came) = &fault.body {
            body.facts.push(fact("Came back", came.to_string()));
        }
    }
    work.tell(to, false, body);
}

/// A line of a message.
pub(super) fn fact(label: impl Into<String>, value: impl Into<String>) -> Fact {
    Fact { label: label.into(), value: value.into() }
}

/// What would be given, and for how long.
pub(super) fn access_facts(work: &Work<'_>) -> Vec<Fact> {
    let targets = work.request.accesses.iter().map(|a| fact("Target", a.target.label.clone()));
    let seconds = work.request.duration_s.map(Decimal::from);
    targets.chain(seconds.map(|s| fact("Duration", duration::print(s)))).collect()
}

/// Reports that a hook does not go on.
pub(super) fn stopped(work: &mut Work<'_>, hook: HookEvent, fault: &Fault) {
    error(work, format!("the hook `{}` stopped", hook.word()), Some(fault));
}

/// Where the errors of this flow go.
pub(super) fn error_channel(work: &Work<'_>) -> Destination {
    error_channel_of(work.pinned.bundle, work.pinned.flow)
}

fn error_channel_of(bundle: &Bundle, flow: &Flow) -> Destination {
    let admins = Destination::Set { name: flow_bundle::expr::SetName::Admins };
    let name = flow.environment.as_deref().unwrap_or_default();
    let environment = bundle.environments.get(name);
    let Some(channel) = environment.and_then(|e| e.error_channel.as_ref()) else { return admins };
    let to = eval(channel, &Scope::of(bundle));
    let to = to.map(|value| destinations(&value)).unwrap_or_default();
    to.into_iter().next().unwrap_or(admins)
}

/// Where the errors of a flow go, or of every flow, each destination once: whoever looks there is
/// told of what an admin does to all requests, too.
#[must_use]
pub fn error_channels(bundle: &Bundle, flow: Option<&str>) -> Vec<Destination> {
    let flows = bundle.flows.iter().filter(|(address, _)| flow.is_none_or(|f| f == *address));
    let channels: BTreeSet<_> = flows.map(|(_, flow)| error_channel_of(bundle, flow)).collect();
    channels.into_iter().collect()
}

/// A `notify` of a hook; whether its `when` held.
pub(super) fn from_hook(work: &mut Work<'_>, about: &About, notify: &Notify) -> bool {
    let scope = scope(work.pinned, &work.request, work.at, Some(about));
    match eval(&notify.when, &scope) {
        Ok(Value::Bool(true)) => {}
        Ok(Value::Bool(false)) => return false,
        Ok(_) | Err(_) => {
            error(work, "a `notify` could not tell whether it applies", None);
            return false;
        }
    }
    let to = match eval(&notify.to, &scope) {
        Ok(value) => destinations(&value),
        Err(e) => {
            let fault = Fault::evaluation(&e);
            error(work, "a `notify` could not tell whom to tell", Some(&fault));
            return true;
        }
    };
    let source = (notify.text.as_ref(), notify.message.as_deref());
    let (text, fault) = match text(work, source, &notify.args, &scope) {
        Ok(text) => (text, None),
        Err(fault) => (default_text(work), Some(fault)),
    };
    for to in to {
        let body = MessageBody { text: text.clone(), ..MessageBody::default() };
        work.tell(to, notify.thread, body);
    }
    if let Some(fault) = fault {
        error(work, "the text of a `notify` could not be computed", Some(&fault));
    }
    true
}

fn default_text(work: &Work<'_>) -> Vec<TextPart> {
    let label = &work.pinned.flow.label;
    let phase = work.request.phase.word();
    vec![
        TextPart::flow(format!("{label}: the request of ")),
        TextPart::external(work.request.requester.name.clone()),
        TextPart::flow(format!(" is {phase}")),
    ]
}

/// The text of a `notify` or a `route`: its own, or a declared message with arguments.
pub(super) fn text(
    work: &Work<'_>,
    (own, message): (Option<&Expr>, Option<&str>),
    args: &BTreeMap<String, Expr>,
    scope: &Scope<'_>,
) -> Result<Vec<TextPart>, Fault> {
    let failed = |e: flow_bundle::eval::EvalError| Fault::evaluation(&e);
    if let Some(own) = own {
        return Ok(parts(render(own, scope).map_err(failed)?));
    }
    let name = message.unwrap_or_default();
    let declared = work.pinned.bundle.messages.get(name);
    let declared =
        declared.ok_or_else(|| Fault::evaluated(format!("there is no message `{name}`")))?;
    let mut values = BTreeMap::new();
    for (name, expr) in args {
        values.insert(name.clone(), eval(expr, scope).map_err(failed)?);
    }
    let scope = scope.clone().with("args", Value::Map(values));
    Ok(parts(render(&declared.text, &scope).map_err(failed)?))
}

fn parts(parts: Vec<render::TextPart>) -> Vec<TextPart> {
    parts
        .into_iter()
        .map(|part| match part {
            render::TextPart::Author(text) | render::TextPart::Raw(text) => TextPart::flow(text),
            render::TextPart::External(text) => TextPart::external(text),
            mention @ render::TextPart::Mention(_) => TextPart::external(mention.plain()),
            link @ render::TextPart::Link { .. } => TextPart::external(link.plain()),
        })
        .collect()
}

/// Everybody that a value names, each once.
pub(super) fn destinations(value: &Value) -> Vec<Destination> {
    let mut to = Vec::new();
    gather(value, &mut to);
    to
}

fn gather(value: &Value, to: &mut Vec<Destination>) {
    match value {
        Value::Channel(name) => add(to, Destination::Channel { name: name.clone() }),
        Value::User(user) => add(to, Destination::Person { email: user.email.clone() }),
        Value::Principals(set) => members(set, to),
        Value::List(items) => items.iter().for_each(|item| gather(item, to)),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Target(_)
        | Value::Secret(_)
        | Value::Map(_) => {}
    }
}

/// Who hears is wider than who may: of `intersect` and `except` everybody named hears.
pub(super) fn members(set: &Principals, to: &mut Vec<Destination>) {
    match set {
        Principals::Named(name) => add(to, Destination::Set { name: *name }),
        Principals::Group(address) => add(to, Destination::Group { address: address.clone() }),
        Principals::Users(users) => {
            for user in users {
                add(to, Destination::Person { email: user.email.clone() });
            }
        }
        Principals::Union(sets) => sets.iter().for_each(|set| members(set, to)),
        Principals::Intersect(sets) => {
            if let Some(set) = sets.first() {
                members(set, to);
            }
        }
        Principals::Except(set, _) => members(set, to),
    }
}

/// Adds a destination, once.
pub(super) fn add(to: &mut Vec<Destination>, destination: Destination) {
    if !to.contains(&destination) {
        to.push(destination);
    }
}
