//! What people do: actions become events.

use std::collections::BTreeMap;

use flow_bundle::suite::{Act, Action, Ask};
use flow_engine::event::{self, Click, Longer};
use flow_engine::{Event, EventKind, EventSource, Person, Phase, Reply, Request, Role};
use serde_json::Value as Json;

use super::house::House;
use super::{Failure, form};

/// What ids of events begin with that are actions.
const ACT: &str = "act:";

/// What somebody sees of a form.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Form {
    pub(super) header: Option<String>,
    pub(super) visible: Vec<String>,
    pub(super) options: BTreeMap<String, Vec<Json>>,
}

/// Performs an action, and everything that follows from it at once.
pub(super) fn perform(house: &mut House<'_>, action: &Action) -> Result<(), Failure> {
    house.since = house.audit.len();
    let first = house.acts();
    let answers = act(house, action)?;
    house.settle();
    let mut refused = None;
    for reply in answers {
        if let Reply::Refused(refusal) = reply {
            refused = Some(refusal);
        }
    }
    let refused = refused.or_else(|| refused_later(house, first));
    judge(house, action, refused)
}

/// Why an event of this action was not taken, where a call had to be made before that was known: the
/// person hears of it in a message.
fn refused_later(house: &House<'_>, first: u32) -> Option<flow_engine::Refusal> {
    let recent = house.audit.get(house.since..).unwrap_or_default();
    let mut told = recent.iter().filter(|record| record.kind == "event.refused");
    told.find_map(|record| {
        let text = |name: &str| record.facts.get(name).and_then(Json::as_str);
        let number: u32 = text("refused")?.strip_prefix(ACT)?.parse().ok()?;
        let known = flow_engine::Reason::ALL.iter();
        let (reason, ..) = known.copied().find(|(_, word, _)| *word == record.rule)?;
        let sentence = text("sentence").unwrap_or_default();
        let refusal = flow_engine::Refusal::because(reason, sentence);
        let field = text("field").map(str::to_owned);
        (number > first).then_some(flow_engine::Refusal { field, ..refusal })
    })
}

fn judge(
    house: &House<'_>,
    action: &Action,
    refused: Option<flow_engine::Refusal>,
) -> Result<(), Failure> {
    let word = action.act.word();
    let said = refused.as_ref().map(|r| r.reason.word());
    let failure = match (action.refusal.as_deref(), refused) {
        (None, None) => return Ok(()),
        (Some(wanted), _) if said == Some(wanted) => return Ok(()),
        (None, Some(refusal)) => {
            let field = refusal.field.map(|f| format!(" (field `{f}`)")).unwrap_or_default();
            let reason = refusal.reason.word();
            let message =
                format!("this `{word}` is refused: {reason}: {}{field}", refusal.sentence);
            let help = format!("where that is meant, write `expect = \"refused:{reason}\"`");
            Failure::at(action.place, message).help(help)
        }
        (Some(wanted), Some(refusal)) => {
            let reason = refusal.reason.word();
            let message = format!(
                "this `{word}` is refused for another reason than `{wanted}`: `{reason}`, {}",
                refusal.sentence
            );
            Failure::at(action.place, message)
        }
        (Some(wanted), None) => {
            let message = format!("this `{word}` is taken, and should be refused: {wanted}");
            Failure::at(action.place, message)
        }
    };
    Err(Failure { decided_by: house.decided_by(), ..failure })
}

fn act(house: &mut House<'_>, action: &Action) -> Result<Vec<Reply>, Failure> {
    let done = match &action.act {
        Act::Request(ask) => return request(house, ask).map(|reply| reply.into_iter().collect()),
        Act::Decide { approve, stage, by, comment } => {
            let click = click(house, stage, comment.clone());
            let kind = if *approve { EventKind::Approve(click) } else { EventKind::Deny(click) };
            by_person(house, by, kind)
        }
        Act::Cancel { by } => by_person(house, by, EventKind::Cancel),
        Act::Revoke { by, reason } => {
            by_person(house, by, EventKind::Revoke { reason: reason.clone() })
        }
        Act::Extend { by, duration_s, reason } => {
            let longer = Longer { duration_s: *duration_s, reason: reason.clone() };
            by_person(house, by, EventKind::Extend(longer))
        }
        Act::Resolve { by, reason } => {
            let kind = || EventKind::Resolve { reason: reason.clone() };
            by.iter().flat_map(|by| by_person(house, by, kind())).collect()
        }
        Act::Freeze { by, reason } => vec![freeze(house, by, reason.clone())],
        Act::Deactivate { user } => {
            deactivate(house, user);
            Vec::new()
        }
        Act::Advance { by_s } => {
            house.tell_advance(*by_s);
            house.advance(*by_s);
            Vec::new()
        }
        Act::Crash => {
            house.crash();
            Vec::new()
        }
        Act::Deploy { bundle } => {
            deploy(house, bundle)?;
            Vec::new()
        }
        Act::Prompt { by, fields } => {
            form::look(house, by, fields)?.map(Reply::Refused).into_iter().collect()
        }
        Act::Expect(_) => Vec::new(),
    };
    Ok(done)
}

