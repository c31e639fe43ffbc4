//! From when and until when each access of a request stood, read from the audit trail: it alone says
//! that of the past.

use flow_engine::Request;
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::app::App;
use crate::drive::DriveError;
use crate::store::{AuditFilter, AuditRow};

/// Records that are read at once.
const PAGE: usize = 500;

/// When one access stood, or may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// When the call that makes it was first asked for: from then on it may stand.
    pub began_at: Option<Timestamp>,
    /// When it was known to stand.
    pub active_at: Option<Timestamp>,
    /// When its end was confirmed, or it was known not to have been made.
    pub ended_at: Option<Timestamp>,
    /// The end was people's word and not the other side's.
    pub resolved: bool,
}

impl Span {
    /// Whether it stood, or may have, at that instant.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        let since = self.began_at.into_iter().chain(self.active_at).min();
        since.is_some_and(|since| since <= at) && self.ended_at.is_none_or(|end| at < end)
    }
}

impl App {
    /// When each access of this request stood, in their order.
    ///
    /// # Errors
    /// The database failed.
    pub fn spans(&self, request: &Request) -> Result<Vec<Span>, DriveError> {
        let mut spans = vec![Span::default(); request.accesses.len()];
        let id = Some(request.id.to_string());
        let mut filter = AuditFilter { request: id, after: 0, limit: PAGE };
        loop {
            let rows = self.page_audit(&filter)?;
            rows.iter().for_each(|row| note(request, &mut spans, row));
            match rows.last() {
                Some(last) if rows.len() == PAGE => filter.after = last.seq,
                Some(_) | None => return Ok(spans),
            }
        }
    }
}

fn note(request: &Request, spans: &mut [Span], row: &AuditRow) {
    // What retention erased says nothing any more; an erased request is over.
    let Some(body) = &row.body else { return };
    let text = |at: &str| body.pointer(at).and_then(Json::as_str);
    let about = |index: usize| {
        let access = request.accesses.get(index);
        access.is_some_and(|a| text("/facts/grant") == Some(a.grant.to_string().as_str()))
    };
    let named = (0..spans.len()).find(|index| about(*index));
    match text("/kind") {
        Some("effect.wanted") if text("/facts/role/role") == Some("escalate") => {
            let index = body.pointer("/facts/role/access").and_then(Json::as_u64);
            let index = index.and_then(|index| usize::try_from(index).ok());
            if let Some(span) = index.and_then(|index| spans.get_mut(index)) {
                span.began_at.get_or_insert(row.at);
            }
        }
        Some("grant.active") => {
            if let Some(span) = named.and_then(|index| spans.get_mut(index)) {
                span.active_at.get_or_insert(row.at);
            }
        }
        Some("grant.ended") => {
            if let Some(span) = named.and_then(|index| spans.get_mut(index)) {
                span.ended_at = Some(row.at);
            }
        }
        Some("request.resolved") => {
            for span in spans.iter_mut().filter(|span| span.ended_at.is_none()) {
                span.ended_at = Some(row.at);
                span.resolved = true;
            }
        }
        // A refused escalation made nothing, and its access is discharged without another word.
        Some("request.ended") => {
            for span in spans.iter_mut().filter(|span| span.ended_at.is_none()) {
                span.ended_at = Some(row.at);
            }
        }
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_stands_from_the_call_to_its_confirmed_end() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let span = Span { began_at: Some(at(10)), active_at: Some(at(12)), ..Span::default() };
        let over = Span { ended_at: Some(at(20)), ..span };
        let shared = Span { began_at: None, ..over };
        for (span, moment, want) in [
            (span, 9, false),
            (span, 10, true),
            (span, 99, true),
            (over, 19, true),
            (over, 20, false),
            (shared, 11, false),
            (shared, 12, true),
            (Span::default(), 12, false),
        ] {
            assert_eq!(span.covers(at(moment)), want, "{span:?} at {moment}");
        }
    }
}
