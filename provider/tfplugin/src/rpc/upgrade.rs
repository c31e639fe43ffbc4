//! UpgradeResourceState: stored state in today's form. The host calls it each time it reads state.

use super::{Server, decode};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::json;
use crate::object::Object;
use crate::pb::tfplugin6::DynamicValue;
use crate::pb::tfplugin6::upgrade_resource_state::{Request, Response};
use crate::provider::Provider;

pub(super) fn call<P: Provider>(server: &Server<P>, request: &Request) -> Response {
    let (upgraded_state, diagnostics) = match upgrade(server, request) {
        Ok(state) => (state, Diagnostics::new()),
        Err(diagnostic) => (None, diagnostic.into()),
    };
    Response { upgraded_state, diagnostics: diagnostics.into_pb() }
}

fn upgrade<P: Provider>(
    server: &Server<P>,
    request: &Request,
) -> Result<Option<DynamicValue>, Diagnostic> {
    let schema = server.resource(&request.type_name)?.schema();
    let stored = request.raw_state.as_ref().map(|state| state.json.as_slice());
    let stored = stored.unwrap_or(b"null");
    let value = json::decode(stored, &schema.value_type()).map_err(|e| decode::malformed(&e))?;
    Ok(decode::value(Object::of(value), &schema))
}
