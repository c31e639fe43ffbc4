//! The three Validate calls: what can be seen without the world. Values may be unknown.

use super::{Server, decode};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::pb::tfplugin6::{
    Diagnostic as PbDiagnostic, validate_data_resource_config as data,
    validate_provider_config as whole, validate_resource_config as managed,
};
use crate::provider::Provider;

pub(super) fn provider<P: Provider>(
    server: &Server<P>,
    request: &whole::Request,
) -> whole::Response {
    let config = decode::present(request.config.as_ref(), &server.provider.schema());
    whole::Response { diagnostics: said(config.map(|_| Diagnostics::new())) }
}

pub(super) fn resource<P: Provider>(
    server: &Server<P>,
    request: &managed::Request,
) -> managed::Response {
    let diagnostics = server.resource(&request.type_name).and_then(|resource| {
        let config = decode::present(request.config.as_ref(), &resource.schema())?;
        Ok(resource.validate(&config))
    });
    managed::Response { diagnostics: said(diagnostics) }
}

pub(super) fn data_source<P: Provider>(
    server: &Server<P>,
    request: &data::Request,
) -> data::Response {
    let diagnostics = server.data_source(&request.type_name).and_then(|source| {
        let config = decode::present(request.config.as_ref(), &source.schema())?;
        Ok(source.validate(&config))
    });
    data::Response { diagnostics: said(diagnostics) }
}

fn said(diagnostics: Result<Diagnostics, Diagnostic>) -> Vec<PbDiagnostic> {
    diagnostics.unwrap_or_else(Diagnostics::from).into_pb()
}
