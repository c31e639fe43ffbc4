//! Text to tokens, exact enough to be printed again: every byte that is no gap stands in a token.
//!
//! The parser's own lexer looks for faults and guesses where a forgotten quote belongs; this one
//! reads texts that have no fault, and in return knows numbers, operators and line endings. It is
//! total all the same: a text that is not HCL yields some tokens.

use crate::syntax::word_length;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, with dashes.
    Word,
    Number,
    /// `"` that opens a string.
    Quote,
    /// `"` that closes it.
    EndQuote,
    /// Characters of a string or heredoc.
    Text,
    /// `<<EOT` with its line break.
    Heredoc,
    /// The line of the end marker, without its break.
    EndHeredoc,
    /// `${` or `%{`, with a `~`.
    Template,
    /// The `}` of it, with a `~`.
    EndTemplate,
    Brace,
    EndBrace,
    /// `(`.
    Round,
    EndRound,
    /// `[`.
    Square,
    EndSquare,
    Dot,
    /// `::`.
    Path,
    Comma,
    /// `...`.
    Dots,
    Colon,
    Equal,
    Question,
    Bang,
    Minus,
    /// Every other operator with an operand on both sides.
    Operator,
    /// `=>`, and what is no sign of HCL.
    Other,
    /// A comment; one that starts with `#` or `//` holds its line break.
    Comment,
    Newline,
    /// The end of the text. It belongs to no line and holds nothing but the gap before it.
    End,
}

impl Kind {
    /// By how much it changes the number of open brackets.
    pub(super) const fn depth(self) -> i32 {
        if matches!(self, Self::Brace | Self::Round | Self::Square | Self::Template) {
            1
        } else if matches!(
            self,
            Self::EndBrace | Self::EndRound | Self::EndSquare | Self::EndTemplate
        ) {
            -1
        } else {
            0
        }
    }
}

/// A token, and how many spaces stand before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub gap: usize,
}

impl Token<'_> {
    /// Whether the line ends behind it.
    pub(super) fn ends_line(&self) -> bool {
        self.kind == Kind::Newline || (self.kind == Kind::Comment && self.text.ends_with('\n'))
    }
}

/// Signs, a longer one before its own start.
const SIGNS: [(&str, Kind); 32] = [
    ("...", Kind::Dots),
    ("=>", Kind::Other),
    ("==", Kind::Operator),
    ("!=", Kind::Operator),
    ("<=", Kind::Operator),
    (">=", Kind::Operator),
    ("&&", Kind::Operator),
    ("||", Kind::Operator),
    ("::", Kind::Path),
    ("~}", Kind::EndTemplate),
    ("}", Kind::EndBrace),
    ("{", Kind::Brace),
    ("(", Kind::Round),
    (")", Kind::EndRound),
    ("[", Kind::Square),
    ("]", Kind::EndSquare),
    (".", Kind::Dot),
    (",", Kind::Comma),
    (":", Kind::Colon),
    ("=", Kind::Equal),
    ("?", Kind::Question),
    ("!", Kind::Bang),
    ("-", Kind::Minus),
    ("+", Kind::Operator),
    ("*", Kind::Operator),
    ("/", Kind::Operator),
    ("%", Kind::Operator),
    ("<", Kind::Operator),
    (">", Kind::Operator),
    ("\"", Kind::Quote),
    ("\r\n", Kind::Newline),
    ("\n", Kind::Newline),
];

/// What surrounds the place that is read; outside of all of them stands code.
enum Within<'a> {
    String,
    /// With its end marker.
    Heredoc(&'a str),
    /// With the number of braces that are open in it.
    Template(usize),
}

struct Lexer<'a> {
    rest: &'a str,
    gap: usize,
    tokens: Vec<Token<'a>>,
    within: Vec<Within<'a>>,
    /// A line of a heredoc starts here.
    fresh_line: bool,
}

/// Cuts a text into tokens; a byte-order mark is left out.
pub(super) fn lex(text: &str) -> Vec<Token<'_>> {
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lexer = Lexer {
        rest,
        gap: 0,
        tokens: Vec::with_capacity(rest.len() / 4),
        within: Vec::new(),
        fresh_line: false,
    };
    while !lexer.rest.is_empty() {
        match lexer.within.last() {
            Some(Within::String) => lexer.string(),
            Some(Within::Heredoc(marker)) => lexer.heredoc(marker),
            Some(Within::Template(_)) | None => lexer.code(),
        }
    }
    lexer.push(Kind::End, 0);
    lexer.tokens
}

