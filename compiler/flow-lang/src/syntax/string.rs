//! Quoted texts: plain ones, escapes, and the labels of blocks.

use std::borrow::Cow;

use super::parse::{Parser, Read, Refusal, Wanted};
use super::template::{Draft, Form, Run, Stop};
use super::tree::{ExprKind, Ident, Text};

pub(super) const CLOSING_QUOTE: &str = "the closing `\"` was expected";

impl<'a> Parser<'a> {
    /// A quoted text, with interpolations or without.
    pub(super) fn quoted(&mut self) -> Read<ExprKind> {
        let start = self.at + 1;
        let end = self.plain_end(start);
        if self.byte(end) == b'"' {
            self.at = end + 1;
            let content = self.span(start, end);
            let value = self.slice(start, end).to_owned();
            return Ok(ExprKind::String(Text { value, runs: Vec::new(), content }));
        }
        self.at = start;
        let (drafts, stop) = self.elements(Form::Quoted)?;
        if let Stop::Mark(mark) = stop {
            return Err(lone_mark(mark.start));
        }
        let content = self.span(start, self.at);
        self.at += 1;
        Ok(super::template::finish(drafts, Form::Quoted, content))
    }

    /// A quoted label: a plain text.
    pub(super) fn label(&mut self) -> Read<Ident> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        for run in self.quoted_runs()? {
            text.push_str(&run.text);
        }
        let wanted = match self.peek() {
            b'$' | b'%' => Wanted::Words("a label is a plain text"),
            _ => Wanted::Words(CLOSING_QUOTE),
        };
        self.expect(b'"', wanted)?;
        Ok(Ident { text, span: self.span(start, self.at) })
    }

    /// The characters up to the end of the string, of its line, or to the next mark.
    pub(super) fn quoted_runs(&mut self) -> Read<Vec<Run<'a>>> {
        let mut runs = Vec::new();
        loop {
            let (start, end) = (self.at, self.plain_end(self.at));
            if end > start {
                runs.push(Run { text: Cow::Borrowed(self.slice(start, end)), at: start });
                self.at = end;
            }
            match self.peek() {
                b'\\' => runs.push(self.escape()?),
                b'$' | b'%' if self.byte(end + 1) != b'{' => {
                    runs.push(Run { text: Cow::Borrowed(self.slice(end + 1, end + 3)), at: end });
                    self.at += 3;
                }
                _ => return Ok(runs),
            }
        }
    }

    /// Where the characters end that mean themselves.
    fn plain_end(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            match self.byte(at) {
                b'"' | b'\\' | b'\n' => return at,
                0 if at >= self.bytes.len() => return at,
                b'$' | b'%' if self.is_mark(at) || self.is_escaped_mark(at) => return at,
                _ => at += 1,
            }
        }
    }

    /// `${` or `%{`.
    pub(super) fn is_mark(&self, at: usize) -> bool {
        self.byte(at + 1) == b'{'
    }

    /// `$${` or `%%{`, which stand for the marks themselves.
    pub(super) fn is_escaped_mark(&self, at: usize) -> bool {
        self.byte(at + 1) == self.byte(at) && self.byte(at + 2) == b'{'
    }

    fn escape(&mut self) -> Read<Run<'a>> {
        let at = self.at;
        let refusal = Refusal { offset: at, wanted: Wanted::Escape };
        let text = match self.byte(at + 1) {
            b'n' => "\n",
            b'r' => "\r",
            b't' => "\t",
            b'"' => "\"",
            b'\\' => "\\",
            letter @ (b'u' | b'U') => {
                let digits = if letter == b'u' { 4 } else { 8 };
                let hex = self.text.get(at + 2..at + 2 + digits);
                let hex = hex.filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let code = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
                let c = code.and_then(char::from_u32).ok_or(refusal)?;
                self.at += 2 + digits;
                return Ok(Run { text: Cow::Owned(c.to_string()), at });
            }
            _ => return Err(refusal),
        };
        self.at += 2;
        Ok(Run { text: Cow::Borrowed(text), at })
    }
}

/// An `else` or an end without its start.
pub(super) const fn lone_mark(start: usize) -> Refusal {
    Refusal { offset: start, wanted: Wanted::Words("no `if` or `for` is open here") }
}

/// A text that holds nothing else.
pub(super) fn only_text<'a>(drafts: &mut [Draft<'a>]) -> Option<Vec<Run<'a>>> {
    match drafts {
        [] => Some(Vec::new()),
        [Draft::Text { runs, .. }] => Some(std::mem::take(runs)),
        _ => None,
    }
}
