//! A dry run, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::Result;
use flow_bundle::bundle::BundleFile;
use flow_bundle::duration;
use flow_engine::dry_run::{DryRun, Entry, Finish, What};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use crate::args::Simulate;

/// Details longer than this are for `--format json`.
const DETAILS_MAX: usize = 400;

/// As one would read it aloud.
pub fn human(file: &BundleFile, asked: &Simulate, run: &DryRun, notes: &[String]) -> String {
    let mut lines = Lines::of(file, asked);
    let mut text = "What would happen. Nothing of it was done.\n\n".to_owned();
    for entry in &run.way {
        let after = format!("+{}", spoken(entry.after_s));
        // Writing to a string cannot fail.
        let _ = write!(text, "  {after:<7} {}", one_line(&entry.text));
        if let Some(place) = lines.place(entry) {
            let _ = write!(text, "   [{place}]");
        }
        text.push('\n');
        if let Some(details) = details(entry) {
            let _ = writeln!(text, "          {details}");
        }
    }
    if !run.way.is_empty() {
        text.push('\n');
    }
    text.push_str(&last(&run.end));
    if !notes.is_empty() {
        text.push_str("\nassumed:\n");
        for note in notes {
            let _ = writeln!(text, "  {note}");
        }
    }
    text
}

/// With everything.
pub fn json(file: &BundleFile, asked: &Simulate, run: &DryRun, notes: &[String]) -> Result<String> {
    let mut lines = Lines::of(file, asked);
    let mut way = Vec::new();
    for entry in &run.way {
        let mut json = json!(entry);
        if let (Some(object), Some(place)) = (json.as_object_mut(), lines.place(entry)) {
            object.insert("place".to_owned(), Json::from(place));
        }
        way.push(json);
    }
    let whole = json!({ "way": way, "end": run.end, "assumed": notes });
    Ok(format!("{whole:#}\n"))
}

fn last(end: &Finish) -> String {
    match end {
        Finish::Refused(refusal) => {
            let field = refusal.field.as_ref().map(|f| format!(" (field `{f}`)"));
            let field = field.unwrap_or_default();
            format!("It is refused, {}: {}{field}\n", refusal.reason.word(), refusal.sentence)
        }
        Finish::Ended { outcome } => format!("It ends: {}.\n", outcome.word()),
        Finish::Stands => "Access stands until somebody ends it.\n".to_owned(),
        Finish::NeedsAnswer { call, example } => format!(
            "What follows depends on what `{call}` is answered. Say it, for example\n  --answer '{call}={example}'\nor say that it goes wrong: --fail {call}=timeout\n"
        ),
        Finish::GoesOn => {
            "It goes on without an end: nobody is there to end it. `--person` adds somebody.\n"
                .to_owned()
        }
    }
}

/// What is worth a second line.
fn details(entry: &Entry) -> Option<String> {
    let shown = match entry.what {
        What::Called => match entry.details.get("payload") {
            Some(payload) => format!("with {payload}"),
            None => format!("with {}", entry.details),
        },
        What::Asked => format!("with {}", entry.details),
        What::Waits => {
            let rules = entry.details.as_array()?;
            let who = rules.iter().flat_map(|r| r["may_decide"].as_array().into_iter().flatten());
            let mut names: Vec<&str> = Vec::new();
            for name in who.filter_map(Json::as_str) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            if names.is_empty() {
                "nobody who is known may decide: `--person` adds somebody".to_owned()
            } else {
                format!("may decide: {}", names.join(", "))
            }
        }
        What::Planned | What::Told | What::Decided | What::Access | What::Failed | What::Ended => {
            return None;
        }
    };
    if shown.ends_with("{}") || shown.ends_with("null") {
        return None;
    }
    let shown = one_line(&shown);
    if shown.chars().count() <= DETAILS_MAX {
        return Some(shown);
    }
    let cut: String = shown.chars().take(DETAILS_MAX).collect();
    Some(format!("{cut}… (whole with `--format json`)"))
}

fn spoken(seconds: u64) -> String {
    duration::print(Decimal::from(seconds))
}

/// Words of people stay on their line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Lines of the source, as far as it is there.
struct Lines<'a> {
    file: &'a BundleFile,
    asked: &'a Simulate,
    texts: BTreeMap<String, Option<Vec<u8>>>,
}

impl<'a> Lines<'a> {
    fn of(file: &'a BundleFile, asked: &'a Simulate) -> Self {
        Self { file, asked, texts: BTreeMap::new() }
    }

    /// `main.flow.hcl:41`, or the file alone where its text is not at hand.
    fn place(&mut self, entry: &Entry) -> Option<String> {
        let path = entry.because.as_deref()?;
        let (source, bytes) = self.file.sources.place_of(path)?;
        let root = &self.asked.built.path;
        let text = self
            .texts
            .entry(source.path.clone())
            .or_insert_with(|| fs::read(root.join(&source.path)).ok());
        let start = usize::try_from(bytes.start).ok()?;
        let before = text.as_ref().and_then(|text| text.get(..start));
        Some(match before {
            Some(before) => {
                let breaks = before.iter().filter(|byte| **byte == b'\n').count();
                format!("{}:{}", source.path, breaks.saturating_add(1))
            }
            None => source.path.clone(),
        })
    }
}
