//! Who somebody is on the other side, and what is asked before a call, through the real store.

use flow_bundle::bundle::{Bundle, Identities, IdentityLookup};
use flow_bundle::seal::seal;
use flow_engine::effect::Purpose;
use flow_engine::event::Outcome;
use serde_json::json;

use super::{World, bundle, id, minutes};
use crate::connector::scripted::answer;

/// `button` asks for ids of `vault`, which an expression works out.
fn vault(value: serde_json::Value) -> Bundle {
    let mut bundle = bundle();
    let strategy = bundle.strategies.get_mut("aws_lambda.button").unwrap();
    strategy.provider = Some("vault".to_owned());
    let value = serde_json::from_value(value).unwrap();
    strategy.identity = Some(IdentityLookup { steps: Vec::new(), value });
    seal(&mut bundle).unwrap();
    bundle
}

#[test]
fn the_function_hears_who_it_is_and_the_end_hears_the_same() {
    let mut bundle = vault(json!(["s", "U1"]));
    let ann = [("vault".to_owned(), "A1".to_owned())].into();
    let map = [("ann@acme.example".to_owned(), ann)].into();
    bundle.identities = Identities { map, ..Identities::default() };
    seal(&mut bundle).unwrap();
    let world = World::new(&bundle);
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();
    // Another bundle knows Ann by another id: her access ends for whom it was made.
    bundle.identities = Identities::default();
    seal(&mut bundle).unwrap();
    world.app.load(&super::write(&bundle).into(), None).unwrap();
    world.pass(600);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
    let calls = world.lambda.calls.lock().unwrap();
    let told: Vec<_> = calls.iter().map(|(_, sent)| sent["flow"]["identity"].clone()).collect();
    assert_eq!(
        told,
        [json!({ "provider": "vault", "id": "A1" }), json!({ "provider": "vault", "id": "A1" })]
    );
}

#[test]
fn two_at_once_who_are_one_on_the_other_side_are_not_both_let_in() {
    let world = World::new(&vault(json!(["s", "everybody"])));
    for (n, who) in [(1, "ann"), (2, "cat")] {
        world.ask(id(n), who, "button", &minutes(10)).unwrap();
    }
    std::thread::scope(|scope| {
        let world = &world;
        for n in [1, 2] {
            scope.spawn(move || world.decide(id(n), "bob", true).unwrap());
        }
    });
    world.settle().unwrap();
    let mut stand = [world.stands(id(1)), world.stands(id(2))];
    stand.sort();
    assert_eq!(stand, ["active", "ended:errored"]);
    assert_eq!(world.lambda.count(Purpose::Escalate), 1);
}

/// A step that fails before an end, a restart in between, and the end all the same.
#[test]
fn a_step_before_an_end_is_asked_again_over_a_restart() {
    let mut bundle = bundle();
    let step = json!({
        "k": "step", "kind": "aws_lambda", "name": "look", "when": ["b", true],
        "timeout_s": "10", "on_error": "fail", "idempotent": false, "reads": true,
        "output": "json", "integration": "aws.main", "args": { "function": ["s", super::ARN] },
    });
    let strategy = bundle.strategies.get_mut("aws_lambda.button").unwrap();
    strategy.deescalate.steps = vec![serde_json::from_value(step).unwrap()];
    seal(&mut bundle).unwrap();
    let world = World::new(&bundle);
    world.ask(id(1), "ann", "button", &minutes(10)).unwrap();
    world.decide(id(1), "bob", true).unwrap();
    world.settle().unwrap();
    let raised = Outcome::Answered(flow_engine::event::Answer {
        function_error: Some("Unhandled".to_owned()),
        ..Default::default()
    });
    world.lambda.then(Purpose::Step, raised);
    world.pass(600);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "deescalating");
    assert_eq!(world.lambda.count(Purpose::Deescalate), 0);
    let world = world.reopen();
    world.lambda.then(Purpose::Step, answer(json!({})));
    world.pass(900);
    world.settle().unwrap();
    assert_eq!(world.stands(id(1)), "ended:ok");
    assert_eq!(world.lambda.count(Purpose::Deescalate), 1);
}
