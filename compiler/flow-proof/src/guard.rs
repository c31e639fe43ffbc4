//! Conditions as formulas over variables with few values each.
//!
//! Constants are folded; strings are told apart by the words they are compared with, numbers by the
//! bounds; everything else is a free variable. What is free may be anything, so a formula that
//! cannot hold here cannot hold in a run, while one that can hold here may still be impossible.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::{Field, Flow};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::expr::{BinaryOp, Expr, UnaryOp};
use flow_bundle::types::Type;
use flow_bundle::value::Value;
use flow_bundle::walk;
use rust_decimal::Decimal;

use crate::show::show;

/// A condition over the variables of a [`Space`].
#[derive(Debug, Clone, PartialEq, Eq)]
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

    fn choose(condition: Self, then: Self, otherwise: Self) -> Self {
        match condition {
            Self::Constant(true) => then,
            Self::Constant(false) => otherwise,
            condition => Self::Any(vec![
                Self::All(vec![condition.clone(), then]),
                Self::All(vec![condition.negate(), otherwise]),
            ]),
        }
    }
}

/// What is asked of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// A bool is true.
    True,
    /// There is no value.
    Null,
    /// A string is this word.
    Word(String),
    /// A number or span is less than this.
    Less(Decimal),
    /// A number or span is this.
    Number(Decimal),
}

/// A variable: something whose value a bundle does not say.
#[derive(Debug, Clone)]
pub struct Variable {
    /// As the author would write it.
    pub name: String,
    /// Whether a span of time; for printing.
    pub is_span: bool,
    /// Whether it may be null and that could matter.
    pub null: bool,
    /// What it may be.
    pub domain: Domain,
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
    },
}

/// The variables that the conditions of one flow speak about.
#[derive(Debug)]
pub struct Space<'b> {
    flow: &'b Flow,
    /// By index.
    pub variables: Vec<Variable>,
    known: BTreeMap<String, usize>,
    places: usize,
}

/// Largest expression that is looked into; a larger one is free.
const NODES_MAX: usize = 20_000;

impl<'b> Space<'b> {
    /// No variables yet.
    #[must_use]
    pub const fn of(flow: &'b Flow) -> Self {
        Self { flow, variables: Vec::new(), known: BTreeMap::new(), places: 0 }
    }

    /// The condition that a bool expression is.
    pub fn formula(&mut self, expr: &Expr) -> Formula {
        // What changes with time is another variable at each place.
        self.places += 1;
        match inlined(expr) {
            Some(plain) => self.condition(&plain),
            None => self.free(expr),
        }
    }

    /// The values an expression can have at its ends (`c ? 1 : 2` has two), each with its
    /// condition.
    pub fn leaves(&mut self, expr: &Expr) -> Vec<(Formula, Expr)> {
        self.places += 1;
        let plain = inlined(expr).unwrap_or_else(|| expr.clone());
        let mut leaves = Vec::new();
        self.split(&plain, &[], &mut leaves);
        leaves
    }

    fn split(&mut self, expr: &Expr, above: &[Formula], leaves: &mut Vec<(Formula, Expr)>) {
        let Expr::If(c, a, b) = expr else {
            leaves.push((Formula::All(above.to_vec()), expr.clone()));
            return;
        };
        let c = self.condition(c);
        self.split(a, &[above, std::slice::from_ref(&c)].concat(), leaves);
        self.split(b, &[above, &[c.negate()]].concat(), leaves);
    }

    fn condition(&mut self, expr: &Expr) -> Formula {
        if let Some(value) = constant(expr) {
            return match value {
                Value::Bool(b) => Formula::Constant(b),
                _ => self.free(expr),
            };
        }
        match expr {
            Expr::Unary(UnaryOp::Not, a) => self.condition(a).negate(),
            Expr::Binary(BinaryOp::And, a, b) => {
                Formula::All(vec![self.condition(a), self.condition(b)])
            }
            Expr::Binary(BinaryOp::Or, a, b) => {
                Formula::Any(vec![self.condition(a), self.condition(b)])
            }
            Expr::Binary(op, a, b) => self.comparison(*op, a, b, expr),
            Expr::If(c, a, b) => {
                let c = self.condition(c);
                Formula::choose(c, self.condition(a), self.condition(b))
            }
            Expr::Call(id, args) if id == "contains@1" => match args.as_slice() {
                [Expr::List(items), x] => Formula::Any(
                    items.iter().map(|i| self.comparison(BinaryOp::Equal, x, i, expr)).collect(),
                ),
                _ => self.free(expr),
            },
            _ => self.free(expr),
        }
    }

