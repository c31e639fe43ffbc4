//! Histories of earlier versions: what was recorded then comes to the same state for ever.
//!
//! Each file of `tests/histories/v1` is a bundle, the events of one request with the context of
//! each, and the state that they came to. Files are added (`FLOW_FREEZE=1` writes those of
//! [`STORIES`] that are not there) and never changed: who changes the engine so that one of them
//! comes out otherwise changes requests that are running somewhere.

use std::path::PathBuf;

use flow_bundle::bundle::Bundle;
use flow_bundle::digest::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::flows::{self, changed, lambda, stage, step, with_strategy};
use super::life::Life;
use crate::context::{Context, Pinned};
use crate::event::Event;
use crate::state::Request;
use crate::transition::transition;

#[derive(Serialize, Deserialize)]
struct History {
    bundle: Json,
    events: Vec<Recorded>,
    state: Json,
}

#[derive(Serialize, Deserialize)]
struct Recorded {
    event: Event,
    context: Context,
}

/// Name, bundle and script of every history.
fn stories() -> Vec<(&'static str, Json, &'static str)> {
    let longer = changed(|flow| {
        flow["grant"]["extend"] =
            json!({ "approval": "same", "max_times": "2", "max_total_s": "10800" });
    });
    let mut second = stage("second", 2);
    second["after"] = json!(["lead"]);
    let staged = changed(|flow| flow["approvals"] = json!([stage("lead", 1), second]));
    let checked = changed(|flow| flow["hooks"] = json!({ "on_request": [step("look", "fail")] }));
    let patient = with_strategy(|s| s["escalate"]["retry"]["attempts"] = json!("3"));
    let mut all = strategies();
    all.extend(options());
    all.extend(vec![
        (
            "the_whole_way",
            lambda(),
            "ask ana\napprove bo\nanswer escalate ok\nadvance 1h\nanswer deescalate ok",
        ),
        ("denied", lambda(), "ask ana\ndeny bo"),
        ("expired", lambda(), "ask ana\nadvance 2h"),
        ("cancelled", lambda(), "ask ana\ncancel ana"),
        (
            "revoked",
            lambda(),
            "ask ana\napprove bo\nanswer escalate ok\nrevoke ana\nanswer deescalate ok",
        ),
        (
            "refused_by_the_function",
            lambda(),
            "ask ana\napprove bo\nanswer escalate errors\nanswer deescalate ok",
        ),
        (
            "no_answer",
            lambda(),
            "ask ana\napprove bo\nanswer escalate timeout\nanswer deescalate ok\nadvance 1h\nanswer deescalate ok",
        ),
        (
            "tried_again",
            patient,
            "ask ana\napprove bo\nanswer escalate throttle\nadvance 2s\nanswer escalate ok\nadvance 1h\nanswer deescalate ok",
        ),
        (
            "stuck_and_resolved",
            lambda(),
            "ask ana\napprove bo\nanswer escalate ok\nadvance 1h\nanswer deescalate refuse\nadvance 2h\nresolve bo looked\nresolve root looked",
        ),
        ("two_stages", staged, "ask ana\napprove bo\napprove cy\napprove di\nanswer escalate ok"),
        ("a_step_first", checked, "ask ana\nanswer step {}\napprove bo\nanswer escalate ok"),
        (
            "extended",
            longer,
            "ask ana\napprove bo\nanswer escalate ok\nextend ana 3600 more\napprove cy\nadvance 2h\nanswer deescalate ok",
        ),
        (
            "nothing_granted",
            changed(|f| drop(f.as_object_mut().unwrap().remove("grant"))),
            "ask ana\napprove bo",
        ),
        (
            "idempotent",
            flows::bundle(
                flows::flow(&[stage("lead", 1)], json!({}), Some(flows::grant())),
                "share",
                true,
            ),
            "ask ana\napprove bo\nanswer escalate timeout\nadvance 2s\nanswer escalate ok\nadvance 1h\nanswer deescalate ok",
        ),
    ]);
    all
}

/// Those of what a strategy asks for itself.
fn strategies() -> Vec<(&'static str, Json, &'static str)> {
    let asking = with_strategy(|s| {
        s["escalate"]["steps"] = json!([step("ready", "fail")]);
        s["deescalate"]["steps"] = json!([step("quiet", "fail")]);
    });
    let mut known = with_strategy(|s| s["provider"] = json!("vault"));
    known["identities"] = json!({ "map": { "ana@x.example": { "vault": "U1" } } });
    vec![
        (
            "steps_before_both_calls",
            asking,
            "ask ana\napprove bo\nanswer step {}\nanswer escalate ok\nadvance 1h\nanswer step refuse\nadvance 2s\nanswer step {}\nanswer deescalate ok",
        ),
        ("known_elsewhere", known, "ask ana\napprove bo\nanswer escalate ok"),
    ]
}

/// A field whose options a function knows: asked again when the request arrives.
fn options() -> Vec<(&'static str, Json, &'static str)> {
    let asking = super::options::asked();
    vec![
        (
            "an_option_was_chosen",
            asking.clone(),
            "ask ana group=ops\nanswer step [{\"value\":\"ops\",\"label\":\"Ops\"}]\napprove bo\nanswer escalate ok",
        ),
        ("no_such_option", asking, "ask ana group=root\nanswer step []"),
    ]
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/histories/v1"))
}

fn fold(bundle: &Bundle, events: &[Recorded]) -> Option<Request> {
    let (address, flow) = bundle.flows.iter().next().unwrap();
    let content_hash = Digest::of(b"bundle");
    let pinned = Pinned { bundle, content_hash, address, flow };
    events.iter().fold(None, |state, recorded| {
        let stored = state.map(|s: Request| serde_json::to_string(&s).unwrap());
        let state: Option<Request> = stored.map(|s| serde_json::from_str(&s).unwrap());
        transition(&pinned, state.as_ref(), &recorded.event, &recorded.context).request
    })
}

/// Writes what is not there yet; what is there stays.
#[expect(clippy::disallowed_methods, reason = "histories are files")]
fn freeze() {
    for (name, bundle, script) in stories() {
        let path = folder().join(format!("{name}.json"));
        if path.exists() {
            continue;
        }
        let mut life = Life::new(&bundle);
        life.run(script);
        let events = life
            .journal
            .iter()
            .map(|(_, event, context)| Recorded { event: event.clone(), context: context.clone() });
        let state = serde_json::to_value(life.request().unwrap()).unwrap();
        let history = History { bundle, events: events.collect(), state };
        std::fs::create_dir_all(folder()).unwrap();
        let text = serde_json::to_string_pretty(&history).unwrap();
        std::fs::write(path, text + "\n").unwrap();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "histories are files")]
fn what_was_recorded_comes_to_the_same_for_ever() {
    if std::env::var_os("FLOW_FREEZE").is_some() {
        freeze();
    }
    let mut seen = 0;
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let history: History = serde_json::from_str(&text).unwrap();
        let bundle = serde_json::from_value(history.bundle).unwrap();
        let folded = fold(&bundle, &history.events).map(|r| serde_json::to_value(r).unwrap());
        assert_eq!(folded, Some(history.state), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= stories().len(), "{seen} histories: write the others with FLOW_FREEZE=1");
}
