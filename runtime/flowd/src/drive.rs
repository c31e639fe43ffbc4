//! The one door: an event comes in, is decided by the engine, and is committed with everything that
//! follows from it.
//!
//! Clicks, timers and outcomes all come through [`App::submit`]. Nothing else changes a request.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use flow_engine::audit::Record;
use flow_engine::event::Overtaken;
use flow_engine::{
    Context, Effect, EffectId, Event, EventKind, EventSource, GrantChange, GrantState, Person,
    Reason, Refusal, Reply, Request, RequestId, Transition, transition,
};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::backup::kept;
use crate::context::finds_identity;
use crate::shelf::Entry;
use crate::store::{
    AuditDraft, Commit, Committed, EffectDraft, EventRow, GrantRow, GrantWrite, RequestRow,
    RequestWrite, StoreError,
};

/// An event before its time is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    /// Unique in the whole database: the same click, timer or outcome has the same id, and is
    /// answered once.
    pub id: String,
    /// Who acted, from authentication only.
    pub by: Option<Person>,
    /// Through which surface.
    pub source: EventSource,
    /// What happened.
    pub kind: EventKind,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A new request of the flow at this address in the newest bundle; the event is an asking.
    Flow(String),
    /// A request that is there.
    Request(RequestId),
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The request; of an asking that was refused, one that is not there.
    pub request: RequestId,
    /// What the one who acted is told.
    pub reply: Reply,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many events at once for one request.
    #[error("too many others act on this request: try again")]
    Busy,
    /// A request whose bundle cannot be read any more.
    #[error("request `{0}` keeps a bundle that this daemon cannot read")]
    NoBundle(RequestId),
    /// What is stored cannot be read or written as JSON.
    #[error("a stored form cannot be read")]
    Json(#[from] serde_json::Error),
}

impl DriveError {
    /// Whether the database stopped for good: the daemon must start again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Store(StoreError::Stopped(_)))
    }
}

/// Under which name the database keeps how far the clock was ever moved forward.
pub const JUMPED: &str = "jumped_s";
/// Conflicts before giving up; each means that somebody else made progress.
const TRIES_MAX: usize = 50;

impl App {
    /// Decides an event and commits it. An event that was seen before is answered as it was.
    ///
    /// # Errors
    /// Nothing was committed, except with [`StoreError::Stopped`].
    pub fn submit(&self, about: &About, draft: &EventDraft) -> Result<Answered, DriveError> {
        let begun = Instant::now();
        for _ in 0..TRIES_MAX {
            let _narrowing = self.narrowing.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(answered) = self.paused_answer(about, draft)? {
                return Ok(answered);
            }
            if let Some(answered) = self.try_submit(about, draft)? {
                let accepted = matches!(answered.reply, Reply::Accepted { .. });
                self.meters.event(draft.kind.word(), accepted, begun.elapsed());
                return Ok(answered);
            }
        }
        Err(DriveError::Busy)
    }

    /// `None`: somebody else was first.
    fn try_submit(
        &self,
        about: &About,
        draft: &EventDraft,
    ) -> Result<Option<Answered>, DriveError> {
        if let Some(reply) = self.store.reply(&draft.id)? {
            return Ok(Some(serde_json::from_str(&reply)?));
        }
        let found = match about {
            About::Request(id) => self.request(*id)?,
            About::Flow(_) => None,
        };
        let Some((entry, address)) = self.pin(about, found.as_ref(), &draft.kind)? else {
            return Ok(Some(nothing_there(about, draft)));
        };
        let Some(pinned) = entry.pinned(&address) else {
            return Ok(Some(nothing_there(about, draft)));
        };
        let mut at = self.clock.now();
        if let Some(jumped_s) = self.clock.jump_to_keep() {
            self.store.set_meta(JUMPED, &jumped_s.to_string())?;
            self.clock.jump_kept(jumped_s);
        }
        if let Some(request) = &found {
            at = at.max(request.last_at);
        }
        // Who acts was authenticated before we got here; what they may is looked up again.
        let by = match &draft.by {
            Some(by) => {
                let now = self.people.person(by.id)?;
                Some(now.unwrap_or_else(|| Person { active: false, ..by.clone() }))
            }
            None => None,
        };
        let event =
            Event { id: draft.id.clone(), at, by, source: draft.source, kind: draft.kind.clone() };
        // Two people who are one on the other side are found out only if one is decided after the
        // other.
        let _alone = finds_identity(&pinned, found.as_ref())
            .map(|_| self.identified.lock().unwrap_or_else(PoisonError::into_inner));
        let context = self.context(&pinned, found.as_ref(), &event)?;
        let decided = transition(&pinned, found.as_ref(), &event, &context);
        self.commit(about, found.as_ref(), &event, &context, decided)
    }

    fn pin(
        &self,
        about: &About,
        found: Option<&Request>,
        kind: &EventKind,
    ) -> Result<Option<(Arc<Entry>, String)>, DriveError> {
        let known = match kind {
            EventKind::Overtaken(Overtaken { known, .. }) => known.as_deref(),
            _ => None,
        };
        match (about, found.or(known)) {
            (About::Flow(address), _) => {
                Ok(self.shelf.newest().map(|entry| (entry, address.clone())))
            }
            (About::Request(id), Some(request)) => {
                let entry = self.shelf.entry(request.bundle).ok_or(DriveError::NoBundle(*id))?;
                Ok(Some((entry, request.flow.clone())))
            }
            (About::Request(_), None) => Ok(None),
        }
    }

