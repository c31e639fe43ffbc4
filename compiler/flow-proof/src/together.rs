//! Conditions that hold together, taken apart: what they say of one variable alone stands by that
//! variable, so that the values left for it are found without trying the others.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::alone::{Alone, allows, next};
use crate::formula::Formula;
use crate::guard::Space;
use crate::search::{Chosen, Search, WORK_MAX, value};

/// Conditions of which all hold. One more is added, and asked about, without looking through those
/// before it.
#[derive(Debug, Default)]
pub struct Together<'f> {
    alone: BTreeMap<usize, Alone<'f>>,
    /// What is about several variables or leaves a choice, and whether it holds or its opposite.
    rest: Vec<(&'f Formula, bool)>,
    /// The same, to keep each once.
    has: BTreeSet<(&'f Formula, bool)>,
    /// Which of `rest` are about a variable.
    about: BTreeMap<usize, Vec<usize>>,
    never: bool,
    settled: RefCell<Settled>,
}

/// Values under which all conditions hold that were there when it was last asked. Most conditions
/// that are added hold under them as well, and what is asked about changes only a few of them.
#[derive(Debug)]
struct Settled {
    /// All of the first `count` of `rest` hold under these, whatever the other variables are.
    values: Chosen,
    count: usize,
    /// The variables of which something was said since.
    said: Vec<usize>,
    /// Nothing leaves all of them to hold.
    never: bool,
    /// How much more may be read, of all questions together.
    left: u32,
}

impl Default for Settled {
    fn default() -> Self {
        let values = Chosen::new();
        Self { values, count: 0, said: Vec::new(), never: false, left: WORK_MAX }
    }
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
                self.settled.get_mut().said.push(*i);
                self.alone.entry(*i).or_default().take(test, holds);
            }
            (Formula::All(_), false) | (Formula::Any(_), true) => self.take_whole(formula, holds),
        }
    }

    fn take_whole(&mut self, formula: &'f Formula, holds: bool) {
        if !self.has.insert((formula, holds)) {
            return;
        }
        let mut about = BTreeSet::new();
        variables(formula, &mut about);
        for variable in about {
            self.about.entry(variable).or_default().push(self.rest.len());
        }
        self.rest.push((formula, holds));
    }

    /// Whether nothing more has to be found out to know that this cannot hold.
    pub(crate) const fn is_never(&self) -> bool {
        self.never
    }

    /// What is said of this variable alone.
    pub(crate) fn alone(&self, variable: usize) -> Option<&Alone<'f>> {
        self.alone.get(&variable)
    }

    /// What is about several variables, and whether it holds or its opposite.
    pub(crate) fn rest(&self) -> &[(&'f Formula, bool)] {
        &self.rest
    }

    /// Which of [`Self::rest`] are about this variable.
    pub(crate) fn about(&self, variable: usize) -> &[usize] {
        self.about.get(&variable).map_or(&[], Vec::as_slice)
    }

    /// The variables of which something is said alone.
    pub(crate) fn variables(&self) -> impl Iterator<Item = usize> + '_ {
        self.alone.keys().copied()
    }

    /// The variables of which something is said, alone or with others.
    pub(crate) fn speaks(&self) -> impl Iterator<Item = usize> + '_ {
        self.alone.keys().chain(self.about.keys()).copied()
    }

    /// Whether something is said of this variable alone.
    pub(crate) fn speaks_of(&self, variable: usize) -> bool {
        self.alone.contains_key(&variable)
    }

    /// Whether these can hold; `None` where it would take too long.
    fn settle(&self, space: &Space<'_>) -> Option<bool> {
        let settled = &mut *self.settled.borrow_mut();
        settled.never |= self.never;
        let none = Together::default();
        let parts = [self, &none];
        let mut search = Search::new(space, parts, settled.left);
        for variable in std::mem::take(&mut settled.said) {
            settled.never = settled.never || next(space, parts, variable, 0).is_none();
            let ruled_out = |cell| !allows(parts, variable, cell);
            if settled.values.get(&variable).is_some_and(ruled_out) {
                settled.values.remove(&variable);
                search.wake_about(0, variable);
            }
        }
        if settled.never {
            return Some(false);
        }
        for (i, (formula, holds)) in self.rest.iter().enumerate().skip(settled.count) {
            if value(formula, &settled.values, search.left()) != Some(Ok(*holds)) {
                search.wake(0, i);
            }
        }
        let found = search.choose(&settled.values);
        settled.left = search.left().get();
        let chosen = search.into_chosen();
        settled.never = !found?;
        settled.values.extend(chosen);
        settled.count = self.rest.len();
        Some(!settled.never)
    }

    /// Whether these and others can hold; `None` where it would take too long. Only what the others
    /// change is looked at: the rest holds as it did without them.
    pub(crate) fn can_hold_with(&self, space: &Space<'_>, others: &Together<'_>) -> Option<bool> {
        if others.never || !self.settle(space)? {
            return Some(false);
        }
        let settled = &mut *self.settled.borrow_mut();
        let parts = [self, others];
        let mut search = Search::new(space, parts, settled.left);
        for variable in others.variables() {
            let Some((at, cell)) = next(space, parts, variable, 0) else { return Some(false) };
            let before = settled.values.get(&variable);
            if before.is_some_and(|before| allows(parts, variable, before)) {
                continue;
            }
            if next(space, parts, variable, at + 1).is_none() {
                search.must_be(variable, cell);
            }
            if before.is_some() {
                search.wake_about(0, variable);
            }
        }
        (0..others.rest.len()).for_each(|i| search.wake(1, i));
        let found = search.choose(&settled.values);
        settled.left = search.left().get();
        found
    }
}

/// The variables that a formula speaks about.
pub(crate) fn variables(formula: &Formula, found: &mut BTreeSet<usize>) {
    match formula {
        Formula::Constant(_) => {}
        Formula::Test(i, _) => drop(found.insert(*i)),
        Formula::Not(inner) => variables(inner, found),
        Formula::All(parts) | Formula::Any(parts) => {
            parts.iter().for_each(|part| variables(part, found));
        }
    }
}
