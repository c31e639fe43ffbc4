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
    let same =
        |f: &Flight| f.target == end.target && (lived.script.shared || f.request == end.request);
    let turned = |f: &Flight| {
        lived.log.lines.iter().any(|line| match &line.fact {
            Fact::Turned(t) => t.number == f.number,
            Fact::Acted(_)
            | Fact::Befell { .. }
            | Fact::Changed(_)
            | Fact::Deactivated(_)
            | Fact::Checked { .. }
            | Fact::Begun(_)
            | Fact::Reached(_)
            | Fact::Made(_)
            | Fact::Gone(_)
            | Fact::Confirmed(_)
            | Fact::Told { .. }
            | Fact::Died(_)
            | Fact::Rose(_)
            | Fact::Jumped(_)
            | Fact::Healed => false,
        })
    };
    // Where a node died, or another took over, nobody may have heard that the call was turned away.
    let unheard =
        lived.log.lines.iter().any(|line| line.at <= at && matches!(line.fact, Fact::Died(_)))
            || lived.met.iter().any(|(_, _, fault)| *fault == "lease");
    let mut begun = lived.log.begun(Purpose::Escalate).filter(|(begun, _)| *begun <= at);
    begun.any(|(_, f)| same(f) && (unheard || !turned(f)))
}

/// Another request that was told of access until later than now, and did nothing to end it.
fn holder(lived: &Lived, at: u64, end: &Flight) -> Option<usize> {
    if !lived.script.shared {
        return None;
    }
    lived.log.lines.iter().filter(|line| line.at <= at).find_map(|line| {
        let Fact::Told { request, active_until: Some(until), .. } = &line.fact else { return None };
        let holds = *request != end.request && *until > end.recorded;
        (holds && !ended(lived, at, *request)).then_some(*request)
    })
}

/// Whether anything ended a request before `at`.
pub(super) fn ended(lived: &Lived, at: u64, request: usize) -> bool {
    wanted(lived, request).is_some_and(|wanted| wanted <= at)
}

/// When the end of a request was first wanted for another reason than that its time was up.
pub(super) fn wanted(lived: &Lived, request: usize) -> Option<u64> {
    let mut lines = lived.log.lines.iter();
    let line = lines.find(|line| match &line.fact {
        Fact::Acted(a) => {
            let ends = matches!(a.act, Act::Revoke | Act::RevokeAll | Act::Cancel);
            a.request == request && ends && super::taken(a)
        }
        Fact::Befell { request: r, what, taken } => {
            *r == request && *taken && *what == "person_deactivated"
        }
        Fact::Told { request: r, text, .. } => {
            *r == request && text.contains("your request has failed")
        }
        Fact::Changed(_)
        | Fact::Deactivated(_)
        | Fact::Checked { .. }
        | Fact::Begun(_)
        | Fact::Reached(_)
        | Fact::Turned(_)
        | Fact::Made(_)
        | Fact::Gone(_)
        | Fact::Confirmed(_)
        | Fact::Died(_)
        | Fact::Rose(_)
        | Fact::Jumped(_)
        | Fact::Healed => false,
    });
    line.map(|line| line.at)
}
