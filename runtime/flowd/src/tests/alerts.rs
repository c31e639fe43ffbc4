//! Alerts: told until they are taken, once the place is there, and not once they are over.

use std::net::TcpListener;
use std::sync::Arc;

use flow_bundle::bundle::BreakGlass;
use flow_bundle::seal::seal;
use flow_engine::effect::Purpose;
use serde_json::Value as Json;

use super::export::{answering, world_secret};
use super::{World, bundle, id, minutes};
use crate::alert::about::Topic;
use crate::alert::config::{Alerts, Way};
use crate::alert::place::Place;
use crate::connector::scripted::unknown;
use crate::export::{Step, step};

/// Ann's access cannot be taken back: nobody knows what became of any call.
fn stuck(world: &World) {
    for _ in 0..500 {
        world.lambda.then(Purpose::Deescalate, unknown());
    }
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.settle().unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();
    for _ in 0..500 {
        if world.request(id(1)).stuck_since.is_some() {
            return;
        }
        world.pass(900);
        world.settle().unwrap();
    }
    panic!("it is never stuck: {}", world.stands(id(1)));
}

/// A place on this machine, and what it hears.
fn place(
    world: &World,
    way: Way,
    statuses: &'static [&'static str],
) -> (Arc<Place>, std::sync::mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v2/enqueue", listener.local_addr().unwrap());
    let alerts = Alerts {
        name: "pager".to_owned(),
        way,
        url,
        secret: "hook".to_owned(),
        on: Topic::ALL.into(),
    };
    let heard = answering(listener, statuses);
    (Arc::new(Place::open(alerts, &world.app, &world_secret()).unwrap()), heard)
}

/// Tells what there is; the refusal, where there is one.
fn tell(world: &World, place: &Arc<Place>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    loop {
        match runtime.block_on(step(&world.app, place)) {
            Ok(Step::Sent(_)) => {}
            Ok(Step::Idle) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn bodies(heard: &std::sync::mpsc::Receiver<(String, String)>) -> Vec<Json> {
    heard.try_iter().map(|(_, body)| serde_json::from_str(&body).unwrap()).collect()
}

#[test]
fn a_stuck_end_wakes_somebody_until_it_is_taken_and_is_over_when_it_ends() {
    let world = World::new(&bundle());
    stuck(&world);
    let (pager, heard) = place(
        &world,
        Way::PagerDuty,
        &["400 Bad Request", "429 Too Many Requests", "202 Accepted", "202 Accepted"],
    );
    for status in ["400", "429"] {
        let refused = tell(&world, &pager).unwrap_err();
        assert!(refused.contains(status), "{refused}");
    }
    tell(&world, &pager).unwrap();
    let told = bodies(&heard);
    assert_eq!(told.len(), 3, "until it is taken, and then no more");
    let event = &told[2];
    assert_eq!(event["event_action"], "trigger");
    assert_eq!(event["routing_key"], "a long enough key");
    assert_eq!(event["dedup_key"], format!("flow/flow/stuck/{}", id(1)));
    assert_eq!(event["payload"]["severity"], "critical");
    let summary = event["payload"]["summary"].as_str().unwrap();
    assert!(summary.starts_with(&format!("flow: access of request {} cannot", id(1))), "{summary}");

    // The function answers again: what woke somebody is taken back.
    world.lambda.script.lock().unwrap().clear();
    world.pass(900);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
    tell(&world, &pager).unwrap();
    let over = bodies(&heard);
    assert_eq!(over.len(), 1);
    assert_eq!(over[0]["event_action"], "resolve");
    assert_eq!(over[0]["dedup_key"], event["dedup_key"]);
}

#[test]
fn what_is_over_and_what_went_well_is_not_told() {
    let world = World::new(&bundle());
    stuck(&world);
    world.lambda.script.lock().unwrap().clear();
    world.pass(900);
    world.settle().unwrap();
    world.ask(id(2), "ann", "button", &minutes(10)).unwrap();
    world.settle().unwrap();
    world.decide(id(2), "bob", false).unwrap();
    world.app.freeze(&world.person("cat"), None, "a drill").unwrap();
    let (hook, heard) = place(&world, Way::Webhook, &["204 No Content", "204 No Content"]);
    tell(&world, &hook).unwrap();
    let told = bodies(&heard);
    // That the old one is over does no harm; that it began is not said any more.
    let turns: Vec<String> = told
        .iter()
        .map(|t| format!("{} {}", t["alert"]["topic"], t["alert"]["turn"]).replace('"', ""))
        .collect();
    assert_eq!(turns, ["stuck over", "emergency begins"]);
    assert_eq!(told[1]["alert"]["summary"], "cat froze every flow");
}

#[test]
fn whoever_breaks_the_glass_is_told_of() {
    let mut glass = bundle();
    let reason = glass.flows["ask"].fields[0].clone();
    let flow = glass.flows.get_mut("button").unwrap();
    flow.fields.push(reason);
    flow.approvals.clear();
    flow.auto = true;
    flow.break_glass = Some(BreakGlass { announce: None, reason: "reason".to_owned() });
    seal(&mut glass).unwrap();
    let world = World::new(&glass);
    let fields = [minutes(10).as_slice(), &[("reason", "the site is down".into())]].concat();
    world.ask(id(1), "ann", "button", &fields).unwrap();
    world.settle().unwrap();
    let (hook, heard) = place(&world, Way::Webhook, &["204 No Content"]);
    tell(&world, &hook).unwrap();
    let told = bodies(&heard);
    assert_eq!(told.len(), 1, "{told:?}");
    let alert = &told[0]["alert"];
    assert_eq!((&alert["topic"], &alert["severity"]), (&"break_glass".into(), &"error".into()));
    let summary = alert["summary"].as_str().unwrap();
    assert!(summary.starts_with("ann used break-glass: request "), "{summary}");
}
