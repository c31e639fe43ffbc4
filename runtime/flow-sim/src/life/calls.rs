//! Calls: they leave a node, and the world decides what becomes of them.

use flow_bundle::bundle::ErrorKind;
use flow_engine::Outcome;
use flow_engine::effect::Purpose;
use flow_engine::event::Answer;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{Due, Life};
use crate::daemon;
use crate::faults::{Fate, Said};
use crate::log::{Access, Fact, Flight};

impl Life<'_> {
    /// A call leaves.
    pub(super) fn leave(
        &mut self,
        flight: Flight,
        row: usize,
        by: (usize, u32),
        started: Timestamp,
    ) {
        let lives = self.nodes.get(by.0).is_some_and(|n| n.alive && n.life == by.1);
        if !lives {
            return;
        }
        let deadline_s = self.store.rows.get(row).map_or(0, |r| r.effect.deadline_s);
        let function_s = self.script.function_timeout_s;
        let (random, faults) = (&mut self.random, &self.faults);
        let fate = Fate::draw(random, faults, flight.purpose, deadline_s, function_s);
        if fate.word != "fine" {
            self.fault = fate.word;
        }
        let heard_in = fate.heard_after.min(deadline_s * 1000);
        let in_time = fate.heard_after <= deadline_s * 1000;
        let outcome = match fate.turned {
            Some(kind) => {
                self.log.add(self.now, Fact::Turned(flight.clone()));
                let message = kind.word().to_owned();
                Outcome::Refused { kind, message, retry_after_s: None }
            }
            None => {
                self.log.add(self.now, Fact::Reached(flight.clone()));
                if let Some(after) = fate.effect_after {
                    self.after(after, Due::Effect(flight.clone()));
                }
                let about = self.store.rows.get(row).and_then(|r| Self::asked_about(&r.effect));
                match about {
                    _ if !in_time => gave_up(),
                    Some((who, _)) if fate.said == Said::Done => {
                        answer(json!({ "busy": self.script.busy == Some(who) }))
                    }
                    Some(_) | None => heard(fate.said),
                }
            }
        };
        let done = outcome == heard(Said::Done);
        let ended = self.recorded();
        let ended = ended
            .checked_add(jiff::SignedDuration::from_millis(i64::try_from(heard_in).unwrap_or(0)))
            .unwrap_or(ended);
        let (effect, attempt) = (flight.key, flight.attempt);
        let event = daemon::report(effect, attempt, (started, ended), outcome);
        if done {
            self.log.add(self.now + heard_in, Fact::Confirmed(flight));
        }
        self.after(heard_in, Due::Report { row, by, event });
        let _ = self.dies(by.0);
    }

    /// A call takes effect, whether or not anybody still waits for it.
    pub(super) fn take_effect(&mut self, flight: &Flight) {
        let request = (!self.script.shared).then_some(flight.request);
        let access = Access { request, target: flight.target.clone() };
        match flight.purpose {
            Purpose::Escalate => {
                if self.access.insert(access.clone()) {
                    self.log.add(self.now, Fact::Made(access));
                }
            }
            Purpose::Deescalate => {
                if self.access.remove(&access) {
                    self.log.add(self.now, Fact::Gone(access));
                }
            }
            Purpose::Step => {}
        }
    }
}

fn answer(payload: Json) -> Outcome {
    Outcome::Answered(Answer { payload: Some(payload), ..Answer::default() })
}

fn heard(said: Said) -> Outcome {
    match said {
        Said::Done => answer(json!({ "body": { "message": "done" }, "errors": [] })),
        Said::Errors => answer(json!({ "body": {}, "errors": ["no such user"] })),
        Said::Garbage => answer(json!({ "statusCode": 200 })),
        Said::Raised => Outcome::Answered(Answer {
            payload: Some(json!({ "errorMessage": "boom" })),
            function_error: Some("Unhandled".to_owned()),
            ..Answer::default()
        }),
        Said::ConnectionLost => Outcome::Unknown {
            kind: ErrorKind::Network,
            message: "the connection was lost".to_owned(),
        },
    }
}

fn gave_up() -> Outcome {
    Outcome::Unknown { kind: ErrorKind::Timeout, message: "no answer in time".to_owned() }
}
