//! The process: handshake, sockets, signals, end.
//!
//! Nothing costly may happen before the handshake line: the host starts a provider two to five
//! times per command. TCP (which only Windows needs) is not served.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tonic::transport::Server as Grpc;
use tonic_health::ServingStatus;

use crate::connections::{self, LastClosed};
use crate::handshake::{self, Host};
use crate::pb::plugin::{
    grpc_broker_server::GrpcBrokerServer, grpc_controller_server::GrpcControllerServer,
    grpc_stdio_server::GrpcStdioServer,
};
use crate::pb::tfplugin6::provider_server::ProviderServer;
use crate::provider::Provider;
use crate::rpc::Server;
use crate::services::{Broker, Controller, Stdio};
use crate::{log, tls};

/// Why the process can't serve.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// How the process was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// By the host.
    Plugin,
    /// By hand: serves until interrupted, and prints how a host reaches it. Without TLS.
    Debug,
}

/// Serves a provider until the host is done. `address` is the provider's full source address.
///
/// # Errors
/// When no host started the process, or the socket can't be made.
pub async fn serve<P: Provider>(provider: P, address: &str, start: Start) -> Result<(), Fault> {
    let host = match start {
        Start::Plugin => handshake::host(|name| std::env::var(name).ok())?,
        Start::Debug => Host { client_cert: None, socket_dir: None, multiplexes: false },
    };
    let end = Arc::new(Notify::new());
    watch_interrupts(start, end.clone())?;
    let tls = host.client_cert.as_deref().map(tls::prepare).transpose()?;
    let (directory, socket) = socket_path(&host)?;
    let listener = UnixListener::bind(&socket)?;
    let (certificate, acceptor) =
        tls.map_or_else(Default::default, |tls| (tls.certificate, Some(tls.acceptor)));
    let (incoming, last_closed) = connections::accept(listener, acceptor);

    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("plugin", ServingStatus::Serving).await;
    let service = ProviderServer::new(Server::new(provider))
        // Go's host has no limit, and a schema or a plan may be large.
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
    let router = Grpc::builder()
        .add_service(service)
        .add_service(GrpcStdioServer::new(Stdio))
        .add_service(GrpcBrokerServer::new(Broker))
        .add_service(GrpcControllerServer::new(Controller(end.clone())))
        .add_service(health);
    match start {
        Start::Plugin => announce(&handshake::line(&host, &socket, &certificate))?,
        Start::Debug => announce(&reattach(address, &socket))?,
    }
    let ended = Arc::new(Notify::new());
    let until = until_end(start, end, last_closed, ended.clone());
    tokio::select! {
        served = router.serve_with_incoming_shutdown(incoming, until) => served?,
        () = late(&ended) => log::debug("connections are still open; ending all the same"),
    }
    drop(directory);
    Ok(())
}

/// Ctrl-C reaches the whole process group; the host then tells us by a call, so it is not for us.
fn watch_interrupts(start: Start, end: Arc<Notify>) -> io::Result<()> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        while interrupts.recv().await.is_some() {
            match start {
                Start::Plugin => log::debug("an interrupt is left to the host"),
                Start::Debug => end.notify_one(),
            }
        }
    });
    Ok(())
}

/// A socket's path may have 107 bytes at most, so the names are short.
fn socket_path(host: &Host) -> io::Result<(tempfile::TempDir, PathBuf)> {
    let base = host.socket_dir.clone().unwrap_or_else(std::env::temp_dir);
    let directory = tempfile::Builder::new().prefix("plugin").tempdir_in(base)?;
    let socket = directory.path().join("s");
    Ok((directory, socket))
}

fn announce(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn reattach(address: &str, socket: &Path) -> String {
    let how = json!({ address: {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": std::process::id(),
        // Keeps the host from ending a process that it did not start.
        "Test": true,
        "Addr": { "Network": "unix", "String": socket.display().to_string() },
    }});
    format!("TF_REATTACH_PROVIDERS='{how}'")
}

async fn until_end(start: Start, end: Arc<Notify>, last_closed: LastClosed, ended: Arc<Notify>) {
    match start {
        Start::Plugin => tokio::select! {
            () = end.notified() => log::debug("the host is done"),
            () = last_closed.wait() => log::debug("the last connection is closed"),
        },
        Start::Debug => end.notified().await,
    }
    ended.notify_one();
}

/// The host's silent streams would hold a graceful end up for ever.
async fn late(ended: &Notify) {
    ended.notified().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
}
