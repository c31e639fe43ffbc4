//! Tokens to lines, and lines to cells.
//!
//! A line ends where a line break stands between two tokens. What a heredoc or a comment holds is
//! one token or several without such a break, so that a whole heredoc belongs to the line on which
//! it starts.

use std::ops::Range;

use super::token::{Kind, Token};

/// A line of tokens, by their indices. Every line has something in `lead`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// What stands in neither of the other cells.
    pub lead: Range<usize>,
    /// From the `=` on, where what follows closes all that it opens; or empty.
    pub assign: Range<usize>,
    /// The comment at the end, where something stands before it; or empty.
    pub comment: Range<usize>,
}

/// Cuts tokens into lines.
pub(super) fn cut(tokens: &[Token<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (i, token) in tokens.iter().enumerate() {
        let end = match token.kind {
            Kind::End => i,
            _ if token.ends_line() => i + 1,
            _ => continue,
        };
        if start < end {
            lines.push(cells(tokens, start..end));
        }
        start = end;
    }
    lines
}

fn cells(tokens: &[Token<'_>], line: Range<usize>) -> Line {
    let kind = |i: usize| tokens.get(i).map(|token| token.kind);
    let mut end = line.end;
    if line.len() > 1 && kind(line.end - 1) == Some(Kind::Comment) {
        end -= 1;
    }
    let equal = (line.start + 1..end).find(|i| kind(*i) == Some(Kind::Equal));
    let closed = |at: &usize| (*at..end).filter_map(kind).map(Kind::depth).sum::<i32>() == 0;
    let assign = equal.filter(closed).unwrap_or(end);
    Line { lead: line.start..assign, assign: assign..end, comment: end..line.end }
}
