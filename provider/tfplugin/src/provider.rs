//! A provider: a table of resources and data sources, and the client they share.
//!
//! To add a resource or a data source: one file with the trait, one line in the provider's table,
//! a page in its docs, a run in the Terraform tests, a line in the changelog.

use tonic::async_trait;

use crate::data_source::DataSource;
use crate::diagnostics::Diagnostics;
use crate::object::Object;
use crate::resource::Resource;
use crate::schema::Schema;

/// What a plugin process serves.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// What resources need to reach the world; made once the provider is configured.
    type Client: Send + Sync + 'static;

    /// What a `provider` block may hold.
    fn schema(&self) -> Schema;

    /// The resources.
    fn resources(&self) -> Vec<Box<dyn Resource<Self::Client>>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Box<dyn DataSource<Self::Client>>>;

    /// Makes the client. Called only once everything in the block is known.
    async fn configure(&self, config: Object) -> Result<Self::Client, Diagnostics>;
}
