//! From the parser's tree to ours: the only user of hcl-edit's tree.
//!
//! A piece of a file is parsed on its own and its places are moved to where the piece stands in
//! the file. Numbers and texts are read again from the source, so that a number keeps its exact
//! digits and a text the way back to its characters. What parts of a template mean is in
//! [`super::template`].

use std::ops::Range;

use hcl_edit::expr::{self as hcl, Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::{self, Structure};
use hcl_edit::{Ident as HclIdent, Span as _};

use super::hint;
use super::tree::{
    Attribute, BinaryOp, Block, Body, Call, Entry, Expr, ExprKind, For, Ident, Item, Key, Step,
    UnaryOp,
};
use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// Why a piece is not HCL: the offset in the file and the parser's words.
pub(super) struct Refusal {
    /// Offset in the file.
    pub offset: usize,
    /// What the parser said.
    pub message: String,
}

/// Parses `range` of `text` as a body.
///
/// # Errors
/// The parser's first complaint.
pub(super) fn parse_piece(
    file: FileId,
    text: &str,
    range: Range<usize>,
    diagnostics: &mut Diagnostics,
) -> Result<Body, Refusal> {
    let base = range.start;
    let piece = text.get(range).unwrap_or_default();
    let body = hcl_edit::parser::parse_body(piece).map_err(|error| Refusal {
        offset: base + error.location().offset(),
        message: error.message().to_owned(),
    })?;
    Ok(Lowering { file, text, base, diagnostics }.body(&body, 0..piece.len()))
}

/// Carries what is needed to move a place and to read the source again.
pub(super) struct Lowering<'a> {
    file: FileId,
    /// The whole file.
    text: &'a str,
    /// Where the piece starts in it.
    base: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Lowering<'_> {
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, self.base + range.start..self.base + range.end)
    }

    /// The source of a span of this file.
    pub(super) fn source(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    fn span_or(&self, range: Option<Range<usize>>, default: Span) -> Span {
        range.map_or(default, |range| self.span(range))
    }

    fn body(&mut self, body: &structure::Body, range: Range<usize>) -> Body {
        let span = self.span(body.span().unwrap_or(range));
        let items = body
            .iter()
            .map(|structure| match structure {
                Structure::Attribute(attribute) => Item::Attribute(self.attribute(attribute)),
                Structure::Block(block) => Item::Block(self.block(block)),
            })
            .collect();
        Body { items, span }
    }

    fn attribute(&mut self, attribute: &structure::Attribute) -> Attribute {
        let start = self.span(0..0);
        let name = self.ident(&attribute.key, attribute.key.span(), start);
        let expr = self.expr(&attribute.value, name.span);
        let span = name.span.to(expr.span);
        Attribute { name, expr, span }
    }

    fn block(&mut self, block: &structure::Block) -> Block {
        let start = self.span(0..0);
        let kind = self.ident(&block.ident, block.ident.span(), start);
        let labels: Vec<Ident> = block
            .labels
            .iter()
            .map(|label| Ident {
                text: label.as_str().to_owned(),
                span: self.span_or(label.span(), kind.span),
            })
            .collect();
        let header = kind.span.to(labels.last().map_or(kind.span, |label| label.span));
        let span = self.span_or(block.span(), header);
        let body = self.body(
            &block.body,
            header.end as usize - self.base..(span.end as usize).saturating_sub(self.base),
        );
        Block { kind, labels, header, body, span, tombstone: false }
    }

    pub(super) fn ident(
        &self,
        ident: &HclIdent,
        range: Option<Range<usize>>,
        default: Span,
    ) -> Ident {
        Ident { text: ident.as_str().to_owned(), span: self.span_or(range, default) }
    }

    /// An expression; `default` is its place where the parser gives none.
    pub(super) fn expr(&mut self, expr: &Expression, default: Span) -> Expr {
        let span = self.span_or(expr.span(), default);
        let kind = match expr {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(*value.value()),
            Expression::Number(_) => ExprKind::Number(self.number(span)),
            Expression::String(_) => ExprKind::String(self.quoted(span)),
            Expression::StringTemplate(template) => self.string_template(template, span),
            Expression::HeredocTemplate(heredoc) => self.heredoc(heredoc, span),
            Expression::Array(array) => {
                ExprKind::List(array.iter().map(|element| self.expr(element, span)).collect())
            }
            Expression::Object(object) => ExprKind::Object(self.entries(object, span)),
            Expression::Parenthesis(inner) => {
                ExprKind::Parens(Box::new(self.expr(inner.inner(), span)))
            }
            Expression::Variable(name) => ExprKind::Name(name.as_str().to_owned()),
            Expression::Conditional(conditional) => ExprKind::Conditional {
                condition: Box::new(self.expr(&conditional.cond_expr, span)),
                then: Box::new(self.expr(&conditional.true_expr, span)),
                otherwise: Box::new(self.expr(&conditional.false_expr, span)),
            },
            Expression::FuncCall(call) => ExprKind::Call(Box::new(self.call(call, span))),
            Expression::Traversal(traversal) => self.access(traversal, span),
            Expression::UnaryOp(unary) => ExprKind::Unary {
                op: match unary.operator.value() {
                    hcl::UnaryOperator::Not => UnaryOp::Not,
                    hcl::UnaryOperator::Neg => UnaryOp::Neg,
                },
                op_span: self.span_or(unary.operator.span(), span),
                operand: Box::new(self.expr(&unary.expr, span)),
            },
            Expression::BinaryOp(binary) => ExprKind::Binary {
                left: Box::new(self.expr(&binary.lhs_expr, span)),
                op: binary_op(*binary.operator.value()),
                op_span: self.span_or(binary.operator.span(), span),
                right: Box::new(self.expr(&binary.rhs_expr, span)),
            },
            Expression::ForExpr(for_expr) => ExprKind::For(Box::new(self.for_expr(for_expr, span))),
        };
        Expr { kind, span }
    }

    /// The digits as written; a sign may stand apart from them.
    fn number(&self, span: Span) -> String {
        self.source(span).chars().filter(|c| !c.is_whitespace()).collect()
    }

    fn entries(&mut self, object: &hcl::Object, span: Span) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(ident) => Key::Name(self.ident(ident, ident.span(), span)),
                ObjectKey::Expression(expr) => Key::Expr(self.expr(expr, span)),
            };
            // The parser sees that `a` stands twice, and not that `a` and `"a"` do.
            if let Some(text) = key.text()
                && let Some(first) = entries.iter().find(|entry| entry.key.text() == Some(text))
            {
                let again = Ident { text: text.to_owned(), span: key.span() };
                self.diagnostics.push(hint::duplicate(&again, first.key.span()));
            }
            entries.push(Entry { key, value: self.expr(value.expr(), span) });
        }
        entries
    }

    fn call(&mut self, call: &hcl::FuncCall, span: Span) -> Call {
        let namespace =
            call.name.namespace.iter().map(|part| self.ident(part, part.span(), span)).collect();
        let name = self.ident(&call.name.name, call.name.name.span(), span);
        Call {
            namespace,
            args: call.args.iter().map(|arg| self.expr(arg, span)).collect(),
            expand_last: call.args.expand_final(),
            parens: Span { start: name.span.end, ..span },
            name,
        }
    }

    fn access(&mut self, traversal: &hcl::Traversal, span: Span) -> ExprKind {
        let base = Box::new(self.expr(&traversal.expr, span));
        let steps = traversal
            .operators
            .iter()
            .map(|operator| {
                let place = self.span_or(operator.span(), span);
                match operator.value() {
                    TraversalOperator::GetAttr(name) => {
                        Step::Attr(self.ident(name, name.span(), place))
                    }
                    TraversalOperator::Index(index) => Step::Index(self.expr(index, place), place),
                    TraversalOperator::LegacyIndex(index) => {
                        let index = *index.value();
                        self.diagnostics.push(legacy_index(index, place));
                        let kind = ExprKind::Number(index.to_string());
                        Step::Index(Expr { kind, span: place }, place)
                    }
                    TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                        Step::Splat(place)
                    }
                }
            })
            .collect();
        ExprKind::Access { base, steps }
    }

    fn for_expr(&mut self, for_expr: &hcl::ForExpr, span: Span) -> For {
        let intro = &for_expr.intro;
        For {
            key: intro.key_var.as_ref().map(|key| self.ident(key, key.span(), span)),
            value: self.ident(&intro.value_var, intro.value_var.span(), span),
            collection: self.expr(&intro.collection_expr, span),
            result_key: for_expr.key_expr.as_ref().map(|key| self.expr(key, span)),
            result: self.expr(&for_expr.value_expr, span),
            grouping: for_expr.grouping,
            condition: for_expr.cond.as_ref().map(|condition| self.expr(&condition.expr, span)),
        }
    }
}

