//! What a flow does, told in the order in which people meet it.

mod access;
mod hooks;
mod stages;

use flow_bundle::bundle::{Bundle, Flow, HookEvent, Source};

use super::words::{Words, capital, readable};

/// One flow, from asking to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Its address in the bundle.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it is for.
    pub description: Option<String>,
    /// What happens, in order.
    pub rows: Vec<Row>,
}

/// What happens next: one card, or several at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// At least one.
    pub cards: Vec<Card>,
    /// How the story may leave the way here.
    pub exits: Vec<Exit>,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What kind of thing.
    pub tone: Tone,
    /// In a few words.
    pub title: String,
    /// In whole sentences, without final stops.
    pub lines: Vec<String>,
}

/// A way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// What kind of end.
    pub tone: Tone,
    /// In a few words.
    pub title: String,
    /// When, and who is told.
    pub lines: Vec<String>,
}

/// What kind of thing something is: the drawing's colours, which the words never depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Somebody asks.
    Ask,
    /// The flow asks or does something by itself.
    Work,
    /// People decide.
    Decide,
    /// Access is given, and stands.
    Access,
    /// Access ends.
    End,
    /// Denied.
    Denied,
    /// Nobody decided in time.
    Late,
    /// Something failed.
    Failed,
    /// Without a person.
    Alone,
}

impl Tone {
    /// The word in a drawing's classes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Work => "work",
            Self::Decide => "decide",
            Self::Access => "access",
            Self::End => "end",
            Self::Denied => "denied",
            Self::Late => "late",
            Self::Failed => "failed",
            Self::Alone => "alone",
        }
    }

    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Ask,
        Self::Work,
        Self::Decide,
        Self::Access,
        Self::End,
        Self::Denied,
        Self::Late,
        Self::Failed,
        Self::Alone,
    ];
}

/// Tells a flow.
pub fn story(bundle: &Bundle, name: &str, flow: &Flow) -> Story {
    let words = Words { bundle, flow };
    let mut rows = vec![asked(words)];
    rows.extend(hooks::before_people(words));
    rows.extend(at_once(words));
    rows.extend(stages::rows(words));
    rows.extend(hooks::when_approved(words));
    match &flow.grant {
        Some(grant) => rows.extend(access::rows(words, grant)),
        None => rows.push(done(words)),
    }
    Story {
        name: name.to_owned(),
        label: flow.label.clone(),
        description: flow.description.clone(),
        rows,
    }
}

fn asked(words: Words<'_>) -> Row {
    let flow = words.flow;
    let mut lines = vec![format!("Who may ask: {}", words.people(&flow.permissions.request))];
    if flow.sources.len() < 3 {
        let sources: Vec<&str> = flow
            .sources
            .iter()
            .map(|source| match source {
                Source::Slack => "Slack",
                Source::Api => "a program",
                Source::Web => "the console",
            })
            .collect();
        lines.push(format!("Only from {}", sources.join(" and ")));
    }
    let fields: Vec<String> = flow.fields.iter().map(|field| words.label(&field.name)).collect();
    if !fields.is_empty() {
        lines.push(format!("The form asks for: {}", fields.join(", ")));
    }
    let title = if flow.enabled {
        "Somebody asks".to_owned()
    } else {
        "Switched off: nobody can ask".to_owned()
    };
    let mut exits = Vec::new();
    if let Some(statements) = flow.hooks.get(&HookEvent::OnPrompt) {
        exits.extend(hooks::exits(words, statements));
    }
    Row { cards: vec![Card { tone: Tone::Ask, title, lines }], exits }
}

/// Emergency access: nobody is asked, and others hear before anything is made.
fn at_once(words: Words<'_>) -> Option<Row> {
    let glass = words.flow.break_glass.as_ref()?;
    let errors = words.error_channel();
    let hears = match glass.announce.as_ref().map(|announce| words.people(announce)) {
        Some(announced) if announced != errors => format!("{announced} and {errors}"),
        _ => errors,
    };
    let lines = vec![
        "Emergency access: whoever may ask has it at once".to_owned(),
        format!("They must say why: {}", words.label(&glass.reason)),
        format!("Announced before anything is given, each time: {hears}"),
    ];
    let card = Card { tone: Tone::Alone, title: "Approved without a person".to_owned(), lines };
    Some(Row { cards: vec![card], exits: Vec::new() })
}

/// The end of a flow that grants nothing.
fn done(words: Words<'_>) -> Row {
    let mut lines = vec!["Nothing is given: the decision itself is what was asked for".to_owned()];
    lines.extend(words.told(hooks::notifies(words.flow, HookEvent::AfterApprove)).map(told));
    let title = "Approved, and done".to_owned();
    Row { cards: vec![Card { tone: Tone::End, title, lines }], exits: Vec::new() }
}

/// `Told: #access`.
fn told(who: String) -> String {
    format!("Told: {who}")
}

/// A name as a title.
fn titled(name: &str) -> String {
    capital(&readable(name))
}
