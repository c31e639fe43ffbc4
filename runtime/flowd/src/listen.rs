//! Listening: loopback, a unix socket, TLS, or behind a proxy that is trusted by its address.
//!
//! Tokens travel on these connections; `config.rs` refuses every other way. How many there are at
//! the same time is limited: whoever comes beyond is turned away at once, and whoever dawdles is cut
//! off, so that the others come in.

use std::collections::HashMap;
use std::io::BufReader;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::config::{Connections, Listen};

/// A socket that is open.
pub struct Listener {
    socket: Socket,
    /// Where clients connect to, as a URL.
    pub url: String,
    /// How long a client may take with the head of a request, and, when we stop, with its answer.
    patience: Duration,
    limits: Connections,
    peers: Arc<Peers>,
}

enum Socket {
    Tcp { listener: TcpListener, trusted: Option<Vec<IpAddr>>, tls: Option<TlsAcceptor> },
    Unix(UnixListener),
}

impl Listener {
    /// Opens the socket.
    ///
    /// # Errors
    /// It is taken, or a certificate cannot be read.
    pub async fn open(listen: &Listen, limits: Connections) -> anyhow::Result<Self> {
        let (socket, url) = match listen {
            Listen::Loopback(address) => Self::tcp(*address, None, None).await?,
            Listen::BehindProxy { address, trusted } => {
                Self::tcp(*address, Some(trusted.clone()), None).await?
            }
            Listen::Tls { address, cert, key } => {
                Self::tcp(*address, None, Some(acceptor(cert, key)?)).await?
            }
            Listen::Unix(path) => Self::unix(path).await?,
        };
        Ok(Self { socket, url, patience: PATIENCE, limits, peers: Arc::default() })
    }

    async fn tcp(
        address: std::net::SocketAddr,
        trusted: Option<Vec<IpAddr>>,
        tls: Option<TlsAcceptor>,
    ) -> anyhow::Result<(Socket, String)> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on `{address}`"))?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        Ok((Socket::Tcp { listener, trusted, tls }, url))
    }

    async fn unix(path: &Path) -> anyhow::Result<(Socket, String)> {
        if let Ok(found) = std::fs::symlink_metadata(path) {
            use std::os::unix::fs::FileTypeExt as _;
            ensure!(found.file_type().is_socket(), "`{}` is no socket", path.display());
            // One that a killed daemon left refuses. Anything else is somebody who listens: another
            // daemon, of another database too.
            match tokio::time::timeout(HANDSHAKE, UnixStream::connect(path)).await {
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(path)?;
                }
                Ok(Err(error)) => {
                    let name = path.display();
                    bail!("cannot tell whether a daemon listens on `{name}`: {error}");
                }
                Ok(Ok(_)) | Err(_) => bail!(
                    "somebody listens on `{}` already: stop that one first, or listen elsewhere",
                    path.display()
                ),
            }
        }
        let listener = UnixListener::bind(path)
            .with_context(|| format!("cannot listen on `{}`", path.display()))?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok((Socket::Unix(listener), format!("unix:{}", path.display())))
    }

    /// Serves until `stop` says so, then lets answers that are under way be finished. Who does not
    /// finish in time is cut off: a client must not be able to keep the daemon from stopping.
    pub async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let mut connections = JoinSet::new();
        let for_each = stop.clone();
        while !*stop.borrow() {
            tokio::select! {
                changed = stop.changed() => if changed.is_err() { break },
                taken = self.take(&router, &for_each) => {
                    // Beyond the limit: dropped, and so closed.
                    let taken = taken.filter(|_| connections.len() < self.limits.max);
                    if let Some(connection) = taken {
                        connections.spawn(connection);
                    }
                }
                Some(_ended) = connections.join_next() => {}
            }
        }
        let last = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.patience, last).await.is_err() {
            tracing::warn!("connections that did not end in time were cut off");
        }
    }

    async fn take(&self, router: &Router, stop: &watch::Receiver<bool>) -> Option<Answering> {
        let (router, stop, patience) = (router.clone(), stop.clone(), self.patience);
        match &self.socket {
            Socket::Unix(listener) => match listener.accept().await {
                Ok((stream, _)) => Some(Box::pin(answer(stream, router, stop, patience))),
                Err(error) => failed(&error).await,
            },
            Socket::Tcp { listener, trusted, tls } => match listener.accept().await {
                Ok((_, from))
                    if trusted.as_ref().is_some_and(|t| !t.contains(&from.ip().to_canonical())) =>
                {
                    tracing::warn!(%from, "a connection that does not come from the proxy");
                    None
                }
                Ok((stream, from)) => {
                    // One small write per answer: waiting for more costs 40 ms.
                    let _slower = stream.set_nodelay(true);
                    let Some(tls) = tls.clone() else {
                        return Some(Box::pin(answer(stream, router, stop, patience)));
                    };
                    let peer = self.peers.enter(from.ip(), self.limits.per_peer_max)?;
                    Some(Box::pin(async move {
                        let _counted = peer;
                        match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                            Ok(Ok(stream)) => answer(stream, router, stop, patience).await,
                            Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
                            Err(_) => tracing::debug!("no TLS in time"),
                        }
                    }))
                }
                Err(error) => failed(&error).await,
            },
        }
    }
}

