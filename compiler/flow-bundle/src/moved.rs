//! Addresses that changed: what was declared under one name before keeps its identity.
//!
//! An address stands with its block word, `flow.prod_admin["billing"]`. A request opened before a
//! rename names the old address; the newest bundle is asked by [`now`]. A grant made before it is
//! the same grant after it, because both are called by [`origin`].

use crate::bundle::{Bundle, Moved};

/// What `address` is called in this bundle.
#[must_use]
pub fn now<'a>(bundle: &'a Bundle, address: &'a str) -> &'a str {
    let step = |at: &str| bundle.moved.iter().find(|m| m.from == at).map(|m| m.to.as_str());
    follow(bundle, address, step)
}

/// What was declared first under any name that leads to `address`.
#[must_use]
pub fn origin<'a>(bundle: &'a Bundle, address: &'a str) -> &'a str {
    let step = |at: &str| bundle.moved.iter().find(|m| m.to == at).map(|m| m.from.as_str());
    follow(bundle, address, step)
}

/// The key of a declaration of this bundle, `prod_admin` of the word `flow`, by one that it has or
/// had.
#[must_use]
pub fn key_now(bundle: &Bundle, word: &str, key: &str) -> String {
    let address = format!("{word}.{key}");
    now(bundle, &address)
        .strip_prefix(word)
        .and_then(|a| a.strip_prefix('.'))
        .unwrap_or(key)
        .to_owned()
}

/// The key under which a declaration stood first.
#[must_use]
pub fn key_origin(bundle: &Bundle, word: &str, key: &str) -> String {
    let address = format!("{word}.{key}");
    let first = origin(bundle, &address);
    first.strip_prefix(word).and_then(|a| a.strip_prefix('.')).unwrap_or(key).to_owned()
}

/// Whether both addresses have been names of one declaration.
#[must_use]
pub fn is_same(bundle: &Bundle, a: &str, b: &str) -> bool {
    a == b || (!bundle.moved.is_empty() && now(bundle, a) == now(bundle, b))
}

fn follow<'a>(
    bundle: &'a Bundle,
    address: &'a str,
    step: impl Fn(&str) -> Option<&'a str>,
) -> &'a str {
    let mut at = address;
    // A loader refuses a circle; this ends all the same.
    for _ in 0..bundle.moved.len() {
        match step(at) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// The fault of a list, for the end of a sentence: a name that stands twice, or a circle.
#[must_use]
pub fn fault(moved: &[Moved]) -> Option<String> {
    for (i, one) in moved.iter().enumerate() {
        let before = moved.iter().take(i);
        if before.clone().any(|m| m.from == one.from) {
            return Some(format!("`{}` moved to two places", one.from));
        }
        if before.clone().any(|m| m.to == one.to) {
            return Some(format!("two things moved to `{}`", one.to));
        }
        let mut at = one.to.as_str();
        for _ in 0..moved.len() {
            if at == one.from {
                return Some(format!("`{}` moved to itself", one.from));
            }
            match moved.iter().find(|m| m.from == at) {
                Some(next) => at = next.to.as_str(),
                None => break,
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(pairs: &[(&str, &str)]) -> Vec<Moved> {
        let pair =
            |(from, to): &(&str, &str)| Moved { from: (*from).to_owned(), to: (*to).to_owned() };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn names_are_followed_both_ways_and_a_circle_is_a_fault() {
        let mut bundle = crate::testing::empty();
        bundle.moved = moved(&[("flow.a", "flow.b"), ("flow.b", "flow.c")]);
        assert_eq!(now(&bundle, "flow.a"), "flow.c");
        assert_eq!(origin(&bundle, "flow.c"), "flow.a");
        assert_eq!(now(&bundle, "flow.x"), "flow.x");
        assert!(is_same(&bundle, "flow.a", "flow.b") && !is_same(&bundle, "flow.a", "flow.x"));
        assert_eq!(fault(&bundle.moved), None);
        for (pairs, told) in [
            (&[("a", "b"), ("a", "c")][..], "`a` moved to two places"),
            (&[("a", "c"), ("b", "c")], "two things moved to `c`"),
            (&[("a", "b"), ("b", "a")], "`a` moved to itself"),
        ] {
            assert_eq!(fault(&moved(pairs)).as_deref(), Some(told));
        }
    }
}
