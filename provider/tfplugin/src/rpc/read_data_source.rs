//! ReadDataSource: what is there now, for data sources.

use super::{Server, decode};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::pb::tfplugin6::DynamicValue;
use crate::pb::tfplugin6::read_data_source::{Request, Response};
use crate::provider::Provider;

pub(super) async fn call<P: Provider>(server: &Server<P>, request: Request) -> Response {
    let (state, diagnostics) = match read(server, &request).await {
        Ok(answer) => answer,
        Err(diagnostic) => (None, diagnostic.into()),
    };
    Response { state, diagnostics: diagnostics.into_pb() }
}

async fn read<P: Provider>(
    server: &Server<P>,
    request: &Request,
) -> Result<(Option<DynamicValue>, Diagnostics), Diagnostic> {
    let source = server.data_source(&request.type_name)?;
    let schema = source.schema();
    let config = decode::present(request.config.as_ref(), &schema)?;
    let outcome = source.read(server.client().ok(), config).await;
    Ok((decode::value(outcome.state, &schema), outcome.diagnostics))
}
