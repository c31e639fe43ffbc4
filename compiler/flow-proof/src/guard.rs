//! Conditions as formulas.
//!
//! Constants are folded; strings are told apart by the words they are compared with, numbers by the
//! bounds; what reads only closed fields is tried with each of their values; everything else is a
//! free variable. What is free may be anything, so a formula that cannot hold here cannot hold in a
//! run, while one that can hold here may still be impossible.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use flow_bundle::bundle::{Bundle, Flow};
use flow_bundle::expr::{BinaryOp, Expr, UnaryOp};
use flow_bundle::value::Value;
use rust_decimal::Decimal;

use crate::cell::Cell;
use crate::constant::constant;
use crate::finite;
use crate::formula::{Domain, Formula, Order, Test, Variable};
use crate::inline::{Around, inlined};
use crate::term::{self, always_given};
use crate::together::{Together, variables};

/// The variables that the conditions of one flow speak about, or of two versions of it.
#[derive(Debug)]
pub struct Space<'b> {
    pub(crate) bundle: &'b Bundle,
    pub(crate) flow: &'b Flow,
    /// By index.
    pub variables: Vec<Variable>,
    /// Which variable a term is, and where: what changes with time is another one at each place.
    known: BTreeMap<Place, Vec<(Expr, usize)>>,
    place: usize,
    reading: Reading<'b>,
    /// What holds of the fields of every request that somebody can make, each with its field.
    given: Vec<(usize, Formula)>,
    /// The values of each variable, once they were wanted.
    cells: RefCell<BTreeMap<usize, Rc<[Cell]>>>,
}

/// Whose expressions are read.
#[derive(Debug, Clone, Copy)]
struct Reading<'b> {
    bundle: &'b Bundle,
    flow: &'b Flow,
    /// Steps that are not the same in both versions, when the older is read.
    other: Option<&'b BTreeSet<String>>,
}

/// Where a variable keeps its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Everywhere,
    /// Only in the n-th condition that was read.
    Here(usize),
    /// Only in the older version.
    Older,
}

impl<'b> Space<'b> {
    /// No variables yet. Requests are those that `flow` takes.
    #[must_use]
    pub const fn of(bundle: &'b Bundle, flow: &'b Flow) -> Self {
        let reading = Reading { bundle, flow, other: None };
        Self {
            bundle,
            flow,
            variables: Vec::new(),
            known: BTreeMap::new(),
            place: 0,
            reading,
            given: Vec::new(),
            cells: RefCell::new(BTreeMap::new()),
        }
    }

    /// All that a variable may be.
    pub(crate) fn cells(&self, variable: usize) -> Rc<[Cell]> {
        let mut known = self.cells.borrow_mut();
        let all = || self.variables.get(variable).map(Cell::all).unwrap_or_default().into();
        Rc::clone(known.entry(variable).or_insert_with(all))
    }

    /// From here on expressions of this older version are read. What `changed` steps answer there
    /// has nothing to do with what they answer in the newer one.
    pub fn read_older(
        &mut self,
        bundle: &'b Bundle,
        flow: &'b Flow,
        changed: &'b BTreeSet<String>,
    ) {
        self.reading = Reading { bundle, flow, other: Some(changed) };
    }

    /// From here on expressions of the flow itself are read.
    pub const fn read_newer(&mut self) {
        self.reading = Reading { bundle: self.bundle, flow: self.flow, other: None };
    }

    /// Begins another moment: what changes with time may differ from here on.
    pub const fn moment(&mut self) {
        self.place += 1;
    }

    /// The condition that a bool expression is, at a moment of its own.
    pub fn formula(&mut self, expr: &Expr) -> Formula {
        self.moment();
        self.formula_again(expr)
    }

    /// The condition that a bool expression is, at the same moment as the one before.
    pub fn formula_again(&mut self, expr: &Expr) -> Formula {
        if let Expr::Bool(b) = expr {
            return Formula::Constant(*b);
        }
        match self.inlined(expr) {
            Some(plain) => self.condition(&plain),
            None => self.free(expr),
        }
    }

