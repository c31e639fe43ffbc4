//! Formulas over variables with few values each, and what a variable may be.

use std::collections::BTreeSet;

use flow_bundle::bundle::Limits;
use flow_bundle::expr::Expr;
use rust_decimal::Decimal;

/// A condition over the variables of a [`crate::guard::Space`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Formula {
    /// Always or never.
    Constant(bool),
    /// A test of one variable, by its index.
    Test(usize, Test),
    /// The opposite.
    Not(Box<Formula>),
    /// All hold; none: always.
    All(Vec<Formula>),
    /// One holds; none: never.
    Any(Vec<Formula>),
}

impl Formula {
    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Constant(b) => Self::Constant(!b),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// All of these.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, false).map_or_else(Self::Constant, Self::All)
    }

    /// One of these.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, true).map_or_else(Self::Constant, Self::Any)
    }

    /// `if condition { then } else { otherwise }`.
    #[must_use]
    pub fn choose(condition: Self, then: Self, otherwise: Self) -> Self {
        match condition {
            Self::Constant(true) => then,
            Self::Constant(false) => otherwise,
            condition => Self::any([
                Self::all([condition.clone(), then]),
                Self::all([condition.negate(), otherwise]),
            ]),
        }
    }

    /// The parts that matter; `Err` where the whole is constant.
    fn join(parts: impl IntoIterator<Item = Self>, decisive: bool) -> Result<Vec<Self>, bool> {
        let mut left = Vec::new();
        for part in parts {
            match part {
                Self::Constant(b) if b == decisive => return Err(decisive),
                Self::Constant(_) => {}
                other => left.push(other),
            }
        }
        if left.is_empty() { Err(!decisive) } else { Ok(left) }
    }
}

/// What is asked of a variable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// A bool is true.
    True,
    /// There is no value.
    Null,
    /// A string is this word; a target has this address.
    Word(String),
    /// A number or span is less than this.
    Less(Decimal),
    /// A number or span is this.
    Number(Decimal),
    /// Of two things that are compared: how the first stands to the second.
    Stands(Order),
}

/// How one thing stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Order {
    Less,
    Equal,
    Greater,
}

/// A variable: something whose value a bundle does not say.
#[derive(Debug, Clone)]
pub struct Variable {
    /// What it stands for.
    pub term: Expr,
    /// Whether it may be null and that could matter.
    pub null: bool,
    /// What it may be.
    pub domain: Domain,
    /// Bounds of a text, for values that a person can try.
    pub limits: Limits,
    /// Whether its words are addresses of targets.
    pub is_target: bool,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Unit {
    One,
    Seconds,
}

/// The values of a variable that can be told apart.
#[derive(Debug, Clone)]
pub enum Domain {
    /// True or false.
    Bool,
    /// Words; `closed` where there is no other.
    Words {
        /// The words that are possible or asked for.
        words: BTreeSet<String>,
        /// Whether there is no other.
        closed: bool,
    },
    /// Numbers between bounds, told apart at points.
    Numbers {
        /// Where something changes.
        points: BTreeSet<Decimal>,
        /// The only values, where the author lists them.
        only: Option<Vec<Decimal>>,
        /// Least and greatest value.
        bounds: (Option<Decimal>, Option<Decimal>),
        /// Whole numbers only.
        whole: bool,
        /// What is counted.
        unit: Unit,
    },
    /// Two things that are compared; `ordered` where they can be more than equal or not.
    Pair {
        /// Whether there is a less and a greater.
        ordered: bool,
    },
}