fn someone(house: &House<'_>, name: &str) -> Option<Person> {
    house.people.get(name).cloned()
}

fn request(house: &mut House<'_>, ask: &Ask) -> Result<Option<Reply>, Failure> {
    let flow = &house.scenario.flow;
    if house.newest_flow().is_none() {
        let message = format!("the bundle has no flow `{flow}`");
        return Err(Failure::at(house.place, message));
    }
    let source = match ask.source.as_str() {
        "api" => EventSource::Api,
        "web" => EventSource::Web,
        _ => EventSource::Slack,
    };
    let requester = ask.requester.as_deref().and_then(|name| someone(house, name));
    let asked = event::Ask {
        request: house.request_id(),
        requester,
        fields: ask.fields.clone(),
        context: ask.context.clone(),
    };
    let kind = EventKind::Ask(asked);
    let event = event_of(house, someone(house, &ask.by), source, kind);
    Ok(house.commit(None, event))
}

fn event_of(
    house: &mut House<'_>,
    by: Option<Person>,
    source: EventSource,
    kind: EventKind,
) -> Event {
    let id = format!("{ACT}{}", house.number());
    Event { id, at: house.now, by, source, kind }
}

/// What a person does to the request.
fn by_person(house: &mut House<'_>, name: &str, kind: EventKind) -> Vec<Reply> {
    let by = someone(house, name);
    let event = event_of(house, by, EventSource::Slack, kind);
    match house.current().map(|(index, _)| index) {
        Some(index) => house.commit(Some(index), event).into_iter().collect(),
        None => {
            let refusal = flow_engine::Refusal::because(
                flow_engine::Reason::NotFound,
                "nothing was asked for yet",
            );
            vec![Reply::Refused(refusal)]
        }
    }
}

/// A click on the card as it is shown now.
fn click(house: &House<'_>, stage: &str, comment: Option<String>) -> Click {
    let request = house.current().map(|(_, held)| &held.request);
    let shown = request.and_then(|r| r.round().find(|s| s.name == stage)?.digest);
    let digest = shown.map(|d| d.hex()).unwrap_or_default();
    Click { stage: Some(stage.to_owned()), digest, comment }
}

fn freeze(house: &mut House<'_>, by: &str, reason: Option<String>) -> Reply {
    let admin = someone(house, by).is_some_and(|p| p.active && p.role == Role::Admin);
    if !admin {
        let sentence = "only admins freeze and unfreeze";
        let refusal = flow_engine::Refusal::because(flow_engine::Reason::NotPermitted, sentence);
        return Reply::Refused(refusal);
    }
    house.tell_freeze(by, reason.as_deref());
    house.frozen = reason;
    Reply::Accepted { note: None }
}

fn deactivate(house: &mut House<'_>, user: &str) {
    let Some(person) = house.people.get_mut(user) else { return };
    person.active = false;
    let id = person.id;
    house.tell_deactivated(user);
    let theirs = |request: &Request| {
        (request.requester.id == id && request.phase != Phase::Ended)
            .then_some(EventKind::PersonDeactivated)
    };
    each(house, &theirs);
}

/// An admin ends the access of a request, with everything else.
pub(super) fn end_by_admin(house: &mut House<'_>, index: usize) {
    let Some(person) = house.requests.get(index).map(|h| h.request.requester.clone()) else {
        return;
    };
    let id = flow_engine::PersonId(uuid::Uuid::from_u128(1));
    let admin = Person { id, role: Role::Admin, active: true, ..person };
    let kind = EventKind::RevokeAll { reason: "the end of the life".to_owned() };
    let event = event_of(house, Some(admin), EventSource::Api, kind);
    house.commit(Some(index), event);
    house.settle();
}

/// Sends the same event to every request that it is about.
fn each(house: &mut House<'_>, about: &dyn Fn(&Request) -> Option<EventKind>) {
    for index in 0..house.requests.len() {
        let kind = house.requests.get(index).and_then(|h| about(&h.request));
        if let Some(kind) = kind {
            let event = event_of(house, None, EventSource::Automation, kind);
            house.commit(Some(index), event);
        }
    }
}

fn deploy(house: &mut House<'_>, directory: &str) -> Result<(), Failure> {
    let Some(version) = house.stage.others.get(directory).copied() else {
        let message = format!("there is no bundle of `{directory}`");
        return Err(Failure::at(house.place, message));
    };
    house.versions.push(version);
    house.tell_deploy(directory);
    each(house, &|request| flow_engine::orphaned(version.bundle, request));
    Ok(())
}
