//! The transition table: every pair is decided, and what it refuses is refused.

use std::collections::BTreeMap;

use super::flows::lambda;
use super::life::{Life, first_effect, person};
use crate::event::{Ask, Click, EventKind, EventName, Overtaken, Settled};
use crate::ids::RequestId;
use crate::person::Person;
use crate::refusal::Reason;
use crate::state::Phase;
use crate::transition::table::{self, Rule};

/// Lives that have come to each phase.
fn lives() -> Vec<(Option<Phase>, Life)> {
    let step = super::flows::step("s", "fail");
    let slow = |hook: &str| {
        let hooks = serde_json::json!({ hook: [step.clone()] });
        super::flows::changed(|flow| flow["hooks"] = hooks.clone())
    };
    let longer = super::flows::changed(|flow| {
        flow["grant"]["extend"] =
            serde_json::json!({ "approval": "same", "max_times": "1", "max_total_s": "7200" });
    });
    let rows = [
        (None, lambda(), ""),
        (Some(Phase::Requested), slow("on_request"), "ask ana"),
        (Some(Phase::Pending), lambda(), "ask ana"),
        (Some(Phase::Approved), slow("on_approved"), "ask ana\napprove bo"),
        (Some(Phase::Escalating), lambda(), "ask ana\napprove bo"),
        (Some(Phase::Active), longer, "ask ana\napprove bo\nanswer escalate ok"),
        (
            Some(Phase::Deescalating),
            lambda(),
            "ask ana\napprove bo\nanswer escalate ok\nrevoke ana",
        ),
        (Some(Phase::Ended), lambda(), "ask ana\ncancel ana"),
    ];
    rows.into_iter()
        .map(|(phase, bundle, script)| {
            let mut life = Life::new(&bundle);
            life.run(script);
            assert_eq!(life.request().map(|r| r.phase), phase, "{script}");
            (phase, life)
        })
        .collect()
}

fn kind(name: EventName, life: &Life) -> EventKind {
    let stage = life.request().and_then(|r| r.stages.first());
    let digest = stage.and_then(|s| s.digest).map(|d| d.hex()).unwrap_or_default();
    let click = Click { stage: None, digest, comment: None };
    match name {
        EventName::Ask => EventKind::Ask(Ask {
            request: RequestId(uuid::Uuid::from_u128(1)),
            requester: None,
            fields: BTreeMap::new(),
            context: serde_json::Value::Null,
        }),
        EventName::Approve => EventKind::Approve(click),
        EventName::Deny => EventKind::Deny(click),
        EventName::Cancel => EventKind::Cancel,
        EventName::Revoke => EventKind::Revoke { reason: None },
        EventName::Extend => {
            EventKind::Extend(crate::event::Longer { duration_s: 60, reason: None })
        }
        EventName::Resolve => EventKind::Resolve { reason: "gone".to_owned() },
        EventName::Tick => EventKind::Tick,
        EventName::Outcome => EventKind::Outcome(Settled {
            effect: life
                .waiting()
                .first()
                .map_or_else(|| crate::ids::EffectId(uuid::Uuid::nil()), |(effect, _)| *effect),
            attempt: 1,
            started_at: life.now,
            ended_at: life.now,
            outcome: crate::event::Outcome::stopped_in_flight(),
        }),
        EventName::FlowGone => EventKind::FlowGone,
        EventName::TargetGone => {
            EventKind::TargetGone { target: "aws_lambda_function.button".to_owned() }
        }
        EventName::PersonDeactivated => EventKind::PersonDeactivated,
        EventName::Overtaken => {
            let mut other = Life::new(&lambda());
            other.run("ask ana\napprove bo");
            let known = other.request().filter(|_| life.request().is_none());
            let known = known.cloned().map(Box::new);
            EventKind::Overtaken(Overtaken { known, ..Overtaken::default() })
        }
        EventName::RevokeAll => EventKind::RevokeAll { reason: "leak".to_owned() },
    }
}

