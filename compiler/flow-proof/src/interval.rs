//! The least and greatest value of a number or a span, as far as a bundle says.

use flow_bundle::expr::{BinaryOp, Expr, UnaryOp};
use flow_bundle::value::Value;
use rust_decimal::Decimal;

use crate::constant::{constant, numbers};
use crate::prove::Subject;
use crate::term;

/// Bounds, both included; `None` is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Least value.
    pub least: Option<Decimal>,
    /// Greatest value.
    pub most: Option<Decimal>,
}

const ANY: Interval = Interval { least: None, most: None };

/// The bounds of an expression.
#[must_use]
pub fn interval(subject: Subject<'_>, expr: &Expr) -> Interval {
    if let Some(Value::Number(n) | Value::Duration(n)) = constant(subject.bundle, expr) {
        return Interval { least: Some(n), most: Some(n) };
    }
    match expr {
        Expr::If(_, a, b) => either(&[interval(subject, a), interval(subject, b)]),
        Expr::Get(_) => field(subject, expr),
        Expr::Unary(UnaryOp::Negate, a) => negated(interval(subject, a)),
        Expr::Binary(op, a, b) => reckon(*op, interval(subject, a), interval(subject, b)),
        Expr::Call(id, args) => call(subject, id, args),
        _ => ANY,
    }
}

/// The bounds of what is one of these.
fn either(all: &[Interval]) -> Interval {
    let leasts = all.iter().map(|i| i.least).collect::<Option<Vec<_>>>();
    let mosts = all.iter().map(|i| i.most).collect::<Option<Vec<_>>>();
    Interval {
        least: leasts.and_then(|l| l.into_iter().min()),
        most: mosts.and_then(|m| m.into_iter().max()),
    }
}

fn negated(i: Interval) -> Interval {
    let minus = |n: Option<Decimal>| n.map(|n| -n);
    Interval { least: minus(i.most), most: minus(i.least) }
}

fn reckon(op: BinaryOp, a: Interval, b: Interval) -> Interval {
    let sum = |x: Option<Decimal>, y: Option<Decimal>| x?.checked_add(y?);
    match op {
        BinaryOp::Add => Interval { least: sum(a.least, b.least), most: sum(a.most, b.most) },
        BinaryOp::Subtract => reckon(BinaryOp::Add, a, negated(b)),
        BinaryOp::Multiply => corners(a, b, Decimal::checked_mul),
        // Around zero a quotient has no bound.
        BinaryOp::Divide if b.least.is_some_and(|n| n > Decimal::ZERO) => {
            corners(a, b, Decimal::checked_div)
        }
        _ => ANY,
    }
}

/// Both are monotone in each argument where the other keeps its sign, so the corners bound them.
fn corners(a: Interval, b: Interval, f: fn(Decimal, Decimal) -> Option<Decimal>) -> Interval {
    let (Some(a0), Some(a1), Some(b0), Some(b1)) = (a.least, a.most, b.least, b.most) else {
        return ANY;
    };
    let all: Option<Vec<Decimal>> =
        [f(a0, b0), f(a0, b1), f(a1, b0), f(a1, b1)].into_iter().collect();
    match all {
        Some(all) => Interval { least: all.iter().min().copied(), most: all.iter().max().copied() },
        None => ANY,
    }
}

fn call(subject: Subject<'_>, id: &str, args: &[Expr]) -> Interval {
    let all = || -> Vec<Interval> {
        match args {
            [Expr::List(items)] => items.iter().map(|a| interval(subject, a)).collect(),
            _ => args.iter().map(|a| interval(subject, a)).collect(),
        }
    };
    match id {
        // One bound is enough on the side that the others cannot widen.
        "max@1" if args.len() > 1 || matches!(args, [Expr::List(_)]) => {
            let all = all();
            let most = all.iter().map(|i| i.most).collect::<Option<Vec<_>>>();
            Interval {
                least: all.iter().filter_map(|i| i.least).max(),
                most: most.and_then(|m| m.into_iter().max()),
            }
        }
        "min@1" if args.len() > 1 || matches!(args, [Expr::List(_)]) => {
            let all = all();
            let least = all.iter().map(|i| i.least).collect::<Option<Vec<_>>>();
            Interval {
                least: least.and_then(|l| l.into_iter().min()),
                most: all.iter().filter_map(|i| i.most).min(),
            }
        }
        // The first that is there: any of them.
        "coalesce@1" => either(&all()),
        "seconds@1" => args.first().map_or(ANY, |a| interval(subject, a)),
        "length@1" => Interval { least: Some(Decimal::ZERO), most: None },
        _ => ANY,
    }
}

fn field(subject: Subject<'_>, expr: &Expr) -> Interval {
    let Some(field) = term::field(subject.flow, expr) else { return ANY };
    match field.allowed.as_ref().and_then(|list| numbers(subject.bundle, list)) {
        Some(only) => {
            Interval { least: only.iter().min().copied(), most: only.iter().max().copied() }
        }
        None => Interval { least: field.limits.min, most: field.limits.max },
    }
}
