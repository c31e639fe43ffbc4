//! A raw TCP server that misbehaves as told, and counts what reaches it.
//!
//! Requests are counted outside the client: nothing the client says about itself is believed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What the server does once it has read a whole request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Sends these bytes and keeps the connection open.
    Bytes(Vec<u8>),
    /// Closes the connection.
    Cut,
    /// Sends the head of an answer, half of its body, and closes.
    CutInBody,
    /// Never answers.
    Silence,
}

/// A running server. It ends with the test process.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(super) fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let connections = Arc::new(AtomicUsize::new(0));
        let (seen, accepted) = (requests.clone(), connections.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                accepted.fetch_add(1, Ordering::SeqCst);
                let (seen, reply) = (seen.clone(), reply.clone());
                thread::spawn(move || serve(stream, &reply, &seen));
            }
        });
        Self { url, requests, connections }
    }

    /// How many whole requests were read.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// How many connections were made.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, reply: &Reply, seen: &AtomicUsize) {
    while read_request(&mut stream).is_some() {
        seen.fetch_add(1, Ordering::SeqCst);
        match reply {
            Reply::Bytes(bytes) => {
                if stream.write_all(bytes).is_err() {
                    return;
                }
            }
            Reply::Cut => return,
            Reply::CutInBody => {
                let half = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
                drop(stream.write_all(half));
                return;
            }
            Reply::Silence => {}
        }
    }
}

/// Reads one request, body included.
fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).ok().filter(|n| *n > 0)?;
        text.extend_from_slice(&chunk[..read]);
        let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&text[..end]).to_ascii_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |length| length.trim().parse().unwrap());
        if text.len() >= end + 4 + length {
            return Some(());
        }
    }
}

/// An answer as Lambda writes it.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    Reply::Bytes(format!("{text}\r\n{body}").into_bytes())
}

/// A failure as Lambda writes it.
pub(super) fn failure(status: u16, code: &str, headers: &[(&str, &str)]) -> Reply {
    let mut all = vec![("x-amzn-errortype", code), ("content-type", "application/json")];
    all.extend_from_slice(headers);
    answer(status, &all, r#"{"Type":"User","Message":"because"}"#)
}
