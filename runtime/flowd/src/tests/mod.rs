//! Lives of requests through the real store, with a scripted function and time as an argument.

mod alerts;
mod crash;
mod export;
mod identity;
mod life;
mod limits;
mod load;
mod narrow;
mod replay;
mod sim;

use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use flow_bundle::bundle::{Bundle, SourceMap};
use flow_engine::event::{Ask, Click};
use flow_engine::{
    EventKind, EventSource, Grant, GrantState, Person, PersonId, PersonKind, Reason, Reply,
    Request, RequestId, Role,
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::app::{App, Bells};
use crate::binding::{Binding, Role as InvokeRole};
use crate::clock::Clock;
use crate::config::{Config, ServeArgs};
use crate::connector::Connectors;
use crate::connector::scripted::Scripted;
use crate::drive::{About, Answered, DriveError, EventDraft};
use crate::meters::Meters;
use crate::outbox::Outbox;
use crate::people::{Directory as _, Stamp};
use crate::secret::Secrets;
use crate::shelf::Shelf;
use crate::sign::Signer;
use crate::store::sqlite::Sqlite;
use crate::store::{AuditFilter, Lanes, MessageFilter, Store as _};

pub const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:grant";

/// A deployment on a disk of its own, whose clock is moved by hand. The function stands outside: it
/// remembers its calls over restarts.
pub struct World {
    dir: tempfile::TempDir,
    time: Arc<Mutex<(Timestamp, Duration)>>,
    pub lambda: Arc<Scripted>,
    pub store: Arc<Sqlite>,
    pub app: Arc<App>,
}

impl World {
    /// A fresh database with Ann, Bob and Cat, serving `bundle`.
    pub fn new(bundle: &Bundle) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::create(&dir.path().join("flow.db"), false).unwrap();
        for (i, name) in (1..).zip(["ann", "bob", "cat"]) {
            let stamp = Stamp { by: None, at: second(0) };
            store.add(person(i, name), stamp).unwrap();
        }
        let time = Arc::new(Mutex::new((second(0), Duration::ZERO)));
        let world = Self::open(dir, time, Arc::new(Scripted::default()), store);
        world.app.load(&write(bundle).into(), None).unwrap();
        world
    }

    fn open(
        dir: tempfile::TempDir,
        time: Arc<Mutex<(Timestamp, Duration)>>,
        lambda: Arc<Scripted>,
        store: Sqlite,
    ) -> Self {
        let args = ServeArgs { db: dir.path().join("flow.db"), ..ServeArgs::default() };
        let config = Config { unsigned: true, ..Config::read(&args).unwrap() };
        let (store, source) = (Arc::new(store), Arc::clone(&time));
        let clock = Clock::of(Box::new(move || *source.lock().unwrap()), store.mark().unwrap(), 0);
        let role = InvokeRole { role_arn: "role".into(), function_arns: [ARN.to_owned()].into() };
        let app = App {
            clock,
            signer: Signer::of(&*store).unwrap(),
            people: Arc::clone(&store) as Arc<_>,
            store: Arc::clone(&store) as Arc<_>,
            secrets: Secrets::default(),
            shelf: Shelf::default(),
            binding: RwLock::new(Some(Binding {
                deployment: "test".into(),
                external_id: "x".into(),
                roles: vec![role],
            })),
            bells: Bells::default(),
            meters: Meters::default(),
            ends_only: RwLock::new(None),
            pause: crate::pause::Pause::default(),
            narrowing: RwLock::new(()),
            identified: std::sync::Mutex::new(()),
            config,
        };
        app.restore().unwrap();
        Self { dir, time, lambda, store, app: Arc::new(app) }
    }

    /// Drops everything that is in memory and opens the file again.
    pub fn reopen(self) -> Self {
        let Self { dir, time, lambda, store, app } = self;
        drop((store, app));
        let store = Sqlite::open(&dir.path().join("flow.db")).unwrap();
        Self::open(dir, time, lambda, store)
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) {
        let mut time = self.time.lock().unwrap();
        let passed = Duration::from_secs(seconds);
        *time = (time.0.checked_add(passed).unwrap(), time.1 + passed);
    }

    /// Ticks what is due and performs what is owed until nothing is.
    pub fn settle(&self) -> Result<(), DriveError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        loop {
            self.app.tick_due()?;
            for lanes in [Lanes::Access, Lanes::Others] {
                let outbox = Outbox {
                    app: Arc::clone(&self.app),
                    connectors: Connectors { lambda: Arc::clone(&self.lambda) as Arc<_> },
                    lanes,
                    node: "test".into(),
                };
                let drained = runtime.block_on(async {
                    tokio::time::timeout(Duration::from_secs(60), outbox.drain()).await
                });
                drained.expect("a call holds up the others")?;
            }
            if self.app.store.due(self.app.clock.now(), 1)?.is_empty() {
                return Ok(());
            }
        }
    }

    pub fn person(&self, name: &str) -> Person {
        self.app.people.person_by_email(&format!("{name}@acme.example")).unwrap().unwrap()
    }

    pub fn submit(
        &self,
        about: &About,
        id: &str,
        by: &str,
        kind: EventKind,
    ) -> Result<Answered, DriveError> {
        let draft = EventDraft {
            id: id.to_owned(),
            by: Some(self.person(by)),
            source: EventSource::Api,
            kind,
        };
        self.app.submit(about, &draft)
    }

    /// Asks for `flow`; the event's id is made of the request's.
    pub fn ask(
        &self,
        request: RequestId,
        by: &str,
        flow: &str,
        fields: &[(&str, Json)],
    ) -> Result<Answered, DriveError> {
        let ask = Ask {
            request,
            requester: None,
            fields: fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
            context: Json::Null,
        };
        let kind = EventKind::Ask(ask);
        self.submit(&About::Flow(flow.to_owned()), &format!("ask:{request}"), by, kind)
    }

    /// Decides about the only open stage, as it is shown now.
    pub fn decide(
        &self,
        request: RequestId,
        by: &str,
        approve: bool,
    ) -> Result<Answered, DriveError> {
        let stages = self.request(request).stages;
        let digest =
            stages.iter().rev().find_map(|s| s.digest).map(|d| d.hex()).unwrap_or_default();
        let click = Click { stage: None, digest, comment: None };
        let kind = if approve { EventKind::Approve(click) } else { EventKind::Deny(click) };
        let id = format!("decide:{request}:{by}:{approve}");
        self.submit(&About::Request(request), &id, by, kind)
    }

    pub fn request(&self, id: RequestId) -> Request {
        self.app.request(id).unwrap().expect("a request")
    }

    /// `active`, `ended:ok` …
    pub fn stands(&self, id: RequestId) -> String {
        let request = self.request(id);
        match request.outcome {
            Some(end) => format!("{}:{}", request.phase.word(), end.word()),
            None => request.phase.word().to_owned(),
        }
    }

    /// Grants that stand or may stand.
    pub fn grants(&self) -> Vec<Grant> {
        let people = ["ann", "bob", "cat"].map(|name| self.person(name).id.to_string());
        let rows = people.iter().flat_map(|id| self.app.store.grants_of(id).unwrap());
        rows.map(|row| serde_json::from_str(&row.state).unwrap())
            .filter(|grant: &Grant| grant.state != GrantState::Absent)
            .collect()
    }

    pub fn audit_kinds(&self, id: RequestId) -> Vec<String> {
        let filter =
            AuditFilter { request: Some(id.to_string()), limit: 999, ..AuditFilter::default() };
        let rows = self.app.page_audit(&filter).unwrap();
        rows.iter().map(|r| r.body.as_ref().unwrap()["kind"].as_str().unwrap().to_owned()).collect()
    }

    pub fn messages(&self) -> Vec<String> {
        let filter = MessageFilter { limit: 999, ..MessageFilter::default() };
        let rows = self.app.messages(&filter).unwrap();
        rows.iter().map(|m| m.target.clone()).collect()
    }

    pub fn db(&self) -> std::path::PathBuf {
        self.dir.path().join("flow.db")
    }
}

