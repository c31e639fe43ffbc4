//! Whole lives, and who is first.

use flow_bundle::seal::seal;
use flow_engine::effect::Purpose;
use flow_engine::event::Longer;
use flow_engine::{EventKind, Reason};
use serde_json::json;

use super::{World, bundle, id, minutes, refused};
use crate::connector::scripted::{answer, unknown};
use crate::drive::About;
use crate::verify::{VerifyArgs, verify};

#[test]
fn asked_approved_granted_and_taken_back() {
    let world = World::new(&bundle());
    assert_eq!(refused(&world.ask(id(1), "ann", "button", &minutes(10)).unwrap()), None);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "pending");
    assert_eq!(refused(&world.decide(id(1), "ann", true).unwrap()), Some(Reason::OwnRequest));
    assert_eq!(refused(&world.decide(id(1), "bob", true).unwrap()), None);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "active");
    assert_eq!(world.grants().len(), 1);

    world.pass(599);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "active");
    world.pass(1);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
    assert_eq!(world.grants(), []);
    let count = |purpose| world.lambda.count(purpose);
    assert_eq!((count(Purpose::Escalate), count(Purpose::Deescalate)), (1, 1));
    let kinds = world.audit_kinds(id(1));
    for kind in ["request.opened", "event.refused", "stage.approved", "grant.active", "grant.ended"]
    {
        assert!(kinds.iter().any(|k| k == kind), "{kind} is not in {kinds:?}");
    }
    assert!(world.messages().iter().any(|to| to.contains("ann")), "{:?}", world.messages());
    let walk = verify(&VerifyArgs { db: world.db(), anchors: None }).unwrap();
    assert_eq!(walk.faults, [] as [&str; 0]);
}

#[test]
fn an_extension_is_decided_like_a_request_and_moves_the_end() {
    let mut bundle = bundle();
    let grant = bundle.flows.get_mut("button").unwrap().grant.as_mut().unwrap();
    let extend = json!({ "approval": "same", "max_times": "1", "max_total_s": "3600" });
    grant.extend = Some(serde_json::from_value(extend).unwrap());
    seal(&mut bundle).unwrap();
    let world = World::new(&bundle);
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();
    let more = |duration_s| EventKind::Extend(Longer { duration_s, reason: None });
    let extend = |key: &str, by: &str, duration_s| {
        refused(&world.submit(&About::Request(id(1)), key, by, more(duration_s)).unwrap())
    };
    assert_eq!(extend("a", "bob", 600), Some(Reason::NotPermitted));
    assert_eq!(extend("b", "ann", 3600), Some(Reason::ExtendLimit));
    assert_eq!(extend("c", "ann", 600), None);
    assert_eq!(refused(&world.decide(id(1), "ann", true).unwrap()), Some(Reason::OwnRequest));
    assert_eq!(refused(&world.decide(id(1), "cat", true).unwrap()), None);
    world.pass(1199);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "active");
    world.pass(1);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
    assert_eq!(world.lambda.count(Purpose::Escalate), 1, "only the end has moved");
    let kinds = world.audit_kinds(id(1));
    for kind in ["extension.asked", "extension.granted"] {
        assert!(kinds.iter().any(|k| k == kind), "{kind} is not in {kinds:?}");
    }
}

#[test]
fn what_the_function_gets_is_signed_and_whole() {
    let world = World::new(&bundle());
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();
    let calls = world.lambda.calls.lock().unwrap();
    let payload = &calls[0].1;
    assert_eq!(payload["event"]["type"], "escalate");
    assert_eq!(payload["fields"]["duration"], 600);
    assert_eq!(payload["fields"]["target"]["settings"]["arn"], super::ARN);
}

#[test]
fn the_same_click_twice_is_answered_once() {
    let world = World::new(&bundle());
    let first = world.ask(id(1), "ann", "ask", &[("reason", json!("x"))]).unwrap();
    let again = world.ask(id(1), "ann", "ask", &[("reason", json!("other"))]).unwrap();
    assert_eq!(first, again);
    let approved = world.decide(id(1), "bob", true).unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
    assert_eq!(world.decide(id(1), "bob", true).unwrap(), approved);
    assert!(refused(&world.decide(id(1), "cat", true).unwrap()).is_some());
}

#[test]
fn of_two_approvers_one_is_first_and_the_function_is_called_once() {
    for _ in 0..10 {
        let world = World::new(&bundle());
        world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
        let both: Vec<_> = std::thread::scope(|scope| {
            let each = ["bob", "cat"].map(|by| {
                let world = &world;
                scope.spawn(move || world.decide(id(1), by, true).unwrap())
            });
            each.into_iter().map(|t| refused(&t.join().unwrap())).collect()
        });
        assert_eq!(both.iter().filter(|r| r.is_none()).count(), 1, "{both:?}");
        world.settle().unwrap();
        assert_eq!(world.stands(id(1)), "active");
        assert_eq!(world.lambda.count(Purpose::Escalate), 1);
    }
}