const fn binary_op(op: hcl::BinaryOperator) -> BinaryOp {
    match op {
        hcl::BinaryOperator::Eq => BinaryOp::Eq,
        hcl::BinaryOperator::NotEq => BinaryOp::NotEq,
        hcl::BinaryOperator::LessEq => BinaryOp::LessEq,
        hcl::BinaryOperator::GreaterEq => BinaryOp::GreaterEq,
        hcl::BinaryOperator::Less => BinaryOp::Less,
        hcl::BinaryOperator::Greater => BinaryOp::Greater,
        hcl::BinaryOperator::Plus => BinaryOp::Add,
        hcl::BinaryOperator::Minus => BinaryOp::Sub,
        hcl::BinaryOperator::Mul => BinaryOp::Mul,
        hcl::BinaryOperator::Div => BinaryOp::Div,
        hcl::BinaryOperator::Mod => BinaryOp::Mod,
        hcl::BinaryOperator::And => BinaryOp::And,
        hcl::BinaryOperator::Or => BinaryOp::Or,
    }
}

fn legacy_index(index: u64, span: Span) -> Diagnostic {
    Diagnostic::new(code::X009, span, "an index stands in brackets", "old form of an index")
        .help(format!("write `[{index}]`"))
        .fix(span, format!("[{index}]"))
}
