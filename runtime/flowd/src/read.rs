//! What can be read: requests, and the rows of the trail and the message log.
//!
//! Who may see what is decided by the routes.

use std::ops::ControlFlow;

use flow_engine::{Request, RequestId};

use crate::app::App;
use crate::drive::DriveError;
use crate::emergency::readable;
use crate::store::{AuditFilter, AuditRow, MessageFilter, MessageRow, RequestFilter, RequestRow};

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

    /// Looks at every request that has not ended, the newest first, until it is told to break.
    ///
    /// # Errors
    /// The database failed, or the look at one.
    pub fn each_open_row(
        &self,
        mut look: impl FnMut(RequestRow) -> Result<ControlFlow<()>, DriveError>,
    ) -> Result<(), DriveError> {
        let mut filter = RequestFilter { open: true, limit: OPEN_PAGE, ..RequestFilter::default() };
        loop {
            let page = self.store.page_requests(&filter)?;
            let Some(last) = page.last() else { return Ok(()) };
            let is_last = page.len() < OPEN_PAGE;
            filter.before = Some((last.opened_at, last.id.clone()));
            for row in page {
                if look(row)?.is_break() {
                    return Ok(());
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Looks at every request that has not ended, the newest first. One that cannot be read is only
    /// said: it holds up nothing.
    ///
    /// # Errors
    /// The database failed.
    pub fn visit_open(&self, mut visit: impl FnMut(Request)) -> Result<(), DriveError> {
        self.each_open_row(|row| {
            readable(&row).into_iter().for_each(&mut visit);
            Ok(ControlFlow::Continue(()))
        })
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
