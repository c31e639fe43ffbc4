//! Writers that meet: of those who read the same, one is first and the others are told.

use std::sync::Arc;

use super::super::{Commit, Committed, Lanes, Started, Store};
use super::{at, effect, grant, note, step};

/// Writes what `commit` makes of each round and side, and says which of the two were taken.
fn race(
    store: &Arc<dyn Store>,
    rounds: u64,
    commit: impl Fn(u64, &str) -> Commit + Send + Sync + 'static,
) -> Vec<[bool; 2]> {
    let commit = Arc::new(commit);
    let round = |round| {
        let sides = ["left", "right"].map(|side| {
            let (store, commit) = (Arc::clone(store), Arc::clone(&commit));
            std::thread::spawn(move || store.commit(commit(round, side)).unwrap())
        });
        sides.map(|side| side.join().unwrap() == Committed::Durable)
    };
    (1..=rounds).map(round).collect()
}

/// One request, one grant that two requests share, one last place: each is won once.
pub fn two_writers_never_both_win(store: &Arc<dyn Store>) {
    store.commit(step("open", "r1", 0)).unwrap();
    let same = race(store, 20, |round, side| step(&format!("{side}{round}"), "r1", round));
    assert!(same.iter().all(|[left, right]| left != right), "{same:?}");
    assert_eq!(store.request("r1").unwrap().unwrap().version, 21);

    // The loser's request does not come into being either.
    let shared = race(store, 20, |round, side| Commit {
        grants: vec![grant(round - 1, true)],
        ..step(&format!("grant{side}{round}"), &format!("of-{side}{round}"), 0)
    });
    assert!(shared.iter().all(|[left, right]| left != right), "{shared:?}");
    for (round, [left, _]) in (1..).zip(&shared) {
        let loser = if *left { "right" } else { "left" };
        let row = store.request(&format!("of-{loser}{round}")).unwrap();
        assert_eq!(row, None, "round {round}");
    }
    assert_eq!(store.grants_of("ann").unwrap()[0].version, 20);

    let open = store.open_requests("ann").unwrap();
    let places = race(store, 20, move |round, side| Commit {
        open: Some(open + round - 1),
        ..step(&format!("place{side}{round}"), &format!("place-{side}{round}"), 0)
    });
    assert!(places.iter().all(|[left, right]| left != right), "{places:?}");
}

/// The same event from two sides is written once, and both hear the same.
pub fn one_event_from_two_sides_is_one(store: &Arc<dyn Store>) {
    store.commit(step("open", "r1", 0)).unwrap();
    for round in 1..=20 {
        let sides = ["left", "right"].map(|_| {
            let store = Arc::clone(store);
            std::thread::spawn(move || store.commit(step(&format!("e{round}"), "r1", round)))
        });
        let came: Vec<Committed> = sides.map(|side| side.join().unwrap().unwrap()).into();
        let seen = Committed::AlreadySeen(format!("reply to e{round}"));
        assert!(came.contains(&Committed::Durable) && came.contains(&seen), "{came:?}");
    }
    assert_eq!(store.request("r1").unwrap().unwrap().version, 21);
}

/// Many who write at once are all answered, and the trail has no gap.
pub fn many_writers_share_one_trail(store: &Arc<dyn Store>) {
    std::thread::scope(|scope| {
        for writer in 0..8 {
            scope.spawn(move || {
                for i in 0..25 {
                    let id = format!("w{writer}-{i}");
                    assert_eq!(store.commit(step(&id, &id, 0)).unwrap(), Committed::Durable);
                    store.note(vec![note(&id)]).unwrap();
                }
            });
        }
    });
    let rows = super::pages::whole_trail(&**store, 7);
    assert_eq!(rows.len(), 400);
    assert!(rows.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq));
    assert!(rows.windows(2).all(|pair| pair[1].block - pair[0].block <= 1));
    assert_eq!(store.audit_head().unwrap().unwrap().0, rows.last().unwrap().block);
}

/// A withdrawal and a start meet: either the call may leave, or it is dropped, never both.
pub fn a_call_is_withdrawn_or_started(store: &Arc<dyn Store>) {
    for round in 0..20 {
        let (r, key) = (format!("r{round}"), format!("x{round}:1"));
        let mut open = step(&format!("open{round}"), &r, 0);
        open.effects = vec![effect(&key, &format!("lane{round}"), 0)];
        store.commit(open).unwrap();
        let starter = {
            let (store, key) = (Arc::clone(store), key.clone());
            std::thread::spawn(move || store.start_effect(&key, 1, "n", at(1)).unwrap())
        };
        let mut end = step(&format!("end{round}"), &r, 1);
        end.withdrawn = vec![key.clone()];
        assert_eq!(store.commit(end).unwrap(), Committed::Durable);
        let started = starter.join().unwrap();
        let open = store.claim_effects(Lanes::Others, at(0), &[], 99).unwrap();
        let stands = open.iter().any(|row| row.draft.key == key);
        assert_eq!(stands, started == Started::Durable, "round {round}: {started:?}");
    }
}
