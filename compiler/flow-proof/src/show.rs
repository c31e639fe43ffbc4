//! Expressions as the author would write them, for reasons and counterexamples.

use flow_bundle::duration;
use flow_bundle::expr::{BinaryOp, Expr, UnaryOp};

/// The expression in the language's own words; rare nodes are cut to `…`.
#[must_use]
pub fn show(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match expr {
        Expr::Null => "null".to_owned(),
        Expr::Bool(b) => b.to_string(),
        Expr::Number(n) => n.normalize().to_string(),
        Expr::String(s) => format!("{s:?}"),
        Expr::Duration(d) => format!("\"{}\"", duration::print(*d)),
        Expr::Timestamp(t) => format!("\"{t}\""),
        Expr::List(items) => format!("[{}]", list(items)),
        Expr::Get(path) => path.join("."),
        Expr::Local(name) => name.clone(),
        Expr::Ref(address) => address.clone(),
        Expr::Set(name) => name.word().to_owned(),
        Expr::Secret(name) => format!("secret.{name}"),
        Expr::Attr(of, name) => format!("{}.{name}", inner(of)),
        Expr::At(of, at) => format!("{}[{}]", inner(of), show(at)),
        Expr::Splat(of, names) => {
            let names: String = names.iter().map(|n| format!(".{n}")).collect();
            format!("{}[*]{names}", inner(of))
        }
        Expr::Unary(UnaryOp::Not, a) => format!("!{}", inner(a)),
        Expr::Unary(UnaryOp::Negate, a) => format!("-{}", inner(a)),
        Expr::Binary(op, a, b) => format!("{} {} {}", side(*op, a), op.text(), side(*op, b)),
        Expr::If(c, a, b) => format!("{} ? {} : {}", inner(c), inner(a), inner(b)),
        Expr::Call(id, args) => {
            format!("{}({})", id.split('@').next().unwrap_or_default(), list(args))
        }
        Expr::Try(a, b) => format!("try({}, {})", show(a), show(b)),
        Expr::Can(a) => format!("can({})", show(a)),
        Expr::As(a, ty) => format!("as({}, {ty})", show(a)),
        Expr::Let(_, body) => show(body),
        Expr::Template(_) | Expr::Object(_) | Expr::Map(_) | Expr::For(_) => "…".to_owned(),
    }
}

fn inner(expr: &Expr) -> String {
    match expr {
        Expr::Binary(..) | Expr::If(..) => format!("({})", show(expr)),
        _ => show(expr),
    }
}

/// A chain of one operator needs no brackets, and `&&` none around a comparison.
fn side(op: BinaryOp, expr: &Expr) -> String {
    match expr {
        Expr::Binary(below, ..) if *below == op || (joins(op) && !joins(*below)) => show(expr),
        _ => inner(expr),
    }
}

const fn joins(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or)
}
