//! Types of the flow language as they stand in a bundle, and how they print.
//!
//! In JSON a plain type is its name, a built one an array: `"string"`, `["list", "string"]`,
//! `["object", {"a": "string", "b": ["optional", "number", ["n", "0"]]}]`. Assignability and the
//! internal `error` type belong to the compiler and are not here.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::expr::Expr;

pub mod notation;

/// A type of the flow language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// An exact decimal of up to 28 digits.
    Number,
    /// UTF-8 text.
    String,
    /// A span of time.
    Duration,
    /// An instant, UTC.
    Timestamp,
    /// One person.
    User,
    /// A chat channel.
    Channel,
    /// A declared group.
    Group,
    /// A person, channel or group that can be told something.
    Principal,
    /// A set of people.
    Principals,
    /// A declared target.
    Target,
    /// A secret's handle, never its value.
    Secret,
    /// Data from outside without a declared type.
    Json,
    /// No output at all.
    None,
    /// Every element has this type.
    List(Box<Type>),
    /// Sorted, without duplicates.
    Set(Box<Type>),
    /// String keys, every value of this type.
    Map(Box<Type>),
    /// Named attributes.
    Object(BTreeMap<String, Attribute>),
    /// Fixed elements, from literals only.
    Tuple(Vec<Type>),
    /// Null is allowed.
    Nullable(Box<Type>),
    /// A string out of a closed list, in the author's order.
    Enum(Vec<String>),
    /// Sealed, shown once to the requester.
    Sensitive(Box<Type>),
}

/// One attribute of an object type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The attribute's type.
    pub ty: Type,
    /// `Some` for `optional(T)` and `optional(T, default)`; the inner value is the default, null
    /// where none was given.
    pub optional: Option<Expr>,
}

impl Attribute {
    /// A required attribute of type `ty`.
    #[must_use]
    pub const fn required(ty: Type) -> Self {
        Self { ty, optional: None }
    }
}

impl Type {
    /// `T?`; a type that is nullable already stays as it is.
    #[must_use]
    pub fn nullable(self) -> Self {
        match self {
            Self::Nullable(_) => self,
            other => Self::Nullable(Box::new(other)),
        }
    }

