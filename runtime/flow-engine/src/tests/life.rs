//! A life as a script: one action per line, and what came of it beside it.
//!
//! `ask ana`, `approve bo`, `deny bo`, `cancel ana`, `revoke ana`, `resolve bo`, `answer escalate
//! ok`, `advance 30m` (with every tick that falls due), `freeze`, `remove bo` …

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flow_bundle::bundle::{Bundle, ErrorKind};
use flow_bundle::digest::Digest;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::audit::KINDS;
use crate::context::{Context, HeldIdentity, Newest, Pinned};
use crate::effect::{Effect, EffectKind, Purpose};
use crate::event::{
    Answer, Ask, Click, Event, EventKind, EventSource, Longer, Outcome, Overtaken, Settled,
};
use crate::grant::Grant;
use crate::ids::{EffectId, PersonId, RequestId};
use crate::person::{Person, PersonKind, Role};
use crate::state::{Request, StageState};
use crate::transition::{Reply, Transition, transition};

pub struct Life {
    bundle: Bundle,
    pub requests: BTreeMap<u128, Request>,
    pub current: u128,
    pub grants: BTreeMap<crate::ids::GrantId, Grant>,
    pub now: Timestamp,
    pub context: Context,
    pub journal: Vec<(u128, Event, Context)>,
    /// What people were told, in order.
    pub told: Vec<crate::message::MessageBody>,
    outbox: Vec<Effect>,
    lost: Option<Request>,
    dismissed: Vec<Person>,
    number: u32,
}

pub fn person(name: &str) -> Person {
    let id = name.bytes().fold(0_u128, |n, b| n * 256 + u128::from(b));
    Person {
        id: PersonId(Uuid::from_u128(id)),
        username: name.to_owned(),
        emails: vec![format!("{name}@x.example")],
        name: name.to_owned(),
        role: if name == "root" { Role::Admin } else { Role::Member },
        kind: PersonKind::Human,
        active: true,
    }
}

impl Life {
    pub fn new(bundle: &Json) -> Self {
        Self {
            bundle: serde_json::from_value(bundle.clone()).unwrap(),
            requests: BTreeMap::new(),
            current: 1,
            grants: BTreeMap::new(),
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
            context: Context::plain("test", Some(person("ana"))),
            journal: Vec::new(),
            told: Vec::new(),
            outbox: Vec::new(),
            lost: None,
            dismissed: Vec::new(),
            number: 0,
        }
    }

