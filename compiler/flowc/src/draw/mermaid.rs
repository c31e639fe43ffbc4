//! A story as a Mermaid flowchart, for Markdown.

use std::fmt::Write as _;

use super::story::{Story, Tone};

/// Characters of a line inside a node.
const LINE_CHARACTERS: usize = 46;

/// The chart. Several stories stand below one another, each in a frame.
pub fn mermaid(stories: &[Story]) -> String {
    let title: Vec<&str> = stories.iter().map(|story| story.label.as_str()).collect();
    let mut out = format!("flowchart TD\n  accTitle: {}\n", plain(&title.join(", ")));
    for (number, story) in stories.iter().enumerate() {
        if stories.len() > 1 {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  subgraph f{number}[\"{}\"]", escape(&story.label));
            chart(&mut out, number, story, "    ");
            out.push_str("  end\n");
        } else {
            chart(&mut out, number, story, "  ");
        }
    }
    // Not the bare word: `end` would close a frame.
    for tone in Tone::ALL {
        let _ = writeln!(out, "  classDef is_{} {}", tone.word(), colours(tone));
    }
    out
}

fn chart(out: &mut String, number: usize, story: &Story, indent: &str) {
    let mut before: Option<String> = None;
    for (index, row) in story.rows.iter().enumerate() {
        let mut ids = Vec::new();
        for (at, card) in row.cards.iter().enumerate() {
            let id = format!("f{number}r{index}c{at}");
            let (open, close) = shape(card.tone);
            let text = label(&card.title, &card.lines);
            let class = card.tone.word();
            let _ = writeln!(out, "{indent}{id}{open}\"{text}\"{close}:::is_{class}");
            ids.push(id);
        }
        let ids = ids.join(" & ");
        if let Some(before) = &before {
            let _ = writeln!(out, "{indent}{before} --> {ids}");
        }
        for (at, exit) in row.exits.iter().enumerate() {
            let id = format!("f{number}r{index}x{at}");
            let text = label(&exit.title, &exit.lines);
            let _ = writeln!(out, "{indent}{id}(\"{text}\"):::is_{}", exit.tone.word());
            let _ = writeln!(out, "{indent}{ids} -.-> {id}");
        }
        before = Some(ids);
    }
}

const fn shape(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Ask | Tone::End => ("([", "])"),
        Tone::Work => ("[[", "]]"),
        Tone::Decide => ("{{", "}}"),
        _ => ("[", "]"),
    }
}

fn colours(tone: Tone) -> &'static str {
    match tone {
        Tone::Ask => "fill:#ddf4ff,stroke:#0969da,color:#1f2328",
        Tone::Work => "fill:#f6f8fa,stroke:#59636e,color:#1f2328",
        Tone::Decide => "fill:#fbefff,stroke:#8250df,color:#1f2328",
        Tone::Access => "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
        Tone::End => "fill:#d8f3f5,stroke:#1b7c83,color:#1f2328",
        Tone::Denied => "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
        Tone::Late => "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
        Tone::Failed => "fill:#fff1e5,stroke:#bc4c00,color:#1f2328",
        Tone::Alone => "fill:#ffeff7,stroke:#bf3989,color:#1f2328",
    }
}

fn label(title: &str, lines: &[String]) -> String {
    let mut text = format!("<b>{}</b>", escape(title));
    for line in lines {
        for line in folded(line) {
            text.push_str("<br/>");
            text.push_str(&escape(&line));
        }
    }
    text
}

/// Lines of a length that a node takes without being wider than a page.
fn folded(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= LINE_CHARACTERS {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// What has a meaning in a Mermaid text, by its number.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '%' | '$' | '\\' | ';' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A text outside of quotes, where nothing can be escaped.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, ';' | '#' | '%' | '{' | '}') || c.is_control() { ' ' } else { c })
        .collect()
}
