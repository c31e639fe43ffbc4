//! Numbers, spans of time and texts that are written out: what is too little, too much or nothing.
//!
//! A value of the right type may still be one that nobody means: a timeout of no time, a thousand
//! denials, a label without a letter. What only some place can judge (a quorum beside its group) is
//! judged there.

use flow_bundle::number::{Count, Seconds};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Module;
use crate::code;
use crate::source::Span;

/// Longest span of time that an attribute may say: ten years.
const LONGEST_S: u64 = 3650 * 86_400;

/// What a count may be: block, attribute, least, most.
const COUNTS: [(&str, &str, u64, u64); 7] = [
    ("group", "minimum", 1, 100_000),
    ("approval", "denials", 1, 100),
    ("retry", "attempts", 1, 20),
    ("field", "min_length", 1, 3000),
    ("field", "max_length", 1, 3000),
    ("field", "min_items", 1, 100),
    ("field", "max_items", 1, 100),
];

/// Most people that a stage may ask for.
pub(crate) const QUORUM_MAX: u64 = 100;

/// Most characters of a label: what a menu of Slack shows of it.
const LABEL_MAX: usize = 75;

/// Most characters of any other text that people read: what a message of Slack takes.
const TEXT_MAX: usize = 3000;

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
