//! A crash before and after every write of a life: the store stops, everything in memory is
//! dropped, the file is opened again, and people and timers go on.

use flow_engine::effect::Purpose;
use flow_engine::{Phase, RequestId};

use super::{World, bundle, id, minutes};
use crate::verify::{VerifyArgs, verify};

/// One try at living on; the same clicks have the same ids.
fn live(world: &World, request: RequestId) -> Result<(), crate::drive::DriveError> {
    world.ask(request, "ann", "button", &minutes(10))?;
    if world.request(request).phase == Phase::Pending {
        world.decide(request, "bob", true)?;
    }
    world.settle()?;
    // Long enough for a call that nobody knows about to have ended, and for its end to be tried.
    for _ in 0..4 {
        world.pass(900);
        world.settle()?;
    }
    Ok(())
}

/// Lives with a crash at the point `at`, and on. `None`: there is no such point.
fn check(at: u32) -> Option<String> {
    let world = World::new(&bundle());
    world.store.fuse.set(at);
    if live(&world, id(1)).is_ok() && !world.store.fuse.is_burnt() {
        return None;
    }
    let world = world.reopen();
    live(&world, id(1)).unwrap();

    // What the outside saw, and what is left.
    let count = |purpose| world.lambda.count(purpose);
    let (made, ended) = (count(Purpose::Escalate), count(Purpose::Deescalate));
    assert!(made <= 1, "crash {at}: {made} escalations for one approval");
    assert!(ended >= made, "crash {at}: made and never taken back");
    assert_eq!(world.grants(), [], "crash {at}");
    let stands = world.stands(id(1));
    assert!(stands.starts_with("ended:"), "crash {at}: {stands}");
    let walk = verify(&VerifyArgs { db: world.db(), anchors: None }).unwrap();
    assert_eq!(walk.faults, [] as [&str; 0], "crash {at}");
    Some(stands)
}

#[test]
fn no_crash_loses_a_grant_or_makes_a_second_one() {
    // Side by side, because a life mostly waits for the disk.
    let lanes = 4;
    let lives = |lane: u32| (0..).map_while(move |i| check(1 + lane + i * lanes)).collect();
    let ends: Vec<String> = std::thread::scope(|scope| {
        let lanes: Vec<_> =
            (0..lanes).map(|lane| scope.spawn(move || -> Vec<String> { lives(lane) })).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    // The checkers have seen lives that went well, and lives in which a call was lost.
    assert!(ends.len() > 20, "only {} points", ends.len());
    for want in ["ended:ok", "ended:errored"] {
        assert!(ends.iter().any(|end| end == want), "none {want}");
    }
}
