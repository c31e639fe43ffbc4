//! Calls to the world: claimed in order of their lane, started durably, performed, reported back.
//!
//! Before a call leaves, its started row is committed, and the request is asked whether it still
//! wants the call. After a crash a call that was started and never settled is made again only where
//! it says that it may be; otherwise nobody knows, and that is what is reported.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use flow_bundle::bundle::ErrorKind;
use flow_engine::effect::Purpose;
use flow_engine::event::Settled;
use flow_engine::{Effect, EffectKind, Event, EventKind, EventSource, Outcome, Request};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::App;
use crate::connector::{Connector, Connectors, in_time};
use crate::drive::{About, DriveError, EventDraft, effect_key};
#[cfg(test)]
use crate::store::StoreError;
use crate::store::{EffectRow, Lanes, Started};

/// How long calls in flight are waited for when the daemon is told to stop.
const DRAIN: Duration = Duration::from_secs(30);
/// Pause after the database failed.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest sleep: a wall clock that jumps forward is noticed then.
const SLEEP_MAX: Duration = Duration::from_secs(30);

/// Performs effects until told to stop.
pub struct Outbox {
    /// What is shared.
    pub app: Arc<App>,
    /// What can be called.
    pub connectors: Connectors,
    /// Which lanes. Access is made and taken back by an outbox of its own, so that a step or a
    /// message that hangs can never hold up an end.
    pub lanes: Lanes,
    /// Who we are, for the started row.
    pub node: String,
}

