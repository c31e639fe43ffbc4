//! One deployment: it dies, and it rises, on a disk that loses what was not synced or on the store in
//! memory, which loses nothing.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use flow_sim::cast::Who;
use flow_sim::random::Random;
use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::calls::{Arrived, Outside};
use super::disk::Disk;
use super::vfs::Mounted;
use crate::app::{App, Bells};
use crate::binding::{Binding, Role as InvokeRole};
use crate::clock::Clock;
use crate::config::{Config, ServeArgs};
use crate::connector::Connectors;
use crate::drive::JUMPED;
use crate::meters::Meters;
use crate::outbox::{InUse, Outbox};
use crate::people::{Directory as _, Stamp};
use crate::secret::Secrets;
use crate::shelf::Shelf;
use crate::sign::Signer;
use crate::store::memory::Memory;
use crate::store::sqlite::{Fault, Sqlite};
use crate::store::{Lanes, Store};

/// Wall clock and monotonic clock.
pub type Time = Arc<Mutex<(Timestamp, Duration)>>;

/// The address of the admin who is not of the cast.
pub const WARDEN: &str = "warden@x.example";

/// A deployment, and the disk it stands on.
pub struct House {
    // Closed before the disk is taken away.
    pub node: Option<Node>,
    pub mounted: Mounted,
    pub dir: tempfile::TempDir,
    pub time: Time,
    ground: Ground,
}

/// What a deployment stands on.
#[derive(Clone)]
pub enum Ground {
    /// SQLite, with a planted fault or none.
    Disk(Option<Fault>),
    /// The store in memory, and people in SQLite.
    Memory(Arc<Memory>),
}

/// What a process holds; gone when it dies.
pub struct Node {
    pub app: Arc<App>,
    pub store: Arc<dyn Store>,
    pub people: Arc<Sqlite>,
    pub outboxes: [(Arc<Outbox>, InUse); 2],
    pub arrived: UnboundedReceiver<Arrived>,
    /// Dropped last, with every call that is under way.
    pub runtime: tokio::runtime::Runtime,
}

impl House {
    /// A fresh database that knows the whole cast, and one admin more.
    pub fn build(random: Random, time: Time, ground: Ground) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::create(&dir.path().join("flow.db"), false).unwrap();
        let at = time.lock().unwrap_or_else(PoisonError::into_inner).0;
        let mut people: Vec<_> = Who::ALL.into_iter().map(Who::person).collect();
        let mut warden = Who::Root.person();
        warden.id = flow_engine::PersonId(uuid::Uuid::from_u128(99));
        warden.username = "warden".to_owned();
        warden.emails = vec![WARDEN.to_owned()];
        people.push(warden);
        for person in people {
            store.add(person, Stamp { by: None, at }).unwrap();
        }
        drop(store);
        let mounted = Mounted::new(Arc::new(Disk::new(random)));
        let mut house = Self { node: None, mounted, dir, time, ground };
        house.node = Some(house.open().unwrap());
        house
    }

    pub fn db(&self) -> PathBuf {
        self.dir.path().join("flow.db")
    }

    pub fn disk(&self) -> &Arc<Disk> {
        &self.mounted.disk
    }

    /// Everything in memory is gone, and of the disk what was not synced.
    pub fn die(&mut self) {
        self.disk().kill();
        self.node = None;
        // It is memory, and memory is gone.
        let _ = std::fs::remove_file(self.dir.path().join("flow.db-shm"));
        self.disk().revive();
    }

    /// The daemon starts again, as `serve` does.
    pub fn rise(&mut self) -> Result<(), String> {
        let node = self.open()?;
        self.node = Some(node);
        Ok(())
    }

    fn open(&self) -> Result<Node, String> {
        let broken = |e: &dyn std::fmt::Display| format!("the database cannot be opened: {e}");
        let fault = if let Ground::Disk(fault) = self.ground { fault } else { None };
        let people = Sqlite::open_on(&self.db(), &self.mounted.name, fault);
        let people = Arc::new(people.map_err(|e| broken(&e))?);
        let store: Arc<dyn Store> = match &self.ground {
            Ground::Disk(_) => Arc::clone(&people) as Arc<_>,
            Ground::Memory(memory) => Arc::clone(memory) as Arc<_>,
        };
        let app = Arc::new(self.app(&store, &people).map_err(|e| broken(&e))?);
        app.restore().map_err(|e| broken(&e))?;
        let (calls, arrived) = unbounded_channel();
        let outside = Outside { calls };
        let connectors = Connectors { lambda: Arc::new(outside) };
        let outboxes = [Lanes::Access, Lanes::Others].map(|lanes| {
            let (app, connectors) = (Arc::clone(&app), connectors.clone());
            let outbox = Outbox { app, connectors, lanes, node: "sim".into() };
            (Arc::new(outbox), InUse::default())
        });
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        Ok(Node { app, store, people, outboxes, arrived, runtime })
    }

    fn app(&self, store: &Arc<dyn Store>, people: &Arc<Sqlite>) -> crate::store::Result<App> {
        let args = ServeArgs { db: self.db(), ..ServeArgs::default() };
        let config = Config { unsigned: true, ..Config::read(&args).unwrap() };
        let source = Arc::clone(&self.time);
        let now = move || *source.lock().unwrap_or_else(PoisonError::into_inner);
        let jumped_s = store.meta(JUMPED)?.and_then(|text| text.parse().ok()).unwrap_or_default();
        let functions = [flow_sim::script::BUTTON, flow_sim::script::CHECK];
        let function_arns = functions.map(str::to_owned).into();
        Ok(App {
            clock: Clock::of(Box::new(now), store.mark()?, jumped_s),
            signer: Signer::of(&**store)?,
            people: Arc::clone(people) as Arc<_>,
            store: Arc::clone(store),
            secrets: Secrets::default(),
            shelf: Shelf::default(),
            binding: RwLock::new(Some(Binding {
                deployment: "sim".into(),
                external_id: "x".into(),
                roles: vec![InvokeRole { role_arn: "role".into(), function_arns }],
            })),
            bells: Bells::default(),
            meters: Meters::default(),
            ends_only: RwLock::new(None),
            pause: crate::pause::Pause::default(),
            narrowing: RwLock::new(()),
            identified: Mutex::new(()),
            config,
        })
    }
}
