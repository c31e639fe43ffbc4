//! The formatter: one layout for every file, and nothing but layout.
//!
//! It works on tokens and never prints from the tree, for a tree forgets: comments in the middle of
//! an expression, how a character was escaped, line endings. Between two tokens there is either a
//! line break, which stays, or a gap, which is computed. The rules are those of `terraform fmt`, so
//! that files beside each other look alike.
//!
//! | file | does |
//! | --- | --- |
//! | `token` | text to tokens |
//! | `line` | tokens to lines, and lines to cells |
//! | `indent` | the gap before the first token of a line |
//! | `space` | the gap between two tokens |
//! | `align` | the gaps before `=` and before a comment, in runs of lines |
//! | `label` | quotes around bare labels |
//!
//! Unlike Terraform it keeps `"${x}"`, which is always a string here, and `type = "string"`, which
//! is an error here; and it loses neither a comment between labels nor a label with a `$` in it.

mod align;
mod indent;
mod label;
mod line;
mod space;
#[cfg(test)]
mod tests;
mod token;

use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Sources, Span};
use crate::syntax;
use token::Token;

/// Endings of the files that have this layout.
pub const ENDINGS: [&str; 3] = [".flow.hcl", ".flowtest.hcl", ".flowvars"];

/// The layout of a file; `None`, with the faults in `diagnostics`, where its text cannot be read.
/// A byte-order mark is no such fault: it is taken away.
#[must_use]
pub fn file(sources: &Sources, id: FileId, diagnostics: &mut Diagnostics) -> Option<String> {
    let source = sources.file(id)?;
    let mut faults = Diagnostics::new();
    syntax::parse_file(id, source, &mut faults);
    // Neither stands in the way of tokens.
    faults.drop_code(code::X005);
    faults.drop_code(code::X009);
    if faults.has_errors() {
        diagnostics.append(faults);
        return None;
    }
    Some(text(&source.text))
}

/// The layout of a text without syntax errors.
#[must_use]
pub fn text(text: &str) -> String {
    let mut tokens = label::quote(token::lex(text));
    let lines = line::cut(&tokens);
    indent::set(&mut tokens, &lines);
    space::set(&mut tokens, &lines);
    align::set(&mut tokens, &lines);
    print(&tokens, text.len())
}

fn print(tokens: &[Token<'_>], size: usize) -> String {
    let mut out = String::with_capacity(size + size / 8);
    for token in tokens {
        out.extend(std::iter::repeat_n(' ', token.gap));
        out.push_str(token.text);
    }
    out
}

/// F901 at the first line that differs; `None` where the file has its layout.
#[must_use]
pub fn not_formatted(sources: &Sources, id: FileId, formatted: &str) -> Option<Diagnostic> {
    let source = sources.file(id)?;
    if source.text == formatted {
        return None;
    }
    let mut at = 0;
    let mut wanted = formatted.split_inclusive('\n');
    let mut found = source.text.split_inclusive('\n');
    let line = loop {
        match (found.next(), wanted.next()) {
            (Some(line), Some(want)) if line == want => at += line.len(),
            (line, want) => break (line.unwrap_or_default(), want.unwrap_or_default()),
        }
    };
    let (line, want) =
        (line.0.trim_end_matches(['\r', '\n']), line.1.trim_end_matches(['\r', '\n']));
    let label = if line.starts_with('\u{feff}') {
        "the file starts with a byte-order mark".to_owned()
    } else if line.trim_end() == want {
        "white space stands at the end of this line".to_owned()
    } else {
        format!("formatted, this line is `{}`", want.trim_start())
    };
    let span = Span::new(id, at..at + line.len());
    Some(Diagnostic::new(code::F901, span, "the file is not formatted", label))
}
