//! The gaps that put signs below each other: the `=` of consecutive lines, and the comments at
//! their ends. A line without that cell ends the run.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::line::Line;
use super::token::Token;

/// A run that would need more spaces than this is left as it is: one absurd line among many would
/// make a file thousands of times as long.
const PADDING_MAX: usize = 256 << 10;

/// Sets the gap before every `=` and every comment at the end of a line.
pub(super) fn set(tokens: &mut [Token<'_>], lines: &[Line]) {
    // A comment's column depends on its line's `=`.
    for run in lines.chunk_by(|a, b| a.assign.is_empty() == b.assign.is_empty()) {
        below_each_other(tokens, run, |line| (line.lead.clone(), line.assign.clone()));
    }
    for run in lines.chunk_by(|a, b| a.comment.is_empty() == b.comment.is_empty()) {
        let before = |line: &Line| line.lead.start..line.assign.end;
        below_each_other(tokens, run, |line| (before(line), line.comment.clone()));
    }
}

/// Puts the second part of each line one space behind the longest first part.
fn below_each_other(
    tokens: &mut [Token<'_>],
    run: &[Line],
    parts: impl Fn(&Line) -> (Range<usize>, Range<usize>),
) {
    if run.first().is_none_or(|line| parts(line).1.is_empty()) {
        return;
    }
    let columns: Vec<usize> =
        run.iter().map(|line| columns(tokens.get(parts(line).0).unwrap_or_default())).collect();
    let widest = columns.iter().copied().max().unwrap_or(0);
    let padding: usize = columns.iter().map(|columns| widest - columns).sum();
    for (line, columns) in run.iter().zip(columns) {
        if let Some(first) = tokens.get_mut(parts(line).1.start) {
            first.gap = if padding > PADDING_MAX { 1 } else { widest - columns + 1 };
        }
    }
}

/// How wide tokens are: what people take for one character counts as one.
fn columns(tokens: &[Token<'_>]) -> usize {
    tokens.iter().map(|token| token.gap + width(token.text)).sum()
}

fn width(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\r') { text.len() } else { text.graphemes(true).count() }
}
