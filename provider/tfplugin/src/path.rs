//! Where in a configuration something is.

use crate::pb::tfplugin6::AttributePath;
use crate::pb::tfplugin6::attribute_path::{Step as PbStep, step::Selector};

/// Attribute, then keys and indices below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Attribute(String),
    Key(String),
    Index(i64),
}

impl Path {
    /// An attribute of the resource itself.
    #[must_use]
    pub fn attribute(name: &str) -> Self {
        Self(vec![Step::Attribute(name.to_owned())])
    }

    /// An attribute of the block or object at this place.
    #[must_use]
    pub fn then(mut self, name: &str) -> Self {
        self.0.push(Step::Attribute(name.to_owned()));
        self
    }

    /// An element of the map at this place.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.to_owned()));
        self
    }

    /// An element of the list at this place.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)));
        self
    }

    pub(crate) fn to_pb(&self) -> AttributePath {
        let selector = |step: &Step| match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        };
        AttributePath {
            steps: self.0.iter().map(|s| PbStep { selector: Some(selector(s)) }).collect(),
        }
    }
}