impl<'a> Lexer<'a> {
    fn push(&mut self, kind: Kind, length: usize) {
        let (text, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.tokens.push(Token { kind, text, gap: self.gap });
        self.gap = 0;
        self.rest = rest;
    }

    fn code(&mut self) {
        let rest = self.rest;
        let first = rest.chars().next().unwrap_or_default();
        match first {
            ' ' | '\t' => {
                self.gap += 1;
                self.rest = rest.get(1..).unwrap_or_default();
            }
            '#' => self.push(Kind::Comment, through(rest, "\n")),
            '/' if rest.starts_with("//") => self.push(Kind::Comment, through(rest, "\n")),
            '/' if rest.starts_with("/*") => {
                let inner = rest.get(2..).unwrap_or_default();
                self.push(Kind::Comment, 2 + through(inner, "*/"));
            }
            '0'..='9' => self.push(Kind::Number, number_length(rest)),
            _ if word_length(rest) > 0 => self.push(Kind::Word, word_length(rest)),
            '<' if heredoc_head(rest).is_some() => {
                let (length, marker) = heredoc_head(rest).unwrap_or_default();
                self.push(Kind::Heredoc, length);
                self.within.push(Within::Heredoc(marker));
                self.fresh_line = true;
            }
            _ => self.sign(first),
        }
    }

    fn sign(&mut self, first: char) {
        let known = SIGNS.iter().find(|(sign, _)| self.rest.starts_with(sign));
        let (length, kind) =
            known.map_or((first.len_utf8(), Kind::Other), |(sign, kind)| (sign.len(), *kind));
        let closes = matches!(self.within.last(), Some(Within::Template(0)));
        match (kind, self.within.last_mut()) {
            (Kind::Quote, _) => self.within.push(Within::String),
            (Kind::Brace, Some(Within::Template(braces))) => *braces += 1,
            (Kind::EndBrace | Kind::EndTemplate, _) if closes => {
                self.within.pop();
                return self.push(Kind::EndTemplate, length);
            }
            (Kind::EndBrace, Some(Within::Template(braces))) => *braces -= 1,
            _ => {}
        }
        self.push(kind, length);
    }

    fn string(&mut self) {
        let length = text_length(self.rest, &['"', '\n', '\\', '$', '%']);
        if length > 0 {
            self.push(Kind::Text, length);
        }
        match self.rest.chars().next() {
            Some('"') => {
                self.within.pop();
                self.push(Kind::EndQuote, 1);
            }
            // No string goes over a line's end.
            Some('\n') | None => drop(self.within.pop()),
            Some(_) => self.template(),
        }
    }

    fn heredoc(&mut self, marker: &'a str) {
        if self.fresh_line {
            let line = self.rest.get(..through(self.rest, "\n")).unwrap_or_default();
            if line.trim() == marker {
                self.within.pop();
                return self.push(Kind::EndHeredoc, line.trim_end_matches(['\r', '\n']).len());
            }
        }
        let length = text_length(self.rest, &['\n', '$', '%']);
        let tail = self.rest.get(length..).unwrap_or_default();
        self.fresh_line = tail.starts_with('\n');
        let length = length + usize::from(self.fresh_line);
        if length > 0 {
            self.push(Kind::Text, length);
        }
        if !self.fresh_line && !tail.is_empty() {
            self.template();
        }
    }

    fn template(&mut self) {
        let tilde = self.rest.get(2..).is_some_and(|rest| rest.starts_with('~'));
        self.push(Kind::Template, if tilde { 3 } else { 2 });
        self.within.push(Within::Template(0));
    }
}

/// Up to and with the first `end`; everything where there is none.
fn through(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

/// How much of a text is no template and, where `marks` holds them, neither quote nor line break.
fn text_length(text: &str, marks: &[char]) -> usize {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(marks)) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with(['"', '\n']) || rest.starts_with("${") || rest.starts_with("%{") {
            return at;
        }
        at += if rest.starts_with("$${") || rest.starts_with("%%{") {
            3
        } else if let Some(escaped) = rest.strip_prefix('\\') {
            1 + escaped.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8)
        } else {
            1
        };
    }
    text.len()
}

/// Digits with a point or an exponent between them: `1`, `1.5`, `2e-3`. No number ends in a point.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let (mut at, mut end) = (0, 0);
    loop {
        let signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        match bytes.get(at) {
            Some(b'0'..=b'9') => at += 1,
            Some(b'.') => {
                at += 1;
                continue;
            }
            Some(b'e' | b'E') if digit(at + 1) => at += 2,
            Some(b'e' | b'E') if signed && digit(at + 2) => at += 3,
            _ => return end,
        }
        end = at;
    }
}

/// How long `<<EOT` or `<<-EOT` is with its line break, and the marker.
fn heredoc_head(text: &str) -> Option<(usize, &str)> {
    let tail = text.strip_prefix("<<")?;
    let tail = tail.strip_prefix('-').unwrap_or(tail);
    let (marker, rest) = tail.split_at_checked(word_length(tail))?;
    let line_break = ["\n", "\r\n"].into_iter().find(|end| rest.starts_with(end))?;
    let length = text.len() - rest.len() + line_break.len();
    (!marker.is_empty()).then_some((length, marker))
}
