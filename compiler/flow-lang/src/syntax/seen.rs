//! Names that stand twice in one body or object.

use std::collections::{BTreeMap, BTreeSet};

use super::hint;
use super::tree::Ident;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Up to this many names are compared one by one.
const FEW: usize = 16;

/// A name, where it stands, and which of the items it names.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) index: usize,
    pub(super) key: &'a str,
    pub(super) span: Span,
}

/// Reports the names that stood there before, and gives the items that they name.
pub(super) fn duplicates<'a>(
    names: impl Iterator<Item = Seen<'a>>,
    found: &mut Vec<Diagnostic>,
) -> BTreeSet<usize> {
    let mut again = BTreeSet::new();
    let mut report = |name: &Seen<'_>, first: Span| {
        found.push(hint::duplicate(&Ident { text: name.key.to_owned(), span: name.span }, first));
        again.insert(name.index);
    };
    let mut few: [Option<Seen<'a>>; FEW] = [None; FEW];
    let mut many: BTreeMap<&'a str, Span> = BTreeMap::new();
    for (count, name) in names.enumerate() {
        if count == FEW {
            for first in few.iter().flatten() {
                many.entry(first.key).or_insert(first.span);
            }
        }
        if let Some(free) = few.get(count) {
            debug_assert!(free.is_none(), "each name has a place of its own");
            let firsts = few.get(..count).unwrap_or_default();
            match firsts.iter().flatten().find(|first| first.key == name.key) {
                Some(first) => report(&name, first.span),
                None => {
                    if let Some(free) = few.get_mut(count) {
                        *free = Some(name);
                    }
                }
            }
            continue;
        }
        match many.get(name.key) {
            Some(first) => report(&name, *first),
            None => drop(many.insert(name.key, name.span)),
        }
    }
    again
}
