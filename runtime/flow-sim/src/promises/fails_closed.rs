//! Promise 6: A function that raised, answered `errors`, garbage or nothing never counts as access: nobody
//! is told of access that no function confirmed.

use flow_engine::effect::Purpose;

use crate::life::Lived;
use crate::log::Fact;

pub(super) fn check(lived: &Lived) -> Option<String> {
    lived.log.lines.iter().find_map(|line| {
        let Fact::Told { request, active_until: Some(_), .. } = &line.fact else { return None };
        let confirmed = |target: &str| {
            lived.log.lines.iter().any(|l| match &l.fact {
                Fact::Confirmed(f) => {
                    l.at <= line.at
                        && f.purpose == Purpose::Escalate
                        && f.target == target
                        && (lived.script.shared || f.request == *request)
                }
                Fact::Acted(_)
                | Fact::Befell { .. }
                | Fact::Changed(_)
                | Fact::Deactivated(_)
                | Fact::Checked { .. }
                | Fact::Begun(_)
                | Fact::Reached(_)
                | Fact::Turned(_)
                | Fact::Made(_)
                | Fact::Gone(_)
                | Fact::Told { .. }
                | Fact::Died(_)
                | Fact::Rose(_)
                | Fact::Jumped(_)
                | Fact::Healed => false,
            })
        };
        let missing = lived.script.targets.iter().find(|target| !confirmed(target))?;
        Some(format!("request {request} was called active, but `{missing}` was not confirmed"))
    })
}
