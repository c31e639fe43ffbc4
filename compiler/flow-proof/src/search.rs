//! Values under which conditions hold: one after the other is tried, three-valued, and a value that
//! was chosen has only those conditions read again that are about its variable.

use std::cell::Cell as Counter;
use std::collections::{BTreeMap, BTreeSet};

use crate::alone::{allows, next};
use crate::cell::Cell;
use crate::formula::Formula;
use crate::guard::Space;
use crate::together::Together;

/// Most parts of formulas that are looked at for one answer.
pub(crate) const WORK_MAX: u32 = 3_000_000;

/// Values by variable.
pub(crate) type Chosen = BTreeMap<usize, Cell>;

/// Which part, and which of its conditions about several variables.
type At = (usize, usize);

/// What is known of a condition with the values that are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody looked. It holds, unless a value of its variables is chosen.
    Asleep,
    Holds,
    /// It still needs the value of this variable.
    Lacks(usize),
}

/// A search among the values that two sets of conditions leave.
pub(crate) struct Search<'s, 'f> {
    space: &'s Space<'s>,
    parts: [&'s Together<'f>; 2],
    chosen: Chosen,
    states: [Vec<State>; 2],
    /// Those that lack a value.
    open: BTreeSet<At>,
    /// To be looked at before the search begins.
    woken: BTreeSet<At>,
    /// What was known before each change.
    trail: Vec<(At, State)>,
    left: Counter<u32>,
}

/// A value that was chosen and can be taken back.
struct Try {
    variable: usize,
    /// Where its next value stands.
    next: usize,
    /// How much was known before.
    trail: usize,
}

impl<'s, 'f> Search<'s, 'f> {
    pub(crate) fn new(space: &'s Space<'s>, parts: [&'s Together<'f>; 2], left: u32) -> Self {
        Self {
            space,
            parts,
            chosen: Chosen::new(),
            states: parts.map(|part| vec![State::Asleep; part.rest().len()]),
            open: BTreeSet::new(),
            woken: BTreeSet::new(),
            trail: Vec::new(),
            left: Counter::new(left),
        }
    }

    /// How much more may be read.
    pub(crate) const fn left(&self) -> &Counter<u32> {
        &self.left
    }

    pub(crate) fn into_chosen(self) -> Chosen {
        self.chosen
    }

    /// Chooses a value that nothing takes back. What is about it has to be woken.
    pub(crate) fn must_be(&mut self, variable: usize, cell: Cell) {
        self.chosen.insert(variable, cell);
    }

    /// Has a condition looked at, though none of its variables is chosen.
    pub(crate) fn wake(&mut self, part: usize, i: usize) {
        self.woken.insert((part, i));
    }

    /// The same for all that are about a variable.
    pub(crate) fn wake_about(&mut self, part: usize, variable: usize) {
        let about = self.parts.get(part).map_or(&[][..], |part| part.about(variable));
        self.woken.extend(about.iter().map(|i| (part, *i)));
    }

    /// Whether values can be chosen so that all that is awake holds; `None` where it would take too
    /// long. A value that stands in `likely` is tried first.
    pub(crate) fn choose(&mut self, likely: &Chosen) -> Option<bool> {
        for at in std::mem::take(&mut self.woken) {
            if !self.read(at)? {
                return Some(false);
            }
        }
        let mut tried: Vec<Try> = Vec::new();
        let Some(mut variable) = self.lacked() else { return Some(true) };
        let mut from = 0;
        loop {
            let trail = self.trail.len();
            if let Some((next, cell)) = self.value_of(variable, from, likely) {
                tried.push(Try { variable, next, trail });
                if self.assign(variable, cell)? {
                    let Some(lacked) = self.lacked() else { return Some(true) };
                    (variable, from) = (lacked, 0);
                    continue;
                }
            }
            // This value, or all values of one more variable, do not go with the others.
            let Some(last) = tried.pop() else { return Some(false) };
            self.undo(last.trail);
            self.chosen.remove(&last.variable);
            (variable, from) = (last.variable, last.next);
        }
    }

