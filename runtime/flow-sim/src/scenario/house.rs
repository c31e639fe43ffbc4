//! A daemon in one room: store, outbox and clock. What is in it is durable.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::Flow;
use flow_bundle::moved;
use flow_bundle::suite::{Mock, Place, Scenario, Suite};
use flow_engine::audit::Record;
use flow_engine::context::GroupContents;
use flow_engine::{
    Context, Effect, Event, EventKind, EventSource, Grant, GrantId, HeldIdentity, Newest, Person,
    PersonId, PersonKind, Pinned, Reply, Request, RequestId, Role,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::call::Flight;
use super::coverage::{self, Point};
use super::crash::Folded;
use super::explore::Chance;
use super::told::{Line, Who};
use super::{Failure, Stage, Version};

/// More rounds than this without time passing is no rest.
const ROUNDS_MAX: usize = 5_000;

/// The namespace of ids in scenarios.
const IDS: Uuid = Uuid::from_u128(0x666c_6f77_7465_7374_0000_0000_0000_0001);

/// A request, and the version that it keeps.
pub(super) struct Held {
    pub(super) request: Request,
    pub(super) version: usize,
}

/// One row of the outbox.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) effect: Effect,
    pub(super) request: usize,
    pub(super) state: RowState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RowState {
    Waiting,
    Started,
    Done,
}

/// A message that was delivered.
pub(super) struct Sent {
    pub(super) to: flow_engine::Destination,
    pub(super) text: String,
    pub(super) card: bool,
    pub(super) requester: String,
}

pub(super) struct House<'p> {
    pub(super) stage: Stage<'p>,
    pub(super) scenario: &'p Scenario,
    pub(super) now: Timestamp,
    /// By the name in the file.
    pub(super) people: BTreeMap<String, Person>,
    /// Ids in other services, by e-mail address and provider.
    pub(super) identities: BTreeMap<(String, String), String>,
    pub(super) versions: Vec<Version<'p>>,
    pub(super) frozen: Option<String>,
    pub(super) requests: Vec<Held>,
    pub(super) grants: BTreeMap<GrantId, Grant>,
    pub(super) rows: Vec<Row>,
    pub(super) flights: Vec<Flight>,
    seen: BTreeSet<(usize, String)>,
    pub(super) audit: Vec<Record>,
    /// How often each mock was asked.
    pub(super) asked: BTreeMap<String, usize>,
    pub(super) used: BTreeSet<Place>,
    /// Since the last `expect`.
    pub(super) effects: Vec<String>,
    pub(super) messages: Vec<Sent>,
    /// Since the beginning.
    pub(super) all_effects: Vec<String>,
    pub(super) lines: Vec<Line>,
    /// Where in the audit trail the last action began.
    pub(super) since: usize,
    /// The action that is under way.
    pub(super) place: Place,
    /// What came up while something else was done.
    pub(super) broken: Option<Failure>,
    pub(super) form: Option<super::act::Form>,
    pub(super) covered: BTreeSet<Point>,
    /// Present where chance decides, and not a scenario.
    pub(super) chance: Option<Chance>,
    /// What the journal alone makes of each request; present where each record is followed by a
    /// crash.
    pub(super) folded: Option<Folded>,
    number: u32,
}

impl<'p> House<'p> {
    pub(super) fn new(stage: &Stage<'p>, scenario: &'p Scenario, crashing: bool) -> Self {
        let suite = stage.suite;
        let people = suite.users.iter().map(|(name, p)| (name.clone(), person(p))).collect();
        Self {
            stage: *stage,
            scenario,
            now: suite.start,
            people,
            identities: identities(suite),
            versions: vec![stage.module],
            frozen: None,
            requests: Vec::new(),
            grants: BTreeMap::new(),
            rows: Vec::new(),
            flights: Vec::new(),
            seen: BTreeSet::new(),
            audit: Vec::new(),
            asked: BTreeMap::new(),
            used: BTreeSet::new(),
            effects: Vec::new(),
            messages: Vec::new(),
            all_effects: Vec::new(),
            lines: Vec::new(),
            since: 0,
            place: scenario.place,
            broken: None,
            form: None,
            covered: BTreeSet::new(),
            chance: None,
            folded: crashing.then(Folded::default),
            number: 0,
        }
    }

    /// A number that was not given before.
    pub(super) fn number(&mut self) -> u32 {
        self.number = self.number.saturating_add(1);
        self.number
    }

    /// The last number that was given.
    pub(super) const fn acts(&self) -> u32 {
        self.number
    }

