//! `flowctl show ID`: one request on one screen: where it is, what was asked, who may decide, what
//! a decision must carry, what has happened, and what you may do next.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{Answer, list};
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::text::{Card, clock, distance, instant, names, plain, span};
use crate::wire::{self, Request, Rule, Stage};

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// The request's id
    id: String,
}

/// Stands on everything that comes from a daemon in development mode.
pub const DEV: &str = "DEVELOPMENT MODE: a daemon for trying things out\n";

/// Shows a request.
pub fn run(client: &Client, args: &Show) -> Result<Answer, Fault> {
    answer(client.get(&format!("/v1/requests/{}", segment(&args.id)), &[])?)
}

/// A request as an answer.
pub fn answer(json: Json) -> Result<Answer, Fault> {
    let text = screen(&wire::read(&json)?, Timestamp::now());
    Ok(Answer { json, text })
}

/// The whole screen.
pub fn screen(request: &Request, now: Timestamp) -> String {
    let mut text = card(request, now);
    if let Some(note) = &request.note {
        text.push_str(&format!("\n{note}\n"));
    }
    for stage in &request.stages {
        text.push('\n');
        text.push_str(&stage_card(stage, now));
    }
    if !request.timeline.is_empty() {
        text.push_str("\nhistory\n");
        for moment in &request.timeline {
            let who = moment.who.as_deref().map_or_else(String::new, |w| format!(" by {w}"));
            text.push_str(&format!("  {}  {}{who}\n", clock(moment.at), moment.what));
        }
    }
    if !request.may.is_empty() {
        let id = &request.summary.id;
        text.push_str("\nyou may\n");
        for verb in &request.may {
            let more = if verb == "extend" { " 30m" } else { "" };
            text.push_str(&format!("  flowctl {verb} {id}{more}\n"));
        }
    }
    text
}

/// The first 16 hex digits of a hash: enough to compare by eye, and what `--digest` takes.
pub fn short(hash: &str) -> String {
    hash.trim_start_matches("sha256:").chars().take(16).collect()
}

/// What a person decides about: everything that is asked for and nothing that is not.
pub fn card(request: &Request, now: Timestamp) -> String {
    format!("{}\n\n{}", title(request), facts(request, now))
}

/// What the flow says to whoever decides this stage, in its own words.
pub fn said(stage: &Stage) -> String {
    let mut card = Card::default();
    for text in &stage.shown {
        card.line("says", text);
    }
    card.to_text()
}

fn title(request: &Request) -> String {
    let dev = if request.dev { DEV } else { "" };
    let state = list::state(&request.summary);
    format!("{dev}{} ({}) is {state}", request.label, request.summary.flow)
}

fn facts(request: &Request, now: Timestamp) -> String {
    let summary = &request.summary;
    let mut card = Card::default();
    card.line("request", &summary.id);
    card.line("for", &summary.requester.username);
    if request.by.username != summary.requester.username {
        card.line("asked by", &request.by.username);
    }
    card.line("asked", format!("{} via {}", instant(summary.created_at, now), request.source));
    for target in &summary.targets {
        card.line("target", target);
    }
    let mut known: Vec<String> = Vec::new();
    for identity in request.accesses.iter().filter_map(|access| access.identity.as_ref()) {
        let text = format!("{} in {} ({})", identity.id, identity.provider, identity.rule);
        if !known.contains(&text) {
            card.line("known as", &text);
            known.push(text);
        }
    }
    card.maybe("duration", request.duration_s.map(span));
    // Target and duration stand above, as the daemon computed them.
    for (name, value) in &request.fields {
        if name != "target" && name != "duration" && !value.is_null() {
            card.line(name, plain(value));
        }
    }
    card.maybe("ends", summary.ends_at.map(|at| instant(at, now)));
    for extension in &request.extensions {
        let (by, until) = (span(extension.duration_s), instant(extension.until, now));
        let reason = extension.reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
        let state = &extension.state;
        let label = format!("extension {}", extension.number);
        card.line(&label, format!("{state}, {by} more, until {until}{reason}"));
    }
    if let Some(denial) = &request.denial {
        let by = denial.by.as_ref().map_or("the flow", |p| p.username.as_str());
        let reason = denial.reason.as_deref().unwrap_or("no reason given");
        card.line("denied", format!("by {by}: {reason}"));
    }
    card.maybe("error", request.error.clone());
    card.line("bundle", short(&request.bundle));
    card.to_text()
}

fn stage_card(stage: &Stage, now: Timestamp) -> String {
    let mut card = Card::default();
    let closes = match stage.expires_at {
        Some(at) if stage.is_open() => format!(", closes {}", distance(at, now)),
        _ => String::new(),
    };
    let of = stage.extension.map_or_else(String::new, |n| format!(" of extension {n}"));
    card.line("stage", format!("{}{of} is {}{closes}", stage.name, stage.state));
    // The digest covers these words, so whoever sends it has to see them.
    for text in stage.shown.iter().filter(|_| stage.is_open()) {
        card.line("  says", text);
    }
    for rule in &stage.rules {
        card.line("  who", rule_text(rule));
    }
    if !stage.denied_by.is_empty() {
        card.line("  denied", names(&stage.denied_by));
    }
    card.maybe("  comment", stage.comment.clone());
    let digest = stage.digest.as_deref().filter(|_| stage.is_open());
    card.maybe("  digest", digest.map(short));
    card.to_text()
}

fn rule_text(rule: &Rule) -> String {
    let name = if rule.name.is_empty() { String::new() } else { format!("{}: ", rule.name) };
    let so_far = if rule.approved_by.is_empty() {
        "nobody yet".to_owned()
    } else {
        names(&rule.approved_by)
    };
    format!("{name}{} of {}; so far: {so_far}", rule.quorum, rule.approvers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_screen_says_it_all() {
        let request: Request =
            serde_json::from_str(include_str!("../../data/request.json")).unwrap();
        let now = "2026-11-24T03:05:00Z".parse().unwrap();
        assert_eq!(screen(&request, now), include_str!("../../data/show.txt"));
    }
}
