//! Which brackets are not closed, and where the closer was expected.
//!
//! A bracket is given up where the text goes on without it: at a closer of an outer bracket, at
//! the start of the next statement or of the next top-level block. For a brace that is closed by
//! another one's closer, indentation tells which of the two was forgotten.

use std::collections::BTreeMap;

use super::KEYWORDS;
use super::lex::{Bracket, Kind, Token};
use super::open::Open;
use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// How often the brackets of one file are gone through again; each time names one more brace.
const RERUNS_MAX: usize = 16;

/// A longer statement is not written out to say where its bracket is missing.
const MENDED_BYTES_MAX: usize = 400;

/// How deep each token stands, after what is missing was put in.
pub(super) struct Nesting {
    /// Brackets open before the token.
    pub depth: Vec<usize>,
    /// The token starts afresh after a bracket was given up: a statement ends before it.
    pub resumes: Vec<bool>,
}

/// Pairs the brackets of a file and reports those that are alone.
pub(super) fn pair(
    file: FileId,
    text: &str,
    tokens: &[Token],
    diagnostics: &mut Diagnostics,
) -> Nesting {
    let mut forced = BTreeMap::new();
    let lines = lines(tokens);
    let tokens = (tokens, lines.as_slice());
    for _ in 0..RERUNS_MAX {
        let mut pairing = Pairing::new(file, text, tokens, &forced);
        pairing.run();
        match pairing.suspicion {
            Some((place, blame)) => forced.insert(place, blame),
            None => break,
        };
    }
    let mut pairing = Pairing::new(file, text, tokens, &forced);
    pairing.found = Some(Vec::new());
    pairing.run();
    for diagnostic in pairing.found.into_iter().flatten() {
        diagnostics.push(diagnostic);
    }
    pairing.nesting
}

/// For each token the first one of its line, the first of all where none starts one.
fn lines(tokens: &[Token]) -> Vec<usize> {
    let mut first = 0;
    let of = tokens.iter().enumerate().map(|(i, token)| {
        if token.indent.is_some() {
            first = i;
        }
        first
    });
    of.collect()
}

/// What is wrong at a token, known from an earlier run.
#[derive(Clone, Copy)]
enum Blame {
    /// The brace of this index should have been closed before it.
    Unclosed(usize),
    /// It closes nothing.
    Stray,
}

struct Pairing<'a> {
    file: FileId,
    text: &'a str,
    tokens: &'a [Token],
    /// What earlier runs found out, by the token at which it is to be done.
    forced: &'a BTreeMap<usize, Blame>,
    /// The first token of the line of each.
    lines: &'a [usize],
    open: Open,
    /// Braces of this item that were closed by a closer further left than they stand.
    suspects: Vec<usize>,
    /// Closers that stand further right than what they close.
    early: Vec<usize>,
    /// Whom to blame in the next run, and at which token.
    suspicion: Option<(usize, Blame)>,
    /// How many are alone.
    faults: usize,
    /// What to say of them; absent where another run will say it.
    found: Option<Vec<Diagnostic>>,
    nesting: Nesting,
}

impl<'a> Pairing<'a> {
    const fn new(
        file: FileId,
        text: &'a str,
        (tokens, lines): (&'a [Token], &'a [usize]),
        forced: &'a BTreeMap<usize, Blame>,
    ) -> Self {
        Self {
            file,
            text,
            tokens,
            forced,
            lines,
            open: Open::new(),
            suspects: Vec::new(),
            early: Vec::new(),
            suspicion: None,
            faults: 0,
            found: None,
            nesting: Nesting { depth: Vec::new(), resumes: Vec::new() },
        }
    }

    fn run(&mut self) {
        for (i, token) in self.tokens.iter().enumerate() {
            let before = self.open.len();
            if self.starts_top_level(i) {
                self.abandon_all(i);
            } else if let Some(Blame::Unclosed(opener)) = self.forced.get(&i) {
                self.abandon_to(*opener, i);
            } else if self.starts_statement(i) {
                self.abandon_round(i);
            }
            let mut resumes = self.open.len() < before;
            self.nesting.depth.push(self.open.len());
            match token.kind {
                Kind::Open(bracket) => self.open.push(i, bracket),
                Kind::Close(_) if matches!(self.forced.get(&i), Some(Blame::Stray)) => {
                    self.stray(i);
                }
                Kind::Close(bracket) => {
                    let faults = self.faults;
                    self.close(i, bracket);
                    resumes |= token.indent.is_some() && self.faults > faults;
                }
                Kind::GivenUp(opener) => self.give_up(opener),
                Kind::Newline if self.open.is_empty() => self.suspects.clear(),
                Kind::Word if self.open.is_empty() && KEYWORDS.contains(&self.word(i)) => {
                    self.early.clear();
                }
                _ => {}
            }
            // Where the closer itself shows the fault, it stands as deep as what it closes.
            if let Some(depth) = self.nesting.depth.last_mut()
                && matches!(token.kind, Kind::Close(_))
                && resumes
            {
                *depth = self.open.len() + 1;
            }
            self.nesting.resumes.push(resumes);
        }
        self.abandon_all(self.tokens.len());
    }

