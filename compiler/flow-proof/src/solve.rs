//! Whether a formula can hold. What is said of one variable alone narrows its values; then one
//! value after the other is tried, three-valued.

use std::cell::Cell as Counter;
use std::collections::BTreeMap;

use crate::cell::Cell;
use crate::example::Choice;
use crate::formula::Formula;
use crate::guard::Space;
use crate::together::{Together, next};

/// Most parts of formulas that are looked at for one answer.
const WORK_MAX: u32 = 3_000_000;

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
    can_hold(space, &Together::default(), formula)
}

/// Whether the formula can hold where these hold.
#[must_use]
pub fn can_hold(space: &Space<'_>, before: &Together<'_>, formula: &Formula) -> bool {
    Search::is_possible(space, [before, &Together::of([formula])])
}

/// Looks for values under which the formula holds; of these only the ones that it needs.
#[must_use]
pub fn solve(space: &Space<'_>, formula: &Formula) -> Answer {
    answer(space, &Together::default(), &Together::of([formula]), false)
}

/// The same among the cases in which `context` holds, whose own values are not told.
#[must_use]
pub fn solve_within(space: &Space<'_>, context: &Formula, told: &Formula) -> Answer {
    answer(space, &Together::of([context]), &Together::of([told]), false)
}

/// Looks for values under which the formula and these hold; all of them are told.
#[must_use]
pub fn solve_with(space: &Space<'_>, before: &Together<'_>, formula: &Formula) -> Answer {
    answer(space, before, &Together::of([formula]), true)
}

fn answer(
    space: &Space<'_>,
    before: &Together<'_>,
    told: &Together<'_>,
    tells_before: bool,
) -> Answer {
    let Some(found) = Search::run(space, [before, told]) else { return Answer::TooHard };
    let Some(mut chosen) = found else { return Answer::Never };
    let told: &[&Together<'_>] = if tells_before { &[before, told] } else { &[told] };
    drop_needless(told, &mut chosen);
    let choice = |(i, cell)| Some(Choice::of(space.variables.get(i)?, &cell));
    Answer::Example(chosen.into_iter().filter_map(choice).collect())
}

/// Values by variable.
type Chosen = BTreeMap<usize, Cell>;

/// Takes back every value without which these hold as well.
fn drop_needless(told: &[&Together<'_>], chosen: &mut Chosen) {
    let variables: Vec<usize> = chosen.keys().copied().collect();
    for variable in variables {
        if told.iter().any(|t| t.speaks_of(variable)) {
            continue;
        }
        let Some(before) = chosen.remove(&variable) else { continue };
        let reading = Reading { chosen, left: &Counter::new(WORK_MAX) };
        let mut rest = told.iter().flat_map(|t| t.rest());
        let holds = rest.all(|(formula, holds)| reading.value(formula) == Some(Ok(*holds)));
        if !holds {
            chosen.insert(variable, before);
        }
    }
}

struct Search<'s, 'f> {
    space: &'s Space<'s>,
    parts: [&'s Together<'f>; 2],
    chosen: Chosen,
    left: Counter<u32>,
}

impl<'s, 'f> Search<'s, 'f> {
    /// Values under which both hold, `Some(None)` for none; `None` where it would take too long.
    fn run(space: &'s Space<'s>, parts: [&'s Together<'f>; 2]) -> Option<Option<Chosen>> {
        if parts.iter().any(|p| p.is_never()) {
            return Some(None);
        }
        let left = Counter::new(WORK_MAX);
        let mut search = Search { space, parts, chosen: Chosen::new(), left };
        // What is left for a variable alone: nothing, one value, or a choice for later.
        let mut open = Vec::new();
        let mut variables: Vec<usize> = parts.iter().flat_map(|p| p.variables()).collect();
        variables.sort_unstable();
        variables.dedup();
        for variable in variables {
            let Some((at, cell)) = next(space, parts, variable, 0) else { return Some(None) };
            if next(space, parts, variable, at + 1).is_none() {
                search.chosen.insert(variable, cell);
            } else {
                open.push((variable, cell));
            }
        }
        if !search.choose()? {
            return Some(None);
        }
        for (variable, cell) in open {
            search.chosen.entry(variable).or_insert(cell);
        }
        Some(Some(search.chosen))
    }

    /// Whether both can hold, without values: those of the first that the second does not speak of
    /// are looked at once, however often it is asked about.
    fn is_possible(space: &'s Space<'s>, parts: [&'s Together<'f>; 2]) -> bool {
        let [before, told] = parts;
        if before.is_never() || told.is_never() || !before.leaves_values(space) {
            return false;
        }
        if told.variables().any(|variable| next(space, parts, variable, 0).is_none()) {
            return false;
        }
        let left = Counter::new(WORK_MAX);
        let mut search = Search { space, parts, chosen: Chosen::new(), left };
        search.choose() != Some(false)
    }

    /// Whether values can be chosen for what is still open.
    fn choose(&mut self) -> Option<bool> {
        let open = match self.value()? {
            Ok(holds) => return Some(holds),
            Err(open) => open,
        };
        let mut from = 0;
        while let Some((at, cell)) = next(self.space, self.parts, open, from) {
            self.chosen.insert(open, cell);
            if self.choose()? {
                return Some(true);
            }
            from = at + 1;
        }
        self.chosen.remove(&open);
        Some(false)
    }

    /// Whether all that is about several variables holds, or a variable that it still needs.
    fn value(&self) -> Option<Result<bool, usize>> {
        let reading = Reading { chosen: &self.chosen, left: &self.left };
        let mut open = None;
        for (formula, holds) in self.parts.iter().flat_map(|p| p.rest()) {
            match reading.value(formula)? {
                Ok(found) if found != *holds => return Some(Ok(false)),
                Ok(_) => {}
                Err(i) => open = open.or(Some(i)),
            }
        }
        Some(open.map_or(Ok(true), Err))
    }
}

/// Reads formulas with some values chosen.
struct Reading<'c> {
    chosen: &'c Chosen,
    left: &'c Counter<u32>,
}

impl Reading<'_> {
    /// The formula's value, or a variable that it still needs; `None` where too much was read.
    fn value(&self, formula: &Formula) -> Option<Result<bool, usize>> {
        self.left.set(self.left.get().checked_sub(1)?);
        match formula {
            Formula::Constant(b) => Some(Ok(*b)),
            Formula::Test(i, test) => {
                Some(self.chosen.get(i).map_or(Err(*i), |cell| Ok(cell.meets(test))))
            }
            Formula::Not(inner) => self.value(inner).map(|value| value.map(|b| !b)),
            Formula::All(parts) => self.join(parts, false),
            Formula::Any(parts) => self.join(parts, true),
        }
    }

    /// `Ok(decisive)` where one part is that; else the first open variable.
    fn join(&self, parts: &[Formula], decisive: bool) -> Option<Result<bool, usize>> {
        let mut open = None;
        for part in parts {
            match self.value(part)? {
                Ok(b) if b == decisive => return Some(Ok(decisive)),
                Ok(_) => {}
                Err(i) => open = open.or(Some(i)),
            }
        }
        Some(open.map_or(Ok(!decisive), Err))
    }
}
