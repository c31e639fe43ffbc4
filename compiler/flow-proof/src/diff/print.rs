//! A comparison for people: as text for a screen, as Markdown for a pull request.

use std::fmt::Write as _;

use super::{Change, Diff, FlowDiff, Verdict};

impl Diff {
    /// Lines for a screen: what became weaker first, flows that are equal only counted.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for flow in self.told() {
            // Writing to a `String` never fails.
            let _ = writeln!(out, "{:<9} flow `{}`", flow.verdict.word(), flow.address);
            for change in &flow.changes {
                let _ = writeln!(out, "  {:<9}{}{}", change.way.word(), change.text, code(change));
            }
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out + &self.summary() + "\n"
    }

    /// A comment for a pull request.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let title = if self.is_weaker() {
            "Approval got weaker"
        } else if self.count(Verdict::Equal) == self.flows.len() {
            "No flow has changed"
        } else {
            "Approval did not get weaker"
        };
        let mut out = format!("## {title}\n\n{}\n", self.summary());
        for flow in self.told() {
            let _ = writeln!(out, "\n### `{}`: {}\n", flow.address, flow.verdict.word());
            for change in &flow.changes {
                let word = match change.code {
                    Some(_) => format!("**{}**", change.way.word()),
                    None => change.way.word().to_owned(),
                };
                let _ = writeln!(out, "- {word}: {}{}", escaped(&change.text), code(change));
            }
        }
        out
    }

    /// `1 flow weaker, 2 equal`.
    fn summary(&self) -> String {
        let counts = Verdict::ALL.iter().filter_map(|verdict| match self.count(*verdict) {
            0 => None,
            n => Some((n, verdict.word())),
        });
        let mut parts: Vec<String> = Vec::new();
        for (n, word) in counts {
            let flows = match (parts.is_empty(), n) {
                (true, 1) => " flow",
                (true, _) => " flows",
                (false, _) => "",
            };
            parts.push(format!("{n}{flows} {word}"));
        }
        if parts.is_empty() { "no flows".to_owned() } else { parts.join(", ") }
    }

    /// Everything but what is equal, the worst first.
    fn told(&self) -> Vec<&FlowDiff> {
        let mut flows: Vec<&FlowDiff> =
            self.flows.iter().filter(|f| f.verdict != Verdict::Equal).collect();
        flows.sort_by_key(|f| f.verdict);
        flows
    }
}

fn code(change: &Change) -> String {
    change.code.map(|code| format!(" [{code}]")).unwrap_or_default()
}

/// What Markdown would take for its own, outside of code spans.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut is_code = false;
    for c in text.chars() {
        is_code ^= c == '`';
        if !is_code && matches!(c, '*' | '_' | '<' | '>' | '[' | ']' | '#' | '@' | '|' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