    /// The next value of a variable: the likely one, then the others from `from - 1` on.
    fn value_of(&self, variable: usize, from: usize, likely: &Chosen) -> Option<(usize, Cell)> {
        let likely = likely.get(&variable).filter(|cell| allows(self.parts, variable, cell));
        if let (0, Some(cell)) = (from, likely) {
            return Some((1, cell.clone()));
        }
        let mut from = from.saturating_sub(1);
        loop {
            let (at, cell) = next(self.space, self.parts, variable, from)?;
            if likely != Some(&cell) {
                return Some((at + 2, cell));
            }
            from = at + 1;
        }
    }

    /// The variable that the first condition lacks.
    fn lacked(&self) -> Option<usize> {
        match self.state(*self.open.first()?) {
            State::Lacks(variable) => Some(variable),
            State::Asleep | State::Holds => None,
        }
    }

    fn state(&self, (part, i): At) -> State {
        self.states.get(part).and_then(|states| states.get(i)).copied().unwrap_or(State::Asleep)
    }

    /// Chooses a value; whether nothing fails with it.
    fn assign(&mut self, variable: usize, cell: Cell) -> Option<bool> {
        self.chosen.insert(variable, cell);
        for (part, together) in self.parts.into_iter().enumerate() {
            for i in together.about(variable) {
                if !self.read((part, *i))? {
                    return Some(false);
                }
            }
        }
        Some(true)
    }

    /// Whether a condition does not fail with what is chosen.
    fn read(&mut self, at: At) -> Option<bool> {
        let before = self.state(at);
        if before == State::Holds {
            return Some(true);
        }
        let (part, i) = at;
        let Some((formula, holds)) = self.parts.get(part).and_then(|part| part.rest().get(i))
        else {
            return Some(true);
        };
        let now = match value(formula, &self.chosen, &self.left)? {
            Ok(found) if found != *holds => return Some(false),
            Ok(_) => State::Holds,
            Err(variable) => State::Lacks(variable),
        };
        self.trail.push((at, before));
        self.set(at, now);
        Some(true)
    }

    fn set(&mut self, at: At, state: State) {
        let (part, i) = at;
        if let Some(old) = self.states.get_mut(part).and_then(|states| states.get_mut(i)) {
            *old = state;
        }
        match state {
            State::Lacks(_) => drop(self.open.insert(at)),
            State::Asleep | State::Holds => drop(self.open.remove(&at)),
        }
    }

    /// Takes back all changes but the first `length`.
    fn undo(&mut self, length: usize) {
        while self.trail.len() > length {
            let Some((at, before)) = self.trail.pop() else { return };
            self.set(at, before);
        }
    }
}

/// A formula's value, or a variable that it still needs; `None` where too much was read.
pub(crate) fn value(
    formula: &Formula,
    chosen: &Chosen,
    left: &Counter<u32>,
) -> Option<Result<bool, usize>> {
    left.set(left.get().checked_sub(1)?);
    match formula {
        Formula::Constant(b) => Some(Ok(*b)),
        Formula::Test(i, test) => Some(chosen.get(i).map_or(Err(*i), |cell| Ok(cell.meets(test)))),
        Formula::Not(inner) => value(inner, chosen, left).map(|value| value.map(|b| !b)),
        Formula::All(parts) => join(parts, false, chosen, left),
        Formula::Any(parts) => join(parts, true, chosen, left),
    }
}

/// `Ok(decisive)` where one part is that; else the first open variable.
fn join(
    parts: &[Formula],
    decisive: bool,
    chosen: &Chosen,
    left: &Counter<u32>,
) -> Option<Result<bool, usize>> {
    let mut open = None;
    for part in parts {
        match value(part, chosen, left)? {
            Ok(b) if b == decisive => return Some(Ok(decisive)),
            Ok(_) => {}
            Err(i) => open = open.or(Some(i)),
        }
    }
    Some(open.map_or(Ok(!decisive), Err))
}
