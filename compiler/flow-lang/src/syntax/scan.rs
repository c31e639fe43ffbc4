//! Characters: where a word ends, what is skipped between two tokens, where a line ends.
//!
//! The parser reads bytes where the text is ASCII, which is nearly everywhere, and characters where
//! it is not. Nothing is read twice: what was skipped stays skipped.

use super::allow;
use super::parse::{Parser, Read, Refusal, Wanted};
use crate::source::Span;

/// Whether a name may start with it.
pub(super) fn starts_word(c: char) -> bool {
    if c.is_ascii() { starts_ascii_word(c as u8) } else { unicode_ident::is_xid_start(c) }
}

/// Whether a name may go on with it.
pub(super) fn continues_word(c: char) -> bool {
    if c.is_ascii() { continues_ascii_word(c as u8) } else { unicode_ident::is_xid_continue(c) }
}

const fn starts_ascii_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

const fn continues_ascii_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// How long the name is that starts here; 0 where none does.
pub(crate) fn word_length(rest: &str) -> usize {
    if !rest.starts_with(starts_word) {
        return 0;
    }
    let ascii = rest.bytes().take_while(|byte| continues_ascii_word(*byte)).count();
    match rest.as_bytes().get(ascii) {
        Some(byte) if !byte.is_ascii() => rest.find(|c| !continues_word(c)).unwrap_or(rest.len()),
        _ => ascii,
    }
}

impl<'a> Parser<'a> {
    /// The next byte; 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.byte(self.at)
    }

    /// The byte at a place; 0 beyond the end.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    pub(super) const fn is_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Whether the text goes on with `sign`.
    pub(super) fn sees(&self, sign: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(sign.as_bytes()))
    }

    /// Takes `byte` if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let next = self.peek() == byte && !self.is_end();
        self.at += usize::from(next);
        next
    }

    /// Takes `byte` or says what was wanted in its place.
    pub(super) fn expect(&mut self, byte: u8, wanted: Wanted) -> Read<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.refuse(wanted)) }
    }

    /// The refusal of what stands here.
    pub(super) const fn refuse(&self, wanted: Wanted) -> Refusal {
        Refusal { offset: self.at, wanted }
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start..end)
    }

    /// Takes the word that starts here.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let start = self.at;
        let byte = self.peek();
        if byte.is_ascii() && !starts_ascii_word(byte) {
            return None;
        }
        while continues_ascii_word(self.peek()) {
            self.at += 1;
        }
        if !self.peek().is_ascii() {
            self.at = start + word_length(self.text.get(start..).unwrap_or_default());
        }
        (self.at > start).then(|| self.slice(start, self.at))
    }

    /// Skips white space and comments: inside of brackets line breaks too.
    pub(super) fn gap(&mut self) {
        loop {
            match self.peek() {
                b' ' | b'\t' => self.at += 1,
                b'\n' | b'\r' if self.newlines => self.at += 1,
                b'#' if self.newlines => self.line_comment(),
                b'/' => match self.byte(self.at + 1) {
                    b'/' if self.newlines => self.line_comment(),
                    b'*' => {
                        let Some(length) = self.text.get(self.at + 2..).and_then(|t| t.find("*/"))
                        else {
                            return;
                        };
                        let start = self.at;
                        self.at += length + 4;
                        self.comment(start);
                    }
                    _ => return,
                },
                _ => return,
            }
        }
    }

    /// Skips white space, comments and line breaks.
    pub(super) fn lines(&mut self) {
        let outer = std::mem::replace(&mut self.newlines, true);
        self.gap();
        self.newlines = outer;
    }

    /// Skips to the end of the line, with the comment on it; the line break is left.
    pub(super) fn rest_of_line(&mut self) {
        self.gap();
        if self.peek() == b'#' || self.sees("//") {
            self.line_comment();
        }
    }

    /// Takes a line break if one is next.
    pub(super) fn line_break(&mut self) -> bool {
        if self.sees("\r\n") {
            self.at += 2;
            return true;
        }
        self.eat(b'\n')
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        if self.at > start && self.byte(self.at - 1) == b'\r' {
            self.at -= 1;
        }
        self.comment(start);
    }

    fn comment(&mut self, start: usize) {
        let allow = allow::read(self.slice(start, self.at), self.span(start, self.at));
        self.allows.extend(allow);
    }
}