    fn comparison(&mut self, op: BinaryOp, a: &Expr, b: &Expr, whole: &Expr) -> Formula {
        match (a, b) {
            (Expr::If(c, x, y), _) => {
                let c = self.condition(c);
                let (x, y) = (self.comparison(op, x, b, whole), self.comparison(op, y, b, whole));
                Formula::choose(c, x, y)
            }
            (_, Expr::If(c, x, y)) => {
                let c = self.condition(c);
                let (x, y) = (self.comparison(op, a, x, whole), self.comparison(op, a, y, whole));
                Formula::choose(c, x, y)
            }
            _ => match (constant(a), constant(b)) {
                (Some(_), Some(_)) => {
                    let both = Expr::Binary(op, Box::new(a.clone()), Box::new(b.clone()));
                    match constant(&both) {
                        Some(Value::Bool(holds)) => Formula::Constant(holds),
                        _ => self.free(&both),
                    }
                }
                (None, Some(value)) => self.test(op, a, &value, whole),
                (Some(value), None) => self.test(turned(op), b, &value, whole),
                (None, None) => self.free(whole),
            },
        }
    }

    /// `term op value`.
    fn test(&mut self, op: BinaryOp, term: &Expr, value: &Value, whole: &Expr) -> Formula {
        let found = match value {
            Value::Bool(true) => Some(self.condition(term)),
            Value::Bool(false) => {
                // Null is not false; an operator is never null.
                let mut all = vec![self.condition(term).negate()];
                let not_null = match term {
                    Expr::Unary(..) | Expr::Binary(..) | Expr::If(..) => None,
                    _ => self.ask(term, Test::Null).map(Formula::negate),
                };
                all.extend(not_null);
                Some(Formula::All(all))
            }
            Value::Null => self.ask(term, Test::Null),
            Value::String(s) => self.ask(term, Test::Word(s.clone())),
            Value::Number(n) | Value::Duration(n) => return self.order(op, term, *n, whole),
            _ => None,
        };
        match (op, found) {
            (BinaryOp::Equal, Some(found)) => found,
            (BinaryOp::NotEqual, Some(found)) => found.negate(),
            _ => self.free(whole),
        }
    }

    fn order(&mut self, op: BinaryOp, term: &Expr, n: Decimal, whole: &Expr) -> Formula {
        let (Some(less), Some(is)) =
            (self.ask(term, Test::Less(n)), self.ask(term, Test::Number(n)))
        else {
            return self.free(whole);
        };
        match op {
            BinaryOp::Equal => is,
            BinaryOp::NotEqual => is.negate(),
            BinaryOp::Less => less,
            BinaryOp::LessOrEqual => Formula::Any(vec![less, is]),
            BinaryOp::Greater => Formula::Any(vec![less, is]).negate(),
            BinaryOp::GreaterOrEqual => less.negate(),
            _ => self.free(whole),
        }
    }

    /// A free condition: the same expression is the same variable, unless time can change it.
    fn free(&mut self, expr: &Expr) -> Formula {
        self.ask(expr, Test::True).unwrap_or_else(|| {
            // Asked before as something else: a variable of its own.
            let i = self.add(expr, Domain::Bool, false);
            Formula::Test(i, Test::True)
        })
    }

    /// The test of the variable that `term` is; `None` where it was of another kind before.
    fn ask(&mut self, term: &Expr, test: Test) -> Option<Formula> {
        let place = if lasts(term) { 0 } else { self.places };
        let key = format!("{place} {}", term.to_json());
        let i = match self.known.get(&key) {
            Some(i) => *i,
            None => {
                let field = self.field(term).cloned();
                let (domain, is_span) = domain(field.as_ref(), &test);
                let i = self.add(term, domain, is_span);
                // A closed list of values says nothing about a field that is left empty.
                if let Some(variable) = self.variables.get_mut(i) {
                    variable.null = field.as_ref().is_some_and(|f| !always_given(f));
                }
                self.known.insert(key, i);
                i
            }
        };
        let never_null = self.field(term).is_some_and(always_given);
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
            _ => return None,
        }
        Some(Formula::Test(i, test))
    }

    fn add(&mut self, term: &Expr, domain: Domain, is_span: bool) -> usize {
        self.variables.push(Variable { name: show(term), is_span, null: false, domain });
        self.variables.len() - 1
    }

    fn field(&self, term: &Expr) -> Option<&Field> {
        let Expr::Get(path) = term else { return None };
        match path.as_slice() {
            [request, fields, name] if request == "request" && fields == "fields" => {
                self.flow.fields.iter().find(|f| f.name == *name)
            }
            _ => None,
        }
    }
}

