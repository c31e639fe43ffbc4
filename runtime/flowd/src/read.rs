//! What can be read: requests, and the rows of the trail and the message log.
//!
//! Who may see what is decided by the routes.

use flow_engine::{Request, RequestId};

use crate::app::App;
use crate::drive::DriveError;
use crate::emergency::readable;
use crate::store::{AuditFilter, AuditRow, MessageFilter, MessageRow, RequestFilter};

/// Open requests that are read at once.
const OPEN_PAGE: usize = 200;

impl App {
    /// A request.
    ///
    /// # Errors
    /// The database failed.
    pub fn request(&self, id: RequestId) -> Result<Option<Request>, DriveError> {
        let row = self.store.request(&id.to_string())?;
        Ok(row.map(|row| serde_json::from_str(&row.state)).transpose()?)
    }

    /// Requests, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub fn page_requests(&self, filter: &RequestFilter) -> Result<Vec<Request>, DriveError> {
        let rows = self.store.page_requests(filter)?;
        Ok(rows.iter().map(|row| serde_json::from_str(&row.state)).collect::<Result<_, _>>()?)
    }

    /// Looks at every request that has not ended, the newest first. One that cannot be read is only
    /// said: it holds up nothing.
    ///
    /// # Errors
    /// The database failed.
    pub fn visit_open(&self, mut visit: impl FnMut(Request)) -> Result<(), DriveError> {
        let mut filter = RequestFilter { open: true, limit: OPEN_PAGE, ..RequestFilter::default() };
        loop {
            let page = self.store.page_requests(&filter)?;
            let Some(last) = page.last() else { return Ok(()) };
            filter.before = Some((last.opened_at, last.id.clone()));
            page.iter().filter_map(readable).for_each(&mut visit);
        }
    }

    /// The audit trail, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub fn page_audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, DriveError> {
        Ok(self.store.page_audit(filter)?)
    }

    /// The message log, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub fn messages(&self, filter: &MessageFilter) -> Result<Vec<MessageRow>, DriveError> {
        Ok(self.store.page_messages(filter)?)
    }
}