impl Outbox {
    /// Claims, performs and reports until `stop` says so; then starts nothing more and waits for
    /// what is in flight. Ends by itself only where the database stopped.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut calls: JoinSet<Settling> = JoinSet::new();
        let mut lanes = InUse::default();
        while !*stop.borrow() {
            let pause = match self.claim(&lanes).await {
                Ok((rows, next)) => {
                    for row in rows {
                        lanes.busy.insert(row.draft.lane.clone());
                        let outbox = Arc::clone(&self);
                        calls.spawn(async move { outbox.settle(row).await });
                    }
                    next.map_or(SLEEP_MAX, |at| until(at, self.app.clock.now()))
                }
                Err(error) if error.is_final() => return,
                Err(error) => {
                    tracing::error!(%error, "cannot read what is owed");
                    PAUSE
                }
            };
            tokio::select! {
                Some(done) = calls.join_next() => match done {
                    Ok(Settling::Free(lane)) => {
                        lanes.busy.remove(&lane);
                    }
                    Ok(Settling::Closed(lane)) => lanes.close(lane),
                    Ok(Settling::Stopped) => return,
                    Err(error) => tracing::error!(%error, "a lane is closed until the next start"),
                },
                () = self.app.bells.of(self.lanes).notified() => {}
                () = tokio::time::sleep(pause) => {}
                changed = stop.changed() => if changed.is_err() { break },
            }
        }
        let drained =
            tokio::time::timeout(DRAIN, async { while calls.join_next().await.is_some() {} });
        if drained.await.is_err() {
            tracing::warn!(
                calls = calls.len(),
                "stopped while calls were in flight; what may be repeated will be, after the start"
            );
        }
    }

    /// Brings everything to its end that can be claimed now, one after the other.
    #[cfg(test)]
    pub async fn drain(&self) -> Result<(), DriveError> {
        let mut lanes = InUse::default();
        loop {
            let (rows, _) = self.claim(&lanes).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                match self.settle(row).await {
                    Settling::Free(_) => {}
                    Settling::Closed(lane) => lanes.close(lane),
                    Settling::Stopped => {
                        return Err(StoreError::Stopped("while settling".to_owned()).into());
                    }
                }
            }
        }
    }

    /// What can be performed now, and when there is more.
    pub(crate) async fn claim(
        &self,
        used: &InUse,
    ) -> Result<(Vec<EffectRow>, Option<Timestamp>), DriveError> {
        let room = self.app.config.calls_max.saturating_sub(used.busy.len());
        let busy: Vec<String> = used.busy.iter().chain(&used.closed).cloned().collect();
        let lanes = self.lanes;
        self.app
            .block(move |app| {
                let now = app.clock.now();
                let rows = app.store.claim_effects(lanes, now, &busy, room)?;
                Ok((rows, app.store.next_effect(now)?))
            })
            .await
    }

    /// Brings one effect to its end.
    pub(crate) async fn settle(&self, row: EffectRow) -> Settling {
        let lane = row.draft.lane.clone();
        let effect: Effect = match serde_json::from_str(&row.draft.body) {
            Ok(effect) => effect,
            Err(error) => {
                // Invariant: the daemon reads every form that it ever wrote.
                tracing::error!(key = row.draft.key, %error, "an effect cannot be read");
                return Settling::Closed(lane);
            }
        };
        match self.bring(Arc::new(effect), row.started_at).await {
            Err(error) if error.is_final() => Settling::Stopped,
            Err(error) if is_lasting(&error) => {
                tracing::error!(
                    key = row.draft.key,
                    %error,
                    "a call cannot be settled: its request waits for the next start"
                );
                Settling::Closed(lane)
            }
            Err(error) => {
                tracing::error!(key = row.draft.key, %error, "a call cannot be made");
                tokio::time::sleep(PAUSE).await;
                Settling::Free(lane)
            }
            Ok(()) => Settling::Free(lane),
        }
    }

    async fn bring(
        &self,
        effect: Arc<Effect>,
        started_at: Option<Timestamp>,
    ) -> Result<(), DriveError> {
        let Some(connector) = self.connectors.of(&effect) else {
            return self.app.block(move |app| say(app, &effect)).await;
        };
        let ended = match started_at {
            Some(started_at) if !effect.repeatable => {
                Some((started_at, Outcome::stopped_in_flight()))
            }
            Some(_) | None => self.perform(connector, &effect).await?,
        };
        match ended {
            Some((started_at, outcome)) => self.report(&effect, started_at, outcome).await,
            None => Ok(()),
        }
    }

    /// `None`: it was dropped.
    async fn perform(
        &self,
        connector: Arc<dyn Connector>,
        effect: &Arc<Effect>,
    ) -> Result<Option<(Timestamp, Outcome)>, DriveError> {
        let (node, wanted) = (self.node.clone(), Arc::clone(effect));
        let begun = self.app.block(move |app| begin(app, &wanted, &node)).await?;
        let started_at = match begun {
            Begun::Started(at) => at,
            Begun::Halted(at, message) => {
                let (kind, retry_after_s) = (ErrorKind::Evaluation, None);
                return Ok(Some((at, Outcome::Refused { kind, message, retry_after_s })));
            }
            Begun::Dropped => return Ok(None),
        };
        let left = Instant::now();
        let outcome = in_time(connector, effect).await;
        if let Some(purpose) = effect.kind.purpose() {
            self.app.meters.call(purpose.word(), &outcome, left.elapsed());
        }
        Ok(Some((started_at, outcome)))
    }

    /// Reports until it is durable: an outcome that was heard is never lost to a busy database.
    async fn report(
        &self,
        effect: &Arc<Effect>,
        started_at: Timestamp,
        outcome: Outcome,
    ) -> Result<(), DriveError> {
        loop {
            let (effect, outcome) = (Arc::clone(effect), outcome.clone());
            let id = effect.id;
            match self.app.block(move |app| report(app, &effect, started_at, outcome)).await {
                Ok(()) => return Ok(()),
                // Left unsaid, it is what a crash leaves: after the next start the call is made again
                // where it may be, or nobody knows what became of it.
                Err(error) if error.is_final() || is_lasting(&error) => return Err(error),
                Err(error) => tracing::error!(effect = %id, %error, "an outcome cannot be kept"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Lanes that nothing is claimed from.
#[derive(Debug, Default)]
pub(crate) struct InUse {
    /// A call of theirs is under way.
    pub(crate) busy: BTreeSet<String>,
    /// Nothing of theirs can be settled until the next start. They take no room.
    closed: BTreeSet<String>,
}

impl InUse {
    pub(crate) fn close(&mut self, lane: String) {
        self.busy.remove(&lane);
        self.closed.insert(lane);
    }
}

/// Whether trying again cannot help while this daemon runs: what is stored cannot be read.
fn is_lasting(error: &DriveError) -> bool {
    match error {
        DriveError::NoBundle(_) | DriveError::Json(_) => true,
        DriveError::Store(_) | DriveError::Busy => false,
    }
}

/// What became of one effect.
pub(crate) enum Settling {
    /// Its lane is free.
    Free(String),
    /// Nothing more can be done in its lane.
    Closed(String),
    /// The database stopped.
    Stopped,
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default().min(SLEEP_MAX)
}

/// What is said without a connector goes to the message log.
fn say(app: &App, effect: &Effect) -> Result<(), DriveError> {
    match &effect.kind {
        EffectKind::Message(message) => Ok(app.keep_message(effect, message)?),
        EffectKind::Lambda(_) | EffectKind::Step(_) | EffectKind::Access(_) => Ok(()),
    }
}

/// What came of the wish to begin a call.
enum Begun {
    /// The started row is durable: it may leave.
    Started(Timestamp),
    /// It must not leave any more, and the request hears why.
    Halted(Timestamp, String),
    /// The request does not want it any more.
    Dropped,
}

/// Commits the started row. Under a read of [`App::narrowing`]: once a freeze was answered, no
/// escalation leaves.
fn begin(app: &App, effect: &Effect, node: &str) -> Result<Begun, DriveError> {
    let key = effect_key(effect.id, effect.attempt);
    loop {
        let _narrowing = app.narrowing.read().unwrap_or_else(PoisonError::into_inner);
        let wants = |r: &Request| r.still_wants(effect.id, effect.attempt);
        let request = app.request(effect.request)?.filter(wants);
        let Some(request) = request else {
            app.store.finish_effect(&key, None)?;
            return Ok(Begun::Dropped);
        };
        let at = app.clock.now();
        if let Some(why) = halted(app, effect, &request)? {
            return Ok(Begun::Halted(at, why));
        }
        match app.store.start_effect(&key, request.version, node, at)? {
            Started::Durable => return Ok(Begun::Started(at)),
            Started::Gone => return Ok(Begun::Dropped),
            Started::Moved => {}
        }
    }
}

/// Why an escalation that was asked for must not leave any more. Everything else may.
fn halted(app: &App, effect: &Effect, request: &Request) -> Result<Option<String>, DriveError> {
    if effect.kind.purpose() != Some(Purpose::Escalate) {
        return Ok(None);
    }
    if request.ending.is_some() {
        return Ok(Some("its end was wanted before it left".to_owned()));
    }
    if let Some(reason) = app.frozen(&request.flow)? {
        return Ok(Some(format!("escalations are frozen: {reason}; ask again later")));
    }
    let requester = app.people.person(request.requester.id)?;
    let gone = requester.is_none_or(|person| !person.active);
    Ok(gone.then(|| "the requester is deactivated".to_owned()))
}

fn report(
    app: &App,
    effect: &Effect,
    started_at: Timestamp,
    outcome: Outcome,
) -> Result<(), DriveError> {
    let settled = Settled {
        effect: effect.id,
        attempt: effect.attempt,
        started_at,
        ended_at: app.clock.now(),
        outcome,
    };
    let draft = EventDraft {
        id: Event::outcome_id(effect.id, effect.attempt),
        by: None,
        source: EventSource::Automation,
        kind: EventKind::Outcome(settled),
    };
    app.submit(&About::Request(effect.request), &draft).map(|_| ())
}
