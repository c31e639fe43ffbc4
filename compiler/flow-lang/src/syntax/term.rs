//! Terms: what stands between two operators, with the steps behind it (`a.b[0].*`).

use super::parse::{Parser, Read, Wanted};
use super::tree::{Call, Expr, ExprKind, Ident, Step, UnaryOp};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl<'a> Parser<'a> {
    /// A term with its steps.
    pub(super) fn term(&mut self) -> Read<Expr> {
        let start = self.at;
        let kind = match self.peek() {
            b'"' => self.quoted()?,
            b'[' => self.list()?,
            b'{' => self.object()?,
            b'(' => self.parens()?,
            b'0'..=b'9' => ExprKind::Number(self.number()?.to_owned()),
            b'-' => self.minus()?,
            b'!' => {
                self.at += 1;
                self.gap();
                self.unary(UnaryOp::Not, start)?
            }
            b'<' if self.byte(start + 1) == b'<' => self.heredoc()?,
            _ => self.named()?,
        };
        let end = self.end_of_term(&kind, start);
        let base = Expr { kind, span: self.span(start, end) };
        self.steps(base)
    }

    /// One past the last byte: white space was skipped behind a name, to look for a `(`.
    fn end_of_term(&self, kind: &ExprKind, start: usize) -> usize {
        match kind {
            ExprKind::Name(name) => start + name.len(),
            ExprKind::Bool(true) | ExprKind::Null => start + 4,
            ExprKind::Bool(false) => start + 5,
            ExprKind::Unary { operand, .. } => operand.span.end as usize,
            _ => self.at,
        }
    }

    fn steps(&mut self, base: Expr) -> Read<Expr> {
        let first = self.steps.len();
        let mut end = base.span.end;
        loop {
            self.gap();
            let step = match self.peek() {
                b'.' if self.byte(self.at + 1) != b'.' => self.dot()?,
                b'[' => self.index()?,
                _ => break,
            };
            end = step.span().end;
            self.steps.push(step);
        }
        if self.steps.len() == first {
            return Ok(base);
        }
        let steps = self.steps.drain(first..).collect();
        let span = Span { end, ..base.span };
        Ok(Expr { kind: ExprKind::Access { base: Box::new(base), steps }, span })
    }

    fn dot(&mut self) -> Read<Step> {
        let start = self.at;
        self.at += 1;
        self.gap();
        if self.eat(b'*') {
            return Ok(Step::Splat(self.span(start, self.at)));
        }
        let digits = self.digits();
        if digits > 0 {
            let place = self.span(start, self.at);
            let digits = self.slice(self.at - digits, self.at).trim_start_matches('0');
            let index = if digits.is_empty() { "0" } else { digits };
            self.found.push(legacy_index(index, place));
            let kind = ExprKind::Number(index.to_owned());
            return Ok(Step::Index(Box::new(Expr { kind, span: place }), place));
        }
        let wanted = Wanted::Words("a name was expected after the `.`");
        self.ident().map(Step::Attr).ok_or_else(|| self.refuse(wanted))
    }

    fn index(&mut self) -> Read<Step> {
        let start = self.at;
        self.at += 1;
        self.lines();
        if self.eat(b'*') {
            self.lines();
            self.expect(b']', Wanted::Words("`]` was expected"))?;
            return Ok(Step::Splat(self.span(start, self.at)));
        }
        let index = self.nested(true, Self::expr)?;
        self.lines();
        self.expect(b']', Wanted::Words("a `,` or `]` was expected"))?;
        Ok(Step::Index(Box::new(index), self.span(start, self.at)))
    }

    fn parens(&mut self) -> Read<ExprKind> {
        self.at += 1;
        self.lines();
        let inner = self.nested(true, Self::expr)?;
        self.lines();
        self.expect(b')', Wanted::Words("a `,` or `)` was expected"))?;
        Ok(ExprKind::Parens(Box::new(inner)))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at - start
    }

    /// The digits as written.
    fn number(&mut self) -> Read<&'a str> {
        let start = self.at;
        self.digits();
        if self.peek() == b'.' && self.byte(self.at + 1).is_ascii_digit() {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.refuse(Wanted::Words("a digit was expected")));
            }
        }
        Ok(self.slice(start, self.at))
    }

    /// A minus before digits belongs to the number, even apart from it.
    fn minus(&mut self) -> Read<ExprKind> {
        let start = self.at;
        self.at += 1;
        self.gap();
        if self.peek().is_ascii_digit() {
            return Ok(ExprKind::Number(format!("-{}", self.number()?)));
        }
        self.unary(UnaryOp::Neg, start)
    }

    fn unary(&mut self, op: UnaryOp, start: usize) -> Read<ExprKind> {
        let newlines = self.newlines;
        let operand = Box::new(self.nested(newlines, Self::term)?);
        Ok(ExprKind::Unary { op, op_span: self.span(start, start + 1), operand })
    }

    /// A name, a word of the language or a call.
    fn named(&mut self) -> Read<ExprKind> {
        let Some(name) = self.ident() else {
            return Err(self.refuse(Wanted::Words("a value was expected")));
        };
        self.gap();
        if self.peek() == b'(' || self.sees("::") {
            return self.call(name).map(|call| ExprKind::Call(Box::new(call)));
        }
        Ok(match name.text.as_str() {
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => ExprKind::Name(name.text),
        })
    }

    fn call(&mut self, mut name: Ident) -> Read<Call> {
        let mut namespace = Vec::new();
        while self.sees("::") {
            self.at += 2;
            self.gap();
            let next = self.ident();
            let next = next.ok_or_else(|| self.refuse(Wanted::Words("a name was expected")))?;
            namespace.push(std::mem::replace(&mut name, next));
            self.gap();
        }
        let start = self.at;
        self.expect(b'(', Wanted::Words("`(` was expected"))?;
        let (first, mut expand_last) = (self.exprs.len(), false);
        self.lines();
        while self.peek() != b')' {
            let arg = self.nested(true, Self::expr)?;
            self.exprs.push(arg);
            self.lines();
            if self.sees("...") {
                self.at += 3;
                expand_last = true;
                self.lines();
                break;
            }
            if !self.eat(b',') {
                break;
            }
            self.lines();
        }
        self.expect(b')', Wanted::Words("a `,` or `)` was expected"))?;
        let args = self.exprs.drain(first..).collect();
        Ok(Call { namespace, name, args, expand_last, parens: self.span(start, self.at) })
    }
}

fn legacy_index(index: &str, span: Span) -> Diagnostic {
    Diagnostic::new(code::X009, span, "an index stands in brackets", "old form of an index")
        .help(format!("write `[{index}]`"))
        .fix(span, format!("[{index}]"))
}
