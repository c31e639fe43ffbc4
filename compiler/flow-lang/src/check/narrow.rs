//! What a condition proves where it is true, and where it is false.
//!
//! Works on the IR, so that a condition behind a `local` proves as much as one written out.

use flow_bundle::Expr;
use flow_bundle::expr::{BinaryOp, UnaryOp};

use super::expr::Typed;
use super::scope::Fact;
use crate::syntax::tree::{self, ExprKind, Step};

/// The text under which facts about this expression are kept, if it is a plain path.
pub(crate) fn key(e: &Expr) -> Option<String> {
    match e {
        Expr::Get(path) => Some(path.join(".")),
        Expr::Local(name) => Some(format!("<{name}>")),
        Expr::Attr(e, name) => Some(format!("{}.{name}", key(e)?)),
        Expr::At(e, i) => match &**i {
            Expr::String(s) => Some(format!("{}.{s}", key(e)?)),
            Expr::Number(n) => Some(format!("{}[{n}]", key(e)?)),
            _ => None,
        },
        _ => None,
    }
}

/// What is proven where `e` is `truth`.
pub(crate) fn facts(e: &Expr, truth: bool) -> Vec<Fact> {
    match e {
        Expr::Unary(UnaryOp::Not, e) => facts(e, !truth),
        Expr::Binary(BinaryOp::And, a, b) if truth => both(a, b, truth),
        Expr::Binary(BinaryOp::Or, a, b) if !truth => both(a, b, truth),
        Expr::Binary(BinaryOp::And | BinaryOp::Or, a, b) => {
            // Either side may be the reason: only what both prove holds.
            let right = facts(b, truth);
            facts(a, truth).into_iter().filter(|f| right.contains(f)).collect()
        }
        Expr::Binary(BinaryOp::NotEqual, a, b) => equality(a, b, !truth),
        Expr::Binary(BinaryOp::Equal, a, b) => equality(a, b, truth),
        other => key(other)
            .map(|k| if truth { Fact::True(k) } else { Fact::False(k) })
            .into_iter()
            .collect(),
    }
}

/// What is proven where the condition `e`, typed as `typed`, is `truth`. Of one that was not
/// understood, which was reported, everything that it reads is taken as proven: it may have been
/// meant so, and what follows from a fault is no news.
pub(crate) fn of(typed: &Typed, e: &tree::Expr, truth: bool) -> Vec<Fact> {
    if typed.ty.is_error() { guessed(e) } else { facts(&typed.ir, truth) }
}

/// All that a condition which was not understood may have proven.
pub(crate) fn guessed(e: &tree::Expr) -> Vec<Fact> {
    let mut found = Vec::new();
    let mut open = vec![e];
    while let Some(e) = open.pop() {
        match &e.kind {
            ExprKind::Access { base, steps } => {
                open.push(base);
                let ExprKind::Name(root) = &base.kind else { continue };
                let mut path = root.clone();
                for (i, step) in steps.iter().enumerate() {
                    let Step::Attr(name) = step else { break };
                    path = format!("{path}.{}", name.text);
                    found.push(Fact::NonNull(path.clone()));
                    // Whoever reads the output has not asked whether it is there.
                    let asks =
                        matches!(steps.get(1), Some(Step::Attr(part)) if part.text != "output");
                    if root == "steps" && i == 0 && asks {
                        found.push(Fact::True(format!("{path}.ok")));
                        found.push(Fact::False(format!("{path}.ok")));
                        found.push(Fact::False(format!("{path}.skipped")));
                    }
                }
            }
            ExprKind::Unary { operand, .. } => open.push(operand),
            ExprKind::Binary { left, right, .. } => open.extend([&**left, &**right]),
            ExprKind::Conditional { condition, then, otherwise } => {
                open.extend([&**condition, &**then, &**otherwise]);
            }
            ExprKind::Parens(inner) => open.push(inner),
            ExprKind::Call(call) => open.extend(&call.args),
            _ => {}
        }
    }
    found
}

fn both(a: &Expr, b: &Expr, truth: bool) -> Vec<Fact> {
    let mut all = facts(a, truth);
    all.extend(facts(b, truth));
    all
}

fn equality(a: &Expr, b: &Expr, equal: bool) -> Vec<Fact> {
    let one_way = |x: &Expr, other: &Expr| {
        let proves = match other {
            Expr::Null => !equal,
            Expr::String(_) | Expr::Number(_) | Expr::Bool(_) | Expr::Duration(_) => equal,
            _ => false,
        };
        if proves { key(x).map(Fact::NonNull) } else { None }
    };
    [one_way(a, b), one_way(b, a)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn and(a: Expr, b: Expr) -> Expr {
        Expr::Binary(BinaryOp::And, Box::new(a), Box::new(b))
    }

    fn not(a: Expr) -> Expr {
        Expr::Unary(UnaryOp::Not, Box::new(a))
    }

    #[test]
    fn conditions_prove_what_they_ask() {
        let ok = Expr::get("steps.a.ok");
        let some = Expr::Binary(
            BinaryOp::NotEqual,
            Box::new(Expr::get("run.grant")),
            Box::new(Expr::Null),
        );
        let proven = facts(&and(ok.clone(), some.clone()), true);
        assert_eq!(
            proven,
            vec![Fact::True("steps.a.ok".into()), Fact::NonNull("run.grant".into())]
        );
        assert!(facts(&and(ok.clone(), some), false).is_empty());
        assert_eq!(facts(&not(ok), true), vec![Fact::False("steps.a.ok".into())]);
    }
}
