//! Promise 2, how soon: an end is tried as soon as it is wanted, and again until it is confirmed, no
//! more than a quarter of an hour apart. (An end whose time is up is looked at by 7.)

use crate::life::Lived;
use crate::log::{Fact, Flight};

/// The longest pause between two tries, in milliseconds.
const PAUSE_MAX_MS: u64 = 900_000;
/// What a daemon may take that has a hook to ask first and a call to wait for, in milliseconds.
const SLACK_MS: u64 = 60_000;
/// How much longer a late try is looked for, in milliseconds.
const HORIZON_MS: u64 = 4 * 3_600_000;

pub(super) fn check(lived: &Lived) -> Option<String> {
    lived.log.lines.iter().find_map(|line| {
        let Fact::Made(access) = &line.fact else { return None };
        // A shared grant stays while somebody else holds it.
        let request = access.request?;
        late(lived, request, &access.target, line.at)
            .or_else(|| again(lived, request, &access.target))
    })
}

fn tries<'a>(lived: &'a Lived, request: usize, target: &'a str) -> Vec<(u64, &'a Flight)> {
    let tries = lived.log.ends().filter(|(_, to, f)| f.request == request && *to == target);
    tries.map(|(at, _, flight)| (at, flight)).collect()
}

/// The first try of an end that somebody or something wanted early.
fn late(lived: &Lived, request: usize, target: &str, made: u64) -> Option<String> {
    let wanted = super::ours::wanted(lived, request)?;
    let due = made.max(wanted);
    let first = tries(lived, request, target).first().map_or(u64::MAX, |(at, _)| *at);
    let until = first.min(due + HORIZON_MS);
    let limit = due
        + SLACK_MS
        + lived.script(request).timeout_s * 1000
        + super::downtime(lived, made.min(wanted), until);
    (first > limit).then(|| {
        let by = (until - due) / 1000;
        format!(
            "request {request}: the end of `{target}` was first tried {by}s after it was wanted"
        )
    })
}

/// The next try after one that was not the last.
fn again(lived: &Lived, request: usize, target: &str) -> Option<String> {
    let tries = tries(lived, request, target);
    let mut pairs = tries.iter().zip(tries.iter().skip(1));
    pairs.find_map(|((at, flight), (next, _))| {
        let confirmed = lived.log.is_confirmed(flight);
        // A confirmed end is tried again only once a call of unknown fate cannot run any more.
        let pause = if confirmed { settling_ms(lived, request) } else { PAUSE_MAX_MS };
        let call = lived.script(request).timeout_s * 1000;
        let limit = at + pause + call + SLACK_MS + super::downtime(lived, *at, *next);
        (*next > limit).then(|| {
            let after = (next - at) / 1000;
            format!("request {request}: the end of `{target}` was tried again after {after}s")
        })
    })
}

/// How long an escalation of unknown fate may run, as far as the daemon can know: what the clock was
/// moved forward is no time in which it ran.
fn settling_ms(lived: &Lived, request: usize) -> u64 {
    let script = lived.script(request);
    let moved = lived.log.lines.iter().filter_map(|line| {
        let Fact::Jumped(by) = line.fact else { return None };
        u64::try_from(by).ok()
    });
    let function_s = if script.function_timeout_known { script.function_timeout_s } else { 900 };
    (function_s + script.timeout_s) * 1000 + moved.sum::<u64>()
}
