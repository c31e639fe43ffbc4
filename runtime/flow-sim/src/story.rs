//! A life as a short story, for whoever has to find out what went wrong.

use std::fmt::Write as _;

use crate::life::Lived;
use crate::log::{Fact, Flight};

/// Tells what happened outside, one line each, and how it was bound to end.
#[must_use]
pub fn tell(seed: u64, lived: &Lived, moral: &str) -> String {
    let script = &lived.script;
    let mut text = format!("seed {seed}: {moral}\n");
    for stage in &script.stages {
        let rules = stage.rules.iter().map(|(who, quorum)| {
            let names: Vec<&str> = who.iter().map(|w| w.name()).collect();
            format!("{quorum} of {}", names.join(", "))
        });
        let rules: Vec<String> = rules.collect();
        let mine = if stage.allow_self { ", the requester too" } else { "" };
        let _ = writeln!(text, "  stage {}: {}{mine}", stage.name, rules.join(" and "));
    }
    let shared = if script.shared { ", shared" } else { "" };
    let twice = if script.idempotent { ", may be called twice" } else { "" };
    let _ = writeln!(
        text,
        "  grants {:?} for {}s{shared}{twice}; a call waits {}s, the function runs up to {}s",
        script.targets, script.duration_s, script.timeout_s, script.function_timeout_s
    );
    if let (true, Some(busy)) = (script.fit, script.busy) {
        let _ = writeln!(text, "  each approval is checked first; {} is busy", busy.name());
    }
    if let Some(approval) = script.extend {
        let _ = writeln!(text, "  extended by {}s at once: {approval}", script.longer_s);
    }
    for line in &lived.log.lines {
        let seconds = line.at as f64 / 1000.0;
        let _ = writeln!(text, "  {seconds:>10.3}  {}", words(&line.fact));
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
        Fact::Made(a) => format!("ACCESS to `{}` stands", a.target),
        Fact::Gone(a) => format!("access to `{}` is gone", a.target),
        Fact::Told { request, to, text, .. } => format!("request {request} tells {to}: {text}"),
        Fact::Died(node) => format!("node {node} dies"),
        Fact::Rose(node) => format!("node {node} rises"),
        Fact::Jumped(ms) => format!("the clock jumps by {}s", ms / 1000),
        Fact::Healed => "the world heals".to_owned(),
    }
}
