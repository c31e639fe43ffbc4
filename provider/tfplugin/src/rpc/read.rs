//! ReadResource: what is there now.

use super::{Server, decode};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::pb::tfplugin6::DynamicValue;
use crate::pb::tfplugin6::read_resource::{Request, Response};
use crate::provider::Provider;

pub(super) async fn call<P: Provider>(server: &Server<P>, request: Request) -> Response {
    let (new_state, diagnostics) = match read(server, &request).await {
        Ok(answer) => answer,
        // With an error the host keeps the state that it has.
        Err(diagnostic) => (request.current_state, diagnostic.into()),
    };
    Response { new_state, diagnostics: diagnostics.into_pb(), private: request.private }
}

async fn read<P: Provider>(
    server: &Server<P>,
    request: &Request,
) -> Result<(Option<DynamicValue>, Diagnostics), Diagnostic> {
    let resource = server.resource(&request.type_name)?;
    let schema = resource.schema();
    let state = decode::present(request.current_state.as_ref(), &schema)?;
    let outcome = resource.read(server.client()?, state).await;
    Ok((decode::value(outcome.state, &schema), outcome.diagnostics))
}
