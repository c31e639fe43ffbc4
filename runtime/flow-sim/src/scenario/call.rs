//! Effects: they leave the outbox, and mocks answer them.

use flow_bundle::bundle::{ErrorKind, Overlap};
use flow_bundle::catalog;
use flow_bundle::suite::{Answer as Mocked, Mock};
use flow_engine::effect::{EffectKind, Purpose};
use flow_engine::event::{Answer, Settled};
use flow_engine::state::CallRole;
use flow_engine::{Effect, Event, EventKind, EventSource, Outcome};
use jiff::{SignedDuration, Timestamp};

use super::Failure;
use super::explore::{self, Access};
use super::house::{House, RowState, Sent};

/// What the names of mocks end with that answer polls: these are no effects of their own.
const POLL: &str = ".poll";

/// A call that is under way.
pub(super) struct Flight {
    pub(super) row: usize,
    pub(super) started_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) outcome: Outcome,
}

impl House<'_> {
    /// A call that has ended is reported.
    pub(super) fn land(&mut self) -> bool {
        let due = self.flights.iter().position(|f| f.ends_at <= self.now);
        let Some(at) = due else { return false };
        let flight = self.flights.remove(at);
        self.report(flight);
        true
    }

    pub(super) fn report(&mut self, flight: Flight) {
        let Some(row) = self.rows.get_mut(flight.row) else { return };
        row.state = RowState::Done;
        let (request, effect, attempt) = (row.request, row.effect.id, row.effect.attempt);
        let access = self.access_of(flight.row);
        if let Some(access) = access.filter(|_| self.chance.is_some()) {
            self.see_outcome(&access, &flight.outcome);
        }
        let Flight { started_at, ends_at, outcome, .. } = flight;
        let settled = Settled { effect, attempt, started_at, ended_at: ends_at, outcome };
        let event = Event {
            id: Event::outcome_id(effect, attempt),
            at: self.now,
            by: None,
            source: EventSource::Automation,
            kind: EventKind::Outcome(settled),
        };
        self.commit(Some(request), event);
    }

    /// The next row that is due leaves.
    pub(super) fn start(&mut self) -> bool {
        let mut blocked: Vec<&str> = Vec::new();
        let mut due = None;
        for (index, row) in self.rows.iter().enumerate() {
            let lane = row.effect.lane.0.as_str();
            if row.state == RowState::Done || blocked.contains(&lane) {
                continue;
            }
            if row.state == RowState::Waiting && row.effect.not_before <= self.now {
                due = Some(index);
                break;
            }
            blocked.push(lane);
        }
        let Some(index) = due else { return false };
        let Some(row) = self.rows.get(index).cloned() else { return false };
        let EffectKind::Message(message) = &row.effect.kind else {
            self.leave(index, &row.effect, row.request);
            return true;
        };
        self.set(index, RowState::Done);
        let requester = self.requests.get(row.request).map(|h| &h.request.requester);
        let requester = requester.map(|p| p.email().to_owned()).unwrap_or_default();
        let card = message.body.about == flow_engine::message::About::Card;
        let (to, mut text) = (message.to.clone(), message.body.plain());
        self.tell_message(&to, &text);
        for fact in &message.body.facts {
            text.push_str(&format!("\n{}: {}", fact.label, fact.value));
        }
        self.messages.push(Sent { to, text, card, requester });
        true
    }

    fn set(&mut self, index: usize, state: RowState) {
        if let Some(row) = self.rows.get_mut(index) {
            row.state = state;
        }
    }

    fn leave(&mut self, index: usize, effect: &Effect, request: usize) {
        let wanted = self.requests.get(request);
        if !wanted.is_some_and(|h| h.request.still_wants(effect.id, effect.attempt)) {
            return self.set(index, RowState::Done);
        }
        let Some(name) = self.name_of(effect, request) else {
            return self.set(index, RowState::Done);
        };
        self.set(index, RowState::Started);
        if let EffectKind::Step(call) = &effect.kind
            && let Some(outcome) = self.answered(call, Some(request))
        {
            let (started_at, ends_at) = (self.now, self.now);
            return self.flights.push(Flight { row: index, started_at, ends_at, outcome });
        }
        if effect.attempt == 1 && !name.ends_with(POLL) {
            self.effects.push(name.clone());
            self.all_effects.push(name.clone());
        }
        let (answer, mut takes) = match &mut self.chance {
            Some(chance) => {
                let answers = explore::answers(&self.stage, &name);
                explore::answer(&mut chance.random, chance.wild, &answers)
            }
            None => match self.mock(&name) {
                Some(mock) => (self.next_answer(&name, mock).cloned(), mock.delay_s),
                None => (None, 0),
            },
        };
        if answer.is_none() {
            self.broken = Some(self.unmocked(&name));
            return;
        }
        let mut outcome = outcome(answer.as_ref(), effect);
        if self.chance.is_some() && effect.kind.purpose() == Some(Purpose::Escalate) {
            self.see_escalation(request);
        }
        if takes > effect.deadline_s {
            takes = effect.deadline_s;
            let message = format!("no answer within {takes}s");
            outcome = Outcome::Unknown { kind: ErrorKind::Timeout, message };
        }
        self.tell_call(&name, effect.attempt, &outcome, takes);
        let seconds = SignedDuration::from_secs(i64::try_from(takes).unwrap_or(i64::MAX));
        let ends_at = self.now.checked_add(seconds).unwrap_or(Timestamp::MAX);
        self.flights.push(Flight { row: index, started_at: self.now, ends_at, outcome });
    }

    /// The answer whose turn it is.
    fn next_answer<'m>(&mut self, name: &str, mock: &'m Mock) -> Option<&'m Mocked> {
        self.used.insert(mock.place);
        let nth = self.asked.entry(name.to_owned()).or_insert(0);
        let answer = mock.answers.get(*nth).or(mock.answers.last());
        *nth = nth.saturating_add(1);
        answer
    }

    /// What a mock answers at once.
    pub(super) fn ask_mock(&mut self, name: &str) -> Result<Mocked, Failure> {
        let mock = self.mock(name).ok_or_else(|| self.unmocked(name))?;
        self.next_answer(name, mock).cloned().ok_or_else(|| self.unmocked(name))
    }

    /// What a row of the outbox makes or takes back.
    fn access_of(&self, row: usize) -> Option<Access> {
        let row = self.rows.get(row)?;
        let escalate = match row.effect.kind.purpose()? {
            Purpose::Escalate => true,
            Purpose::Deescalate => false,
            Purpose::Step => return None,
        };
        let held = self.requests.get(row.request)?;
        let pinned = self.pinned(held.version, &held.request.flow)?;
        let strategy = pinned.bundle.strategies.get(&pinned.flow.grant.as_ref()?.strategy)?;
        let looks = catalog::strategy(&strategy.kind).is_some_and(|kind| kind.looks);
        // One lane makes and takes back one target of one request.
        let target = row.effect.lane.0.rsplit(':').next().unwrap_or_default().to_owned();
        let shared = strategy.overlap == Overlap::Share;
        let harmless = strategy.idempotent || looks;
        Some(Access { request: row.request, target, escalate, shared, harmless })
    }

    /// Under which name mocks know an effect.
    pub(super) fn name_of(&self, effect: &Effect, request: usize) -> Option<String> {
        let held = self.requests.get(request)?;
        let pinned = self.pinned(held.version, &held.request.flow)?;
        let strategy = || pinned.flow.grant.as_ref().map(|g| g.strategy.as_str());
        match effect.kind.purpose()? {
            Purpose::Escalate => return Some(format!("strategy.{}.escalate", strategy()?)),
            Purpose::Deescalate => return Some(format!("strategy.{}.deescalate", strategy()?)),
            Purpose::Step => {}
        }
        if let EffectKind::Step(call) = &effect.kind {
            return Some(format!("{}.{}", call.kind, call.name));
        }
        let call = held.request.calls.get(&effect.id)?;
        match &call.role {
            CallRole::Step { name, .. }
            | CallRole::Prepare { name, .. }
            | CallRole::Option { name } => Some(format!("aws_lambda.{name}")),
            CallRole::Poll { access } => {
                let polling = held.request.accesses.get(*access)?.polling.as_ref()?;
                Some(format!("strategy.{}.{}.poll", strategy()?, polling.part.word()))
            }
            CallRole::Escalate { .. } | CallRole::Deescalate { .. } => None,
        }
    }

    /// Q802, with the mock that is missing.
    fn unmocked(&self, name: &str) -> Failure {
        // The poll of a half is named in one label with it.
        let label = name.strip_suffix(POLL).unwrap_or(name);
        let (kind, _) = label.rsplit_once('.').unwrap_or((label, ""));
        let last = name.strip_prefix(kind).map_or("", |rest| rest.trim_start_matches('.'));
        let message = format!("this reaches `{name}`, and no mock answers it");
        let output = match kind.strip_prefix("strategy.") {
            Some(strategy) if strategy.starts_with("aws_lambda.") => {
                "output = { body = {}, errors = [] }"
            }
            Some(_) if label != name => "output = { status = 200, body = … }",
            Some(strategy) if strategy.starts_with("http.") => {
                "output = { status = 200, body = {} }"
            }
            Some(_) => "output = { preexisting = false }",
            None => "output = …",
        };
        let help = format!("add `mock \"{kind}\" \"{last}\" {{ {output} }}`");
        Failure { code: Some("Q802"), ..Failure::at(self.place, message) }.help(help)
    }
}

pub(super) fn outcome(answer: Option<&Mocked>, effect: &Effect) -> Outcome {
    match answer {
        Some(Mocked::Output(json)) => Outcome::Answered(effect.kind.answer_of(json)),
        // What a status means stands in the flow, so it is the engine's to say.
        Some(Mocked::Error { message, status: Some(status), .. }) if effect.kind.is_http() => {
            let payload = Some(serde_json::json!({ "message": message }));
            let status = u16::try_from(*status).ok();
            Outcome::Answered(Answer { payload, status, ..Answer::default() })
        }
        Some(Mocked::Error { kind, message, .. }) => Outcome::failed(*kind, message.clone()),
        None => Outcome::stopped_in_flight(),
    }
}
