//! The audit trail on its way to other systems: a destination that is away, that takes half, that
//! comes back after a restart.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value as Json;

use super::{World, bundle, id, minutes};
use crate::export::config::{Destination, Form, To};
use crate::export::sink::{Sink, key};
use crate::export::{Step, lag_s, step};
use crate::secret::Secrets;

fn drain(world: &World, sink: &Arc<Sink>) -> anyhow::Result<usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut count = 0;
    loop {
        match runtime.block_on(step(&world.app, sink))? {
            Step::Sent(n) => count += n,
            Step::Idle => return Ok(count),
        }
    }
}

fn trail(world: &World) -> usize {
    let all = crate::store::AuditFilter { limit: 10_000, ..Default::default() };
    world.app.page_audit(&all).unwrap().len()
}

#[test]
fn a_file_gets_every_record_once_and_in_order_over_a_restart() {
    let world = World::new(&bundle());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("away/audit.jsonl");
    let file = || {
        let destination =
            Destination { name: "siem".into(), to: To::File(path.clone()), form: Form::Flow };
        Arc::new(Sink::open(destination, &Secrets::default()).unwrap())
    };
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.pass(7);
    assert!(drain(&world, &file()).unwrap_err().to_string().contains("cannot open"));
    assert!(
        lag_s(&world.app, &key("siem"), super::second(7)).unwrap() >= 7.0,
        "it is seen to wait"
    );
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let first = drain(&world, &file()).unwrap();
    assert_eq!(
        (first, lag_s(&world.app, &key("siem"), super::second(7)).unwrap()),
        (trail(&world), 0.0)
    );

    let world = world.reopen();
    world.decide(id(1), "bob", true).unwrap();
    let more = drain(&world, &file()).unwrap();
    assert_eq!(first + more, trail(&world));
    let text = std::fs::read_to_string(&path).unwrap();
    let records: Vec<Json> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let sequence: Vec<u64> = records.iter().map(|r| r["sequence"].as_u64().unwrap()).collect();
    assert_eq!(sequence, (1..=trail(&world) as u64).collect::<Vec<_>>());
    assert!(records.iter().any(|r| r["what"] == "stage.approved" && r["actor"] == "bob"));
}

#[test]
fn in_the_form_of_ocsf_access_names_who_has_it() {
    let world = World::new(&bundle());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ocsf.jsonl");
    let to = To::File(path.clone());
    let destination = Destination { name: "lake".into(), to, form: Form::Ocsf };
    let sink = Arc::new(Sink::open(destination, &Secrets::default()).unwrap());
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.settle().unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();
    world.pass(600);
    world.settle().unwrap();
    assert_eq!(drain(&world, &sink).unwrap(), trail(&world));
    let text = std::fs::read_to_string(&path).unwrap();
    let events: Vec<Json> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let access: Vec<(u64, &str)> = events
        .iter()
        .filter(|e| e["class_uid"] == 3005)
        .map(|e| (e["activity_id"].as_u64().unwrap(), e["user"]["name"].as_str().unwrap()))
        .collect();
    assert_eq!(access, [(1, "ann"), (2, "ann")]);
    let approved = events.iter().find(|e| e["metadata"]["event_code"] == "stage.approved").unwrap();
    assert_eq!(approved["actor"]["user"]["name"], "bob");
}

#[test]
fn a_webhook_is_signed_and_asked_again_until_it_takes_the_batch() {
    let world = World::new(&bundle());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let calls = answering(listener, &["503 Service Unavailable", "302 Found", "204 No Content"]);
    let secret = world_secret();
    let destination = Destination {
        name: "hook".into(),
        to: To::Webhook { url, secret: "hook".into() },
        form: Form::Flow,
    };
    let sink = Arc::new(Sink::open(destination, &secret).unwrap());
    for status in ["503", "302"] {
        let refused = drain(&world, &sink).unwrap_err().to_string();
        assert!(refused.contains(status), "{refused}");
    }
    assert_eq!(drain(&world, &sink).unwrap(), trail(&world));
    let bodies: Vec<(String, String)> = calls.iter().collect();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|(_, body)| *body == bodies[0].1), "nothing is left out");
    let (header, body) = &bodies[2];
    let (t, v1) = header.split_once(",v1=").unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"a long enough key");
    let said = format!("{}.{body}", t.strip_prefix("t=").unwrap());
    aws_lc_rs::hmac::verify(&key, said.as_bytes(), &hex::decode(v1).unwrap()).unwrap();
    let body: Json = serde_json::from_str(body).unwrap();
    assert_eq!(body["records"].as_array().unwrap().len(), trail(&world));
}

pub(super) fn world_secret() -> Secrets {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "a long enough key\n").unwrap();
    let source = crate::config::SecretSource {
        file: Some(file.path().to_owned()),
        env: None,
        integrations: Vec::new(),
    };
    Secrets::read(&[("hook".to_owned(), source)].into()).unwrap()
}

/// Answers one connection after the other with these statuses, and tells the signature and body.
pub(super) fn answering(
    listener: TcpListener,
    statuses: &'static [&'static str],
) -> Receiver<(String, String)> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            send.send(read(&stream)).unwrap();
            let head = format!(
                "HTTP/1.1 {status}\r\nlocation: /else\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            (&stream).write_all(head.as_bytes()).unwrap();
        }
    });
    receive
}

fn read(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let (mut signature, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "flow-signature" => signature = value.to_owned(),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (signature, String::from_utf8(body).unwrap())
}
