//! What narrows, between a decision and the call that follows from it.

use flow_engine::EventKind;
use flow_engine::effect::Purpose;

use super::{World, bundle, id, minutes, second};
use crate::drive::About;
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
