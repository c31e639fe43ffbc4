//! Calls leave the outbox, and the world decides what becomes of them.

use std::sync::Arc;

use flow_engine::effect::Purpose;
use flow_engine::event::Settled;
use flow_engine::{Effect, Event, EventKind, EventSource, Outcome};
use flow_sim::cast::Who;
use flow_sim::faults::{Fate, Said};
use flow_sim::life::calls::{answer, gave_up, heard};
use flow_sim::log::{Access, Fact, Flight, Line};
use flow_sim::translate;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::life::{Due, Life};
use crate::connector::{Calling, Connector, Trying};
use crate::drive::{About, EventDraft, effect_key};
use crate::outbox::Settling;
use crate::store::{EffectRow, Lanes};

/// A call as the outbox makes it: it waits for what the world answers.
pub struct Arrived {
    effect: Box<Effect>,
    hears: oneshot::Sender<Outcome>,
}

/// The connector.
pub struct Outside {
    pub calls: UnboundedSender<Arrived>,
}

impl Connector for Outside {
    fn examine(self: Arc<Self>) -> Trying {
        Box::pin(async { Vec::new() })
    }

    fn perform<'a>(&'a self, effect: &'a Effect) -> Calling<'a> {
        let (hears, answer) = oneshot::channel();
        let _gone = self.calls.send(Arrived { effect: Box::new(effect.clone()), hears });
        Box::pin(async { answer.await.unwrap_or_else(|_| gave_up()) })
    }
}

/// A call in flight, as the life that made it knows it.
pub struct Waits {
    task: JoinHandle<Settling>,
    hears: oneshot::Sender<Outcome>,
    outbox: usize,
    outcome: Outcome,
    flight: Flight,
    started_at: Timestamp,
    asked: Option<(Who, bool)>,
}

/// A call whose started row may be durable, though nobody saw the call.
pub struct Started {
    flight: Flight,
    at: u64,
    line: usize,
}

/// How far an effect came.
enum Came {
    Settled(Settling),
    Left(Arrived),
    Died,
}

impl Life {
    /// A node looks for what is due: ticks first, then effects of both outboxes.
    pub fn poll(&mut self) {
        let Some(node) = &self.house.node else { return };
        if let Err(error) = node.app.tick_due() {
            return self.failed(&error);
        }
        for outbox in [0, 1] {
            loop {
                let Some(node) = &self.house.node else { return };
                let (box_, used) = &node.outboxes[outbox];
                let rows = match node.runtime.block_on(box_.claim(used)) {
                    Ok((rows, _)) => rows,
                    Err(error) => return self.failed(&error),
                };
                if rows.is_empty() {
                    break;
                }
                for row in rows {
                    self.begin(outbox, row);
                    if self.house.node.is_none() {
                        return;
                    }
                }
            }
        }
        self.look();
        let Some(node) = &self.house.node else { return };
        let now = node.app.clock.now();
        let wake = node.store.next_wake().and_then(|at| Ok((at, node.store.next_effect(now)?)));
        match wake {
            Ok((wake, effect)) => {
                if let Some(at) = wake.into_iter().chain(effect).min() {
                    let wait = u64::try_from(at.duration_since(now).as_millis()).unwrap_or(0);
                    self.poll_by(self.now + wait + 1);
                }
            }
            Err(error) => self.failed(&error.into()),
        }
    }

