//! Calls: they leave a node, and the world decides what becomes of them.

use flow_bundle::bundle::ErrorKind;
use flow_engine::Outcome;
use flow_engine::effect::Purpose;
use flow_engine::event::Answer;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{Due, Life};
use crate::chance::key_of;
use crate::daemon;
use crate::faults::{Fate, Said};
use crate::log::{Access, Fact, Flight};
use crate::translate;

impl Life<'_> {
    /// A call leaves.
    pub(super) fn leave(
        &mut self,
        flight: Flight,
        row: usize,
        by: (usize, u32),
        (started, waited): (Timestamp, u64),
    ) {
        if !self.lives(by) {
            return;
        }
        let deadline_s = self.store.rows.get(row).map_or(0, |r| r.effect.deadline_s);
        let deadline_ms = (deadline_s * 1000).saturating_sub(waited).max(1);
        let key = self.key_of_row(row);
        let fate = self.fate(&flight, key, deadline_ms);
        let heard_in = fate.heard_after.min(deadline_ms);
        let in_time = fate.heard_after <= deadline_ms;
        let outcome = match fate.turned {
            Some(kind) => {
                self.log.add(self.now, Fact::Turned(flight.clone()));
                let http = self.script(flight.request).http && flight.purpose != Purpose::Step;
                turned(kind, http)
            }
            None => self.reaches(&flight, row, &fate, in_time),
        };
        let done = fate.turned.is_none() && in_time && fate.said == Said::Done;
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
        let _ = self.dies(by.0, "left", key);
    }

    /// A call has reached the other side; what its caller hears.
    fn reaches(&mut self, flight: &Flight, row: usize, fate: &Fate, in_time: bool) -> Outcome {
        self.log.add(self.now, Fact::Reached(flight.clone()));
        let script = self.script(flight.request);
        let (busy, service) = (script.busy, script.service.is_some());
        let http = script.http && flight.purpose != Purpose::Step;
        let stood = self.access.contains(&self.access_of(flight));
        let makes = service && flight.purpose != Purpose::Step;
        match fate.effect_after {
            // It has looked, and nothing comes between that and what it does.
            Some(_) if makes && in_time => self.take_effect(flight),
            Some(after) => self.after(after, Due::Effect(flight.clone())),
            None => {}
        }
        let about = self.store.rows.get(row).and_then(|r| translate::asked_about(&r.effect));
        let cut_off = http && self.chance.about("gateway", self.key_of_row(row)).permille(500);
        match about {
            // Something in between gives up first, and the service goes on.
            _ if !in_time && cut_off => with_status(504, Json::Null),
            _ if !in_time => gave_up(),
            Some((who, _)) if fate.said == Said::Done => {
                answer(json!({ "busy": busy == Some(who) }))
            }
            Some(_) | None if http => over_http(fate.said, flight.purpose),
            Some(_) | None if makes => membership(fate.said, flight.purpose, stood),
            Some(_) | None => heard(fate.said),
        }
    }

    /// The access that a call is about.
    fn access_of(&self, flight: &Flight) -> Access {
        Access {
            who: self.requester(flight.request),
            request: (!self.script(flight.request).shared).then_some(flight.request),
            target: flight.target.clone(),
            known_as: flight.known_as.clone(),
        }
    }

    fn fate(&mut self, flight: &Flight, key: u64, deadline_ms: u64) -> Fate {
        let mut random = self.chance.about("fate", key);
        let function_s = self.script(flight.request).function_timeout_s;
        let fate = Fate::draw(&mut random, &self.faults, flight.purpose, deadline_ms, function_s);
        if fate.word == "fine" {
            return fate;
        }
        if !self.chance.let_befall(fate.word, key) {
            return Fate::fine(&mut random);
        }
        self.befell(fate.word);
        fate
    }

    /// What tells one try of a call from every other.
    pub(super) fn key_of_row(&self, row: usize) -> u64 {
        self.store.rows.get(row).map_or(0, |row| {
            let (high, low) = row.effect.id.uuid().as_u64_pair();
            key_of(&[high, low, u64::from(row.effect.attempt), u64::from(row.tries)])
        })
    }

    /// A call takes effect, whether or not anybody still waits for it.
    pub(super) fn take_effect(&mut self, flight: &Flight) {
        let access = self.access_of(flight);
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

/// An answer that was heard.
#[must_use]
pub fn answer(payload: Json) -> Outcome {
    Outcome::Answered(Answer { payload: Some(payload), ..Answer::default() })
}

/// What the caller hears of a call that was turned away: over HTTP a status, where it came so far.
fn turned(kind: ErrorKind, http: bool) -> Outcome {
    let known = [(ErrorKind::Throttled, 429), (ErrorKind::Auth, 403), (ErrorKind::NotFound, 404)];
    match known.into_iter().find(|(of, _)| *of == kind) {
        Some((_, status)) if http => with_status(status, Json::Null),
        Some(_) | None => {
            let message = kind.word().to_owned();
            Outcome::Refused { kind, message, retry_after_s: None }
        }
    }
}

fn with_status(status: u16, payload: Json) -> Outcome {
    let payload = Some(payload);
    Outcome::Answered(Answer { status: Some(status), payload, ..Answer::default() })
}

/// What a service says whose calls the flow writes: what is done says its body of an escalation, and
/// its status of an end.
fn over_http(said: Said, purpose: Purpose) -> Outcome {
    let makes = purpose == Purpose::Escalate;
    match said {
        Said::Done if makes => with_status(200, json!({ "state": "granted" })),
        Said::Done => with_status(204, Json::Null),
        Said::Raised if makes => with_status(200, json!({ "state": "refused" })),
        Said::Garbage if makes => Outcome::Answered(Answer {
            status: Some(200),
            not_json: Some("<html>".to_owned()),
            ..Answer::default()
        }),
        Said::Errors | Said::Raised | Said::Garbage => with_status(502, Json::Null),
        Said::ConnectionLost => heard(said),
    }
}

/// What a service says that looks before it adds.
fn membership(said: Said, purpose: Purpose, stood: bool) -> Outcome {
    match said {
        Said::Done if purpose == Purpose::Escalate => answer(json!({ "preexisting": stood })),
        Said::Done => answer(Json::Null),
        Said::Errors | Said::Raised | Said::Garbage => {
            Outcome::Answered(Answer { status: Some(500), ..Answer::default() })
        }
        Said::ConnectionLost => heard(said),
    }
}

/// What the caller makes of this.
#[must_use]
pub fn heard(said: Said) -> Outcome {
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

/// The caller waits no longer.
#[must_use]
pub fn gave_up() -> Outcome {
    Outcome::Unknown { kind: ErrorKind::Timeout, message: "no answer in time".to_owned() }
}
