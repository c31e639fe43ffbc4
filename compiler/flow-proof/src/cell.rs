//! Cells: the values of a variable that no test tells apart, taken together.

use rust_decimal::Decimal;

use crate::formula::{Domain, Order, Test, Variable};

/// One value, or a stretch of values that no test tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Bool(bool),
    Word(String),
    OtherWord,
    /// One number, standing for itself.
    Point(Decimal),
    /// All between the two, ends left out.
    Stretch(Option<Decimal>, Option<Decimal>),
    Stands(Order),
}

impl Cell {
    /// All that a variable may be.
    pub(crate) fn all(variable: &Variable) -> Vec<Self> {
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
            Domain::Pair { ordered: true } => {
                [Order::Less, Order::Equal, Order::Greater].map(Self::Stands).into()
            }
            Domain::Pair { ordered: false } => [Order::Equal, Order::Less].map(Self::Stands).into(),
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
            Self::Stretch(low, high) => inside((*low, *high), (min, max), whole).is_some(),
            Self::Null | Self::Bool(_) | Self::Word(_) | Self::OtherWord | Self::Stands(_) => true,
        }
    }

    pub(crate) fn meets(&self, test: &Test) -> bool {
        match (test, self) {
            (Test::True, Self::Bool(b)) => *b,
            (Test::Null, Self::Null) => true,
            (Test::Word(w), Self::Word(word)) => w == word,
            (Test::Less(n), Self::Point(p)) => p < n,
            (Test::Less(n), Self::Stretch(_, high)) => high.is_some_and(|h| h <= *n),
            (Test::Number(n), Self::Point(p)) => p == n,
            (Test::Stands(a), Self::Stands(b)) => a == b,
            _ => false,
        }
    }
}

type Bounds = (Option<Decimal>, Option<Decimal>);

/// A number between `low` and `high` (ends left out) that is within the bounds (ends included), a
/// round one where there is a choice; `None` where there is none.
pub(crate) fn inside((low, high): Bounds, (min, max): Bounds, whole: bool) -> Option<Decimal> {
    let fits = |n: Decimal| {
        low.is_none_or(|l| n > l)
            && high.is_none_or(|h| n < h)
            && min.is_none_or(|m| n >= m)
            && max.is_none_or(|m| n <= m)
    };
    let above = [low.and_then(next), min.map(|m| m.ceil())].into_iter().flatten().max();
    let below = [high.and_then(before), max.map(|m| m.floor())].into_iter().flatten().min();
    if let Some(round) =
        [above, below, Some(Decimal::ZERO)].into_iter().flatten().find(|n| fits(*n))
    {
        return Some(round);
    }
    if whole {
        // No whole number lies beside both ends, so none lies between them.
        return None;
    }
    let least = [low, min].into_iter().flatten().max();
    let most = [high, max].into_iter().flatten().min();
    let middle = match (least, most) {
        (Some(a), Some(b)) => a.checked_add(b).and_then(|sum| sum.checked_div(Decimal::TWO)),
        _ => None,
    };
    [middle, min, max].into_iter().flatten().find(|n| fits(*n))
}

fn next(n: Decimal) -> Option<Decimal> {
    n.floor().checked_add(Decimal::ONE)
}

fn before(n: Decimal) -> Option<Decimal> {
    n.ceil().checked_sub(Decimal::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_a_person_can_try() {
        let n = |text: &str| text.parse::<Decimal>().ok();
        for (low, high, min, max, whole, expected) in [
            ("", "", "", "", false, "0"),
            ("", "70", "", "", false, "69"),
            ("70", "", "", "", false, "71"),
            ("1", "2", "", "", false, "1.5"),
            ("1", "2", "", "", true, ""),
            ("0", "3", "2", "", true, "2"),
            ("0", "3", "", "0.5", false, "0.25"),
            ("", "1", "1", "", false, ""),
            ("", "1", "", "0", true, "0"),
            ("2", "", "", "2", false, ""),
        ] {
            let found = inside((n(low), n(high)), (n(min), n(max)), whole);
            assert_eq!(found, n(expected), "{low}..{high} in {min}..={max}");
        }
    }
}
