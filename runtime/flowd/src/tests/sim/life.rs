//! One life: what is due when, when the power goes, and what can be seen from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flow_bundle::Digest;
use flow_engine::audit::Record;
use flow_engine::event::Settled;
use flow_engine::message::MessageBody;
use flow_engine::{Phase, Request, RequestId};
use flow_sim::cast::Who;
use flow_sim::faults::Faults;
use flow_sim::life::{BIRTH_MS, Lived as Outside, request_id};
use flow_sim::log::{Access, Fact, Flight, Log};
use flow_sim::people::Wish;
use flow_sim::promises::{Breach, first_breach};
use flow_sim::random::Random;
use flow_sim::script::Script;
use flow_sim::setup::Setup;
use jiff::Timestamp;

use super::bundles::Served;
use super::calls::{Started, Waits};
use super::house::{Ground, House, Time, WARDEN};
use super::kept::{self, Kept};
use super::wishes::Unsure;
use crate::drive::DriveError;
use crate::store::{AuditFilter, MessageFilter, RequestFilter};

/// More happenings than this for each request are no life any more.
const HAPPENINGS_MAX: u32 = 20_000;

/// When the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deaths {
    Never,
    /// Once, at this change of the disk.
    AtChange(u64),
    /// Again and again until the world heals.
    ByChance,
}

/// What a life leaves behind.
pub struct Lived {
    pub outside: Outside,
    /// What was lost, or went wrong in itself.
    broken: Option<String>,
    /// By the disk, beside a write, beside a call.
    pub deaths: [u64; 3],
    pub changes: u64,
    pub acknowledged: u64,
    pub calls: u64,
}

impl Lived {
    /// The first promise that was broken.
    pub fn breach(&self) -> Option<Breach> {
        let lost = self.broken.clone().map(|seen| Breach { promise: 5, seen });
        lost.or_else(|| first_breach(&self.outside, None))
    }
}

/// What can be due.
pub enum Due {
    Wish(Wish),
    Poll,
    Effect(Flight),
    Report(usize),
    Twice(usize, Settled),
    Rise,
    Jump(i64),
    Heal,
}

pub struct Life {
    pub house: House,
    pub setup: Setup,
    pub random: Random,
    pub faults: Faults,
    pub log: Log,
    queue: BTreeMap<(u64, u64), Due>,
    poll_at: Option<u64>,
    sequence: u64,
    /// True time, in milliseconds.
    pub now: u64,
    /// Wall clock less true time.
    offset: i64,
    pub access: BTreeSet<Access>,
    pub gone: BTreeSet<Who>,
    /// The bundle that is wanted now, and every one that was ever given to the daemon.
    pub wanted: Served,
    pub served: BTreeMap<Digest, Served>,
    /// Which of them a request was opened with.
    pub opened: BTreeMap<usize, Served>,
    pub flights: usize,
    pub waiting: BTreeMap<usize, Waits>,
    pub kept: Kept,
    pub acted: BTreeSet<String>,
    pub unsure: Vec<Unsure>,
    pub started: Vec<Started>,
    pub met: BTreeSet<(&'static str, &'static str, &'static str)>,
    deaths: Deaths,
    died: [u64; 3],
    broken: Option<String>,
}

/// Lives the life of a seed.
pub fn live(seed: u64, deaths: Deaths, ground: Ground) -> Lived {
    let mut setup = Setup::draw(seed).of_functions();
    // What the daemon does not know, what its message log cannot be, and what needs a second daemon.
    setup.scripts.iter_mut().for_each(|script| script.function_timeout_known = false);
    // Break-glass that grants nothing is no bundle.
    for script in setup.scripts.iter_mut().filter(|s| s.break_glass && s.targets.is_empty()) {
        script.targets.push("button");
        script.render();
    }
    setup.faults = Faults { silence: 0, lease: 0, conflict: 0, ..setup.faults };
    if deaths != Deaths::ByChance {
        (setup.faults, setup.jumps) = (Faults::NONE, Vec::new());
    }
    let birth = Timestamp::from_millisecond(BIRTH_MS).unwrap();
    let time: Time = Arc::new(Mutex::new((birth, Duration::ZERO)));
    let mut life = Life {
        house: House::build(Random::of(seed ^ 0xD15C), time, ground),
        faults: setup.faults,
        random: Random::of(seed ^ 0x0CA5),
        setup,
        log: Log::default(),
        queue: BTreeMap::new(),
        poll_at: None,
        sequence: 0,
        now: 0,
        offset: 0,
        access: BTreeSet::new(),
        gone: BTreeSet::new(),
        wanted: Served::default(),
        served: BTreeMap::new(),
        opened: BTreeMap::new(),
        flights: 0,
        waiting: BTreeMap::new(),
        kept: Kept::default(),
        acted: BTreeSet::new(),
        unsure: Vec::new(),
        started: Vec::new(),
        met: BTreeSet::new(),
        deaths,
        died: [0; 3],
        broken: None,
    };
    life.schedule();
    let rested = life.run();
    life.finish(rested)
}

impl Life {
    fn schedule(&mut self) {
        self.load().unwrap_or_else(|e| panic!("{e}"));
        self.light_fuses();
        if let Deaths::AtChange(at) = self.deaths {
            self.house.disk().set_fuse(Some(at));
        }
        for (at, wish) in self.setup.wishes.clone() {
            self.at(at, Due::Wish(wish));
        }
        for (at, by) in self.setup.jumps.clone() {
            self.at(at, Due::Jump(by));
        }
        self.at(self.setup.heals_at, Due::Heal);
    }

