//! What our parser reads, written down.

use std::fmt::Write as _;

use super::super::parse::parse_piece;
use super::super::tree::{Block, Expr, ExprKind, Ident, Item, Key, Part, Step};
use super::{Said, words};
use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};

pub(super) fn read(text: &str, loose: bool) -> Said {
    let mut found = Diagnostics::new();
    let body = parse_piece(FileId(0), text, 0..text.len(), &mut found, &mut Vec::new())
        .map_err(|refusal| (words(refusal.wanted), refusal.offset))?;
    if found.iter().any(|d| d.code == crate::code::X008) {
        return Err(("twice".into(), 0));
    }
    Ok(items(&body.items, loose))
}

fn items(list: &[Item], loose: bool) -> String {
    let mut out = String::new();
    for item in list {
        match item {
            Item::Attribute(a) => {
                writeln!(out, "{}={}", ident(&a.name), expr(&a.expr, loose)).unwrap();
            }
            Item::Block(b) => out.push_str(&block(b, loose)),
        }
    }
    out
}

fn block(b: &Block, loose: bool) -> String {
    let labels: String = b.labels.iter().map(|label| format!(" {}", ident(label))).collect();
    let place = place(b.span);
    format!("{}{labels}{place}{{\n{}}}\n", ident(&b.kind), items(&b.body.items, loose))
}

fn ident(ident: &Ident) -> String {
    format!("{:?}{}", ident.text, place(ident.span))
}

fn place(span: Span) -> String {
    format!("@{}-{}", span.start, span.end)
}

fn expr(e: &Expr, loose: bool) -> String {
    format!("{}{}", kind(&e.kind, loose), place(e.span))
}

fn all(list: &[Expr], loose: bool) -> String {
    list.iter().map(|e| expr(e, loose)).collect::<Vec<_>>().join(", ")
}

fn kind(kind: &ExprKind, loose: bool) -> String {
    match kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(text) => format!("{:e}", text.parse::<f64>().unwrap() + 0.0),
        ExprKind::String(_) if loose => "text".into(),
        ExprKind::String(text) => format!("{:?}", text.value),
        ExprKind::Template(list) => format!("`{}`", parts(list, loose)),
        ExprKind::List(list) => format!("[{}]", all(list, loose)),
        ExprKind::Object(entries) => {
            let entry = |key: &Key, value| match key {
                Key::Name(name) => format!("{}: {}", ident(name), expr(value, loose)),
                Key::Expr(key) => format!("{}: {}", expr(key, loose), expr(value, loose)),
            };
            let entries: Vec<_> = entries.iter().map(|e| entry(&e.key, &e.value)).collect();
            format!("{{{}}}", entries.join(", "))
        }
        ExprKind::Name(name) => name.clone(),
        ExprKind::Access { base, steps } => {
            let step = |step: &Step| match step {
                Step::Attr(name) => format!(".{}", ident(name)),
                Step::Index(index, span) if index.span == *span => {
                    format!(".{}{}", kind_of_index(index), place(*span))
                }
                Step::Index(index, span) => format!("[{}]{}", expr(index, loose), place(*span)),
                Step::Splat(span) => format!("*{}", place(*span)),
            };
            format!("{}{}", expr(base, loose), steps.iter().map(step).collect::<String>())
        }
        ExprKind::Call(call) => {
            let space: String = call.namespace.iter().map(|n| format!("{}::", ident(n))).collect();
            let dots = if call.expand_last { "..." } else { "" };
            format!("{space}{}({}{dots})", ident(&call.name), all(&call.args, loose))
        }
        ExprKind::Unary { op, op_span, operand } => {
            format!("({op:?}{} {})", place(*op_span), expr(operand, loose))
        }
        ExprKind::Binary { left, op, op_span, right } => {
            let (left, right) = (expr(left, loose), expr(right, loose));
            format!("({left} {}{} {right})", op.symbol(), place(*op_span))
        }
        ExprKind::Conditional { condition, then, otherwise } => {
            let (then, otherwise) = (expr(then, loose), expr(otherwise, loose));
            format!("(? {} {then} {otherwise})", expr(condition, loose))
        }
        ExprKind::Parens(inner) => format!("({})", expr(inner, loose)),
        ExprKind::For(f) => {
            let key = f.key.as_ref().map(ident).unwrap_or_default();
            let result_key = f.result_key.as_ref().map(|k| expr(k, loose)).unwrap_or_default();
            let condition = f.condition.as_ref().map(|c| expr(c, loose)).unwrap_or_default();
            let (value, of) = (ident(&f.value), expr(&f.collection, loose));
            let result = expr(&f.result, loose);
            format!("(for {key},{value} {of}: {result_key} {result} {} {condition})", f.grouping)
        }
        ExprKind::Error => "ERROR".into(),
    }
}

fn kind_of_index(index: &Expr) -> String {
    match &index.kind {
        ExprKind::Number(text) => text.clone(),
        _ => "?".into(),
    }
}

fn parts(list: &[Part], loose: bool) -> String {
    let part = |part: &Part| match part {
        Part::Text(_) if loose => String::new(),
        Part::Text(text) => format!("{:?}{}", text.value, place(text.content)),
        Part::Interpolation { expr: e, span } => format!("<{}>{}", expr(e, loose), place(*span)),
        Part::If { condition, then, otherwise, span } => {
            let (then, otherwise) = (parts(then, loose), parts(otherwise, loose));
            format!("<if {}|{then}|{otherwise}>{}", expr(condition, loose), place(*span))
        }
        Part::For { key, value, collection, body, span } => {
            let key = key.as_ref().map(ident).unwrap_or_default();
            let (of, body) = (expr(collection, loose), parts(body, loose));
            format!("<for {key},{} {of}|{body}>{}", ident(value), place(*span))
        }
    };
    list.iter().map(part).collect()
}
