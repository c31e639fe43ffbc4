//! One suite for every backend.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | here | what one call does |
//! | [`pages`] | pages, cursors, slots, histories that are long |
//! | [`races`] | writers that meet |

mod pages;
mod races;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::memory::Memory;
use super::sqlite::Sqlite;
use super::{
    AuditDraft, AuditFilter, BundleRow, Commit, Committed, EffectDraft, EventRow, Freeze, GrantRow,
    GrantWrite, Lanes, MessageFilter, MessageRow, RequestFilter, RequestRow, RequestWrite, Started,
    Store,
};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub fn note(text: &str) -> AuditDraft {
    AuditDraft { at: at(0), request: None, body: json!({ "kind": text }) }
}

/// An event `id` of request `r`, read at `version`.
pub fn step(id: &str, r: &str, version: u64) -> Commit {
    Commit {
        event: EventRow {
            id: id.into(),
            request: r.into(),
            at: at(version as i64),
            body: "{}".into(),
            reply: format!("reply to {id}"),
        },
        request: Some(RequestWrite {
            expected: version,
            row: RequestRow {
                id: r.into(),
                version: version + 1,
                flow: "deploy".into(),
                bundle: "sha256:0".into(),
                requester: "ann".into(),
                phase: "pending".into(),
                outcome: None,
                opened_at: at(0),
                event_at: at(version as i64),
                wake_at: Some(at(100)),
                state: format!("{{\"v\":{version}}}"),
            },
        }),
        open: None,
        grants: vec![],
        effects: vec![],
        finished: None,
        withdrawn: vec![],
        audit: vec![AuditDraft {
            at: at(0),
            request: Some(r.into()),
            body: json!({ "event": id }),
        }],
    }
}

pub fn effect(key: &str, lane: &str, not_before: i64) -> EffectDraft {
    EffectDraft {
        key: key.into(),
        lane: lane.into(),
        not_before: at(not_before),
        body: "{}".into(),
    }
}

fn grant(expected: u64, kept: bool) -> GrantWrite {
    let row = GrantRow {
        id: "g".into(),
        version: expected + 1,
        person: "ann".into(),
        kept,
        state: "{}".into(),
    };
    GrantWrite { expected, row }
}

fn one_event_is_one_transaction(store: &dyn Store) {
    assert_eq!(store.commit(step("a", "r1", 0)).unwrap(), Committed::Durable);
    let seen = Committed::AlreadySeen("reply to a".into());
    assert_eq!(store.commit(step("a", "r1", 1)).unwrap(), seen);
    assert_eq!(store.commit(step("b", "r1", 0)).unwrap(), Committed::Conflict);
    let mut bad_grant = step("c", "r1", 1);
    bad_grant.grants = vec![grant(4, true)];
    bad_grant.effects = vec![effect("never:1", "l", 0)];
    assert_eq!(store.commit(bad_grant).unwrap(), Committed::Conflict);

    let row = store.request("r1").unwrap().unwrap();
    assert_eq!((row.version, row.state.as_str()), (1, "{\"v\":0}"));
    assert_eq!(store.page_audit(&AuditFilter { limit: 9, ..Default::default() }).unwrap().len(), 1);
    assert_eq!(store.claim_effects(Lanes::Others, at(0), &[], 9).unwrap(), vec![]);
    assert_eq!(store.grants_of("ann").unwrap(), vec![]);
    assert_eq!(store.reply("a").unwrap().as_deref(), Some("reply to a"));
    assert_eq!(store.mark().unwrap(), Some(at(0)));
    assert_eq!(store.open_requests("ann").unwrap(), 1);
}

fn the_last_place_is_taken_once(store: &dyn Store) {
    let ask = |id: &str, r: &str, open| Commit { open: Some(open), ..step(id, r, 0) };
    assert_eq!(store.commit(ask("a", "r1", 0)).unwrap(), Committed::Durable);
    assert_eq!(store.commit(ask("b", "r2", 0)).unwrap(), Committed::Conflict);
    assert_eq!(store.commit(ask("b", "r2", 1)).unwrap(), Committed::Durable);
    assert_eq!(store.open_requests("ann").unwrap(), 2);
}

fn grants_have_versions_of_their_own(store: &dyn Store) {
    let mut first = step("a", "r1", 0);
    first.grants = vec![grant(0, true)];
    assert_eq!(store.commit(first).unwrap(), Committed::Durable);
    assert_eq!(store.grants_of("ann").unwrap().len(), 1);
    let mut stale = step("b", "r2", 0);
    stale.grants = vec![grant(0, true)];
    assert_eq!(store.commit(stale).unwrap(), Committed::Conflict);
    assert!(store.request("r2").unwrap().is_none());
    let mut last = step("c", "r1", 1);
    last.grants = vec![grant(1, false)];
    assert_eq!(store.commit(last).unwrap(), Committed::Durable);
    assert_eq!(store.grants_of("ann").unwrap(), vec![]);
    // Its version goes on from where it was.
    let mut again = step("d", "r1", 2);
    again.grants = vec![grant(0, true)];
    assert_eq!(store.commit(again.clone()).unwrap(), Committed::Conflict);
    again.grants = vec![grant(2, true)];
    assert_eq!(store.commit(again).unwrap(), Committed::Durable);
    assert_eq!(store.grants_of("ann").unwrap().len(), 1);
}

