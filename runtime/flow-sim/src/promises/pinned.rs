//! Promise 8: What narrows counts at once: a flow that goes away or is disabled cancels what waits, and a
//! freeze stops beginnings. (People who leave a group are looked at by 1.)

use flow_engine::effect::Purpose;

use crate::life::Lived;
use crate::log::{Act, Fact};

/// A call that was asked for before a freeze may still be on its way, in milliseconds.
const SLACK_MS: u64 = 60_000;

pub(super) fn check(lived: &Lived) -> Option<String> {
    lived.log.lines.iter().find_map(|line| {
        if let Fact::Befell { request, what: "flow_gone", .. } = &line.fact {
            return gone(lived, line.at, *request);
        }
        let Fact::Changed(what) = &line.fact else { return None };
        match *what {
            "frozen" => frozen(lived, line.at),
            "disabled" => disabled(lived, line.at),
            "target gone" => unapproved(lived, line.at, "its target is gone"),
            _ => None,
        }
    })
}

/// Whoever still had to click when the flow went away finds nothing to click.
fn gone(lived: &Lived, at: u64, request: usize) -> Option<String> {
    let clicked = lived
        .log
        .acts()
        .any(|(t, a)| t > at && a.request == request && a.act == Act::Approve && super::taken(a));
    clicked.then(|| format!("request {request} was approved after its flow had gone"))
}

/// Nothing is asked for any more, and nothing is made that was not approved before.
fn disabled(lived: &Lived, at: u64) -> Option<String> {
    let asked = lived.log.acts().any(|(t, a)| t > at && a.act == Act::Ask && super::taken(a));
    if asked {
        return Some("a request was taken although the flow is disabled".to_owned());
    }
    unapproved(lived, at, "the flow is disabled")
}

/// Nothing is made that was not approved before.
fn unapproved(lived: &Lived, at: u64, why: &str) -> Option<String> {
    let approved = |request| {
        let script = lived.script(request);
        let mut stages = script.stages.iter();
        script.needs_nobody()
            || stages.all(|stage| super::approval::is_passed(lived, stage, request, (0, at)))
    };
    let mut late = lived.log.begun(Purpose::Escalate).filter(|(t, _)| *t > at);
    let (_, flight) = late.find(|(_, flight)| !approved(flight.request))?;
    Some(format!("request {} was approved although {why}", flight.request))
}

fn frozen(lived: &Lived, at: u64) -> Option<String> {
    let wants = |act| matches!(act, Act::Ask | Act::Extend);
    let mut lines = lived.log.lines.iter().filter(|line| line.at >= at);
    let thawed = lines.find(|line| matches!(line.fact, Fact::Changed("thawed")));
    let until = thawed.map_or(u64::MAX, |line| line.at);
    let during = |t: u64| t > at && t < until;
    let asked = lived.log.acts().any(|(t, a)| during(t) && wants(a.act) && super::taken(a));
    if asked {
        return Some("a request or an extension was taken during a freeze".to_owned());
    }
    let late = lived
        .log
        .begun(Purpose::Escalate)
        .find(|(t, _)| during(*t) && *t > at + SLACK_MS + super::downtime(lived, at, *t));
    late.map(|(_, f)| format!("request {} was escalated during a freeze", f.request))
}
