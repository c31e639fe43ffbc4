//! What one may take of what all share: places for requests, room for calls.

use flow_engine::effect::Purpose;
use flow_engine::{Reason, Reply};

use super::{World, bundle, id, minutes, refused};

#[test]
fn many_who_ask_at_once_do_not_pass_the_limit() {
    let world = World::new(&bundle());
    let most = world.app.config.ceiling.open_requests() as u128;
    let asked: Vec<_> = std::thread::scope(|scope| {
        let world = &world;
        let ask = |n| scope.spawn(move || world.ask(id(n), "bob", "button", &minutes(10)).unwrap());
        let asking: Vec<_> = (1..=most * 2).map(ask).collect();
        asking.into_iter().map(|answered| answered.join().unwrap()).collect()
    });
    let taken = |reply: &Reply| matches!(reply, Reply::Accepted { .. });
    assert_eq!(asked.iter().filter(|a| taken(&a.reply)).count() as u128, most);
    assert_eq!(
        asked.iter().filter(|a| refused(a) == Some(Reason::OverLimit)).count() as u128,
        most
    );
}

#[test]
fn calls_that_can_never_be_settled_take_no_room() {
    let world = World::new(&bundle());
    let approve = |n| {
        world.ask(id(n), "bob", "button", &minutes(10)).unwrap();
        world.decide(id(n), "cat", true).unwrap();
        world.pass(1);
    };
    // More than there is room for: effects that cannot be read, and one of a request that cannot.
    approve(1);
    let copies = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO effects (key, request, lane, not_before, body, status)
        SELECT key || i, request, lane || i, not_before, 'lost', status FROM effects, n
        WHERE lane LIKE 'access:%'";
    let room = world.app.config.calls_max as i64;
    world.store.write(move |w| Ok(w.connection.execute(copies, [room])?)).unwrap();
    let (lost, sql) = (id(1).to_string(), "UPDATE requests SET state = 'lost' WHERE id = ?1");
    world.store.write(move |w| Ok(w.connection.execute(sql, [lost])?)).unwrap();
    approve(2);
    world.settle().unwrap();
    assert_eq!(world.lambda.count(Purpose::Escalate), 1);
    assert_eq!(world.stands(id(2)), "active");
}