fn lanes_keep_their_order(store: &dyn Store) {
    let mut commit = step("a", "r1", 0);
    commit.effects = vec![
        effect("x:1", "one", 0),
        effect("y:1", "one", 0),
        effect("z:1", "two", 50),
        effect("w:1", "three", 0),
    ];
    store.commit(commit).unwrap();
    let claim = |now: i64, busy: &[String]| -> Vec<String> {
        let rows = store.claim_effects(Lanes::Others, at(now), busy, 9).unwrap();
        rows.into_iter().map(|r| r.draft.key).collect()
    };
    assert_eq!(claim(0, &[]), ["x:1", "w:1"]);
    assert_eq!(store.claim_effects(Lanes::Access, at(0), &[], 9).unwrap(), vec![]);
    assert_eq!(claim(0, &["three".into()]), ["x:1"]);
    assert_eq!(store.next_effect(at(0)).unwrap(), Some(at(50)));
    assert_eq!(store.start_effect("x:1", 0, "n", at(1)).unwrap(), Started::Moved);
    assert_eq!(store.start_effect("x:1", 1, "n", at(1)).unwrap(), Started::Durable);
    assert_eq!(store.mark().unwrap(), Some(at(1)));
    store.keep_mark(at(0)).unwrap();
    assert_eq!(store.mark().unwrap(), Some(at(1)));
    store.keep_mark(at(2)).unwrap();
    assert_eq!(store.mark().unwrap(), Some(at(2)));
    // Started and not settled: it still stands before the next of its lane, and says so.
    let again = store.claim_effects(Lanes::Others, at(0), &[], 9).unwrap();
    assert_eq!(again[0].started_at, Some(at(1)));
    let mut outcome = step("b", "r1", 1);
    outcome.finished = Some(("x:1".into(), "{}".into()));
    store.commit(outcome).unwrap();
    assert_eq!(store.start_effect("x:1", 2, "n", at(2)).unwrap(), Started::Gone);
    assert_eq!(claim(0, &[]), ["y:1", "w:1"]);
    // What is withdrawn is dropped, except where it has left.
    assert_eq!(store.start_effect("w:1", 2, "n", at(2)).unwrap(), Started::Durable);
    let mut commit = step("c", "r1", 2);
    commit.withdrawn = vec!["y:1".into(), "w:1".into()];
    store.commit(commit).unwrap();
    assert_eq!(claim(0, &[]), ["w:1"]);
    store.finish_effect("w:1", Some("{}")).unwrap();
    assert_eq!(claim(49, &[]), [] as [&str; 0]);
    assert_eq!(claim(50, &[]), ["z:1"]);
}

fn timers_come_soonest_first(store: &dyn Store) {
    for (id, wake) in [("r1", Some(30)), ("r2", Some(20)), ("r3", None)] {
        let mut commit = step(id, id, 0);
        commit.request.as_mut().unwrap().row.wake_at = wake.map(at);
        store.commit(commit).unwrap();
    }
    assert_eq!(store.next_wake().unwrap(), Some(at(20)));
    let due =
        |now| store.due(at(now), 9).unwrap().into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(due(19), [] as [&str; 0]);
    assert_eq!(due(30), ["r2", "r1"]);
}

fn pages_are_filtered_and_go_on(store: &dyn Store) {
    for (i, phase) in ["pending", "ended", "pending"].into_iter().enumerate() {
        let mut commit = step(&format!("e{i}"), &format!("r{i}"), 0);
        let row = &mut commit.request.as_mut().unwrap().row;
        (row.phase, row.opened_at) = (phase.into(), at(i as i64));
        store.commit(commit).unwrap();
    }
    let page = |filter: RequestFilter| -> Vec<String> {
        store.page_requests(&filter).unwrap().into_iter().map(|r| r.id).collect()
    };
    let two = RequestFilter { limit: 2, ..Default::default() };
    assert_eq!(page(two.clone()), ["r2", "r1"]);
    assert_eq!(page(RequestFilter { before: Some((at(1), "r1".into())), ..two.clone() }), ["r0"]);
    assert_eq!(page(RequestFilter { phase: Some("pending".into()), ..two.clone() }), ["r2", "r0"]);
    assert_eq!(page(RequestFilter { open: true, ..two.clone() }), ["r2", "r0"]);
    assert_eq!(page(RequestFilter { requester: Some("bob".into()), ..two }), [] as [&str; 0]);
    assert_eq!(store.open_phases().unwrap(), BTreeMap::from([("pending".to_owned(), 2)]));
    assert_eq!(store.open_requests("ann").unwrap(), 2);
    let audit = store
        .page_audit(&AuditFilter { request: Some("r1".into()), limit: 9, ..Default::default() })
        .unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].body, Some(json!({ "event": "e1" })));
}

