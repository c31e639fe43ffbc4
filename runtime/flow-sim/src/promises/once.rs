//! Promise 3: One approval makes one escalation: a function that may not be called twice is reached once
//! for each request and target, and one that may sees the same key each time. Once an end was
//! begun nothing is made any more.

use std::collections::BTreeMap;

use flow_engine::EffectId;
use flow_engine::effect::Purpose;

use crate::life::Lived;
use crate::log::Fact;

pub(super) fn check(lived: &Lived) -> Option<String> {
    let mut reached: BTreeMap<(usize, &str), Vec<EffectId>> = BTreeMap::new();
    for line in &lived.log.lines {
        if let Fact::Reached(flight) = &line.fact
            && flight.purpose == Purpose::Escalate
        {
            reached.entry((flight.request, &flight.target)).or_default().push(flight.key);
        }
    }
    for ((request, target), keys) in reached {
        if keys.iter().any(|key| Some(key) != keys.first()) {
            return Some(format!("request {request} escalated `{target}` under two keys"));
        }
        let script = lived.script(request);
        if keys.len() > 1 && !script.idempotent && script.service.is_none() {
            return Some(format!("request {request} escalated `{target}` {} times", keys.len()));
        }
    }
    late(lived)
}

/// An escalation that was begun after an end of the same request and target.
fn late(lived: &Lived) -> Option<String> {
    let ends: Vec<_> = lived.log.begun(Purpose::Deescalate).collect();
    lived.log.begun(Purpose::Escalate).find_map(|(at, flight)| {
        let mut ends = ends.iter();
        let after = ends
            .any(|(end, f)| *end < at && f.request == flight.request && f.target == flight.target);
        after.then(|| {
            format!("request {} escalated `{}` after its end began", flight.request, flight.target)
        })
    })
}
