//! Promise 7: Access ends when its time is up: never later by any clock that was moved, and never earlier
//! unless somebody or something ended it.

use flow_engine::effect::Purpose;

use crate::life::Lived;
use crate::log::Act;

/// What a quiet daemon may take to begin an end, in milliseconds.
const SLACK_MS: u64 = 5_000;

pub(super) fn check(lived: &Lived) -> Option<String> {
    lived.log.told().find_map(|(at, told)| {
        let (request, until) = (told.request, told.active_until?);
        // Whatever they were told.
        let until = if lived.script(request).standing { u64::MAX } else { until };
        let is_first = told.text.contains("active until");
        early(lived, request, until)
            .or_else(|| is_first.then(|| late(lived, at, request)).flatten())
    })
}

/// In recorded time, which may have been moved forward: nothing ends before it was told to.
fn early(lived: &Lived, request: usize, until: u64) -> Option<String> {
    lived.log.begun(Purpose::Deescalate).find_map(|(at, end)| {
        let mine = end.request == request;
        let early = end.recorded < until && !super::ours::ended(lived, at, request);
        (mine && early).then(|| {
            if until == u64::MAX {
                return format!("request {request} ended, and nobody had ended it");
            }
            let by = (until - end.recorded) / 1000;
            format!("request {request} ended {by}s early")
        })
    })
}

/// How much longer access may stand, in milliseconds: for each extension that was asked for and that
/// the people of the flow approved from then on.
fn longer(lived: &Lived, request: usize) -> u64 {
    let script = lived.script(request);
    let Some(approval) = script.extend else { return 0 };
    let asks = lived.log.acts();
    let asks = asks.filter(|(_, a)| {
        a.request == request
            && a.act == Act::Extend
            && a.by == lived.requester(request)
            && super::taken(a)
    });
    let asks: Vec<u64> = asks.map(|(at, _)| at).collect();
    let agreed = asks.iter().enumerate().filter(|(i, at)| {
        let next = asks.get(i + 1).copied().unwrap_or(u64::MAX);
        let asked = script.stages.iter().filter(|s| approval == "same" || s.name == approval);
        let mut asked = asked.peekable();
        approval == "none"
            || (asked.peek().is_some()
                && asked.all(|s| super::approval::is_passed(lived, s, request, (**at, next))))
    });
    // As often as the flow says.
    agreed.take(2).count() as u64 * script.longer_s * 1000
}

/// In true time: whatever the clock did, access was not left standing longer than was asked for.
fn late(lived: &Lived, told_at: u64, request: usize) -> Option<String> {
    let script = lived.script(request);
    if script.shared || script.standing {
        return None;
    }
    let wanted = script.duration_s * 1000;
    let due = told_at + wanted + longer(lived, request);
    let first = lived.log.ends().find(|(_, _, f)| f.request == request);
    let begun = first.map_or(u64::MAX, |(at, ..)| at);
    let limit =
        due + SLACK_MS + super::downtime(lived, told_at, begun.min(due + 4 * wanted + 600_000));
    (begun > limit)
        .then(|| format!("request {request} ended late: {}s after its time", (begun - due) / 1000))
}
