//! Promise 4: Nothing is taken back that was certainly never given, and a shared grant stays while
//! somebody whose time is not up still holds it.

use flow_engine::effect::Purpose;

use crate::life::Lived;
use crate::log::{Act, Fact, Flight};
use crate::script::Preexisting;

pub(super) fn check(lived: &Lived) -> Option<String> {
    theirs(lived).or_else(|| ends(lived))
}

/// Access that stood before anybody asked and that the flow does not take over.
fn theirs(lived: &Lived) -> Option<String> {
    if lived.scripts.iter().any(|s| s.service == Some(Preexisting::Adopt)) {
        return None;
    }
    let lines = || lived.log.lines.iter();
    let mut stood = lines().filter_map(|line| {
        let Fact::Stood(access) = &line.fact else { return None };
        Some(access)
    });
    stood.find_map(|access| {
        let gone = lines().find(|l| matches!(&l.fact, Fact::Gone(gone) if gone == access))?;
        // What a try without an answer may have made is ours to take back.
        let unheard = unheard(lived, gone.at)
            || lived.log.begun(Purpose::Escalate).any(|(at, f)| {
                let same = f.target == access.target && lived.requester(f.request) == access.who;
                at <= gone.at && same && !lived.log.is_confirmed(f)
            });
        (!unheard).then(|| {
            format!("`{}` of {} stood before, and was taken away", access.target, access.who.name())
        })
    })
}

/// Where a node died, or another took over, nobody may have heard how a call ended.
fn unheard(lived: &Lived, by: u64) -> bool {
    let mut lines = lived.log.lines.iter().filter(|line| line.at <= by);
    lines.any(|line| matches!(line.fact, Fact::Died(_) | Fact::Fault("lease")))
}

fn ends(lived: &Lived) -> Option<String> {
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
    let same = |f: &Flight| {
        let account = f.target == end.target && f.known_as == end.known_as;
        account && (f.request == end.request || one(f))
    };
    let lines = || lived.log.lines.iter();
    let turned =
        |f: &Flight| lines().any(|l| matches!(&l.fact, Fact::Turned(t) if t.number == f.number));
    let unheard = unheard(lived, at);
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
            && same_account(lived, end, other)
            && until > end.recorded
            && lived.requester(other) == lived.requester(end.request);
        (holds && !ended(lived, at, other)).then_some(other)
    })
}

/// Whether another request can be about the same account; where everybody got another id, only what
/// was made for it says so.
fn same_account(lived: &Lived, end: &Flight, other: usize) -> bool {
    let renamed = lived.log.lines.iter().any(|l| matches!(l.fact, Fact::Changed("other ids")));
    let mut made = lived.log.begun(Purpose::Escalate).filter(|(_, f)| f.request == other);
    !renamed || made.any(|(_, f)| f.known_as == end.known_as)
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
            let may = lived.script(request).revocable;
            let ends =
                matches!(a.act, Act::RevokeAll | Act::Cancel) || (may && a.act == Act::Revoke);
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
