//! The parser: a recursive descent over the text, straight to the tree.
//!
//! It reads what is well formed and gives up at the first fault, with the place and what was wanted
//! there; what is to be said about it, and what can be read of the rest, are questions of
//! [`super::hint`] and [`super::recover`]. How deep it goes is counted, so that no text can use up
//! the stack, here or in those who walk the tree.
//!
//! | file | reads |
//! | --- | --- |
//! | [`super::scan`] | words, white space, comments |
//! | [`super::body`] | attributes and blocks |
//! | [`super::expr`], [`super::term`], [`super::collection`] | expressions |
//! | [`super::string`], [`super::template`], [`super::heredoc`] | texts |

use std::ops::Range;

use super::tree::{Allow, Body, Entry, Expr, Item, Step};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::FileId;

/// How many blocks, brackets and operands may stand in each other.
pub(super) const LEVELS_MAX: usize = 64;

/// How many binary operators may stand on one way through an expression.
pub(super) const OPERATORS_MAX: usize = 128;

/// Why a piece is not well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Offset in the file.
    pub offset: usize,
    /// What would be right there.
    pub wanted: Wanted,
}

/// What the parser wanted where it gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Less of it.
    LessDepth,
    /// One of the escapes of a string; the place is the backslash.
    Escape,
    /// Anything of a few words.
    Words(&'static str),
}

/// What reading gives.
pub(super) type Read<T> = Result<T, Refusal>;

/// Parses `range` of `text` as a body; what is found in it goes to `diagnostics`, and the comments
/// that silence a finding to `allows`.
///
/// # Errors
/// The first fault.
pub(super) fn parse_piece(
    file: FileId,
    text: &str,
    range: Range<usize>,
    diagnostics: &mut Diagnostics,
    allows: &mut Vec<Allow>,
) -> Read<Body> {
    let text = text.get(..range.end).unwrap_or(text);
    let mut parser = Parser {
        file,
        text,
        bytes: text.as_bytes(),
        at: range.start,
        newlines: false,
        depth: 0,
        operators: 0,
        found: Vec::new(),
        allows: Vec::new(),
        items: Vec::new(),
        exprs: Vec::new(),
        steps: Vec::new(),
        entries: Vec::new(),
    };
    let items = parser.body(false)?;
    for diagnostic in parser.found {
        diagnostics.push(diagnostic);
    }
    allows.append(&mut parser.allows);
    Ok(Body { items, span: crate::source::Span::new(file, range) })
}

/// Where the parser stands, and what it found on its way.
pub(super) struct Parser<'a> {
    pub(super) file: FileId,
    /// The file up to the end of the piece.
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// Whether a line break is white space here: between brackets.
    pub(super) newlines: bool,
    depth: usize,
    /// The most binary operators on a way through what was read of this expression.
    pub(super) operators: usize,
    pub(super) found: Vec<Diagnostic>,
    pub(super) allows: Vec<Allow>,
    /// What was read of the lists around this place, innermost last: each is cut off in one piece
    /// that is just as large as it is.
    pub(super) items: Vec<Item>,
    pub(super) exprs: Vec<Expr>,
    pub(super) steps: Vec<Step>,
    pub(super) entries: Vec<Entry>,
}

impl Parser<'_> {
    /// Reads something one level deeper, where line breaks are white space or not.
    pub(super) fn nested<T>(
        &mut self,
        newlines: bool,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<T> {
        if self.depth >= LEVELS_MAX {
            return Err(self.refuse(Wanted::LessDepth));
        }
        let outer = (self.newlines, self.operators);
        (self.newlines, self.operators) = (newlines, 0);
        self.depth += 1;
        let read = read(self)?;
        self.depth -= 1;
        self.newlines = outer.0;
        self.operators = self.operators.max(outer.1);
        Ok(read)
    }
}
