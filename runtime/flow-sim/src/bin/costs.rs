//! What a transition costs and how large a stored request is:
//! `costs BUNDLE FLOW WORLD [TIMES]`. Lives one request of the flow from asking to its end, many
//! times over. The world is a JSON file: `requester`, `approvers`, `fields`, `groups` from outside
//! with their members, and `answers` of steps by name; a strategy's function is answered
//! `{ "body": {}, "errors": [] }`.

#![expect(clippy::print_stdout, reason = "printing the figures is all it is for")]
#![expect(clippy::disallowed_methods, reason = "a shell around the kernel: a file and a clock")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use flow_bundle::codec;
use flow_engine::context::GroupContents;
use flow_engine::event::{Answer, Ask, Click, Outcome, Settled};
use flow_engine::state::{CallRole, StageState};
use flow_engine::{
    Context, Effect, EffectKind, Event, EventKind, EventSource, Grant, GrantId, Person, PersonId,
    PersonKind, Phase, Pinned, Request, RequestId, Role, transition,
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use uuid::Uuid;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [bundle, flow, world, rest @ ..] = args.as_slice() else {
        return Err("usage: costs BUNDLE FLOW WORLD [TIMES]".into());
    };
    let times: u32 = rest.first().map_or(Ok(1000), |n| n.parse())?;
    let file = codec::read(&std::fs::read(bundle)?)?;
    let definition = file.bundle.flows.get(flow).ok_or("there is no such flow")?;
    let pinned = Pinned {
        bundle: &file.bundle,
        content_hash: file.content_hash,
        address: flow,
        flow: definition,
    };
    let world = World::read(&std::fs::read(world)?)?;
    let mut all = BTreeMap::<&str, Vec<Duration>>::new();
    let mut largest = 0;
    for _ in 0..times {
        let mut life = Life::new(pinned, &world);
        life.live()?;
        for (what, took) in life.took {
            all.entry(what).or_default().push(took);
        }
        largest = largest.max(life.largest);
    }
    for (what, mut took) in all {
        took.sort();
        let median = took.get(took.len() / 2).copied().unwrap_or_default();
        println!("{what:10} {:8.1} us, median of {}", median.as_secs_f64() * 1e6, took.len());
    }
    println!("stored     {largest} bytes at most");
    Ok(())
}

/// Who takes part, and what is answered.
struct World {
    requester: String,
    approvers: Vec<String>,
    fields: BTreeMap<String, Json>,
    groups: BTreeMap<String, Vec<String>>,
    answers: BTreeMap<String, Json>,
}

impl World {
    fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        let mut all: BTreeMap<String, Json> = serde_json::from_slice(text)?;
        let mut part = |name: &str| all.remove(name).unwrap_or_else(|| json!({}));
        Ok(Self {
            requester: serde_json::from_value(part("requester"))?,
            approvers: serde_json::from_value(part("approvers"))?,
            fields: serde_json::from_value(part("fields"))?,
            groups: serde_json::from_value(part("groups"))?,
            answers: serde_json::from_value(part("answers"))?,
        })
    }
}

struct Life<'b> {
    world: &'b World,
    pinned: Pinned<'b>,
    requester: Person,
    context: Context,
    request: Option<Request>,
    grants: BTreeMap<GrantId, Grant>,
    waiting: Vec<Effect>,
    now: Timestamp,
    events: u32,
    took: Vec<(&'static str, Duration)>,
    largest: usize,
}

impl<'b> Life<'b> {
    fn new(pinned: Pinned<'b>, world: &'b World) -> Self {
        let requester = person(&world.requester);
        let mut context = Context::plain("costs", Some(requester.clone()));
        for (address, members) in &world.groups {
            let as_of = Timestamp::UNIX_EPOCH;
            let contents = GroupContents { members: members.clone(), as_of, failed: None };
            context.groups.insert(address.clone(), contents);
        }
        Self {
            world,
            pinned,
            context,
            requester,
            request: None,
            grants: BTreeMap::new(),
            waiting: Vec::new(),
            now: Timestamp::UNIX_EPOCH,
            events: 0,
            took: Vec::new(),
            largest: 0,
        }
    }