fn messages_are_kept_once(store: &dyn Store) {
    let mut commit = step("a", "r1", 0);
    commit.effects = vec![effect("m:1", "message:#ops", 0)];
    store.commit(commit).unwrap();
    let message = |id: &str, person: Option<&str>| MessageRow {
        seq: 0,
        id: id.into(),
        at: at(0),
        request: None,
        target: "#ops".into(),
        person: person.map(str::to_owned),
        body: json!({ "text": id }),
    };
    for (id, person) in [("m1", None), ("m2", Some("ann")), ("m1", None)] {
        store.keep_messages(Some("m:1"), vec![message(id, person)]).unwrap();
    }
    assert_eq!(store.claim_effects(Lanes::Others, at(0), &[], 9).unwrap(), vec![]);
    let ids = |filter: MessageFilter| -> Vec<String> {
        store.page_messages(&filter).unwrap().into_iter().map(|m| m.id).collect()
    };
    let all = MessageFilter { limit: 9, ..Default::default() };
    assert_eq!(ids(all.clone()), ["m1", "m2"]);
    assert_eq!(ids(MessageFilter { person: Some("ann".into()), ..all.clone() }), ["m2"]);
    assert_eq!(ids(MessageFilter { after: 1, ..all }), ["m2"]);
}

fn bundles_stay_and_flows_count_versions(store: &dyn Store) {
    let flows = |hash: &str| BTreeMap::from([("deploy".to_owned(), hash.to_owned())]);
    for (hash, flow) in [("b1", "f1"), ("b2", "f2"), ("b3", "f1"), ("b1", "f1")] {
        let row = BundleRow { hash: hash.into(), current: true, file: "{}".into() };
        store.put_bundle(row, flows(flow), note("bundle.loaded")).unwrap();
    }
    let bundles: Vec<_> =
        store.bundles().unwrap().into_iter().map(|b| (b.hash, b.current)).collect();
    assert_eq!(bundles.len(), 3);
    assert!(bundles.contains(&("b1".into(), true)) && bundles.contains(&("b3".into(), false)));
    assert_eq!(store.flow_version("deploy", "f1").unwrap(), Some(1));
    assert_eq!(store.flow_version("deploy", "f2").unwrap(), Some(2));
    assert_eq!(store.flow_version("deploy", "f3").unwrap(), None);
}

fn freezes_and_facts_stay(store: &dyn Store) {
    let freeze =
        Freeze { scope: "*".into(), at: at(1), person: "ann".into(), reason: "drill".into() };
    store.set_freeze("*", Some(freeze.clone()), note("frozen")).unwrap();
    assert_eq!(store.freezes().unwrap(), [freeze]);
    store.set_freeze("*", None, note("thawed")).unwrap();
    assert_eq!(store.freezes().unwrap(), []);
    store.set_meta("k", "v").unwrap();
    assert_eq!(store.meta("k").unwrap().as_deref(), Some("v"));
    let head = store.audit_head().unwrap().unwrap();
    store.note(vec![note("x"), note("y")]).unwrap();
    let next = store.audit_head().unwrap().unwrap();
    assert_eq!(next.0, head.0 + 1);
    assert_ne!(next.1, head.1);
}

pub fn check(fresh: &dyn Fn(usize) -> Arc<dyn Store>) {
    let cases: [fn(&dyn Store); 13] = [
        one_event_is_one_transaction,
        the_last_place_is_taken_once,
        grants_have_versions_of_their_own,
        lanes_keep_their_order,
        timers_come_soonest_first,
        pages_are_filtered_and_go_on,
        messages_are_kept_once,
        bundles_stay_and_flows_count_versions,
        freezes_and_facts_stay,
        pages::a_cursor_goes_through_everything_once,
        pages::a_long_history_stays_as_it_was,
        pages::slots_go_to_those_who_waited_longest,
        pages::messages_have_cursors,
    ];
    for (i, case) in cases.into_iter().enumerate() {
        case(&*fresh(i));
    }
    let races: [fn(&Arc<dyn Store>); 4] = [
        races::two_writers_never_both_win,
        races::one_event_from_two_sides_is_one,
        races::many_writers_share_one_trail,
        races::a_call_is_withdrawn_or_started,
    ];
    for (i, race) in (cases.len()..).zip(races) {
        race(&fresh(i));
    }
}

#[test]
fn memory() {
    check(&|_| Arc::new(Memory::default()));
}

#[test]
fn sqlite() {
    let dir = tempfile::tempdir().unwrap();
    check(&|i| Arc::new(Sqlite::create(&dir.path().join(format!("{i}.db")), false).unwrap()));
}
