//! GetMetadata: the names, for hosts that don't want the schemas yet.

use super::Server;
use crate::pb::tfplugin6::ServerCapabilities;
use crate::pb::tfplugin6::get_metadata::{DataSourceMetadata, ResourceMetadata, Response};
use crate::provider::Provider;

pub(super) fn call<P: Provider>(server: &Server<P>) -> Response {
    let resources = server.resources.keys();
    let data_sources = server.data_sources.keys();
    Response {
        server_capabilities: Some(capabilities()),
        diagnostics: Vec::new(),
        data_sources: data_sources
            .map(|name| DataSourceMetadata { type_name: (*name).to_owned() })
            .collect(),
        resources: resources
            .map(|name| ResourceMetadata { type_name: (*name).to_owned() })
            .collect(),
    }
}

/// What this crate does beyond the first version of the protocol.
pub(super) const fn capabilities() -> ServerCapabilities {
    ServerCapabilities { plan_destroy: true, get_provider_schema_optional: true }
}
