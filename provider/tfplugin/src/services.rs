//! The services beside the provider: ending, output, broker.

use std::sync::Arc;

use tokio::sync::Notify;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming, async_trait};

use crate::pb::plugin as pb;

/// Ends the process when the host says so.
pub(crate) struct Controller(pub(crate) Arc<Notify>);

#[async_trait]
impl pb::grpc_controller_server::GrpcController for Controller {
    async fn shutdown(&self, _: Request<pb::Empty>) -> Result<Response<pb::Empty>, Status> {
        self.0.notify_one();
        Ok(Response::new(pb::Empty {}))
    }
}

/// A stream of what the plugin prints: nothing, for as long as it lives.
pub(crate) struct Stdio;

#[async_trait]
impl pb::grpc_stdio_server::GrpcStdio for Stdio {
    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<BoxStream<pb::StdioData>>, Status> {
        Ok(Response::new(Box::pin(tokio_stream::pending())))
    }
}

/// A provider opens no further connections, and takes none.
pub(crate) struct Broker;

#[async_trait]
impl pb::grpc_broker_server::GrpcBroker for Broker {
    async fn start_stream(
        &self,
        request: Request<Streaming<pb::ConnInfo>>,
    ) -> Result<Response<BoxStream<pb::ConnInfo>>, Status> {
        let mut offered = request.into_inner();
        tokio::spawn(async move { while let Ok(Some(_)) = offered.message().await {} });
        Ok(Response::new(Box::pin(tokio_stream::pending())))
    }
}
