//! The form: what somebody sees of it, with what they filled in so far. The engine's own prompt is
//! asked, and mocks answer its calls at once; no request comes of it.

use std::collections::BTreeMap;

use flow_bundle::bundle::ErrorKind;
use flow_engine::effect::EffectKind;
use flow_engine::event::{self, Settled};
use flow_engine::form::{After, Asked, Prompted, Told};
use flow_engine::{
    Context, Event, EventKind, EventSource, Outcome, Pinned, Refusal, RequestId, after_prompt,
    prompt,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::act::Form;
use super::house::{House, Sent};
use super::{Failure, call, coverage};

/// Somebody looks at the form; a refusal where they may not.
pub(super) fn look(
    house: &mut House<'_>,
    by: &str,
    filled: &BTreeMap<String, Json>,
) -> Result<Option<Refusal>, Failure> {
    let newest = house.versions.len().saturating_sub(1);
    let address = house.newest_flow().map(|(address, _)| address).unwrap_or_default();
    let found = house.pinned(newest, address).zip(house.people.get(by).cloned());
    let Some((pinned, person)) = found else {
        let message = format!("the bundle has no flow `{}`", house.scenario.flow);
        return Err(Failure::at(house.place, message));
    };
    let asked = event::Ask {
        request: RequestId(uuid::Uuid::nil()),
        requester: None,
        fields: filled.clone(),
        context: Json::Null,
    };
    let ask = Event {
        id: "prompt".to_owned(),
        at: house.now,
        by: Some(person.clone()),
        source: EventSource::Slack,
        kind: EventKind::Ask(asked),
    };
    let context = house.context(&pinned, newest, None, &ask);
    let look = Look { pinned: &pinned, ask: &ask, context: &context };
    let mut answers = Vec::new();
    let (form, told) = loop {
        match prompt(&pinned, &ask, &context, &answers) {
            Prompted::Asks(asked) => answers.push(answer(house, &asked)?),
            Prompted::Refused { refusal, told } => {
                hear(house, &look, told);
                return Ok(Some(refusal));
            }
            Prompted::Shown { form, told } => break (form, told),
        }
    };
    hear(house, &look, told);
    house.form = Some(seen(house, form)?);
    let mut answers = Vec::new();
    loop {
        match after_prompt(&pinned, &ask, &context, &answers) {
            After::Asks(asked) => answers.push(answer(house, &asked)?),
            After::Done(told) => {
                hear(house, &look, told);
                return Ok(None);
            }
        }
    }
}

struct Look<'a> {
    pinned: &'a Pinned<'a>,
    ask: &'a Event,
    context: &'a Context,
}

/// What a scenario can compare of a form.
fn seen(house: &House<'_>, form: flow_engine::form::Form) -> Result<Form, Failure> {
    if let Some((field, why)) = form.fields.iter().find_map(|f| Some((f, f.problem.as_ref()?))) {
        let message = format!("the form has a problem with `{}`: {why}", field.name);
        return Err(Failure::at(house.place, message));
    }
    let fields = form.fields.iter();
    let options = fields.clone().filter_map(|field| {
        let choices = field.options.as_ref()?;
        let values = choices.iter().map(|choice| choice.value.clone()).collect();
        Some((field.name.clone(), values))
    });
    Ok(Form {
        header: form.header.clone(),
        visible: fields.map(|field| field.name.clone()).collect(),
        options: options.collect(),
    })
}

/// What a call of the form is answered: by a mock, or by the people and the history of the scenario.
fn answer(house: &mut House<'_>, asked: &Asked) -> Result<Settled, Failure> {
    let effect = &asked.effect;
    let own = match &effect.kind {
        EffectKind::Step(call) => house.answered(call, None),
        EffectKind::Lambda(_) | EffectKind::Access(_) | EffectKind::Message(_) => None,
    };
    let (outcome, takes) = match own {
        Some(outcome) => (outcome, 0),
        None => mocked(house, asked)?,
    };
    let seconds = SignedDuration::from_secs(i64::try_from(takes).unwrap_or(i64::MAX));
    let started_at = house.now;
    let ended_at = started_at.checked_add(seconds).unwrap_or(Timestamp::MAX);
    Ok(Settled { effect: effect.id, attempt: effect.attempt, started_at, ended_at, outcome })
}

fn mocked(house: &mut House<'_>, asked: &Asked) -> Result<(Outcome, u64), Failure> {
    let Asked { kind, step, effect, .. } = asked;
    let name = format!("{kind}.{step}");
    if effect.attempt == 1 {
        house.effects.push(name.clone());
    }
    let answer = house.ask_mock(&name)?;
    let mut takes = house.mock(&name).map_or(0, |mock| mock.delay_s);
    let mut outcome = call::outcome(Some(&answer), effect);
    if takes > effect.deadline_s {
        takes = effect.deadline_s;
        let message = format!("no answer within {takes}s");
        outcome = Outcome::Unknown { kind: ErrorKind::Timeout, message };
    }
    house.tell_call(&name, effect.attempt, &outcome, takes);
    Ok((outcome, takes))
}

/// What a hook around the form tells people, and what of it was come to.
fn hear(house: &mut House<'_>, look: &Look<'_>, told: Told) {
    let flow = (look.pinned.address, look.pinned.flow);
    coverage::came_to(flow, &told.branches, &mut house.covered);
    let requester = look.context.requester.as_ref().or(look.ask.by.as_ref());
    let requester = requester.map(|p| p.email().to_owned()).unwrap_or_default();
    for effect in told.messages {
        let EffectKind::Message(message) = effect.kind else { continue };
        let text = message.body.plain();
        house.tell_message(&message.to, &text);
        let requester = requester.clone();
        house.messages.push(Sent { to: message.to, text, card: false, requester });
    }
}
