//! Sets of people, compared.

use crate::people::{Crowd, Who};

/// What one set holds and another does not, in words; nothing where it is part of the other.
/// `None` where there are too many outside sets to compare.
pub(super) fn beyond(set: &Who, other: &Who) -> Option<Vec<String>> {
    if set == other {
        return Some(Vec::new());
    }
    let crowd = Crowd::of([set, other])?;
    if crowd.first_outside(set, other).is_none() {
        return Some(Vec::new());
    }
    let words = crowd.told_outside(set, other);
    Some(if words.is_empty() { vec!["others".to_owned()] } else { words })
}

/// The same, for people who did not ask themselves.
pub(super) fn beyond_asking(set: &Who, other: &Who) -> Option<Vec<String>> {
    let without = |set: &Who| Who::Without(Box::new(set.clone()), Box::new(Who::Requester));
    beyond(&without(set), &without(other))
}

/// `ana@x, guests and group.ops`.
pub(super) fn people(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [many @ .., last] => format!("{} and {last}", many.join(", ")),
    }
}
