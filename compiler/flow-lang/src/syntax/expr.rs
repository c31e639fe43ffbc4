//! Expressions: operators by their precedence, and `a ? b : c`.

use super::parse::{OPERATORS_MAX, Parser, Read, Wanted};
use super::tree::{BinaryOp, Expr, ExprKind};
use crate::source::Span;

impl Parser<'_> {
    /// An expression; what is skipped behind it is not part of its place.
    pub(super) fn expr(&mut self) -> Read<Expr> {
        let first = self.term()?;
        self.gap();
        let condition = match self.operator() {
            None => first,
            Some(_) => {
                let mut chain = 0;
                let whole = self.chain(first, 0, &mut chain)?;
                self.operators += chain;
                whole
            }
        };
        if self.peek() != b'?' {
            return Ok(condition);
        }
        self.at += 1;
        self.gap();
        let newlines = self.newlines;
        let then = self.nested(newlines, Self::expr)?;
        self.gap();
        self.expect(b':', Wanted::Words("`:` was expected"))?;
        self.gap();
        let otherwise = self.nested(newlines, Self::expr)?;
        let span = condition.span.to(otherwise.span);
        let kind = ExprKind::Conditional {
            condition: Box::new(condition),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        Ok(Expr { kind, span })
    }

    /// Goes on from `left` with every operator that binds at least as `weakest`. The recursion is
    /// as deep as there are precedences.
    fn chain(&mut self, mut left: Expr, weakest: u8, chain: &mut usize) -> Read<Expr> {
        while let Some((op, precedence)) = self.operator().filter(|(_, binds)| *binds >= weakest) {
            let start = self.at;
            self.at += op.symbol().len();
            let op_span = self.span(start, self.at);
            self.gap();
            let mut right = self.term()?;
            *chain += 1;
            if self.operators + *chain > OPERATORS_MAX {
                self.at = start;
                return Err(self.refuse(Wanted::LessDepth));
            }
            self.gap();
            if self.operator().is_some_and(|(_, binds)| binds > precedence) {
                right = self.chain(right, precedence + 1, chain)?;
            }
            left = binary(left, op, op_span, right);
        }
        Ok(left)
    }

    /// The binary operator that stands here, and how strongly it binds.
    fn operator(&self) -> Option<(BinaryOp, u8)> {
        let next = self.byte(self.at + 1);
        Some(match self.peek() {
            b'|' if next == b'|' => (BinaryOp::Or, 0),
            b'&' if next == b'&' => (BinaryOp::And, 1),
            b'=' if next == b'=' => (BinaryOp::Eq, 2),
            b'!' if next == b'=' => (BinaryOp::NotEq, 2),
            b'<' if next == b'=' => (BinaryOp::LessEq, 3),
            b'<' => (BinaryOp::Less, 3),
            b'>' if next == b'=' => (BinaryOp::GreaterEq, 3),
            b'>' => (BinaryOp::Greater, 3),
            b'+' => (BinaryOp::Add, 4),
            b'-' => (BinaryOp::Sub, 4),
            b'*' => (BinaryOp::Mul, 5),
            b'/' if next != b'/' && next != b'*' => (BinaryOp::Div, 5),
            b'%' => (BinaryOp::Mod, 5),
            _ => return None,
        })
    }
}

fn binary(left: Expr, op: BinaryOp, op_span: Span, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    let kind = ExprKind::Binary { left: Box::new(left), op, op_span, right: Box::new(right) };
    Expr { kind, span }
}
