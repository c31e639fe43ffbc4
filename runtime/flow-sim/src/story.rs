//! A life as a short story, for whoever has to find out what went wrong.

use std::fmt::Write as _;

use crate::life::Lived;
use crate::log::{Fact, Flight};
use crate::script::{Late, Script};

/// Tells what happened outside, one line each, and how it was bound to end.
#[must_use]
pub fn tell(seed: u64, lived: &Lived, moral: &str) -> String {
    let mut text = format!("seed {seed}: {moral}\n");
    let [first, later] = &lived.scripts;
    if lived.pinned.values().any(|version| *version == 0) {
        text.push_str(&about(first, ""));
    }
    if lived.pinned.values().any(|version| *version == 1) {
        text.push_str(&about(later, "  after the upgrade:\n"));
    }
    let mut lines: Vec<_> = lived.log.lines.iter().collect();
    lines.sort_by_key(|line| line.at);
    for line in lines {
        let seconds = line.at as f64 / 1000.0;
        let _ = writeln!(text, "  {seconds:>10.3}  {}", words(&line.fact));
    }
    text
}

fn about(script: &Script, head: &str) -> String {
    let mut text = head.to_owned();
    for stage in &script.stages {
        let rules = stage.rules.iter().map(|(who, quorum)| {
            let names: Vec<&str> = who.iter().map(|w| w.name()).collect();
            format!("{quorum} of {}", names.join(", "))
        });
        let rules: Vec<String> = rules.collect();
        let mine = if stage.allow_self { ", the requester too" } else { "" };
        let outside = if stage.outside { ", by a directory" } else { "" };
        let then = match &stage.late {
            Late::Expire => String::new(),
            Late::Skip => format!(", passed over after {}s", stage.timeout_s),
            Late::Fallback(_) => format!(", others after {}s", stage.timeout_s),
        };
        let rules = rules.join(" and ");
        let _ = writeln!(text, "  stage {}: {rules}{mine}{outside}{then}", stage.name);
    }
    let glass = if script.break_glass { ", break-glass" } else { "" };
    let shared = if script.shared { ", shared" } else { "" };
    let twice = if script.idempotent { ", may be called twice" } else { "" };
    let _ = writeln!(
        text,
        "  grants {:?} for {}s{glass}{shared}{twice}; a call waits {}s, the function runs up to {}s",
        script.targets, script.duration_s, script.timeout_s, script.function_timeout_s
    );
    if script.http {
        text.push_str("  calls that the flow writes itself\n");
    }
    if script.standing {
        text.push_str("  until somebody ends it\n");
    }
    if !script.revocable {
        text.push_str("  not ended by a person before its time\n");
    }
    if let Some(preexisting) = script.service {
        let _ = writeln!(text, "  a membership; what stood before: {preexisting:?}");
    }
    for (asks, what) in [(script.asks_first, "it makes"), (script.asks_last, "it takes back")] {
        text.push_str(if asks { "  asks first, before " } else { "" });
        text.push_str(if asks { what } else { "" });
        text.push_str(if asks { "\n" } else { "" });
    }
    if let (true, Some(busy)) = (script.fit, script.busy) {
        let _ = writeln!(text, "  each approval is checked first; {} is busy", busy.name());
    }
    if let Some(approval) = script.extend {
        let _ = writeln!(text, "  extended by {}s at once: {approval}", script.longer_s);
    }
    text
}

fn words(fact: &Fact) -> String {
    let call = |f: &Flight| {
        format!(
            "{:?} `{}` of request {} (call {}, attempt {})",
            f.purpose, f.target, f.request, f.number, f.attempt
        )
    };
    match fact {
        Fact::Acted(a) => {
            let stage = a.stage.map(|s| format!(" stage {s}")).unwrap_or_default();
            let answer = a.refused.map_or("taken", flow_engine::Reason::word);
            let unseen = if a.seen { "" } else { ", unseen" };
            let (name, act, request) = (a.by.name(), a.act, a.request);
            format!("{name} {act:?}{stage} on request {request}{unseen}: {answer}")
        }
        Fact::Befell { request, what, taken } => {
            format!(
                "{what} befalls request {request}: {}",
                if *taken { "taken" } else { "refused" }
            )
        }
        Fact::Deactivated(who) => format!("{} is shut out", who.name()),
        Fact::Checked { request, who, standing } => {
            let still = if *standing { "still" } else { "no longer" };
            format!(
                "a click of {} on request {request} is checked: {still} an approver",
                who.name()
            )
        }
        Fact::Changed(what) => format!("the world changes: {what}"),
        Fact::Begun(f) => format!("begun: {}", call(f)),
        Fact::Reached(f) => format!("reached: {}", call(f)),
        Fact::Turned(f) => format!("turned away: {}", call(f)),
        Fact::Confirmed(f) => format!("confirmed: {}", call(f)),
        Fact::Stood(a) => format!("{} has `{}` already", a.who.name(), a.target),
        Fact::Made(a) => format!("ACCESS of {} to `{}` stands", a.who.name(), a.target),
        Fact::Gone(a) => format!("access of {} to `{}` is gone", a.who.name(), a.target),
        Fact::Told(t) => format!("request {} tells {}: {}", t.request, t.to, t.text),
        Fact::Fault(word) => format!("  ({word})"),
        Fact::Died(node) => format!("node {node} dies"),
        Fact::Rose(node) => format!("node {node} rises"),
        Fact::Jumped(ms) => format!("the clock jumps by {}s", ms / 1000),
        Fact::Healed => "the world heals".to_owned(),
    }
}
