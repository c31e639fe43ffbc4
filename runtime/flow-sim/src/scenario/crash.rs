//! A daemon that dies: what it held in memory is gone, and the journal is read again.
//!
//! In the second playing of a scenario this happens after each record. The journal is read as it
//! was written, as text, and each request that comes out of it must be the stored one.

use flow_engine::{Context, Event, Outcome, Pinned, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Failure;
use super::call::Flight;
use super::house::{House, RowState};

/// What the journal alone makes of each request.
#[derive(Default)]
pub(super) struct Folded {
    requests: Vec<Request>,
}

/// As it comes back from where it was written to.
fn through_text<T: Serialize + DeserializeOwned>(value: &T) -> Result<T, String> {
    let text = serde_json::to_string(value).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

impl House<'_> {
    /// The daemon dies after a record, with nothing under way, and comes back.
    ///
    /// A call that takes its time is let through: what becomes of one that is cut off is another
    /// story, which `crash` tells.
    pub(super) fn crash_after(
        &mut self,
        index: usize,
        pinned: &Pinned<'_>,
        event: &Event,
        context: &Context,
    ) {
        self.stage.engine.restart();
        let Some(mut folded) = self.folded.take() else { return };
        let done = self.fold(&mut folded, index, pinned, event, context);
        self.folded = Some(folded);
        if let Err(why) = done {
            let message = format!("after a crash the history does not tell the same: {why}");
            self.broken.get_or_insert(Failure::at(self.place, message));
        }
    }

    fn fold(
        &mut self,
        folded: &mut Folded,
        index: usize,
        pinned: &Pinned<'_>,
        event: &Event,
        context: &Context,
    ) -> Result<(), String> {
        let (event, context) = (through_text(event)?, through_text(context)?);
        let before = folded.requests.get(index);
        let done = self.stage.engine.decide(pinned, before, &event, &context);
        self.stage.engine.restart();
        if let Some(request) = done.request {
            match folded.requests.get_mut(index) {
                Some(before) => *before = request,
                None => folded.requests.push(request),
            }
        }
        // The row and the outbox come back from the store, too.
        if let Some(held) = self.requests.get_mut(index) {
            held.request = through_text(&held.request)?;
        }
        for row in self.rows.iter_mut().filter(|r| r.request == index) {
            if row.state == RowState::Waiting {
                row.effect = through_text(&row.effect)?;
            }
        }
        match (self.requests.get(index), folded.requests.get(index)) {
            (Some(stored), Some(folded)) if stored.request != *folded => {
                Err(first_difference(&json!(stored.request), &json!(folded), "request"))
            }
            _ => Ok(()),
        }
    }

    /// `crash`: the daemon dies now.
    pub(super) fn crash(&mut self) {
        self.stage.engine.restart();
        self.tell_crash();
        for flight in std::mem::take(&mut self.flights) {
            let Some(row) = self.rows.get_mut(flight.row) else { continue };
            if row.effect.repeatable {
                row.state = RowState::Waiting;
                continue;
            }
            let outcome = Outcome::stopped_in_flight();
            let ends_at = self.now;
            self.report(Flight { ends_at, outcome, ..flight });
        }
    }
}

/// Where the second playing ended differently.
pub(super) fn differs(once: &House<'_>, again: &House<'_>) -> Option<Failure> {
    let failed = |why: String| {
        let message = format!("with a crash after each record it ends differently: {why}");
        Some(Failure::at(once.scenario.place, message))
    };
    if once.all_effects != again.all_effects {
        return failed(format!(
            "the calls are {} and not {}",
            again.all_effects.join(", "),
            once.all_effects.join(", ")
        ));
    }
    let both = once.requests.iter().zip(&again.requests);
    for (a, b) in both {
        if a.request != b.request {
            let why = first_difference(&json!(a.request), &json!(b.request), "request");
            return failed(why);
        }
    }
    if once.requests.len() != again.requests.len() {
        return failed("there are other requests".to_owned());
    }
    (once.grants != again.grants).then(|| failed("the grants differ".to_owned())).flatten()
}

/// `request.stages.0.state is "open" and not "met"`.
fn first_difference(a: &serde_json::Value, b: &serde_json::Value, path: &str) -> String {
    use serde_json::Value as Json;
    let keys: Vec<(String, Option<&Json>, Option<&Json>)> = match (a, b) {
        (Json::Object(x), Json::Object(y)) => {
            let mut names: Vec<&String> = x.keys().chain(y.keys()).collect();
            names.sort();
            names.dedup();
            names.into_iter().map(|k| (k.clone(), x.get(k), y.get(k))).collect()
        }
        (Json::Array(x), Json::Array(y)) => {
            let most = x.len().max(y.len());
            (0..most).map(|i| (i.to_string(), x.get(i), y.get(i))).collect()
        }
        _ => Vec::new(),
    };
    for (key, left, right) in keys {
        if left != right {
            let (none, path) = (Json::Null, format!("{path}.{key}"));
            return first_difference(left.unwrap_or(&none), right.unwrap_or(&none), &path);
        }
    }
    format!("{path} is {b} and not {a}")
}
