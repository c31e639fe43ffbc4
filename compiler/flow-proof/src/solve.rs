//! Whether a formula can hold: one value after the other is tried, three-valued.

use crate::cell::Cell;
use crate::example::Choice;
use crate::formula::Formula;
use crate::guard::Space;

/// Most partial assignments that are tried.
const TRIES_MAX: usize = 100_000;

/// The answer to "can it hold?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// No.
    Never,
    /// Yes, with these values.
    Example(Vec<Choice>),
    /// Nobody knows; counts as yes.
    TooHard,
}

impl Answer {
    /// The values, where it can hold.
    #[must_use]
    pub fn example(self) -> Option<Vec<Choice>> {
        match self {
            Self::Never => None,
            Self::Example(values) => Some(values),
            Self::TooHard => Some(Vec::new()),
        }
    }
}

/// Whether the formula can hold, without an example.
#[must_use]
pub fn possible(space: &Space<'_>, formula: &Formula) -> bool {
    solve(space, formula) != Answer::Never
}

/// Looks for values under which the formula holds; of these only the ones that it needs.
#[must_use]
pub fn solve(space: &Space<'_>, formula: &Formula) -> Answer {
    solve_within(space, &Formula::Constant(true), formula)
}

/// The same among the cases in which `context` holds, whose own values are not told.
#[must_use]
pub fn solve_within(space: &Space<'_>, context: &Formula, told: &Formula) -> Answer {
    let whole = Formula::all([context.clone(), told.clone()]);
    let formula = &whole;
    // Most conditions of most flows are these.
    match formula {
        Formula::Constant(true) => return Answer::Example(Vec::new()),
        Formula::Constant(false) => return Answer::Never,
        _ => {}
    }
    let cells: Vec<Vec<Cell>> = space.variables.iter().map(Cell::all).collect();
    let mut search = Search { cells: &cells, chosen: vec![None; cells.len()], tries: 0 };
    match search.run(formula) {
        None => Answer::TooHard,
        Some(false) => Answer::Never,
        Some(true) => {
            search.drop_needless(told);
            let chosen = search.chosen.iter().zip(&space.variables);
            Answer::Example(
                chosen.filter_map(|(cell, v)| Some(Choice::of(v, cell.as_ref()?))).collect(),
            )
        }
    }
}

struct Search<'c> {
    cells: &'c [Vec<Cell>],
    chosen: Vec<Option<Cell>>,
    tries: usize,
}

impl Search<'_> {
    /// `None` where it would take too long.
    fn run(&mut self, formula: &Formula) -> Option<bool> {
        self.tries += 1;
        if self.tries > TRIES_MAX {
            return None;
        }
        let open = match self.value(formula) {
            Ok(holds) => return Some(holds),
            Err(open) => open,
        };
        for cell in self.cells.get(open).into_iter().flatten() {
            if let Some(slot) = self.chosen.get_mut(open) {
                *slot = Some(cell.clone());
            }
            if self.run(formula)? {
                return Some(true);
            }
        }
        if let Some(slot) = self.chosen.get_mut(open) {
            *slot = None;
        }
        Some(false)
    }

    /// Takes back every value without which the formula holds as well.
    fn drop_needless(&mut self, formula: &Formula) {
        for at in 0..self.chosen.len() {
            let Some(before) = self.chosen.get_mut(at).and_then(Option::take) else { continue };
            if self.value(formula) != Ok(true)
                && let Some(slot) = self.chosen.get_mut(at)
            {
                *slot = Some(before);
            }
        }
    }

    /// The formula's value, or a variable that it still needs.
    fn value(&self, formula: &Formula) -> Result<bool, usize> {
        match formula {
            Formula::Constant(b) => Ok(*b),
            Formula::Test(i, test) => match self.chosen.get(*i) {
                Some(Some(cell)) => Ok(cell.meets(test)),
                _ => Err(*i),
            },
            Formula::Not(inner) => self.value(inner).map(|b| !b),
            Formula::All(parts) => self.join(parts, false),
            Formula::Any(parts) => self.join(parts, true),
        }
    }

    /// `Ok(decisive)` where one part is that; else the first open variable.
    fn join(&self, parts: &[Formula], decisive: bool) -> Result<bool, usize> {
        let mut open = None;
        for part in parts {
            match self.value(part) {
                Ok(b) if b == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(i) => open = open.or(Some(i)),
            }
        }
        open.map_or(Ok(!decisive), Err)
    }
}
