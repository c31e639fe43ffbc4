//! Cards: what a stage's people are shown, where it goes, and the digest that binds their decision
//! to it.

use flow_bundle::bundle::{Approval, NextOn};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::{Value, duration, print};
use rust_decimal::Decimal;

use super::work::{Work, later};
use super::{notify, stages};
use crate::digest;
use crate::effect::Destination;
use crate::grant::GrantState;
use crate::message::{About, Act, Action, Fact, MessageBody, TextPart};
use crate::scope::scope;

struct Card {
    to: Vec<Destination>,
    thread: bool,
    text: Vec<TextPart>,
}

/// Shows a stage to everybody who is to hear of it.
pub(super) fn send(work: &mut Work<'_>, declared: &Approval) {
    if !declared.routes.is_empty() {
        begin_route(work, declared, 0);
    }
    let mut cards = cards(work, declared);
    if cards.iter().all(|card| card.to.is_empty()) {
        let to = approvers(work, declared);
        cards.push(longer(work, Card { to, thread: false, text: default_text(work) }));
    }
    bind(work, declared, &cards);
    for card in cards {
        show(work, declared, card);
    }
}

/// Tries the next route.
pub(super) fn forward(work: &mut Work<'_>, declared: &Approval) {
    let next = work.stage(&declared.name).and_then(|s| s.route).map_or(0, |r| r.saturating_add(1));
    begin_route(work, declared, next);
    if next < declared.routes.len() {
        let cards = cards(work, declared);
        bind(work, declared, &cards);
        // What the others were shown stands already.
        if let Some(first) = cards.into_iter().next() {
            show(work, declared, first);
        }
    }
}

/// Shows the stage again where it was shown last.
pub(super) fn remind(work: &mut Work<'_>, declared: &Approval) {
    let mut cards = cards(work, declared);
    if cards.is_empty() {
        let to = approvers(work, declared);
        cards.push(longer(work, Card { to, thread: false, text: default_text(work) }));
    }
    bind(work, declared, &cards);
    let routed = work.stage(&declared.name).is_some_and(|s| s.route.is_some());
    let again = if routed { 1 } else { cards.len() };
    for card in cards.into_iter().take(again) {
        // Whoever hears of it now for the first time sees all that they decide about.
        let mut text = vec![TextPart::flow("Still waiting for a decision. ")];
        text.extend(card.text);
        show(work, declared, Card { thread: true, text, ..card });
    }
    let at = work.at;
    if let Some(stage) = work.stage_mut(&declared.name) {
        stage.remind_at = declared.remind_s.map(|s| later(at, s.0.max(1)));
    }
}

/// What the stage shows as it stands: the route whose turn it is, then every `notify` that applies.
fn cards(work: &mut Work<'_>, declared: &Approval) -> Vec<Card> {
    let scope = card_scope(work, declared);
    let mut cards: Vec<Card> = Vec::new();
    if let Some(index) = work.stage(&declared.name).and_then(|s| s.route) {
        cards.push(route(work, declared, index, &scope));
    }
    for notify in &declared.notify {
        if stages::applies(&notify.when, &scope) {
            let to = told(&notify.to, &scope);
            let source = (notify.text.as_ref(), notify.message.as_deref());
            let text = notify::text(work, source, &notify.args, &scope);
            let text = text.unwrap_or_else(|_| default_text(work));
            cards.push(Card { to, thread: notify.thread, text });
        }
    }
    cards.into_iter().map(|card| longer(work, card)).collect()
}

/// The flow's text asks for the access; what is asked for now is that it lasts longer.
fn longer(work: &Work<'_>, card: Card) -> Card {
    let Some(extension) = work.request.extension() else { return card };
    let seconds = duration::print(Decimal::from(extension.duration_s));
    let head = format!("EXTENSION by {seconds}, of access that was approved before: ");
    let text = std::iter::once(TextPart::flow(head)).chain(card.text).collect();
    Card { text, ..card }
}

/// Fixes the digest of what is shown from here on. A decision about what was shown before counts
/// still: it names the digest of exactly that.
fn bind(work: &mut Work<'_>, declared: &Approval, cards: &[Card]) {
    let shown: Vec<String> = cards.iter().map(|c| plain(&c.text)).collect();
    let digest = digest::of(work.pinned, &work.request, &declared.name, &shown);
    if let Some(stage) = work.stage_mut(&declared.name) {
        stage.shows(digest, shown);
    }
}

