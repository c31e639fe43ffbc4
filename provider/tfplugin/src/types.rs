//! The types of values, and how a schema writes them: as JSON.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

/// A type of the configuration language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// Any size and precision.
    Number,
    /// Text.
    String,
    /// Ordered, elements of one type.
    List(Box<Type>),
    /// Without order or duplicates, elements of one type.
    Set(Box<Type>),
    /// Text keys, elements of one type.
    Map(Box<Type>),
    /// Named attributes, all of them present.
    Object(BTreeMap<String, Type>),
}

impl Type {
    /// A list.
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A set.
    #[must_use]
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map.
    #[must_use]
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object.
    #[must_use]
    pub fn object<const N: usize>(attributes: [(&str, Self); N]) -> Self {
        Self::Object(attributes.into_iter().map(|(name, t)| (name.to_owned(), t)).collect())
    }

    /// As schemas write it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Object(attributes) => {
                let attributes: BTreeMap<_, _> =
                    attributes.iter().map(|(name, t)| (name, t.to_json())).collect();
                json!(["object", attributes])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Type;

    #[test]
    fn types_are_written_as_json() {
        let t = Type::list(Type::object([
            ("tags", Type::map(Type::String)),
            ("on", Type::Bool),
            ("arns", Type::set(Type::String)),
            ("size", Type::Number),
        ]));
        let text = r#"["list",["object",{"arns":["set","string"],"on":"bool","size":"number","tags":["map","string"]}]]"#;
        assert_eq!(t.to_json().to_string(), text);
    }
}
