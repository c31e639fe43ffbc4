//! A light lexer: total, and only as precise as recovery needs.
//!
//! It knows strings with what is nested in them, heredocs, comments and brackets, and it reports
//! what the parser does not go into: unterminated strings (X003), heredocs (X004) and
//! comments. After such a fault it goes on at the end of the line, as if the string had ended
//! there. White space between tokens is not kept. Whether brackets pair up is not its question;
//! see [`super::brackets`].

use std::collections::BTreeMap;
use std::ops::Range;

use super::KEYWORDS;
use super::scan::{starts_word, word_length};
use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, with dashes.
    Word,
    /// Digits.
    Number,
    /// An operator or another sign; of two characters where both belong together.
    Sign,
    /// An opening bracket.
    Open(Bracket),
    /// A closing one.
    Close(Bracket),
    /// A `"` that opens a string.
    Quote,
    /// A `"` that closes it.
    EndQuote,
    /// Characters of a string or heredoc.
    Text,
    /// `<<EOT` with its line break.
    Heredoc,
    /// The end marker.
    EndHeredoc,
    /// A comment.
    Comment,
    /// A line break.
    Newline,
    /// No text: the string was given up, and with it every bracket opened in it. Holds the index
    /// of the token that opened it.
    GivenUp(usize),
}

/// A kind of bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `( )`.
    Paren,
    /// `[ ]`.
    Square,
    /// `{ }`.
    Brace,
    /// `${ }` and `%{ }`.
    Template,
}

impl Bracket {
    /// The closing sign.
    pub(super) const fn closer(self) -> &'static str {
        match self {
            Self::Paren => ")",
            Self::Square => "]",
            Self::Brace | Self::Template => "}",
        }
    }
}

/// A token and its place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Characters before it, where it is the first of its line.
    pub indent: Option<usize>,
}

