//! Promise 7: Access ends when its time is up: never later by any clock that was moved, and never earlier
//! unless somebody or something ended it.

use flow_engine::effect::Purpose;

use crate::life::Lived;
use crate::log::Fact;

/// What a quiet daemon may take to begin an end, in milliseconds.
const SLACK_MS: u64 = 5_000;

pub(super) fn check(lived: &Lived) -> Option<String> {
    lived.log.lines.iter().find_map(|line| {
        let Fact::Told { request, active_until: Some(until), .. } = &line.fact else { return None };
        early(lived, *request, *until).or_else(|| late(lived, line.at, *request))
    })
}

/// In recorded time, which may have been moved forward: nothing ends before it was told to.
fn early(lived: &Lived, request: usize, until: u64) -> Option<String> {
    lived.log.begun(Purpose::Deescalate).find_map(|(at, end)| {
        let mine = end.request == request;
        let early = end.recorded < until && !super::ours::ended(lived, at, request);
        (mine && early).then(|| {
            let by = (until - end.recorded) / 1000;
            format!("request {request} ended {by}s early")
        })
    })
}

/// In true time: whatever the clock did, access was not left standing longer than was asked for.
fn late(lived: &Lived, told_at: u64, request: usize) -> Option<String> {
    if lived.script.shared {
        return None;
    }
    let wanted = lived.script.duration_s * 1000;
    let due = told_at + wanted;
    let first = lived.log.begun(Purpose::Deescalate).find(|(_, f)| f.request == request);
    let begun = first.map_or(u64::MAX, |(at, _)| at);
    let limit =
        due + SLACK_MS + super::downtime(lived, told_at, begun.min(due + 4 * wanted + 600_000));
    (begun > limit)
        .then(|| format!("request {request} ended late: {}s after its time", (begun - due) / 1000))
}