    pub fn at(&mut self, at: u64, due: Due) {
        self.sequence += 1;
        self.queue.insert((at.max(self.now), self.sequence), due);
    }

    pub fn after(&mut self, ms: u64, due: Due) {
        self.at(self.now + ms, due);
    }

    /// A node looks for what is due at this true time, or earlier.
    pub fn poll_by(&mut self, at: u64) {
        if self.poll_at.is_none_or(|soonest| at < soonest) {
            self.poll_at = Some(at);
            self.at(at, Due::Poll);
        }
    }

    fn set_time(&self) {
        let wall = BIRTH_MS + i64::try_from(self.now).unwrap() + self.offset;
        let wall = Timestamp::from_millisecond(wall).unwrap();
        let mut time = self.house.time.lock().unwrap_or_else(PoisonError::into_inner);
        *time = (wall, Duration::from_millis(self.now));
    }

    /// Recorded time, where somebody lives to know it.
    pub fn recorded(&self) -> Timestamp {
        self.house.node.as_ref().map_or(Timestamp::UNIX_EPOCH, |node| node.app.clock.now())
    }

    pub fn recorded_ms(&self) -> u64 {
        u64::try_from(self.recorded().as_millisecond() - BIRTH_MS).unwrap_or(0)
    }

    pub fn met(&mut self, event: &'static str, fault: &'static str) {
        self.met.insert(("any", event, fault));
    }

    fn run(&mut self) -> bool {
        let mut happenings = 0;
        let most = HAPPENINGS_MAX * u32::try_from(self.setup.requesters.len()).unwrap();
        while let Some(((at, _), due)) = self.queue.pop_first() {
            happenings += 1;
            if happenings > most || self.broken.is_some() {
                return false;
            }
            self.keep_mark(at);
            self.now = at;
            self.set_time();
            self.happen(due);
        }
        true
    }

    /// While the wall clock is behind, timers come every second. Only the last time is played, and the
    /// power does not go there: the time before would count.
    fn keep_mark(&mut self, until: u64) {
        let behind = self.house.node.as_ref().is_some_and(|node| node.app.clock.is_behind());
        if behind && until > self.now + 1_000 {
            self.now = until - 1_000;
            self.set_time();
            let Some(node) = &self.house.node else { return };
            let kept = || node.people.fuse.spared(|| node.app.keep_mark());
            if let Err(error) = self.house.disk().spared(kept) {
                self.failed(&error);
            }
        }
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Wish(wish) => self.wish(wish),
            Due::Poll if self.poll_at == Some(self.now) => {
                self.poll_at = None;
                self.poll();
            }
            Due::Poll => {}
            Due::Effect(flight) => self.take_effect(&flight),
            Due::Report(number) => self.report(number),
            Due::Twice(request, settled) => self.twice(request, settled),
            Due::Rise => self.rise(),
            Due::Jump(by) => {
                self.log.add(self.now, Fact::Jumped(by));
                self.offset += by;
                self.set_time();
                self.poll_by(self.now + 1);
            }
            Due::Heal => self.heal(),
        }
    }

    fn heal(&mut self) {
        self.faults = Faults::NONE;
        self.deaths = Deaths::Never;
        self.house.disk().set_fuse(None);
        if let Some(node) = &self.house.node {
            node.people.fuse.set(0);
        }
        self.log.add(self.now, Fact::Healed);
        self.rise();
        self.poll_by(self.now + 1);
    }

    /// Chooses where the power goes next.
    fn light_fuses(&mut self) {
        if self.deaths != Deaths::ByChance {
            return;
        }
        let (disk, write) = (self.random.between(1, 900), self.random.between(1, 90));
        let which = self.random.pick(0, &[1, 2]);
        if which == 0 {
            self.house.disk().set_fuse(Some(disk));
        }
        if let (1, Some(node)) = (which, &self.house.node) {
            node.people.fuse.set(u32::try_from(write).unwrap());
        }
    }

    /// Whether the power goes here, between a started row, its call and its outcome.
    pub fn dies_beside_a_call(&mut self) -> bool {
        let chance = if self.deaths == Deaths::ByChance { 30 } else { 0 };
        if self.house.node.is_none() || !self.random.permille(chance) {
            return self.house.node.is_none();
        }
        self.died[2] += 1;
        self.gone_dark();
        true
    }

    /// The power went by itself.
    pub fn die(&mut self) {
        if self.house.node.is_some() {
            self.died[usize::from(!self.house.disk().is_dead())] += 1;
            self.gone_dark();
        }
    }

