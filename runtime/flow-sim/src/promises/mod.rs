//! The promises of the engine, each a checker that looks at the outside world only: people's
//! clicks, calls that reached a function, access that stands, messages, the audit trail.
//!
//! To add a promise: a file here with one `check`, its row in [`ALL`], and in `plants` at least one
//! engine that breaks it and is found.

use flow_engine::effect::Purpose;

use crate::cast::Who;
use crate::life::Lived;
use crate::log::{Acted, Fact};

mod announced;
mod approval;
mod audited;
mod fails_closed;
mod kept;
mod once;
mod ours;
mod owed_end;
mod pinned;
mod soon;
mod time;
mod total;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The promise's number in the design.
    pub promise: u8,
    /// What was seen, in one sentence.
    pub seen: String,
}

/// One promise.
pub struct Promise {
    /// Its number in the design.
    pub number: u8,
    /// In a few words.
    pub says: &'static str,
    /// Looks for a breach.
    pub check: fn(&Lived) -> Option<String>,
}

/// Every promise has a checker. That nothing is lost by a real store and a real file system is
/// tested there; here it is what the engine makes of what the store gives back.
pub const ALL: [Promise; 12] = [
    Promise { number: 1, says: "no grant without approval", check: approval::check },
    Promise { number: 1, says: "break-glass is never silent", check: announced::check },
    Promise { number: 2, says: "no grant without an owed end", check: owed_end::check },
    Promise { number: 2, says: "an end is tried at once, and again", check: soon::check },
    Promise { number: 3, says: "at most one escalation per approval", check: once::check },
    Promise { number: 4, says: "never take away what we did not give", check: ours::check },
    Promise { number: 5, says: "nothing is lost", check: kept::check },
    Promise { number: 6, says: "fail closed", check: fails_closed::check },
    Promise { number: 7, says: "time is recorded, not read", check: time::check },
    Promise { number: 8, says: "what narrows counts at once", check: pinned::check },
    Promise { number: 9, says: "total", check: total::check },
    Promise { number: 10, says: "audited", check: audited::check },
];

/// The first promise that a life broke, of all or of one number.
#[must_use]
pub fn first_breach(lived: &Lived, number: Option<u8>) -> Option<Breach> {
    let asked = ALL.iter().filter(|promise| number.is_none_or(|n| n == promise.number));
    asked.into_iter().find_map(|promise| {
        (promise.check)(lived).map(|seen| Breach { promise: promise.number, seen })
    })
}

/// Whether somebody's act was taken.
fn taken(acted: &Acted) -> bool {
    acted.refused.is_none()
}

/// Whether somebody had been shut out before this moment.
fn is_gone(lived: &Lived, at: u64, who: Who) -> bool {
    let mut lines = lived.log.lines.iter().filter(|line| line.at < at);
    lines.any(|line| matches!(line.fact, Fact::Deactivated(gone) if gone == who))
}

/// Requests that were asked for and taken.
fn asked(lived: &Lived) -> Vec<usize> {
    let asks = lived.log.acts().filter(|(_, a)| a.act == crate::log::Act::Ask && taken(a));
    asks.map(|(_, a)| a.request).collect()
}

/// Whether a request's access was to stand until somebody ends it, and nobody has.
fn stands(lived: &Lived, request: usize) -> bool {
    let mut told = lived.log.told();
    lived.script(request).standing
        && told.any(|(_, t)| t.request == request && t.active_until.is_some())
        && ours::wanted(lived, request).is_none()
}

/// How long no node lived before `at`, from `from`, in milliseconds; a life without a node is not
/// held to a time.
fn downtime(lived: &Lived, from: u64, at: u64) -> u64 {
    let mut down = 0;
    let mut dead: std::collections::BTreeMap<usize, u64> = std::collections::BTreeMap::new();
    for line in lived.log.lines.iter().filter(|l| l.at <= at) {
        if let Fact::Died(node) = line.fact {
            dead.entry(node).or_insert(line.at);
        }
        if let Fact::Rose(node) = line.fact
            && let Some(since) = dead.remove(&node)
        {
            down += line.at.saturating_sub(since.max(from));
        }
    }
    down + dead.values().map(|since| at.saturating_sub((*since).max(from))).sum::<u64>()
}

/// Every escalation that was begun: true time, request and target.
fn escalations(lived: &Lived) -> Vec<(u64, usize, String)> {
    let begun = lived.log.begun(Purpose::Escalate);
    begun.map(|(at, flight)| (at, flight.request, flight.target.clone())).collect()
}
