//! The evaluator: a value for an expression, or one error out of a closed set.
//!
//! Total and bounded: 100,000 steps, 1 MiB per result, no recursion deeper than the loader allows,
//! no clock. Types were checked by the compiler; what does not fit at run time is a `conversion`
//! error and never a panic. Printing is in [`crate::print`], messages in [`crate::render`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bundle::{self, Bundle};
use crate::expr::{Expr, For, UnaryOp};
use crate::function;
use crate::limits::{EVAL_STEPS, EXPR_DEPTH, RESULT_BYTES};
use crate::types::Type;
use crate::value::{Principals, User, Value};

mod access;
pub(crate) mod compare;
mod operate;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use access::count;
pub(crate) use operate::{between, later};
pub use target::{named_target, resolve_target, target_name, without_element};

/// What went wrong: the closed set that stands in journals and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvalErrorKind {
    /// More than 28 digits, or an instant outside the calendar.
    Overflow,
    /// `x / 0` or `x % 0`.
    DivisionByZero,
    /// No such element or key, or several where one was asked for.
    Index,
    /// A null, or nothing at all, where a value is needed.
    Null,
    /// A value that cannot become what is wanted.
    Conversion,
    /// A segment of a path that is empty, `.` or `..`.
    PathSegment,
    /// More than 100,000 steps.
    Fuel,
    /// More than 1 MiB.
    TooLarge,
    /// A replay that came to another result.
    Nondeterministic,
}

impl EvalErrorKind {
    /// The word in journals and tests.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Overflow => "overflow",
            Self::DivisionByZero => "division_by_zero",
            Self::Index => "index",
            Self::Null => "null",
            Self::Conversion => "conversion",
            Self::PathSegment => "path_segment",
            Self::Fuel => "fuel",
            Self::TooLarge => "too_large",
            Self::Nondeterministic => "nondeterministic",
        }
    }

    /// Whether `try` and `can` catch it: an error of the data, not of the evaluation.
    #[must_use]
    pub const fn is_data(self) -> bool {
        !matches!(self, Self::Fuel | Self::TooLarge | Self::Nondeterministic)
    }
}

/// An expression that has no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvalError {
    /// Which of the closed set.
    pub kind: EvalErrorKind,
    /// One sentence for the author of the flow.
    pub message: String,
}

impl EvalError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: EvalErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.word(), self.message)
    }
}

impl std::error::Error for EvalError {}

/// What an evaluation gives.
pub type Evaluated = Result<Value, EvalError>;

/// The names that an expression sees: one value per root (`request`, `requester`, `steps` …), the
/// event's time as `now`, and the bundle whose targets a `ref` may name.
#[derive(Debug, Clone, Default)]
pub struct Scope<'b> {
    roots: BTreeMap<String, Value>,
    targets: Option<&'b BTreeMap<String, bundle::Target>>,
}

impl<'b> Scope<'b> {
    /// A scope without any name: for static expressions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A scope in which references to this bundle's targets resolve.
    #[must_use]
    pub fn of(bundle: &'b Bundle) -> Self {
        Self { roots: BTreeMap::new(), targets: Some(&bundle.targets) }
    }

    /// The same with one more root.
    #[must_use]
    pub fn with(mut self, root: &str, value: Value) -> Self {
        self.set(root, value);
        self
    }

    /// Adds or replaces a root.
    pub fn set(&mut self, root: &str, value: Value) {
        self.roots.insert(root.to_owned(), value);
    }

    /// The value of a root.
    #[must_use]
    pub fn root(&self, name: &str) -> Option<&Value> {
        self.roots.get(name)
    }
}

/// Evaluates an expression.
///
/// # Errors
/// One of the closed set; the scope is never changed.
pub fn eval(expr: &Expr, scope: &Scope<'_>) -> Evaluated {
    let mut steps = EVAL_STEPS;
    eval_within(expr, scope, &mut steps)
}

