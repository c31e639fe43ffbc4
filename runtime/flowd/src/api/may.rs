//! What somebody may see of a request and do about it now. It only informs, for lists, for the 404
//! of what is not to be seen, and for the words under a request: the engine decides again when
//! something is done.

use flow_engine::{Event, EventKind, EventSource, Person, Request};
use jiff::Timestamp;

use super::Api;
use super::problem::Problem;
use crate::drive::DriveError;
use crate::shelf::Entry;

/// What somebody may do with a request that they may see: `approve`, `cancel` …
pub type May = Vec<&'static str>;

impl Api {
    /// What `person` may do with `request`; absent: they may not see it.
    ///
    /// # Errors
    /// The database failed.
    pub fn may(
        &self,
        request: &Request,
        person: &Person,
        at: Timestamp,
    ) -> Result<Option<May>, Problem> {
        let entry = self.entry(request)?;
        let Some(pinned) = entry.pinned(&request.flow) else {
            return Err(DriveError::NoBundle(request.id).into());
        };
        let look = Event {
            id: "look".to_owned(),
            at,
            by: Some(person.clone()),
            source: EventSource::Api,
            kind: EventKind::Tick,
        };
        let context = self.app.context(&pinned, Some(request), &look)?;
        Ok(flow_engine::view::view(&pinned, request, &context, person, at).map(|view| view.may))
    }

    /// The label of the request's flow, as it was when it was asked.
    ///
    /// # Errors
    /// The bundle cannot be read any more.
    pub fn label(&self, request: &Request) -> Result<String, Problem> {
        let entry = self.entry(request)?;
        let flow = entry.bundle().flows.get(&request.flow);
        Ok(flow.map_or_else(|| request.flow.clone(), |flow| flow.label.clone()))
    }

    fn entry(&self, request: &Request) -> Result<std::sync::Arc<Entry>, Problem> {
        let entry = self.app.shelf.entry(request.bundle);
        entry.ok_or_else(|| DriveError::NoBundle(request.id).into())
    }
}
