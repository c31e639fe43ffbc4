//! The provider service: one file per remote procedure call, each decodes, calls and encodes.
//!
//! A failure is always a diagnostic, never a gRPC status: the host shows a status as a crash.

mod apply;
mod configure;
mod decode;
mod import;
mod metadata;
mod plan;
mod read;
mod read_data_source;
mod schema;
#[cfg(test)]
mod tests;
mod upgrade;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::OnceCell;
use tonic::{Request, Response, Status, async_trait};

use crate::data_source::DataSource;
use crate::diagnostics::Diagnostic;
use crate::log;
use crate::pb::tfplugin6 as pb;
use crate::provider::Provider;
use crate::resource::Resource;
use crate::stop::Stop;

/// A provider, ready to be called.
pub(crate) struct Server<P: Provider> {
    provider: P,
    resources: BTreeMap<&'static str, Box<dyn Resource<P::Client>>>,
    data_sources: BTreeMap<&'static str, Box<dyn DataSource<P::Client>>>,
    client: OnceCell<Arc<P::Client>>,
    stop: Stop,
}

impl<P: Provider> Server<P> {
    pub(crate) fn new(provider: P) -> Self {
        let resources = provider.resources().into_iter().map(|r| (r.name(), r)).collect();
        let data_sources = provider.data_sources().into_iter().map(|d| (d.name(), d)).collect();
        let client = OnceCell::new();
        Self { provider, resources, data_sources, client, stop: Stop::default() }
    }

    fn resource(&self, name: &str) -> Result<&dyn Resource<P::Client>, Diagnostic> {
        let found = self.resources.get(name).map(AsRef::as_ref);
        found.ok_or_else(|| unknown_type("resource", name))
    }

    fn data_source(&self, name: &str) -> Result<&dyn DataSource<P::Client>, Diagnostic> {
        let found = self.data_sources.get(name).map(AsRef::as_ref);
        found.ok_or_else(|| unknown_type("data source", name))
    }

    fn client(&self) -> Result<&P::Client, Diagnostic> {
        self.client.get().map(AsRef::as_ref).ok_or_else(|| {
            Diagnostic::error(
                "Provider not configured",
                "the provider block holds values that are not known yet; apply what they come \
                 from first",
            )
        })
    }
}

fn unknown_type(what: &str, name: &str) -> Diagnostic {
    Diagnostic::error(format!("Unknown {what}"), format!("this provider has no {what} `{name}`"))
}

fn answer<T>(message: T) -> Result<Response<T>, Status> {
    Ok(Response::new(message))
}

#[async_trait]
impl<P: Provider> pb::provider_server::Provider for Server<P> {
    async fn get_metadata(
        &self,
        _: Request<pb::get_metadata::Request>,
    ) -> Result<Response<pb::get_metadata::Response>, Status> {
        answer(metadata::call(self))
    }

    async fn get_provider_schema(
        &self,
        _: Request<pb::get_provider_schema::Request>,
    ) -> Result<Response<pb::get_provider_schema::Response>, Status> {
        answer(schema::call(self))
    }

    async fn validate_provider_config(
        &self,
        request: Request<pb::validate_provider_config::Request>,
    ) -> Result<Response<pb::validate_provider_config::Response>, Status> {
        answer(validate::provider(self, &request.into_inner()))
    }

    async fn configure_provider(
        &self,
        request: Request<pb::configure_provider::Request>,
    ) -> Result<Response<pb::configure_provider::Response>, Status> {
        answer(configure::call(self, request.into_inner()).await)
    }

    async fn stop_provider(
        &self,
        _: Request<pb::stop_provider::Request>,
    ) -> Result<Response<pb::stop_provider::Response>, Status> {
        log::debug("the host asks to stop");
        self.stop.tell();
        answer(pb::stop_provider::Response::default())
    }

    async fn validate_resource_config(
        &self,
        request: Request<pb::validate_resource_config::Request>,
    ) -> Result<Response<pb::validate_resource_config::Response>, Status> {
        answer(validate::resource(self, &request.into_inner()))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<pb::upgrade_resource_state::Request>,
    ) -> Result<Response<pb::upgrade_resource_state::Response>, Status> {
        answer(upgrade::call(self, &request.into_inner()))
    }

    async fn read_resource(
        &self,
        request: Request<pb::read_resource::Request>,
    ) -> Result<Response<pb::read_resource::Response>, Status> {
        answer(read::call(self, request.into_inner()).await)
    }

    async fn plan_resource_change(
        &self,
        request: Request<pb::plan_resource_change::Request>,
    ) -> Result<Response<pb::plan_resource_change::Response>, Status> {
        answer(plan::call(self, request.into_inner()).await)
    }

    async fn apply_resource_change(
        &self,
        request: Request<pb::apply_resource_change::Request>,
    ) -> Result<Response<pb::apply_resource_change::Response>, Status> {
        answer(apply::call(self, request.into_inner()).await)
    }

    async fn import_resource_state(
        &self,
        request: Request<pb::import_resource_state::Request>,
    ) -> Result<Response<pb::import_resource_state::Response>, Status> {
        answer(import::call(self, request.into_inner()))
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<pb::validate_data_resource_config::Request>,
    ) -> Result<Response<pb::validate_data_resource_config::Response>, Status> {
        answer(validate::data_source(self, &request.into_inner()))
    }

    async fn read_data_source(
        &self,
        request: Request<pb::read_data_source::Request>,
    ) -> Result<Response<pb::read_data_source::Response>, Status> {
        answer(read_data_source::call(self, request.into_inner()).await)
    }
}
