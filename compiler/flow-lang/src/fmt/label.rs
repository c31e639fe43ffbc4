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
    for token in tokens {
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
