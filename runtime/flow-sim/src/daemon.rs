//! A model of the daemon's store: one transaction per event, an outbox, *started* rows.
//!
//! What is here is durable; a node that dies loses nothing of it. When nodes die and what the
//! world answers is in `life`.

use std::collections::{BTreeMap, BTreeSet};

use flow_engine::event::{EventKind, Settled};
use flow_engine::{
    Context, Effect, EffectId, EffectKind, Event, EventSource, Grant, GrantId, Outcome, Pinned,
    Reply, Request, Transition,
};
use jiff::Timestamp;

/// The engine, or one with a planted fault.
pub type Decide = dyn Fn(&Pinned<'_>, Option<&Request>, &Event, &Context) -> Transition + Sync;

/// What survives.
#[derive(Debug, Default)]
pub struct Store {
    /// By index.
    pub requests: BTreeMap<usize, Request>,
    /// Ids of events that were committed, with the answer.
    pub seen: BTreeMap<(usize, String), Reply>,
    /// Grants.
    pub grants: BTreeMap<GrantId, Grant>,
    /// The outbox, in the order of asking.
    pub rows: Vec<Row>,
    /// What the clock jumped over, in milliseconds.
    pub jumped_ms: u64,
}

/// One row of the outbox.
#[derive(Debug, Clone)]
pub struct Row {
    /// What is called.
    pub effect: Effect,
    /// Whose, by index.
    pub request: usize,
    /// How far it is.
    pub state: RowState,
    /// How often it was begun.
    pub tries: u32,
}

/// How far a row of the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// Nobody has begun it.
    Waiting,
    /// A node has begun it and has not reported.
    Started {
        /// Which node, in which of its lives.
        by: (usize, u32),
        /// In recorded time.
        at: Timestamp,
    },
    /// Reported, or dropped.
    Done,
}

/// What a commit came to.
pub struct Committed {
    /// What the one who acted is told.
    pub reply: Reply,
    /// The phase before, for the table of what was tried.
    pub phase: Option<flow_engine::Phase>,
    /// The audit trail's new lines; empty where the event was seen before.
    pub audit: Vec<flow_engine::audit::Record>,
}

impl Store {
    /// What was answered when the event was committed.
    #[must_use]
    pub fn reply(&self, request: usize, event: &str) -> Option<Committed> {
        let reply = self.seen.get(&(request, event.to_owned()))?.clone();
        let phase = self.requests.get(&request).map(|r| r.phase);
        Some(Committed { reply, phase, audit: Vec::new() })
    }

    /// One transaction: the event, the request, its grants, effects and audit, or nothing. None:
    /// somebody else was first, and what was decided was decided about something else.
    pub fn write(
        &mut self,
        (request, event): (usize, &Event),
        read: Option<&Request>,
        done: Transition,
    ) -> Option<Committed> {
        if let Some(seen) = self.reply(request, &event.id) {
            return Some(seen);
        }
        let stored = self.requests.get(&request);
        let changed = done.request.filter(|after| Some(after) != read);
        let version = |r: Option<&Request>| r.map_or(0, |r| r.version);
        if changed.is_some() && version(stored) != version(read) {
            return None;
        }
        let moved = |change: &flow_engine::GrantChange| {
            let stored = self.grants.get(&change.grant.id).map_or(0, |g| g.version);
            stored != change.expected_version
        };
        if done.grants.iter().any(moved) {
            return None;
        }
        let phase = stored.map(|r| r.phase);
        for change in done.grants {
            self.grants.insert(change.grant.id, change.grant);
        }
        for effect in done.effects {
            self.rows.push(Row { effect, request, state: RowState::Waiting, tries: 0 });
        }
        if let Some(changed) = changed {
            self.withdraw(request, &changed);
            self.requests.insert(request, changed);
        }
        self.seen.insert((request, event.id.clone()), done.reply.clone());
        Some(Committed { reply: done.reply, phase, audit: done.audit })
    }

    /// What was not begun and is not wanted any more holds up nothing behind it in its lane.
    fn withdraw(&mut self, request: usize, after: &Request) {
        for row in self.rows.iter_mut().filter(|row| row.request == request) {
            let waits = row.state == RowState::Waiting;
            let called = !matches!(row.effect.kind, EffectKind::Message(_));
            if waits && called && !after.still_wants(row.effect.id, row.effect.attempt) {
                row.state = RowState::Done;
            }
        }
    }

    /// Ticks that are due and were not committed yet.
    pub fn due_ticks(&self, now: Timestamp) -> Vec<(usize, Event)> {
        let due = self.requests.iter().filter_map(|(index, request)| {
            let at = request.wake_at().filter(|at| *at <= now)?;
            let id = Event::tick_id(request.id, at);
            let fresh = !self.seen.contains_key(&(*index, id.clone()));
            let source = EventSource::Automation;
            let tick = Event { id, at: now, by: None, source, kind: EventKind::Tick };
            fresh.then_some((*index, tick))
        });
        due.collect()
    }

    /// The next row that may be begun: the head of its lane, and due.
    pub fn next_row(&self, now: Timestamp, held: &BTreeSet<usize>) -> Option<usize> {
        let mut blocked: BTreeSet<&str> = BTreeSet::new();
        for (index, row) in self.rows.iter().enumerate() {
            let lane = row.effect.lane.0.as_str();
            if row.state == RowState::Done || blocked.contains(lane) {
                continue;
            }
            let due = row.state == RowState::Waiting && row.effect.not_before <= now;
            if due && !held.contains(&index) {
                return Some(index);
            }
            blocked.insert(lane);
        }
        None
    }

    /// When something is due next.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let ticks = self.requests.iter().filter_map(|(index, request)| {
            let at = request.wake_at()?;
            let id = Event::tick_id(request.id, at);
            (!self.seen.contains_key(&(*index, id))).then_some(at)
        });
        let rows = self.rows.iter().filter(|row| row.state == RowState::Waiting);
        let rows = rows.map(|row| row.effect.not_before).filter(|at| *at > now);
        ticks.chain(rows).min()
    }
}

/// The event that reports how an attempt ended.
#[must_use]
pub fn report(
    effect: EffectId,
    attempt: u32,
    times: (Timestamp, Timestamp),
    outcome: Outcome,
) -> Event {
    let (started_at, ended_at) = times;
    let settled = Settled { effect, attempt, started_at, ended_at, outcome };
    Event {
        id: Event::outcome_id(effect, attempt),
        at: ended_at,
        by: None,
        source: EventSource::Automation,
        kind: EventKind::Outcome(settled),
    }
}
