//! P9: whether a new bundle allows what the old one refused, flow by flow and in words.
//!
//! *Unknown counts as possible*: what cannot be compared is told as weaker. An added flow is
//! compared with nothing; a removed one refuses everything.
//!
//! To add something that is compared:
//! 1. put it into the file of its part (`asking`, `stage`, `grant`, `reaching`, `fields`);
//! 2. say what became weaker by [`Notes::weaker`], in words that need no knowledge of the bundle;
//! 3. add a row to `tests.rs`, one for each direction;
//! 4. leave it out of `other`, which tells of what no file has compared;
//! 5. see it printed by `flowc diff`.

use std::fmt;

use flow_bundle::bundle::{Bundle, Flow};
use flow_bundle::used::is_same;
use serde::Serialize;

use crate::example::{Choice, listed};
use crate::prove::Subject;

mod asking;
mod fields;
mod grant;
mod hooks;
mod other;
mod print;
mod reaching;
mod renamed;
mod sets;
mod stage;
mod stages;
mod targets;
#[cfg(test)]
mod tests;

/// What became of the flows of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// Every flow of either bundle, by address.
    pub flows: Vec<FlowDiff>,
}

/// What became of one flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowDiff {
    /// Its address.
    pub address: String,
    /// In one word.
    pub verdict: Verdict,
    /// In sentences: weaker first.
    pub changes: Vec<Change>,
}

/// What became of a flow, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It allows something that it refused before, whatever else it does.
    Weaker,
    /// It is gone.
    Removed,
    /// It is new.
    Added,
    /// It refuses something that it allowed before.
    Stronger,
    /// It allows the same and differs all the same.
    Changed,
    /// It is the same, with everything it refers to.
    Equal,
}

impl Verdict {
    /// All of them, the worst first.
    pub const ALL: [Self; 6] =
        [Self::Weaker, Self::Removed, Self::Added, Self::Stronger, Self::Changed, Self::Equal];

    /// The word in text and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Weaker => "weaker",
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Stronger => "stronger",
            Self::Changed => "changed",
            Self::Equal => "equal",
        }
    }
}

/// Which way a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Something is allowed that was refused.
    Weaker,
    /// Requests that are running cannot move to the new bundle.
    Breaking,
    /// Something is refused that was allowed.
    Stronger,
    /// Neither.
    Changed,
}

impl Way {
    /// The word in text and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Weaker => "weaker",
            Self::Breaking => "breaking",
            Self::Stronger => "stronger",
            Self::Changed => "changed",
        }
    }

    /// The diagnostic that it is: U951 or U952.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Weaker => Some("U952"),
            Self::Breaking => Some("U951"),
            Self::Stronger | Self::Changed => None,
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which way it goes.
    pub way: Way,
    /// U951 or U952.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// IR path of what has changed; in the old bundle where it is gone.
    pub path: String,
    /// One sentence, with the values that make it true.
    pub text: String,
    /// The values.
    #[serde(serialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub example: Vec<Choice>,
}

fn texts<S: serde::Serializer>(example: &[Choice], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(example.iter().map(|choice| &choice.text))
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.way.word(), self.path, self.text)
    }
}

impl Diff {
    /// Whether some flow allows what it refused before.
    #[must_use]
    pub fn is_weaker(&self) -> bool {
        self.flows.iter().any(|f| f.verdict == Verdict::Weaker)
    }

    /// How many flows came to this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.flows.iter().filter(|f| f.verdict == verdict).count()
    }
}

/// Compares two bundles, flow by flow.
#[must_use]
pub fn diff(old: &Bundle, new: &Bundle) -> Diff {
    let before = old;
    let old = &*renamed::renamed(before, new);
    let mut addresses: Vec<&String> = old.flows.keys().chain(new.flows.keys()).collect();
    addresses.sort();
    addresses.dedup();
    let flow = |address: &String| match (old.flows.get(address), new.flows.get(address)) {
        (Some(was), Some(is)) => {
            let name = renamed::name_before(before, new, address);
            compare(
                Subject { bundle: old, flow: was, address },
                Subject { bundle: new, flow: is, address },
                name,
            )
        }
        (Some(_), None) => removed(address),
        (None, after) => added(new, after, address),
    };
    Diff { flows: addresses.into_iter().map(flow).collect() }
}

