//! Whether a formula can hold: one value after the other is tried, three-valued.

use rust_decimal::Decimal;

use flow_bundle::duration;

use crate::guard::{Domain, Formula, Space, Test, Variable};

/// Most partial assignments that are tried.
const TRIES_MAX: usize = 100_000;

/// The answer to "can it hold?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// No.
    Never,
    /// Yes, with these values: what, and which.
    Example(Vec<(String, String)>),
    /// Nobody knows; counts as yes.
    TooHard,
}

impl Answer {
    /// The values, where it can hold.
    #[must_use]
    pub fn example(self) -> Option<Vec<(String, String)>> {
        match self {
            Self::Never => None,
            Self::Example(values) => Some(values),
            Self::TooHard => Some(Vec::new()),
        }
    }
}

/// Looks for values under which the formula holds.
#[must_use]
pub fn solve(space: &Space<'_>, formula: &Formula) -> Answer {
    let cells: Vec<Vec<Cell>> = space.variables.iter().map(Cell::all).collect();
    let mut search = Search { cells: &cells, chosen: vec![None; cells.len()], tries: 0 };
    match search.run(formula) {
        None => Answer::TooHard,
        Some(false) => Answer::Never,
        Some(true) => Answer::Example(
            search
                .chosen
                .iter()
                .zip(&space.variables)
                .filter_map(|(cell, v)| Some((v.name.clone(), cell.as_ref()?.show(v.is_span))))
                .collect(),
        ),
    }
}

/// One value, or a stretch of values that no test tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Null,
    Bool(bool),
    Word(String),
    OtherWord,
    Point(Decimal),
    /// Between, both ends left out.
    Stretch(Option<Decimal>, Option<Decimal>),
}

impl Cell {
    fn all(variable: &Variable) -> Vec<Self> {
        let mut cells = match &variable.domain {
            Domain::Bool => vec![Self::Bool(true), Self::Bool(false)],
            Domain::Words { words, closed } => {
                let mut cells: Vec<Self> = words.iter().cloned().map(Self::Word).collect();
                if !closed {
                    cells.push(Self::OtherWord);
                }
                cells
            }
            Domain::Numbers { only: Some(only), .. } => {
                only.iter().copied().map(Self::Point).collect()
            }
            Domain::Numbers { points, bounds, whole, .. } => {
                let mut cells = Vec::new();
                let mut before = None;
                for point in points {
                    cells.push(Self::Stretch(before, Some(*point)));
                    cells.push(Self::Point(*point));
                    before = Some(*point);
                }
                cells.push(Self::Stretch(before, None));
                cells.retain(|c| c.is_possible(*bounds, *whole));
                cells
            }
        };
        if variable.null {
            cells.push(Self::Null);
        }
        cells
    }

    fn is_possible(&self, (min, max): (Option<Decimal>, Option<Decimal>), whole: bool) -> bool {
        match self {
            Self::Point(p) => {
                min.is_none_or(|m| *p >= m)
                    && max.is_none_or(|m| *p <= m)
                    && (!whole || p.is_integer())
            }
            Self::Stretch(low, high) => {
                let above = |n: Decimal| low.is_none_or(|l| n > l) && min.is_none_or(|m| n >= m);
                let below = |n: Decimal| high.is_none_or(|h| n < h) && max.is_none_or(|m| n <= m);
                if whole {
                    // The least whole number above, or the greatest below.
                    let least = [low.map(|l| l.floor() + Decimal::ONE), min.map(|m| m.ceil())];
                    let most = [high.map(|h| h.ceil() - Decimal::ONE), max.map(|m| m.floor())];
                    let candidate = least.into_iter().flatten().max();
                    let candidate = candidate.or_else(|| most.into_iter().flatten().min());
                    return candidate.is_none_or(|n| above(n) && below(n));
                }
                let most = [*high, max].into_iter().flatten().min();
                let least = [*low, min].into_iter().flatten().max();
                match (least, most) {
                    (Some(least), Some(most)) if least == most => above(least) && below(least),
                    (Some(least), Some(most)) => least < most,
                    _ => true,
                }
            }
            _ => true,
        }
    }

    fn meets(&self, test: &Test) -> bool {
        match (test, self) {
            (Test::True, Self::Bool(b)) => *b,
            (Test::Null, Self::Null) => true,
            (Test::Word(w), Self::Word(word)) => w == word,
            (Test::Less(n), Self::Point(p)) => p < n,
            (Test::Less(n), Self::Stretch(_, high)) => high.is_some_and(|h| h <= *n),
            (Test::Number(n), Self::Point(p)) => p == n,
            _ => false,
        }
    }

    fn show(&self, is_span: bool) -> String {
        let number = |n: Decimal| {
            if is_span { duration::print(n) } else { n.normalize().to_string() }
        };
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(b) => b.to_string(),
            Self::Word(w) => format!("{w:?}"),
            Self::OtherWord => "anything else".to_owned(),
            Self::Point(p) => number(*p),
            Self::Stretch(None, Some(high)) => format!("less than {}", number(*high)),
            Self::Stretch(Some(low), None) => format!("more than {}", number(*low)),
            Self::Stretch(Some(low), Some(high)) => {
                format!("between {} and {}", number(*low), number(*high))
            }
            Self::Stretch(None, None) => "any number".to_owned(),
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
