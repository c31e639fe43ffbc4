//! The least and greatest value of a number or a span, as far as a bundle says.

use flow_bundle::bundle::Flow;
use flow_bundle::expr::Expr;
use flow_bundle::value::Value;
use rust_decimal::Decimal;

use crate::guard::{constant, numbers};

/// Bounds, both included; `None` is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Least value.
    pub least: Option<Decimal>,
    /// Greatest value.
    pub most: Option<Decimal>,
}

const ANY: Interval = Interval { least: None, most: None };

/// The bounds of an expression without `?:` at its top (see [`crate::guard::Space::leaves`]).
#[must_use]
pub fn interval(flow: &Flow, expr: &Expr) -> Interval {
    if let Some(Value::Number(n) | Value::Duration(n)) = constant(expr) {
        return Interval { least: Some(n), most: Some(n) };
    }
    match expr {
        Expr::If(_, a, b) => {
            let (a, b) = (interval(flow, a), interval(flow, b));
            let both = |x: Option<Decimal>, y: Option<Decimal>| Some((x?, y?));
            Interval {
                least: both(a.least, b.least).map(|(x, y)| x.min(y)),
                most: both(a.most, b.most).map(|(x, y)| x.max(y)),
            }
        }
        Expr::Get(path) => match path.as_slice() {
            [request, fields, name] if request == "request" && fields == "fields" => {
                field(flow, name)
            }
            _ => ANY,
        },
        Expr::Call(id, args) => {
            let all: Vec<Interval> = args.iter().map(|a| interval(flow, a)).collect();
            let leasts = || all.iter().map(|i| i.least);
            let mosts = || all.iter().map(|i| i.most);
            match id.as_str() {
                // One bound is enough on the side that a list cannot widen.
                "max@1" if args.len() > 1 => Interval {
                    least: leasts().flatten().max(),
                    most: mosts().collect::<Option<Vec<_>>>().and_then(|m| m.into_iter().max()),
                },
                "min@1" if args.len() > 1 => Interval {
                    least: leasts().collect::<Option<Vec<_>>>().and_then(|l| l.into_iter().min()),
                    most: mosts().flatten().min(),
                },
                "length@1" => Interval { least: Some(Decimal::ZERO), most: None },
                _ => ANY,
            }
        }
        _ => ANY,
    }
}

fn field(flow: &Flow, name: &str) -> Interval {
    let Some(field) = flow.fields.iter().find(|f| f.name == name) else { return ANY };
    match field.allowed.as_ref().and_then(numbers) {
        Some(only) => {
            Interval { least: only.iter().min().copied(), most: only.iter().max().copied() }
        }
        None => Interval { least: field.limits.min, most: field.limits.max },
    }
}