    /// The values an expression can have at its ends (`c ? 1 : 2` has two), each with its
    /// condition.
    pub fn leaves(&mut self, expr: &Expr) -> Vec<(Formula, Expr)> {
        self.moment();
        self.leaves_again(expr)
    }

    /// The same, at the same moment as the condition before.
    pub fn leaves_again(&mut self, expr: &Expr) -> Vec<(Formula, Expr)> {
        let plain = self.inlined(expr).unwrap_or(Cow::Borrowed(expr));
        let mut leaves = Vec::new();
        self.split(&plain, &Formula::Constant(true), &mut leaves);
        leaves
    }

    fn inlined<'e>(&self, expr: &'e Expr) -> Option<Cow<'e, Expr>> {
        inlined(expr, Around { bundle: self.reading.bundle, flow: self.reading.flow })
    }

    fn split(&mut self, expr: &Expr, above: &Formula, leaves: &mut Vec<(Formula, Expr)>) {
        let Expr::If(c, a, b) = expr else {
            leaves.push((above.clone(), expr.clone()));
            return;
        };
        let c = self.condition(c);
        self.split(a, &Formula::all([above.clone(), c.clone()]), leaves);
        self.split(b, &Formula::all([above.clone(), c.negate()]), leaves);
    }

    pub(crate) fn condition(&mut self, expr: &Expr) -> Formula {
        match expr {
            Expr::Bool(b) => Formula::Constant(*b),
            Expr::Unary(UnaryOp::Not, a) => self.condition(a).negate(),
            Expr::Binary(BinaryOp::And, a, b) => {
                Formula::all([self.condition(a), self.condition(b)])
            }
            Expr::Binary(BinaryOp::Or, a, b) => {
                Formula::any([self.condition(a), self.condition(b)])
            }
            Expr::Binary(op, a, b) => self.comparison(*op, a, b, expr),
            Expr::If(c, a, b) => {
                let c = self.condition(c);
                Formula::choose(c, self.condition(a), self.condition(b))
            }
            Expr::Call(id, args) if id == "contains@1" => match args.as_slice() {
                [Expr::List(items), x] if constant(self.reading.bundle, expr).is_none() => {
                    Formula::any(
                        items
                            .iter()
                            .map(|i| self.comparison(BinaryOp::Equal, x, i, expr))
                            .collect::<Vec<_>>(),
                    )
                }
                _ => self.other(expr),
            },
            _ => self.other(expr),
        }
    }

    /// What has no form of its own: a constant, a table of the values of closed fields, or free.
    fn other(&mut self, expr: &Expr) -> Formula {
        match constant(self.reading.bundle, expr) {
            Some(Value::Bool(b)) => return Formula::Constant(b),
            Some(_) => return self.free(expr),
            None => {}
        }
        if matches!(expr, Expr::Get(path) if !finite::is_part(path)) {
            return self.free(expr);
        }
        finite::table(self, expr).unwrap_or_else(|| self.free(expr))
    }

    fn comparison(&mut self, op: BinaryOp, a: &Expr, b: &Expr, whole: &Expr) -> Formula {
        match (a, b) {
            (Expr::If(c, x, y), _) => {
                let c = self.condition(c);
                let (x, y) = (self.comparison(op, x, b, whole), self.comparison(op, y, b, whole));
                return Formula::choose(c, x, y);
            }
            (_, Expr::If(c, x, y)) => {
                let c = self.condition(c);
                let (x, y) = (self.comparison(op, a, x, whole), self.comparison(op, a, y, whole));
                return Formula::choose(c, x, y);
            }
            _ => {}
        }
        let both = || Expr::Binary(op, Box::new(a.clone()), Box::new(b.clone()));
        match (constant(self.reading.bundle, a), constant(self.reading.bundle, b)) {
            (Some(_), Some(_)) => match constant(self.reading.bundle, &both()) {
                Some(Value::Bool(holds)) => Formula::Constant(holds),
                _ => self.free(&both()),
            },
            (None, Some(value)) => self.test(op, a, &value, &both()),
            (Some(value), None) => self.test(turned(op), b, &value, &both()),
            // Evaluated twice at one moment, the same expression has the same value.
            (None, None) if a == b => match op {
                BinaryOp::Equal | BinaryOp::LessOrEqual | BinaryOp::GreaterOrEqual => {
                    Formula::Constant(true)
                }
                BinaryOp::NotEqual | BinaryOp::Less | BinaryOp::Greater => Formula::Constant(false),
                _ => self.free(whole),
            },
            (None, None) => match finite::table(self, &both()) {
                Some(table) => table,
                None => self.pair(op, a, b),
            },
        }
    }

    /// `term op value`.
    fn test(&mut self, op: BinaryOp, term: &Expr, value: &Value, whole: &Expr) -> Formula {
        let is_plain = match term {
            Expr::Get(path) => !finite::is_part(path),
            Expr::Unary(..) | Expr::Binary(..) => matches!(value, Value::Bool(_)),
            _ => false,
        };
        if !is_plain && let Some(table) = finite::table(self, whole) {
            return table;
        }
        let found = match value {
            Value::Bool(true) => Some(self.condition(term)),
            Value::Bool(false) => {
                // Null is not false; an operator is never null.
                let mut all = vec![self.condition(term).negate()];
                let not_null = match term {
                    Expr::Unary(..) | Expr::Binary(..) => None,
                    _ => self.ask(term, Test::Null).map(Formula::negate),
                };
                all.extend(not_null);
                Some(Formula::all(all))
            }
            Value::Null => self.ask(term, Test::Null),
            Value::String(s) => self.ask(term, Test::Word(s.clone())),
            Value::Target(t) => self.ask(term, Test::Word(t.address.clone())),
            Value::Number(n) | Value::Duration(n) => self.order(op, term, *n),
            _ => None,
        };
        let is_order = matches!(value, Value::Number(_) | Value::Duration(_));
        match (op, found) {
            (_, Some(found)) if is_order => found,
            (BinaryOp::Equal, Some(found)) => found,
            (BinaryOp::NotEqual, Some(found)) => found.negate(),
            _ => match whole {
                Expr::Binary(op, a, b) => self.pair(*op, a, b),
                _ => self.free(whole),
            },
        }
    }

    fn order(&mut self, op: BinaryOp, term: &Expr, n: Decimal) -> Option<Formula> {
        let (less, is) = (self.ask(term, Test::Less(n))?, self.ask(term, Test::Number(n))?);
        Some(match op {
            BinaryOp::Equal => is,
            BinaryOp::NotEqual => is.negate(),
            BinaryOp::Less => less,
            BinaryOp::LessOrEqual => Formula::any([less, is]),
            BinaryOp::Greater => Formula::any([less, is]).negate(),
            BinaryOp::GreaterOrEqual => less.negate(),
            _ => return None,
        })
    }

    /// Two things of which neither is known: one variable says how they stand to each other.
    fn pair(&mut self, op: BinaryOp, a: &Expr, b: &Expr) -> Formula {
        use BinaryOp as B;
        let (op, a, b) = if key(a) <= key(b) { (op, a, b) } else { (turned(op), b, a) };
        let term = Expr::Binary(B::Equal, Box::new(a.clone()), Box::new(b.clone()));
        let mut stands = |order| self.ask(&term, Test::Stands(order));
        let found = match op {
            B::Equal => stands(Order::Equal),
            B::NotEqual => stands(Order::Equal).map(Formula::negate),
            B::Less => stands(Order::Less),
            B::Greater => stands(Order::Greater),
            B::LessOrEqual => stands(Order::Greater).map(Formula::negate),
            B::GreaterOrEqual => stands(Order::Less).map(Formula::negate),
            _ => None,
        };
        found.unwrap_or_else(|| {
            self.free(&Expr::Binary(op, Box::new(a.clone()), Box::new(b.clone())))
        })
    }

    /// A free condition: the same expression is the same variable, unless time can change it.
    fn free(&mut self, expr: &Expr) -> Formula {
        self.ask(expr, Test::True).unwrap_or_else(|| {
            // Asked before as something else: a variable of its own.
            let i = self.add(term::variable(self.bundle, self.flow, expr, &Test::True));
            self.cells.get_mut().remove(&i);
            if let Some(variable) = self.variables.get_mut(i) {
                variable.domain = Domain::Bool;
            }
            Formula::Test(i, Test::True)
        })
    }

    /// The test of the variable that `term` is; `None` where it was of another kind before.
    pub(crate) fn ask(&mut self, term: &Expr, test: Test) -> Option<Formula> {
        let place = self.place_of(term);
        let known = self.known.get(&place).and_then(|all| all.iter().find(|(t, _)| t == term));
        let i = match known {
            Some((_, i)) => *i,
            None => {
                let i = self.add(term::variable(self.bundle, self.flow, term, &test));
                self.known.entry(place).or_default().push((term.clone(), i));
                self.know_field(term, i);
                i
            }
        };
        let never_null = term::field(self.flow, term).is_some_and(always_given);
        // What is asked now may tell values apart that were one.
        self.cells.get_mut().remove(&i);
        let variable = self.variables.get_mut(i)?;
        match (&test, &mut variable.domain) {
            (Test::Null, _) if never_null => return Some(Formula::Constant(false)),
            (Test::Null, _) => variable.null = true,
            (Test::True, Domain::Bool) => {}
            (Test::Word(word), Domain::Words { words, closed }) => {
                if *closed && !words.contains(word) {
                    return Some(Formula::Constant(false));
                }
                words.insert(word.clone());
            }
            (Test::Less(n) | Test::Number(n), Domain::Numbers { points, .. }) => {
                points.insert(*n);
            }
            (Test::Stands(order), Domain::Pair { ordered }) => {
                *ordered |= *order != Order::Equal;
            }
            _ => return None,
        }
        Some(Formula::Test(i, test))
    }

    /// A field is empty where it is not shown, and is not where it is shown and required.
    fn know_field(&mut self, term: &Expr, i: usize) {
        let Some(field) = term::field(self.flow, term).filter(|f| !always_given(f)) else { return };
        if field.visible == Expr::Bool(true) && field.required == Expr::Bool(false) {
            return;
        }
        // Requests are those of the newer version, and the form has a moment of its own.
        let newer = Reading { bundle: self.bundle, flow: self.flow, other: None };
        let before = (std::mem::replace(&mut self.reading, newer), self.place);
        self.place = usize::MAX - i;
        let visible = self.formula_again(&field.visible);
        let required = self.formula_again(&field.required);
        (self.reading, self.place) = before;
        if let Some(variable) = self.variables.get_mut(i) {
            variable.null = true;
        }
        self.cells.get_mut().remove(&i);
        let empty = Formula::Test(i, Test::Null);
        let hidden = Formula::any([visible.clone(), empty.clone()]);
        let filled = Formula::any([visible.negate(), required.negate(), empty.negate()]);
        self.given.extend([(i, hidden), (i, filled)]);
    }

    /// What holds of the fields that these speak about in every request that somebody can make, and
    /// of the fields that this in turn speaks about.
    pub(crate) fn given(&self, together: &[&Together<'_>]) -> Vec<&Formula> {
        if self.given.is_empty() {
            return Vec::new();
        }
        let mut spoken: BTreeSet<usize> = together.iter().flat_map(|t| t.speaks()).collect();
        let mut found = Vec::new();
        // Whether a field is shown depends on those above it, of which more was known before.
        for (field, formula) in self.given.iter().rev() {
            if spoken.contains(field) {
                variables(formula, &mut spoken);
                found.push(formula);
            }
        }
        found
    }

    fn place_of(&self, expr: &Expr) -> Place {
        match self.reading.other {
            Some(changed) if term::reads_steps(expr, changed) => Place::Older,
            _ if term::lasts(expr) => Place::Everywhere,
            _ => Place::Here(self.place),
        }
    }

    fn add(&mut self, variable: Variable) -> usize {
        self.variables.push(variable);
        self.variables.len() - 1
    }
}

/// A text by which expressions are ordered.
fn key(expr: &Expr) -> String {
    expr.to_json().to_string()
}

const fn turned(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessOrEqual => BinaryOp::GreaterOrEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterOrEqual => BinaryOp::LessOrEqual,
        other => other,
    }
}
