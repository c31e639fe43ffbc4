//! Addresses that changed: what was declared under one name before keeps its identity.
//!
//! An address stands with its block word, `flow.prod_admin["billing"]`. A request opened before a
//! rename names the old address; the newest bundle is asked by [`now`]. A grant made before it is
//! the same grant after it, because both are called by [`origin`].

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::{Bundle, Moved};

/// What `address` is called in this bundle.
#[must_use]
pub fn now<'a>(bundle: &'a Bundle, address: &'a str) -> &'a str {
    follow(bundle.moved.iter().map(|m| (m.from.as_str(), m.to.as_str())), address)
}

/// What was declared first under any name that leads to `address`.
#[must_use]
pub fn origin<'a>(bundle: &'a Bundle, address: &'a str) -> &'a str {
    follow(bundle.moved.iter().map(|m| (m.to.as_str(), m.from.as_str())), address)
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
    pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    address: &'a str,
) -> &'a str {
    // Most names never moved: that is seen without a table of those that did.
    let Some((_, mut at)) = pairs.clone().find(|(name, _)| *name == address) else {
        return address;
    };
    let steps: BTreeMap<&str, &str> = pairs.collect();
    // A loader refuses a circle; this ends all the same.
    for _ in 1..steps.len() {
        match steps.get(at) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// Where every name that moved leads to.
#[must_use]
pub fn ends(moved: &[Moved]) -> BTreeMap<&str, &str> {
    Ways::of(moved).ends
}

/// The names that lead back to themselves.
#[must_use]
pub fn circular(moved: &[Moved]) -> BTreeSet<&str> {
    Ways::of(moved).circular
}

/// All ways of a list, each name looked at once.
#[derive(Default)]
struct Ways<'a> {
    ends: BTreeMap<&'a str, &'a str>,
    circular: BTreeSet<&'a str>,
}

impl<'a> Ways<'a> {
    fn of(moved: &'a [Moved]) -> Self {
        let mut steps = BTreeMap::new();
        for pair in moved {
            steps.entry(pair.from.as_str()).or_insert(pair.to.as_str());
        }
        let mut ways = Self::default();
        for start in steps.keys() {
            ways.walk(&steps, start);
        }
        ways
    }

    fn walk(&mut self, steps: &BTreeMap<&'a str, &'a str>, start: &'a str) {
        let mut at = start;
        let mut way = Vec::new();
        let mut seen = BTreeSet::new();
        let end = loop {
            if let Some(end) = self.ends.get(at) {
                break *end;
            }
            if !seen.insert(at) {
                self.circular.extend(way.iter().skip_while(|name| **name != at));
                break at;
            }
            let Some(next) = steps.get(at) else { break at };
            way.push(at);
            at = next;
        };
        self.ends.extend(way.into_iter().map(|name| (name, end)));
    }
}

/// The fault of a list, for the end of a sentence: a name that stands twice, or a circle.
#[must_use]
pub fn fault(moved: &[Moved]) -> Option<String> {
    let circular = circular(moved);
    let (mut from, mut to) = (BTreeSet::new(), BTreeSet::new());
    for one in moved {
        if !from.insert(&one.from) {
            return Some(format!("`{}` moved to two places", one.from));
        }
        if !to.insert(&one.to) {
            return Some(format!("two things moved to `{}`", one.to));
        }
        if circular.contains(one.from.as_str()) {
            return Some(format!("`{}` moved to itself", one.from));
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
        let found: Vec<_> = ends(&bundle.moved).into_iter().collect();
        assert_eq!(found, [("flow.a", "flow.c"), ("flow.b", "flow.c")]);
        let tail = moved(&[("a", "b"), ("b", "c"), ("c", "b"), ("d", "d"), ("e", "f")]);
        assert_eq!(circular(&tail).into_iter().collect::<Vec<_>>(), ["b", "c", "d"]);
        for (pairs, told) in [
            (&[("a", "b"), ("a", "c")][..], "`a` moved to two places"),
            (&[("a", "c"), ("b", "c")], "two things moved to `c`"),
            (&[("a", "b"), ("b", "a")], "`a` moved to itself"),
        ] {
            assert_eq!(fault(&moved(pairs)).as_deref(), Some(told));
        }
    }
}
