//! Tables, cards and times, for a person who reads them in a terminal at three in the morning: no
//! colour, no drawing characters, instants in UTC with how far away they are.

use std::fmt::Write as _;

use jiff::{Timestamp, Unit};

/// Rows under headings, each column as wide as its widest cell.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(str::to_uppercase).to_vec()] }
    }

    /// Adds a row; line breaks in a cell become spaces.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|c| one_line(&c)).to_vec());
    }

    /// The text, or `empty` where there is no row.
    pub fn to_text(&self, empty: &str) -> String {
        if self.rows.len() < 2 {
            return format!("{empty}\n");
        }
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|c| self.rows.iter().filter_map(|r| r.get(c)).map(|s| width(s)).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, w) in row.iter().zip(&widths) {
                let _ = write!(line, "{cell}{}  ", " ".repeat(w.saturating_sub(width(cell))));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Labelled lines, the labels padded to one width.
#[derive(Default)]
pub struct Card {
    lines: Vec<(String, String)>,
}

impl Card {
    /// Adds a line.
    pub fn line(&mut self, label: &str, value: impl Into<String>) {
        self.lines.push((label.to_owned(), value.into()));
    }

    /// Adds a line where there is something to say.
    pub fn maybe(&mut self, label: &str, value: Option<String>) {
        if let Some(value) = value {
            self.line(label, value);
        }
    }

    /// The text; further lines of a value stand under its first.
    pub fn to_text(&self) -> String {
        let widest = self.lines.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
        let mut text = String::new();
        for (label, value) in &self.lines {
            let pad = " ".repeat(widest.saturating_sub(width(label)));
            let rest = format!("\n{}", " ".repeat(widest + 2));
            let _ = writeln!(text, "{label}{pad}  {}", printable(value).replace('\n', &rest));
        }
        text
    }
}

/// `2026-11-24T03:00:00Z (in 2h 5m)`.
pub fn instant(at: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", clock(at), distance(at, now))
}

/// `2026-11-24T03:00:00Z`, to the second.
pub fn clock(at: Timestamp) -> String {
    // Rounding to a second cannot fail; the unrounded instant is no worse to read.
    at.round(Unit::Second).unwrap_or(at).to_string()
}

/// `in 2h 5m`, `3m ago`, `now`.
pub fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_second() - now.as_second();
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(seconds.unsigned_abs())),
        _ => format!("{} ago", span(seconds.unsigned_abs())),
    }
}

/// The two largest units of a number of seconds: `1d 2h`, `30m`, `45s`.
pub fn span(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, 'd'),
        (seconds / 3_600 % 24, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ];
    let first = parts.iter().position(|(n, _)| *n > 0).unwrap_or(3);
    let shown: Vec<String> = parts
        .iter()
        .skip(first)
        .take(2)
        .filter(|(n, _)| *n > 0 || seconds == 0)
        .map(|(n, unit)| format!("{n}{unit}"))
        .collect();
    shown.join(" ")
}

/// A JSON value as people write it: strings bare, lists with commas.
pub fn plain(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::String(s) => s.clone(),
        serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::Object(object) => match object.get("label").and_then(|l| l.as_str()) {
            Some(label) => label.to_owned(),
            None => json.to_string(),
        },
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => json.to_string(),
    }
}

/// Names of people, or `-`.
pub fn names(people: &[crate::wire::PersonRef]) -> String {
    if people.is_empty() {
        return "-".to_owned();
    }
    people.iter().map(|p| p.username.clone()).collect::<Vec<_>>().join(", ")
}

/// A cell: what is there, or `-`.
pub fn or_dash(value: Option<String>) -> String {
    value.filter(|v| !v.is_empty()).unwrap_or_else(|| "-".to_owned())
}

/// Other people's words on one line.
pub fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Other people's words must not move the cursor: control characters are shown as `\u{…}`, except
/// the line break.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Bidirectional overrides can make one name read as another.
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if (c.is_control() && c != '\n') || turns {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_distances_read_well() {
        for (seconds, text) in [
            (0, "0s"),
            (45, "45s"),
            (1800, "30m"),
            (7500, "2h 5m"),
            (90_000, "1d 1h"),
            (86_460, "1d"),
        ] {
            assert_eq!(span(seconds), text);
        }
        let now: Timestamp = "2026-11-24T03:00:00.25Z".parse().unwrap();
        assert_eq!(
            instant("2026-11-24T03:30:00Z".parse().unwrap(), now),
            "2026-11-24T03:30:00Z (in 30m)"
        );
        assert_eq!(distance("2026-11-24T02:59:00Z".parse().unwrap(), now), "1m ago");
        assert_eq!(distance(now, now), "now");
    }

    #[test]
    fn a_table_lines_up_and_cannot_be_broken_by_its_cells() {
        let mut table = Table::new(["id", "who"]);
        assert_eq!(table.to_text("nobody is here"), "nobody is here\n");
        table.row(["1".to_owned(), "ana\nevil\u{1b}[2J".to_owned()]);
        table.row(["23".to_owned(), "bo".to_owned()]);
        assert_eq!(table.to_text(""), "ID  WHO\n1   ana evil\\u{1b}[2J\n23  bo\n");
    }

    #[test]
    fn a_card_keeps_long_values_under_their_label() {
        let mut card = Card::default();
        card.line("why", "two\nlines");
        card.line("target", "button");
        card.maybe("never", None);
        assert_eq!(card.to_text(), "why     two\n        lines\ntarget  button\n");
    }
}