/// Whether a field has a value in every request.
fn always_given(field: &Field) -> bool {
    let yes = |e: &Expr| constant(e) == Some(Value::Bool(true));
    yes(&field.visible) && yes(&field.required)
}

fn domain(field: Option<&Field>, test: &Test) -> (Domain, bool) {
    let ty = field.map(|f| &f.ty);
    match (ty, test) {
        (Some(Type::Enum(words)), _) => {
            (Domain::Words { words: words.iter().cloned().collect(), closed: true }, false)
        }
        (Some(Type::Bool), _) | (_, Test::True) => (Domain::Bool, false),
        (Some(Type::Number | Type::Duration), _) | (_, Test::Less(_) | Test::Number(_)) => {
            let limits = field.map(|f| f.limits.clone()).unwrap_or_default();
            let only = field.and_then(|f| f.allowed.as_ref()).and_then(numbers);
            let domain = Domain::Numbers {
                points: BTreeSet::new(),
                only,
                bounds: (limits.min, limits.max),
                whole: limits.integer,
            };
            (domain, matches!(ty, Some(Type::Duration)))
        }
        _ => (Domain::Words { words: BTreeSet::new(), closed: false }, false),
    }
}

/// The numbers or spans of a constant list.
pub(crate) fn numbers(list: &Expr) -> Option<Vec<Decimal>> {
    let Some(Value::List(items)) = constant(list) else { return None };
    let number = |v: &Value| match v {
        Value::Number(n) | Value::Duration(n) => Some(*n),
        _ => None,
    };
    items.iter().map(number).collect()
}

/// The value of an expression that reads nothing.
pub(crate) fn constant(expr: &Expr) -> Option<Value> {
    let mut reads = false;
    walk::each(expr, &mut |e| {
        reads |= matches!(e, Expr::Get(_) | Expr::Ref(_) | Expr::Local(_) | Expr::Secret(_));
        reads |= matches!(e, Expr::Call(id, _) if id.starts_with("now@"));
    });
    if reads { None } else { eval(expr, &Scope::new()).ok() }
}

/// Whether the value is the same wherever in a request's life it is asked.
fn lasts(expr: &Expr) -> bool {
    let mut lasts = true;
    walk::each(expr, &mut |e| match e {
        Expr::Get(path) => {
            let root = path.first().map_or("", String::as_str);
            lasts &= matches!(root, "request" | "steps" | "flow" | "env");
        }
        Expr::Call(id, _) if id.starts_with("now@") => lasts = false,
        _ => {}
    });
    lasts
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

/// The expression without bound names; `None` where it is too large to look into.
fn inlined(expr: &Expr) -> Option<Expr> {
    inline(expr, &BTreeMap::new(), &mut { NODES_MAX })
}

/// Puts bound names in place in the parts of an expression that conditions are made of; `None`
/// where it would become too large.
fn inline(expr: &Expr, bound: &BTreeMap<&str, Expr>, left: &mut usize) -> Option<Expr> {
    *left = left.checked_sub(1)?;
    let mut part = |e: &Expr| inline(e, bound, left).map(Box::new);
    Some(match expr {
        Expr::Local(name) => match bound.get(name.as_str()) {
            Some(value) => {
                let mut nodes = 0;
                walk::each(value, &mut |_| nodes += 1);
                *left = left.checked_sub(nodes)?;
                value.clone()
            }
            None => expr.clone(),
        },
        Expr::Let(list, body) => {
            let mut inner = bound.clone();
            for (name, e) in list {
                let value = inline(e, &inner, left)?;
                inner.insert(name, value);
            }
            inline(body, &inner, left)?
        }
        Expr::Unary(op, a) => Expr::Unary(*op, part(a)?),
        Expr::Binary(op, a, b) => Expr::Binary(*op, part(a)?, part(b)?),
        Expr::If(c, a, b) => Expr::If(part(c)?, part(a)?, part(b)?),
        Expr::Attr(a, name) => Expr::Attr(part(a)?, name.clone()),
        Expr::At(a, b) => Expr::At(part(a)?, part(b)?),
        Expr::Call(id, args) => {
            let args = args.iter().map(|a| inline(a, bound, left)).collect::<Option<_>>()?;
            Expr::Call(id.clone(), args)
        }
        other => other.clone(),
    })
}
