//! What taking a bundle into service would do, without doing it.

use std::collections::BTreeMap;

use flow_bundle::Digest;
use flow_bundle::bundle::Bundle;
use flow_engine::{Phase, RequestId, orphaned};
use flow_proof::{Diff, diff};

use crate::app::App;
use crate::envelope::Accepted;
use crate::load::{Judged, LoadError, Upload};

/// What would happen.
#[derive(Debug)]
pub struct Plan {
    /// The bundle's content hash.
    pub hash: Digest,
    /// It is the one that is served already.
    pub served: bool,
    /// Each alone keeps it out.
    pub refusals: Vec<String>,
    /// Ends that could not be made any more; each keeps it out unless it is forced.
    pub stranded: Vec<String>,
    /// What the people who run this should know.
    pub notes: Vec<String>,
    /// The signature that lets it in.
    pub accepted: Option<Accepted>,
    /// Which flows are added, changed or removed, and which allow more or less than now.
    pub diff: Diff,
    /// Requests that go on under the bundle they were opened with, by flow and bundle.
    pub pinned: BTreeMap<(String, Digest), usize>,
    /// Requests that would be cancelled, because their flow or target is gone or disabled.
    pub cancelled: Vec<RequestId>,
}

impl App {
    /// Says what [`App::load`] would do with this bundle.
    ///
    /// # Errors
    /// It cannot be read, or the database failed.
    pub fn plan(&self, upload: &Upload) -> Result<Plan, LoadError> {
        let Judged { file, found, stranded, accepted, .. } = self.judge(upload)?;
        let newest = self.shelf.newest();
        let diff = match &newest {
            Some(entry) => diff(entry.bundle(), &file.bundle),
            None => {
                let nothing = Bundle { flows: BTreeMap::new(), ..file.bundle.clone() };
                diff(&nothing, &file.bundle)
            }
        };
        let (mut pinned, mut cancelled) = (BTreeMap::new(), Vec::new());
        self.visit_open(|request| {
            // Of one that is past deciding at most an extension goes.
            let waits = matches!(request.phase, Phase::Requested | Phase::Pending);
            if waits && orphaned(&file.bundle, &request).is_some() {
                cancelled.push(request.id);
            } else if request.bundle != file.content_hash {
                *pinned.entry((request.flow, request.bundle)).or_default() += 1;
            }
        })?;
        Ok(Plan {
            hash: file.content_hash,
            served: newest.is_some_and(|entry| entry.hash == file.content_hash),
            refusals: found.refusals,
            stranded,
            notes: found.notes,
            accepted,
            diff,
            pinned,
            cancelled,
        })
    }
}
