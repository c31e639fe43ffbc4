//! Break-glass: nobody is asked, and everybody who has to know hears of it before anything is made.

use serde_json::{Value as Json, json};

use super::check;
use super::flows::changed;
use super::life::Life;
use crate::message::About;

fn emergency(announce: &Json, hooks: &Json) -> Json {
    changed(|flow| {
        flow["approvals"] = json!([]);
        flow["auto"] = json!(true);
        flow["break_glass"] = json!({ "reason": "why", "announce": announce });
        flow["hooks"] = hooks.clone();
        flow["fields"] = json!([{
            "name": "why", "label": ["s", "Why"], "type": "string", "limits": {},
            "required": ["b", true], "visible": ["b", true], "default": ["s", "the site is down"],
        }]);
    })
}

#[test]
fn it_is_approved_at_once_and_announced() {
    let bundle = emergency(&json!(["call", "channel@1", ["s", "#security"]]), &json!({}));
    check(
        &bundle,
        "ask ana -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
    let mut life = Life::new(&bundle);
    life.run("ask ana");
    let alarms: Vec<_> = life.told.iter().filter(|m| m.about == About::Alarm).collect();
    assert_eq!(alarms.len(), 2, "the error channel and the announcement: {:?}", life.told);
    for alarm in alarms {
        assert_eq!(alarm.plain(), "BREAK-GLASS: ana uses `Button`. Nobody was asked.");
        let facts: Vec<_> =
            alarm.facts.iter().map(|f| format!("{}={}", f.label, f.value)).collect();
        let facts = facts.join(" ");
        for fact in ["Requester=ana", "Reason=the site is down", "Target=The button", "Duration=1h"]
        {
            assert!(facts.contains(fact), "{fact} is not in {facts}");
        }
    }
}

/// What refuses still refuses, and then there is nothing to announce.
#[test]
fn a_hook_can_refuse_it() {
    let deny = json!({ "on_request": [{
        "k": "decision", "do": "deny", "when": ["b", true], "reason": ["s", "closed"],
    }] });
    let mut life = Life::new(&emergency(&json!(["call", "channel@1", ["s", "#security"]]), &deny));
    assert_eq!(life.run("ask ana"), "ask ana -> ended:denied\n");
    assert!(life.told.iter().all(|m| m.about != About::Alarm), "{:?}", life.told);
}

/// An announcement that cannot be computed is reported, and the error channel hears all the same.
#[test]
fn a_broken_announcement_holds_nothing_up() {
    let broken = json!(["get", "steps", "gone", "output"]);
    let mut life = Life::new(&emergency(&broken, &json!({})));
    assert_eq!(life.run("ask ana"), "ask ana -> escalating | escalate#1\n");
    let about = |about| life.told.iter().filter(|m| m.about == about).count();
    assert_eq!((about(About::Alarm), about(About::Error)), (1, 1), "{:?}", life.told);
}
