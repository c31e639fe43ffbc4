//! Pages, cursors, and histories that are long.

use super::super::{
    AuditFilter, AuditRow, Committed, EffectDraft, Lanes, MessageFilter, MessageRow, RequestFilter,
    Store,
};
use super::{at, effect, step};
use serde_json::json;

/// The whole trail, page by page.
pub fn whole_trail(store: &dyn Store, limit: usize) -> Vec<AuditRow> {
    let mut rows: Vec<AuditRow> = Vec::new();
    loop {
        let after = rows.last().map_or(0, |row| row.seq);
        let page = store.page_audit(&AuditFilter { after, limit, ..Default::default() }).unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

/// Nothing is left out and nothing comes twice, though many were opened at the same moment.
pub fn a_cursor_goes_through_everything_once(store: &dyn Store) {
    for i in 0..60 {
        let mut commit = step(&format!("e{i}"), &format!("r{i:02}"), 0);
        let row = &mut commit.request.as_mut().unwrap().row;
        row.opened_at = at(i / 20);
        row.flow = ["deploy", "button"][usize::try_from(i % 2).unwrap()].into();
        store.commit(commit).unwrap();
    }
    for limit in [1, 7, 60] {
        let mut seen: Vec<String> = Vec::new();
        let mut filter =
            RequestFilter { flow: Some("button".into()), limit, ..RequestFilter::default() };
        loop {
            let page = store.page_requests(&filter).unwrap();
            let Some(last) = page.last() else { break };
            filter.before = Some((last.opened_at, last.id.clone()));
            seen.extend(page.into_iter().map(|row| row.id));
        }
        let mut want: Vec<String> =
            (0..60).filter(|i| i % 2 == 1).map(|i| format!("r{i:02}")).collect();
        want.reverse();
        assert_eq!(seen, want, "pages of {limit}");
    }
    let none = RequestFilter { limit: 0, ..RequestFilter::default() };
    assert_eq!(store.page_requests(&none).unwrap(), []);
}

/// A history only grows: what was written before reads the same after much was written since.
pub fn a_long_history_stays_as_it_was(store: &dyn Store) {
    const EVENTS: u64 = 1_500;
    store.commit(step("e0", "r1", 0)).unwrap();
    let early = whole_trail(store, 1);
    let head = store.audit_head().unwrap().unwrap();
    for version in 1..EVENTS {
        let mut commit = step(&format!("e{version}"), "r1", version);
        commit.effects = vec![effect(&format!("x{version}:1"), "message:#ops", 0)];
        assert_eq!(store.commit(commit).unwrap(), Committed::Durable);
        store.finish_effect(&format!("x{version}:1"), Some("{}")).unwrap();
    }
    let trail = whole_trail(store, 400);
    assert_eq!(trail[..1], early);
    assert_eq!(trail.len() as u64, EVENTS);
    assert!(store.audit_head().unwrap().unwrap().0 > head.0);
    for event in [0, 1, EVENTS / 2, EVENTS - 1] {
        let reply = store.reply(&format!("e{event}")).unwrap();
        assert_eq!(reply, Some(format!("reply to e{event}")));
        let late = store.commit(step(&format!("e{event}"), "r1", EVENTS)).unwrap();
        assert_eq!(late, Committed::AlreadySeen(format!("reply to e{event}")));
    }
    let of = AuditFilter { request: Some("r1".into()), after: EVENTS - 2, limit: 9 };
    assert_eq!(store.page_audit(&of).unwrap().len(), 2);
    assert_eq!(store.claim_effects(Lanes::Others, at(9), &[], 9).unwrap(), vec![]);
    assert_eq!(store.mark().unwrap(), Some(at(EVENTS as i64 - 1)));
}

/// No more calls are claimed than there is room for, those first that have waited longest, and a lane
/// whose first call waits for its time holds back the rest of it alone.
pub fn slots_go_to_those_who_waited_longest(store: &dyn Store) {
    let mut commit = step("a", "r1", 0);
    let access = |key: &str, lane: &str, at: i64| EffectDraft {
        lane: format!("access:{lane}"),
        ..effect(key, lane, at)
    };
    commit.effects = vec![
        access("late:1", "a", 30),
        access("early:1", "b", 10),
        access("held:1", "c", 90),
        access("behind:1", "c", 0),
        access("middle:1", "d", 20),
    ];
    store.commit(commit).unwrap();
    let claim = |now: i64, busy: &[&str], limit: usize| -> Vec<String> {
        let busy: Vec<String> = busy.iter().map(|lane| format!("access:{lane}")).collect();
        let rows = store.claim_effects(Lanes::Access, at(now), &busy, limit).unwrap();
        rows.into_iter().map(|row| row.draft.key).collect()
    };
    assert_eq!(claim(50, &[], 2), ["early:1", "middle:1"]);
    assert_eq!(claim(50, &["b", "d"], 2), ["late:1"]);
    assert_eq!(claim(50, &[], 0), [] as [&str; 0]);
    assert_eq!(claim(90, &[], 9), ["early:1", "middle:1", "late:1", "held:1"]);
    store.finish_effect("held:1", None).unwrap();
    assert_eq!(claim(50, &[], 9), ["behind:1", "early:1", "middle:1", "late:1"]);
    // Finishing again, or what was never there, changes nothing.
    store.finish_effect("held:1", Some("{}")).unwrap();
    store.finish_effect("nothing:1", Some("{}")).unwrap();
    assert_eq!(claim(50, &[], 9).len(), 4);
}

/// Messages go on where a reader left off, by request and by person.
pub fn messages_have_cursors(store: &dyn Store) {
    let message = |i: usize| MessageRow {
        seq: 0,
        id: format!("m{i}"),
        at: at(0),
        request: Some(format!("r{}", i % 3)),
        target: "#ops".into(),
        person: i.is_multiple_of(2).then(|| "ann".into()),
        body: json!({ "i": i }),
    };
    store.keep_messages(None, (0..30).map(message).collect()).unwrap();
    let mut filter = MessageFilter { request: Some("r0".into()), limit: 4, ..Default::default() };
    let mut seen = Vec::new();
    loop {
        let page = store.page_messages(&filter).unwrap();
        let Some(last) = page.last() else { break };
        filter.after = last.seq;
        seen.extend(page.into_iter().map(|m| m.body["i"].as_u64().unwrap()));
    }
    assert_eq!(seen, [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
    filter = MessageFilter { request: Some("r1".into()), person: Some("ann".into()), ..filter };
    let found = store.page_messages(&MessageFilter { after: 0, limit: 99, ..filter }).unwrap();
    assert_eq!(found.len(), 5);
}
