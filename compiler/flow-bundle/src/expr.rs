//! The expression IR: data only. Evaluation is in `eval`.
//!
//! In JSON an expression is an array whose first element names the node (the table in
//! `compiler/spec.md`). Types were checked by the compiler; the loader checks structure again by
//! reading it through [`Expr::from_json`].

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::types::Type;

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

fn array(word: &str, rest: impl IntoIterator<Item = Json>) -> Json {
    let mut parts = vec![Json::from(word)];
    parts.extend(rest);
    Json::Array(parts)
}

fn option(e: Option<&Expr>) -> Json {
    e.map_or(Json::Null, Expr::to_json)
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

    /// The JSON form that stands in a bundle.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => array("null", []),
            Self::Bool(b) => array("b", [Json::from(*b)]),
            Self::Number(n) => array("n", [Json::from(n.normalize().to_string())]),
            Self::String(s) => array("s", [Json::from(s.as_str())]),
            Self::Duration(d) => array("d", [Json::from(d.normalize().to_string())]),
            Self::Timestamp(t) => array("t", [Json::from(t.as_str())]),
            Self::List(items) => array("list", items.iter().map(Self::to_json)),
            Self::Object(items) => array(
                "obj",
                items.iter().map(|(k, e)| Json::from(vec![Json::from(k.as_str()), e.to_json()])),
            ),
            Self::Map(items) => {
                array("map", items.iter().map(|(k, e)| Json::from(vec![k.to_json(), e.to_json()])))
            }
            Self::Get(path) => array("get", path.iter().map(|p| Json::from(p.as_str()))),
            Self::Attr(e, name) => array("attr", [e.to_json(), Json::from(name.as_str())]),
            Self::At(e, i) => array("at", [e.to_json(), i.to_json()]),
            Self::Splat(e, names) => array(
                "splat",
                std::iter::once(e.to_json()).chain(names.iter().map(|n| Json::from(n.as_str()))),
            ),
            Self::Ref(address) => array("ref", [Json::from(address.as_str())]),
            Self::Set(name) => array("set", [Json::from(name.word())]),
            Self::Secret(name) => array("secret", [Json::from(name.as_str())]),
            Self::Unary(UnaryOp::Not, e) => array("!", [e.to_json()]),
            Self::Unary(UnaryOp::Negate, e) => array("neg", [e.to_json()]),
            Self::Binary(op, a, b) => array(op.text(), [a.to_json(), b.to_json()]),
            Self::If(c, a, b) => array("?", [c.to_json(), a.to_json(), b.to_json()]),
            Self::Template(parts) => array("tmpl", parts.iter().map(Self::to_json)),
            Self::Call(name, args) => array(
                "call",
                std::iter::once(Json::from(name.as_str())).chain(args.iter().map(Self::to_json)),
            ),
            Self::Try(a, b) => array("try", [a.to_json(), b.to_json()]),
            Self::Can(e) => array("can", [e.to_json()]),
            Self::As(e, ty) => array("as", [e.to_json(), ty.to_json()]),
            Self::For(f) => {
                let mut names: Vec<Json> = Vec::new();
                names.extend(f.key_name.as_deref().map(Json::from));
                names.push(Json::from(f.value_name.as_str()));
                array(
                    "for",
                    [
                        Json::from(if f.key.is_some() { "map" } else { "list" }),
                        Json::Array(names),
                        f.collection.to_json(),
                        option(f.key.as_ref()),
                        f.value.to_json(),
                        option(f.condition.as_ref()),
                    ],
                )
            }
            Self::Let(bound, e) => array(
                "let",
                [
                    Json::Array(
                        bound
                            .iter()
                            .map(|(n, e)| Json::from(vec![Json::from(n.as_str()), e.to_json()]))
                            .collect(),
                    ),
                    e.to_json(),
                ],
            ),
            Self::Local(name) => array("local", [Json::from(name.as_str())]),
        }
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// A sentence that names the node that is malformed.
    pub fn from_json(json: &Json) -> Result<Self, String> {
        let bad = || format!("`{}` is no expression", cut(&json.to_string()));
        let parts = json.as_array().ok_or_else(bad)?;
        let (word, rest) = parts.split_first().ok_or_else(bad)?;
        let word = word.as_str().ok_or_else(bad)?;
        let text = |i: usize| rest.get(i).and_then(Json::as_str).map(str::to_owned).ok_or_else(bad);
        let expr = |i: usize| rest.get(i).ok_or_else(bad).and_then(Self::from_json);
        let boxed = |i: usize| expr(i).map(Box::new);
        let texts = |from: usize| -> Result<Vec<String>, String> {
            rest.iter().skip(from).map(|j| j.as_str().map(str::to_owned).ok_or_else(bad)).collect()
        };
        let exprs = |from: usize| -> Result<Vec<Self>, String> {
            rest.iter().skip(from).map(Self::from_json).collect()
        };
        let arity = |n: usize| if rest.len() == n { Ok(()) } else { Err(bad()) };
        let decimal = |i: usize| text(i).and_then(|t| crate::decimal::parse(&t).ok_or_else(bad));

        if let Some((op, _)) = BinaryOp::ALL.iter().find(|(_, t)| *t == word) {
            arity(2)?;
            return Ok(Self::Binary(*op, boxed(0)?, boxed(1)?));
        }
        let fixed = match word {
            "null" => Some(0),
            "b" | "n" | "s" | "d" | "t" | "ref" | "set" | "secret" | "!" | "neg" | "can"
            | "local" => Some(1),
            "attr" | "at" | "try" | "as" | "let" => Some(2),
            "?" => Some(3),
            "for" => Some(6),
            _ => None,
        };
        if let Some(n) = fixed {
            arity(n)?;
        }
        Ok(match word {
            "null" => Self::Null,
            "b" => Self::Bool(rest.first().and_then(Json::as_bool).ok_or_else(bad)?),
            "n" => Self::Number(decimal(0)?),
            "s" => Self::String(text(0)?),
            "d" => Self::Duration(decimal(0)?),
            "t" => Self::Timestamp(text(0)?),
            "list" => Self::List(exprs(0)?),
            "obj" => Self::Object(
                rest.iter()
                    .map(|pair| match pair.as_array().map(Vec::as_slice) {
                        Some([Json::String(k), e]) => Ok((k.clone(), Self::from_json(e)?)),
                        _ => Err(bad()),
                    })
                    .collect::<Result<_, String>>()?,
            ),
            "map" => Self::Map(
                rest.iter()
                    .map(|pair| match pair.as_array().map(Vec::as_slice) {
                        Some([k, e]) => Ok((Self::from_json(k)?, Self::from_json(e)?)),
                        _ => Err(bad()),
                    })
                    .collect::<Result<_, String>>()?,
            ),
            "get" => {
                let path = texts(0)?;
                if path.is_empty() {
                    return Err(bad());
                }
                Self::Get(path)
            }
            "attr" => Self::Attr(boxed(0)?, text(1)?),
            "at" => Self::At(boxed(0)?, boxed(1)?),
            "splat" => Self::Splat(boxed(0)?, texts(1)?),
            "ref" => Self::Ref(text(0)?),
            "set" => Self::Set(SetName::parse(&text(0)?).ok_or_else(bad)?),
            "secret" => Self::Secret(text(0)?),
            "!" => Self::Unary(UnaryOp::Not, boxed(0)?),
            "neg" => Self::Unary(UnaryOp::Negate, boxed(0)?),
            "?" => Self::If(boxed(0)?, boxed(1)?, boxed(2)?),
            "tmpl" => Self::Template(exprs(0)?),
            "call" => Self::Call(text(0)?, exprs(1)?),
            "try" => Self::Try(boxed(0)?, boxed(1)?),
            "can" => Self::Can(boxed(0)?),
            "as" => Self::As(boxed(0)?, rest.get(1).ok_or_else(bad).and_then(Type::from_json)?),
            "for" => Self::for_from_json(rest).ok_or_else(bad)??,
            "let" => {
                let bound = rest.first().and_then(Json::as_array).ok_or_else(bad)?;
                let bound = bound
                    .iter()
                    .map(|pair| match pair.as_array().map(Vec::as_slice) {
                        Some([Json::String(n), e]) => Ok((n.clone(), Self::from_json(e)?)),
                        _ => Err(bad()),
                    })
                    .collect::<Result<_, String>>()?;
                Self::Let(bound, boxed(1)?)
            }
            "local" => Self::Local(text(0)?),
            _ => return Err(bad()),
        })
    }

    fn for_from_json(rest: &[Json]) -> Option<Result<Self, String>> {
        let [kind, names, collection, key, value, condition] = rest else { return None };
        let names: Vec<&str> =
            names.as_array()?.iter().map(Json::as_str).collect::<Option<Vec<_>>>()?;
        let (key_name, value_name) = match names.as_slice() {
            [v] => (None, (*v).to_owned()),
            [k, v] => (Some((*k).to_owned()), (*v).to_owned()),
            _ => return None,
        };
        let map = match kind.as_str()? {
            "map" => true,
            "list" => false,
            _ => return None,
        };
        if map == key.is_null() {
            return None;
        }
        let maybe = |j: &Json| if j.is_null() { Ok(None) } else { Self::from_json(j).map(Some) };
        Some((|| {
            Ok(Self::For(Box::new(For {
                key_name,
                value_name,
                collection: Self::from_json(collection)?,
                key: maybe(key)?,
                value: Self::from_json(value)?,
                condition: maybe(condition)?,
            })))
        })())
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
