//! Taking a bundle into service: read, admitted, kept, and its predecessors still there.
//!
//! A request keeps the bundle it was opened with, so no bundle is ever taken off the shelf here.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::PoisonError;

use flow_bundle::bundle::BundleFile;
use flow_bundle::envelope::Signed;
use flow_bundle::{Digest, codec};
use flow_engine::{Person, RequestId};
use serde_json::json;

use crate::admit::{Findings, admit};
use crate::app::App;
use crate::binding::Binding;
use crate::context::DEPLOYMENT;
use crate::drive::DriveError;
use crate::emergency::readable;
use crate::envelope::{self, Accepted};
use crate::shelf::Entry;
use crate::store::{BundleRow, StoreError};

/// Under which name the database keeps which signature it accepted last.
const ACCEPTED: &str = "bundle_accepted";

/// A bundle as it comes, from a file or through the API.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    /// The file, byte by byte.
    pub text: String,
    /// The envelope that lies beside it.
    pub signature: Option<Signed>,
    /// Take it even where a grant that stands would lose its way back.
    pub force: bool,
}

impl Upload {
    /// The file, and the signature that lies beside it, if one does.
    ///
    /// # Errors
    /// One of the two is there and cannot be read.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let refused = |why: String| LoadError::Refused(vec![why]);
        let text = std::fs::read_to_string(path)
            .map_err(|e| refused(format!("it cannot be read: {e}")))?;
        let beside = flow_bundle::envelope::beside(path);
        let shown = beside.display();
        let signature = match std::fs::read(&beside) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|e| {
                refused(format!("`{shown}` is no signature as `flowc sign` writes it: {e}"))
            })?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(refused(format!("`{shown}` cannot be read: {error}"))),
        };
        Ok(Self { text, signature, force: false })
    }
}

impl From<String> for Upload {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

/// A bundle that was looked at and not yet taken.
#[derive(Debug)]
pub struct Judged {
    /// What it says.
    pub file: BundleFile,
    /// What speaks against it, and what is worth knowing.
    pub found: Findings,
    /// Ends that could not be made any more.
    pub stranded: Vec<String>,
    /// The signature, where there is one that counts.
    pub accepted: Option<Accepted>,
    binding: Option<Binding>,
}

/// What loading came to.
#[derive(Debug)]
pub struct Loaded {
    /// The bundle's content hash.
    pub hash: Digest,
    /// What the people who run this should know.
    pub notes: Vec<String>,
    /// Requests that were cancelled because their flow or target is gone.
    pub cancelled: Vec<RequestId>,
}

/// Why a bundle is not served. The one before stays.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is no bundle, was changed, or wants another version.
    #[error(transparent)]
    Unreadable(codec::LoadError),
    /// It may not be served here; every reason.
    #[error("the bundle is refused:\n  {}", .0.join("\n  "))]
    Refused(Vec<String>),
    /// The database failed.
    #[error(transparent)]
    Drive(#[from] DriveError),
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        Self::Drive(error.into())
    }
}

impl App {
    /// Takes a bundle into service: new requests use it from now on. The binding is read again,
    /// because `terraform apply` may have written it for this bundle.
    ///
    /// # Errors
    /// Nothing changed, unless the database failed while requests were cancelled.
    pub fn load(&self, upload: &Upload, by: Option<&Person>) -> Result<Loaded, LoadError> {
        let Judged { file, mut found, stranded, accepted, binding } = self.judge(upload)?;
        if upload.force {
            found.notes.extend(stranded.iter().cloned());
        } else {
            found.refusals.extend(stranded.iter().cloned());
        }
        if !found.refusals.is_empty() {
            return Err(LoadError::Refused(found.refusals));
        }
        let hash = file.content_hash;
        if let Some(name) = self.named(binding.as_ref())
            && self.store.meta(DEPLOYMENT)?.is_none()
        {
            self.store.set_meta(DEPLOYMENT, name)?;
        }
        *self.binding.write().unwrap_or_else(PoisonError::into_inner) = binding;
        if let Some(accepted) = &accepted {
            // Before the bundle: a crash between the two lets the same bundle in once more, and no
            // older one.
            let text = serde_json::to_string(accepted).map_err(DriveError::Json)?;
            self.store.set_meta(ACCEPTED, &text)?;
        }
        let known = self.shelf.newest().is_some_and(|newest| newest.hash == hash);
        if !known {
            let flows = file.bundle.flows.iter();
            let flows: BTreeMap<_, _> =
                flows.map(|(address, flow)| (address.clone(), flow.hash.to_string())).collect();
            let facts = json!({
                "bundle": hash.to_string(),
                "name": file.bundle.name,
                "compiler": file.compiler,
                "signed": accepted.is_some(),
                "key_id": accepted.as_ref().map(|a| &a.key_id),
                "sequence": accepted.as_ref().map(|a| a.sequence),
                "forced": if upload.force { stranded } else { Vec::new() },
                "flows": flows,
            });
            let note = self.note("bundle.loaded", by, &facts);
            let text = upload.text.clone();
            let row = BundleRow { hash: hash.to_string(), current: true, file: text };
            let _narrowing = self.narrowing.write().unwrap_or_else(PoisonError::into_inner);
            self.store.put_bundle(row, flows, note)?;
            let entry = self.entry(file)?;
            self.shelf.put(entry, true);
        }
        *self.ends_only.write().unwrap_or_else(PoisonError::into_inner) = None;
        // What was given under this bundle may have waited for it.
        self.owe_again()?;
        Ok(Loaded { hash, notes: found.notes, cancelled: self.cancel_orphans()? })
    }