    /// Drops what was opened in a string that was given up, and what was opened before it on its
    /// line: the closers may have been taken for text.
    fn give_up(&mut self, opener: usize) {
        let line = self.line(opener);
        self.open.forget_from(line);
    }

    fn token(&self, i: usize) -> Option<&'a Token> {
        self.tokens.get(i)
    }

    /// The first token of the line of a token.
    fn line(&self, i: usize) -> usize {
        self.lines.get(i).copied().unwrap_or(i)
    }

    fn word(&self, i: usize) -> &'a str {
        self.token(i).and_then(|token| self.text.get(token.range())).unwrap_or_default()
    }

    /// A keyword of the top level in column 0 with what makes it a block behind it.
    fn starts_top_level(&self, i: usize) -> bool {
        !self.open.is_empty()
            && self
                .token(i)
                .is_some_and(|token| token.kind == Kind::Word && token.indent == Some(0))
            && KEYWORDS.contains(&self.word(i))
            && self.token(i + 1).is_some_and(|next| {
                matches!(next.kind, Kind::Quote | Kind::Open(Bracket::Brace) | Kind::Word)
            })
    }

    /// `name =`, `name {` or `name "label"` at the start of a line, inside round or square brackets
    /// where neither can stand.
    fn starts_statement(&self, i: usize) -> bool {
        matches!(self.open.last(), Some((_, Bracket::Paren | Bracket::Square)))
            && self.token(i).is_some_and(|token| token.kind == Kind::Word && token.indent.is_some())
            && self.token(i + 1).is_some_and(|next| match next.kind {
                Kind::Sign => self.word(i + 1) == "=",
                Kind::Open(Bracket::Brace) | Kind::Quote => true,
                _ => false,
            })
    }

    fn abandon_all(&mut self, place: usize) {
        if self.open.is_empty() {
            return;
        }
        let innermost = self.open.last().filter(|(_, bracket)| *bracket == Bracket::Brace);
        let suspect = self.suspects.first().copied();
        if let Some(opener) = suspect.or_else(|| innermost.map(|(open, _)| open))
            && let Some(expected) = self.expected_before(opener, place)
        {
            self.suspect(expected, Blame::Unclosed(opener));
        }
        if let Some((opener, bracket)) = self.open.last() {
            self.report(opener, bracket, place);
        }
        self.open.clear();
        self.suspects.clear();
    }

    /// Keeps the first suspicion that no earlier run has looked into.
    fn suspect(&mut self, place: usize, blame: Blame) {
        if self.suspicion.is_none() && !self.forced.contains_key(&place) {
            self.suspicion = Some((place, blame));
        }
    }

    /// The first token after a brace that starts a line and stands no deeper than the brace's own
    /// line: before it the brace should have closed.
    fn expected_before(&self, opener: usize, end: usize) -> Option<usize> {
        let indent = self.line_indent(opener)?;
        (opener + 1..end).find(|i| {
            self.token(*i).is_some_and(|token| {
                !matches!(token.kind, Kind::Close(_) | Kind::Comment | Kind::Text)
                    && token.indent.is_some_and(|here| here <= indent)
            })
        })
    }

    fn line_indent(&self, i: usize) -> Option<usize> {
        self.token(self.line(i))?.indent
    }

    fn abandon_to(&mut self, opener: usize, place: usize) {
        if self.open.has_token(opener) {
            self.report(opener, Bracket::Brace, place);
            self.open.forget_from(opener);
        }
    }

    /// Gives up the round and square brackets that are open; the innermost is the one to mend.
    fn abandon_round(&mut self, place: usize) {
        if let Some((opener, bracket)) = self.open.last() {
            self.report(opener, bracket, place);
        }
        while let Some((_, Bracket::Paren | Bracket::Square)) = self.open.last() {
            self.open.pop();
        }
    }

    fn close(&mut self, i: usize, bracket: Bracket) {
        match self.open.last() {
            None => {
                if let Some(early) = self.early.first().copied() {
                    self.suspect(early, Blame::Stray);
                }
                self.stray(i);
            }
            Some((opener, top)) if top == bracket => {
                let indent = self.token(i).and_then(|token| token.indent);
                if bracket == Bracket::Brace
                    && let Some(here) = indent
                    && let Some(there) = self.line_indent(opener)
                {
                    if here < there {
                        self.suspects.push(opener);
                    } else if here > there {
                        self.early.push(i);
                    }
                }
                self.open.pop();
            }
            Some((opener, top)) => {
                self.report(opener, top, i);
                if self.open.has(bracket) {
                    // What is left open in between is looked at once: it is gone then.
                    while self.open.pop().is_some_and(|(_, open)| open != bracket) {}
                } else {
                    // It closes nothing: it was meant for the innermost.
                    self.open.pop();
                }
            }
        }
    }

    fn span(&self, i: usize) -> Span {
        let end = self.text.len();
        Span::new(self.file, self.token(i).map_or(end..end, Token::range))
    }

    fn stray(&mut self, i: usize) {
        self.faults += 1;
        let (span, word) = (self.span(i), self.word(i));
        let Some(found) = &mut self.found else { return };
        let message = format!("this `{word}` closes nothing");
        found.push(
            Diagnostic::new(code::X002, span, message, "no bracket is open here")
                .help("remove it, or look above for a bracket that was closed too early"),
        );
    }

    fn report(&mut self, opener: usize, bracket: Bracket, place: usize) {
        self.faults += 1;
        if self.found.is_none() {
            return;
        }
        let word = self.word(opener).trim_end_matches('~');
        let closer = bracket.closer();
        let span = self.span(opener);
        let place_span =
            if place < self.tokens.len() { self.span(place) } else { self.last_line_end() };
        let label = if place < self.tokens.len() {
            format!("a `{closer}` was expected before this")
        } else {
            format!("the file ends without a `{closer}`")
        };
        let message = format!("this `{word}` is never closed");
        let help = self.mended(opener, bracket, place);
        let told = Diagnostic::new(code::X002, span, message, "opened here");
        self.found.get_or_insert_default().push(told.label(place_span, label).help(help));
    }

    /// The last place with something on it, so that the label has a line to stand on.
    fn last_line_end(&self) -> Span {
        let last = self.tokens.iter().rev().find(|token| token.kind != Kind::Newline);
        let end = last.map_or(self.text.len(), |token| token.end);
        let before = self.text.get(..end).and_then(|text| text.chars().next_back());
        Span::new(self.file, end - before.map_or(0, char::len_utf8)..end)
    }

    /// What to write: the statement with its closer where it fits one line.
    fn mended(&self, opener: usize, bracket: Bracket, place: usize) -> String {
        let closer = bracket.closer();
        let start = self.statement_start(opener, bracket);
        let length = self
            .token(place)
            .map_or(self.text.len(), |token| token.start)
            .saturating_sub(self.token(start).map_or(0, |token| token.start));
        if bracket == Bracket::Brace || length > MENDED_BYTES_MAX {
            return format!("write the missing `{closer}`");
        }
        let content = self.tokens.get(start..place).unwrap_or_default();
        let last = content
            .iter()
            .rev()
            .find(|token| !matches!(token.kind, Kind::Newline | Kind::Comment | Kind::GivenUp(_)));
        let text = match (content.first(), last) {
            (Some(first), Some(last)) => self.text.get(first.start..last.end).unwrap_or_default(),
            _ => "",
        };
        if text.is_empty() || text.contains('\n') {
            return format!("write the missing `{closer}`");
        }
        format!("write `{}{closer}`", text.trim_end_matches(','))
    }

    /// For a call its name, for anything else the start of the line.
    fn statement_start(&self, opener: usize, bracket: Bracket) -> usize {
        let name = opener.checked_sub(1).filter(|i| {
            bracket == Bracket::Paren
                && self.token(*i).is_some_and(|token| {
                    token.kind == Kind::Word
                        && self.token(opener).is_some_and(|paren| paren.start == token.end)
                })
        });
        name.unwrap_or_else(|| self.line(opener))
    }
}
