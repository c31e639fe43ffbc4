//! The gap between two tokens of a cell: one space or none.

use super::line::Line;
use super::token::{Kind, Token};

/// Sets the gap of every token but the first of a line, `=` and the comment at its end.
pub(super) fn set(tokens: &mut [Token<'_>], lines: &[Line]) {
    for line in lines {
        for cell in [&line.lead, &line.assign] {
            let Some(cell) = tokens.get_mut(cell.clone()) else { continue };
            let mut before = None;
            for i in 1..cell.len() {
                let Some([this, after]) = cell.get_mut(i - 1..=i) else { continue };
                // What stands for nothing in HCL may be a part of the word beside it: no space comes
                // between them, and none goes.
                after.gap = if is_foreign(this) || is_foreign(after) {
                    after.gap.min(1)
                } else {
                    usize::from(is_spaced(before, this, after))
                };
                before = Some(this.kind);
            }
        }
    }
}

fn is_foreign(token: &Token<'_>) -> bool {
    token.kind == Kind::Other && token.text != "=>"
}

/// Whether a space stands between `this` and `after`. The first rule that fits decides.
fn is_spaced(before: Option<Kind>, this: &Token<'_>, after: &Token<'_>) -> bool {
    use Kind::{
        Bang, Brace, Comma, Dot, Dots, EndBrace, EndHeredoc, EndQuote, EndTemplate, Heredoc, Minus,
        Newline, Number, Path, Quote, Round, Square, Template, Text, Word,
    };
    let opens = |kind: Kind| kind.depth() > 0;
    let closes = |kind: Kind| kind.depth() < 0;
    match (this.kind, after.kind) {
        (_, Newline) => false,
        // A call, its name, access, and what belongs to the element before it.
        (Word, Round | Path) | (Path, Word) | (Dot, _) | (_, Dot | Comma | Dots) => false,
        (Comma, _) => true,
        // Characters of a text are what they are.
        (Text | Quote | Heredoc, _) | (_, Text | EndQuote | EndHeredoc) => false,
        // `in` of a `for`, before a list.
        (Word, _) if this.text == "in" && before == Some(Word) => true,
        (Word | Number, Square) => false,
        (this, Square) if closes(this) => false,
        (Bang, _) => false,
        (Minus, _) => before.is_some_and(ends_operand),
        (Brace, EndBrace) => false,
        (Brace, _) | (_, EndBrace) => true,
        // An object alone in a template, so that its braces can be told from the template's.
        (Template, Brace) | (EndBrace, EndTemplate) => true,
        (EndTemplate, Template) => false,
        (this, after) => !opens(this) && !closes(after),
    }
}

/// Whether a `-` behind this subtracts. `=>` and `${` are taken for operands, as Terraform does.
const fn ends_operand(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Round
            | Kind::Brace
            | Kind::Square
            | Kind::Equal
            | Kind::Colon
            | Kind::Comma
            | Kind::Question
            | Kind::Operator
            | Kind::Minus
            | Kind::Bang
    )
}
