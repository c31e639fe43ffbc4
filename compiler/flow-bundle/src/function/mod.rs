//! The functions of the flow language: one table, one file per family.
//!
//! A bundle names a function with its version (`lower@1`). The meaning of a version never changes;
//! a better meaning is a new version beside it. `try`, `can`, `as` and `decode` stand in the table
//! for the checker and for documentation, but are no calls in a bundle ([`Form::Node`]).
//!
//! To add a function:
//! 1. write an entry in the family's file: name, signature, doc and an example that is run;
//! 2. write its `fn`, total and bounded: work on code points, refuse before it grows beyond 1 MiB;
//! 3. add a row to the table in `eval/tests.rs` for each of its edges;
//! 4. run `cargo test -p flow-bundle function`;
//! 5. never change what an existing version answers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::eval::{EvalError, Evaluated, conversion, null};
use crate::value::{Principals, User, Value};

mod arn;
mod convert;
mod format;
mod lists;
mod maps;
mod network;
pub mod pattern;
mod sets;
mod strings;
mod time;

pub use arn::is_lambda_arn;
pub use network::is_email;
pub use strings::percent_encode;
pub use time::{TZ_VERSION, instant, is_zone};

/// How a function is written down in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `["call", "name@1", …]`.
    Call,
    /// By an expression node of its own (`try`, `can`, `as`); `decode(s, T)` is
    /// `["as", ["call", "jsondecode@1", s], T]`.
    Node,
    /// Never: the compiler puts a recorded step in its place.
    Step,
}

/// One function.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The word in the language.
    pub name: &'static str,
    /// The version that the compiler writes.
    pub version: u32,
    /// `join(sep: string, list: list(string)) -> string`. Read by people and, parsed, by the
    /// checker: a single capital is a type variable, `any` every type, `type` a type expression,
    /// `a | b` one of both, `...name` any number of arguments, `principals` also a user, `user?`,
    /// a group or a `list(user)`.
    pub signature: &'static str,
    /// Fewest arguments.
    pub min: usize,
    /// Most arguments; `None`: any number.
    pub max: Option<usize>,
    /// Whether static arguments make a static result.
    pub static_safe: bool,
    /// What it answers, in one line.
    pub doc: &'static str,
    /// `call == answer`; the tests run it. Empty where the answer depends on the moment.
    pub example: &'static str,
    /// How it is written down.
    pub form: Form,
    pub(crate) cost: u64,
    pub(crate) call: fn(Arguments) -> Evaluated,
}

/// What an entry does not say.
const BASE: Function = Function {
    name: "",
    version: 1,
    signature: "",
    min: 1,
    max: Some(1),
    static_safe: true,
    doc: "",
    example: "",
    form: Form::Call,
    cost: 1,
    call: |_| Err(conversion("this function is no call")),
};

const FAMILIES: [&[Function]; 6] = [
    strings::FUNCTIONS,
    lists::FUNCTIONS,
    maps::FUNCTIONS,
    convert::FUNCTIONS,
    time::FUNCTIONS,
    sets::FUNCTIONS,
];

/// Every function, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.into_iter().flatten()
}

/// The function of this name, in the version that the compiler writes.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|f| f.name == name)
}

/// The function that a bundle means by `name@version`.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Function> {
    static CALLS: LazyLock<BTreeMap<String, &'static Function>> =
        LazyLock::new(|| all().filter(|f| f.form == Form::Call).map(|f| (f.id(), f)).collect());
    CALLS.get(id).copied()
}

impl Function {
    /// The word in a bundle, `lower@1`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Whether `count` arguments fit.
    #[must_use]
    pub fn takes(&self, count: usize) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }
}

/// What a call is given. Types were checked by the compiler; the accessors check again.
pub(crate) struct Arguments {
    pub(crate) values: Vec<Value>,
    pub(crate) now: Option<Timestamp>,
}

impl Arguments {
    fn at(&self, i: usize) -> Result<&Value, EvalError> {
        self.values.get(i).ok_or_else(|| null(format!("argument {} is missing", i + 1)))
    }

    fn misfit(&self, i: usize, wanted: &str) -> EvalError {
        let found = self.values.get(i).map_or("nothing", Value::kind);
        let message = format!("argument {} is {found}, not {wanted}", i + 1);
        if found == "null" { null(message) } else { conversion(message) }
    }

    fn text(&self, i: usize) -> Result<&str, EvalError> {
        match self.at(i)? {
            Value::String(s) => Ok(s),
            _ => Err(self.misfit(i, "a string")),
        }
    }

    fn number(&self, i: usize) -> Result<Decimal, EvalError> {
        match self.at(i)? {
            Value::Number(n) => Ok(*n),
            _ => Err(self.misfit(i, "a number")),
        }
    }

    fn duration(&self, i: usize) -> Result<Decimal, EvalError> {
        match self.at(i)? {
            Value::Duration(d) => Ok(*d),
            _ => Err(self.misfit(i, "a duration")),
        }
    }

    fn time(&self, i: usize) -> Result<Timestamp, EvalError> {
        match self.at(i)? {
            Value::Timestamp(t) => Ok(*t),
            _ => Err(self.misfit(i, "a timestamp")),
        }
    }

    fn list(&self, i: usize) -> Result<&[Value], EvalError> {
        match self.at(i)? {
            Value::List(items) => Ok(items),
            _ => Err(self.misfit(i, "a list")),
        }
    }

    fn texts(&self, i: usize) -> Result<Vec<&str>, EvalError> {
        let items = self.list(i)?.iter().map(|v| match v {
            Value::String(s) => Ok(s.as_str()),
            other => Err(conversion(format!("an element is {}, not a string", other.kind()))),
        });
        items.collect()
    }

    fn map(&self, i: usize) -> Result<&BTreeMap<String, Value>, EvalError> {
        match self.at(i)? {
            Value::Map(map) => Ok(map),
            _ => Err(self.misfit(i, "a map")),
        }
    }

    fn user(&self, i: usize) -> Result<&User, EvalError> {
        match self.at(i)? {
            Value::User(user) => Ok(user),
            _ => Err(self.misfit(i, "a user")),
        }
    }

    fn people(&self, i: usize) -> Result<Principals, EvalError> {
        Principals::of(self.at(i)?).ok_or_else(|| self.misfit(i, "a set of people"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_signatures_begin_with_them() {
        let mut seen = std::collections::BTreeSet::new();
        for f in all() {
            assert!(seen.insert(f.name), "{} stands twice", f.name);
            assert!(f.signature.starts_with(&format!("{}(", f.name)), "{}", f.signature);
            assert!(!f.doc.is_empty(), "{}", f.name);
        }
        assert!(seen.len() >= 70, "{}", seen.len());
    }
}