fn removed(address: &str) -> FlowDiff {
    let mut notes = Notes::default();
    let text =
        "the flow is gone: requests that wait are cancelled, and what is granted keeps its end";
    notes.breaking(format!("flows.{address}"), text);
    FlowDiff { address: address.to_owned(), verdict: Verdict::Removed, changes: notes.changes }
}

/// A new flow says what stands in it.
fn added(bundle: &Bundle, flow: Option<&Flow>, address: &str) -> FlowDiff {
    let claims = crate::prove::prove(bundle, address, &crate::prove::Given::default());
    let mut notes = Notes::default();
    let path = format!("flows.{address}");
    let said = |claim: &str| claims.proofs.get(claim).map(|p| p.why.clone()).unwrap_or_default();
    if let Some(grant) = flow.and_then(|f| f.grant.as_ref()) {
        notes.changed(
            path.clone(),
            format!("it grants by `strategy.{}`: {}", grant.strategy, said("P5")),
        );
        notes.changed(path, said("P1"));
    } else {
        notes.changed(path, format!("it grants nothing: {}", said("P5")));
    }
    FlowDiff { address: address.to_owned(), verdict: Verdict::Added, changes: notes.changes }
}

/// Of one flow; `name` is what it was called before, where that was something else.
fn compare(old: Subject<'_>, new: Subject<'_>, name: Option<&str>) -> FlowDiff {
    let address = new.address.to_owned();
    let mut notes = Notes::default();
    // Looked at, not believed: a bundle that was changed by hand may carry the old hash.
    let is_same = is_same(old.bundle, new.bundle, new.address);
    if !is_same {
        parts(old, new, &mut notes);
    }
    if let Some(name) = name {
        notes.changed(new.path(""), format!("it moved: before it was `flow.{name}`"));
    } else if is_same {
        return FlowDiff { address, verdict: Verdict::Equal, changes: Vec::new() };
    }
    let mut changes = notes.changes;
    changes.sort_by_key(|change| change.way);
    let has = |way| changes.iter().any(|c: &Change| c.way == way);
    let verdict = if has(Way::Weaker) {
        Verdict::Weaker
    } else if has(Way::Stronger) {
        Verdict::Stronger
    } else {
        Verdict::Changed
    };
    FlowDiff { address, verdict, changes }
}

fn parts(old: Subject<'_>, new: Subject<'_>, notes: &mut Notes) {
    let steps = hooks::changed_steps(old, new, notes);
    asking::compare(old, new, notes);
    let asked = hooks::compare(old, new, &steps, notes);
    stages::compare(old, new, &steps, asked, notes);
    grant::compare(old, new, notes);
    reaching::compare(old, new, notes);
    fields::compare(old, new, notes);
    other::compare(old, new, notes);
}

/// Changes as they are found.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    changes: Vec<Change>,
}

impl Notes {
    fn say(&mut self, way: Way, path: String, text: String, example: Vec<Choice>) {
        let text =
            if example.is_empty() { text } else { format!("{text} when {}", listed(&example)) };
        let change = Change { way, code: way.code(), path, text, example };
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    pub(crate) fn weaker(&mut self, path: String, text: impl Into<String>) {
        self.say(Way::Weaker, path, text.into(), Vec::new());
    }

    pub(crate) fn stronger(&mut self, path: String, text: impl Into<String>) {
        self.say(Way::Stronger, path, text.into(), Vec::new());
    }

    pub(crate) fn breaking(&mut self, path: String, text: impl Into<String>) {
        self.say(Way::Breaking, path, text.into(), Vec::new());
    }

    pub(crate) fn changed(&mut self, path: String, text: impl Into<String>) {
        self.say(Way::Changed, path, text.into(), Vec::new());
    }

    /// With the values under which it is so.
    pub(crate) fn when(&mut self, way: Way, path: String, text: impl Into<String>, e: Vec<Choice>) {
        self.say(way, path, text.into(), e);
    }

    /// One of two ways, by which of both is more.
    pub(crate) fn moved(&mut self, is_weaker: bool, path: String, text: impl Into<String>) {
        let way = if is_weaker { Way::Weaker } else { Way::Stronger };
        self.say(way, path, text.into(), Vec::new());
    }
}
