//! After a restore the daemon is paused: it ends what is owed, and begins nothing. An admin resumes.
//!
//! Asking, approving and prolonging are refused; escalations do not leave. What the exported audit
//! trail knows and the restored database does not is taken back meanwhile.

use std::sync::{Mutex, PoisonError, RwLock};

use flow_engine::message::TextPart;
use flow_engine::{EventKind, EventSource, Person, Reason, Refusal, Reply, RequestId};
use serde_json::json;

use crate::app::App;
use crate::backup::owed::{Owed, Restored};
use crate::drive::{About, Answered, DriveError, EventDraft};
use crate::store::StoreError;

/// Whether the daemon is paused, and what is left of the restore.
#[derive(Debug, Default)]
pub struct Pause {
    restored: RwLock<Option<Restored>>,
    /// Held while what is left is worked on, so that nothing is written over.
    turn: Mutex<()>,
}

impl Pause {
    /// Why nothing new begins; `None`: it is not paused.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        let restored = self.restored.read().unwrap_or_else(PoisonError::into_inner);
        restored.as_ref().map(|restored| {
            format!(
                "paused: the database was restored from a backup at {:.0}; an admin goes on with `flowctl resume`",
                restored.at
            )
        })
    }

    /// Access that may stand and is not being taken back, one sentence each.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        let restored = self.restored.read().unwrap_or_else(PoisonError::into_inner);
        let Some(restored) = &*restored else { return Vec::new() };
        let waits = restored.owed.iter().map(|owed| {
            let Owed { request, what, event, .. } = owed;
            let bundle = event.known.as_ref().map(|known| known.bundle.to_string());
            match bundle {
                Some(bundle) => format!(
                    "request `{request}` ({what}) cannot be taken back without the bundle `{bundle}`: deploy that one first"
                ),
                None => format!("request `{request}` ({what}) was not ended yet"),
            }
        });
        waits.chain(restored.lost.iter().cloned()).collect()
    }

    fn set(&self, restored: Option<Restored>) {
        *self.restored.write().unwrap_or_else(PoisonError::into_inner) = restored;
    }

    fn copied(&self) -> Option<Restored> {
        self.restored.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Why the daemon does not resume.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// It is not paused.
    #[error("the daemon is not paused")]
    NotPaused,
    /// Access may stand that nobody takes back.
    #[error("access may stand that is not being taken back:\n  {}", .0.join("\n  "))]
    Left(Vec<String>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Pauses where the database was restored and nobody has resumed yet, and takes back what the
    /// trail knows to stand.
    ///
    /// # Errors
    /// The database failed.
    pub fn pause_if_restored(&self) -> Result<(), DriveError> {
        let Some(restored) = Restored::of(&*self.store)? else { return Ok(()) };
        self.pause.set(Some(restored));
        if let Some(why) = self.pause.why() {
            tracing::warn!("{why}");
        }
        self.owe_again()
    }

    /// Tells requests that the trail knows more of them. One whose bundle is not here yet waits.
    ///
    /// # Errors
    /// The database failed; what was not told is told by the next start.
    pub(crate) fn owe_again(&self) -> Result<(), DriveError> {
        let _turn = self.pause.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut restored) = self.pause.copied() else { return Ok(()) };
        let before = restored.owed.len();
        let (mut left, mut failed) = (Vec::new(), None);
        for owed in std::mem::take(&mut restored.owed) {
            match failed.is_none().then(|| self.tell_overtaken(&restored, &owed)) {
                Some(Ok(true)) => {}
                Some(Ok(false)) | None => left.push(owed),
                Some(Err(error)) => {
                    failed = Some(error);
                    left.push(owed);
                }
            }
        }
        restored.owed = left;
        if restored.owed.len() != before {
            Restored::keep(&*self.store, Some(&restored))?;
        }
        self.pause.set(Some(restored));
        for sentence in self.pause.left() {
            tracing::error!("{sentence}");
        }
        failed.map_or(Ok(()), Err)
    }

    /// Whether it was told.
    fn tell_overtaken(&self, restored: &Restored, owed: &Owed) -> Result<bool, DriveError> {
        let Ok(request) = owed.request.parse::<RequestId>() else { return Ok(false) };
        let draft = EventDraft {
            id: format!("overtaken:{}:{request}", restored.at),
            by: None,
            source: EventSource::Automation,
            kind: EventKind::Overtaken(owed.event.clone()),
        };
        match self.submit(&About::Request(request), &draft) {
            Ok(answered) => {
                let taken = matches!(answered.reply, Reply::Accepted { .. });
                if taken && owed.stands {
                    tracing::warn!(%request, what = owed.what, "owed again: it is taken back");
                }
                Ok(true)
            }
            Err(error @ (DriveError::NoBundle(_) | DriveError::Json(_) | DriveError::Busy)) => {
                tracing::error!(%request, what = owed.what, %error, "cannot be taken back");
                Ok(false)
            }
            Err(error @ DriveError::Store(_)) => Err(error),
        }
    }

    /// What somebody is told who wants something new while the daemon is paused.
    pub(crate) fn paused_answer(
        &self,
        about: &About,
        draft: &EventDraft,
    ) -> Result<Option<Answered>, DriveError> {
        let (About::Request(request), EventKind::Approve(_) | EventKind::Extend(_)) =
            (about, &draft.kind)
        else {
            return Ok(None);
        };
        let Some(why) = self.pause.why() else { return Ok(None) };
        let facts = json!({ "event": draft.kind.word(), "sentence": why });
        let mut note = self.note("event.refused", draft.by.as_ref(), &facts);
        note.request = Some(request.to_string());
        self.store.note(vec![note])?;
        let refusal = Refusal::because(Reason::Frozen, why);
        Ok(Some(Answered { request: *request, reply: Reply::Refused(refusal) }))
    }

    /// Goes on after a restore. Answers with what was left to people, where `force` said so.
    ///
    /// # Errors
    /// It is not paused, access may stand that is not being taken back, or the database failed.
    pub fn resume(
        &self,
        by: &Person,
        reason: &str,
        force: bool,
    ) -> Result<Vec<String>, ResumeError> {
        let _turn = self.pause.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _narrowing = self.narrowing.write().unwrap_or_else(PoisonError::into_inner);
        if self.pause.why().is_none() {
            return Err(ResumeError::NotPaused);
        }
        let left = self.pause.left();
        if !left.is_empty() && !force {
            return Err(ResumeError::Left(left));
        }
        let facts = json!({ "reason": reason, "left": left });
        self.store.note(vec![self.note("deployment.resumed", Some(by), &facts)])?;
        Restored::keep(&*self.store, None)?;
        self.pause.set(None);
        tracing::warn!(by = by.username, left = left.len(), "resumed after a restore");
        let text = " goes on after the restore: requests and approvals are taken again. ";
        let said = [TextPart::external(by.name.clone()), TextPart::flow(text.to_owned())];
        let why = TextPart::external(format!("Why: {reason}"));
        self.announce(None, said.into_iter().chain([why]).collect());
        Ok(left)
    }
}
