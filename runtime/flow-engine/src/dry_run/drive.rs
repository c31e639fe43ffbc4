//! The drive: a world that answers at once and remembers nothing.

use flow_bundle::Type;
use flow_bundle::bundle::AskComment;
use jiff::Timestamp;

use super::{Assumed, Decision, DryRun, Entry, Finish, Said, What, sample, tell};
use crate::context::{Context, Pinned};
use crate::digest;
use crate::effect::{Effect, EffectKind, Mode, Purpose};
use crate::event::{Answer, Click, Event, EventKind, EventSource, Outcome, Settled};
use crate::person::Person;
use crate::scope::approval;
use crate::service::HTTP;
use crate::state::{Phase, Request, StageState};
use crate::transition::{Reply, Transition, transition};

/// More events that count than any sensible life has; a flow that reminds every minute has 4,320 in three days.
const EVENTS_MAX: usize = 20_000;

pub(super) struct Drive<'a> {
    pinned: &'a Pinned<'a>,
    ask: &'a Event,
    context: Context,
    assumed: &'a Assumed,
    now: Timestamp,
    request: Option<Request>,
    calls: Vec<Effect>,
    way: Vec<Entry>,
    events: usize,
    /// The open stages that nobody of the people can decide.
    undecided: Vec<(String, String, bool)>,
}

impl<'a> Drive<'a> {
    pub fn new(
        pinned: &'a Pinned<'a>,
        ask: &'a Event,
        context: &Context,
        assumed: &'a Assumed,
    ) -> Self {
        Self {
            pinned,
            ask,
            context: context.clone(),
            assumed,
            now: ask.at,
            request: None,
            calls: Vec::new(),
            way: Vec::new(),
            events: 0,
            undecided: Vec::new(),
        }
    }

    pub fn run(mut self) -> DryRun {
        let end = match self.send(self.ask.by.clone(), self.ask.source, self.ask.kind.clone()) {
            Reply::Refused(refusal) => Finish::Refused(refusal),
            Reply::Accepted { .. } => loop {
                if let Some(end) = self.go_on() {
                    break end;
                }
            },
        };
        DryRun { way: self.way, end }
    }

    /// The next thing that happens; where nothing does, how it ends.
    fn go_on(&mut self) -> Option<Finish> {
        let request = self.request.clone()?;
        if self.events > EVENTS_MAX {
            return Some(Finish::GoesOn);
        }
        self.calls.retain(|call| request.still_wants(call.id, call.attempt));
        let next = self.calls.iter().enumerate().min_by_key(|(_, call)| call.not_before);
        let wake_at = request.wake_at();
        if let Some((index, call)) = next
            && wake_at.is_none_or(|at| call.not_before <= at)
        {
            let call = call.clone();
            return match self.answer(&request, &call) {
                Ok(outcome) => {
                    self.calls.remove(index);
                    self.settle(&call, outcome);
                    None
                }
                Err(end) => Some(end),
            };
        }
        if request.is_deciding() && self.decide(&request) {
            return None;
        }
        match wake_at {
            Some(at) => {
                self.now = self.now.max(at);
                self.send(None, EventSource::Automation, EventKind::Tick);
                None
            }
            None => Some(match (request.phase, request.outcome) {
                (Phase::Ended, Some(outcome)) => Finish::Ended { outcome },
                (Phase::Active, _) => Finish::Stands,
                (
                    Phase::Requested
                    | Phase::Pending
                    | Phase::Approved
                    | Phase::Escalating
                    | Phase::Deescalating
                    | Phase::Ended,
                    _,
                ) => Finish::GoesOn,
            }),
        }
    }

    /// Somebody whose word counts says it. False: nobody is left who could.
    fn decide(&mut self, request: &Request) -> bool {
        if self.assumed.decision == Decision::Nobody {
            return false;
        }
        let open = request.round().filter(|s| s.state == StageState::Open);
        let open: Vec<(String, String, bool)> = open
            .filter_map(|s| {
                Some((s.name.clone(), digest::short(s.digest.as_ref()?), s.on_fallback))
            })
            .collect();
        // Nothing but another card, or other approvers, makes somebody able to decide who was not.
        if open == self.undecided {
            return false;
        }
        for (stage, digest, _) in &open {
            let asks = approval(self.pinned.flow, stage).map(|a| a.ask_comment);
            let comment = (asks == Some(AskComment::Required)).then(|| "(a comment)".to_owned());
            for person in &self.assumed.people {
                let click = Click {
                    stage: Some(stage.clone()),
                    digest: digest.clone(),
                    comment: comment.clone(),
                };
                let kind = match self.assumed.decision {
                    Decision::Deny => EventKind::Deny(click),
                    Decision::Approve | Decision::Nobody => EventKind::Approve(click),
                };
                let by = Some(person.clone());
                if let Reply::Accepted { .. } = self.send(by, EventSource::Api, kind) {
                    return true;
                }
            }
        }
        self.undecided = open;
        false
    }

