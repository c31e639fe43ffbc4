//! Freezing, ending many grants at once, and what follows when a person or a flow goes.
//!
//! Who may do this is decided by the routes. Each write that narrows happens under the write side
//! of [`App::narrowing`], so no event is decided on what was true a moment ago.

use std::ops::ControlFlow;
use std::sync::PoisonError;

use flow_bundle::bundle::Bundle;
use flow_bundle::eval::{target_name, without_element};
use flow_bundle::moved::is_same;
use flow_engine::message::TextPart;
use flow_engine::state::Access;
use flow_engine::{
    EventKind, EventSource, Person, PersonId, Phase, Reply, Request, RequestId, orphaned,
};
use serde_json::json;

use crate::app::App;
use crate::drive::{About, Answered, DriveError, EventDraft};
use crate::store::{AuditDraft, Freeze, RequestRow};

/// Whose grants are ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sweep {
    /// Everybody's.
    All,
    /// Those of a target, by its name or address. A name that several have means all of them: what
    /// is taken back by mistake can be asked for again.
    Target(String),
    /// Those of a person.
    Person(PersonId),
}

impl App {
    /// Stops new requests and escalations of a flow, or of all; ends go on.
    ///
    /// # Errors
    /// The database failed.
    pub fn freeze(
        &self,
        by: &Person,
        flow: Option<&str>,
        reason: &str,
    ) -> Result<Freeze, DriveError> {
        let freeze = Freeze {
            scope: flow.unwrap_or("*").to_owned(),
            at: self.clock.now(),
            person: by.id.to_string(),
            reason: reason.to_owned(),
        };
        let _narrowing = self.narrowing.write().unwrap_or_else(PoisonError::into_inner);
        let facts = json!({ "scope": freeze.scope, "reason": reason });
        let note = self.note("deployment.frozen", Some(by), &facts);
        self.store.set_freeze(&freeze.scope, Some(freeze.clone()), note)?;
        tracing::warn!(scope = freeze.scope, by = by.username, reason, "frozen");
        let text = format!(
            " has frozen {}: no new requests and no new access; what was granted ends on time. ",
            scope_words(flow)
        );
        self.announce(flow, said(by, text, Some(reason)));
        Ok(freeze)
    }

    /// Lifts a freeze. Answers whether there was one.
    ///
    /// # Errors
    /// The database failed.
    pub fn thaw(&self, by: &Person, flow: Option<&str>) -> Result<bool, DriveError> {
        let scope = flow.unwrap_or("*");
        let _narrowing = self.narrowing.write().unwrap_or_else(PoisonError::into_inner);
        if self.store.freezes()?.iter().all(|f| f.scope != scope) {
            return Ok(false);
        }
        let note = self.note("deployment.thawed", Some(by), &json!({ "scope": scope }));
        self.store.set_freeze(scope, None, note)?;
        let text = format!(" has lifted the freeze of {}.", scope_words(flow));
        self.announce(flow, said(by, text, None));
        Ok(true)
    }

    /// Ends grants. Answers with the requests whose end is wanted now, and with those that nobody
    /// could read and whose access may still stand.
    ///
    /// # Errors
    /// The database failed; some may be ended.
    pub fn revoke_all(
        &self,
        by: &Person,
        sweep: &Sweep,
        reason: &str,
    ) -> Result<Swept, DriveError> {
        let newest = self.shelf.newest();
        let is_named = |access: &Access, named: &str| {
            let address = &access.target.address;
            let has_name = |bundle| is_called(bundle, without_element(address), named);
            access.target.name == named
                || address == named
                || newest.as_ref().is_some_and(|entry| has_name(entry.bundle()))
        };
        let stands = |r: &Request| {
            matches!(r.phase, Phase::Approved | Phase::Escalating | Phase::Active)
                && match sweep {
                    Sweep::All => true,
                    Sweep::Target(named) => r.accesses.iter().any(|a| is_named(a, named)),
                    Sweep::Person(id) => r.requester.id == *id,
                }
        };
        let kind = EventKind::RevokeAll { reason: reason.to_owned() };
        let mut swept = self.each_open(&stands, |_| Some(kind.clone()), Some(by))?;
        if let Sweep::Person(id) = sweep {
            let id = id.to_string();
            swept.unreadable.retain(|row| row.requester == id);
        }
        let unreadable: Vec<&str> = swept.unreadable.iter().map(|row| row.id.as_str()).collect();
        let facts = json!({
            "sweep": format!("{sweep:?}"),
            "reason": reason,
            "requests": swept.done.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "unreadable": unreadable,
        });
        self.store.note(vec![self.note("deployment.revoked", Some(by), &facts)])?;
        let what = match sweep {
            Sweep::All => "everything".to_owned(),
            Sweep::Target(target) => format!("everything on {target}"),
            Sweep::Person(id) => match self.people.person(*id)? {
                Some(person) => format!("everything that {} holds", person.username),
                None => format!("everything that {id} holds"),
            },
        };
        let mut text = format!(" takes back {what}: {} requests. ", swept.done.len());
        if !unreadable.is_empty() {
            text.push_str(&format!(
                "THESE CANNOT BE READ, LOOK AT THEIR ACCESS BY HAND: {}. ",
                unreadable.join(", ")
            ));
        }
        self.announce(None, said(by, text, Some(reason)));
        Ok(swept)
    }

