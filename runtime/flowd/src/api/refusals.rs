//! Writes down who was turned away before the engine was asked: a token that does not reach so far,
//! a flow that is not there. What the engine refuses it writes down itself.
//!
//! At most a few records a minute for each person, so that nobody can fill the trail by knocking;
//! how many were left out stands in the next one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use flow_engine::{Person, PersonId};
use jiff::Timestamp;
use serde_json::json;

use super::problem::Problem;
use crate::app::App;

/// Records at once after a pause.
const BURST: f64 = 10.0;
/// Records per second in the long run.
const PER_SECOND: f64 = 1.0 / 60.0;
/// Longest path that is written down, in characters.
const PATH_MAX: usize = 200;

/// Who was turned away how often.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<HashMap<PersonId, Knocking>>);

#[derive(Debug, Clone, Copy)]
struct Knocking {
    left: f64,
    at: Timestamp,
    unrecorded: u64,
}

impl Refusals {
    /// Writes down that `person` was told `problem`, unless too much of theirs was already.
    pub fn note(&self, app: &App, person: &Person, what: (&str, &str), problem: &Problem) {
        let now = app.clock.now();
        let Some(unrecorded) = self.take(person.id, now) else { return };
        let (method, path) = what;
        let path: String = path.chars().take(PATH_MAX).collect();
        let mut facts = json!({
            "call": format!("{method} {path}"),
            "problem": problem.kind,
            "detail": problem.detail,
        });
        if let (1.., Some(facts)) = (unrecorded, facts.as_object_mut()) {
            facts.insert("unrecorded".to_owned(), unrecorded.into());
        }
        let record = app.note("call.refused", Some(person), &facts);
        if let Err(error) = app.store.note(vec![record]) {
            tracing::error!(%error, person = person.username, "a refusal was not written down");
        }
    }

    /// Whether one more may be written, and how many were not since the last one.
    fn take(&self, person: PersonId, now: Timestamp) -> Option<u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Knocking { left: BURST, at: now, unrecorded: 0 };
        let knocking = all.entry(person).or_insert(fresh);
        let passed = now.duration_since(knocking.at).as_secs_f64().max(0.0);
        knocking.left = PER_SECOND.mul_add(passed, knocking.left).min(BURST);
        knocking.at = now.max(knocking.at);
        if knocking.left < 1.0 {
            knocking.unrecorded += 1;
            return None;
        }
        knocking.left -= 1.0;
        Some(std::mem::take(&mut knocking.unrecorded))
    }
}