    fn gone_dark(&mut self) {
        self.log.add(self.now, Fact::Died(0));
        self.waiting.clear();
        self.house.die();
        let down = self.random.between(500, 120_000);
        self.after(down, Due::Rise);
    }

    fn rise(&mut self) {
        if self.house.node.is_some() {
            return;
        }
        if let Err(why) = self.house.rise() {
            return self.breaks(why);
        }
        self.log.add(self.now, Fact::Rose(0));
        let node = self.house.node.as_ref().unwrap();
        if let Some(lost) = self.kept.check(&*node.store) {
            return self.breaks(lost);
        }
        if let Err(error) = self.make_sure() {
            return self.failed(&error);
        }
        self.make_sure_of_calls();
        let node = self.house.node.as_ref().unwrap();
        if let Err(error) = node.app.inactive_gone() {
            return self.failed(&error);
        }
        self.look();
        self.light_fuses();
        self.poll_by(self.now + 1);
    }

    /// Something of the store failed: the power is gone, or a promise is broken.
    pub fn failed(&mut self, error: &DriveError) {
        let burnt = self.house.node.as_ref().is_some_and(|n| n.people.fuse.is_burnt());
        if burnt || self.house.disk().is_dead() {
            self.die();
        } else if self.house.node.is_some() {
            self.breaks(format!("the store failed by itself: {error}"));
        }
    }

    /// The flow that a request was opened with.
    pub fn script(&self, request: usize) -> &Script {
        let version = self.opened.get(&request).map_or(self.wanted.version, |o| o.version);
        &self.setup.scripts[version]
    }

    pub fn requester(&self, request: usize) -> Who {
        self.setup.requesters[request]
    }

    pub fn breaks(&mut self, why: String) {
        self.broken.get_or_insert(why);
    }

    pub fn index_of(&self, request: RequestId) -> Option<usize> {
        (0..self.setup.requesters.len()).find(|index| request_id(*index) == request)
    }

    /// Reads what is new in the audit trail and the message log.
    pub fn look(&mut self) {
        let Some(node) = &self.house.node else { return };
        let after = self.kept.audit.as_ref().map_or(0, |(seq, _)| *seq);
        let audit =
            node.store.page_audit(&AuditFilter { after, limit: 10_000, ..Default::default() });
        let after = self.kept.message;
        let told =
            node.store.page_messages(&MessageFilter { after, limit: 10_000, ..Default::default() });
        let (audit, told) = match audit.and_then(|audit| Ok((audit, told?))) {
            Ok(new) => new,
            Err(error) => return self.failed(&error.into()),
        };
        for row in audit {
            self.kept.audit = Some((row.seq, row.hash));
            let record: Result<Record, _> = serde_json::from_value(row.body.unwrap());
            // The engine's promises know the engine's kinds; this one is the daemon's own.
            let record = record.ok().filter(|record| record.kind != crate::backup::kept::KEPT);
            self.log.audit.extend(record.map(|record| (self.now, record)));
        }
        for row in told {
            self.kept.message = row.seq;
            let Some(request) = row.request.and_then(|id| self.index_of(id.parse().ok()?)) else {
                continue;
            };
            let body: MessageBody = serde_json::from_value(row.body).unwrap();
            // Nobody else tells the warden anything than whoever tells all admins.
            let to = match &row.person {
                Some(_) if row.target == WARDEN => "set:admins".to_owned(),
                Some(_) => format!("dm:{}", row.target),
                None => row.target,
            };
            let told = flow_sim::translate::told(request, to, body.plain());
            self.log.add(self.now, Fact::Told(told));
        }
    }

    fn finish(mut self, rested: bool) -> Lived {
        self.look();
        if let Some(node) = &self.house.node {
            let lost = self.kept.check(&*node.store);
            self.broken = self.broken.take().or(lost);
            let open = RequestFilter { open: true, limit: 99, ..RequestFilter::default() };
            let open = node.app.page_requests(&open).unwrap_or_default();
            // What stands until somebody ends it may stand.
            let lasts = |r: &Request| {
                let script = self.index_of(r.id).map(|index| self.script(index));
                r.phase == Phase::Active && script.is_some_and(|s| s.standing)
            };
            if let Some(open) = open.iter().find(|r| !lasts(r)) {
                self.breaks(format!("{} stays {}", open.id, open.phase.word()));
            }
        }
        let (changes, db) = (self.house.disk().changes(), self.house.db());
        self.house.node = None;
        self.broken = self.broken.take().or_else(|| kept::check_file(&db));
        Lived {
            deaths: self.died,
            changes,
            acknowledged: self.kept.answers.len() as u64,
            calls: self.flights as u64,
            broken: self.broken,
            outside: Outside {
                log: self.log,
                pinned: self.opened.into_iter().map(|(r, served)| (r, served.version)).collect(),
                requesters: self.setup.requesters,
                scripts: self.setup.scripts,
                // What is said has lanes of its own: an announcement is owed before the call leaves, and
                // said beside it.
                silent: true,
                befallen: Vec::new(),
                met: self.met,
                transitions: 0,
                rested,
            },
        }
    }
}
