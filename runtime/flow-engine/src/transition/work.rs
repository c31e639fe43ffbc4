//! The desk of one transition: the request as it is being changed, and what comes out of it.
//!
//! No rule lives here. Whatever is refused leaves the desk untidied: it is thrown away.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use crate::audit::{Actor, Record};
use crate::context::{Context, Pinned};
use crate::effect::{Destination, Effect, EffectKind, Lane, Message};
use crate::event::Event;
use crate::grant::{Grant, GrantChange, GrantState};
use crate::ids::{EffectId, GrantId};
use crate::message::MessageBody;
use crate::person::Person;
use crate::state::{About, Call, Cause, HookRun, Request, Stage};

/// How long one try to deliver a message may take, in seconds.
const MESSAGE_DEADLINE_S: u64 = 30;

pub(crate) struct Work<'a> {
    pub pinned: &'a Pinned<'a>,
    pub context: &'a Context,
    pub event: &'a Event,
    /// The event's time, never before the request's last one.
    pub at: Timestamp,
    pub request: Request,
    pub effects: Vec<Effect>,
    pub audit: Vec<Record>,
    pub note: Option<String>,
    /// Statements that were come to.
    pub branches: Vec<super::Branch>,
    grants: BTreeMap<GrantId, GrantChange>,
}

impl<'a> Work<'a> {
    pub fn new(
        pinned: &'a Pinned<'a>,
        context: &'a Context,
        event: &'a Event,
        mut request: Request,
    ) -> Self {
        let at = event.at.max(request.last_at);
        request.last_at = at;
        Self {
            pinned,
            context,
            event,
            at,
            request,
            effects: Vec::new(),
            audit: Vec::new(),
            note: None,
            branches: Vec::new(),
            grants: BTreeMap::new(),
        }
    }

    /// Grants that changed, in the order of their ids.
    pub fn take_grants(&mut self) -> Vec<GrantChange> {
        std::mem::take(&mut self.grants).into_values().collect()
    }

    /// Writes a line of the audit trail, by whoever sent the event.
    pub fn record(&mut self, kind: &str, rule: impl Into<String>, facts: Json) {
        let facts = match facts {
            Json::Object(map) => map.into_iter().filter(|(_, v)| !v.is_null()).collect(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                BTreeMap::new()
            }
        };
        self.audit.push(Record {
            kind: kind.to_owned(),
            request: Some(self.request.id),
            actor: self.event.by.as_ref().map(actor),
            at: self.at,
            event: self.event.id.clone(),
            rule: rule.into(),
            facts,
        });
    }

    /// The next number for effects and hook runs.
    pub fn number(&mut self) -> u32 {
        self.request.counter = self.request.counter.saturating_add(1);
        self.request.counter
    }

    /// Asks for a call whose outcome is awaited.
    pub fn call(&mut self, effect: Effect, mut call: Call) {
        call.attempt = effect.attempt;
        call.not_before = effect.not_before;
        call.jumped_s = self.context.jumped_s;
        self.record(
            "effect.wanted",
            "",
            json!({
                "effect": effect.id,
                "attempt": effect.attempt,
                "not_before": effect.not_before,
                "role": call.role,
            }),
        );
        self.request.calls.insert(effect.id, call);
        self.effects.push(effect);
    }

    /// Tells somebody something.
    pub fn tell(&mut self, to: Destination, thread: bool, body: MessageBody) {
        let number = self.number();
        let effect = Effect {
            id: EffectId::of(self.request.id, "message", number),
            request: self.request.id,
            lane: Lane::message(&to),
            attempt: 1,
            not_before: self.at,
            deadline_s: MESSAGE_DEADLINE_S,
            repeatable: true,
            kind: EffectKind::Message(Message { to, thread, body }),
        };
        self.effects.push(effect);
    }

    /// A grant as it stands on this desk.
    pub fn grant(&self, id: GrantId) -> Option<&Grant> {
        let changed = self.grants.get(&id).map(|c| &c.grant);
        changed.or_else(|| self.context.grants.iter().find(|g| g.id == id))
    }

    /// Puts a changed grant on the desk.
    pub fn set_grant(&mut self, mut grant: Grant) {
        let stored = self.context.grants.iter().find(|g| g.id == grant.id);
        let expected_version = stored.map_or(0, |g| g.version);
        grant.version = expected_version.saturating_add(1);
        grant.changed_at = Some(self.at);
        if grant.state == GrantState::Absent {
            grant.by = None;
            grant.active_since = None;
            grant.preexisting = false;
        }
        self.grants.insert(grant.id, GrantChange { expected_version, grant });
    }

    /// What the event is about, for a hook.
    pub fn about(&self, stage: Option<&str>, cause: Option<Cause>) -> About {
        About {
            event: self.event.id.clone(),
            actor: self.event.by.clone(),
            at: self.at,
            source: self.event.source,
            stage: stage.map(str::to_owned),
            cause,
            comment: None,
            hook: None,
            digest: None,
        }
    }

    /// This many seconds from the event's time.
    pub fn after(&self, seconds: u64) -> Timestamp {
        later(self.at, seconds)
    }

    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.request.round().find(|s| s.name == name)
    }

    pub fn stage_mut(&mut self, name: &str) -> Option<&mut Stage> {
        let round = self.request.extension().map(|e| e.number);
        self.request.stages.iter_mut().find(|s| s.name == name && s.extension == round)
    }

    /// Stops hooks that this is true of. The outcomes of their steps are late from here on.
    pub fn stop_hooks(&mut self, stop: impl Fn(&HookRun) -> bool) -> Vec<HookRun> {
        let hooks = std::mem::take(&mut self.request.hooks);
        let (stopped, kept): (Vec<_>, Vec<_>) = hooks.into_iter().partition(stop);
        self.request.hooks = kept;
        for hook in &stopped {
            self.withdraw(hook.waits_for);
        }
        stopped
    }

    /// No longer waits for a call.
    pub fn withdraw(&mut self, effect: EffectId) {
        if self.request.calls.remove(&effect).is_some() {
            self.record(
                "effect.withdrawn",
                "the request has moved past it",
                json!({ "effect": effect }),
            );
        }
    }
}

/// This many seconds later, or the end of time.
pub(crate) fn later(at: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

pub(crate) fn actor(person: &Person) -> Actor {
    Actor { id: person.id, username: person.username.clone() }
}