    fn send(&mut self, by: Option<Person>, source: EventSource, kind: EventKind) -> Reply {
        let id = format!("{}:{}", self.ask.id, self.events);
        let event = Event { id, at: self.now, by, source, kind };
        let deciders = self.request.as_ref().map(Request::deciders).unwrap_or_default();
        self.context.deciders = deciders.into_iter().cloned().collect();
        let done = transition(self.pinned, self.request.as_ref(), &event, &self.context);
        self.take(done, &event)
    }

    fn take(&mut self, done: Transition, event: &Event) -> Reply {
        if let Reply::Refused(_) = done.reply {
            return done.reply;
        }
        self.events = self.events.saturating_add(1);
        for change in &done.grants {
            self.context.grants.retain(|grant| grant.id != change.grant.id);
            self.context.grants.push(change.grant.clone());
        }
        let after_s = self.now.duration_since(self.ask.at).as_secs();
        let after_s = u64::try_from(after_s).unwrap_or_default();
        if let Some(request) = &done.request {
            let teller = tell::Teller {
                pinned: self.pinned,
                context: &self.context,
                people: &self.assumed.people,
                request,
                at: self.now,
                after_s,
            };
            let told = teller.tell(&done, event);
            // A reminder says the same again and again.
            let again = |new: &Entry| {
                let same = |old: &&Entry| old.what == What::Told && old.text == new.text;
                new.what == What::Told && self.way.iter().filter(same).count() >= 2
            };
            let told: Vec<Entry> = told.into_iter().filter(|entry| !again(entry)).collect();
            self.way.extend(told);
        }
        let calls = done.effects.into_iter().filter(|e| e.kind.purpose().is_some());
        self.calls.extend(calls);
        self.request = done.request.or_else(|| self.request.take());
        done.reply
    }

    fn settle(&mut self, call: &Effect, outcome: Outcome) {
        self.now = self.now.max(call.not_before);
        let settled = Settled {
            effect: call.id,
            attempt: call.attempt,
            started_at: self.now,
            ended_at: self.now,
            outcome,
        };
        self.send(None, EventSource::Automation, EventKind::Outcome(settled));
    }

    /// What a call is answered: what the caller says, or what cannot be otherwise.
    fn answer(&self, request: &Request, call: &Effect) -> Result<Outcome, Finish> {
        let name = tell::name_of(request, call);
        match self.assumed.answers.get(&name) {
            Some(Said::Output(json)) => return Ok(Outcome::Answered(call.kind.answer_of(json))),
            Some(Said::Failed(kind)) => {
                let message = format!("assumed to fail: {}", kind.word());
                return Ok(Outcome::failed(*kind, message));
            }
            None => {}
        }
        let strategy = self.pinned.flow.grant.as_ref();
        let strategy = strategy.and_then(|g| self.pinned.bundle.strategies.get(&g.strategy));
        if let Some(poll) = strategy.and_then(|s| tell::poll(s, &name)) {
            let example = sample::of_poll(poll, &call.kind);
            return Err(Finish::NeedsAnswer { call: name, example });
        }
        let example = match (call.kind.purpose(), strategy) {
            (Some(Purpose::Escalate | Purpose::Deescalate), Some(strategy)) => {
                let escalates = call.kind.purpose() == Some(Purpose::Escalate);
                let half = if escalates { &strategy.escalate } else { &strategy.deescalate };
                let example = sample::of_strategy(&strategy.kind, half, &call.kind);
                // Whether a service means yes is said by an expression over its answer.
                if strategy.kind != HTTP || half.success.is_none() {
                    return Ok(Outcome::Answered(call.kind.answer_of(&example)));
                }
                example
            }
            _ => {
                let output = tell::step(self.pinned, &name)
                    .map_or(Type::Json, |(_, step)| step.output.clone());
                if output == Type::None || is_async(call) {
                    return Ok(Outcome::Answered(Answer::default()));
                }
                sample::of(&output)
            }
        };
        Err(Finish::NeedsAnswer { call: name, example })
    }
}

fn is_async(call: &Effect) -> bool {
    matches!(&call.kind, EffectKind::Lambda(call) if call.mode == Mode::Async)
}