/// How many connections each address has.
#[derive(Default)]
struct Peers(Mutex<HashMap<IpAddr, usize>>);

/// One connection of an address, until it is dropped.
struct Peer {
    peers: Arc<Peers>,
    address: IpAddr,
}

impl Peers {
    fn count(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more, unless there are `max`.
    fn enter(self: &Arc<Self>, address: IpAddr, max: usize) -> Option<Peer> {
        let address = address.to_canonical();
        let mut count = self.count();
        let count = count.entry(address).or_default();
        if *count >= max {
            tracing::debug!(%address, max, "an address has too many connections");
            return None;
        }
        *count += 1;
        Some(Peer { peers: Arc::clone(self), address })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let mut count = self.peers.count();
        if let Some(left) = count.get_mut(&self.address) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                count.remove(&self.address);
            }
        }
    }
}

/// A connection that is being answered.
type Answering = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// As long as an answer may take (`api/gate.rs`), and a little more.
const PATIENCE: Duration = Duration::from_secs(35);

/// Out of file descriptors, as a rule: others close soon.
async fn failed(error: &std::io::Error) -> Option<Answering> {
    tracing::warn!(%error, "cannot take a connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
    None
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    mut stop: watch::Receiver<bool>,
    patience: Duration,
) {
    // Without a timer hyper waits for the head of a request for ever.
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            changed = stop.changed() => {
                connection.as_mut().graceful_shutdown();
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

fn acceptor(cert: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let read = |path: &Path| {
        std::fs::read(path)
            .map(std::io::Cursor::new)
            .map(BufReader::new)
            .with_context(|| format!("cannot read `{}`, which `tls` names", path.display()))
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_reader_iter(read(cert)?)
        .collect::<Result<_, _>>()
        .with_context(|| format!("`{}` holds no certificate", cert.display()))?;
    let key = PrivateKeyDer::from_pem_reader(read(key)?)
        .with_context(|| format!("`{}` holds no private key", key.display()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the certificate and the key of `tls` do not fit")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    /// What a client gets for one request, or nothing where it is cut off.
    async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> String {
        let mut answer = String::new();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        if stream.write_all(request).await.is_ok() {
            // A connection that is cut off says nothing.
            let _cut = stream.read_to_string(&mut answer).await;
        }
        answer
    }

    async fn serve(listen: Listen) -> (String, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
        let listener = Listener::open(&listen, Connections::default()).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let url = listener.url.clone();
        let router = Router::new().route("/", axum::routing::get(|| async { "hello" }));
        (url, stop, tokio::spawn(listener.serve(router, stopped)))
    }

    #[tokio::test]
    async fn a_socket_file_is_for_its_owner_and_a_stranger_is_no_proxy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flowd.sock");
        // A socket that a killed daemon left is taken over.
        drop(UnixListener::bind(&path).unwrap());
        let (_, stop, served) = serve(Listen::Unix(path.clone())).await;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(get(UnixStream::connect(&path).await.unwrap()).await.ends_with("hello"));
        // One that answers is not.
        let again = Listener::open(&Listen::Unix(path.clone()), Connections::default()).await;
        let refused = again.err().expect("two daemons on one socket").to_string();
        assert!(refused.contains("somebody listens"), "{refused}");
        assert!(get(UnixStream::connect(&path).await.unwrap()).await.ends_with("hello"));
        stop.send(true).unwrap();
        served.await.unwrap();

        for (on, trusted, want) in [
            ("127.0.0.1:0", "127.0.0.1", "hello"),
            ("127.0.0.1:0", "10.0.0.1", ""),
            // A socket of both families tells an IPv4 address as an IPv6 one.
            ("[::]:0", "127.0.0.1", "hello"),
            ("[::]:0", "10.0.0.1", ""),
        ] {
            let listen = Listen::BehindProxy {
                address: on.parse().unwrap(),
                trusted: vec![trusted.parse().unwrap()],
            };
            let (url, stop, served) = serve(listen).await;
            let port = url.rsplit_once(':').unwrap().1;
            let address = format!("127.0.0.1:{port}");
            let answer = get(TcpStream::connect(address).await.unwrap()).await;
            assert!(answer.ends_with(want) && answer.is_empty() == want.is_empty(), "{answer}");
            stop.send(true).unwrap();
            served.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_client_that_dawdles_holds_up_nothing() {
        let loopback = Listen::Loopback("127.0.0.1:0".parse().unwrap());
        let mut listener = Listener::open(&loopback, Connections::default()).await.unwrap();
        listener.patience = Duration::from_millis(50);
        let address = listener.url.strip_prefix("http://").unwrap().to_owned();
        let (stop, stopped) = watch::channel(false);
        let never = || async { std::future::pending::<&str>().await };
        let router = Router::new().route("/", axum::routing::get(never));
        let served = tokio::spawn(listener.serve(router, stopped));
        let at_most = |wait| tokio::time::timeout(HANDSHAKE, wait);

        // Half of a request: the connection is closed.
        let mut half = TcpStream::connect(&address).await.unwrap();
        half.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        at_most(half.read_to_end(&mut Vec::new())).await.expect("it is cut off").unwrap();
        // A whole one whose answer never comes: a stop does not wait for it for ever.
        let mut whole = TcpStream::connect(&address).await.unwrap();
        whole.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        stop.send(true).unwrap();
        tokio::time::timeout(HANDSHAKE, served).await.expect("it stops").unwrap();
    }

    #[tokio::test]
    async fn thousands_of_connections_are_turned_away_and_the_next_one_is_answered() {
        let limits = Connections { max: 50, ..Connections::default() };
        let loopback = Listen::Loopback("127.0.0.1:0".parse().unwrap());
        let listener = Listener::open(&loopback, limits).await.unwrap();
        let address = listener.url.strip_prefix("http://").unwrap().to_owned();
        let (stop, stopped) = watch::channel(false);
        let router = Router::new().route("/", axum::routing::get(|| async { "hello" }));
        let served = tokio::spawn(listener.serve(router, stopped));

        // Those that came first hold on and say nothing; all others are closed.
        let mut held = Vec::new();
        for _ in 0..limits.max {
            held.push(TcpStream::connect(&address).await.unwrap());
        }
        for _ in 0..40 {
            let mut wave = Vec::new();
            for _ in 0..100 {
                wave.push(TcpStream::connect(&address).await.unwrap());
            }
            for stream in &mut wave {
                let closed = tokio::time::timeout(HANDSHAKE, stream.read(&mut [0])).await;
                assert!(!matches!(closed.expect("it is closed at once"), Ok(1..)));
            }
        }
        let mut first = held.pop().unwrap();
        first.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        first.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("hello"), "who came in is served: {answer}");
        drop(held);
        let mut tries = 0;
        while !get(TcpStream::connect(&address).await.unwrap()).await.ends_with("hello") {
            tries += 1;
            assert!(tries < 10_000, "nobody comes in though all have gone");
            tokio::task::yield_now().await;
        }
        stop.send(true).unwrap();
        served.await.unwrap();
    }

    #[test]
    fn one_address_cannot_take_all_connections() {
        let peers = Arc::new(Peers::default());
        let (one, other) = ("::ffff:10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let held: Vec<_> = (0..10_000).filter_map(|_| peers.enter(one, 64)).collect();
        assert_eq!(held.len(), 64);
        assert!(peers.enter("10.0.0.1".parse().unwrap(), 64).is_none(), "the same address");
        assert!(peers.enter(other, 64).is_some());
        drop(held);
        assert!(peers.enter(one, 64).is_some());
        assert!(peers.count().is_empty(), "an address without connections is forgotten");
    }

    #[tokio::test]
    async fn over_tls_a_client_that_knows_the_certificate_is_answered() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let (url, stop, served) = serve(Listen::Tls { address, cert: cert.clone(), key }).await;
        let address = url.strip_prefix("https://").unwrap();

        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = tokio_rustls::TlsConnector::from(Arc::new(client));
        let plain = TcpStream::connect(address).await.unwrap();
        let stream = client.connect("localhost".try_into().unwrap(), plain).await.unwrap();
        assert!(get(stream).await.ends_with("hello"));
        // Nothing is answered in the clear.
        assert!(!get(TcpStream::connect(address).await.unwrap()).await.contains("hello"));
        stop.send(true).unwrap();
        served.await.unwrap();

        // A certificate in the place of the key is refused before anybody connects.
        let Err(error) = acceptor(&cert, &cert) else { panic!("a certificate is no key") };
        assert!(format!("{error:#}").contains("holds no private key"), "{error:#}");
    }
}
