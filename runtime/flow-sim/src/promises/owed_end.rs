//! Promise 2: Whatever was made is gone in the end, unless two people who may revoke and did not ask said
//! that it is dealt with, or it was to stand until somebody ends it and nobody did.

use std::collections::BTreeSet;

use flow_engine::effect::Purpose;

use crate::cast::Who;
use crate::life::Lived;
use crate::log::{Access, Act, Fact};
use crate::script::Preexisting;

pub(super) fn check(lived: &Lived) -> Option<String> {
    let mut stands: BTreeSet<&Access> = BTreeSet::new();
    let mut theirs: BTreeSet<&Access> = BTreeSet::new();
    let adopts = lived.scripts.iter().any(|s| s.service == Some(Preexisting::Adopt));
    for line in &lived.log.lines {
        if let Fact::Made(access) = &line.fact {
            stands.insert(access);
        }
        if let Fact::Stood(access) = &line.fact {
            theirs.insert(access);
        }
        // What stood before is ours once we were told so, where the flow takes it over.
        if let Fact::Confirmed(flight) = &line.fact
            && adopts
            && flight.purpose == Purpose::Escalate
        {
            let who = lived.requester(flight.request);
            let same = |a: &&Access| a.who == who && a.target == flight.target;
            stands.extend(theirs.iter().copied().find(same));
        }
        if let Fact::Gone(access) = &line.fact {
            stands.remove(access);
            theirs.remove(access);
        }
    }
    let mut left = stands.into_iter();
    let left = left.find(|access| !resolved(lived, access) && !lasts(lived, access))?;
    Some(format!("access to `{}` still stands at the end", left.target))
}

/// Whether it was to stand until somebody ends it, and nobody did.
fn lasts(lived: &Lived, access: &Access) -> bool {
    let mut requests = 0..lived.requesters.len();
    requests.any(|request| {
        super::stands(lived, request)
            && lived.requester(request) == access.who
            && access.request.is_none_or(|r| r == request)
            && lived.script(request).targets.contains(&access.target.as_str())
    })
}

/// Whether two different people who may revoke said so, for every request that made it.
fn resolved(lived: &Lived, access: &Access) -> bool {
    // Of a shared grant the last request that held it owes the end, whoever made it.
    let made = lived.log.begun(Purpose::Escalate);
    let makers: BTreeSet<usize> = made
        .chain(lived.log.begun(Purpose::Deescalate))
        .filter(|(_, f)| f.target == access.target && lived.requester(f.request) == access.who)
        .map(|(_, f)| f.request)
        .filter(|request| access.request.is_none_or(|r| r == *request))
        .collect();
    let mut makers = makers.iter();
    makers.any(|request| {
        let words = lived
            .log
            .acts()
            .filter(|(_, a)| a.request == *request && a.act == Act::Resolve && super::taken(a));
        let words: Vec<(u64, Who)> = words.map(|(at, a)| (at, a.by)).collect();
        words.iter().any(|(at, second)| {
            // Both could still say so when the second one did.
            let may = |who| may_revoke(lived, *request, who) && !super::is_gone(lived, *at, who);
            let mut before = words.iter().filter(|(t, first)| t <= at && first != second);
            may(*second) && before.any(|(_, first)| may(*first))
        })
    })
}

fn may_revoke(lived: &Lived, request: usize, who: Who) -> bool {
    let mut approved = lived.log.acts().filter(|(_, a)| {
        a.request == request && a.act == Act::Approve && super::taken(a) && a.by == who
    });
    who != lived.requester(request) && (who == Who::Root || approved.next().is_some())
}
