//! An answer as text for a terminal.

use std::fmt::Write as _;

use super::entry::{AttributeEntry, BlockEntry, FunctionEntry};
use super::topic::Topic;

/// Columns of the text.
const WIDTH: usize = 96;

/// The answer as text.
#[must_use]
pub fn text(topic: &Topic) -> String {
    match topic {
        Topic::Block(entry) => block(entry),
        Topic::Attribute { of, attribute } => {
            format!("{}\n\n{}", of, one(attribute, ""))
        }
        Topic::Function(entry) => function(entry),
    }
}

fn block(entry: &BlockEntry) -> String {
    let mut out = format!("{}\n\n", entry.title);
    for paragraph in entry.doc.split("\n\n") {
        wrap(&mut out, paragraph, "", "");
        out.push('\n');
    }
    let place = if entry.stands_in.is_empty() {
        "Stands outermost in a file.".to_owned()
    } else {
        format!("Stands in {}.", quoted(&entry.stands_in))
    };
    wrap(&mut out, &place, "", "");
    if !entry.types.is_empty() {
        wrap(&mut out, &format!("Types: {}.", entry.types.join(", ")), "", "");
    }
    if entry.takes_any_name {
        out.push_str("\nattributes: any name\n");
    } else if !entry.attributes.is_empty() {
        out.push_str("\nattributes\n");
        for attribute in &entry.attributes {
            out.push_str(&one(attribute, "  "));
        }
    }
    if !entry.blocks.is_empty() {
        out.push_str("\nblocks\n");
        for child in &entry.blocks {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  {}: {}", child.title, child.count);
            wrap(&mut out, child.doc, "      ", "      ");
        }
    }
    out
}

/// `quorum: number, default 1`, and what it is for.
fn one(attribute: &AttributeEntry, indent: &str) -> String {
    let mut head = format!("{}: {}", attribute.name, attribute.takes);
    if attribute.required {
        head.push_str(", required");
    }
    if let Some(default) = &attribute.default {
        head.push_str(&format!(", default {default}"));
    }
    if !attribute.is_static {
        head.push_str(", may read the request");
    }
    let deeper = format!("{indent}    ");
    let mut out = String::new();
    wrap(&mut out, &head, indent, &deeper);
    wrap(&mut out, attribute.doc, &deeper, &deeper);
    out
}

fn function(entry: &FunctionEntry) -> String {
    let mut out = format!("{}\n\n", entry.signature);
    wrap(&mut out, &sentence(entry.doc), "", "");
    if !entry.example.is_empty() {
        out.push_str(&format!("\n    {}\n", entry.example));
    }
    out
}

/// With a capital and a final stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let stop = if text.ends_with('.') || text.is_empty() { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

pub(super) fn quoted(words: &[impl std::fmt::Display]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// Adds a paragraph, broken between words; its first line is indented by `first`.
fn wrap(out: &mut String, paragraph: &str, first: &str, indent: &str) {
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        if column == 0 {
            out.push_str(first);
            column = first.len();
        } else if column + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out.push('\n');
}
