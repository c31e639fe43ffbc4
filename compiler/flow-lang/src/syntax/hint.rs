//! What to say when the parser refuses a piece.
//!
//! The parser gives a place and what it expected; the author wants to know which of their own
//! words is wrong and what to write instead. Habits from other languages get their own advice.

use super::lex::{Kind, Token};
use super::parse::Refusal;
use super::tree::Ident;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// Signs that join two operands: the second may stand on the next line only inside brackets.
const OPERATORS: [&str; 14] =
    ["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "?", ":"];

/// The finding for a refused piece; `tokens` start with the piece.
pub(super) fn refusal(file: FileId, text: &str, tokens: &[Token], refusal: &Refusal) -> Diagnostic {
    let at = tokens
        .iter()
        .position(|token| token.end > refusal.offset && token.kind != Kind::Comment)
        .unwrap_or(tokens.len());
    let token = tokens.get(at);
    let span = Span::new(file, token.map_or(text.len()..text.len(), Token::range));
    let message = refusal.message.as_str();
    if message.contains("nested levels") || message.contains("chained binary operators") {
        return too_deep(span);
    }
    if message.contains("redefined object key") {
        let key = Ident { text: word(text, tokens, at).to_owned(), span };
        let first = first_key(text, tokens, at, refusal.offset)
            .map_or(span, |token| Span::new(file, token.range()));
        return duplicate(&key, first);
    }
    if message.starts_with("invalid escape") {
        return bad_escape(file, text, refusal.offset);
    }
    let shown = match token {
        Some(token) if token.kind == Kind::Newline => "the end of the line".to_owned(),
        Some(_) => format!("`{}`", word(text, tokens, at)),
        None => "the end of the file".to_owned(),
    };
    let span = visible(span, text, token);
    Diagnostic::new(code::X001, span, format!("{shown} cannot stand here"), expectation(message))
        .help_if(advice(text, tokens, at))
}

/// An attribute or a key stands twice.
pub(super) fn duplicate(again: &Ident, first: Span) -> Diagnostic {
    let message = format!("`{}` stands twice", again.text);
    Diagnostic::new(code::X008, again.span, message, "second time")
        .label(first, "first here")
        .help("remove one of them")
}

/// More levels or operators than the parser takes.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(
        code::X007,
        span,
        "this goes deeper than 64 levels or 128 operators in a row",
        "too deep from here on",
    )
    .help("give parts of it a name in `locals`")
}

/// The parser points behind the escape.
fn bad_escape(file: FileId, text: &str, end: usize) -> Diagnostic {
    let before = text.get(..end).unwrap_or_default();
    let start = before.rfind('\\').unwrap_or(end);
    let escape = before.get(start..).unwrap_or_default();
    let message = format!("`{escape}` is no escape");
    Diagnostic::new(code::X001, Span::new(file, start..end), message, "unknown escape").help(
        "write `\\\\` for a backslash; the escapes are \\n \\r \\t \\\" \\\\ \\uNNNN \\UNNNNNNNN",
    )
}

fn word<'a>(text: &'a str, tokens: &[Token], at: usize) -> &'a str {
    let Some(token) = tokens.get(at) else { return "" };
    let word = text.get(token.range()).unwrap_or_default();
    let line = word.lines().next().unwrap_or_default();
    line.char_indices().nth(40).map_or(line, |(i, _)| line.get(..i).unwrap_or(line))
}

/// A line break has no width on the screen: the label goes to the character before it.
fn visible(span: Span, text: &str, token: Option<&Token>) -> Span {
    if token.is_some_and(|token| token.kind != Kind::Newline) {
        return span;
    }
    let before = text.get(..span.start as usize).unwrap_or_default();
    let width = before.chars().next_back().map_or(0, char::len_utf8);
    Span::new(span.file, before.len() - width..before.len())
}

/// The parser's words about what it wanted, in ours.
fn expectation(message: &str) -> String {
    let known = [
        ("invalid expression", "a value was expected"),
        ("invalid structure", "`=` or `{` was expected"),
        ("invalid traversal", "a name was expected after the `.`"),
        ("invalid object value", "`=` was expected after the key"),
        ("invalid object item", "a line break, `,` or `}` was expected"),
        ("invalid block body", "`}` or a line break was expected"),
        ("invalid unicode", "hexadecimal digits were expected"),
        ("expected `]`", "a `,` or `]` was expected"),
        ("expected `)`", "a `,` or `)` was expected"),
        ("expected newline", "a line break was expected"),
        ("expected identifier", "a name was expected"),
    ];
    if let Some((_, ours)) = known.into_iter().find(|(start, _)| message.starts_with(start)) {
        return ours.to_owned();
    }
    match message.strip_prefix("expected ") {
        Some(wanted) => format!("{wanted} was expected"),
        None => "not expected".to_owned(),
    }
}

fn advice(text: &str, tokens: &[Token], at: usize) -> Option<String> {
    let here = word(text, tokens, at);
    let before = at.checked_sub(1).map(|at| word(text, tokens, at)).unwrap_or_default();
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    let starts_line = tokens.get(at).is_some_and(|token| token.indent.is_some());
    if (kind(at) == Some(Kind::Newline) && OPERATORS.contains(&before))
        || (starts_line && OPERATORS.contains(&here))
    {
        return Some("an operator joins two lines only inside ( ): wrap the value in ( )".into());
    }
    let advice = match here {
        "'" => "write texts in double quotes",
        "," => "put each attribute on a line of its own, without a comma",
        ";" => "put each attribute on a line of its own",
        "&" | "and" => "write `&&`",
        "|" | "or" => "write `||`",
        "not" => "write `!`",
        "===" => "write `==`",
        ":" => "write `=` between a name and its value",
        "if" => "write `condition ? a : b`",
        "\"" if kind(at) == Some(Kind::Quote) => "put an operator or a comma between two values",
        _ if kind(at) == Some(Kind::Word) && kind(at + 1) == Some(Kind::Sign) => {
            "put each attribute on a line of its own"
        }
        _ if before == "not" => "write `!`",
        _ if before == "=" && kind(at) == Some(Kind::Newline) => {
            "write the value on the line of its name"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}

/// The key of the same text that stands earlier in the same braces.
fn first_key<'a>(text: &str, tokens: &'a [Token], at: usize, offset: usize) -> Option<&'a Token> {
    let plain = |i: usize| {
        let quoted = tokens.get(i).is_some_and(|token| token.kind == Kind::Quote);
        word(text, tokens, if quoted { i + 1 } else { i })
    };
    let wanted = plain(at);
    let mut depth = 0_usize;
    let mut found = None;
    for i in (0..at).rev() {
        let token = tokens.get(i).filter(|token| token.start < offset)?;
        match token.kind {
            Kind::Close(_) => depth += 1,
            Kind::Open(_) if depth == 0 => return found,
            Kind::Open(_) => depth -= 1,
            Kind::Word | Kind::Quote if depth == 0 && plain(i) == wanted => found = Some(token),
            _ => {}
        }
    }
    found
}