fn begin_route(work: &mut Work<'_>, declared: &Approval, index: usize) {
    let at = work.at;
    let timed = declared.routes.get(index).filter(|r| {
        index.saturating_add(1) < declared.routes.len()
            && (r.next_on.contains(&NextOn::Timeout) || r.next_on.is_empty())
    });
    let next_at = timed.and_then(|r| r.timeout_s).map(|s| later(at, s.0.max(1)));
    let known = index < declared.routes.len();
    if let Some(stage) = work.stage_mut(&declared.name) {
        stage.next_route_at = next_at;
        if known {
            stage.route = Some(index);
        }
    }
}

fn card_scope<'a>(work: &Work<'a>, declared: &Approval) -> Scope<'a> {
    let sets = work.stage(&declared.name).into_iter().flat_map(|s| &s.rules);
    let sets: Vec<_> = sets.map(|rule| rule.approvers.clone()).collect();
    let approvers = Value::Principals(flow_bundle::value::Principals::Union(sets));
    scope(work.pinned, &work.request, work.at, None).with("approvers", approvers)
}

fn route(work: &Work<'_>, declared: &Approval, index: usize, scope: &Scope<'_>) -> Card {
    let Some(route) = declared.routes.get(index) else {
        return Card { to: approvers(work, declared), thread: false, text: default_text(work) };
    };
    let source = (route.text.as_ref(), route.message.as_deref());
    let own = route.text.is_some() || route.message.is_some();
    let text = own.then(|| notify::text(work, source, &route.args, scope).ok()).flatten();
    let text = text.unwrap_or_else(|| default_text(work));
    Card { to: told(&route.to, scope), thread: false, text }
}

/// Who hears; where that cannot be computed, nobody.
fn told(to: &flow_bundle::Expr, scope: &Scope<'_>) -> Vec<Destination> {
    eval(to, scope).map(|value| notify::destinations(&value)).unwrap_or_default()
}

fn approvers(work: &Work<'_>, declared: &Approval) -> Vec<Destination> {
    let mut to = Vec::new();
    for rule in work.stage(&declared.name).into_iter().flat_map(|s| &s.rules) {
        notify::members(&rule.approvers, &mut to);
    }
    to
}

fn default_text(work: &Work<'_>) -> Vec<TextPart> {
    vec![
        TextPart::external(work.request.requester.name.clone()),
        TextPart::flow(format!(" asks for {}", work.pinned.flow.label)),
    ]
}

fn plain(text: &[TextPart]) -> String {
    text.iter().map(|part| part.text.as_str()).collect()
}

fn show(work: &mut Work<'_>, declared: &Approval, card: Card) {
    let digest = work.stage(&declared.name).and_then(|s| s.digest);
    let digest = digest.map(|d| digest::short(&d)).unwrap_or_default();
    let action = |act| Action {
        act,
        request: work.request.id,
        stage: declared.name.clone(),
        digest: digest.clone(),
    };
    let body = MessageBody {
        about: About::Card,
        text: card.text,
        facts: facts(work),
        actions: vec![action(Act::Approve), action(Act::Deny)],
    };
    for to in card.to {
        work.tell(to, card.thread, body.clone());
    }
}

/// Everything that is approved, whatever the flow's own text says.
fn facts(work: &Work<'_>) -> Vec<Fact> {
    let request = &work.request;
    let mut facts = vec![notify::fact("Requester", request.requester.username.clone())];
    facts.extend(notify::access_facts(work));
    for (name, value) in &request.fields {
        if !matches!(name.as_str(), "target" | "duration")
            && let Ok(text) = print::print(value)
        {
            facts.push(notify::fact(name.clone(), text));
        }
    }
    let bundle = work.pinned.bundle;
    let mine = |a: &crate::state::Access| super::ask::target_key(bundle, &a.target);
    let overlapping = request.accesses.iter().any(|access| {
        let mut others = work.context.grants.iter();
        others.any(|g| g.target == mine(access) && g.state != GrantState::Absent)
    });
    if overlapping {
        facts.push(notify::fact("Overlaps", "another grant of this target"));
    }
    if let Some(extension) = request.extension() {
        let seconds = Decimal::from(extension.duration_s);
        facts.push(notify::fact("Longer by", duration::print(seconds)));
        facts.push(notify::fact("Then until", extension.until.to_string()));
        facts.extend(extension.reason.clone().map(|reason| notify::fact("Why longer", reason)));
    }
    facts
}
