//! Diagnostics: what the compiler has to say, where, and what to do about it.
//!
//! One struct for all of it. A pass makes a
//! [`Diagnostic`] and pushes it into [`Diagnostics`]; [`Diagnostics::finish`] sorts, drops what is
//! said twice and what an allow comment silences.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::{self, Code, Severity};
use crate::lint::unicode::is_hidden;
use crate::source::{FileId, Sources, Span};
use crate::syntax::tree::{Allow, File};

/// A label that is farther than this many lines from the primary one, or in another file, is
/// printed as related advice: drawn together, all the lines between would be drawn too.
const RELATED_BEYOND_LINES: usize = 6;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding; its severity is the code's.
    pub code: Code,
    /// What is wrong: lower case, one sentence, no final stop, the author's words in backticks.
    pub message: String,
    /// Where: the smallest text that one would edit.
    pub primary: Label,
    /// The other halves of the fault. Write the text so that it may end in `here`: for a label far
    /// away the word becomes `at main.flow.hcl:42:23`, any other text gets `, at …` behind it.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// Edits that mend it.
    pub fixes: Vec<Fix>,
    /// In which instance of a block it was found, where there are several.
    pub(crate) instance: Option<Instance>,
}

/// One of the instances that a block has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    /// Its address, as people write it.
    pub(crate) name: String,
    /// Which block; all its instances are counted by this.
    pub(crate) of: Option<Span>,
}

/// A place and what to say there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words.
    pub text: String,
}

/// An edit that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced; empty: inserted before.
    pub span: Span,
    /// By what.
    pub text: String,
}

impl Diagnostic {
    /// A finding at `span`, whose label says `label`.
    #[must_use]
    pub fn new(
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: readable(&message.into()),
            primary: Label { span, text: readable(&label.into()) },
            labels: Vec::new(),
            help: None,
            fixes: Vec::new(),
            instance: None,
        }
    }

    /// Passes all its words through `change`.
    pub(crate) fn reword(&mut self, change: impl Fn(&str) -> String) {
        self.message = change(&self.message);
        self.help = self.help.take().map(|help| change(&help));
        for label in std::iter::once(&mut self.primary).chain(&mut self.labels) {
            label.text = change(&label.text);
        }
        for fix in &mut self.fixes {
            fix.text = change(&fix.text);
        }
    }

    /// Adds a label at another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: readable(&text.into()) });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(readable(&help.into()));
        self
    }

    /// Says what to do, where there is something to say.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.map(|text| readable(&text)).or(self.help);
        self
    }

    /// Offers an edit.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fixes.push(Fix { span, text: text.into() });
        self
    }

    /// Offers the one word that was certainly meant, where there is one, for the text at `span`.
    #[must_use]
    pub fn rename(self, span: Span, word: Option<&str>) -> Self {
        match word {
            Some(word) => self.fix(span, word),
            None => self,
        }
    }

    /// As [`Self::rename`], for a label or another text in quotes.
    #[must_use]
    pub fn rename_quoted(self, span: Span, word: Option<&str>) -> Self {
        match word {
            Some(word) => self.fix(span, format!("\"{word}\"")),
            None => self,
        }
    }

    /// The labels that are drawn beside the primary one.
    pub fn near<'a>(&'a self, sources: &'a Sources) -> impl Iterator<Item = &'a Label> {
        self.labels.iter().filter(|label| !self.is_far(label, sources))
    }

    /// The labels that are too far away to be drawn, as sentences with their place.
    pub fn related<'a>(
        &'a self,
        sources: &'a Sources,
    ) -> impl Iterator<Item = (&'a Label, String)> {
        self.labels.iter().filter(|label| self.is_far(label, sources)).map(|label| {
            let place = sources.place(label.span);
            let sentence = match label.text.strip_suffix(" here") {
                Some(text) => format!("{text} at {place}"),
                None => format!("{}, at {place}", label.text),
            };
            (label, sentence)
        })
    }

    fn is_far(&self, label: &Label, sources: &Sources) -> bool {
        let line = |span| sources.position(span).line;
        label.span.file != self.primary.span.file
            || line(label.span).abs_diff(line(self.primary.span)) > RELATED_BEYOND_LINES
    }
}

