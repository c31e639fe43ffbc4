//! What is counted while the daemon runs, in the form that Prometheus reads. What can be asked of the
//! store is not counted here: it is asked when somebody looks (`api/metrics.rs`).

use std::time::Duration;

use flow_engine::Outcome;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// What was counted since the start.
pub struct Meters {
    registry: Registry,
    events: Family<EventLabels, Counter>,
    calls: Family<CallLabels, Counter>,
    call_s: Family<PurposeLabel, Histogram, fn() -> Histogram>,
    commit_s: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    event: &'static str,
    answer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    purpose: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PurposeLabel {
    purpose: &'static str,
}

impl Default for Meters {
    fn default() -> Self {
        // A commit takes 0.1 ms to seconds, a call 1 ms to its limit of 15 minutes.
        let commit_s = Histogram::new(exponential_buckets(0.000_1, 4.0, 9));
        let of_calls: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 4.0, 10));
        let mut meters = Self {
            registry: Registry::with_prefix("flow"),
            events: Family::default(),
            calls: Family::default(),
            call_s: Family::new_with_constructor(of_calls),
            commit_s,
        };
        let (events, calls) = (meters.events.clone(), meters.calls.clone());
        let (call_s, commit_s) = (meters.call_s.clone(), meters.commit_s.clone());
        let r = &mut meters.registry;
        r.register("events", "Events that were decided, by what they were answered", events);
        r.register("calls", "Calls to the world, by how they ended", calls);
        r.register_with_unit("call_duration", "How long calls took", Unit::Seconds, call_s);
        let about = "How long it took until an event was durable";
        r.register_with_unit("commit_duration", about, Unit::Seconds, commit_s);
        meters
    }
}

impl Meters {
    /// An event was decided and is durable.
    pub fn event(&self, event: &'static str, accepted: bool, took: Duration) {
        let answer = if accepted { "accepted" } else { "refused" };
        self.events.get_or_create(&EventLabels { event, answer }).inc();
        self.commit_s.observe(took.as_secs_f64());
    }

    /// A call has ended.
    pub fn call(&self, purpose: &'static str, outcome: &Outcome, took: Duration) {
        let outcome = match outcome {
            Outcome::Answered(_) => "answered",
            Outcome::Refused { .. } => "refused",
            Outcome::Unknown { .. } => "unknown",
        };
        self.calls.get_or_create(&CallLabels { purpose, outcome }).inc();
        self.call_s.get_or_create(&PurposeLabel { purpose }).observe(took.as_secs_f64());
    }

    /// Everything that was counted, without the closing line.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = text::encode_registry(&mut out, &self.registry);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let meters = Meters::default();
        meters.event("approve", true, Duration::from_micros(300));
        meters.event("approve", false, Duration::from_micros(300));
        meters.call("escalate", &Outcome::stopped_in_flight(), Duration::from_secs(2));
        let text = meters.to_text();
        for line in [
            "# TYPE flow_events counter",
            "flow_events_total{event=\"approve\",answer=\"accepted\"} 1",
            "flow_calls_total{purpose=\"escalate\",outcome=\"unknown\"} 1",
            "flow_commit_duration_seconds_bucket{le=\"0.0004\"} 2",
            "flow_call_duration_seconds_bucket{le=\"4.096\",purpose=\"escalate\"} 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