    /// Looks at a bundle, and changes nothing.
    ///
    /// # Errors
    /// It cannot be read, or the database failed.
    pub fn judge(&self, upload: &Upload) -> Result<Judged, LoadError> {
        let file = parse(&upload.text)?;
        let binding = match &self.config.binding {
            Some(path) => {
                Some(Binding::read(path).map_err(|e| LoadError::Refused(vec![format!("{e:#}")]))?)
            }
            None => self.binding.read().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        let knows = |email: &str| matches!(self.people.person_by_email(email), Ok(Some(person)) if person.active);
        let mut found = admit(&file.bundle, &self.config, binding.as_ref(), &knows);
        let name = self.named(binding.as_ref());
        let pinned = self.store.meta(DEPLOYMENT)?;
        if let (Some(name), Some(pinned)) = (name, &pinned)
            && name != pinned
        {
            found.refusals.push(format!(
                "this deployment is called `{name}` now, and its database serves `{pinned}`: its grants carry that name"
            ));
        }
        let last = self.store.meta(ACCEPTED)?.and_then(|text| serde_json::from_str(&text).ok());
        let last: Option<Accepted> = last;
        let served = self.shelf.newest().is_some_and(|newest| newest.hash == file.content_hash);
        let asked = envelope::Asked {
            text: &upload.text,
            bundle: file.content_hash,
            audience: name.or(pinned.as_deref()),
            last: last.as_ref(),
            served: served && last.as_ref().is_some_and(|l| l.bundle == file.content_hash),
            at: self.clock.now(),
        };
        let accepted = match envelope::check(&asked, upload.signature.as_ref(), &self.config) {
            Ok(accepted) => accepted,
            Err(why) => {
                found.refusals.extend(why);
                None
            }
        };
        let stranded = self.stranded(binding.as_ref())?;
        Ok(Judged { file, found, stranded, accepted, binding })
    }

    /// What this deployment is called, by its configuration or its binding.
    pub(crate) fn named<'a>(&'a self, binding: Option<&'a Binding>) -> Option<&'a str> {
        self.config.deployment.as_deref().or_else(|| binding.map(|b| b.deployment.as_str()))
    }

    /// Takes the bundle of the start into service. Where it is refused and nothing is owed, that is
    /// an error. Where access still stands, a daemon that does not run would leave it standing: then
    /// it serves, but begins nothing new, and `None` is answered.
    ///
    /// # Errors
    /// As [`App::load`].
    pub fn start(&self, upload: Result<Upload, LoadError>) -> Result<Option<Loaded>, LoadError> {
        let why = match upload.and_then(|upload| self.load(&upload, None)) {
            Err(why @ (LoadError::Unreadable(_) | LoadError::Refused(_))) => why,
            other => return other.map(Some),
        };
        let mut is_owed = false;
        self.each_open_row(|row| {
            is_owed = readable(&row).is_some_and(|request| request.owes_an_end());
            Ok(if is_owed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if !is_owed {
            return Err(why);
        }
        tracing::error!(%why, "only ends go on: mend the bundle and start again");
        let reason = "the daemon was started with a bundle that it refused: only ends go on";
        let facts = json!({ "why": why.to_string() });
        self.store.note(vec![self.note("bundle.refused", None, &facts)])?;
        *self.ends_only.write().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
        Ok(None)
    }

    /// Puts every bundle of the database on the shelf.
    ///
    /// # Errors
    /// The database failed. A bundle that cannot be read any more is only said: requests that keep
    /// it stand still, and everything else goes on.
    pub fn restore(&self) -> Result<(), DriveError> {
        for row in self.store.bundles()? {
            match parse(&row.file) {
                Ok(file) => {
                    let entry = self.entry(file)?;
                    self.shelf.put(entry, row.current);
                }
                Err(error) => {
                    tracing::error!(bundle = row.hash, %error, "a kept bundle cannot be read");
                }
            }
        }
        Ok(())
    }

    /// Functions that a grant still needs for its end and that no role may call any more.
    fn stranded(&self, binding: Option<&Binding>) -> Result<Vec<String>, DriveError> {
        let mut stranded = Vec::new();
        self.visit_open(|request| {
            if !request.owes_an_end() {
                return;
            }
            let arns = request.accesses.iter().filter_map(|a| a.target.settings.get("arn"));
            for arn in arns.filter(|arn| binding.and_then(|b| b.role_of(arn)).is_none()) {
                stranded.push(format!(
                    "request `{}` still needs `{arn}` for its end, and the binding has no role for it: keep the bundle `{}` in a `flow_invoke_grant` until the request has ended",
                    request.id, request.bundle
                ));
            }
        })?;
        Ok(stranded)
    }

    fn entry(&self, file: BundleFile) -> Result<Entry, StoreError> {
        let mut versions = BTreeMap::new();
        for (address, flow) in &file.bundle.flows {
            let version = self.store.flow_version(address, &flow.hash.to_string())?;
            versions.insert(address.clone(), version.unwrap_or(1));
        }
        Ok(Entry { hash: file.content_hash, file, versions })
    }
}

/// A bundle from its text.
///
/// # Errors
/// It is none, was changed, or wants another version.
pub fn parse(text: &str) -> Result<BundleFile, LoadError> {
    codec::read(text.as_bytes()).map_err(LoadError::Unreadable)
}
