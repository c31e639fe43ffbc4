//! Values, known or not.
//!
//! A number keeps the form it came in: Terraform's are decimals of any size, and a number that only
//! passes through must not change.

use std::collections::BTreeMap;

/// A value of the configuration language.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not set.
    Null,
    /// Not known yet. What the host may know about it (not null, a prefix …) is not kept.
    Unknown,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// A list, or a set in sorted order.
    List(Vec<Value>),
    /// A map, an object or a block.
    Map(BTreeMap<String, Value>),
}

/// A number in the form it came in.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Integral.
    Int(i64),
    /// Integral, above the range of `i64`.
    Unsigned(u64),
    /// Binary floating point.
    Float(f64),
    /// Decimal digits, where no other form holds the number exactly.
    Decimal(String),
}

impl Value {
    /// A list of texts.
    #[must_use]
    pub fn strings<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::String(text.into())).collect())
    }

    /// A map from named values.
    #[must_use]
    pub fn object<const N: usize>(attributes: [(&str, Self); N]) -> Self {
        Self::Map(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Whether nothing in it is unknown.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// Whether `later` is this value with unknown parts filled in.
    #[must_use]
    pub fn is_refined_by(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Unknown, _) => true,
            (Self::List(a), Self::List(b)) => {
                // A set that holds unknown elements may shrink when two turn out to be equal.
                let known = self.is_wholly_known();
                (a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_refined_by(b)))
                    || (!known && b.len() <= a.len())
            }
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| a.is_refined_by(b)))
            }
            (a, b) => a == b,
        }
    }

    /// Text, where it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(on: bool) -> Self {
        Self::Bool(on)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<BTreeMap<String, String>> for Value {
    fn from(map: BTreeMap<String, String>) -> Self {
        Self::Map(map.into_iter().map(|(key, value)| (key, Self::String(value))).collect())
    }
}