#[test]
fn nobody_decides_and_it_expires() {
    let world = World::new(&bundle());
    world.ask(id(1), "ann", "ask", &[("reason", json!("x"))]).unwrap();
    world.pass(3_600);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:expired");
    assert!(refused(&world.decide(id(1), "bob", true).unwrap()).is_some());
}

#[test]
fn an_escalation_that_nobody_knows_about_is_taken_back_and_not_repeated() {
    let world = World::new(&bundle());
    world.lambda.then(Purpose::Escalate, unknown());
    world.lambda.then(Purpose::Deescalate, unknown());
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "deescalating");
    for _ in 0..40 {
        world.pass(60);
        world.settle().unwrap();
    }
    assert_eq!(world.stands(id(1)), "ended:errored");
    assert_eq!(world.lambda.count(Purpose::Escalate), 1);
    assert!(world.lambda.count(Purpose::Deescalate) >= 2);
}

#[test]
fn a_function_that_answers_with_errors_tells_the_error_channel() {
    let world = World::new(&bundle());
    world.lambda.then(Purpose::Escalate, answer(json!({ "body": {}, "errors": ["no cake"] })));
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(1), "bob", true).unwrap();
    for _ in 0..40 {
        world.settle().unwrap();
        world.pass(60);
    }
    assert_eq!(world.stands(id(1)), "ended:errored");
    assert!(world.messages().iter().any(|to| to == "#errors"), "{:?}", world.messages());
}

#[test]
fn a_freeze_stops_what_begins_and_nothing_that_ends() {
    let world = World::new(&bundle());
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();
    world.ask(id(2), "ann", "button", &minutes(10)).unwrap();
    let ann = world.person("ann");
    world.app.freeze(&ann, None, "drill").unwrap();
    let world = world.reopen();
    let asked = world.ask(id(3), "bob", "button", &minutes(10)).unwrap();
    assert_eq!(refused(&asked), Some(Reason::Frozen));
    world.decide(id(2), "bob", true).unwrap();
    world.settle().unwrap();
    assert_eq!(world.lambda.count(Purpose::Escalate), 1);
    world.pass(600);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
    assert!(world.app.thaw(&ann, None).unwrap());
    assert!(!world.app.thaw(&ann, None).unwrap());
}

#[test]
fn an_admin_ends_everything_at_once() {
    let world = World::new(&bundle());
    for (n, by, other) in [(1, "ann", "bob"), (2, "bob", "cat")] {
        world.ask(id(n), by, "button", &minutes(30)).unwrap();
        world.decide(id(n), other, true).unwrap();
    }
    world.settle().unwrap();
    let ann = world.person("ann");
    let only_bob = crate::emergency::Sweep::Person(world.person("bob").id);
    assert_eq!(world.app.revoke_all(&ann, &only_bob, "drill").unwrap().done, [id(2)]);
    world.settle().unwrap();
    assert_eq!((world.stands(id(1)), world.stands(id(2))), ("active".into(), "ended:ok".into()));
    world.app.revoke_all(&ann, &crate::emergency::Sweep::All, "drill").unwrap();
    world.settle().unwrap();
    assert_eq!(world.grants(), []);
}

#[test]
fn an_admin_names_a_target_by_name_or_by_address() {
    let world = World::new(&bundle());
    let ann = world.person("ann");
    world.ask(id(1), "ann", "button", &minutes(30)).unwrap();
    let target = world.app.request(id(1)).unwrap().unwrap().accesses[0].target.clone();
    for (n, named) in [(2, target.address), (3, target.name)] {
        world.ask(id(n), "bob", "button", &minutes(30)).unwrap();
        world.decide(id(n), "cat", true).unwrap();
        world.settle().unwrap();
        let sweep = crate::emergency::Sweep::Target(named.clone());
        assert_eq!(world.app.revoke_all(&ann, &sweep, "drill").unwrap().done, [id(n)], "{named}");
        world.settle().unwrap();
    }
}

#[test]
fn what_is_not_there_is_said() {
    let world = World::new(&bundle());
    let unknown_flow = world.ask(id(1), "ann", "none", &[]).unwrap();
    assert_eq!(refused(&unknown_flow), Some(Reason::NotFound));
    let kind = EventKind::Cancel;
    let unknown_request = world.submit(&About::Request(id(9)), "x", "ann", kind).unwrap();
    assert_eq!(refused(&unknown_request), Some(Reason::NotFound));
}

#[test]
fn the_trail_says_when_access_stood() {
    let world = World::new(&bundle());
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.pass(5);
    world.decide(id(1), "bob", true).unwrap();
    world.pass(5);
    world.settle().unwrap();
    let spans =
        |world: &World| world.app.spans(&world.app.request(id(1)).unwrap().unwrap()).unwrap();
    let before = spans(&world);
    let at = |s: i64| super::second(s);
    assert_eq!((before[0].began_at, before[0].ended_at), (Some(at(5)), None));
    assert!(before[0].covers(at(5)) && !before[0].covers(at(4)));
    world.pass(600);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
    let after = spans(&world);
    assert!(after[0].covers(at(600)) && !after[0].covers(at(620)), "{after:?}");
}