    pub(super) fn request_id(&mut self) -> RequestId {
        let number = self.number();
        RequestId(Uuid::new_v5(&IDS, format!("{} {number}", self.scenario.words).as_bytes()))
    }

    /// The last request of the scenario.
    pub(super) fn current(&self) -> Option<(usize, &Held)> {
        let index = self.requests.len().checked_sub(1)?;
        Some((index, self.requests.get(index)?))
    }

    /// The mock of an effect: the scenario's own, else the file's.
    pub(super) fn mock(&self, effect: &str) -> Option<&'p Mock> {
        let own = self.scenario.mocks.iter();
        own.chain(&self.stage.suite.mocks).find(|m| m.effect == effect)
    }

    /// The flow that a new request would have.
    pub(super) fn newest_flow(&self) -> Option<(&'p str, &'p Flow)> {
        let bundle = self.versions.last()?.bundle;
        let address = moved::key_now(bundle, "flow", &self.scenario.flow);
        bundle.flows.get_key_value(&*address).map(|(a, f)| (a.as_str(), f))
    }

    pub(super) fn pinned(&self, version: usize, address: &str) -> Option<Pinned<'p>> {
        let version = self.versions.get(version)?;
        let (address, flow) = version.bundle.flows.get_key_value(address)?;
        let content_hash = version.hash;
        Some(Pinned { bundle: version.bundle, content_hash, address, flow })
    }

    /// One transaction about a request, or about one that is to be.
    pub(super) fn commit(&mut self, about: Option<usize>, event: Event) -> Option<Reply> {
        let held = about.and_then(|index| self.requests.get(index));
        let index = about.unwrap_or(self.requests.len());
        if !self.seen.insert((index, event.id.clone())) {
            return None;
        }
        let newest = self.versions.len().saturating_sub(1);
        let version = held.map_or(newest, |h| h.version);
        let address = match held {
            Some(held) => held.request.flow.clone(),
            None => self.newest_flow().map(|(a, _)| a.to_owned()).unwrap_or_default(),
        };
        let pinned = self.pinned(version, &address)?;
        let before = held.map(|h| &h.request);
        let context = self.context(&pinned, version, before, &event);
        let done = self.stage.engine.decide(&pinned, before, &event, &context);
        let phase = before.map(|r| r.phase);
        coverage::covered((pinned.address, pinned.flow), before, &done, &mut self.covered);
        self.tell_event(&event, &done, phase);
        if let (EventKind::Approve(_), Reply::Accepted { .. }, Some(by)) =
            (&event.kind, &done.reply, &event.by)
        {
            self.see_approval(index, by.id);
        }
        for change in done.grants {
            self.grants.insert(change.grant.id, change.grant);
        }
        let asked = matches!(event.kind, EventKind::Ask(_));
        if let Some(request) = done.request {
            match self.requests.get_mut(index) {
                Some(held) => held.request = request,
                None => self.requests.push(Held { request, version }),
            }
        } else if asked {
            // An asking that was refused leaves nothing; its id is not taken again.
            self.seen.remove(&(index, event.id.clone()));
        }
        for effect in done.effects {
            self.rows.push(Row { effect, request: index, state: RowState::Waiting });
        }
        self.audit.extend(done.audit);
        if self.folded.is_some() {
            self.crash_after(index, &pinned, &event, &context);
        }
        Some(done.reply)
    }

    pub(super) fn context(
        &self,
        pinned: &Pinned<'_>,
        version: usize,
        request: Option<&Request>,
        event: &Event,
    ) -> Context {
        let requester = match (request, &event.kind) {
            (Some(request), _) => Some(request.requester.id),
            (None, EventKind::Ask(ask)) => {
                ask.requester.as_ref().or(event.by.as_ref()).map(|p| p.id)
            }
            (None, _) => None,
        };
        let known = requester.and_then(|id| self.person(id));
        let waiting = request.map(Request::deciders).unwrap_or_default();
        let own = request.map(|r| r.id);
        let open = self.requests.iter().filter(|h| {
            Some(h.request.requester.id) == requester
                && h.request.outcome.is_none()
                && Some(h.request.id) != own
        });
        let group = |members: &Vec<String>| GroupContents {
            members: members.clone(),
            as_of: self.now,
            failed: None,
        };
        let groups = self.stage.suite.groups.iter();
        let newest = self.versions.len().saturating_sub(1);
        let (enabled, narrowed) = self.newest(pinned, version, newest);
        Context {
            enabled,
            frozen: self.frozen.clone(),
            newest: narrowed,
            groups: groups.map(|(address, members)| (address.clone(), group(members))).collect(),
            deciders: waiting.into_iter().filter_map(|p| self.person(p.id).cloned()).collect(),
            open_requests: u32::try_from(open.count()).unwrap_or(u32::MAX),
            grants: self.grants.values().filter(|g| Some(g.person) == requester).cloned().collect(),
            identities: self.requests.iter().flat_map(|h| HeldIdentity::of(&h.request)).collect(),
            saved_ids: known.map(|p| self.ids_of(p)).unwrap_or_default(),
            ..Context::plain("test", known.cloned())
        }
    }

    /// A person's ids in other services: those of the file, and those that a step kept.
    fn ids_of(&self, person: &Person) -> BTreeMap<String, String> {
        let own = self.identities.iter().filter(|((email, _), _)| person.emails.contains(email));
        own.map(|((_, provider), id)| (provider.clone(), id.clone())).collect()
    }

    /// Whether the newest bundle has the flow and enables it, and what it narrows.
    fn newest(&self, pinned: &Pinned<'_>, version: usize, newest: usize) -> (bool, Option<Newest>) {
        let Some(latest) = self.versions.get(newest) else { return (true, None) };
        let bundle = latest.bundle;
        let enabled = flow_engine::flow_now(bundle, pinned.address).is_some_and(|f| f.enabled);
        let narrowed = (version != newest).then(|| Newest::of(bundle, pinned.address));
        (enabled, narrowed)
    }

    pub(super) fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.values().find(|p| p.id == id)
    }

    /// What a person is called in the file.
    pub(super) fn called(&self, id: PersonId) -> Who {
        let found = self.people.iter().find(|(_, p)| p.id == id);
        found.map_or(Who::Daemon, |(name, _)| Who::User(name.clone()))
    }

    /// Everything that is due now happens.
    pub(super) fn settle(&mut self) {
        for _ in 0..ROUNDS_MAX {
            if self.broken.is_some() || !(self.land() || self.tick() || self.start()) {
                return;
            }
        }
        let message = "this never comes to rest: something is asked again and again at once";
        self.broken = Some(Failure::at(self.place, message));
    }

    /// Time passes.
    pub(super) fn advance(&mut self, seconds: u64) {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let until = self.now.checked_add(SignedDuration::from_secs(seconds));
        let until = until.unwrap_or(Timestamp::MAX);
        loop {
            self.settle();
            match self.next_due().filter(|at| *at <= until) {
                Some(at) if self.broken.is_none() => self.now = self.now.max(at),
                _ => break,
            }
        }
        self.now = until;
    }

    fn next_due(&self) -> Option<Timestamp> {
        let ticks = self.requests.iter().enumerate().filter_map(|(index, held)| {
            let at = held.request.wake_at()?;
            let id = Event::tick_id(held.request.id, at);
            (!self.seen.contains(&(index, id))).then_some(at)
        });
        let rows = self.rows.iter().filter(|row| row.state == RowState::Waiting);
        let rows = rows.map(|row| row.effect.not_before);
        let flights = self.flights.iter().map(|f| f.ends_at);
        ticks.chain(rows).chain(flights).filter(|at| *at > self.now).min()
    }

    /// A timer that is due.
    fn tick(&mut self) -> bool {
        let due = self.requests.iter().enumerate().find_map(|(index, held)| {
            let at = held.request.wake_at().filter(|at| *at <= self.now)?;
            let id = Event::tick_id(held.request.id, at);
            (!self.seen.contains(&(index, id.clone()))).then_some((index, id))
        });
        let Some((index, id)) = due else { return false };
        let (at, source) = (self.now, EventSource::Automation);
        self.commit(Some(index), Event { id, at, by: None, source, kind: EventKind::Tick });
        true
    }
}

fn identities(suite: &Suite) -> BTreeMap<(String, String), String> {
    let known = suite.users.values().flat_map(|p| {
        let ids = p.identities.iter().flatten();
        ids.map(|(provider, id)| ((p.email.clone(), provider.clone()), id.clone()))
    });
    known.collect()
}

fn person(player: &flow_bundle::suite::Player) -> Person {
    Person {
        id: PersonId(Uuid::new_v5(&IDS, player.email.as_bytes())),
        username: player.email.clone(),
        emails: vec![player.email.clone()],
        name: player.name.clone(),
        role: match player.role.as_str() {
            "admin" => Role::Admin,
            "guest" => Role::Guest,
            _ => Role::Member,
        },
        kind: if player.bot { PersonKind::Bot } else { PersonKind::Human },
        active: true,
    }
}