/// Where the passes put what they find.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// How many of them are errors.
    errors: usize,
    /// How many instances there are of the block whose name stands here.
    instances: BTreeMap<Span, usize>,
}

impl Diagnostics {
    /// Nothing found yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(is_error(&diagnostic));
        self.found.push(diagnostic);
    }

    /// Notes one more instance of the block whose name stands at `span`.
    pub(crate) fn count_instance(&mut self, span: Span) {
        *self.instances.entry(span).or_default() += 1;
    }

    /// Adds what another collector holds.
    pub fn append(&mut self, other: Self) {
        self.errors += other.errors;
        self.found.extend(other.found);
    }

    /// Drops every finding of a code.
    pub fn drop_code(&mut self, code: Code) {
        self.keep(|d| d.code != code);
    }

    /// Drops findings of a code that touch a place, where something says more of it.
    pub fn drop_at(&mut self, code: Code, place: Span) {
        self.keep(|d| d.code != code || !d.primary.span.meets(place));
    }

    fn keep(&mut self, which: impl Fn(&Diagnostic) -> bool) {
        self.found.retain(which);
        self.errors = self.found.iter().filter(|d| is_error(d)).count();
    }

    /// What was found so far, in the order in which it was found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Forgets what was found since there were so many findings.
    pub fn forget_since(&mut self, len: usize) {
        let forgotten = self.found.iter().skip(len).filter(|d| is_error(d)).count();
        self.errors -= forgotten;
        self.found.truncate(len);
    }

    /// How much was found so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing was found so far.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether an error was found so far.
    #[must_use]
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// What was found, by file and position, once each, without what an allow comment silences.
    /// Allow comments that give no reason or silence nothing are findings themselves.
    #[must_use]
    pub fn finish(mut self, sources: &Sources, files: &[File]) -> Vec<Diagnostic> {
        self.silence(sources, files);
        self.found.sort_by(|a, b| {
            let place = |d: &Diagnostic| (d.primary.span.file, d.primary.span.start);
            place(a).cmp(&place(b)).then(a.code.id.cmp(b.code.id))
        });
        self.once_for_all_instances();
        let mut seen = BTreeSet::new();
        self.found.retain(|d| seen.insert((d.primary.span, d.code.id, d.message.clone())));
        self.found
    }

    /// What is found in every instance of a block is a fault of the block and said once; what is
    /// found in some of them names these.
    fn once_for_all_instances(&mut self) {
        type Place = (Span, &'static str);
        let mut hit: BTreeMap<Place, BTreeSet<String>> = BTreeMap::new();
        let mut hit_by_words: BTreeMap<(Place, String), Vec<String>> = BTreeMap::new();
        for d in &self.found {
            let (Some(instance), place) = (&d.instance, (d.primary.span, d.code.id)) else {
                continue;
            };
            hit.entry(place).or_default().insert(instance.name.clone());
            let names = hit_by_words.entry((place, d.message.clone())).or_default();
            if !names.contains(&instance.name) {
                names.push(instance.name.clone());
            }
        }
        let mut said = BTreeSet::new();
        let instances = std::mem::take(&mut self.instances);
        self.found.retain_mut(|d| {
            let Some(instance) = &d.instance else { return true };
            let place = (d.primary.span, d.code.id);
            let all = instance.of.and_then(|of| instances.get(&of)).copied().unwrap_or(1);
            let names = hit_by_words.get(&(place, d.message.clone())).cloned().unwrap_or_default();
            if names.len() >= all {
                return true;
            }
            if hit.get(&place).is_some_and(|h| h.len() >= all) {
                let is_first = said.insert(place);
                let others = all - 1;
                let s = if others == 1 { "" } else { "s" };
                trim_stop(&mut d.message);
                d.message.push_str(&format!(
                    ", in `{}`, and likewise in the {others} other instance{s}",
                    instance.name
                ));
                return is_first;
            }
            trim_stop(&mut d.message);
            d.message.push_str(&in_words(&names));
            true
        });
    }

    fn silence(&mut self, sources: &Sources, files: &[File]) {
        let allows: Vec<&Allow> = files.iter().flat_map(|file| &file.allows).collect();
        if allows.is_empty() {
            return;
        }
        let mut silenced: BTreeMap<(FileId, usize, &str), bool> = BTreeMap::new();
        for allow in &allows {
            let line = sources.position(allow.span).line + 1;
            if allow.reason.is_some() {
                silenced.insert((allow.span.file, line, allow.code.as_str()), false);
            }
        }
        self.found.retain(|d| {
            let place = d.primary.span;
            let key = (place.file, sources.position(place).line, d.code.id);
            let found = silenced.get_mut(&key).filter(|_| d.code.severity != Severity::Error);
            found.map(|was_found| *was_found = true).is_none()
        });
        for allow in allows {
            let line = sources.position(allow.span).line + 1;
            let key = (allow.span.file, line, allow.code.as_str());
            if allow.reason.is_none() {
                self.found.push(allow_without_reason(allow));
            } else if silenced.get(&key) == Some(&false) {
                self.found.push(unused_allow(allow));
            }
        }
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.severity == Severity::Error
}

/// More characters of one quoted word are cut: the source shows it whole.
const QUOTED_MAX: usize = 80;

/// More characters of a sentence are cut.
const SENTENCE_MAX: usize = 1_000;

/// A text as one line that can be read: quoted words are cut where they are long, and characters
/// that do not show are named.
fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(SENTENCE_MAX));
    for (i, part) in text.split('`').enumerate() {
        if i > 0 {
            out.push('`');
        }
        let most = if i % 2 == 1 { QUOTED_MAX } else { SENTENCE_MAX };
        let mut chars = part.chars();
        for c in chars.by_ref().take(most) {
            if c.is_whitespace() {
                out.push(' ');
            } else if is_hidden(c) {
                out.push_str(&format!("(U+{:04X})", u32::from(c)));
            } else {
                out.push(c);
            }
        }
        if chars.next().is_some() {
            out.push('…');
        }
        if out.len() > SENTENCE_MAX * 4 {
            break;
        }
    }
    match out.char_indices().nth(SENTENCE_MAX) {
        Some((end, _)) => format!("{}…", out.get(..end).unwrap_or_default()),
        None => out,
    }
}

