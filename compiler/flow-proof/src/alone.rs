//! What is said of one variable by itself, kept so that one more condition costs the same however
//! many there are, and the values that it leaves.

use std::cell::Cell as Counter;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::cell::Cell;
use crate::formula::{Domain, Test};
use crate::guard::Space;
use crate::together::Together;

/// What is said of one variable.
#[derive(Debug, Default)]
pub(crate) struct Alone<'f> {
    word: Option<&'f str>,
    number: Option<Decimal>,
    /// The least number of which it is less, and the greatest of which it is not.
    less: Option<Decimal>,
    not_less: Option<Decimal>,
    is_no_word: BTreeSet<&'f str>,
    is_no_number: BTreeSet<Decimal>,
    /// Of the other tests there are only a few.
    is: Vec<&'f Test>,
    is_not: Vec<&'f Test>,
    /// It would have to be two things at once.
    never: bool,
    /// How many of the variable's first values are ruled out; more conditions only rule out more.
    ruled_out: Counter<usize>,
}

impl<'f> Alone<'f> {
    pub(crate) fn take(&mut self, test: &'f Test, holds: bool) {
        match (test, holds) {
            (Test::Word(word), true) => {
                self.never |= *self.word.get_or_insert(word) != word.as_str();
            }
            (Test::Number(n), true) => self.never |= *self.number.get_or_insert(*n) != *n,
            (Test::Less(n), true) => self.less = Some(self.less.map_or(*n, |least| least.min(*n))),
            (Test::Less(n), false) => self.not_less = self.not_less.max(Some(*n)),
            (Test::Word(word), false) => drop(self.is_no_word.insert(word)),
            (Test::Number(n), false) => drop(self.is_no_number.insert(*n)),
            (_, true) if self.is.contains(&test) => {}
            (_, true) => self.is.push(test),
            (_, false) if self.is_not.contains(&test) => {}
            (_, false) => self.is_not.push(test),
        }
    }

    fn allows(&self, cell: &Cell) -> bool {
        let (word, number) = match cell {
            Cell::Word(word) => (Some(word.as_str()), None),
            Cell::Point(n) => (None, Some(*n)),
            _ => (None, None),
        };
        !self.never
            && (self.word.is_none() || self.word == word)
            && (self.number.is_none() || self.number == number)
            && self.less.is_none_or(|n| cell.meets(&Test::Less(n)))
            && !self.not_less.is_some_and(|n| cell.meets(&Test::Less(n)))
            && !word.is_some_and(|word| self.is_no_word.contains(word))
            && !number.is_some_and(|n| self.is_no_number.contains(&n))
            && self.is.iter().all(|test| cell.meets(test))
            && !self.is_not.iter().any(|test| cell.meets(test))
    }

    /// The first of these values that is not ruled out.
    fn start(&self, cells: &[Cell]) -> usize {
        let mut at = self.ruled_out.get();
        while cells.get(at).is_some_and(|cell| !self.allows(cell)) {
            at += 1;
        }
        self.ruled_out.set(at);
        at
    }
}

/// Whether two sets of conditions leave a variable this value.
pub(crate) fn allows(parts: [&Together<'_>; 2], variable: usize, cell: &Cell) -> bool {
    parts.iter().filter_map(|part| part.alone(variable)).all(|alone| alone.allows(cell))
}

/// Where the values of a variable stand that two sets of conditions leave, from `from` on.
pub(crate) fn next(
    space: &Space<'_>,
    [long, short]: [&Together<'_>; 2],
    variable: usize,
    from: usize,
) -> Option<(usize, Cell)> {
    let cells = space.cells(variable);
    let both = [short.alone(variable), long.alone(variable)];
    let allows = |cell: &Cell| both.iter().flatten().all(|alone| alone.allows(cell));
    let found = |at: usize| cells.get(at).map(|cell| (at, cell.clone()));
    // One word is left at most, and the words stand first, in order.
    if let Some(word) = both.iter().flatten().find_map(|alone| alone.word) {
        let words = cells.partition_point(|cell| matches!(cell, Cell::Word(_)));
        let is_before = |cell: &Cell| matches!(cell, Cell::Word(w) if w.as_str() < word);
        let at = cells.get(..words)?.partition_point(is_before);
        let cell = cells.get(at).filter(|_| at >= from)?;
        return if allows(cell) { found(at) } else { None };
    }
    let mut start = long.alone(variable).map_or(0, |alone| alone.start(&cells)).max(from);
    // Numbers stand in order too, but where the author listed them.
    let domain = space.variables.get(variable).map(|variable| &variable.domain);
    if matches!(domain, Some(Domain::Numbers { only: None, .. })) {
        let number = both.iter().flatten().filter_map(|alone| alone.number).max();
        let least = both.iter().flatten().filter_map(|alone| alone.not_less).max();
        if let Some(least) = number.max(least) {
            let is_less = |cell: &Cell| cell.meets(&Test::Less(least));
            start = start.max(cells.partition_point(is_less));
        }
        if number.is_some() {
            let cell = cells.get(start)?;
            return if allows(cell) { found(start) } else { None };
        }
    }
    let rest = cells.get(start..)?;
    rest.iter().position(allows).and_then(|at| found(start + at))
}
