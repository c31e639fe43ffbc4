//! Promise 6: A function that raised, answered `errors`, garbage or nothing never counts as access: nobody
//! is told of access that no function confirmed.

use flow_engine::effect::Purpose;

use crate::life::Lived;
use crate::log::{Fact, Flight};

pub(super) fn check(lived: &Lived) -> Option<String> {
    lived.log.told().find_map(|(at, told)| {
        told.active_until?;
        let (request, script) = (told.request, lived.script(told.request));
        let mine = |f: &Flight| {
            let same = script.shared && lived.requester(f.request) == lived.requester(request);
            f.request == request || same
        };
        let confirmed = |target: &str| {
            lived.log.lines.iter().any(|l| {
                let Fact::Confirmed(f) = &l.fact else { return false };
                l.at <= at && f.purpose == Purpose::Escalate && f.target == target && mine(f)
            })
        };
        let missing = script.targets.iter().find(|target| !confirmed(target))?;
        Some(format!("request {request} was called active, but `{missing}` was not confirmed"))
    })
}
