//! Expressions in JSON: an array whose first element names the node (the table in
//! `compiler/spec.md`).

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use super::{BinaryOp, Expr, For, SetName, UnaryOp};
use crate::decimal;
use crate::types::Type;

fn array(word: &str, rest: impl IntoIterator<Item = Json>) -> Json {
    let mut parts = vec![Json::from(word)];
    parts.extend(rest);
    Json::Array(parts)
}

fn option(e: Option<&Expr>) -> Json {
    e.map_or(Json::Null, Expr::to_json)
}

impl Expr {
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
        let node = Node::of(json)?;
        if let Some((op, _)) = BinaryOp::ALL.iter().find(|(_, t)| *t == node.word) {
            node.has(2)?;
            return Ok(Self::Binary(*op, node.boxed(0)?, node.boxed(1)?));
        }
        match node.leaf()? {
            Some(leaf) => Ok(leaf),
            None => node.compound(),
        }
    }
}

/// An array that should be an expression.
struct Node<'j> {
    whole: &'j Json,
    word: &'j str,
    rest: &'j [Json],
}

impl<'j> Node<'j> {
    fn of(whole: &'j Json) -> Result<Self, String> {
        let parts = whole.as_array().and_then(|parts| parts.split_first());
        match parts {
            Some((Json::String(word), rest)) => Ok(Self { whole, word, rest }),
            _ => Err(bad(whole)),
        }
    }

    fn bad(&self) -> String {
        bad(self.whole)
    }

    fn has(&self, count: usize) -> Result<(), String> {
        if self.rest.len() == count { Ok(()) } else { Err(self.bad()) }
    }

