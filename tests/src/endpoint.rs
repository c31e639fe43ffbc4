//! A Lambda endpoint that misbehaves on demand: a fault injector, not a proof.
//!
//! It answers `Invoke` as it is told (errors, nonsense, cut connections, slow answers) and records
//! every call outside of the daemon. `AssumeRole` always succeeds; signatures are not looked at:
//! that AWS refuses whom it should is shown against ministack.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::record::Call;

/// How a call is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 with this text as the function's answer.
    Answer(String),
    /// 200 with `X-Amz-Function-Error`, as when the handler raised.
    Raised(String),
    /// An error of AWS: HTTP status and AWS's code.
    Error(u16, &'static str),
    /// The connection is closed after the request was read.
    Cut,
}

type Script = dyn Fn(&str, &Value) -> (Duration, Reply) + Send + Sync;

/// A running endpoint; it ends when dropped.
pub struct Endpoint {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    script: Box<Script>,
    calls: Mutex<Vec<Call>>,
    ended: AtomicBool,
}

struct Request {
    path: String,
    body: Vec<u8>,
}

impl Endpoint {
    /// Starts one. `script` gets the function's name and the payload, and says after how long and
    /// how to answer. A call is recorded when it is read, before it is answered.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(
        script: impl Fn(&str, &Value) -> (Duration, Reply) + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
        let address = listener.local_addr().context("no free port")?;
        let shared = Arc::new(Shared {
            script: Box::new(script),
            calls: Mutex::new(Vec::new()),
            ended: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                if let Ok(stream) = stream {
                    std::thread::spawn(move || drop(serve(&shared, stream)));
                }
            }
        });
        Ok(Self { url: format!("http://{address}"), shared })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was called so far. Answers of calls that are still being answered are null.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().map(|calls| calls.clone()).unwrap_or_default()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, so that the port is closed.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

/// What the example's other calls are answered: the pre-check of a request passes.
pub fn pass(payload: &Value) -> Option<(Duration, Reply)> {
    let passed = json!({ "allowed": true }).to_string();
    payload.get("event")?.as_str().map(|_| (Duration::ZERO, Reply::Answer(passed)))
}

/// The answer of a handler that did what it was asked.
pub fn done(message: &str) -> Reply {
    Reply::Answer(json!({ "body": { "message": message }, "errors": [] }).to_string())
}

fn serve(shared: &Shared, stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true).context("no delay")?;
    let mut reader = BufReader::new(stream.try_clone().context("a second handle")?);
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader)? {
        let Some(name) = function_name(&request.path) else {
            write_reply(&mut writer, 200, "text/xml", "", &session_answer())?;
            continue;
        };
        let payload = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let at = record(shared, &payload);
        let (delay, reply) = (shared.script)(&name, &payload);
        std::thread::sleep(delay);
        note_answer(shared, at, &reply);
        let json = "application/json";
        match reply {
            Reply::Answer(text) => write_reply(&mut writer, 200, json, "", &text)?,
            Reply::Raised(text) => {
                let header = "X-Amz-Function-Error: Unhandled\r\n";
                write_reply(&mut writer, 200, json, header, &text)?;
            }
            Reply::Error(status, code) => {
                let header = format!("X-Amzn-ErrorType: {code}\r\n");
                let text = json!({ "Message": code, "message": code }).to_string();
                write_reply(&mut writer, status, json, &header, &text)?;
            }
            Reply::Cut => return Ok(()),
        }
    }
    Ok(())
}

fn record(shared: &Shared, payload: &Value) -> usize {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let Ok(mut calls) = shared.calls.lock() else { return usize::MAX };
    calls.push(Call { at, event: payload.clone(), answer: Value::Null });
    calls.len() - 1
}

/// An answer counts from the moment at which it is about to leave.
fn note_answer(shared: &Shared, at: usize, reply: &Reply) {
    if let (Reply::Answer(text), Ok(mut calls)) = (reply, shared.calls.lock())
        && let Some(call) = calls.get_mut(at)
    {
        call.answer = serde_json::from_str(text).unwrap_or(Value::Null);
    }
}

fn read_request(reader: &mut impl BufRead) -> Result<Option<Request>> {
    let mut first = String::new();
    if reader.read_line(&mut first).context("a request line")? == 0 {
        return Ok(None);
    }
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).context("a header")?;
        if line.trim().is_empty() {
            break;
        }
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().context("a content length")?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).context("a body")?;
    Ok(Some(Request { path, body }))
}

/// The function's name in `/2015-03-31/functions/<name or ARN>/invocations`.
fn function_name(path: &str) -> Option<String> {
    let rest = path.split_once("/functions/")?.1;
    let name = rest.split_once("/invocations")?.0;
    Some(name.replace("%3A", ":").replace("%3a", ":"))
}

fn write_reply(
    writer: &mut impl Write,
    status: u16,
    kind: &str,
    headers: &str,
    body: &str,
) -> Result<()> {
    let length = body.len();
    // One write: two small ones would wait for each other on the wire.
    let text = format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         x-amzn-RequestId: 1\r\n{headers}\r\n{body}"
    );
    writer.write_all(text.as_bytes()).context("an answer")
}

fn session_answer() -> String {
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
     <Credentials><AccessKeyId>ASIATEST</AccessKeyId><SecretAccessKey>test</SecretAccessKey>\
     <SessionToken>test</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
     <AssumedRoleUser><AssumedRoleId>AROATEST:flow</AssumedRoleId>\
     <Arn>arn:aws:sts::123456789012:assumed-role/flow/flow</Arn></AssumedRoleUser>\
     </AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\
     </AssumeRoleResponse>"
        .to_owned()
}
