//! ConfigureProvider: makes the client.
//!
//! While a plan is made, the block may hold values of resources that are not there yet. Then there
//! is no client: planning does without, and reading says so.

use std::sync::Arc;

use super::{Server, decode};
use crate::diagnostics::Diagnostics;
use crate::log;
use crate::pb::tfplugin6::configure_provider::{Request, Response};
use crate::provider::Provider;

pub(super) async fn call<P: Provider>(server: &Server<P>, request: Request) -> Response {
    log::debug(&format!("host version {}", request.terraform_version));
    let diagnostics = configure(server, request).await.err().unwrap_or_default();
    Response { diagnostics: diagnostics.into_pb() }
}

async fn configure<P: Provider>(server: &Server<P>, request: Request) -> Result<(), Diagnostics> {
    let config = decode::present(request.config.as_ref(), &server.provider.schema())?;
    if !config.clone().into_value().is_wholly_known() {
        log::debug("the provider block is not wholly known; no client is made");
        return Ok(());
    }
    let client = server.provider.configure(config).await?;
    if server.client.set(Arc::new(client)).is_err() {
        log::warn("the host configures twice; the first configuration stands");
    }
    Ok(())
}
