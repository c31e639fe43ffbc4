//! What to say when the parser refuses a piece.
//!
//! The parser gives a place and what it expected; the author wants to know which of their own
//! words is wrong and what to write instead. Habits from other languages get their own advice.

use super::lex::{Kind, Token};
use super::parse::{LEVELS_MAX, OPERATORS_MAX, Refusal, Wanted};
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
    let wanted = match refusal.wanted {
        Wanted::LessDepth => return too_deep(span),
        Wanted::Escape => return bad_escape(file, text, refusal.offset),
        Wanted::Words(wanted) => wanted,
    };
    let shown = match token {
        Some(token) if token.kind == Kind::Newline => "the end of the line".to_owned(),
        Some(_) => format!("`{}`", word(text, tokens, at)),
        None => "the end of the file".to_owned(),
    };
    let span = visible(span, text, token);
    Diagnostic::new(code::X001, span, format!("{shown} cannot stand here"), wanted)
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
        format!("this goes deeper than {LEVELS_MAX} levels or {OPERATORS_MAX} operators in a row"),
        "too deep from here on",
    )
    .help("give parts of it a name in `locals`")
}

/// The backslash stands at `start`; of digits that lead nowhere those that are there are shown.
fn bad_escape(file: FileId, text: &str, start: usize) -> Diagnostic {
    let rest = text.get(start + 1..).unwrap_or_default();
    let letter = rest.chars().next().map_or(0, char::len_utf8);
    let most = match rest.as_bytes().first() {
        Some(b'u') => 4,
        Some(b'U') => 8,
        _ => 0,
    };
    let digits = rest.bytes().skip(letter).take(most).take_while(u8::is_ascii_hexdigit).count();
    let end = start + 1 + letter + digits;
    let escape = text.get(start..end).unwrap_or_default();
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