    /// `list(T)`.
    #[must_use]
    pub fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    /// An object whose attributes are all required.
    #[must_use]
    pub fn object<'a>(attributes: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::Object(
            attributes.into_iter().map(|(k, t)| (k.to_owned(), Attribute::required(t))).collect(),
        )
    }

    /// Whether a part of it is sealed.
    #[must_use]
    pub fn holds_sensitive(&self) -> bool {
        match self {
            Self::Sensitive(_) => true,
            Self::List(t) | Self::Set(t) | Self::Map(t) | Self::Nullable(t) => t.holds_sensitive(),
            Self::Object(of) => of.values().any(|a| a.ty.holds_sensitive()),
            Self::Tuple(of) => of.iter().any(Self::holds_sensitive),
            Self::Bool
            | Self::Number
            | Self::String
            | Self::Duration
            | Self::Timestamp
            | Self::User
            | Self::Channel
            | Self::Group
            | Self::Principal
            | Self::Principals
            | Self::Target
            | Self::Secret
            | Self::Json
            | Self::None
            | Self::Enum(_) => false,
        }
    }

    const PLAIN: [(&'static str, Self); 14] = [
        ("bool", Self::Bool),
        ("number", Self::Number),
        ("string", Self::String),
        ("duration", Self::Duration),
        ("timestamp", Self::Timestamp),
        ("user", Self::User),
        ("channel", Self::Channel),
        ("group", Self::Group),
        ("principal", Self::Principal),
        ("principals", Self::Principals),
        ("target", Self::Target),
        ("secret", Self::Secret),
        ("json", Self::Json),
        ("none", Self::None),
    ];

    /// The plain type of this name, if there is one.
    #[must_use]
    pub fn plain(name: &str) -> Option<Self> {
        Self::PLAIN.into_iter().find(|(n, _)| *n == name).map(|(_, t)| t)
    }

    pub(crate) fn plain_names() -> [&'static str; 14] {
        Self::PLAIN.map(|(name, _)| name)
    }

    fn plain_name(&self) -> Option<&'static str> {
        Self::PLAIN.iter().find(|(_, t)| t == self).map(|(n, _)| *n)
    }

    /// The JSON form that stands in a bundle.
    #[must_use]
    pub fn to_json(&self) -> Json {
        if let Some(name) = self.plain_name() {
            return Json::from(name);
        }
        let pair = |word: &str, of: &Self| Json::from(vec![Json::from(word), of.to_json()]);
        match self {
            Self::List(t) => pair("list", t),
            Self::Set(t) => pair("set", t),
            Self::Map(t) => pair("map", t),
            Self::Nullable(t) => pair("nullable", t),
            Self::Sensitive(t) => pair("sensitive", t),
            Self::Enum(words) => Json::from(vec![Json::from("enum"), Json::from(words.clone())]),
            Self::Tuple(of) => Json::from(vec![
                Json::from("tuple"),
                Json::Array(of.iter().map(Self::to_json).collect()),
            ]),
            Self::Object(attributes) => {
                let map = attributes
                    .iter()
                    .map(|(name, a)| {
                        let json = match &a.optional {
                            None => a.ty.to_json(),
                            Some(default) => Json::from(vec![
                                Json::from("optional"),
                                a.ty.to_json(),
                                default.to_json(),
                            ]),
                        };
                        (name.clone(), json)
                    })
                    .collect();
                Json::from(vec![Json::from("object"), Json::Object(map)])
            }
            // Plain types are answered above.
            Self::Bool
            | Self::Number
            | Self::String
            | Self::Duration
            | Self::Timestamp
            | Self::User
            | Self::Channel
            | Self::Group
            | Self::Principal
            | Self::Principals
            | Self::Target
            | Self::Secret
            | Self::Json
            | Self::None => Json::Null,
        }
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// A sentence that names the part that is no type.
    pub fn from_json(json: &Json) -> Result<Self, String> {
        if let Some(name) = json.as_str() {
            return Self::plain(name).ok_or_else(|| format!("`{name}` is no type"));
        }
        let parts = json.as_array().ok_or_else(|| format!("`{json}` is no type"))?;
        let (Some(word), Some(rest), true) =
            (parts.first().and_then(Json::as_str), parts.get(1), parts.len() == 2)
        else {
            return Err(format!("`{json}` is no type"));
        };
        let inner = || Self::from_json(rest).map(Box::new);
        Ok(match word {
            "list" => Self::List(inner()?),
            "set" => Self::Set(inner()?),
            "map" => Self::Map(inner()?),
            "nullable" => Self::Nullable(inner()?),
            "sensitive" => Self::Sensitive(inner()?),
            "enum" => Self::Enum(
                serde_json::from_value(rest.clone())
                    .map_err(|e| format!("the words of an enum: {e}"))?,
            ),
            "tuple" => Self::Tuple(
                rest.as_array()
                    .ok_or("a tuple needs a list of types")?
                    .iter()
                    .map(Self::from_json)
                    .collect::<Result<_, _>>()?,
            ),
            "object" => {
                let map = rest.as_object().ok_or("an object type needs a map of types")?;
                let mut attributes = BTreeMap::new();
                for (name, json) in map {
                    attributes.insert(name.clone(), Attribute::from_json(json)?);
                }
                Self::Object(attributes)
            }
            other => return Err(format!("`{other}` is no type")),
        })
    }
}

impl Attribute {
    fn from_json(json: &Json) -> Result<Self, String> {
        if let Some([word, ty, default]) = json.as_array().map(Vec::as_slice)
            && word.as_str() == Some("optional")
        {
            return Ok(Self {
                ty: Type::from_json(ty)?,
                optional: Some(Expr::from_json(default)?),
            });
        }
        Ok(Self::required(Type::from_json(json)?))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.plain_name() {
            return f.write_str(name);
        }
        match self {
            Self::List(t) => write!(f, "list({t})"),
            Self::Set(t) => write!(f, "set({t})"),
            Self::Map(t) => write!(f, "map({t})"),
            Self::Nullable(t) => write!(f, "{t}?"),
            Self::Sensitive(t) => write!(f, "sensitive({t})"),
            Self::Enum(words) => {
                let quoted: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
                write!(f, "one of {}", quoted.join(", "))
            }
            Self::Tuple(of) => {
                let names: Vec<String> = of.iter().map(Self::to_string).collect();
                write!(f, "[{}]", names.join(", "))
            }
            Self::Object(attributes) => {
                let inner: Vec<String> = attributes
                    .iter()
                    .map(|(name, a)| {
                        if a.optional.is_some() {
                            format!("{name} = optional({})", a.ty)
                        } else {
                            format!("{name} = {}", a.ty)
                        }
                    })
                    .collect();
                write!(f, "object({{ {} }})", inner.join(", "))
            }
            Self::Bool
            | Self::Number
            | Self::String
            | Self::Duration
            | Self::Timestamp
            | Self::User
            | Self::Channel
            | Self::Group
            | Self::Principal
            | Self::Principals
            | Self::Target
            | Self::Secret
            | Self::Json
            | Self::None => Ok(()),
        }
    }
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
