//! What is stored is what the recorded events come to.

use flow_engine::EventKind;
use flow_engine::effect::Purpose;
use rusqlite::Connection;

use super::{World, bundle, id, minutes};
use crate::connector::scripted::unknown;
use crate::drive::About;
use crate::replay::{ReplayArgs, Replayed, replay};

/// Lives that end in several ways, one of them refused from the start.
fn lived() -> World {
    let world = World::new(&bundle());
    for (i, by) in (1..).zip(["ann", "bob", "ann", "bob"]) {
        world.ask(id(i), by, "button", &minutes(10)).unwrap();
    }
    world.ask(id(9), "ann", "button", &[]).unwrap();
    world.decide(id(1), "cat", true).unwrap();
    world.decide(id(1), "cat", true).unwrap();
    world.decide(id(2), "cat", false).unwrap();
    world.submit(&About::Request(id(3)), "withdrawn", "ann", EventKind::Cancel).unwrap();
    world.settle().unwrap();
    world.lambda.then(Purpose::Escalate, unknown());
    world.decide(id(4), "cat", true).unwrap();
    for _ in 0..6 {
        world.pass(900);
        world.settle().unwrap();
    }
    world
}

fn all(world: &World) -> Replayed {
    replay(&ReplayArgs { db: world.db(), request: None, all: true }).unwrap()
}

fn change(world: &World, sql: &str) {
    let changed = Connection::open(world.db()).unwrap().execute(sql, []).unwrap();
    assert!(changed > 0, "{sql}");
}

#[test]
fn the_same_comes_out_of_the_recorded_events() {
    let world = lived();
    let found = all(&world);
    assert_eq!(found.faults, [] as [&str; 0]);
    assert_eq!((found.requests, found.refused), (4, 1));
    assert!(found.events > 10, "{found}");
    let one = ReplayArgs { db: world.db(), request: Some(id(1).to_string()), all: false };
    assert_eq!(replay(&one).unwrap().requests, 1);
    let nobody = ReplayArgs { db: world.db(), request: Some("req_0".to_owned()), all: false };
    let error = replay(&nobody).unwrap_err().to_string();
    assert_eq!(error, "the database has no request `req_0`");
}

/// A checker counts once it has been seen to find something.
#[test]
fn what_was_changed_is_found_and_said() {
    for (sql, want) in [
        (
            "UPDATE requests SET state = json_set(state, '$.duration_s', 7) WHERE outcome = 'ok'",
            "`duration_s` is stored as 7, and its events come to 600",
        ),
        (
            "UPDATE events SET body = json_set(body, '$.event.kind.what', 'deny')
             WHERE json_extract(body, '$.event.kind.what') = 'approve'",
            "(`outcome`) was answered {\"reply\":\"accepted\"}, and now",
        ),
        (
            "UPDATE events SET body = json_set(body, '$.context.frozen', 'x')
             WHERE json_extract(body, '$.event.kind.what') = 'ask'",
            "(`ask`) was answered {\"reply\":\"accepted\"}, and now {\"reason\":\"frozen\"",
        ),
        ("UPDATE events SET body = '{}' WHERE seq = 1", "event 1 cannot be read: missing field"),
        ("DELETE FROM bundles", "cannot be read"),
        ("UPDATE requests SET state = '{}'", "its state cannot be read: missing field"),
    ] {
        let world = lived();
        change(&world, sql);
        let found = all(&world).to_string();
        assert!(found.starts_with("NOT THE SAME: "), "{sql}: {found}");
        assert!(found.contains(want), "{sql}: {found}");
    }
}
