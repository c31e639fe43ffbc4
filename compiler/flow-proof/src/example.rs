//! Values that break a claim, as a person would fill them in.

use std::fmt::Write as _;

use flow_bundle::duration;
use flow_bundle::expr::{BinaryOp, Expr};
use flow_bundle::value::Value;
use rust_decimal::Decimal;

use crate::cell::{Cell, inside};
use crate::formula::{Domain, Order, Unit, Variable};
use crate::show::show;

/// One value of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// `urgency = incident`.
    pub text: String,
    /// What has the value.
    pub term: Expr,
    /// The value to try; of a target its address. `None` where only a run can tell.
    pub value: Option<Value>,
}

impl Choice {
    pub(crate) fn of(variable: &Variable, cell: &Cell) -> Self {
        let term = variable.term.clone();
        if let Cell::Stands(order) = cell {
            return Self { text: relation(&term, &variable.domain, *order), term, value: None };
        }
        let value = value(variable, cell);
        let shown = match (&value, cell) {
            (Some(Value::String(address)), _) if variable.is_target => bare(address).to_owned(),
            (Some(value), _) => told(value),
            (None, Cell::Stretch(..)) => "(a number in between)".to_owned(),
            (None, _) => "(anything else)".to_owned(),
        };
        Self { text: format!("{} = {shown}", name(&term)), term, value }
    }
}

/// `urgency = incident and target = prod`; empty for no values.
#[must_use]
pub fn listed(example: &[Choice]) -> String {
    let texts: Vec<&str> = example.iter().map(|c| c.text.as_str()).collect();
    texts.join(" and ")
}

/// The sentence, begun with the values that make it true: `with urgency = incident nobody has to
/// approve`.
#[must_use]
pub fn with(example: &[Choice], sentence: &str) -> String {
    if example.is_empty() {
        return sentence.to_owned();
    }
    let mut out = String::from("with ");
    // Writing to a `String` never fails.
    let _ = write!(out, "{} {sentence}", listed(example));
    out
}

/// What people call it: a field by its name.
fn name(term: &Expr) -> String {
    match term {
        Expr::Get(path) => match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["request", "fields", name] => (*name).to_owned(),
            ["request", "target"] => "target".to_owned(),
            _ => path.join("."),
        },
        _ => show(term),
    }
}

fn relation(term: &Expr, domain: &Domain, order: Order) -> String {
    let Expr::Binary(_, a, b) = term else { return show(term) };
    let op = match (order, domain) {
        (Order::Equal, _) => BinaryOp::Equal,
        (_, Domain::Pair { ordered: false }) => BinaryOp::NotEqual,
        (Order::Less, _) => BinaryOp::Less,
        (Order::Greater, _) => BinaryOp::Greater,
    };
    format!("{} {} {}", name(a), op.text(), name(b))
}

fn value(variable: &Variable, cell: &Cell) -> Option<Value> {
    let number = |n: Decimal| match &variable.domain {
        Domain::Numbers { unit: Unit::Seconds, .. } => Some(Value::Duration(n)),
        _ => Some(Value::Number(n)),
    };
    match cell {
        Cell::Null => Some(Value::Null),
        Cell::Bool(b) => Some(Value::Bool(*b)),
        Cell::Word(w) => Some(Value::String(w.clone())),
        Cell::OtherWord => other_word(variable).map(Value::String),
        Cell::Point(p) => number(*p),
        Cell::Stretch(low, high) => match &variable.domain {
            Domain::Numbers { bounds, whole, .. } => {
                inside((*low, *high), *bounds, *whole).and_then(number)
            }
            Domain::Bool | Domain::Words { .. } | Domain::Pair { .. } => None,
        },
        Cell::Stands(_) => None,
    }
}

/// A target by its name alone.
fn bare(address: &str) -> &str {
    address.split_once('.').map_or(address, |(_, name)| name)
}

/// A word that is none of those asked for, as long as the field wants it.
fn other_word(variable: &Variable) -> Option<String> {
    let Domain::Words { words, .. } = &variable.domain else { return None };
    let limits = &variable.limits;
    if limits.pattern.is_some() {
        return None;
    }
    let length =
        |count: Option<flow_bundle::number::Count>| count.and_then(|c| usize::try_from(c.0).ok());
    let least = length(limits.min_length).unwrap_or(1).max(1);
    let most = length(limits.max_length).unwrap_or(usize::MAX);
    let candidates = ('a'..='z').map(|c| c.to_string()).chain(["other".to_owned()]);
    candidates
        .rev()
        .map(|word| word.repeat(least.div_ceil(word.len())))
        .find(|word| word.len() <= most && !words.contains(word))
}

/// A value as one would fill it in: quotes only where a text would be misread without.
fn told(value: &Value) -> String {
    match value {
        Value::String(s) => {
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/');
            if !s.is_empty() && s.chars().all(plain) && s != "null" {
                s.clone()
            } else {
                format!("{s:?}")
            }
        }
        Value::Duration(d) => duration::print(*d),
        Value::Number(n) => n.normalize().to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Null => "(empty)".to_owned(),
        Value::Timestamp(t) => t.to_string(),
        other => other.kind().to_owned(),
    }
}