    fn live(&mut self) -> Result<(), Box<dyn Error>> {
        let asked = Ask {
            request: RequestId(Uuid::from_u128(1)),
            requester: None,
            fields: self.world.fields.clone(),
            context: Json::Null,
        };
        self.send("ask", Some(self.requester.clone()), EventKind::Ask(asked));
        let mut approvers = self.world.approvers.iter().cycle();
        for _ in 0..1000 {
            let Some(request) = &self.request else { return Err("the asking was refused".into()) };
            if request.phase == Phase::Ended {
                return Ok(());
            }
            let open = request.stages.iter().find(|s| s.state == StageState::Open);
            let open = open.map(|s| (s.name.clone(), s.digest.map(|d| d.hex())));
            if let Some(effect) = self.waiting.pop() {
                self.now = self.now.max(effect.not_before);
                self.answer(&effect);
            } else if let Some((stage, digest)) = open {
                let click = Click {
                    stage: Some(stage),
                    digest: digest.unwrap_or_default(),
                    comment: Some("fine".to_owned()),
                };
                let by = person(approvers.next().ok_or("nobody approves")?);
                self.send("approve", Some(by), EventKind::Approve(click));
            } else if let Some(at) = request.wake_at() {
                self.now = self.now.max(at);
                self.send("tick", None, EventKind::Tick);
            } else {
                return Err("nothing is awaited, and it has not ended".into());
            }
        }
        Err("it does not end: do these people approve, and does the flow take these fields?".into())
    }

    fn answer(&mut self, effect: &Effect) {
        let calls = self.request.as_ref().map(|r| &r.calls);
        let role = calls.and_then(|c| c.get(&effect.id)).map(|call| &call.role);
        let own = match role {
            Some(
                CallRole::Step { name, .. }
                | CallRole::Prepare { name, .. }
                | CallRole::Option { name },
            ) => self.world.answers.get(name).cloned(),
            Some(
                CallRole::Escalate { .. } | CallRole::Deescalate { .. } | CallRole::Poll { .. },
            )
            | None => None,
        };
        let payload = Some(own.unwrap_or_else(|| json!({ "body": {}, "errors": [] })));
        let settled = Settled {
            effect: effect.id,
            attempt: effect.attempt,
            started_at: self.now,
            ended_at: self.now,
            outcome: Outcome::Answered(Answer { payload, ..Answer::default() }),
        };
        self.send("outcome", None, EventKind::Outcome(settled));
    }

    fn send(&mut self, what: &'static str, by: Option<Person>, kind: EventKind) {
        self.events += 1;
        let source = if by.is_some() { EventSource::Api } else { EventSource::Automation };
        let event = Event { id: self.events.to_string(), at: self.now, by, source, kind };
        self.context.grants = self.grants.values().cloned().collect();
        let waiting = self.request.as_ref().map(Request::deciders).unwrap_or_default();
        self.context.deciders = waiting.into_iter().cloned().collect();
        let began = Instant::now();
        let done = transition(&self.pinned, self.request.as_ref(), &event, &self.context);
        self.took.push((what, began.elapsed()));
        for change in done.grants {
            self.grants.insert(change.grant.id, change.grant);
        }
        let calls = done.effects.into_iter().filter(|e| !matches!(e.kind, EffectKind::Message(_)));
        self.waiting.extend(calls);
        self.request = done.request;
        let stored = self.request.as_ref().and_then(|r| serde_json::to_string(r).ok());
        self.largest = self.largest.max(stored.map_or(0, |text| text.len()));
    }
}

/// Somebody of this address; the same address is the same person.
fn person(email: &str) -> Person {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, email.as_bytes());
    Person {
        id: PersonId(id),
        username: email.to_owned(),
        emails: vec![email.to_owned()],
        name: email.to_owned(),
        role: Role::Member,
        kind: PersonKind::Human,
        active: true,
    }
}
