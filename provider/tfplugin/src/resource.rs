//! A managed resource: planned, made, read, changed and deleted.
//!
//! The rules that hold for every resource are kept by `rpc`: defaults are filled in before
//! [`Resource::plan`], computed attributes are unknown when something is made, replacement follows
//! from the schema, and what a resource answers is checked before the host sees it.

use tonic::async_trait;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::object::Object;
use crate::schema::Schema;
use crate::stop::Stop;

/// A managed resource. `C` is the provider's client.
#[async_trait]
pub trait Resource<C: Sync>: Send + Sync {
    /// The name in `resource "<name>"`.
    fn name(&self) -> &'static str;

    /// What it takes and gives.
    fn schema(&self) -> Schema;

    /// What is wrong with a configuration that can be seen without the world. Values may be
    /// unknown.
    fn validate(&self, config: &Object) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Completes a plan: says what computed attributes will be, as far as that is known. Must
    /// change nothing in the world. The client is absent while the provider is not configured.
    async fn plan(&self, client: Option<&C>, prior: Option<&Object>, proposed: Object) -> Outcome {
        let _ = (client, prior);
        Outcome::done(proposed)
    }

    /// Makes it. With errors, the state holds what was made so far.
    async fn create(&self, client: &C, planned: Object, stop: &Stop) -> Outcome;

    /// Reads it; no state means that it is gone.
    async fn read(&self, client: &C, state: Object) -> Outcome;

    /// Changes it in place. With errors, the state holds what is there.
    async fn update(&self, client: &C, prior: Object, planned: Object, stop: &Stop) -> Outcome;

    /// Deletes it; with errors, the state holds what is left.
    async fn delete(&self, client: &C, prior: Object, stop: &Stop) -> Outcome;

    /// The part of the state that an import id says; `read` is called with it.
    fn import(&self, id: &str) -> Result<Object, Diagnostics>;
}

/// A state, and what there is to say about it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Absent: nothing is there.
    pub state: Option<Object>,
    /// What the user has to know.
    pub diagnostics: Diagnostics,
}

impl Outcome {
    /// All went well.
    #[must_use]
    pub fn done(state: Object) -> Self {
        Self { state: Some(state), diagnostics: Diagnostics::new() }
    }

    /// Nothing is there.
    #[must_use]
    pub fn gone() -> Self {
        Self::default()
    }

    /// Something went wrong; `state` is what is there.
    #[must_use]
    pub fn failed(state: Option<Object>, diagnostic: Diagnostic) -> Self {
        Self { state, diagnostics: diagnostic.into() }
    }

    /// Adds what there is to say.
    #[must_use]
    pub fn saying(mut self, diagnostics: Diagnostics) -> Self {
        self.diagnostics.append(diagnostics);
        self
    }
}