impl Token {
    /// Its bytes.
    pub(super) const fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Cuts a text into tokens from `start` on.
pub(super) fn lex(
    file: FileId,
    text: &str,
    start: usize,
    diagnostics: &mut Diagnostics,
) -> Vec<Token> {
    let mut lexer = Lexer {
        file,
        text,
        at: start,
        line_start: start,
        fresh_line: true,
        tokens: Vec::new(),
        modes: Vec::new(),
        gave_up: false,
        last_lines: None,
        hopeless: None,
        resumed: 0,
        diagnostics,
    };
    lexer.run();
    lexer.tokens
}

/// What surrounds the place that is read; outside of all of them stands code.
enum Mode<'a> {
    /// In a string; the index of its opening quote.
    String(usize),
    /// In a heredoc; its marker and the index of its first token.
    Heredoc(&'a str, usize),
    /// In `${ }`; the index of its token and how many braces are open in it.
    Template(usize, usize),
}

struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    line_start: usize,
    /// No token stands on this line yet.
    fresh_line: bool,
    tokens: Vec<Token>,
    modes: Vec<Mode<'a>>,
    /// Some string or heredoc was given up.
    gave_up: bool,
    /// Where the last line starts that has this first word; read once, for the first heredoc.
    last_lines: Option<BTreeMap<&'a str, usize>>,
    /// The outermost heredoc, where no line can end it: its marker, the index of its first token,
    /// and the line at which it is given up.
    hopeless: Option<(&'a str, usize, usize)>,
    /// How often the text behind a heredoc was read again as code.
    resumed: usize,
    diagnostics: &'a mut Diagnostics,
}

/// A heredoc may end as far as its marker goes, and be swallowed by what stands in it: then the text
/// behind it is read again. More often than that, nobody reads what is said of it.
const RESUMED_MAX: usize = 20;

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        while self.at < self.text.len() {
            if let Some((marker, open, _)) = self.hopeless.filter(|(.., stop)| self.at >= *stop) {
                self.unterminated_heredoc(marker, open);
                continue;
            }
            match self.modes.last() {
                Some(Mode::String(open)) => self.string(*open),
                Some(Mode::Heredoc(marker, open)) => self.heredoc(marker, *open),
                Some(Mode::Template(..)) | None => self.code(),
            }
        }
        self.end();
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let indent = (self.fresh_line && kind != Kind::Newline)
            .then(|| self.text.get(self.line_start..self.at).unwrap_or_default().chars().count());
        self.tokens.push(Token { kind, start: self.at, end: self.at + length, indent });
        self.at += length;
        self.fresh_line = false;
    }

    fn newline(&mut self, length: usize) {
        self.push(Kind::Newline, length);
        self.line_start = self.at;
        self.fresh_line = true;
    }

    fn code(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        let two = |options: &[&str]| options.iter().any(|sign| rest.starts_with(sign));
        match c {
            '\n' if self.template_ends_here() => self.unclosed_template(),
            '\n' => self.newline(1),
            _ if c.is_whitespace() => self.at += c.len_utf8(),
            '#' => self.push(Kind::Comment, line_length(rest)),
            '/' if rest.starts_with("//") => self.push(Kind::Comment, line_length(rest)),
            '/' if rest.starts_with("/*") => self.block_comment(),
            '"' => {
                self.modes.push(Mode::String(self.tokens.len()));
                self.push(Kind::Quote, 1);
            }
            '<' if rest.starts_with("<<") => self.open_heredoc(),
            '(' => self.push(Kind::Open(Bracket::Paren), 1),
            '[' => self.push(Kind::Open(Bracket::Square), 1),
            '{' => {
                if let Some(Mode::Template(_, braces)) = self.modes.last_mut() {
                    *braces += 1;
                }
                self.push(Kind::Open(Bracket::Brace), 1);
            }
            ')' => self.push(Kind::Close(Bracket::Paren), 1),
            ']' => self.push(Kind::Close(Bracket::Square), 1),
            '}' => self.close_brace(),
            _ if starts_word(c) => self.push(Kind::Word, word_length(rest)),
            _ if c.is_ascii_digit() => {
                self.push(Kind::Number, run_length(rest, |c| c.is_ascii_alphanumeric()));
            }
            _ if two(&["==", "!=", "<=", ">=", "&&", "||", "=>", "::"]) => self.push(Kind::Sign, 2),
            _ => self.push(Kind::Sign, c.len_utf8()),
        }
    }

    fn close_brace(&mut self) {
        let bracket = match self.modes.last_mut() {
            Some(Mode::Template(_, 0)) => {
                self.modes.pop();
                Bracket::Template
            }
            Some(Mode::Template(_, braces)) => {
                *braces -= 1;
                Bracket::Brace
            }
            Some(Mode::String(_) | Mode::Heredoc(..)) | None => Bracket::Brace,
        };
        self.push(Kind::Close(bracket), 1);
    }

    /// Reads characters of a string, its end, or the start of an interpolation.
    fn string(&mut self, open: usize) {
        let rest = self.rest();
        let mut length = 0;
        let mut chars = rest.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            length = i;
            let tail = rest.get(i..).unwrap_or_default();
            match c {
                '"' | '\n' => break,
                '$' | '%' if is_escaped_mark(tail) => drop((chars.next(), chars.next())),
                '$' | '%' if is_mark(tail) => break,
                // An escaped line break is a line break all the same.
                '\\' if chars.peek().is_some_and(|(_, next)| *next != '\n') => drop(chars.next()),
                _ => {}
            }
            length = chars.peek().map_or(rest.len(), |(i, _)| *i);
        }
        if length > 0 {
            self.push(Kind::Text, length);
        }
        let tail = self.rest();
        if tail.starts_with('"') {
            self.modes.pop();
            self.push(Kind::EndQuote, 1);
        } else if is_mark(tail) {
            self.open_template();
        } else if tail.starts_with('\n') {
            self.unterminated_string(open);
        }
    }

    fn open_template(&mut self) {
        let length =
            if self.rest().get(2..).is_some_and(|rest| rest.starts_with('~')) { 3 } else { 2 };
        self.modes.push(Mode::Template(self.tokens.len(), 0));
        self.push(Kind::Open(Bracket::Template), length);
    }

    fn block_comment(&mut self) {
        let rest = self.rest();
        let length = rest.find("*/").map_or(rest.len(), |i| i + 2);
        if !rest.contains("*/") {
            let span = self.span(self.at..self.at + 2);
            self.diagnostics.push(
                Diagnostic::new(code::X001, span, "this comment is never closed", "opened here")
                    .help("write `*/` where it ends"),
            );
        }
        self.push(Kind::Comment, length);
        if let Some(i) = rest.get(..length).and_then(|comment| comment.rfind('\n')) {
            self.line_start = self.at - length + i + 1;
        }
    }

    fn open_heredoc(&mut self) {
        let rest = self.rest();
        let dash = if rest.starts_with("<<-") { 3 } else { 2 };
        let tail = rest.get(dash..).unwrap_or_default();
        let marker = tail.get(..word_length(tail)).unwrap_or_default();
        let line = tail.get(marker.len()..).unwrap_or_default();
        let line_break = ["\n", "\r\n"].into_iter().find(|end| line.starts_with(end));
        // Without a marker and a line break it is no heredoc, and the parser says so.
        let (false, Some(line_break)) = (marker.is_empty(), line_break) else {
            return self.push(Kind::Sign, 2);
        };
        let open = self.tokens.len();
        let is_outermost = self.modes.is_empty();
        self.modes.push(Mode::Heredoc(marker, open));
        self.push(Kind::Heredoc, dash + marker.len() + line_break.len());
        self.line_start = self.at;
        self.fresh_line = true;
        if is_outermost && !self.may_end(marker) {
            let stop = self.leaves_heredoc(marker, self.at).map_or(self.text.len(), |(at, _)| at);
            self.hopeless = Some((marker, open, stop));
        }
    }

    /// Whether a line from here on has the marker as its first word.
    fn may_end(&mut self, marker: &str) -> bool {
        let text = self.text;
        let last_lines = self.last_lines.get_or_insert_with(|| {
            let mut at = 0;
            let mut last = BTreeMap::new();
            for line in text.split_inclusive('\n') {
                let word = line.trim_start();
                last.insert(word.get(..word_length(word)).unwrap_or_default(), at);
                at += line.len();
            }
            last
        });
        last_lines.get(marker).is_some_and(|last| *last >= self.at)
    }

    /// The first line from `from` on that is no text of a heredoc any more, as far as one can guess.
    fn leaves_heredoc(&self, marker: &str, from: usize) -> Option<(usize, &'a str)> {
        let body = self.text.get(from..).unwrap_or_default();
        let mut lines = body.split_inclusive('\n').scan(from, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        });
        lines.find(|(_, line)| is_near_miss(line.trim(), marker) || leaves_text(line))
    }

    /// Reads a line of a heredoc, its end, or the start of an interpolation.
    fn heredoc(&mut self, marker: &'a str, open: usize) {
        let rest = self.rest();
        if self.fresh_line && self.heredoc_ends(marker) {
            return;
        }
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let mut length = line.len();
        let mut skip = 0;
        for (i, _) in line.char_indices() {
            let tail = line.get(i..).unwrap_or_default();
            if i < skip {
            } else if is_escaped_mark(tail) {
                skip = i + 3;
            } else if is_mark(tail) {
                length = i;
                break;
            }
        }
        if length > 0 {
            self.push(Kind::Text, length);
        }
        if length < line.len() {
            self.open_template();
        } else if line.ends_with('\n') {
            self.line_start = self.at;
            self.fresh_line = true;
        }
        if self.at >= self.text.len() && matches!(self.modes.last(), Some(Mode::Heredoc(..))) {
            self.unterminated_heredoc(marker, open);
        }
    }

    /// Reads the end marker if it stands here. One with something behind it ends the heredoc too,
    /// for the parser thinks so, and is reported.
    fn heredoc_ends(&mut self, marker: &str) -> bool {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        let word = line.trim_start();
        if word.get(..word_length(word)) != Some(marker) {
            return false;
        }
        let tail = word.get(marker.len()..).unwrap_or_default().trim();
        let start = self.at + indent;
        let span = self.span(start..start + marker.len());
        if !tail.is_empty() {
            let message = format!("the end marker `{marker}` stands not alone on its line");
            self.diagnostics.push(
                Diagnostic::new(code::X004, span, message, "the heredoc would end here")
                    .help(format!("put `{tail}` on the next line, or choose another marker")),
            );
        } else if !rest.contains('\n') {
            let message = format!("no line break stands behind the end marker `{marker}`");
            self.diagnostics.push(
                Diagnostic::new(code::X004, span, message, "the file ends here")
                    .help("end the file with a line break"),
            );
        }
        self.at = start;
        self.modes.pop();
        self.push(Kind::EndHeredoc, marker.len());
        true
    }

    /// Whether the line break at this place ends a `${` in a string that was forgotten: what
    /// follows looks like the next statement.
    fn template_ends_here(&self) -> bool {
        let [.., Mode::String(_), Mode::Template(..)] = self.modes.as_slice() else { return false };
        let next = self.rest().get(1..).unwrap_or_default().trim_start();
        let word = word_length(next);
        let tail = next.get(word..).unwrap_or_default().trim_start();
        next.starts_with('}')
            || (word > 0
                && (tail.starts_with(['{', '"'])
                    || (tail.starts_with('=') && !tail.starts_with("=="))))
    }

    fn unclosed_template(&mut self) {
        let opener = self.modes.iter().find_map(|mode| match mode {
            Mode::Template(open, _) => self.tokens.get(*open),
            Mode::String(_) | Mode::Heredoc(..) => None,
        });
        if let Some(opener) = opener {
            let span = self.span(opener.start..opener.start + 2);
            let word = self.text.get(span.range()).unwrap_or_default();
            self.diagnostics.push(
                Diagnostic::new(
                    code::X002,
                    span,
                    format!("this `{word}` is never closed"),
                    "opened here",
                )
                .label(self.span(self.at..self.at), "a `}` was expected before this")
                .help(format!(
                    "close it with `}}`, or write `{0}{word}` for the text `{word}`",
                    &word[..1]
                )),
            );
        }
        self.give_up();
    }

    fn unterminated_string(&mut self, open: usize) {
        // A quote inside an interpolation that was not closed is the outer string's end.
        if self.modes.len() > 1 && matches!(self.modes.first(), Some(Mode::String(_))) {
            return self.unclosed_template();
        }
        let Some(quote) = self.tokens.get(open).copied() else { return self.give_up() };
        let content = self.text.get(quote.end..self.at).unwrap_or_default();
        // A lone quote before closing signs is the end of a string that was reported already.
        let partner = self.gave_up && content.trim().chars().all(|c| ")]},".contains(c));
        if !partner {
            self.diagnostics.push(
                Diagnostic::new(
                    code::X003,
                    self.span(quote.start..self.at - carriage_return(content)),
                    "this string has no end on its line",
                    "no `\"` closes it",
                )
                .help("write the closing `\"`, or use a heredoc (`<<-EOT`) for several lines"),
            );
        }
        self.give_up();
    }

    fn unterminated_heredoc(&mut self, marker: &str, open: usize) {
        let Some(opener) = self.tokens.get(open).copied() else { return };
        self.resumed += 1;
        let stop = self.leaves_heredoc(marker, opener.end).filter(|_| self.resumed <= RESUMED_MAX);
        let head = self.text.get(opener.range()).unwrap_or_default().trim_end().len();
        let span = self.span(opener.start..opener.start + head);
        let message = format!("no line holds the end marker `{marker}`");
        let mut diagnostic = Diagnostic::new(code::X004, span, message, "opened here")
            .help(format!("write `{marker}` alone on the line after the text"));
        if let Some((start, line)) = stop {
            let (mut resume, word) = (start, line.trim());
            if is_near_miss(word, marker) {
                let from = start + (line.len() - line.trim_start().len());
                resume = from + word.len();
                diagnostic =
                    diagnostic.label(self.span(from..resume), "this is near, and is not it");
            }
            self.tokens.truncate(self.tokens.partition_point(|token| token.start < start));
            self.at = resume;
            self.line_start = start;
            self.fresh_line = resume == start;
        }
        self.diagnostics.push(diagnostic);
        self.give_up();
    }

    /// Leaves every string and heredoc; the next line is code again.
    fn give_up(&mut self) {
        let open = match self.modes.first() {
            Some(Mode::String(open) | Mode::Heredoc(_, open) | Mode::Template(open, _)) => *open,
            None => self.tokens.len(),
        };
        self.modes.clear();
        self.gave_up = true;
        self.hopeless = None;
        self.push(Kind::GivenUp(open), 0);
    }

    /// The text ended inside something.
    fn end(&mut self) {
        match self.modes.first() {
            Some(Mode::String(open)) => self.unterminated_string(*open),
            Some(Mode::Heredoc(marker, open)) => self.unterminated_heredoc(marker, *open),
            Some(Mode::Template(..)) => self.unclosed_template(),
            None => {}
        }
    }
}

fn is_near_miss(line: &str, marker: &str) -> bool {
    let word = line.trim_end_matches([',', ')', ']', '}', ';', '"']);
    line.eq_ignore_ascii_case(marker)
        || (word == marker && word != line)
        || line == format!("{marker}S")
}

/// Whether a line in column 0 is no text of a heredoc any more, as far as one can guess.
fn leaves_text(line: &str) -> bool {
    line.trim_end() == "}" || KEYWORDS.contains(&line.get(..word_length(line)).unwrap_or_default())
}

/// `${` or `%{`.
fn is_mark(rest: &str) -> bool {
    rest.starts_with("${") || rest.starts_with("%{")
}

/// `$${` or `%%{`.
fn is_escaped_mark(rest: &str) -> bool {
    rest.starts_with("$${") || rest.starts_with("%%{")
}

fn line_length(rest: &str) -> usize {
    let line = rest.split('\n').next().unwrap_or_default();
    line.len() - carriage_return(line)
}

fn carriage_return(line: &str) -> usize {
    usize::from(line.ends_with('\r'))
}

fn run_length(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}
