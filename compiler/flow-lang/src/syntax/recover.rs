//! Reads what can be read of a file that does not parse.
//!
//! The file is cut into top-level items, and a broken item into its statements; each is parsed
//! alone. A block that cannot be read whole keeps its header and what could be read of it, and is
//! marked as a tombstone where something may have been lost. An attribute that cannot be read
//! keeps its name. The whole file is parsed first; this is for when that fails.

use std::collections::BTreeMap;
use std::ops::Range;

use super::brackets::Nesting;
use super::hint;
use super::lex::{Bracket, Kind, Token};
use super::parse::{LEVELS_MAX, Refusal, parse_piece};
use super::tree::{Attribute, Block, Body, Expr, ExprKind, Ident, Item};
use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// What is known of the file.
struct Recovery<'a> {
    /// Which file.
    pub file: FileId,
    /// All of its text.
    pub text: &'a str,
    /// All of its tokens.
    pub tokens: &'a [Token],
    /// How they nest.
    pub nesting: &'a Nesting,
    /// Where faults were reported already, sorted.
    pub faults: &'a [usize],
    /// Where findings go.
    pub diagnostics: &'a mut Diagnostics,
    /// Whether something was lost that has no name.
    pub incomplete: bool,
}

/// What stands between two line breaks of one depth.
struct Statement {
    /// Its tokens, trailing comments left out.
    tokens: Range<usize>,
    /// The token that ends it.
    end: usize,
    /// The one before it could not be read: this may be its second half.
    follows_fault: bool,
}

