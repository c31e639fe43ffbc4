//! One life: people act, nodes run and die, functions answer late or wrongly, the clock jumps; and
//! from some moment on everything works, so that what is owed can be seen to be paid.

use std::collections::{BTreeMap, BTreeSet};

use flow_engine::{Event, Request, RequestId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::cast::Who;
use crate::chance::{Befallen, Chance};
use crate::daemon::{Decide, Store};
use crate::faults::Faults;
use crate::log::{Access, Fact, Flight, Log};
use crate::people::Wish;
use crate::script::Script;
use crate::setup::Setup;

mod acts;
pub mod calls;
mod commit;
mod nodes;

/// More happenings than this for each request are no life any more.
const HAPPENINGS_MAX: u32 = 6_000;
/// Recorded time at the true time 0, in milliseconds since 1970.
pub const BIRTH_MS: i64 = 1_767_225_600_000;

/// What a life leaves behind.
pub struct Lived {
    /// What happened outside.
    pub log: Log,
    /// The flow, and what a later bundle made of it.
    pub scripts: [Script; 2],
    /// Which of the two a request was opened with, where it was taken.
    pub pinned: BTreeMap<usize, usize>,
    /// Who asks, by request.
    pub requesters: Vec<Who>,
    /// Whether nobody could be told anything until the world healed.
    pub silent: bool,
    /// Faults that befell something.
    pub befallen: Vec<Befallen>,
    /// (phase, event, fault) as they met.
    pub met: BTreeSet<(&'static str, &'static str, &'static str)>,
    /// How many transitions it took.
    pub transitions: u32,
    /// Whether it came to rest.
    pub rested: bool,
}

impl Lived {
    /// The flow of a request.
    #[must_use]
    pub fn script(&self, request: usize) -> &Script {
        let [first, later] = &self.scripts;
        if self.pinned.get(&request) == Some(&1) { later } else { first }
    }

    /// Who asked.
    #[must_use]
    pub fn requester(&self, request: usize) -> Who {
        self.requesters.get(request).copied().unwrap_or(Who::Ana)
    }
}

/// What can be due.
enum Due {
    Wish(Wish),
    Poll,
    Leave(Flight, usize, (usize, u32), (Timestamp, u64)),
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
    setup: Setup,
    chance: Chance,
    faults: Faults,
    store: Store,
    log: Log,
    queue: BTreeMap<(u64, u64), Due>,
    /// What could not be said because no node lived.
    unsaid: Vec<Wish>,
    /// Nodes, each in one of its lives, whose calls nobody has taken over yet.
    lost: BTreeSet<(usize, u32)>,
    /// The poll that counts; others in the queue are stale.
    poll_at: Option<u64>,
    sequence: u64,
    /// True time.
    now: u64,
    /// Recorded time less true time; it never shrinks.
    offset: i64,
    nodes: Vec<Node>,
    /// Whether something happens between reading and writing.
    interleaved: bool,
    access: BTreeSet<Access>,
    outside: Outside,
    flights: usize,
    pinned: BTreeMap<usize, usize>,
    met: BTreeSet<(&'static str, &'static str, &'static str)>,
    fault: &'static str,
    transitions: u32,
}

/// What is true of the world, and narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Outside {
    /// Who left the groups.
    left: BTreeSet<Who>,
    /// Who joined them.
    joined: BTreeSet<Who>,
    /// Who was shut out.
    gone: BTreeSet<Who>,
    frozen: bool,
    disabled: bool,
    target_gone: bool,
    /// Whether everybody is known by another id.
    renamed: bool,
    /// Whether the directory does not answer.
    directory_down: bool,
    /// Which script the newest bundle is of.
    newest: usize,
    /// Requests whose flow is gone.
    flowless: BTreeSet<usize>,
}

struct Node {
    alive: bool,
    life: u32,
}

/// Lives the life of a seed.
#[must_use]
pub fn live(seed: u64, decide: &Decide) -> Lived {
    live_from(Setup::draw(seed), decide)
}

/// Lives a life as it is set up.
#[must_use]
pub fn live_from(setup: Setup, decide: &Decide) -> Lived {
    let mut life = Life {
        decide,
        chance: Chance::of(setup.seed, setup.muted.clone()),
        faults: setup.faults,
        nodes: (0..setup.nodes.max(1)).map(|_| Node { alive: true, life: 0 }).collect(),
        setup,
        store: Store::default(),
        log: Log::default(),
        queue: BTreeMap::new(),
        unsaid: Vec::new(),
        lost: BTreeSet::new(),
        poll_at: None,
        sequence: 0,
        now: 0,
        offset: 0,
        interleaved: false,
        access: BTreeSet::new(),
        outside: Outside::default(),
        flights: 0,
        pinned: BTreeMap::new(),
        met: BTreeSet::new(),
        fault: "none",
        transitions: 0,
    };
    life.schedule();
    for (who, target) in life.setup.before.clone() {
        let target = target.to_owned();
        let access = Access { who, request: None, target, known_as: String::new() };
        life.log.add(0, Fact::Stood(access.clone()));
        life.access.insert(access);
    }
    let rested = life.run();
    let silent = life.setup.faults.silence > 0;
    let Life { log, setup, pinned, met, transitions, chance, .. } = life;
    let Setup { scripts, requesters, .. } = setup;
    let befallen = chance.befallen;
    Lived { log, scripts, pinned, requesters, silent, befallen, met, transitions, rested }
}

/// The id of a request of a life.
#[must_use]
pub fn request_id(index: usize) -> RequestId {
    RequestId(Uuid::from_u128(index as u128 + 1))
}

impl Life<'_> {
    fn schedule(&mut self) {
        for (at, wish) in self.setup.wishes.clone() {
            self.at(at, Due::Wish(wish));
        }
        for (at, by) in self.setup.jumps.clone() {
            self.at(at, Due::Jump(by));
        }
        self.at(self.setup.heals_at, Due::Heal);
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
        let requests = u32::try_from(self.setup.requesters.len()).unwrap_or(1);
        while let Some(((at, _), due)) = self.queue.pop_first() {
            happenings += 1;
            if happenings > HAPPENINGS_MAX * requests {
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
                self.befell("twice");
                let _ = self.commit(request, event);
            }
            Due::Recover(node, life) => self.recover((node, life)),
            Due::Rise(node) => self.rise(node),
            Due::Jump(by) => self.jump(by),
            Due::Heal => self.heal(),
        }
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
        self.outside.directory_down = false;
        self.fault = "healed";
        self.log.add(self.now, Fact::Healed);
        for node in 0..self.nodes.len() {
            if self.nodes.get(node).is_some_and(|n| !n.alive) {
                self.rise(node);
            }
        }
        self.poll_by(self.now + 1);
    }

    /// Something went wrong: for the table of what was tried, and for the story.
    fn befell(&mut self, word: &'static str) {
        self.fault = word;
        self.log.add(self.now, Fact::Fault(word));
    }

    fn request(&self, index: usize) -> Option<&Request> {
        self.store.requests.get(&index)
    }

    fn requester(&self, request: usize) -> Who {
        self.setup.requesters.get(request).copied().unwrap_or(Who::Ana)
    }

    /// Which of the two scripts a request is held to; the newest one for a request to come.
    fn version(&self, request: usize) -> usize {
        self.pinned.get(&request).copied().unwrap_or(self.outside.newest)
    }

    fn script(&self, request: usize) -> &Script {
        self.script_at(self.version(request))
    }

    fn script_at(&self, version: usize) -> &Script {
        let [first, later] = &self.setup.scripts;
        if version == 1 { later } else { first }
    }

    /// By which id somebody is known on the other side now.
    fn id_of(&self, who: Who) -> String {
        let number = if self.outside.renamed { 2 } else { 1 };
        format!("{}-{number}", who.name())
    }

    /// Whether somebody is still there, and in their groups.
    fn stands(&self, who: Who) -> bool {
        !self.outside.left.contains(&who) && !self.outside.gone.contains(&who)
    }
}