    fn commit(
        &self,
        about: &About,
        found: Option<&Request>,
        event: &Event,
        context: &Context,
        decided: Transition,
    ) -> Result<Option<Answered>, DriveError> {
        let id = match (&decided.request, about, &event.kind) {
            (Some(request), ..) => request.id,
            (None, About::Request(id), _) => *id,
            (None, About::Flow(_), EventKind::Ask(ask)) => ask.request,
            (None, About::Flow(_), _) => return Ok(None),
        };
        let answered = Answered { request: id, reply: decided.reply };
        let changed = decided.request.as_ref().filter(|after| Some(*after) != found);
        let mut audit: Vec<AuditDraft> =
            decided.audit.iter().map(audit_draft).collect::<Result<_, _>>()?;
        if let Some(after) = changed
            && let Some(record) = kept::record(&self.signer, event, found, after, &decided.grants)?
        {
            audit.push(audit_draft(&record)?);
        }
        let commit = Commit {
            event: EventRow {
                id: event.id.clone(),
                request: id.to_string(),
                at: event.at,
                body: serde_json::json!({ "event": event, "context": context }).to_string(),
                reply: serde_json::to_string(&answered)?,
            },
            request: changed.map(|after| request_write(found, after)).transpose()?,
            open: matches!(event.kind, EventKind::Ask(_)).then_some(context.open_requests.into()),
            grants: decided.grants.iter().map(grant_write).collect::<Result<_, _>>()?,
            effects: decided.effects.iter().map(effect_draft).collect::<Result<_, _>>()?,
            finished: match &event.kind {
                EventKind::Outcome(settled) => Some((
                    effect_key(settled.effect, settled.attempt),
                    serde_json::to_string(&settled.outcome)?,
                )),
                _ => None,
            },
            withdrawn: withdrawn(found, changed),
            audit,
        };
        let effects = !commit.effects.is_empty();
        match self.store.commit(commit)? {
            Committed::Conflict => Ok(None),
            Committed::AlreadySeen(reply) => Ok(Some(serde_json::from_str(&reply)?)),
            Committed::Durable => {
                self.bells.committed(effects);
                Ok(Some(answered))
            }
        }
    }
}

/// Attempts that were wanted and are not any more. The one that is reported is among them; it is
/// settled first, which makes that nothing.
fn withdrawn(before: Option<&Request>, after: Option<&Request>) -> Vec<String> {
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let calls = before.calls.iter().map(|(id, call)| (*id, call.attempt));
    let gone = calls.filter(|(id, attempt)| !after.still_wants(*id, *attempt));
    gone.map(|(id, attempt)| effect_key(id, attempt)).collect()
}

/// How the store knows one attempt of an effect.
#[must_use]
pub fn effect_key(effect: EffectId, attempt: u32) -> String {
    format!("{effect}:{attempt}")
}

fn nothing_there(about: &About, draft: &EventDraft) -> Answered {
    let request = match (about, &draft.kind) {
        (About::Request(id), _) => *id,
        (About::Flow(_), EventKind::Ask(ask)) => ask.request,
        (About::Flow(_), _) => RequestId(uuid::Uuid::nil()),
    };
    let refusal = match about {
        About::Flow(address) => {
            Refusal::because(Reason::NotFound, format!("there is no flow `{address}`"))
        }
        About::Request(id) => {
            Refusal::because(Reason::NotFound, format!("there is no request `{id}`"))
        }
    };
    Answered { request, reply: Reply::Refused(refusal) }
}

fn request_write(found: Option<&Request>, after: &Request) -> Result<RequestWrite, DriveError> {
    Ok(RequestWrite {
        expected: found.map_or(0, |before| before.version),
        row: RequestRow {
            id: after.id.to_string(),
            version: after.version,
            flow: after.flow.clone(),
            bundle: after.bundle.to_string(),
            requester: after.requester.id.to_string(),
            phase: after.phase.word().to_owned(),
            outcome: after.outcome.map(|end| end.word().to_owned()),
            opened_at: after.created_at,
            event_at: after.last_at,
            wake_at: after.wake_at(),
            state: serde_json::to_string(after)?,
        },
    })
}

fn grant_write(change: &GrantChange) -> Result<GrantWrite, DriveError> {
    let grant = &change.grant;
    Ok(GrantWrite {
        expected: change.expected_version,
        row: GrantRow {
            id: grant.id.to_string(),
            version: grant.version,
            person: grant.person.to_string(),
            kept: grant.shared || grant.state != GrantState::Absent,
            state: serde_json::to_string(grant)?,
        },
    })
}

fn effect_draft(effect: &Effect) -> Result<EffectDraft, DriveError> {
    Ok(EffectDraft {
        key: effect_key(effect.id, effect.attempt),
        lane: effect.lane.0.clone(),
        not_before: effect.not_before,
        body: serde_json::to_string(effect)?,
    })
}

/// A record of the engine, as the trail keeps it.
fn audit_draft(record: &Record) -> Result<AuditDraft, DriveError> {
    let request = record.request.map(|id| id.to_string());
    Ok(AuditDraft { at: record.at, request, body: serde_json::to_value(record)? })
}
