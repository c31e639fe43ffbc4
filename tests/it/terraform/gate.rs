//! A proxy before the local AWS that notes every IAM action, and can hold one until told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use anyhow::{Context, Result};

/// A running gate; it ends with the test process.
pub struct Gate {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
    upstream: String,
}

#[derive(Default)]
struct Seen {
    actions: Vec<String>,
    hold: Option<String>,
    holding: bool,
}

impl Gate {
    /// Opens a gate before an endpoint.
    pub fn open(upstream: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
        let url = format!("http://{}", listener.local_addr().context("no free port")?);
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let shared = Arc::new(Shared { seen: Mutex::default(), changed: Condvar::new(), upstream });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || drop(pass(&shared, client)));
            }
        });
        Ok(Self { url, shared })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Holds the next call of an action.
    pub fn hold(&self, action: &str) {
        let mut seen = self.shared.seen.lock().unwrap();
        seen.hold = Some(action.to_owned());
    }

    /// Waits until a call is held.
    pub fn wait_until_held(&self) {
        let seen = self.shared.seen.lock().unwrap();
        drop(self.shared.changed.wait_while(seen, |seen| !seen.holding).unwrap());
    }

    /// Lets the held call go on.
    pub fn release(&self) {
        self.shared.seen.lock().unwrap().holding = false;
        self.shared.changed.notify_all();
    }

    /// The actions since the last time, in order.
    pub fn take_actions(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.seen.lock().unwrap().actions)
    }
}

/// Passes a connection on, request by request.
fn pass(shared: &Shared, client: TcpStream) -> Result<()> {
    let upstream = TcpStream::connect(&shared.upstream)?;
    let (mut answers, mut back) = (upstream.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        drop(std::io::copy(&mut answers, &mut back));
        drop(back.shutdown(std::net::Shutdown::Both));
    });
    let mut reader = BufReader::new(client);
    let mut upstream = upstream;
    while let Some((request, action)) = read_request(&mut reader)? {
        let mut seen = shared.seen.lock().unwrap();
        if let Some(action) = action {
            if seen.hold.as_ref() == Some(&action) {
                seen.hold = None;
                seen.holding = true;
                shared.changed.notify_all();
            }
            seen.actions.push(action);
        }
        drop(shared.changed.wait_while(seen, |seen| seen.holding).unwrap());
        upstream.write_all(&request)?;
    }
    Ok(())
}

/// One request as it came, and its action.
fn read_request(reader: &mut BufReader<TcpStream>) -> Result<Option<(Vec<u8>, Option<String>)>> {
    let mut request = Vec::new();
    let mut length = 0;
    loop {
        let start = request.len();
        if reader.read_until(b'\n', &mut request)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&request[start..]).trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.extend_from_slice(&body);
    let body = String::from_utf8_lossy(&body);
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
    Ok(Some((request, action)))
}
