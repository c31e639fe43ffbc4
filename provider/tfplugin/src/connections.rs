//! The socket: connections are accepted side by side, and counted.
//!
//! A host that is killed leaves no word, only a closed connection. So the count tells when nobody
//! is left to serve.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use crate::log;

/// A host that does not finish the TLS handshake is dropped after this.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many connections are open, and how many there have been.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    open: usize,
    ever: usize,
}

/// Tells when the last connection is gone.
#[derive(Debug, Clone)]
pub(crate) struct LastClosed(watch::Receiver<Count>);

impl LastClosed {
    /// Ends once there was a connection and none is left.
    pub(crate) async fn wait(mut self) {
        // An error means that the socket itself is gone.
        drop(self.0.wait_for(|count| count.ever > 0 && count.open == 0).await);
    }
}

/// Accepts connections until the process ends.
pub(crate) fn accept(
    listener: UnixListener,
    tls: Option<TlsAcceptor>,
) -> (ReceiverStream<io::Result<Connection>>, LastClosed) {
    let (sender, receiver) = mpsc::channel(8);
    let (count, counted) = watch::channel(Count::default());
    tokio::spawn(async move {
        loop {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    log::warn(&format!("a connection was not accepted: {error}"));
                    // Out of file descriptors, most likely: give others the time to close some.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (sender, tls, open) = (sender.clone(), tls.clone(), Open::new(count.clone()));
            // A host that stalls in its handshake must not hold up another one.
            tokio::spawn(async move {
                match secured(stream, tls).await {
                    Ok(stream) => drop(sender.send(Ok(Connection { stream, _open: open })).await),
                    Err(error) => log::warn(&format!("a connection was refused: {error}")),
                }
            });
        }
    });
    (ReceiverStream::new(receiver), LastClosed(counted))
}

async fn secured(stream: UnixStream, tls: Option<TlsAcceptor>) -> io::Result<Stream> {
    let Some(tls) = tls else { return Ok(Stream::Plain(stream)) };
    match tokio::time::timeout(ACCEPT_TIMEOUT, tls.accept(stream)).await {
        Ok(accepted) => accepted.map(|stream| Stream::Tls(Box::new(stream))),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no TLS handshake in time")),
    }
}

/// Counts a connection while it lives. One that is refused counts as well: it was a sign of life.
struct Open(watch::Sender<Count>);

impl Open {
    fn new(count: watch::Sender<Count>) -> Self {
        count.send_modify(|count| {
            count.open += 1;
            count.ever += 1;
        });
        Self(count)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|count| count.open -= 1);
    }
}

/// An accepted connection.
pub(crate) struct Connection {
    stream: Stream,
    _open: Open,
}

enum Stream {
    Plain(UnixStream),
    Tls(Box<TlsStream<UnixStream>>),
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