/// Who may send an event; nobody where the daemon itself does.
fn sender(name: EventName) -> Option<Person> {
    let who = match name {
        EventName::Ask | EventName::Cancel | EventName::Revoke | EventName::Extend => "ana",
        EventName::Approve | EventName::Deny => "bo",
        EventName::Resolve | EventName::RevokeAll => "root",
        EventName::Tick
        | EventName::Outcome
        | EventName::FlowGone
        | EventName::TargetGone
        | EventName::PersonDeactivated
        | EventName::Overtaken => return None,
    };
    Some(person(who))
}

/// What the table takes and these lives refuse all the same: nothing waits for an outcome, no target
/// was planned yet (it is asked for again when the request is approved), no extension was asked for, the
/// end is not stuck.
const STILL_REFUSED: [(Phase, EventName, Reason); 9] = [
    (Phase::Requested, EventName::TargetGone, Reason::NotFound),
    (Phase::Pending, EventName::Outcome, Reason::NotFound),
    (Phase::Active, EventName::Approve, Reason::NotPending),
    (Phase::Active, EventName::Deny, Reason::NotPending),
    (Phase::Active, EventName::FlowGone, Reason::TooLate),
    (Phase::Active, EventName::TargetGone, Reason::TooLate),
    (Phase::Active, EventName::Outcome, Reason::NotFound),
    (Phase::Ended, EventName::Outcome, Reason::NotFound),
    (Phase::Deescalating, EventName::Resolve, Reason::NotActive),
];

#[test]
fn every_pair_is_decided_as_the_table_says() {
    let mut pairs = 0;
    for name in EventName::ALL {
        for (phase, mut life) in lives() {
            let before = life.request().cloned();
            let event = kind(name, &life);
            let came = life.send(sender(name), event);
            pairs += 1;
            let listed = STILL_REFUSED.iter().find(|(p, n, _)| (Some(*p), *n) == (phase, name));
            let refused = match table::rule(phase, name) {
                Rule::Refuse(reason) => Some(reason),
                Rule::Take(_) => listed.map(|(.., reason)| *reason),
            };
            match refused {
                Some(reason) => {
                    let word = format!("refused:{} ", reason.word());
                    assert!(came.starts_with(&word), "{name:?} in {phase:?}: {came}");
                    assert_eq!(life.request(), before.as_ref(), "what is refused changes nothing");
                }
                None => {
                    assert!(!came.starts_with("refused"), "{name:?} in {phase:?}: {came}");
                    let after = life.request().map(|r| r.version);
                    assert!(after > before.map(|r| r.version), "what is taken is a new version");
                }
            }
        }
    }
    assert_eq!(pairs, EventName::ALL.len() * (Phase::ALL.len() + 1));
}

#[test]
fn the_table_prints_one_line_per_pair() {
    let text = table::print();
    assert_eq!(text.lines().count(), EventName::ALL.len() * (Phase::ALL.len() + 1));
    for line in [
        "(none)        ask                 opens the request",
        "pending       approve             counts for a stage",
        "escalating    revoke              takes back as soon as the call has settled",
        "active        cancel              refused: too_late",
        "ended         tick                refused: already_ended",
    ] {
        assert!(text.lines().any(|l| l == line), "`{line}` is not in\n{text}");
    }
}

#[test]
fn every_reason_has_a_word_and_a_sentence_of_its_own() {
    for (reason, word, sentence) in Reason::ALL {
        assert_eq!(reason.word(), word);
        assert_eq!(serde_json::json!(reason), serde_json::json!(word));
        assert!(!sentence.ends_with('.') && !sentence.is_empty());
    }
}

#[test]
fn an_effect_keeps_its_id_through_every_try_and_replay() {
    let effects = || {
        let mut life = Life::new(&lambda());
        life.run("ask ana\napprove bo\nanswer escalate throttle\nadvance 2s");
        first_effect(&life, "escalate")
    };
    let (one, two) = (effects(), effects());
    assert_eq!(one, two);
    assert_eq!(one.attempt, 2);
}
