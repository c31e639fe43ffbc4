//! A data source: something that is only read.

use tonic::async_trait;

use crate::diagnostics::Diagnostics;
use crate::object::Object;
use crate::resource::Outcome;
use crate::schema::Schema;

/// Something that is only read. `C` is the provider's client.
#[async_trait]
pub trait DataSource<C: Sync>: Send + Sync {
    /// The name in `data "<name>"`.
    fn name(&self) -> &'static str;

    /// What it takes and gives.
    fn schema(&self) -> Schema;

    /// What is wrong with a configuration that can be seen without the world.
    fn validate(&self, config: &Object) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Reads it; `config` is wholly known. The client is absent while the provider is not
    /// configured.
    async fn read(&self, client: Option<&C>, config: Object) -> Outcome;
}
