//! The test connector: answers from a script, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use flow_bundle::bundle::ErrorKind;
use flow_engine::effect::Purpose;
use flow_engine::event::Answer;
use flow_engine::{Effect, EffectKind, Outcome};
use serde_json::{Value as Json, json};

use super::{Calling, Connector, Trying};

/// Answers from a script.
#[derive(Default)]
pub struct Scripted {
    /// What the next calls for a purpose answer, in order; then `{ body: {}, errors: [] }`.
    pub script: Mutex<BTreeMap<Purpose, Vec<Outcome>>>,
    /// What was called, in order.
    pub calls: Mutex<Vec<(Purpose, Json)>>,
}

impl Scripted {
    /// Lets the next call for `purpose` answer this.
    pub fn then(&self, purpose: Purpose, outcome: Outcome) {
        self.script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(purpose)
            .or_default()
            .push(outcome);
    }

    /// How often it was called for `purpose`.
    pub fn count(&self, purpose: Purpose) -> usize {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().filter(|(p, _)| *p == purpose).count()
    }
}

/// An answer of the contract.
pub fn answer(payload: Json) -> Outcome {
    Outcome::Answered(Answer { payload: Some(payload), ..Answer::default() })
}

/// Nobody knows.
pub fn unknown() -> Outcome {
    Outcome::Unknown { kind: ErrorKind::Timeout, message: "no answer".to_owned() }
}

impl Connector for Scripted {
    fn examine(self: std::sync::Arc<Self>) -> Trying {
        Box::pin(async { Vec::new() })
    }

    fn perform<'a>(&'a self, effect: &'a Effect) -> Calling<'a> {
        let EffectKind::Lambda(call) = &effect.kind else {
            return Box::pin(async { Outcome::Answered(Answer::default()) });
        };
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((call.purpose, call.payload.clone()));
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let next = script.get_mut(&call.purpose).filter(|s| !s.is_empty()).map(|s| s.remove(0));
        let outcome = next.unwrap_or_else(|| answer(json!({ "body": {}, "errors": [] })));
        Box::pin(async { outcome })
    }
}
