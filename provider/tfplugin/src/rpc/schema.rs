//! GetProviderSchema: what users may write.

use super::{Server, metadata};
use crate::pb::tfplugin6::get_provider_schema::Response;
use crate::provider::Provider;

pub(super) fn call<P: Provider>(server: &Server<P>) -> Response {
    let resources = server.resources.iter();
    let data_sources = server.data_sources.iter();
    Response {
        provider: Some(server.provider.schema().to_pb()),
        resource_schemas: resources
            .map(|(name, resource)| ((*name).to_owned(), resource.schema().to_pb()))
            .collect(),
        data_source_schemas: data_sources
            .map(|(name, source)| ((*name).to_owned(), source.schema().to_pb()))
            .collect(),
        diagnostics: Vec::new(),
        server_capabilities: Some(metadata::capabilities()),
    }
}
