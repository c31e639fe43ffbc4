//! Promise 10: Each act and each call stands in the audit trail, under the name of whoever was
//! authenticated, no later than it happened.

use flow_engine::audit::KINDS;
use flow_engine::effect::Purpose;
use serde_json::json;

use crate::life::Lived;

pub(super) fn check(lived: &Lived) -> Option<String> {
    let audit = &lived.log.audit;
    for (_, acted) in lived.log.acts() {
        let mine: Vec<_> = audit.iter().filter(|(_, r)| r.event == acted.event).collect();
        if mine.is_empty() {
            return Some(format!("`{}` of {} is not audited", acted.event, acted.by.name()));
        }
        let by = acted.by.person().id;
        if mine.iter().any(|(_, r)| r.actor.as_ref().map(|a| a.id) != Some(by)) {
            return Some(format!("`{}` is audited under another name", acted.event));
        }
    }
    for purpose in [Purpose::Escalate, Purpose::Deescalate] {
        for (at, flight) in lived.log.begun(purpose) {
            let wanted = audit.iter().any(|(t, r)| {
                *t <= at
                    && r.kind == "effect.wanted"
                    && r.facts.get("effect") == Some(&json!(flight.key))
                    && r.facts.get("attempt") == Some(&json!(flight.attempt))
            });
            if !wanted {
                return Some(format!("a call of request {} is not audited", flight.request));
            }
        }
    }
    let unknown = audit.iter().find(|(_, r)| !KINDS.contains(&r.kind.as_str()));
    unknown.map(|(_, r)| format!("the audit trail holds an unknown kind `{}`", r.kind))
}