/// A sentence of the author's own may end in a stop; ours goes on.
fn trim_stop(message: &mut String) {
    message.truncate(message.trim_end_matches('.').len());
}

/// `, in "a", "b" and 3 more`.
fn in_words(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(2).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => format!(", in {}", shown.join(" and ")),
        more => format!(", in {} and {more} more", shown.join(", ")),
    }
}

fn allow_without_reason(allow: &Allow) -> Diagnostic {
    let message = format!("the allow comment for `{}` gives no reason", allow.code);
    Diagnostic::new(code::F903, allow.span, message, "a reason is missing")
        .help(format!("write `# flowc:allow {} \"why this is right here\"`", allow.code))
}

fn unused_allow(allow: &Allow) -> Diagnostic {
    let known = code::find(&allow.code);
    let is_surplus = known.is_some_and(|code| code.severity != Severity::Error);
    let (message, label) = match known {
        None => (format!("there is no code `{}`", allow.code), "unknown code"),
        Some(code) if code.severity == Severity::Error => {
            (format!("`{}` is an error and cannot be silenced", allow.code), "has no effect")
        }
        Some(_) => (format!("`{}` is not found on the next line", allow.code), "silences nothing"),
    };
    let found = Diagnostic::new(code::F902, allow.span, message, label).help("remove the comment");
    if is_surplus { found.fix(allow.span, "") } else { found }
}
