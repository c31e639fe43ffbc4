//! The expression IR: data only. Evaluation is in `eval`.
//!
//! Types were checked by the compiler; the loader checks structure again by reading the JSON form
//! through [`Expr::from_json`].

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::types::Type;

mod json;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// `["null"]`
    Null,
    /// `["b", true]`
    Bool(bool),
    /// `["n", "1.5"]`
    Number(Decimal),
    /// `["s", "x"]`
    String(String),
    /// `["d", "5400"]`, seconds.
    Duration(Decimal),
    /// `["t", "2026-01-01T00:00:00Z"]`
    Timestamp(String),
    /// `["list", e…]`
    List(Vec<Expr>),
    /// `["obj", [k, e]…]`
    Object(Vec<(String, Expr)>),
    /// `["map", [ke, e]…]`: computed keys.
    Map(Vec<(Expr, Expr)>),
    /// `["get", root, name…]`: a path of the scope, one name per element.
    Get(Vec<String>),
    /// `["attr", e, name]`
    Attr(Box<Expr>, String),
    /// `["at", e, i]`
    At(Box<Expr>, Box<Expr>),
    /// `["splat", e, name…]`
    Splat(Box<Expr>, Vec<String>),
    /// `["ref", "group.x"]`: a declaration by its address.
    Ref(String),
    /// `["set", "members"]`: a principal set by its name.
    Set(SetName),
    /// `["secret", "x"]`
    Secret(String),
    /// `["!", a]`, `["neg", a]`
    Unary(UnaryOp, Box<Expr>),
    /// `["+", a, b]` and its like; `&&` and `||` are lazy.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `["?", c, a, b]`, lazy.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `["tmpl", e…]`: interpolation; its parts are strings already or print themselves.
    Template(Vec<Expr>),
    /// `["call", "lower@1", e…]`: function and its version.
    Call(String, Vec<Expr>),
    /// `["try", a, b]`: `b` where `a` meets a data error.
    Try(Box<Expr>, Box<Expr>),
    /// `["can", a]`: whether `a` meets no data error.
    Can(Box<Expr>),
    /// `["as", e, T]`: data of type `json` as a `T`.
    As(Box<Expr>, Type),
    /// `["for", "list" | "map", [v] or [k, v], c, key or null, e, cond or null]`
    For(Box<For>),
    /// `["let", [[n, e]…], e]`
    Let(Vec<(String, Expr)>, Box<Expr>),
    /// `["local", n]`: a name bound by `let` or `for`.
    Local(String),
}

/// A `for` expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct For {
    /// Name of the key or index, where it is bound.
    pub key_name: Option<String>,
    /// Name of the element.
    pub value_name: String,
    /// What is walked.
    pub collection: Expr,
    /// `Some` makes a map, `None` a list.
    pub key: Option<Expr>,
    /// What is collected.
    pub value: Expr,
    /// Which elements are taken.
    pub condition: Option<Expr>,
}

/// The named principal sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// Active humans who are member or admin.
    Members,
    /// Active humans who are admin.
    Admins,
    /// Active humans who are guests.
    Guests,
    /// The same as `members`.
    Everyone,
    /// Empty.
    Nobody,
}

impl SetName {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 5] =
        [Self::Everyone, Self::Members, Self::Admins, Self::Guests, Self::Nobody];

    /// The word in the language and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Admins => "admins",
            Self::Guests => "guests",
            Self::Everyone => "everyone",
            Self::Nobody => "nobody",
        }
    }

    /// The set of this name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the operators")]
pub enum BinaryOp {
    And,
    Or,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl BinaryOp {
    /// Every operator with its text.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::And, "&&"),
        (Self::Or, "||"),
        (Self::Add, "+"),
        (Self::Subtract, "-"),
        (Self::Multiply, "*"),
        (Self::Divide, "/"),
        (Self::Remainder, "%"),
        (Self::Equal, "=="),
        (Self::NotEqual, "!="),
        (Self::Less, "<"),
        (Self::LessOrEqual, "<="),
        (Self::Greater, ">"),
        (Self::GreaterOrEqual, ">="),
    ];

    /// The operator's text.
    #[must_use]
    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(op, _)| *op == self).map_or("", |(_, t)| t)
    }
}

impl Expr {
    /// A string literal.
    #[must_use]
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// A path of the scope, `request.fields.reason`.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::Get(path.split('.').map(str::to_owned).collect())
    }
}