    /// Brings an effect to its end, or as far as the call that leaves.
    fn begin(&mut self, outbox: usize, row: EffectRow) {
        let effect: Effect = serde_json::from_str(&row.draft.body).unwrap();
        let is_new = row.started_at.is_none() && effect.kind.purpose().is_some();
        // What wanted the call was written down before it.
        self.look();
        let Some(node) = &mut self.house.node else { return };
        let lane = row.draft.lane.clone();
        node.outboxes[outbox].1.busy.insert(lane);
        let started = node.app.clock.now();
        let own = std::sync::Arc::clone(&node.outboxes[outbox].0);
        let mut task = node.runtime.spawn(async move { own.settle(row).await });
        let came = Self::wait(node, &self.house.mounted.disk, &mut task);
        // What was started durably may have left, as far as anybody can know.
        if is_new && !matches!(came, Came::Left(_)) {
            let (at, line) = (self.now, self.log.lines.len());
            let flight = self.flight(&effect);
            self.started.extend(flight.map(|flight| Started { flight, at, line }));
        }
        match came {
            Came::Settled(settling) => self.settled(outbox, settling),
            Came::Left(arrived) => self.leave(outbox, arrived, task, started),
            Came::Died => self.die(),
        }
        if self.house.node.is_some() {
            self.started.clear();
        }
    }

    /// Calls whose started rows turn out to be durable after the power was gone.
    pub fn make_sure_of_calls(&mut self) {
        let Some(node) = &self.house.node else { return };
        let rows = [Lanes::Access, Lanes::Others]
            .map(|lanes| node.store.claim_effects(lanes, Timestamp::MAX, &[], 1_000));
        let rows: Vec<EffectRow> = rows.into_iter().flatten().flatten().collect();
        for Started { flight, at, line } in std::mem::take(&mut self.started).into_iter().rev() {
            let key = effect_key(flight.key, flight.attempt);
            if rows.iter().any(|row| row.draft.key == key && row.started_at.is_some()) {
                self.log.lines.insert(line, Line { at, fact: Fact::Begun(flight) });
            }
        }
    }

    fn flight(&mut self, effect: &Effect) -> Option<Flight> {
        let request = self.index_of(effect.request)?;
        self.flights += 1;
        let (purpose, target, _) = translate::call(effect)?;
        Some(Flight {
            number: self.flights,
            request,
            purpose,
            target,
            known_as: String::new(),
            key: effect.id,
            attempt: effect.attempt,
            recorded: self.recorded_ms(),
        })
    }

    fn wait(
        node: &mut super::house::Node,
        disk: &super::disk::Disk,
        task: &mut JoinHandle<Settling>,
    ) -> Came {
        let arrived = &mut node.arrived;
        node.runtime.block_on(async {
            tokio::select! {
                biased;
                ended = &mut *task => Came::Settled(ended.unwrap()),
                Some(call) = arrived.recv() => Came::Left(call),
                () = disk.died.notified() => Came::Died,
            }
        })
    }

    fn settled(&mut self, outbox: usize, settling: Settling) {
        if self.house.disk().is_dead() {
            return self.die();
        }
        let Some(node) = &mut self.house.node else { return };
        let used = &mut node.outboxes[outbox].1;
        match settling {
            Settling::Free(lane) => {
                used.busy.remove(&lane);
            }
            Settling::Closed(lane) => {
                used.close(lane);
                self.breaks("an effect could not be settled".to_owned());
            }
            Settling::Stopped => self.die(),
        }
    }

