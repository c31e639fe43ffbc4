//! Operators on values.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{EvalError, EvalErrorKind, Evaluated, compare, conversion, null, overflow};
use crate::decimal;
use crate::expr::BinaryOp;
use crate::value::Value;

pub(super) fn truth(value: &Value) -> Result<bool, EvalError> {
    match value {
        Value::Bool(b) => Ok(*b),
        Value::Null => Err(null("a condition is null")),
        other => Err(conversion(format!("a condition is {}, not a bool", other.kind()))),
    }
}

pub(super) fn not(a: &Value) -> Evaluated {
    truth(a).map(|b| Value::Bool(!b))
}

pub(super) fn negate(a: &Value) -> Evaluated {
    match a {
        Value::Number(n) => Ok(Value::Number(opposite(*n))),
        Value::Duration(d) => Ok(Value::Duration(opposite(*d))),
        Value::Null => Err(null("`-` of null")),
        other => Err(conversion(format!("`-` of {}", other.kind()))),
    }
}

/// The opposite; zero has no sign.
fn opposite(n: Decimal) -> Decimal {
    if n.is_zero() { Decimal::ZERO } else { -n }
}

/// The key of a map.
pub(super) fn key(value: Value) -> Result<String, EvalError> {
    match value {
        Value::String(s) => Ok(s),
        Value::Null => Err(null("a key is null")),
        other => Err(conversion(format!("a key is {}, not a string", other.kind()))),
    }
}

pub(super) fn binary(op: BinaryOp, a: &Value, b: &Value) -> Evaluated {
    match op {
        BinaryOp::Equal => equal(a, b).map(Value::Bool),
        BinaryOp::NotEqual => equal(a, b).map(|same| Value::Bool(!same)),
        BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
            ordered(op, a, b)
        }
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Remainder => arithmetic(op, a, b),
        // Lazy; the evaluator answers them before.
        BinaryOp::And | BinaryOp::Or => Err(misfit(op, a, b)),
    }
}

fn equal(a: &Value, b: &Value) -> Result<bool, EvalError> {
    let alike = std::mem::discriminant(a) == std::mem::discriminant(b);
    if alike || matches!(a, Value::Null) || matches!(b, Value::Null) {
        return Ok(compare::equal(a, b));
    }
    Err(conversion(format!("{} cannot be compared with {}", a.kind(), b.kind())))
}

fn ordered(op: BinaryOp, a: &Value, b: &Value) -> Evaluated {
    match (a, b) {
        (Value::Number(_), Value::Number(_))
        | (Value::Duration(_), Value::Duration(_))
        | (Value::Timestamp(_), Value::Timestamp(_))
        | (Value::String(_), Value::String(_)) => {}
        _ => return Err(misfit(op, a, b)),
    }
    let order = compare::order(a, b);
    Ok(Value::Bool(match op {
        BinaryOp::Less => order.is_lt(),
        BinaryOp::LessOrEqual => order.is_le(),
        BinaryOp::Greater => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn arithmetic(op: BinaryOp, a: &Value, b: &Value) -> Evaluated {
    use BinaryOp::{Add, Divide, Multiply, Remainder, Subtract};
    match (op, a, b) {
        (_, Value::Number(x), Value::Number(y)) => calculate(op, *x, *y).map(Value::Number),
        (Add | Subtract | Remainder, Value::Duration(x), Value::Duration(y)) => {
            calculate(op, *x, *y).map(Value::Duration)
        }
        (Divide, Value::Duration(x), Value::Duration(y)) => {
            calculate(op, *x, *y).map(Value::Number)
        }
        (Multiply | Divide, Value::Duration(x), Value::Number(y))
        | (Multiply, Value::Number(x), Value::Duration(y)) => {
            calculate(op, *x, *y).map(Value::Duration)
        }
        (Add, Value::Timestamp(t), Value::Duration(d)) => later(*t, *d).map(Value::Timestamp),
        (Subtract, Value::Timestamp(t), Value::Duration(d)) => {
            later(*t, opposite(*d)).map(Value::Timestamp)
        }
        (Subtract, Value::Timestamp(x), Value::Timestamp(y)) => between(*x, *y),
        _ => Err(misfit(op, a, b)),
    }
}

fn calculate(op: BinaryOp, a: Decimal, b: Decimal) -> Result<Decimal, EvalError> {
    if matches!(op, BinaryOp::Divide | BinaryOp::Remainder) && b.is_zero() {
        let message = format!("{a} {} 0", op.text());
        return Err(EvalError::new(EvalErrorKind::DivisionByZero, message));
    }
    let result = match op {
        BinaryOp::Add => decimal::add(a, b),
        BinaryOp::Subtract => decimal::subtract(a, b),
        BinaryOp::Multiply => decimal::multiply(a, b),
        BinaryOp::Divide => decimal::divide(a, b),
        _ => decimal::remainder(a, b),
    };
    result.ok_or_else(|| overflow(format!("{a} {} {b} needs more than 28 digits", op.text())))
}

/// The instant `seconds` later.
pub(crate) fn later(t: Timestamp, seconds: Decimal) -> Result<Timestamp, EvalError> {
    let nanos = decimal::multiply(seconds, Decimal::from(1_000_000_000_u64))
        .and_then(decimal::to_whole)
        .and_then(|n| t.as_nanosecond().checked_add(n));
    nanos
        .and_then(|n| Timestamp::from_nanosecond(n).ok())
        .ok_or_else(|| overflow(format!("{t} and {seconds} seconds is no instant")))
}

/// How long `a` is after `b`.
pub(crate) fn between(a: Timestamp, b: Timestamp) -> Evaluated {
    decimal::exact(a.as_nanosecond().saturating_sub(b.as_nanosecond()), 9)
        .map(Value::Duration)
        .ok_or_else(|| overflow(format!("from {b} to {a} is too long")))
}

fn misfit(op: BinaryOp, a: &Value, b: &Value) -> EvalError {
    let message = format!("{} `{}` {}", a.kind(), op.text(), b.kind());
    if matches!(a, Value::Null) || matches!(b, Value::Null) {
        null(message)
    } else {
        conversion(message)
    }
}
