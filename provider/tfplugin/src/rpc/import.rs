//! ImportResourceState: the part of the state that an id says. The host reads the rest.

use super::{Server, decode};
use crate::diagnostics::Diagnostics;
use crate::pb::tfplugin6::import_resource_state::{ImportedResource, Request, Response};
use crate::provider::Provider;

pub(super) fn call<P: Provider>(server: &Server<P>, request: Request) -> Response {
    match import(server, request) {
        Ok(imported) => Response { imported_resources: vec![imported], diagnostics: Vec::new() },
        Err(diagnostics) => {
            Response { imported_resources: Vec::new(), diagnostics: diagnostics.into_pb() }
        }
    }
}

fn import<P: Provider>(
    server: &Server<P>,
    request: Request,
) -> Result<ImportedResource, Diagnostics> {
    let resource = server.resource(&request.type_name)?;
    let state = resource.import(&request.id)?;
    let state = decode::value(Some(state), &resource.schema());
    Ok(ImportedResource { type_name: request.type_name, state, private: Vec::new() })
}
