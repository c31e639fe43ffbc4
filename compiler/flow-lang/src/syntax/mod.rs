//! Text to tree. The only folder that knows the parser.
//!
//! | file | does |
//! | --- | --- |
//! | [`tree`] | the tree that everything else reads |
//! | `parse`, `scan` | the parser, and the characters that it reads |
//! | `body`, `expr`, `term`, `collection` | attributes, blocks, expressions |
//! | `string`, `template`, `heredoc`, `indent` | texts |
//! | `seen` | names that stand twice |
//! | `lex`, `brackets`, `open` | tokens of a broken file, and which brackets are alone |
//! | `recover`, `hint` | what can be read of a broken file, and what to say about the rest |
//! | `allow` | comments that silence a finding |
//! | `modules` | which modules a file names |

mod allow;
mod body;
mod brackets;
mod collection;
mod expr;
mod heredoc;
mod hint;
mod indent;
mod lex;
pub(crate) mod mention;
mod modules;
mod open;
#[cfg(test)]
mod oracle;
mod parse;
mod recover;
mod scan;
mod seen;
mod string;
mod template;
mod term;
#[cfg(test)]
mod tests;
pub mod tree;

use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, SourceFile, Sources, Span};
pub(crate) use scan::word_length;
use tree::File;

pub use modules::modules;

/// Words that start a top-level block. One in column 0 starts a new item whatever is still open.
pub const KEYWORDS: [&str; 17] = [
    "bundle",
    "variable",
    "locals",
    "secret",
    "integration",
    "environment",
    "identities",
    "group",
    "target",
    "strategy",
    "message",
    "function",
    "flow",
    "module",
    "output",
    "check",
    "moved",
];

/// Reads every file. What could not be read is reported and left out; this never fails.
pub fn parse(sources: &Sources, diagnostics: &mut Diagnostics) -> Vec<File> {
    sources.iter().map(|(id, source)| parse_file(id, source, diagnostics)).collect()
}

/// Reads one file, in the same way.
pub(crate) fn parse_file(file: FileId, source: &SourceFile, diagnostics: &mut Diagnostics) -> File {
    let text = source.text.as_str();
    let start = match recover::byte_order_mark(file, text) {
        Some(mark) => {
            diagnostics.push(mark);
            3
        }
        None => 0,
    };
    let (mut own, mut allows) = (Diagnostics::new(), Vec::new());
    let whole = parse::parse_piece(file, text, start..text.len(), &mut own, &mut allows).ok();
    let mut faults = Diagnostics::new();
    let (body, incomplete) = whole.map_or_else(
        || {
            let tokens = lex::lex(file, text, start, &mut faults);
            let nesting = brackets::pair(file, text, &tokens, &mut faults);
            allows = allow::collect(file, text, &tokens);
            recover::file(file, text, start, (&tokens, &nesting), &faults, &mut own)
        },
        |body| (body, false),
    );
    if let Some(at) = source.invalid_at {
        diagnostics.push(invalid_utf8(Span::new(file, at..at + '\u{fffd}'.len_utf8())));
        // What the replaced bytes make of the text around them is no news.
        own.drop_code(code::X001);
    }
    diagnostics.append(faults);
    diagnostics.append(own);
    File { id: file, body, allows, incomplete: incomplete || source.invalid_at.is_some() }
}

fn invalid_utf8(span: Span) -> Diagnostic {
    Diagnostic::new(code::X006, span, "the file is not UTF-8", "from this byte on")
        .help("save the file as UTF-8")
}