    /// A call leaves, unless the node dies first.
    fn leave(
        &mut self,
        outbox: usize,
        arrived: Arrived,
        task: JoinHandle<Settling>,
        started_at: Timestamp,
    ) {
        let Arrived { effect, hears } = arrived;
        let Some(flight) = self.flight(&effect) else { return };
        let purpose = flight.purpose;
        self.look();
        self.log.add(self.now, Fact::Begun(flight.clone()));
        if self.dies_beside_a_call() {
            return;
        }
        let function_s = self.script(flight.request).function_timeout_s;
        let deadline_ms = effect.deadline_s * 1000;
        let fate = Fate::draw(&mut self.random, &self.faults, purpose, deadline_ms, function_s);
        self.met(purpose_word(purpose), fate.word);
        let asked = translate::asked_about(&effect);
        let outcome = match fate.turned {
            Some(kind) => {
                self.log.add(self.now, Fact::Turned(flight.clone()));
                let message = kind.word().to_owned();
                Outcome::Refused { kind, message, retry_after_s: None }
            }
            None => {
                self.log.add(self.now, Fact::Reached(flight.clone()));
                if let Some(after) = fate.effect_after {
                    self.after(after, Due::Effect(flight.clone()));
                }
                match asked {
                    _ if fate.heard_after > deadline_ms => gave_up(),
                    Some((who, _)) if fate.said == Said::Done => {
                        answer(json!({ "busy": self.script(flight.request).busy == Some(who) }))
                    }
                    Some(_) | None => heard(fate.said),
                }
            }
        };
        let heard_in = fate.heard_after.min(deadline_ms);
        if outcome == heard(Said::Done) {
            self.log.add(self.now + heard_in, Fact::Confirmed(flight.clone()));
        }
        let number = flight.number;
        let waits = Waits { task, hears, outbox, outcome, flight, started_at, asked };
        self.waiting.insert(number, waits);
        self.after(heard_in, Due::Report(number));
        self.dies_beside_a_call();
    }

    /// The outcome of a call has come to the node that made it.
    pub fn report(&mut self, number: usize) {
        let Some(waits) = self.waiting.remove(&number) else { return };
        if self.dies_beside_a_call() {
            return;
        }
        if let Some((who, true)) = waits.asked {
            let standing = !self.newest().left.contains(&who) && !self.gone.contains(&who);
            let request = waits.flight.request;
            self.log.add(self.now, Fact::Checked { request, who, standing });
        }
        let Waits { mut task, hears, outbox, outcome, flight, started_at, .. } = waits;
        let _late = hears.send(outcome.clone());
        let Some(node) = &mut self.house.node else { return };
        match Self::wait(node, &self.house.mounted.disk, &mut task) {
            Came::Settled(settling) => self.settled(outbox, settling),
            Came::Left(_) => unreachable!("one effect makes one call"),
            Came::Died => return self.die(),
        }
        self.look();
        if self.random.permille(self.faults.twice) {
            let ended_at = self.recorded();
            let settled = Settled {
                effect: flight.key,
                attempt: flight.attempt,
                started_at,
                ended_at,
                outcome,
            };
            let later = self.random.between(1, 90_000);
            self.after(later, Due::Twice(flight.request, settled));
        }
        self.poll_by(self.now + 1);
        self.dies_beside_a_call();
    }

    /// The outcome comes a second time, under another name.
    pub fn twice(&mut self, request: usize, settled: Settled) {
        let Some(node) = &self.house.node else { return };
        self.met.insert(("any", "outcome", "twice"));
        let draft = EventDraft {
            id: format!("{}:again", Event::outcome_id(settled.effect, settled.attempt)),
            by: None,
            source: EventSource::Automation,
            kind: EventKind::Outcome(settled),
        };
        let about = About::Request(flow_sim::life::request_id(request));
        if let Err(error) = node.app.submit(&about, &draft) {
            return self.failed(&error);
        }
        self.look();
        self.poll_by(self.now + 1);
    }

    /// A call takes effect, whether or not anybody still waits for it.
    pub fn take_effect(&mut self, flight: &Flight) {
        let request = (!self.script(flight.request).shared).then_some(flight.request);
        let who = self.requester(flight.request);
        let (target, known_as) = (flight.target.clone(), flight.known_as.clone());
        let access = Access { who, request, target, known_as };
        match flight.purpose {
            Purpose::Escalate if self.access.insert(access.clone()) => {
                self.log.add(self.now, Fact::Made(access));
            }
            Purpose::Deescalate if self.access.remove(&access) => {
                self.log.add(self.now, Fact::Gone(access));
            }
            Purpose::Escalate | Purpose::Deescalate | Purpose::Step => {}
        }
    }
}

fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Escalate => "escalate",
        Purpose::Deescalate => "deescalate",
        Purpose::Step => "step",
    }
}
