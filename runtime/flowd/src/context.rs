//! What lies outside a request, gathered for one event.
//!
//! The newest bundle, freezes and the directory can only narrow. Called under a read of
//! [`App::narrowing`]; the requester's grants are compared again by the commit.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::PoisonError;

use flow_bundle::moved;
use flow_engine::context::Limits;
use flow_engine::{
    Context, Event, EventKind, HeldIdentity, Newest, Person, PersonId, Phase, Pinned, Request,
    flow_now, provider_of,
};

use crate::app::App;
use crate::drive::DriveError;

/// Under which name the database keeps the deployment's name.
pub const DEPLOYMENT: &str = "deployment";

impl App {
    /// What lies outside `request` now.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn context(
        &self,
        pinned: &Pinned<'_>,
        request: Option<&Request>,
        event: &Event,
    ) -> Result<Context, DriveError> {
        let newest = self.shelf.newest();
        let requester = requester(request, event);
        let (mut open, grants) = match requester {
            Some(id) => {
                let id = id.to_string();
                (self.store.open_requests(&id)?, self.store.grants_of(&id)?)
            }
            None => (0, Vec::new()),
        };
        if request.is_some_and(|r| r.outcome.is_none()) {
            open = open.saturating_sub(1);
        }
        let flow_version = match request {
            Some(request) => request.flow_version,
            None => newest.as_ref().and_then(|e| e.versions.get(pinned.address)).map_or(1, |v| *v),
        };
        Ok(Context {
            org: self.config.org.clone(),
            flow_version,
            enabled: newest
                .as_ref()
                .and_then(|e| flow_now(e.bundle(), pinned.address))
                .is_some_and(|flow| flow.enabled),
            frozen: self.frozen(pinned.address)?,
            newest: newest
                .filter(|entry| entry.hash != pinned.content_hash)
                .map(|entry| Newest::of(entry.bundle(), pinned.address)),
            open_requests: u32::try_from(open).unwrap_or(u32::MAX),
            limits: Limits {
                open_requests_max: Some(self.config.ceiling.open_requests()),
                duration_max_s: self.config.ceiling.longest_s().unwrap_or_default(),
            },
            grants: grants
                .iter()
                .map(|row| serde_json::from_str(&row.state))
                .collect::<Result<_, _>>()?,
            jumped_s: self.clock.jumped_s(),
            deciders: self.deciders(request)?,
            identities: self.identities(pinned, request)?,
            ..Context::plain(&self.deployment(), self.directory(requester)?)
        })
    }

    /// Who other people are on the other side while access of theirs stands there; asked only where
    /// somebody's id may be found next.
    fn identities(
        &self,
        pinned: &Pinned<'_>,
        request: Option<&Request>,
    ) -> Result<Vec<HeldIdentity>, DriveError> {
        let Some(provider) = finds_identity(pinned, request) else { return Ok(Vec::new()) };
        let mut held = BTreeSet::new();
        self.each_open_row(|row| {
            let request: Request = serde_json::from_str(&row.state)?;
            held.extend(HeldIdentity::of(&request).filter(|h| h.provider == provider));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(held.into_iter().collect())
    }

    /// The deployment's name, by its configuration or its binding.
    pub(crate) fn deployment(&self) -> String {
        let binding = self.binding.read().unwrap_or_else(PoisonError::into_inner);
        self.named(binding.as_ref()).unwrap_or("default").to_owned()
    }

    fn directory(&self, id: Option<PersonId>) -> Result<Option<Person>, DriveError> {
        Ok(id.map(|id| self.people.person(id)).transpose()?.flatten())
    }

    fn deciders(&self, request: Option<&Request>) -> Result<Vec<Person>, DriveError> {
        let waiting = request.map(Request::deciders).unwrap_or_default();
        let known = waiting.into_iter().map(|p| self.directory(Some(p.id)));
        known.filter_map(Result::transpose).collect()
    }

    /// Why nothing new begins for the flow at this address.
    pub(crate) fn frozen(&self, address: &str) -> Result<Option<String>, DriveError> {
        if let Some(why) = self.pause.why() {
            return Ok(Some(why));
        }
        if let Some(why) = &*self.ends_only.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Some(why.clone()));
        }
        let all = self.store.freezes()?;
        // A flow that was renamed stays frozen, under whichever of its names that was said.
        let newest = self.shelf.newest();
        let is_same = |scope: &str| {
            let (scope, own) = (format!("flow.{scope}"), format!("flow.{address}"));
            newest.as_ref().is_some_and(|e| moved::is_same(e.bundle(), &scope, &own))
        };
        let holds = |scope: &str| scope == "*" || scope == address || is_same(scope);
        Ok(all.into_iter().find(|f| holds(&f.scope)).map(|f| f.reason))
    }
}

/// Under which name the id of a request's person may be found next.
pub(crate) fn finds_identity(pinned: &Pinned<'_>, request: Option<&Request>) -> Option<String> {
    let before_access = match request.map(|r| r.phase) {
        None | Some(Phase::Requested | Phase::Pending | Phase::Approved | Phase::Escalating) => {
            true
        }
        Some(Phase::Active | Phase::Deescalating | Phase::Ended) => false,
    };
    provider_of(pinned).filter(|_| before_access)
}

fn requester(request: Option<&Request>, event: &Event) -> Option<PersonId> {
    match (request, &event.kind) {
        (Some(request), _) => Some(request.requester.id),
        (None, EventKind::Ask(ask)) => ask.requester.as_ref().or(event.by.as_ref()).map(|p| p.id),
        (None, EventKind::Overtaken(overtaken)) => {
            overtaken.known.as_ref().map(|known| known.requester.id)
        }
        (None, _) => None,
    }
}