impl Recovery<'_> {
    /// The items between two tokens, which stand `depth` brackets deep.
    pub(super) fn items(&mut self, range: Range<usize>, depth: usize, level: usize) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut names: BTreeMap<String, Span> = BTreeMap::new();
        let mut at = range.start;
        let mut failed = false;
        while at < range.end {
            if self.is_trivia(at) {
                at += 1;
                continue;
            }
            let end = self.statement_end(at, range.end, depth);
            let statement =
                Statement { tokens: at..self.trim(at, end), end, follows_fault: failed };
            let before = self.diagnostics.len();
            let found = self.statement(&statement, level);
            failed =
                self.diagnostics.len() > before || self.has_fault(&self.bytes(&statement.tokens));
            for item in found {
                self.push(&mut items, &mut names, item);
            }
            at = end;
        }
        items
    }

    /// Adds an item unless it is an attribute that stands there already.
    fn push(&mut self, items: &mut Vec<Item>, names: &mut BTreeMap<String, Span>, item: Item) {
        if let Item::Attribute(Attribute { name, .. }) = &item {
            if let Some(first) = names.get(&name.text) {
                return self.diagnostics.push(hint::duplicate(name, *first));
            }
            names.insert(name.text.clone(), name.span);
        }
        items.push(item);
    }

    fn token(&self, i: usize) -> Option<&Token> {
        self.tokens.get(i)
    }

    fn depth(&self, i: usize) -> usize {
        self.nesting.depth.get(i).copied().unwrap_or(0)
    }

    fn is_trivia(&self, i: usize) -> bool {
        self.token(i).is_none_or(|token| {
            matches!(token.kind, Kind::Newline | Kind::Comment | Kind::GivenUp(_))
        })
    }

    /// One past the last token of the statement that starts at `start`.
    fn statement_end(&self, start: usize, end: usize, depth: usize) -> usize {
        (start + 1..end)
            .find(|i| {
                let ends_line = self.token(*i).is_some_and(|token| token.kind == Kind::Newline);
                let resumes = self.nesting.resumes.get(*i).copied().unwrap_or(false);
                self.depth(*i) <= depth && (ends_line || resumes)
            })
            .unwrap_or(end)
    }

    /// `end` without trailing line breaks and comments.
    fn trim(&self, start: usize, end: usize) -> usize {
        (start..end).rev().find(|i| !self.is_trivia(*i)).map_or(start + 1, |i| i + 1)
    }

    fn bytes(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.token(range.start).map_or(self.text.len(), |token| token.start);
        let last = range.end.checked_sub(1).and_then(|i| self.token(i));
        start..last.map_or(start, |token| token.end).max(start)
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, self.bytes(range))
    }

    fn has_fault(&self, bytes: &Range<usize>) -> bool {
        let first = self.faults.partition_point(|fault| *fault < bytes.start);
        self.faults.get(first).is_some_and(|fault| *fault < bytes.end)
    }

    fn statement(&mut self, statement: &Statement, level: usize) -> Vec<Item> {
        let range = &statement.tokens;
        let bytes = self.bytes(range);
        let refusal = if self.has_fault(&bytes) {
            None
        } else {
            // With its line break, so that a value that is missing is missed there.
            let end = self.token(statement.end).filter(|token| token.kind == Kind::Newline);
            let piece = bytes.start..end.map_or(bytes.end, |token| token.end);
            // The comments of a broken file were collected from its tokens.
            let mut allows = Vec::new();
            match parse_piece(self.file, self.text, piece, self.diagnostics, &mut allows) {
                Ok(body) => return body.items,
                Err(refusal) => Some(refusal),
            }
        };
        if level >= LEVELS_MAX {
            self.diagnostics.push(hint::too_deep(self.span(&(range.start..range.start + 1))));
            return Vec::new();
        }
        if let Some(header) = self.header(range) {
            return vec![Item::Block(self.block(range, header, refusal, level))];
        }
        let attribute = self.attribute(range);
        if let Some(refusal) = &refusal
            && (attribute.is_some() || !statement.follows_fault)
        {
            self.refuse(refusal, range);
        }
        self.incomplete |= attribute.is_none() && !statement.follows_fault;
        attribute.map(Item::Attribute).into_iter().collect()
    }

    fn refuse(&mut self, refusal: &Refusal, range: &Range<usize>) {
        let tokens = self.tokens.get(range.start..).unwrap_or_default();
        let diagnostic = hint::refusal(self.file, self.text, tokens, refusal);
        self.diagnostics.push(diagnostic);
    }

    /// `name = …`, whose value could not be read.
    fn attribute(&self, range: &Range<usize>) -> Option<Attribute> {
        let name = self.ident(range.start)?;
        let sign = self.token(range.start + 1)?;
        if sign.kind != Kind::Sign || self.text.get(sign.range()) != Some("=") {
            return None;
        }
        let span = self.span(range);
        let value =
            Span { start: u32::try_from(sign.end).unwrap_or(u32::MAX).min(span.end), ..span };
        Some(Attribute { name, expr: Expr { kind: ExprKind::Error, span: value }, span })
    }

    fn ident(&self, i: usize) -> Option<Ident> {
        let token = self.token(i).filter(|token| token.kind == Kind::Word)?;
        let text = self.text.get(token.range())?.to_owned();
        Some(Ident { text, span: Span::new(self.file, token.range()) })
    }

    /// The words before a block's brace, and the index of the brace.
    fn header(&self, range: &Range<usize>) -> Option<(Vec<Ident>, usize)> {
        let mut words = vec![self.ident(range.start)?];
        let mut at = range.start + 1;
        while at < range.end {
            match self.token(at)?.kind {
                Kind::Open(Bracket::Brace) => return Some((words, at)),
                Kind::Word => {
                    words.push(self.ident(at)?);
                    at += 1;
                }
                Kind::Quote => {
                    let text = self.token(at + 1).filter(|token| token.kind == Kind::Text);
                    let end = at + 1 + usize::from(text.is_some());
                    self.token(end).filter(|token| token.kind == Kind::EndQuote)?;
                    let text = text.and_then(|token| self.text.get(token.range()));
                    words.push(Ident {
                        text: text.unwrap_or_default().to_owned(),
                        span: self.span(&(at..end + 1)),
                    });
                    at = end + 1;
                }
                _ => return None,
            }
        }
        None
    }

    /// A block that could not be read whole.
    fn block(
        &mut self,
        range: &Range<usize>,
        (words, brace): (Vec<Ident>, usize),
        refusal: Option<Refusal>,
        level: usize,
    ) -> Block {
        let depth = self.depth(brace);
        let end = (brace + 1..range.end).find(|i| self.depth(*i) <= depth).unwrap_or(range.end);
        let closer = end.checked_sub(1).filter(|i| {
            *i > brace
                && self.depth(*i) == depth + 1
                && self.token(*i).is_some_and(|token| token.kind == Kind::Close(Bracket::Brace))
        });
        let inner = brace + 1..closer.unwrap_or(end);
        let (before, lost) = (self.diagnostics.len(), self.incomplete);
        self.incomplete = false;
        let items = self.items(inner.clone(), depth + 1, level + 1);
        let tombstone = refusal.is_none() || self.incomplete;
        self.incomplete = lost;
        if let Some(refusal) = refusal
            && self.diagnostics.len() == before
        {
            self.refuse(&refusal, range);
        }
        let mut words = words.into_iter();
        let start = self.span(&(range.start..range.start + 1));
        let kind = words.next().unwrap_or(Ident { text: String::new(), span: start });
        let labels: Vec<Ident> = words.collect();
        Block {
            header: kind.span.to(labels.last().map_or(kind.span, |label| label.span)),
            kind,
            labels,
            body: Body { items, span: self.span(&inner) },
            span: self.span(range),
            tombstone,
        }
    }
}

/// What can be read of a file from `start` on, and whether something was lost that has no name.
/// `faults` are what the lexer found, and the brackets that are alone.
pub(super) fn file(
    file: FileId,
    text: &str,
    start: usize,
    (tokens, nesting): (&[Token], &Nesting),
    faults: &Diagnostics,
    diagnostics: &mut Diagnostics,
) -> (Body, bool) {
    let given_up = tokens.iter().filter_map(|token| match token.kind {
        Kind::GivenUp(opener) => tokens.get(opener).map(|opener| opener.start),
        _ => None,
    });
    let reported = faults.iter().map(|fault| fault.primary.span.start as usize);
    let mut places: Vec<usize> = reported.chain(given_up).collect();
    places.sort_unstable();
    let mut recovery =
        Recovery { file, text, tokens, nesting, faults: &places, diagnostics, incomplete: false };
    let items = recovery.items(0..tokens.len(), 0, 0);
    (Body { items, span: Span::new(file, start..text.len()) }, recovery.incomplete)
}

/// Reports a byte order mark; the text starts behind it.
pub(super) fn byte_order_mark(file: FileId, text: &str) -> Option<Diagnostic> {
    text.starts_with('\u{feff}').then(|| {
        Diagnostic::new(
            code::X005,
            Span::new(file, 0..3),
            "the file starts with a byte order mark",
            "three bytes that cannot be seen",
        )
        .help("save the file as UTF-8 without BOM")
        .fix(Span::new(file, 0..3), "")
    })
}
