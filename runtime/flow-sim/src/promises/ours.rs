//! Promise 4: Nothing is taken back that was certainly never given, and a shared grant stays while
//! somebody whose time is not up still holds it.

use flow_engine::effect::Purpose;

use crate::life::Lived;
use crate::log::{Act, Fact, Flight};

pub(super) fn check(lived: &Lived) -> Option<String> {
    lived.log.begun(Purpose::Deescalate).find_map(|(at, end)| {
        if !was_given(lived, at, end) {
            return Some(format!(
                "request {} took back `{}`, which was never given",
                end.request, end.target
            ));
        }
        holder(lived, at, end).map(|other| {
            format!("request {} took away what request {other} still holds", end.request)
        })
    })
}

/// Whether an escalation may have happened: one was begun and not certainly turned away.
fn was_given(lived: &Lived, at: u64, end: &Flight) -> bool {
    let shared = lived.script(end.request).shared;
    let one = |f: &Flight| shared && lived.requester(f.request) == lived.requester(end.request);
    let same = |f: &Flight| f.target == end.target && (f.request == end.request || one(f));
    let lines = || lived.log.lines.iter();
    let turned =
        |f: &Flight| lines().any(|l| matches!(&l.fact, Fact::Turned(t) if t.number == f.number));
    // Where a node died, or another took over, nobody may have heard that the call was turned away.
    let unheard = lines()
        .filter(|line| line.at <= at)
        .any(|line| matches!(line.fact, Fact::Died(_) | Fact::Fault("lease")));
    let mut begun = lived.log.begun(Purpose::Escalate).filter(|(begun, _)| *begun <= at);
    begun.any(|(_, f)| same(f) && (unheard || !turned(f)))
}

/// Another request of the same person that was told of access until later than now, and did nothing
/// to end it.
fn holder(lived: &Lived, at: u64, end: &Flight) -> Option<usize> {
    let script = lived.script(end.request);
    if !script.shared {
        return None;
    }
    let mut told = lived.log.told().filter(|(t, _)| *t <= at);
    told.find_map(|(_, told)| {
        let (other, until) = (told.request, told.active_until?);
        let holds = other != end.request
            && until > end.recorded
            && lived.requester(other) == lived.requester(end.request);
        (holds && !ended(lived, at, other)).then_some(other)
    })
}

/// Whether anything ended a request before `at`.
pub(super) fn ended(lived: &Lived, at: u64, request: usize) -> bool {
    wanted(lived, request).is_some_and(|wanted| wanted <= at)
}

/// When the end of a request was first wanted for another reason than that its time was up.
pub(super) fn wanted(lived: &Lived, request: usize) -> Option<u64> {
    let mut lines = lived.log.lines.iter();
    let line = lines.find(|line| {
        if let Fact::Acted(a) = &line.fact {
            let ends = matches!(a.act, Act::Revoke | Act::RevokeAll | Act::Cancel);
            return a.request == request && ends && super::taken(a);
        }
        if let Fact::Befell { request: r, what: "person_deactivated", taken: true } = &line.fact {
            return *r == request;
        }
        let Fact::Told(told) = &line.fact else { return false };
        told.request == request && told.text.contains("your request has failed")
    });
    line.map(|line| line.at)
}
