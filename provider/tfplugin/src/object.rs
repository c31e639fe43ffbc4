//! Typed access to the attributes of a resource, a data source or a block.
//!
//! The host checks every value against the schema before it calls, and decoding does so again. So
//! an attribute that is not there, or of another type, reads as null: the rules of planning then
//! refuse the answer, which names the attribute.

use std::collections::{BTreeMap, BTreeSet};

use crate::value::Value;

/// An attribute's value: set, unset, or not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<T> {
    /// Not set.
    Null,
    /// Not known yet.
    Unknown,
    /// Known.
    Known(T),
}

impl<T> Field<T> {
    /// The value, where it is set and known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Whether it is not known yet.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    fn map<U>(self, change: impl FnOnce(T) -> Field<U>) -> Field<U> {
        match self {
            Self::Null => Field::Null,
            Self::Unknown => Field::Unknown,
            Self::Known(value) => change(value),
        }
    }
}

/// Attributes by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object(BTreeMap<String, Value>);

impl Object {
    /// From named values.
    #[must_use]
    pub fn new<const N: usize>(attributes: [(&str, Value); N]) -> Self {
        Self(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn of(value: Value) -> Option<Self> {
        match value {
            Value::Map(attributes) => Some(Self(attributes)),
            _ => None,
        }
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Map(self.0)
    }

    /// An attribute; null where it is absent.
    #[must_use]
    pub fn value(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// Sets an attribute.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// An attribute that is text.
    #[must_use]
    pub fn string(&self, name: &str) -> Field<String> {
        field(self.value(name)).map(|value| match value {
            Value::String(text) => Field::Known(text.clone()),
            _ => Field::Null,
        })
    }

    /// An attribute that is true or false.
    #[must_use]
    pub fn bool(&self, name: &str) -> Field<bool> {
        field(self.value(name)).map(|value| match value {
            Value::Bool(on) => Field::Known(*on),
            _ => Field::Null,
        })
    }

    /// An attribute that is a list of texts. Unknown as soon as one element is.
    #[must_use]
    pub fn strings(&self, name: &str) -> Field<Vec<String>> {
        field(self.value(name)).map(|value| match value {
            Value::List(_) if !value.is_wholly_known() => Field::Unknown,
            Value::List(all) => {
                Field::Known(all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            _ => Field::Null,
        })
    }

    /// An attribute that is a set of texts. Unknown as soon as one element is.
    #[must_use]
    pub fn string_set(&self, name: &str) -> Field<BTreeSet<String>> {
        self.strings(name).map(|texts| Field::Known(texts.into_iter().collect()))
    }

    /// An attribute that is a map of texts. Unknown as soon as one element is.
    #[must_use]
    pub fn string_map(&self, name: &str) -> Field<BTreeMap<String, String>> {
        field(self.value(name)).map(|value| match value {
            Value::Map(_) if !value.is_wholly_known() => Field::Unknown,
            Value::Map(all) => {
                let texts = all.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.into())));
                Field::Known(texts.collect())
            }
            _ => Field::Null,
        })
    }

    /// An attribute that is a list of objects, or a single block: zero or one of them.
    #[must_use]
    pub fn objects(&self, name: &str) -> Field<Vec<Object>> {
        field(self.value(name)).map(|value| match value {
            Value::List(all) if all.contains(&Value::Unknown) => Field::Unknown,
            Value::List(all) => Field::Known(all.iter().cloned().filter_map(Object::of).collect()),
            Value::Map(_) => Field::Known(Object::of(value.clone()).into_iter().collect()),
            _ => Field::Null,
        })
    }
}

fn field(value: &Value) -> Field<&Value> {
    match value {
        Value::Null => Field::Null,
        Value::Unknown => Field::Unknown,
        value => Field::Known(value),
    }
}
