//! Labels stand in quotes: `flow x {` becomes `flow "x" {`. It is the one thing that is changed
//! beside white space; the label stays the same.

use super::token::{Kind, Token};

/// Where a token stands.
#[derive(Clone, Copy)]
enum Place {
    /// Where an attribute or a block may start.
    Item,
    /// Behind its first word.
    Header,
    /// In a value, with so many brackets open.
    Value(i32),
}

/// Puts bare labels in quotes.
pub(super) fn quote(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut place = Place::Item;
    for (i, token) in tokens.iter().copied().enumerate() {
        if matches!(place, Place::Item) && token.kind == Kind::Word && !is_header(&tokens, i) {
            place = Place::Value(0);
        }
        if let (Place::Header, Kind::Word) = (place, token.kind) {
            out.push(Token { kind: Kind::Quote, text: "\"", gap: 1 });
            out.push(Token { kind: Kind::Text, gap: 0, ..token });
            out.push(Token { kind: Kind::EndQuote, text: "\"", gap: 0 });
            continue;
        }
        place = next(place, &token);
        out.push(token);
    }
    out
}

/// Whether an attribute or a block starts here, and not a line that goes on with what the line
/// before it left open: only labels, and comments between them, stand before `{`.
fn is_header(tokens: &[Token<'_>], first: usize) -> bool {
    let rest = tokens.get(first..).unwrap_or_default();
    let label = |kind| {
        use Kind::{Comment, EndQuote, EndTemplate, Quote, Template, Text, Word};
        matches!(kind, Word | Quote | Text | EndQuote | Template | EndTemplate | Comment)
    };
    let end = rest.iter().find(|token| !label(token.kind) || token.ends_line());
    end.is_some_and(|token| matches!(token.kind, Kind::Brace | Kind::Equal))
}

fn next(place: Place, token: &Token<'_>) -> Place {
    match (place, token.kind) {
        (Place::Item, Kind::Word) => Place::Header,
        (Place::Header, Kind::Equal) => Place::Value(0),
        (Place::Header, Kind::Brace) => Place::Item,
        // The block of one line ends with its only attribute.
        (Place::Value(0), Kind::EndBrace) => Place::Item,
        (Place::Value(open), kind) => match open + kind.depth() {
            0 if token.ends_line() => Place::Item,
            open => Place::Value(open),
        },
        (Place::Header, _) if token.ends_line() => Place::Item,
        (place, _) => place,
    }
}
