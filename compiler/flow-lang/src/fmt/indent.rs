//! The gap before the first token of a line: two spaces for each line that opened a bracket which
//! is still open, however many it opened.

use super::line::Line;
use super::token::{Kind, Token};

/// Sets the gap of every first token.
pub(super) fn set(tokens: &mut [Token<'_>], lines: &[Line]) {
    // For each line that opened brackets: how many of them are still open.
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        let change = change(tokens.get(line.lead.clone()).unwrap_or_default());
        let Some(first) = tokens.get_mut(line.lead.start) else { continue };
        if first.kind == Kind::Newline {
            first.gap = 0;
            continue;
        }
        close(&mut open, -change);
        first.gap = 2 * open.len();
        if change > 0 {
            open.push(change);
        }
    }
}

/// What a cell opens more than it closes. A heredoc ends the counting: its templates close what
/// they open, though perhaps on another line.
fn change(lead: &[Token<'_>]) -> i32 {
    lead.iter().take_while(|token| token.kind != Kind::Heredoc).map(|t| t.kind.depth()).sum()
}

fn close(open: &mut Vec<i32>, mut brackets: i32) {
    while brackets > 0
        && let Some(last) = open.last_mut()
    {
        let closed = brackets.min(*last);
        *last -= closed;
        brackets -= closed;
        if *last == 0 {
            open.pop();
        }
    }
}
