//! What happened, as it is told: the time, who did it, what, and where the request was then.

use flow_engine::audit::Record;
use flow_engine::{Destination, Event, EventKind, EventSource, Outcome, Phase, Reply, Transition};
use jiff::Timestamp;

use super::house::House;

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Who,
    /// What.
    pub what: String,
    /// Where the request was then, where that changed.
    pub phase: Option<Phase>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A user of the file.
    User(String),
    /// The daemon itself: timers, calls, messages.
    Daemon,
}

impl House<'_> {
    fn line(&mut self, who: Who, what: impl Into<String>, phase: Option<Phase>) {
        self.lines.push(Line { at: self.now, who, what: what.into(), phase });
    }

    pub(super) fn tell_event(&mut self, event: &Event, done: &Transition, before: Option<Phase>) {
        let after = done.request.as_ref().map(|r| r.phase);
        let phase = after.filter(|phase| Some(*phase) != before);
        let who = match &event.by {
            Some(person) => self.called(person.id),
            None => Who::Daemon,
        };
        let what = match &event.kind {
            EventKind::Ask(_) => format!("asks for `{}`", self.scenario.flow),
            EventKind::Approve(click) => {
                format!("approves `{}`", click.stage.as_deref().unwrap_or_default())
            }
            EventKind::Deny(click) => {
                format!("denies `{}`", click.stage.as_deref().unwrap_or_default())
            }
            EventKind::Cancel => "cancels".to_owned(),
            EventKind::Revoke { .. } => "revokes".to_owned(),
            EventKind::Extend(longer) => format!("asks for {}s more", longer.duration_s),
            EventKind::Resolve { .. } => "says that the end is dealt with".to_owned(),
            EventKind::Overtaken(_) => "was overtaken".to_owned(),
            EventKind::RevokeAll { .. } => "ends many".to_owned(),
            EventKind::FlowGone => "the flow is gone or disabled".to_owned(),
            EventKind::TargetGone { target } => format!("the target `{target}` is gone"),
            EventKind::PersonDeactivated => "the requester is deactivated".to_owned(),
            EventKind::Tick => "time is up".to_owned(),
            EventKind::Outcome(_) => String::new(),
        };
        let mut what = what;
        if let Reply::Refused(refusal) = &done.reply
            && event.source != EventSource::Automation
        {
            what = format!("{what}: refused, {}: {}", refusal.reason.word(), refusal.sentence);
        }
        let notes: Vec<String> = done.audit.iter().filter_map(note).collect();
        if !what.is_empty() || phase.is_some() || !notes.is_empty() {
            let what = [vec![what], notes].concat();
            let what: Vec<String> = what.into_iter().filter(|w| !w.is_empty()).collect();
            let what = if what.is_empty() { "goes on".to_owned() } else { what.join("; ") };
            self.line(who, what, phase);
        }
    }

    pub(super) fn tell_call(&mut self, name: &str, attempt: u32, outcome: &Outcome, takes: u64) {
        let again = if attempt > 1 { format!(" (try {attempt})") } else { String::new() };
        let how = match outcome {
            Outcome::Answered(_) => "answered".to_owned(),
            Outcome::Refused { kind, message, .. } => format!("{}: {message}", kind.word()),
            Outcome::Unknown { kind, message } => {
                format!("{}: {message}, and it may have happened", kind.word())
            }
        };
        let after = if takes > 0 { format!(", after {takes}s") } else { String::new() };
        self.line(Who::Daemon, format!("calls {name}{again}: {how}{after}"), None);
    }

    pub(super) fn tell_message(&mut self, to: &Destination, text: &str) {
        let text: Vec<&str> = text.split_whitespace().collect();
        let text: String = text.join(" ").chars().take(100).collect();
        self.line(Who::Daemon, format!("tells {to}: {text}"), None);
    }

    pub(super) fn tell_advance(&mut self, seconds: u64) {
        let span = flow_bundle::duration::print(seconds.into());
        self.line(Who::Daemon, format!("{span} pass"), None);
    }

    pub(super) fn tell_crash(&mut self) {
        self.line(Who::Daemon, "the daemon dies and comes back", None);
    }

    pub(super) fn tell_deploy(&mut self, directory: &str) {
        self.line(Who::Daemon, format!("the bundle of `{directory}` comes"), None);
    }

    pub(super) fn tell_deactivated(&mut self, user: &str) {
        self.line(Who::Daemon, format!("`{user}` is shut out"), None);
    }

    pub(super) fn tell_freeze(&mut self, by: &str, reason: Option<&str>) {
        let what = match reason {
            Some(reason) => format!("freezes: {reason}"),
            None => "unfreezes".to_owned(),
        };
        self.line(Who::User(by.to_owned()), what, None);
    }

    /// A record as one line of text, for `journal_contains`.
    pub(super) fn journal_line(&self, record: &Record) -> String {
        let actor = record.actor.as_ref().map(|a| a.username.as_str()).unwrap_or_default();
        let facts = serde_json::to_string(&record.facts).unwrap_or_default();
        format!("{} {actor} {} {facts}", record.kind, record.rule)
    }

    /// Paths of what decided since the last action, the last first.
    pub(super) fn decided_by(&self) -> Vec<String> {
        let flow = match self.current() {
            Some((_, held)) => held.request.flow.as_str(),
            None => self.scenario.flow.as_str(),
        };
        let latest = self.audit.iter().skip(self.since).rev();
        let all = latest.chain(self.audit.iter().take(self.since).rev());
        let mut out: Vec<String> = Vec::new();
        for path in all.filter_map(|record| path_of(record, flow)) {
            if !out.contains(&path) {
                out.push(path);
            }
        }
        out
    }
}

