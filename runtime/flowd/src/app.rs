//! What routes and loops share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use tokio::sync::Notify;

use crate::binding::Binding;
use crate::clock::Clock;
use crate::config::Config;
use crate::meters::Meters;
use crate::pause::Pause;
use crate::people::Directory;
use crate::secret::Secrets;
use crate::shelf::Shelf;
use crate::sign::Signer;
use crate::store::{Lanes, Store, StoreError};

/// What routes and loops share.
pub struct App {
    /// What the daemon was told.
    pub config: Config,
    /// Requests, grants, audit, messages.
    pub store: Arc<dyn Store>,
    /// People.
    pub people: Arc<dyn Directory>,
    /// The values of secrets.
    pub secrets: Secrets,
    /// Recorded time.
    pub clock: Clock,
    /// The bundles: the newest, and those that requests still keep.
    pub shelf: Shelf,
    /// Which role calls which function.
    pub binding: RwLock<Option<Binding>>,
    /// Why only ends go on: the daemon was started with a bundle that it refused, while access
    /// still stands that it must take back.
    pub ends_only: RwLock<Option<String>>,
    /// Whether nothing new begins, because the database was restored from a backup.
    pub pause: Pause,
    /// The key whose signature a Lambda can check.
    pub signer: Signer,
    /// Rung after commits.
    pub bells: Bells,
    /// What is counted.
    pub meters: Meters,
    /// Invariant: whatever narrows what a running request may do (a freeze, a new bundle, a person
    /// who is deactivated) writes while it holds this; deciding and committing an event happens
    /// under a read. So no event is decided on what was true a moment ago.
    pub narrowing: RwLock<()>,
    /// Held while it is decided who somebody is on the other side.
    pub identified: Mutex<()>,
}

/// Rung after commits, so that nobody polls.
#[derive(Debug, Default)]
pub struct Bells {
    /// A request may want a tick sooner.
    pub timers: Notify,
    /// A call that makes or takes back access may be owed.
    pub access: Notify,
    /// Any other call may be owed.
    pub others: Notify,
    /// Enough was committed for an anchor of the audit trail.
    pub anchors: Notify,
    commits: AtomicU64,
}

/// Commits between two anchors.
const ANCHOR_EVERY: u64 = 1_000;

impl Bells {
    /// Rings what a commit may concern.
    pub fn committed(&self, effects: bool) {
        self.timers.notify_one();
        if effects {
            self.access.notify_one();
            self.others.notify_one();
        }
        if self.commits.fetch_add(1, Ordering::Relaxed) % ANCHOR_EVERY == ANCHOR_EVERY - 1 {
            self.anchors.notify_one();
        }
    }

    /// The bell of these lanes.
    #[must_use]
    pub fn of(&self, lanes: Lanes) -> &Notify {
        match lanes {
            Lanes::Access => &self.access,
            Lanes::Others => &self.others,
        }
    }
}

impl App {
    /// Runs what blocks (the store, deciding) away from the threads that serve connections.
    ///
    /// # Errors
    /// The error of `work`, or it panicked.
    pub async fn block<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E> {
        let app = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&app)).await {
            Ok(result) => result,
            Err(error) => Err(StoreError::Stopped(format!("a task ended: {error}")).into()),
        }
    }
}
