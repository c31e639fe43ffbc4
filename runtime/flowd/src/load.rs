//! Taking a bundle into service: read, admitted, kept, and its predecessors still there.
//!
//! A request keeps the bundle it was opened with, so no bundle is ever taken off the shelf here.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use flow_bundle::bundle::BundleFile;
use flow_bundle::{Digest, codec};
use flow_engine::{Person, RequestId};
use serde_json::json;

use crate::admit::admit;
use crate::app::App;
use crate::binding::Binding;
use crate::context::DEPLOYMENT;
use crate::drive::DriveError;
use crate::shelf::Entry;
use crate::store::{BundleRow, RequestFilter, StoreError};

/// Open requests that are looked through for functions without a role.
const STRANDED_MAX: usize = 10_000;

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
    pub fn load(&self, text: &str, by: Option<&Person>) -> Result<Loaded, LoadError> {
        let file = read(text)?;
        let hash = file.content_hash;
        let binding = match &self.config.binding {
            Some(path) => {
                Some(Binding::read(path).map_err(|e| LoadError::Refused(vec![format!("{e:#}")]))?)
            }
            None => self.binding.read().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        let mut notes = self.check(&file, binding.as_ref())?;
        notes.extend(self.stranded(binding.as_ref())?);
        *self.binding.write().unwrap_or_else(PoisonError::into_inner) = binding;
        let known = self.shelf.newest().is_some_and(|newest| newest.hash == hash);
        if !known {
            let flows = file.bundle.flows.iter();
            let flows: BTreeMap<_, _> =
                flows.map(|(address, flow)| (address.clone(), flow.hash.to_string())).collect();
            let facts = json!({
                "bundle": hash.to_string(),
                "name": file.bundle.name,
                "compiler": file.compiler,
                "signed": false,
                "flows": flows,
            });
            let note = self.note("bundle.loaded", by, &facts);
            let row = BundleRow { hash: hash.to_string(), current: true, file: text.to_owned() };
            let _narrowing = self.narrowing.write().unwrap_or_else(PoisonError::into_inner);
            self.store.put_bundle(row, flows, note)?;
            let entry = self.entry(file)?;
            self.shelf.put(entry, true);
        }
        *self.ends_only.write().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(Loaded { hash, notes, cancelled: self.cancel_orphans()? })
    }

    /// Takes the bundle of the start into service. Where it is refused and nothing is owed, that is
    /// an error. Where access still stands, a daemon that does not run would leave it standing: then
    /// it serves, but begins nothing new, and `None` is answered.
    ///
    /// # Errors
    /// As [`App::load`].
    pub fn start(&self, text: Result<String, LoadError>) -> Result<Option<Loaded>, LoadError> {
        let why = match text.and_then(|text| self.load(&text, None)) {
            Err(why @ (LoadError::Unreadable(_) | LoadError::Refused(_))) => why,
            other => return other.map(Some),
        };
        let open = RequestFilter { open: true, limit: STRANDED_MAX, ..RequestFilter::default() };
        if !self.page_requests(&open)?.iter().any(flow_engine::Request::owes_an_end) {
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
            match read(&row.file) {
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

    fn check(
        &self,
        file: &BundleFile,
        binding: Option<&Binding>,
    ) -> Result<Vec<String>, LoadError> {
        let knows = |email: &str| matches!(self.people.person_by_email(email), Ok(Some(person)) if person.active);
        let mut found = admit(&file.bundle, &self.config, binding, &knows);
        if !self.config.unsigned {
            found.refusals.push(
                "it has no signature, and this version cannot check any: set `unsigned = true` in the configuration, or start with `--dev`"
                    .to_owned(),
            );
        }
        if let Some(binding) = binding {
            match self.store.meta(DEPLOYMENT)? {
                None => self.store.set_meta(DEPLOYMENT, &binding.deployment)?,
                Some(name) if name == binding.deployment => {}
                Some(name) => found.refusals.push(format!(
                    "the binding is of deployment `{}`, and this database serves `{name}`: its grants carry that name",
                    binding.deployment
                )),
            }
        }
        if found.refusals.is_empty() {
            Ok(found.notes)
        } else {
            Err(LoadError::Refused(found.refusals))
        }
    }

    /// Functions that a grant still needs for its end and that no role may call any more.
    fn stranded(&self, binding: Option<&Binding>) -> Result<Vec<String>, DriveError> {
        let open = RequestFilter { open: true, limit: STRANDED_MAX, ..RequestFilter::default() };
        let mut notes = Vec::new();
        for request in self.page_requests(&open)?.iter().filter(|r| r.owes_an_end()) {
            let arns = request.accesses.iter().filter_map(|a| a.target.settings.get("arn"));
            for arn in arns.filter(|arn| binding.and_then(|b| b.role_of(arn)).is_none()) {
                notes.push(format!(
                    "request `{}` still needs `{arn}` for its end, and the binding has no role for it: keep the bundle `{}` in a `flow_invoke_grant` until the request has ended",
                    request.id, request.bundle
                ));
            }
        }
        Ok(notes)
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

fn read(text: &str) -> Result<BundleFile, LoadError> {
    codec::read(text.as_bytes()).map_err(LoadError::Unreadable)
}
