//! Conditions that hold together, taken apart: what they say of one variable alone stands by that
//! variable, so that the values left for it are found without trying the others.

use std::cell::{Cell as Counter, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use crate::cell::Cell;
use crate::formula::{Formula, Test};
use crate::guard::Space;

/// Conditions of which all hold. One more is added, and asked about, without looking through those
/// before it.
#[derive(Debug, Default)]
pub struct Together<'f> {
    alone: BTreeMap<usize, Alone<'f>>,
    /// What is about several variables or leaves a choice, and whether it holds or its opposite.
    rest: Vec<(&'f Formula, bool)>,
    never: bool,
    /// The variables of which something was said since it was last looked whether values are left.
    said: RefCell<Vec<usize>>,
    /// Some variable has no value left.
    exhausted: Counter<bool>,
}

/// What is said of one variable.
#[derive(Debug, Default)]
struct Alone<'f> {
    is: Vec<&'f Test>,
    is_no_word: BTreeSet<&'f str>,
    is_not: Vec<&'f Test>,
    /// How many of the variable's first values are ruled out; more conditions only rule out more.
    ruled_out: Counter<usize>,
}

impl<'f> Together<'f> {
    /// All of these.
    pub(crate) fn of(formulas: impl IntoIterator<Item = &'f Formula>) -> Self {
        let mut all = Self::default();
        formulas.into_iter().for_each(|formula| all.and(formula));
        all
    }

    /// Adds one.
    pub(crate) fn and(&mut self, formula: &'f Formula) {
        self.take(formula, true);
    }

    fn take(&mut self, formula: &'f Formula, holds: bool) {
        match (formula, holds) {
            (Formula::Constant(b), _) => self.never |= *b != holds,
            (Formula::Not(inner), _) => self.take(inner, !holds),
            (Formula::All(parts), true) | (Formula::Any(parts), false) => {
                parts.iter().for_each(|part| self.take(part, holds));
            }
            (Formula::All(parts) | Formula::Any(parts), _) if parts.len() == 1 => {
                parts.iter().for_each(|part| self.take(part, holds));
            }
            (Formula::Test(i, test), _) => {
                self.said.get_mut().push(*i);
                self.alone.entry(*i).or_default().take(test, holds);
            }
            (Formula::All(_), false) | (Formula::Any(_), true) => self.rest.push((formula, holds)),
        }
    }

    /// Whether nothing more has to be found out to know that this cannot hold.
    pub(crate) const fn is_never(&self) -> bool {
        self.never
    }

    /// Whether what is said of each variable alone leaves it a value. Only those are looked at of
    /// which something was said since the last time.
    pub(crate) fn leaves_values(&self, space: &Space<'_>) -> bool {
        let none = Together::default();
        for variable in self.said.take() {
            if next(space, [self, &none], variable, 0).is_none() {
                self.exhausted.set(true);
            }
        }
        !self.exhausted.get()
    }

    /// What is about several variables, and whether it holds or its opposite.
    pub(crate) fn rest(&self) -> &[(&'f Formula, bool)] {
        &self.rest
    }

    /// The variables of which something is said alone.
    pub(crate) fn variables(&self) -> impl Iterator<Item = usize> + '_ {
        self.alone.keys().copied()
    }

    /// Whether something is said of this variable alone.
    pub(crate) fn speaks_of(&self, variable: usize) -> bool {
        self.alone.contains_key(&variable)
    }
}

impl<'f> Alone<'f> {
    fn take(&mut self, test: &'f Test, holds: bool) {
        match (test, holds) {
            (_, true) if self.is.contains(&test) => {}
            (_, true) => self.is.push(test),
            (Test::Word(word), false) => drop(self.is_no_word.insert(word)),
            (_, false) if self.is_not.contains(&test) => {}
            (_, false) => self.is_not.push(test),
        }
    }

    fn allows(&self, cell: &Cell) -> bool {
        self.is.iter().all(|test| cell.meets(test))
            && !matches!(cell, Cell::Word(word) if self.is_no_word.contains(word.as_str()))
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

    fn word(&self) -> Option<&'f str> {
        self.is.iter().find_map(|test| match test {
            Test::Word(word) => Some(word.as_str()),
            _ => None,
        })
    }
}

/// Where the values of a variable stand that two sets of conditions leave, from `from` on.
pub(crate) fn next(
    space: &Space<'_>,
    [long, short]: [&Together<'_>; 2],
    variable: usize,
    from: usize,
) -> Option<(usize, Cell)> {
    let cells = space.cells(variable);
    let both = [long.alone.get(&variable), short.alone.get(&variable)];
    let allows = |cell: &Cell| both.iter().flatten().all(|alone| alone.allows(cell));
    let found = |at: usize| cells.get(at).map(|cell| (at, cell.clone()));
    // One word is left at most, and the words stand first, in order.
    if let Some(word) = both.iter().flatten().find_map(|alone| alone.word()) {
        let words = cells.partition_point(|cell| matches!(cell, Cell::Word(_)));
        let is_before = |cell: &Cell| matches!(cell, Cell::Word(w) if w.as_str() < word);
        let at = cells.get(..words)?.partition_point(is_before);
        let cell = cells.get(at).filter(|_| at >= from)?;
        return if allows(cell) { found(at) } else { None };
    }
    let start = both.first().copied().flatten().map_or(0, |alone| alone.start(&cells)).max(from);
    let rest = cells.get(start..)?;
    rest.iter().position(allows).and_then(|at| found(start + at))
}
