//! What narrows, between a decision and the call that follows from it.

use flow_engine::effect::Purpose;
use flow_engine::event::Click;
use flow_engine::{EventKind, EventSource, Reason};

use super::{World, bundle, id, minutes, refused, second};
use crate::drive::{About, EventDraft};
use crate::people::{Directory as _, Stamp};

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
    nothing_was_made(&world, "ended:errored");
}

#[test]
fn an_escalation_that_waits_in_the_outbox_does_not_leave_for_somebody_deactivated() {
    let world = approved();
    let stamp = Stamp { by: None, at: second(0) };
    world.store.deactivate(world.person("bob").id, None, stamp).unwrap();
    nothing_was_made(&world, "ended:errored");
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