    /// Runs a script and prints each line with what came of it.
    pub fn run(&mut self, script: &str) -> String {
        let mut out = String::new();
        for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
            let came = self.act(line);
            let _ = writeln!(out, "{}", format!("{line} -> {}", came.trim()).trim());
        }
        out
    }

    pub fn request(&self) -> Option<&Request> {
        self.requests.get(&self.current)
    }

    fn act(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let who = || person(words[1]);
        let said = || words.get(2..).map(|w| w.join(" ")).filter(|w| !w.is_empty());
        match words[0] {
            "ask" => {
                let fields = words[2..].iter().map(|w| w.split_once('=').unwrap());
                let fields = fields.map(|(k, v)| (k.to_owned(), json!(v))).collect();
                let request = RequestId(Uuid::from_u128(self.current));
                let asked = Ask { request, requester: None, fields, context: Json::Null };
                self.context.requester = Some(who());
                self.send(Some(who()), EventKind::Ask(asked))
            }
            "approve" => {
                let click = self.click(said());
                self.send(Some(who()), EventKind::Approve(click))
            }
            "deny" => {
                let click = self.click(said());
                self.send(Some(who()), EventKind::Deny(click))
            }
            "cancel" => self.send(Some(who()), EventKind::Cancel),
            "extend" => {
                let duration_s: u64 = words[2].parse().unwrap();
                let reason = words.get(3..).map(|w| w.join(" ")).filter(|w| !w.is_empty());
                self.send(Some(who()), EventKind::Extend(Longer { duration_s, reason }))
            }
            "revoke" => self.send(Some(who()), EventKind::Revoke { reason: said() }),
            "resolve" => {
                let reason = said().unwrap_or_default();
                self.send(Some(who()), EventKind::Resolve { reason })
            }
            "revoke-all" => {
                let reason = "leak".to_owned();
                self.send(Some(who()), EventKind::RevokeAll { reason })
            }
            "flow-gone" => self.send(None, EventKind::FlowGone),
            "target-gone" => self.send(None, EventKind::TargetGone { target: words[1].to_owned() }),
            "deactivate" => {
                self.context.requester.as_mut().unwrap().active = false;
                self.send(None, EventKind::PersonDeactivated)
            }
            "tick" => self.send(None, EventKind::Tick),
            // The store has forgotten it, or has only an older state of it; the trail knows it.
            "lose" => self.lose(),
            "overtaken" => self.overtaken(words.get(1) == Some(&"ended")),
            "advance" => self.advance(words[1]),
            "answer" => self.answer(words[1], &words[2..].join(" ")),
            // Of several calls that wait, the one that was asked for last.
            "answer-last" => {
                let last = self.outbox.pop().into_iter();
                self.outbox.splice(0..0, last);
                self.answer(words[1], &words[2..].join(" "))
            }
            "late" => self.late(words[1]),
            _ => {
                self.outside(&words);
                String::new()
            }
        }
    }

    /// The store forgets the request, and every grant.
    fn lose(&mut self) -> String {
        let mine = self.current;
        self.lost = self.requests.remove(&mine);
        self.journal.retain(|(request, ..)| *request != mine);
        self.outbox.clear();
        self.grants.clear();
        String::new()
    }

    fn overtaken(&mut self, has_ended: bool) -> String {
        let known = self.lost.take().map(Box::new);
        let request = known.as_deref().or(self.request());
        let accesses = request.iter().flat_map(|r| &r.accesses);
        let ended = accesses.map(|a| a.grant).filter(|_| has_ended).collect();
        self.send(None, EventKind::Overtaken(Overtaken { known, ended }))
    }

    /// What changes outside the request.
    fn outside(&mut self, words: &[&str]) {
        match words[0] {
            "freeze" => {
                self.context.frozen = Some("incident".to_owned());
            }
            "jump" => {
                let by: u64 = words[1].parse().unwrap();
                self.context.jumped_s += by;
                self.now = self.now.checked_add(SignedDuration::from_secs(by as i64)).unwrap();
            }
            // An approver, between their click and the end of its hook.
            "dismiss" => {
                self.dismissed.push(person(words[1]));
            }
            // A bundle comes without any target.
            "drop-targets" => {
                let newest = self.context.newest.get_or_insert_default();
                newest.targets = Some([].into());
            }
            "disable" => {
                self.context.enabled = false;
            }
            "leave" => {
                let gone = format!("{}@x.example", words[1]);
                let groups = self.bundle.groups.iter().map(|(address, group)| {
                    let members = group.members.clone().unwrap_or_default();
                    (address.clone(), members.into_iter().filter(|m| *m != gone).collect())
                });
                let newest = Newest { groups: groups.collect(), ..Newest::default() };
                self.context.newest = Some(newest);
            }
            "request" => {
                self.current = words[1].parse().unwrap();
            }
            other => panic!("no action `{other}`"),
        }
    }

    fn click(&self, comment: Option<String>) -> Click {
        let request = self.request().unwrap();
        let open = request.stages.iter().find(|s| s.state == StageState::Open);
        let stage = open.or(request.stages.first()).unwrap();
        let digest = if comment.as_deref() == Some("wrong-digest") {
            "0".repeat(16)
        } else {
            stage.digest.map(|d| d.hex()).unwrap_or_default()
        };
        Click { stage: Some(stage.name.clone()), digest, comment }
    }

    fn advance(&mut self, by: &str) -> String {
        let by = flow_bundle::duration::parse(by).unwrap();
        let by = SignedDuration::from_secs(by.try_into().unwrap());
        let until = self.now.checked_add(by).unwrap();
        let mut came = String::new();
        while let Some(at) = self.request().and_then(Request::wake_at).filter(|at| *at <= until) {
            self.now = self.now.max(at);
            came = self.send(None, EventKind::Tick);
        }
        self.now = until;
        if came.is_empty() { self.standing("") } else { came }
    }

    /// Answers the call that waits: `ok`, `errors`, `raise`, `refuse`, `throttle`, `timeout`.
    fn answer(&mut self, what: &str, how: &str) -> String {
        let at = self.outbox.iter().position(|e| name_of(e) == what && e.not_before <= self.now);
        let Some(at) = at else { return format!("no call `{what}` is due") };
        let effect = self.outbox.remove(at);
        let outcome = outcome(how.trim_end_matches("-early"));
        let early = how.ends_with("-early");
        self.settle(&effect, outcome, if early { effect.not_before } else { self.now })
    }

    fn late(&mut self, what: &str) -> String {
        let effect = self.journal.iter().rev().find_map(|(_, event, _)| {
            if let EventKind::Outcome(settled) = &event.kind { Some(settled.clone()) } else { None }
        });
        assert_eq!(what, "outcome");
        self.send(None, EventKind::Outcome(effect.unwrap()))
    }

    pub fn settle(&mut self, effect: &Effect, outcome: Outcome, started_at: Timestamp) -> String {
        if !self.request().unwrap().still_wants(effect.id, effect.attempt) {
            return "dropped: not wanted any more".to_owned();
        }
        let settled = Settled {
            effect: effect.id,
            attempt: effect.attempt,
            started_at,
            ended_at: self.now,
            outcome,
        };
        self.send(None, EventKind::Outcome(settled))
    }

    pub fn send(&mut self, by: Option<Person>, kind: EventKind) -> String {
        self.number += 1;
        let source = if by.is_some() { EventSource::Api } else { EventSource::Automation };
        let event = Event { id: self.number.to_string(), at: self.now, by, source, kind };
        self.context.grants = self.grants.values().cloned().collect();
        self.context.identities = self.requests.values().flat_map(HeldIdentity::of).collect();
        let waiting = self.request().map(Request::deciders).unwrap_or_default();
        let active = |p: &&Person| self.dismissed.iter().all(|gone| gone.id != p.id);
        let (here, left): (Vec<_>, Vec<_>) = waiting.into_iter().partition(active);
        let left = left.into_iter().map(|p| Person { active: false, ..p.clone() });
        self.context.deciders = here.into_iter().cloned().chain(left).collect();
        self.journal.push((self.current, event.clone(), self.context.clone()));
        let done = self.decide(&event, &self.context.clone(), self.request().cloned().as_ref());
        for record in &done.audit {
            assert!(KINDS.contains(&record.kind.as_str()), "no kind of record: {}", record.kind);
        }
        for change in &done.grants {
            let stored = self.grants.get(&change.grant.id).map_or(0, |g| g.version);
            assert_eq!(stored, change.expected_version, "compare and set");
            self.grants.insert(change.grant.id, change.grant.clone());
        }
        if let Some(request) = done.request.clone() {
            self.requests.insert(self.current, request);
        }
        self.told.extend(done.effects.iter().filter_map(|e| match &e.kind {
            EffectKind::Message(message) => Some(message.body.clone()),
            EffectKind::Lambda(_) | EffectKind::Step(_) | EffectKind::Access(_) => None,
        }));
        let calls = done.effects.iter().filter(|e| !matches!(e.kind, EffectKind::Message(_)));
        self.outbox.extend(calls.cloned());
        self.told(&done)
    }

    fn decide(&self, event: &Event, context: &Context, request: Option<&Request>) -> Transition {
        let (address, flow) = self.bundle.flows.iter().next().unwrap();
        let content_hash = Digest::of(b"bundle");
        let pinned = Pinned { bundle: &self.bundle, content_hash, address, flow };
        transition(&pinned, request, event, context)
    }

    /// Folds the recorded events of one request again.
    pub fn replay(&self, request: u128) -> Option<Request> {
        let mine = self.journal.iter().filter(|(r, _, _)| *r == request);
        mine.fold(None, |state, (_, event, context)| {
            // Through the form in which it is stored.
            let stored = state.map(|s: Request| serde_json::to_string(&s).unwrap());
            let state = stored.map(|s| serde_json::from_str::<Request>(&s).unwrap());
            self.decide(event, context, state.as_ref()).request
        })
    }

    fn told(&self, done: &Transition) -> String {
        let reply = match &done.reply {
            Reply::Accepted { .. } => String::new(),
            Reply::Refused(refusal) => match &refusal.field {
                Some(field) => format!("refused:{} ({field}) ", refusal.reason.word()),
                None => format!("refused:{} ", refusal.reason.word()),
            },
        };
        let mut text = self.standing(&reply);
        for effect in &done.effects {
            match &effect.kind {
                EffectKind::Lambda(_) | EffectKind::Step(_) | EffectKind::Access(_) => {
                    let wait = effect.not_before.duration_since(self.now).as_secs();
                    let wait = if wait > 0 { format!(" in {wait}s") } else { String::new() };
                    let _ = write!(text, " | {}#{}{wait}", name_of(effect), effect.attempt);
                }
                EffectKind::Message(_) => {}
            }
        }
        text
    }

    fn standing(&self, reply: &str) -> String {
        let Some(request) = self.request() else { return reply.to_owned() };
        let outcome = request.outcome.map(|o| format!(":{}", o.word())).unwrap_or_default();
        let stuck = if request.stuck_since.is_some() { " stuck" } else { "" };
        format!("{reply}{}{outcome}{stuck}", request.phase.word())
    }
}

