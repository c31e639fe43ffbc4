//! Numbers, spans of time and texts that are written out: what is too little, too much or nothing.
//!
//! A value of the right type may still be one that nobody means: a timeout of no time, a thousand
//! denials, a label without a letter. What only some place can judge (a quorum beside its group) is
//! judged there.

use flow_bundle::bundle::Limits;
use flow_bundle::function::pattern;
use flow_bundle::number::{Count, Seconds};
use flow_bundle::{Expr, Value};
use regex::Regex;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Module, constant};
use crate::code;
use crate::source::Span;

/// Longest span of time that an attribute may say: ten years.
pub(crate) const LONGEST_S: u64 = 3650 * 86_400;

/// What a count may be: block, attribute, least, most.
pub(crate) const COUNTS: [(&str, &str, u64, u64); 10] = [
    ("group", "minimum", 1, 100_000),
    ("approval", "denials", 1, 100),
    ("retry", "attempts", 1, 20),
    ("field", "min_length", 1, 3000),
    ("field", "max_length", 1, 3000),
    ("field", "min_items", 1, 100),
    ("field", "max_items", 1, 100),
    ("paginate", "first_page", 0, 1_000_000),
    ("paginate", "page_size", 1, 1_000_000),
    ("paginate", "max_pages", 1, 100),
];

/// Most people that a stage may ask for.
pub(crate) const QUORUM_MAX: u64 = 100;

/// Most characters of a label: what a menu of Slack shows of it.
pub(crate) const LABEL_MAX: usize = 75;

/// Most characters of any other text that people read: what a message of Slack takes.
pub(crate) const TEXT_MAX: usize = 3000;

/// A span of time as whole seconds; reports T210 for one that is nothing, endless or in pieces.
pub(crate) fn seconds(
    m: &mut Module<'_>,
    name: &str,
    written: Decimal,
    span: Span,
) -> Option<Seconds> {
    if written.is_zero() {
        let message = format!("{} is no time at all", shown(name));
        m.say(code::T210, span, message, "zero", "write at least \"1s\", or leave it out");
        return None;
    }
    if written > Decimal::from(LONGEST_S) {
        let message = format!("{} is longer than ten years", shown(name));
        m.say(code::T210, span, message, "too long", "write at most \"3650d\"");
        return None;
    }
    let whole = written.to_u64().filter(|_| written.fract().is_zero());
    if whole.is_none() {
        let message = format!("{} is not a whole number of seconds", shown(name));
        let near = flow_bundle::duration::print(written.ceil());
        m.say(code::T210, span, message, "part of a second", format!("write \"{near}\""));
    }
    whole.map(Seconds)
}

/// The name of an attribute; what already is a phrase stays one.
fn shown(name: &str) -> String {
    if name.contains(' ') { name.to_owned() } else { format!("`{name}`") }
}

/// A count within what its attribute may be; reports T212.
pub(crate) fn count(
    m: &mut Module<'_>,
    block: &str,
    name: &str,
    written: Decimal,
    span: Span,
) -> Option<Count> {
    let row = COUNTS.iter().find(|(b, n, ..)| (*b, *n) == (block, name));
    let (least, most) = row.map_or((0, u64::from(u32::MAX)), |(.., least, most)| (*least, *most));
    let whole = written.to_u64().filter(|_| written.fract().is_zero());
    if let Some(whole) = whole.filter(|n| (least..=most).contains(n)) {
        return Some(Count(whole));
    }
    if name == "denials" && written < Decimal::ONE {
        let message = "a request would be denied by nobody";
        m.say(code::A514, span, message, "below 1", "write at least 1");
        return None;
    }
    let message = format!("`{name}` is a whole number from {least} to {most}, not {written}");
    let label = match written {
        n if !n.fract().is_zero() => "not whole",
        n if n < Decimal::from(least) => "too small",
        _ => "too large",
    };
    m.say(code::T212, span, message, label, format!("write a number from {least} to {most}"));
    None
}

/// A text that is written out and says something; reports B119 and B114.
pub(crate) fn text(m: &mut Module<'_>, name: &str, written: &str, span: Span) {
    if written.trim().is_empty() {
        let message = format!("`{name}` is empty");
        let help = format!("write a text, or leave `{name}` out");
        return m.say(code::B119, span, message, "nothing is written here", help);
    }
    let most = if name == "label" { LABEL_MAX } else { TEXT_MAX };
    let length = written.chars().count();
    if length > most {
        let message = format!("`{name}` has {length} characters, and people see {most} of them");
        m.say(code::B114, span, message, format!("over {most} characters"), "shorten it");
    }
}

/// A default of a field lies within the field's own limits; reports T215.
pub(crate) fn default(
    m: &mut Module<'_>,
    field: &str,
    ir: &Expr,
    limits: &Limits,
    choices: Option<Value>,
    span: Span,
) {
    let Some(value) = constant::fold(ir) else { return };
    if let Value::Duration(d) = &value
        && seconds(m, "default", *d, span).is_none()
    {
        return;
    }
    let is_choice = match (&value, &choices) {
        (Value::List(some), Some(Value::List(all))) => some.iter().all(|v| all.contains(v)),
        (one, Some(Value::List(all))) => all.contains(one),
        _ => true,
    };
    let wrong = if is_choice {
        let pattern = limits.pattern.as_deref().and_then(|p| ready(m, p, span));
        beyond(&value, limits, pattern.as_ref())
    } else {
        Some("is none of the values in `allowed`".to_owned())
    };
    if let Some(wrong) = wrong.filter(|_| value != Value::Null) {
        let message = format!("the default of `{field}` {wrong}");
        let help = "write a default that a person could choose too";
        m.say(code::T215, span, message, "refused by the field itself", help);
    }
}

/// The pattern, got ready once for all fields that have it; none where it is none, or costs more
/// than is left for static values.
fn ready(m: &mut Module<'_>, pattern: &str, span: Span) -> Option<Regex> {
    if let Some(known) = m.patterns.get(pattern) {
        return known.clone();
    }
    let regex = constant::spend(m, super::call::pattern_steps(pattern), span)
        .then(|| pattern::whole(pattern).ok())
        .flatten();
    m.patterns.insert(pattern.to_owned(), regex.clone());
    regex
}

/// The limit that a value breaks, in words.
fn beyond(value: &Value, limits: &Limits, pattern: Option<&Regex>) -> Option<String> {
    let range =
        |n: Decimal, low: &str, least: Option<Decimal>, high: &str, most: Option<Decimal>| {
            if least.is_some_and(|least| n < least) {
                Some(format!("is below `{low}`"))
            } else if most.is_some_and(|most| n > most) {
                Some(format!("is above `{high}`"))
            } else {
                None
            }
        };
    let count = |c: Option<Count>| c.map(|c| Decimal::from(c.0));
    match value {
        Value::Number(n) if limits.integer && !n.fract().is_zero() => {
            Some("is no whole number".to_owned())
        }
        Value::Number(n) | Value::Duration(n) => range(*n, "min", limits.min, "max", limits.max),
        Value::String(s) => {
            let length = Decimal::from(s.chars().count());
            let (least, most) = (count(limits.min_length), count(limits.max_length));
            if pattern.is_some_and(|pattern| !pattern.is_match(s)) {
                return Some("does not fit `pattern`".to_owned());
            }
            range(length, "min_length", least, "max_length", most)
        }
        Value::List(items) => {
            let (least, most) = (count(limits.min_items), count(limits.max_items));
            range(Decimal::from(items.len()), "min_items", least, "max_items", most)
        }
        _ => None,
    }
}