    /// Cancels or ends what a person asked for. Called after they were deactivated, which happens
    /// under the write side of [`App::narrowing`].
    ///
    /// # Errors
    /// The database failed; some may be ended.
    pub fn person_gone(&self, id: PersonId) -> Result<Vec<RequestId>, DriveError> {
        let theirs = |r: &Request| r.requester.id == id;
        Ok(self.each_open(&theirs, |_| Some(EventKind::PersonDeactivated), None)?.done)
    }

    /// Ends what belongs to people who are not active: what a stop of the daemon left standing
    /// between their deactivation and [`App::person_gone`].
    ///
    /// # Errors
    /// The database failed; some may be ended.
    pub fn inactive_gone(&self) -> Result<Vec<RequestId>, DriveError> {
        let active = self.people.active()?;
        let theirs = |r: &Request| active.iter().all(|person| person.id != r.requester.id);
        Ok(self.each_open(&theirs, |_| Some(EventKind::PersonDeactivated), None)?.done)
    }

    /// Cancels requests and extensions that wait and whose flow or target the newest bundle does not have.
    ///
    /// # Errors
    /// The database failed; some may be cancelled.
    pub fn cancel_orphans(&self) -> Result<Vec<RequestId>, DriveError> {
        let Some(newest) = self.shelf.newest() else { return Ok(Vec::new()) };
        let swept = self.each_open(&|_| true, |r| orphaned(newest.bundle(), r), None)?;
        Ok(swept.done)
    }

    fn each_open(
        &self,
        fits: &dyn Fn(&Request) -> bool,
        event: impl Fn(&Request) -> Option<EventKind>,
        by: Option<&Person>,
    ) -> Result<Swept, DriveError> {
        let mut swept = Swept::default();
        self.each_open_row(|row| {
            let Some(request) = readable(&row) else {
                swept.left(row);
                return Ok(ControlFlow::Continue(()));
            };
            let Some(kind) = Some(&request).filter(|r| fits(r)).and_then(&event) else {
                return Ok(ControlFlow::Continue(()));
            };
            let draft = EventDraft {
                id: format!("sweep:{}", uuid::Uuid::new_v4()),
                by: by.cloned(),
                source: by.map_or(EventSource::Automation, |_| EventSource::Api),
                kind,
            };
            match self.submit(&About::Request(request.id), &draft) {
                Ok(Answered { reply: Reply::Accepted { .. }, .. }) => swept.done.push(request.id),
                // It went on meanwhile, so that there is nothing left to do.
                Ok(Answered { reply: Reply::Refused(_), .. }) => {}
                // One request that cannot be read holds up no other's end.
                Err(error @ (DriveError::NoBundle(_) | DriveError::Json(_) | DriveError::Busy)) => {
                    tracing::error!(request = %request.id, %error, "a request cannot be ended");
                    swept.left(row);
                }
                Err(error @ DriveError::Store(_)) => return Err(error),
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(swept)
    }

    /// A record that belongs to no request.
    pub(crate) fn note(
        &self,
        kind: &str,
        by: Option<&Person>,
        facts: &serde_json::Value,
    ) -> AuditDraft {
        let at = self.clock.now();
        let actor = by.map(|p| json!({ "id": p.id.to_string(), "username": p.username }));
        let body = json!({ "kind": kind, "at": at.to_string(), "actor": actor, "facts": facts });
        AuditDraft { at, request: None, body }
    }
}

/// What a sweep came to.
#[derive(Debug, Default)]
pub struct Swept {
    /// Requests that took the event.
    pub done: Vec<RequestId>,
    /// Requests that could not be looked at, and through which access may stand.
    pub unreadable: Vec<RequestRow>,
}

impl Swept {
    /// What only waits gives nothing to anybody, readable or not.
    fn left(&mut self, row: RequestRow) {
        let waits = [Phase::Requested, Phase::Pending].iter().any(|p| p.word() == row.phase);
        if !waits {
            self.unreadable.push(row);
        }
    }
}

fn scope_words(flow: Option<&str>) -> String {
    flow.map_or_else(|| "every flow".to_owned(), |flow| format!("the flow {flow}"))
}

/// What an admin did, in our words, and why, in theirs.
fn said(by: &Person, text: String, reason: Option<&str>) -> Vec<TextPart> {
    let mut said = vec![TextPart::external(by.name.clone()), TextPart::flow(text)];
    said.extend(reason.map(|reason| TextPart::external(format!("Why: {reason}"))));
    said
}

/// A request as it stands. One that cannot be read holds up no other's end.
pub fn readable(row: &RequestRow) -> Option<Request> {
    let read = serde_json::from_str(&row.state);
    read.map_err(|error| tracing::error!(request = row.id, %error, "a request cannot be read")).ok()
}

/// Whether a target has this name or address, or had it before it was renamed.
pub fn is_called(bundle: &Bundle, address: &str, named: &str) -> bool {
    let is = |address: &str| address == named || target_name(address) == named;
    let own = format!("target.{address}");
    let mut known = bundle.moved.iter().flat_map(|pair| [&pair.from, &pair.to]);
    is(address)
        || known.any(|a| a.strip_prefix("target.").is_some_and(is) && is_same(bundle, a, &own))
}