    fn part(&self, i: usize) -> Result<&'j Json, String> {
        self.rest.get(i).ok_or_else(|| self.bad())
    }

    fn text(&self, i: usize) -> Result<String, String> {
        self.part(i)?.as_str().map(str::to_owned).ok_or_else(|| self.bad())
    }

    fn texts(&self, from: usize) -> Result<Vec<String>, String> {
        (from..self.rest.len()).map(|i| self.text(i)).collect()
    }

    fn decimal(&self, i: usize) -> Result<Decimal, String> {
        decimal::parse(&self.text(i)?).ok_or_else(|| self.bad())
    }

    // Apart from `compound`, so that its frame stays small: it is the one that recurses.
    #[inline(never)]
    fn boxed(&self, i: usize) -> Result<Box<Expr>, String> {
        Expr::from_json(self.part(i)?).map(Box::new)
    }

    #[inline(never)]
    fn exprs(&self, from: usize) -> Result<Vec<Expr>, String> {
        self.rest.iter().skip(from).map(Expr::from_json).collect()
    }

    /// Pairs of a name and an expression.
    #[inline(never)]
    fn named(&self, pairs: &[Json]) -> Result<Vec<(String, Expr)>, String> {
        let pairs = pairs.iter().map(|pair| match pair.as_array().map(Vec::as_slice) {
            Some([Json::String(name), e]) => Ok((name.clone(), Expr::from_json(e)?)),
            _ => Err(self.bad()),
        });
        pairs.collect()
    }

    /// A node without expressions inside.
    #[inline(never)]
    fn leaf(&self) -> Result<Option<Expr>, String> {
        let leaf = match self.word {
            "null" => {
                self.has(0)?;
                return Ok(Some(Expr::Null));
            }
            "get" => {
                let path = self.texts(0)?;
                return if path.is_empty() { Err(self.bad()) } else { Ok(Some(Expr::Get(path))) };
            }
            "b" => Expr::Bool(self.part(0)?.as_bool().ok_or_else(|| self.bad())?),
            "n" => Expr::Number(self.decimal(0)?),
            "s" => Expr::String(self.text(0)?),
            "d" => Expr::Duration(self.decimal(0)?),
            "t" => Expr::Timestamp(self.text(0)?),
            "ref" => Expr::Ref(self.text(0)?),
            "set" => Expr::Set(SetName::parse(&self.text(0)?).ok_or_else(|| self.bad())?),
            "secret" => Expr::Secret(self.text(0)?),
            "local" => Expr::Local(self.text(0)?),
            _ => return Ok(None),
        };
        self.has(1)?;
        Ok(Some(leaf))
    }

    fn compound(&self) -> Result<Expr, String> {
        let count = match self.word {
            "!" | "neg" | "can" => Some(1),
            "attr" | "at" | "try" | "as" | "let" => Some(2),
            "?" => Some(3),
            _ => None,
        };
        count.map_or(Ok(()), |n| self.has(n))?;
        Ok(match self.word {
            "list" => Expr::List(self.exprs(0)?),
            "obj" => Expr::Object(self.named(self.rest)?),
            "map" => Expr::Map(self.computed()?),
            "attr" => Expr::Attr(self.boxed(0)?, self.text(1)?),
            "at" => Expr::At(self.boxed(0)?, self.boxed(1)?),
            "splat" => Expr::Splat(self.boxed(0)?, self.texts(1)?),
            "!" => Expr::Unary(UnaryOp::Not, self.boxed(0)?),
            "neg" => Expr::Unary(UnaryOp::Negate, self.boxed(0)?),
            "?" => return self.choice(),
            "tmpl" => Expr::Template(self.exprs(0)?),
            "call" => Expr::Call(self.text(0)?, self.exprs(1)?),
            "try" => Expr::Try(self.boxed(0)?, self.boxed(1)?),
            "can" => Expr::Can(self.boxed(0)?),
            "as" => return self.conversion(),
            "let" => return self.bound(),
            "for" => return self.for_expr(),
            _ => return Err(self.bad()),
        })
    }

    /// Pairs of two expressions.
    #[inline(never)]
    fn computed(&self) -> Result<Vec<(Expr, Expr)>, String> {
        let pairs = self.rest.iter().map(|pair| match pair.as_array().map(Vec::as_slice) {
            Some([k, e]) => Ok((Expr::from_json(k)?, Expr::from_json(e)?)),
            _ => Err(self.bad()),
        });
        pairs.collect()
    }

    #[inline(never)]
    fn choice(&self) -> Result<Expr, String> {
        Ok(Expr::If(self.boxed(0)?, self.boxed(1)?, self.boxed(2)?))
    }

    #[inline(never)]
    fn conversion(&self) -> Result<Expr, String> {
        Ok(Expr::As(self.boxed(0)?, Type::from_json(self.part(1)?)?))
    }

    #[inline(never)]
    fn bound(&self) -> Result<Expr, String> {
        let bound = self.part(0)?.as_array().ok_or_else(|| self.bad())?;
        Ok(Expr::Let(self.named(bound)?, self.boxed(1)?))
    }

    #[inline(never)]
    fn for_expr(&self) -> Result<Expr, String> {
        let [kind, names, collection, key, value, condition] = self.rest else {
            return Err(self.bad());
        };
        let names: Option<Vec<&str>> =
            names.as_array().and_then(|names| names.iter().map(Json::as_str).collect());
        let (key_name, value_name) = match names.as_deref() {
            Some([v]) => (None, *v),
            Some([k, v]) => (Some((*k).to_owned()), *v),
            _ => return Err(self.bad()),
        };
        // A map has a key, a list has none.
        match (kind.as_str(), key.is_null()) {
            (Some("map"), false) | (Some("list"), true) => {}
            _ => return Err(self.bad()),
        }
        let maybe = |j: &Json| if j.is_null() { Ok(None) } else { Expr::from_json(j).map(Some) };
        Ok(Expr::For(Box::new(For {
            key_name,
            value_name: value_name.to_owned(),
            collection: Expr::from_json(collection)?,
            key: maybe(key)?,
            value: Expr::from_json(value)?,
            condition: maybe(condition)?,
        })))
    }
}

fn bad(json: &Json) -> String {
    format!("`{}` is no expression", cut(&json.to_string()))
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
