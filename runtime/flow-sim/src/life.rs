//! One life: people act, nodes run and die, functions answer late or wrongly, the clock jumps; and
//! from some moment on everything works, so that what is owed can be seen to be paid.

use std::collections::{BTreeMap, BTreeSet};

use flow_engine::effect::{EffectKind, Purpose};
use flow_engine::event::{Ask, Click, EventKind, Longer};
use flow_engine::{Context, Event, EventSource, Newest, Reply, Request, RequestId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::cast::Who;
use crate::daemon::{Decide, RowState, Store};
use crate::faults::Faults;
use crate::log::{Access, Act, Acted, Fact, Flight, Log};
use crate::people::{self, Plan, Wish};
use crate::random::Random;
use crate::script::Script;

mod calls;
mod nodes;

/// Until when things go wrong, in true milliseconds.
pub const HEALS_AT: u64 = 3 * 3_600_000;
/// More happenings than this are no life any more.
const HAPPENINGS_MAX: u32 = 6_000;
/// Recorded time at the true time 0, in milliseconds since 1970.
const BIRTH_MS: i64 = 1_767_225_600_000;

/// What a life leaves behind.
pub struct Lived {
    /// What happened outside.
    pub log: Log,
    /// What it was about.
    pub script: Script,
    /// (phase, event, fault) as they met.
    pub met: BTreeSet<(&'static str, &'static str, &'static str)>,
    /// How many transitions it took.
    pub transitions: u32,
    /// Whether it came to rest.
    pub rested: bool,
}

/// What can be due.
enum Due {
    Wish(Wish),
    Poll,
    Leave(Flight, usize, (usize, u32), Timestamp),
    Effect(Flight),
    Report { row: usize, by: (usize, u32), event: Event },
    Twice { request: usize, event: Event },
    Recover(usize, u32),
    Rise(usize),
    Jump(i64),
    Heal,
}

pub(crate) struct Life<'e> {
    decide: &'e Decide,
    script: Script,
    random: Random,
    faults: Faults,
    store: Store,
    log: Log,
    queue: BTreeMap<(u64, u64), Due>,
    /// The poll that counts; others in the queue are stale.
    poll_at: Option<u64>,
    sequence: u64,
    /// True time.
    now: u64,
    /// Recorded time less true time; it never shrinks.
    offset: i64,
    nodes: Vec<Node>,
    access: BTreeSet<Access>,
    /// Who left the groups.
    left: BTreeSet<Who>,
    /// Who was shut out.
    gone: BTreeSet<Who>,
    frozen: bool,
    disabled: bool,
    /// Requests whose flow is gone.
    flowless: BTreeSet<usize>,
    flights: usize,
    met: BTreeSet<(&'static str, &'static str, &'static str)>,
    fault: &'static str,
    transitions: u32,
}

struct Node {
    alive: bool,
    life: u32,
}

/// Lives the life of a seed.
#[must_use]
pub fn live(seed: u64, decide: &Decide) -> Lived {
    let mut random = Random::of(seed);
    let script = Script::draw(&mut random);
    let faults = Faults::draw(&mut random);
    let plan = people::plan(&mut random, &script, &faults);
    let nodes = if random.permille(300) { 2 } else { 1 };
    let mut life = Life {
        decide,
        script,
        random,
        faults,
        store: Store::default(),
        log: Log::default(),
        queue: BTreeMap::new(),
        poll_at: None,
        sequence: 0,
        now: 0,
        offset: 0,
        nodes: (0..nodes).map(|_| Node { alive: true, life: 0 }).collect(),
        access: BTreeSet::new(),
        left: BTreeSet::new(),
        gone: BTreeSet::new(),
        frozen: false,
        disabled: false,
        flowless: BTreeSet::new(),
        flights: 0,
        met: BTreeSet::new(),
        fault: "none",
        transitions: 0,
    };
    life.schedule(plan);
    let rested = life.run();
    let Life { log, script, met, transitions, .. } = life;
    Lived { log, script, met, transitions, rested }
}

/// The id of a request of a life.
#[must_use]
pub fn request_id(index: usize) -> RequestId {
    RequestId(Uuid::from_u128(index as u128 + 1))
}

impl Life<'_> {
    fn schedule(&mut self, plan: Plan) {
        for (at, wish) in plan.wishes {
            self.at(at, Due::Wish(wish));
        }
        if self.faults.jump > 0 {
            for _ in 0..self.random.between(1, 6) {
                // Most of them while much is under way.
                let until = if self.random.permille(700) { 900_000 } else { HEALS_AT - 60_000 };
                let at = self.random.between(1_000, until);
                let by = self.random.pick(3_600_000, &[60_000, 1_200_000, -3_600_000, -600_000]);
                self.at(at, Due::Jump(by));
            }
        }
        self.at(HEALS_AT, Due::Heal);
    }

    fn at(&mut self, at: u64, due: Due) {
        self.sequence += 1;
        self.queue.insert((at.max(self.now), self.sequence), due);
    }

    fn after(&mut self, ms: u64, due: Due) {
        self.at(self.now + ms, due);
    }

    /// A node looks for what is due at this true time, or earlier.
    fn poll_by(&mut self, at: u64) {
        if self.poll_at.is_none_or(|soonest| at < soonest) {
            self.poll_at = Some(at);
            self.at(at, Due::Poll);
        }
    }

    fn recorded_ms(&self) -> u64 {
        u64::try_from(i64::try_from(self.now).unwrap_or(i64::MAX).saturating_add(self.offset))
            .unwrap_or(0)
    }

    fn recorded(&self) -> Timestamp {
        let ms = i64::try_from(self.recorded_ms()).unwrap_or(i64::MAX);
        let birth = Timestamp::from_millisecond(BIRTH_MS).unwrap_or(Timestamp::UNIX_EPOCH);
        birth.checked_add(SignedDuration::from_millis(ms)).unwrap_or(Timestamp::MAX)
    }

    /// True time at which recorded time will be `at`.
    fn true_time(&self, at: Timestamp) -> u64 {
        let wait = at.as_millisecond() - self.recorded().as_millisecond();
        // One more, because recorded time is cut to milliseconds.
        self.now + u64::try_from(wait.max(0)).unwrap_or(0) + u64::from(wait > 0)
    }

    fn run(&mut self) -> bool {
        let mut happenings = 0;
        while let Some(((at, _), due)) = self.queue.pop_first() {
            happenings += 1;
            if happenings > HAPPENINGS_MAX {
                return false;
            }
            self.now = at;
            self.happen(due);
        }
        true
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Wish(wish) => self.wish(wish),
            Due::Poll if self.poll_at == Some(self.now) => {
                self.poll_at = None;
                self.poll();
            }
            Due::Poll => {}
            Due::Leave(flight, row, by, started) => self.leave(flight, row, by, started),
            Due::Effect(flight) => self.take_effect(&flight),
            Due::Report { row, by, event } => self.reported(row, by, &event),
            Due::Twice { request, event } => {
                self.fault = "twice";
                let _ = self.commit(request, event);
            }
            Due::Recover(node, life) => self.recover((node, life)),
            Due::Rise(node) => self.rise(node),
            Due::Jump(by) => self.jump(by),
            Due::Heal => self.heal(),
        }
    }

    /// Somebody wants something, or something befalls.
    fn wish(&mut self, wish: Wish) {
        let Some(node) = self.some_node() else {
            // Nobody is there: the client tries again with the same id.
            return self.after(2_000, Due::Wish(wish));
        };
        match wish {
            Wish::Leaves(who) => {
                self.left.insert(who);
                self.log.add(self.now, Fact::Changed("left"));
            }
            Wish::Deactivated(who) => {
                self.gone.insert(who);
                self.log.add(self.now, Fact::Deactivated(who));
            }
            Wish::Frozen => {
                self.frozen = true;
                self.log.add(self.now, Fact::Changed("frozen"));
            }
            Wish::Disabled => {
                self.disabled = true;
                self.log.add(self.now, Fact::Changed("disabled"));
            }
            Wish::Befalls { request, what, ref id } => {
                let kind = match what {
                    "flow_gone" => {
                        self.flowless.insert(request);
                        EventKind::FlowGone
                    }
                    _ => {
                        self.gone.insert(Who::Ana);
                        EventKind::PersonDeactivated
                    }
                };
                let source = EventSource::Automation;
                let event = Event { id: id.clone(), at: self.recorded(), by: None, source, kind };
                if self.dies(node) {
                    return self.after(3_000, Due::Wish(wish));
                }
                let Some(reply) = self.commit(request, event) else { return };
                let taken = matches!(reply, Reply::Accepted { .. });
                self.log.add(self.now, Fact::Befell { request, what, taken });
            }
            Wish::Acts { ref id, request, by, act, stage, wrong, again } => {
                let event = self.act(id, request, by, act, stage, wrong);
                if self.dies(node) {
                    return self.after(3_000, Due::Wish(wish));
                }
                let known = self.store.seen.contains_key(&(request, event.id.clone()));
                let rules = self.true_rules(request, by, stage);
                let Some(reply) = self.commit(request, event) else { return };
                if !known {
                    self.answered(id, request, (by, act, stage), (rules, !wrong), &reply);
                }
                if again || self.dies(node) {
                    let wish =
                        Wish::Acts { id: id.clone(), request, by, act, stage, wrong, again: false };
                    self.after(4_000, Due::Wish(wish));
                }
            }
        }
    }

    fn answered(
        &mut self,
        id: &str,
        request: usize,
        (by, act, stage): (Who, Act, Option<&'static str>),
        (rules, seen): (Vec<usize>, bool),
        reply: &Reply,
    ) {
        let refused = match reply {
            Reply::Accepted { .. } => None,
            Reply::Refused(refusal) => Some(refusal.reason),
        };
        let acted = Acted {
            event: id.to_owned(),
            request,
            by,
            act,
            stage,
            rules,
            seen,
            refused,
            active: !self.gone.contains(&by),
            recorded: self.recorded_ms(),
        };
        self.log.add(self.now, Fact::Acted(acted));
    }

    fn act(
        &self,
        id: &str,
        request: usize,
        by: Who,
        act: Act,
        stage: Option<&'static str>,
        wrong: bool,
    ) -> Event {
        let click = || {
            let known = self.store.requests.get(&request);
            let stages = known.map(|r| r.stages.as_slice()).unwrap_or_default();
            let digest = stages.iter().rfind(|s| Some(s.name.as_str()) == stage);
            let digest = digest.and_then(|s| s.digest).map(|d| d.hex());
            Click {
                stage: stage.map(str::to_owned),
                digest: if wrong { "0".repeat(64) } else { digest.unwrap_or_default() },
                comment: None,
            }
        };
        let kind = match act {
            Act::Ask => {
                let urgent = if self.script.urgent { "yes" } else { "no" };
                EventKind::Ask(Ask {
                    request: request_id(request),
                    requester: None,
                    fields: [("urgent".to_owned(), Json::from(urgent))].into(),
                    context: Json::Null,
                })
            }
            Act::Approve => EventKind::Approve(click()),
            Act::Deny => EventKind::Deny(click()),
            Act::Cancel => EventKind::Cancel,
            Act::Revoke => EventKind::Revoke { reason: None },
            Act::Extend => {
                EventKind::Extend(Longer { duration_s: self.script.longer_s, reason: None })
            }
            Act::Resolve => EventKind::Resolve { reason: "looked".to_owned() },
            Act::RevokeAll => EventKind::RevokeAll { reason: "leak".to_owned() },
        };
        let mut person = by.person();
        person.active = !self.gone.contains(&by);
        Event {
            id: id.to_owned(),
            at: self.recorded(),
            by: Some(person),
            source: EventSource::Api,
            kind,
        }
    }

    /// For which rules of a stage somebody truly is an approver now.
    fn true_rules(&self, _: usize, by: Who, stage: Option<&'static str>) -> Vec<usize> {
        let stage = self.script.stages.iter().find(|s| Some(s.name) == stage);
        let Some(stage) = stage else { return Vec::new() };
        if !self.stands(by) || (by == Who::Ana && !stage.allow_self) {
            return Vec::new();
        }
        let rules = stage.rules.iter().enumerate();
        rules.filter(|(_, (who, _))| who.contains(&by)).map(|(i, _)| i).collect()
    }

    /// Whether somebody is still there, and in their groups.
    pub(super) fn stands(&self, who: Who) -> bool {
        !self.left.contains(&who) && !self.gone.contains(&who)
    }

    /// One transaction; nothing where the request was never asked for.
    fn commit(&mut self, request: usize, mut event: Event) -> Option<Reply> {
        event.at = self.recorded();
        let context = self.context(request);
        let known = self.store.requests.contains_key(&request);
        if !known && !matches!(event.kind, EventKind::Ask(_)) {
            return None;
        }
        let name = event.kind.word();
        let done = self.store.commit(self.decide, &self.script, request, &event, &context);
        self.transitions += 1;
        let phase = done.phase.map_or("none", flow_engine::Phase::word);
        self.met.insert((phase, name, self.fault));
        let at = self.now;
        self.log.audit.extend(done.audit.into_iter().map(|record| (at, record)));
        self.poll_by(self.now + 1);
        Some(done.reply)
    }

    fn context(&self, request: usize) -> Context {
        let mut ana = Who::Ana.person();
        ana.active = !self.gone.contains(&Who::Ana);
        let mut context = Context::plain("sim", Some(ana));
        context.jumped_s = self.store.jumped_ms / 1000;
        context.frozen = self.frozen.then(|| "incident".to_owned());
        context.grants = self.store.grants.values().cloned().collect();
        let deciders = self.request(request).map(Request::deciders).unwrap_or_default();
        context.enabled = !self.disabled && !self.flowless.contains(&request);
        let now = |p: &flow_engine::Person| {
            let active = Who::by_id(p.id).is_none_or(|who| !self.gone.contains(&who));
            flow_engine::Person { active, ..p.clone() }
        };
        context.deciders = deciders.into_iter().map(now).collect();
        if self.script.function_timeout_known {
            let arn = crate::script::BUTTON.to_owned();
            context.function_timeouts_s.insert(arn, self.script.function_timeout_s);
        }
        if !self.left.is_empty() {
            let gone =
                |m: &String| self.left.iter().any(|w| m.starts_with(&format!("{}@", w.name())));
            let groups =
                self.script.groups().into_iter().map(|(name, members)| {
                    (name, members.into_iter().filter(|m| !gone(m)).collect())
                });
            let newest = Newest { groups: groups.collect(), ..Newest::default() };
            context.newest = Some(newest);
        }
        context
    }

    fn jump(&mut self, by: i64) {
        self.fault = "jump";
        self.log.add(self.now, Fact::Jumped(by));
        // Backwards: time goes on from the mark by the monotonic clock. Forwards: counted.
        if by > 0 {
            self.offset += by;
            self.store.jumped_ms += u64::try_from(by).unwrap_or(0);
        }
        self.poll_by(self.now + 1);
    }

    fn heal(&mut self) {
        self.faults = Faults::NONE;
        self.fault = "healed";
        self.log.add(self.now, Fact::Healed);
        for node in 0..self.nodes.len() {
            if self.nodes.get(node).is_some_and(|n| !n.alive) {
                self.rise(node);
            }
        }
        self.poll_by(self.now + 1);
    }

    fn request(&self, index: usize) -> Option<&Request> {
        self.store.requests.get(&index)
    }

    fn told(&mut self, request: usize, effect: &flow_engine::Effect) {
        if let EffectKind::Message(message) = &effect.kind {
            let text = message.body.plain();
            let until = text.split_once("active until ").or(text.split_once("lasts until "));
            let until = until.map(|(_, rest)| rest);
            let until = until.and_then(|rest| rest.strip_suffix('.')?.parse::<Timestamp>().ok());
            let active_until =
                until.and_then(|t| u64::try_from(t.as_millisecond() - BIRTH_MS).ok());
            let to = message.to.to_string();
            self.log.add(self.now, Fact::Told { request, to, text, active_until });
        }
    }

    fn purpose(effect: &flow_engine::Effect) -> Option<(Purpose, String)> {
        match &effect.kind {
            EffectKind::Lambda(call) => {
                let named = call.payload.get("fields").and_then(|f| f.get("target")?.get("name"));
                let target = named.and_then(Json::as_str).unwrap_or_default().to_owned();
                Some((call.purpose, target))
            }
            EffectKind::Access(call) => Some((call.purpose, call.target.name.clone())),
            EffectKind::Step(_) => Some((Purpose::Step, String::new())),
            EffectKind::Message(_) => None,
        }
    }

    /// Whose click a step asks about, and whether it is the last to ask.
    fn asked_about(effect: &flow_engine::Effect) -> Option<(Who, bool)> {
        let EffectKind::Lambda(call) = &effect.kind else { return None };
        let who = call.payload.get("who").and_then(Json::as_str).and_then(Who::by_email)?;
        Some((who, call.payload.get("last") == Some(&Json::Bool(true))))
    }

    fn is_started(&self, row: usize, by: (usize, u32)) -> bool {
        self.store.rows.get(row).is_some_and(|r| match r.state {
            RowState::Started { by: who, .. } => who == by,
            RowState::Waiting | RowState::Done => false,
        })
    }
}
