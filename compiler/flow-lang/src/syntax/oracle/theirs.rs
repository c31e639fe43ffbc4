//! What hcl-edit reads, written down in the same way.

use std::fmt::Write as _;
use std::ops::Range;

use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, ObjectKey, TraversalOperator, UnaryOperator,
};
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};
use hcl_edit::template::{Directive, Element, Template};
use hcl_edit::{Ident, Span as _};

use super::Said;

pub(super) fn read(text: &str, loose: bool) -> Said {
    let body = hcl_edit::parser::parse_body(text)
        .map_err(|error| (error.message().to_owned(), error.location().offset()))?;
    Ok(items(&body, loose))
}

fn items(body: &Body, loose: bool) -> String {
    let mut out = String::new();
    for structure in body {
        match structure {
            Structure::Attribute(a) => {
                let name = ident(&a.key, a.key.span());
                writeln!(out, "{name}={}", expr(&a.value, loose)).unwrap();
            }
            Structure::Block(b) => out.push_str(&block(b, loose)),
        }
    }
    out
}

fn block(b: &Block, loose: bool) -> String {
    let label = |label: &BlockLabel| format!(" {:?}{}", label.as_str(), place(label.span()));
    let labels: String = b.labels.iter().map(label).collect();
    let place = place(b.span());
    format!("{}{labels}{place}{{\n{}}}\n", ident(&b.ident, b.ident.span()), items(&b.body, loose))
}

fn ident(ident: &Ident, span: Option<Range<usize>>) -> String {
    format!("{:?}{}", ident.as_str(), place(span))
}

fn place(span: Option<Range<usize>>) -> String {
    let span = span.unwrap_or(0..0);
    format!("@{}-{}", span.start, span.end)
}

fn expr(e: &Expression, loose: bool) -> String {
    format!("{}{}", kind(e, loose), place(e.span()))
}

fn all<'a>(list: impl Iterator<Item = &'a Expression>, loose: bool) -> String {
    list.map(|e| expr(e, loose)).collect::<Vec<_>>().join(", ")
}

fn kind(e: &Expression, loose: bool) -> String {
    match e {
        Expression::Null(_) => "null".into(),
        Expression::Bool(value) => value.value().to_string(),
        Expression::Number(number) => format!("{:e}", number.value().as_f64().unwrap() + 0.0),
        Expression::String(_) if loose => "text".into(),
        Expression::String(text) => format!("{:?}", text.as_str()),
        Expression::StringTemplate(template) => format!("`{}`", parts(template, loose)),
        Expression::HeredocTemplate(heredoc) => heredoc_text(&heredoc.template, loose),
        Expression::Array(array) => format!("[{}]", all(array.iter(), loose)),
        Expression::Object(object) => {
            let key = |key: &ObjectKey| match key {
                ObjectKey::Ident(name) => ident(name, name.span()),
                ObjectKey::Expression(key) => expr(key, loose),
            };
            let entries =
                object.iter().map(|(k, v)| format!("{}: {}", key(k), expr(v.expr(), loose)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Expression::Parenthesis(inner) => format!("({})", expr(inner.inner(), loose)),
        Expression::Variable(name) => name.as_str().to_owned(),
        Expression::Conditional(c) => {
            let (then, otherwise) = (expr(&c.true_expr, loose), expr(&c.false_expr, loose));
            format!("(? {} {then} {otherwise})", expr(&c.cond_expr, loose))
        }
        Expression::FuncCall(call) => {
            let name = &call.name;
            let space = name.namespace.iter().map(|n| format!("{}::", ident(n, n.span())));
            let (space, dots) =
                (space.collect::<String>(), if call.args.expand_final() { "..." } else { "" });
            let args = all(call.args.iter(), loose);
            format!("{space}{}({args}{dots})", ident(&name.name, name.name.span()))
        }
        Expression::Traversal(traversal) => {
            let step = |operator: &hcl_edit::Decorated<TraversalOperator>| match operator.value() {
                TraversalOperator::GetAttr(name) => format!(".{}", ident(name, name.span())),
                TraversalOperator::LegacyIndex(index) => {
                    format!(".{}{}", index.value(), place(operator.span()))
                }
                TraversalOperator::Index(index) => {
                    format!("[{}]{}", expr(index, loose), place(operator.span()))
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    format!("*{}", place(operator.span()))
                }
            };
            let steps: String = traversal.operators.iter().map(step).collect();
            format!("{}{steps}", expr(&traversal.expr, loose))
        }
        Expression::UnaryOp(unary) => {
            let op = match unary.operator.value() {
                UnaryOperator::Not => "Not",
                UnaryOperator::Neg => "Neg",
            };
            format!("({op}{} {})", place(unary.operator.span()), expr(&unary.expr, loose))
        }
        Expression::BinaryOp(binary) => {
            let (left, right) = (expr(&binary.lhs_expr, loose), expr(&binary.rhs_expr, loose));
            let op: &BinaryOperator = binary.operator.value();
            format!("({left} {}{} {right})", op.as_str(), place(binary.operator.span()))
        }
        Expression::ForExpr(f) => for_expr(f, loose),
    }
}

fn for_expr(f: &ForExpr, loose: bool) -> String {
    let key = f.intro.key_var.as_ref().map(|k| ident(k, k.span())).unwrap_or_default();
    let result_key = f.key_expr.as_ref().map(|k| expr(k, loose)).unwrap_or_default();
    let condition = f.cond.as_ref().map(|c| expr(&c.expr, loose)).unwrap_or_default();
    let value = ident(&f.intro.value_var, f.intro.value_var.span());
    let (of, result) = (expr(&f.intro.collection_expr, loose), expr(&f.value_expr, loose));
    format!("(for {key},{value} {of}: {result_key} {result} {} {condition})", f.grouping)
}

fn heredoc_text(template: &Template, loose: bool) -> String {
    let mut literals = template.iter().map(|element| match element {
        Element::Literal(text) => Some(text.as_str()),
        _ => None,
    });
    match literals.by_ref().collect::<Option<String>>() {
        Some(_) if loose => "text".into(),
        Some(text) => format!("{text:?}"),
        None => format!("`{}`", parts(template, loose)),
    }
}

fn parts(template: &Template, loose: bool) -> String {
    let part = |element: &Element| {
        let span = element.span();
        match element {
            Element::Literal(_) if loose => String::new(),
            Element::Literal(text) if text.is_empty() => String::new(),
            Element::Literal(text) => format!("{:?}{}", text.as_str(), place(span)),
            Element::Interpolation(inner) => {
                format!("<{}>{}", expr(&inner.expr, loose), place(span))
            }
            Element::Directive(directive) => match &**directive {
                Directive::If(d) => {
                    let then = parts(&d.if_expr.template, loose);
                    let otherwise = d.else_expr.as_ref().map(|e| parts(&e.template, loose));
                    let (condition, otherwise) =
                        (expr(&d.if_expr.cond_expr, loose), otherwise.unwrap_or_default());
                    format!("<if {condition}|{then}|{otherwise}>{}", place(span))
                }
                Directive::For(d) => {
                    let intro = &d.for_expr;
                    let key =
                        intro.key_var.as_ref().map(|k| ident(k, k.span())).unwrap_or_default();
                    let value = ident(&intro.value_var, intro.value_var.span());
                    let (of, body) =
                        (expr(&intro.collection_expr, loose), parts(&intro.template, loose));
                    format!("<for {key},{value} {of}|{body}>{}", place(span))
                }
            },
        }
    };
    template.iter().map(part).collect()
}