pub fn second(s: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + s).unwrap()
}

pub fn id(n: u128) -> RequestId {
    RequestId(Uuid::from_u128(n))
}

fn person(n: u128, name: &str) -> Person {
    Person {
        id: PersonId(Uuid::from_u128(n)),
        username: name.to_owned(),
        emails: vec![format!("{name}@acme.example")],
        name: name.to_owned(),
        role: if name == "ann" { Role::Admin } else { Role::Member },
        kind: PersonKind::Human,
        active: true,
    }
}

/// The reason of a refusal; nothing where it was taken.
pub fn refused(answered: &Answered) -> Option<Reason> {
    match &answered.reply {
        Reply::Accepted { .. } => None,
        Reply::Refused(refusal) => Some(refusal.reason),
    }
}

/// `ask` wants approval alone; `button` calls the function for as long as is asked for.
pub fn bundle() -> Bundle {
    let text = include_str!("bundle.json");
    let mut bundle: Bundle = serde_json::from_str(text).unwrap();
    flow_bundle::seal::seal(&mut bundle).unwrap();
    bundle
}

pub fn write(bundle: &Bundle) -> String {
    flow_bundle::codec::write(bundle, &SourceMap::default(), "test 0.1.0")
}

/// Fields of `button`.
pub fn minutes(n: u64) -> [(&'static str, Json); 1] {
    [("duration", json!(n * 60))]
}