pub fn name_of(effect: &Effect) -> &'static str {
    match effect.kind.purpose() {
        Some(Purpose::Escalate) => "escalate",
        Some(Purpose::Deescalate) => "deescalate",
        Some(Purpose::Step) => "step",
        None => "message",
    }
}

fn outcome(how: &str) -> Outcome {
    let answered =
        |payload: Json| Outcome::Answered(Answer { payload: Some(payload), ..Answer::default() });
    match how {
        "ok" => answered(json!({ "body": { "message": "hi" }, "errors": [] })),
        "errors" => answered(json!({ "body": {}, "errors": ["no such user"] })),
        "garbage" => answered(json!({ "statusCode": 200 })),
        "raise" => Outcome::Answered(Answer {
            payload: Some(json!({ "errorMessage": "boom" })),
            function_error: Some("Unhandled".to_owned()),
            ..Answer::default()
        }),
        "refuse" => refused(ErrorKind::Auth),
        // What the outbox says of a call that it kept from leaving.
        "halted" => refused(ErrorKind::Evaluation),
        "throttle" => refused(ErrorKind::Throttled),
        "timeout" => Outcome::Unknown { kind: ErrorKind::Timeout, message: "no answer".to_owned() },
        "stopped" => Outcome::stopped_in_flight(),
        json => match json.strip_prefix("status:") {
            Some(status) => Outcome::Answered(Answer {
                status: Some(status.parse().unwrap()),
                payload: Some(Json::Null),
                ..Answer::default()
            }),
            None => answered(serde_json::from_str(json).unwrap()),
        },
    }
}

fn refused(kind: ErrorKind) -> Outcome {
    Outcome::Refused { kind, message: kind.word().to_owned(), retry_after_s: None }
}

/// The first effect of a kind that was ever asked for.
pub fn first_effect(life: &Life, what: &str) -> Effect {
    life.outbox.iter().find(|e| name_of(e) == what).unwrap().clone()
}

impl Life {
    /// Ids of everything that waits in the outbox.
    pub fn waiting(&self) -> Vec<(EffectId, u32)> {
        self.outbox.iter().map(|e| (e.id, e.attempt)).collect()
    }
}