fn fact<'r>(record: &'r Record, name: &str) -> Option<&'r str> {
    record.facts.get(name).and_then(serde_json::Value::as_str)
}

/// What a record adds to a line.
fn note(record: &Record) -> Option<String> {
    let stage = fact(record, "stage").unwrap_or_default();
    Some(match record.kind.as_str() {
        "stage.opened" => format!("stage `{stage}` opens"),
        "stage.settled" => format!("stage `{stage}` is settled"),
        "hook.decided" => {
            let decision = fact(record, "decision").unwrap_or_default();
            format!("{} decides: {decision}", record.rule)
        }
        "hook.failed" => {
            let what = fact(record, "step").or(fact(record, "hook")).unwrap_or_default();
            format!("`{what}` fails: {}", fact(record, "error").unwrap_or_default())
        }
        "request.errored" | "request.denied" | "request.expired" | "request.cancelled" => {
            let why = fact(record, "error").or(fact(record, "reason")).unwrap_or(&record.rule);
            format!("{}: {why}", record.kind.replace('.', " "))
        }
        "grant.active" => "access is active".to_owned(),
        "grant.stuck" => "the end is stuck".to_owned(),
        "grant.ended" => "access has ended".to_owned(),
        _ => return None,
    })
}

/// The part of the flow that a record tells of.
fn path_of(record: &Record, flow: &str) -> Option<String> {
    if let Some(rest) = record.rule.strip_prefix("hook ")
        && let Some((hook, statement)) = rest.split_once(", statement ")
    {
        return Some(format!("flows.{flow}.hooks.{hook}.{statement}"));
    }
    match record.kind.as_str() {
        "hook.failed" => {
            let (hook, statement) = (fact(record, "hook")?, record.facts.get("statement")?);
            Some(format!("flows.{flow}.hooks.{hook}.{statement}"))
        }
        "request.refused" if record.rule == "not_permitted" => {
            Some(format!("flows.{flow}.permissions.request"))
        }
        "request.refused" if record.rule == "bad_field" => {
            Some(format!("flows.{flow}.fields.{}", fact(record, "field")?))
        }
        kind if kind.starts_with("stage.") => {
            Some(format!("flows.{flow}.approvals.{}", fact(record, "stage")?))
        }
        _ => None,
    }
}
