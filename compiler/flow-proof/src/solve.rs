//! Whether a formula can hold. What is said of one variable alone narrows its values; then one
//! value after the other is tried.

use std::cell::Cell as Counter;

use crate::alone::next;
use crate::example::Choice;
use crate::formula::Formula;
use crate::guard::Space;
use crate::search::{Chosen, Search, WORK_MAX, value};
use crate::together::Together;

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
    before.can_hold_with(space, &told(space, before, formula)) != Some(false)
}

/// Looks for values under which the formula holds; of these only the ones that it needs.
#[must_use]
pub fn solve(space: &Space<'_>, formula: &Formula) -> Answer {
    let before = Together::default();
    answer(space, &before, &told(space, &before, formula), false)
}

/// The same among the cases in which `context` holds, whose own values are not told.
#[must_use]
pub fn solve_within(space: &Space<'_>, context: &Formula, formula: &Formula) -> Answer {
    let before = Together::of([context]);
    answer(space, &before, &told(space, &before, formula), false)
}

/// Looks for values under which the formula and these hold; all of them are told.
#[must_use]
pub fn solve_with(space: &Space<'_>, before: &Together<'_>, formula: &Formula) -> Answer {
    answer(space, before, &told(space, before, formula), true)
}

/// The formula, with what holds in every request that somebody can make.
fn told<'f>(space: &'f Space<'_>, before: &Together<'_>, formula: &'f Formula) -> Together<'f> {
    let mut told = Together::of([formula]);
    for formula in space.given(&[before, &told]) {
        told.and(formula);
    }
    told
}

fn answer(
    space: &Space<'_>,
    before: &Together<'_>,
    told: &Together<'_>,
    tells_before: bool,
) -> Answer {
    let Some(found) = find(space, [before, told]) else { return Answer::TooHard };
    let Some(mut chosen) = found else { return Answer::Never };
    let told: &[&Together<'_>] = if tells_before { &[before, told] } else { &[told] };
    drop_needless(told, &mut chosen);
    let choice = |(i, cell)| Some(Choice::of(space.variables.get(i)?, &cell));
    Answer::Example(chosen.into_iter().filter_map(choice).collect())
}

/// Values under which both hold, `Some(None)` for none; `None` where it would take too long.
fn find(space: &Space<'_>, parts: [&Together<'_>; 2]) -> Option<Option<Chosen>> {
    if parts.iter().any(|p| p.is_never()) {
        return Some(None);
    }
    let mut search = Search::new(space, parts, WORK_MAX);
    // What is left for a variable alone: nothing, one value, or a choice for later.
    let mut open = Vec::new();
    let mut variables: Vec<usize> = parts.iter().flat_map(|p| p.variables()).collect();
    variables.sort_unstable();
    variables.dedup();
    for variable in variables {
        let Some((at, cell)) = next(space, parts, variable, 0) else { return Some(None) };
        if next(space, parts, variable, at + 1).is_none() {
            search.must_be(variable, cell);
        } else {
            open.push((variable, cell));
        }
    }
    for (part, together) in parts.iter().enumerate() {
        (0..together.rest().len()).for_each(|i| search.wake(part, i));
    }
    if !search.choose(&Chosen::new())? {
        return Some(None);
    }
    let mut chosen = search.into_chosen();
    for (variable, cell) in open {
        chosen.entry(variable).or_insert(cell);
    }
    Some(Some(chosen))
}

/// Takes back every value without which these hold as well.
fn drop_needless(told: &[&Together<'_>], chosen: &mut Chosen) {
    let variables: Vec<usize> = chosen.keys().copied().collect();
    for variable in variables {
        if told.iter().any(|t| t.speaks_of(variable)) {
            continue;
        }
        let Some(before) = chosen.remove(&variable) else { continue };
        let left = Counter::new(WORK_MAX);
        // All hold; those that are about other variables go on holding.
        let about = |t: &&Together<'_>| t.about(variable).to_vec();
        let mut rest =
            told.iter().flat_map(|t| about(t).into_iter().filter_map(|i| t.rest().get(i)));
        let holds = rest.all(|(formula, holds)| value(formula, chosen, &left) == Some(Ok(*holds)));
        if !holds {
            chosen.insert(variable, before);
        }
    }
}
