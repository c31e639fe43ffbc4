//! What narrows, between a decision and the call that follows from it.

use flow_bundle::bundle::ErrorKind;
use flow_bundle::number::Seconds;
use flow_bundle::seal::seal;
use flow_engine::effect::Purpose;
use flow_engine::event::Click;
use flow_engine::{EventKind, EventSource, Reason};
use serde_json::json;

use super::{World, bundle, id, minutes, refused, second, write};
use crate::connector::scripted::unknown;
use crate::drive::{About, EventDraft};
use crate::emergency::Sweep;
use crate::people::{Directory as _, Stamp};
use crate::store::MessageFilter;

/// An escalation waits in the outbox.
fn approved() -> World {
    let world = World::new(&bundle());
    world.ask(id(1), "bob", "button", &minutes(10)).unwrap();
    world.decide(id(1), "cat", true).unwrap();
    assert_eq!(world.stands(id(1)), "escalating");
    world
}

fn nothing_was_made(world: &World, end: &str) {
    world.settle().unwrap();
    assert_eq!(world.lambda.count(Purpose::Escalate), 0, "it left");
    assert_eq!(world.stands(id(1)), end);
    assert_eq!(world.grants(), []);
}

#[test]
fn an_escalation_that_waits_in_the_outbox_does_not_leave_after_a_freeze() {
    let world = approved();
    world.app.freeze(&world.person("ann"), None, "drill").unwrap();
    nothing_was_made(&world, "ended:errored");
}

#[test]
fn an_escalation_that_waits_in_the_outbox_does_not_leave_after_a_revoke() {
    let world = approved();
    let kind = EventKind::Revoke { reason: None };
    world.submit(&About::Request(id(1)), "revoke", "bob", kind).unwrap();
    nothing_was_made(&world, "ended:ok");
}

#[test]
fn an_escalation_that_waits_in_the_outbox_does_not_leave_for_somebody_deactivated() {
    let world = approved();
    let stamp = Stamp { by: None, at: second(0) };
    world.store.deactivate(world.person("bob").id, None, stamp).unwrap();
    nothing_was_made(&world, "ended:errored");
}

#[test]
fn an_end_does_not_wait_behind_a_try_that_was_withdrawn() {
    let mut bundle = bundle();
    let strategy = bundle.strategies.get_mut("aws_lambda.button").unwrap();
    strategy.idempotent = true;
    strategy.escalate.retry.on.push(ErrorKind::Timeout);
    strategy.escalate.retry.backoff_s = Seconds(30);
    seal(&mut bundle).unwrap();
    let world = World::new(&bundle);
    world.lambda.then(Purpose::Escalate, unknown());
    world.ask(id(1), "bob", "button", &minutes(10)).unwrap();
    world.decide(id(1), "cat", true).unwrap();
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "escalating", "the second try is due in 30 s");
    let kind = EventKind::Revoke { reason: None };
    world.submit(&About::Request(id(1)), "revoke", "bob", kind).unwrap();
    world.settle().unwrap();
    assert_eq!(world.lambda.count(Purpose::Deescalate), 1, "at once");
}

#[test]
fn one_request_that_cannot_be_read_holds_up_no_sweep() {
    let named = |name: &str| {
        let mut bundle = bundle();
        name.clone_into(&mut bundle.name);
        seal(&mut bundle).unwrap();
        bundle
    };
    let world = World::new(&named("a"));
    let grant = |n, by: &str| {
        world.ask(id(n), by, "button", &minutes(30)).unwrap();
        world.decide(id(n), "ann", true).unwrap();
        world.settle().unwrap();
        assert_eq!(world.stands(id(n)), "active");
        world.pass(1);
    };
    grant(1, "bob");
    world.app.load(&write(&named("b")).into(), None).unwrap();
    // Swept first: the newest.
    grant(2, "cat");
    world.app.load(&write(&named("a")).into(), None).unwrap();
    let lost = world.request(id(2)).bundle.to_string();
    let sql = "UPDATE bundles SET file = 'lost' WHERE hash = ?1";
    world.store.write(move |w| Ok(w.connection.execute(sql, [lost])?)).unwrap();
    grant(3, "cat");
    let (lost, sql) = (id(3).to_string(), "UPDATE requests SET state = 'lost' WHERE id = ?1");
    world.store.write(move |w| Ok(w.connection.execute(sql, [lost])?)).unwrap();
    let world = world.reopen();
    let ann = world.person("ann");
    let swept = world.app.revoke_all(&ann, &Sweep::All, "leak").unwrap();
    assert_eq!(swept.done, [id(1)]);
    // Whoever asked must know where to look by hand; only waiting ones give nothing to anybody.
    let unreadable: Vec<String> = swept.unreadable.iter().map(|row| row.id.clone()).collect();
    assert_eq!(unreadable, [id(3).to_string(), id(2).to_string()]);
    let bob = Sweep::Person(world.person("bob").id);
    let of_bob = world.app.revoke_all(&ann, &bob, "leak").unwrap();
    assert!(of_bob.unreadable.is_empty(), "they are Cat's");
    let told = world.app.messages(&MessageFilter { limit: 999, ..Default::default() }).unwrap();
    let told = told.iter().map(|m| m.body.to_string()).find(|text| text.contains("BY HAND"));
    assert!(told.is_some_and(|text| text.contains(&id(3).to_string())));
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
}

#[test]
fn who_acts_is_looked_up_again_as_the_event_is_decided() {
    let world = World::new(&bundle());
    world.ask(id(1), "bob", "button", &minutes(10)).unwrap();
    // Authenticated, and deactivated before the click is decided.
    let digest = world.request(id(1)).stages[0].digest.unwrap().hex();
    let click = Click { stage: None, digest, comment: None };
    let draft = EventDraft {
        id: "click".into(),
        by: Some(world.person("cat")),
        source: EventSource::Api,
        kind: EventKind::Approve(click),
    };
    let stamp = Stamp { by: None, at: second(0) };
    world.store.deactivate(world.person("cat").id, None, stamp).unwrap();
    let answered = world.app.submit(&About::Request(id(1)), &draft).unwrap();
    assert_eq!(refused(&answered), Some(Reason::NotAnApprover));
    assert_eq!(world.stands(id(1)), "pending");
}

#[test]
fn requests_that_cannot_be_read_starve_no_timer() {
    let world = World::new(&bundle());
    world.ask(id(0), "bob", "ask", &[("reason", json!("x"))]).unwrap();
    let copy = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO requests SELECT printf('req_00000000-0000-0000-0000-%012x', i), version, flow,
        bundle, requester, phase, outcome, opened_at, event_at, wake_at, 'lost' FROM requests, n";
    let lost = crate::timers::BATCH as i64;
    world.store.write(move |w| Ok(w.connection.execute(copy, [lost])?)).unwrap();
    world.pass(1);
    world.ask(id(1000), "ann", "ask", &[("reason", json!("x"))]).unwrap();
    world.pass(3600);
    while world.app.tick_due().unwrap().moved > 0 {}
    assert_eq!(world.stands(id(1000)), "ended:expired");
}