/// Evaluates an expression in so many steps, and takes those away that it needed.
///
/// # Errors
/// As [`eval`] does.
pub fn eval_within(expr: &Expr, scope: &Scope<'_>, steps: &mut u64) -> Evaluated {
    let mut evaluator = Evaluator { scope, locals: Vec::new(), steps: *steps, depth: 0 };
    let result = evaluator.eval(expr);
    *steps = evaluator.steps;
    result
}

pub(crate) fn conversion(message: impl Into<String>) -> EvalError {
    EvalError::new(EvalErrorKind::Conversion, message)
}

pub(crate) fn null(message: impl Into<String>) -> EvalError {
    EvalError::new(EvalErrorKind::Null, message)
}

pub(crate) fn index(message: impl Into<String>) -> EvalError {
    EvalError::new(EvalErrorKind::Index, message)
}

pub(crate) fn overflow(message: impl Into<String>) -> EvalError {
    EvalError::new(EvalErrorKind::Overflow, message)
}

pub(crate) fn too_large() -> EvalError {
    EvalError::new(EvalErrorKind::TooLarge, "the result is larger than 1 MiB")
}

/// Roughly how many bytes a value takes; small things count as sixteen.
pub(crate) fn size(value: &Value) -> usize {
    16 + match value {
        Value::String(s) | Value::Channel(s) | Value::Secret(s) => s.len(),
        Value::User(u) => {
            let ids: usize = u.identities.iter().map(|(k, v)| k.len() + v.len()).sum();
            u.id.len() + u.email.len() + u.name.len() + u.username.len() + ids
        }
        Value::Target(t) => {
            let settings: usize = t.settings.iter().map(|(k, v)| k.len() + v.len()).sum();
            t.address.len() + t.label.len() + settings
        }
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(map) => map.iter().map(|(k, v)| k.len() + size(v)).sum(),
        Value::Principals(p) => p.size(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Duration(_)
        | Value::Timestamp(_) => 0,
    }
}

struct Evaluator<'e, 's, 'b> {
    scope: &'s Scope<'b>,
    locals: Vec<(&'e str, Value)>,
    steps: u64,
    depth: usize,
}

impl<'e> Evaluator<'e, '_, '_> {
    fn eval(&mut self, expr: &'e Expr) -> Evaluated {
        self.spend(1)?;
        if self.depth >= EXPR_DEPTH {
            return Err(EvalError::new(
                EvalErrorKind::Fuel,
                format!("the expression is nested deeper than {EXPR_DEPTH} levels"),
            ));
        }
        self.depth += 1;
        let result = self.node(expr);
        self.depth -= 1;
        result
    }

    fn spend(&mut self, steps: u64) -> Result<(), EvalError> {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        left.map(drop).ok_or_else(|| {
            EvalError::new(EvalErrorKind::Fuel, format!("more than {EVAL_STEPS} steps"))
        })
    }

    /// Pays for handling a value of this size.
    fn pay(&mut self, bytes: usize) -> Result<(), EvalError> {
        self.spend(u64::try_from(bytes / 1024).unwrap_or(u64::MAX))
    }

    /// The frame of this recurses with the expression: what is not small stands in functions of its
    /// own, which are never put in line.
    fn node(&mut self, expr: &'e Expr) -> Evaluated {
        match expr {
            Expr::Null => Ok(Value::Null),
            Expr::Bool(b) => Ok(Value::Bool(*b)),
            Expr::Number(n) => Ok(Value::Number(*n)),
            Expr::String(s) => Ok(Value::String(s.clone())),
            Expr::Duration(d) => Ok(Value::Duration(*d)),
            Expr::Timestamp(text) => timestamp(text),
            Expr::Get(path) => self.get(path),
            Expr::Local(name) => self.local(name),
            Expr::Set(name) => Ok(Value::Principals(Principals::Named(*name))),
            Expr::Secret(name) => Ok(Value::Secret(name.clone())),
            Expr::Ref(address) => self.reference(address),
            Expr::List(items) => self.list(items),
            Expr::Object(items) => self.object(items),
            Expr::Map(items) => self.map(items),
            Expr::Attr(of, name) => self.attribute(of, name),
            Expr::At(of, at) => self.at(of, at),
            Expr::Splat(of, names) => self.splat(of, names),
            Expr::Unary(op, a) => self.unary(*op, a),
            Expr::Binary(op, a, b) => self.binary(*op, a, b),
            Expr::If(condition, then, otherwise) => {
                let branch = if self.truth(condition)? { then } else { otherwise };
                self.eval(branch)
            }
            Expr::Template(parts) => self.template(parts),
            Expr::Call(id, args) => self.call(id, args),
            Expr::Try(a, b) => self.or_else(a, b),
            Expr::Can(a) => self.can(a),
            Expr::As(a, ty) => self.conform(a, ty),
            Expr::For(f) => self.walk(f),
            Expr::Let(bound, body) => self.bind(bound, body),
        }
    }

    #[inline(never)]
    fn attribute(&mut self, of: &'e Expr, name: &'e str) -> Evaluated {
        let of = self.eval(of)?;
        access::attribute(&of, name)
    }

    #[inline(never)]
    fn unary(&mut self, op: UnaryOp, a: &'e Expr) -> Evaluated {
        let a = self.eval(a)?;
        match op {
            UnaryOp::Not => operate::not(&a),
            UnaryOp::Negate => operate::negate(&a),
        }
    }

    #[inline(never)]
    fn or_else(&mut self, a: &'e Expr, b: &'e Expr) -> Evaluated {
        match self.attempt(a)? {
            Ok(value) => Ok(value),
            Err(_) => self.eval(b),
        }
    }

    #[inline(never)]
    fn can(&mut self, a: &'e Expr) -> Evaluated {
        Ok(Value::Bool(self.attempt(a)?.is_ok()))
    }

    #[inline(never)]
    fn conform(&mut self, a: &'e Expr, ty: &'e Type) -> Evaluated {
        let value = self.eval(a)?;
        self.pay(size(&value))?;
        conform(&value, ty)
    }

    /// Evaluates and keeps an error of the data apart from one that ends the evaluation.
    fn attempt(&mut self, expr: &'e Expr) -> Result<Evaluated, EvalError> {
        let (locals, depth) = (self.locals.len(), self.depth);
        match self.eval(expr) {
            Err(e) if e.kind.is_data() => {
                self.locals.truncate(locals);
                self.depth = depth;
                Ok(Err(e))
            }
            Err(e) => Err(e),
            Ok(value) => Ok(Ok(value)),
        }
    }

    fn truth(&mut self, expr: &'e Expr) -> Result<bool, EvalError> {
        let value = self.eval(expr)?;
        operate::truth(&value)
    }

    #[inline(never)]
    fn get(&mut self, path: &'e [String]) -> Evaluated {
        let (root, rest) = path.split_first().ok_or_else(|| null("an empty path"))?;
        let value =
            self.scope.root(root).ok_or_else(|| null(format!("`{root}` has no value here")))?;
        let found = access::follow(value, root, rest)?;
        self.pay(size(&found))?;
        Ok(found.into_owned())
    }

    #[inline(never)]
    fn local(&mut self, name: &'e str) -> Evaluated {
        let found = self.locals.iter().rev().find(|(n, _)| *n == name).map(|(_, v)| size(v));
        let bytes = found.ok_or_else(|| null(format!("`{name}` has no value here")))?;
        self.pay(bytes)?;
        let value = self.locals.iter().rev().find(|(n, _)| *n == name);
        Ok(value.map_or(Value::Null, |(_, v)| v.clone()))
    }

    #[inline(never)]
    fn reference(&mut self, address: &'e str) -> Evaluated {
        if let Some(group) = address.strip_prefix("group.") {
            return Ok(Value::Principals(Principals::Group(group.to_owned())));
        }
        let name = address.strip_prefix("target.").unwrap_or(address);
        let scope = self.scope;
        let declared = scope.targets.and_then(|t| t.get(name));
        let declared = declared.ok_or_else(|| null(format!("`{address}` is not declared")))?;
        self.pay(1024)?;
        Ok(Value::Target(named_target(name, declared, scope)))
    }

    #[inline(never)]
    fn list(&mut self, items: &'e [Expr]) -> Evaluated {
        let mut bytes = 0;
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            let value = self.eval(item)?;
            bytes = self.grow(bytes, size(&value))?;
            list.push(value);
        }
        Ok(Value::List(list))
    }

    #[inline(never)]
    fn object(&mut self, items: &'e [(String, Expr)]) -> Evaluated {
        let mut bytes = 0;
        let mut map = BTreeMap::new();
        for (key, item) in items {
            let value = self.eval(item)?;
            bytes = self.grow(bytes, key.len() + size(&value))?;
            map.insert(key.clone(), value);
        }
        Ok(Value::Map(map))
    }

    #[inline(never)]
    fn map(&mut self, items: &'e [(Expr, Expr)]) -> Evaluated {
        let mut bytes = 0;
        let mut map = BTreeMap::new();
        for (key, item) in items {
            let key = operate::key(self.eval(key)?)?;
            let value = self.eval(item)?;
            bytes = self.grow(bytes, key.len() + size(&value))?;
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }

    /// Adds to a size and refuses what is too large before more of it is made.
    fn grow(&mut self, bytes: usize, more: usize) -> Result<usize, EvalError> {
        self.pay(more)?;
        let bytes = bytes.saturating_add(more);
        if bytes > RESULT_BYTES { Err(too_large()) } else { Ok(bytes) }
    }

    #[inline(never)]
    fn at(&mut self, of: &'e Expr, at: &'e Expr) -> Evaluated {
        // An identity that is not known is null, not an error (`requester.identities["x"]`).
        let known_or_null = match of {
            Expr::Get(path) => path.len() > 1 && path.last().is_some_and(|n| n == "identities"),
            Expr::Attr(_, name) => name == "identities",
            _ => false,
        };
        let of = self.eval(of)?;
        let at = self.eval(at)?;
        match (access::element(&of, &at), &of) {
            (Err(e), Value::Map(map))
                if known_or_null
                    && e.kind == EvalErrorKind::Index
                    && map.values().all(|v| matches!(v, Value::String(_))) =>
            {
                Ok(Value::Null)
            }
            (found, _) => found,
        }
    }

    #[inline(never)]
    fn splat(&mut self, of: &'e Expr, names: &'e [String]) -> Evaluated {
        let Value::List(items) = self.eval(of)? else {
            return Err(conversion("`[*]` needs a list"));
        };
        let mut bytes = 0;
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            let value = access::follow(&item, "[*]", names)?.into_owned();
            bytes = self.grow(bytes, size(&value))?;
            list.push(value);
        }
        Ok(Value::List(list))
    }

    #[inline(never)]
    fn binary(&mut self, op: crate::expr::BinaryOp, a: &'e Expr, b: &'e Expr) -> Evaluated {
        use crate::expr::BinaryOp;
        match op {
            BinaryOp::And => Ok(Value::Bool(self.truth(a)? && self.truth(b)?)),
            BinaryOp::Or => Ok(Value::Bool(self.truth(a)? || self.truth(b)?)),
            _ => {
                let a = self.eval(a)?;
                let b = self.eval(b)?;
                operated(op, &a, &b)
            }
        }
    }

    #[inline(never)]
    fn template(&mut self, parts: &'e [Expr]) -> Evaluated {
        let mut text = String::new();
        for part in parts {
            let value = self.eval(part)?;
            let printed = crate::print::print(&value)?;
            self.grow(text.len(), printed.len())?;
            text.push_str(&printed);
        }
        Ok(Value::String(text))
    }

    #[inline(never)]
    fn call(&mut self, id: &'e str, args: &'e [Expr]) -> Evaluated {
        let function = function::by_id(id).filter(|f| f.takes(args.len())).ok_or_else(|| {
            conversion(format!("`{id}` with {} arguments is no function", args.len()))
        })?;
        let mut bytes = 0;
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            let value = self.eval(arg)?;
            bytes = self.grow(bytes, size(&value))?;
            values.push(value);
        }
        self.spend(function.cost)?;
        let now = match self.scope.root("now") {
            Some(Value::Timestamp(t)) => Some(*t),
            _ => None,
        };
        let result = (function.call)(function::Arguments { values, now })?;
        self.grow(0, size(&result))?;
        Ok(result)
    }

    #[inline(never)]
    fn bind(&mut self, bound: &'e [(String, Expr)], body: &'e Expr) -> Evaluated {
        let before = self.locals.len();
        for (name, expr) in bound {
            let value = self.eval(expr)?;
            self.locals.push((name, value));
        }
        let result = self.eval(body);
        self.locals.truncate(before);
        result
    }

    #[inline(never)]
    fn walk(&mut self, f: &'e For) -> Evaluated {
        let pairs: Vec<(Value, Value)> = match self.eval(&f.collection)? {
            Value::List(items) => {
                let numbered = (0_u64..).map(|i| Value::Number(i.into()));
                numbered.zip(items).collect()
            }
            Value::Map(map) => map.into_iter().map(|(k, v)| (Value::String(k), v)).collect(),
            other => return Err(conversion(format!("`for` cannot walk {}", other.kind()))),
        };
        let before = self.locals.len();
        let mut bytes = 0;
        let (mut list, mut map) = (Vec::new(), BTreeMap::new());
        for (key, value) in pairs {
            if let Some(name) = &f.key_name {
                self.locals.push((name, key));
            }
            self.locals.push((&f.value_name, value));
            if f.condition.as_ref().map_or(Ok(true), |c| self.truth(c))? {
                let at = match &f.key {
                    Some(key) => Some(operate::key(self.eval(key)?)?),
                    None => None,
                };
                let value = self.eval(&f.value)?;
                bytes = self.grow(bytes, size(&value) + at.as_ref().map_or(0, String::len))?;
                match at {
                    None => list.push(value),
                    Some(at) => {
                        if map.contains_key(&at) {
                            return Err(index(format!("the key `{at}` comes twice")));
                        }
                        map.insert(at, value);
                    }
                }
            }
            self.locals.truncate(before);
        }
        Ok(if f.key.is_some() { Value::Map(map) } else { Value::List(list) })
    }
}

#[inline(never)]
fn timestamp(text: &str) -> Evaluated {
    function::instant(text).map(Value::Timestamp)
}

#[inline(never)]
fn operated(op: crate::expr::BinaryOp, a: &Value, b: &Value) -> Evaluated {
    operate::binary(op, a, b)
}

#[inline(never)]
fn conform(value: &Value, ty: &Type) -> Evaluated {
    crate::conform::conform(value, ty).map_err(|e| conversion(e.to_string()))
}

impl Value {
    /// What sort of value this is, for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Duration(_) => "a duration",
            Self::Timestamp(_) => "a timestamp",
            Self::User(_) => "a user",
            Self::Channel(_) => "a channel",
            Self::Principals(_) => "a set of people",
            Self::Target(_) => "a target",
            Self::Secret(_) => "a secret",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }
}

impl User {
    /// The person that a flow names by e-mail address.
    #[must_use]
    pub fn named(email: &str) -> Self {
        Self { email: email.to_lowercase(), ..Self::default() }
    }

    /// What people call this person: name, else username, else e-mail address.
    #[must_use]
    pub fn called(&self) -> &str {
        [&self.name, &self.username].into_iter().find(|s| !s.is_empty()).unwrap_or(&self.email)
    }
}
