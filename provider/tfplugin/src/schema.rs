//! What users may write: attributes and single blocks.

use std::collections::BTreeMap;

use crate::pb::tfplugin6 as pb;
use crate::types::Type;
use crate::value::Value;

/// The schema of a provider, a resource or a data source.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Goes up when stored state has to be rewritten.
    pub version: i64,
    /// Markdown.
    pub description: &'static str,
    /// What can be written and read.
    pub attributes: Vec<Attribute>,
    /// Blocks that stand at most once.
    pub blocks: Vec<Block>,
}

/// A block that stands at most once; its value is null where it is absent.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its name.
    pub name: &'static str,
    /// Markdown.
    pub description: &'static str,
    /// What can be written in it.
    pub attributes: Vec<Attribute>,
}

/// One attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub value_type: Type,
    /// Markdown.
    pub description: &'static str,
    /// Who sets it.
    pub source: Source,
    /// Whether another value means another resource.
    pub replaces: bool,
}

/// Who sets an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The user, always.
    Required,
    /// The user, or nobody.
    Optional,
    /// The user, or this.
    Default(Value),
    /// The provider.
    Computed,
}

impl Attribute {
    /// An attribute that the user always sets.
    #[must_use]
    pub fn required(name: &'static str, value_type: Type, description: &'static str) -> Self {
        Self { name, value_type, description, source: Source::Required, replaces: false }
    }

    /// An attribute that the user may set.
    #[must_use]
    pub fn optional(name: &'static str, value_type: Type, description: &'static str) -> Self {
        Self { source: Source::Optional, ..Self::required(name, value_type, description) }
    }

    /// An attribute that the provider sets.
    #[must_use]
    pub fn computed(name: &'static str, value_type: Type, description: &'static str) -> Self {
        Self { source: Source::Computed, ..Self::required(name, value_type, description) }
    }

    /// What it is where the user sets nothing.
    #[must_use]
    pub fn or(mut self, value: impl Into<Value>) -> Self {
        self.source = Source::Default(value.into());
        self
    }

    /// Another value means another resource.
    #[must_use]
    pub fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    fn to_pb(&self) -> pb::schema::Attribute {
        let (required, optional, computed) = match self.source {
            Source::Required => (true, false, false),
            Source::Optional => (false, true, false),
            Source::Default(_) => (false, true, true),
            Source::Computed => (false, false, true),
        };
        pb::schema::Attribute {
            name: self.name.to_owned(),
            r#type: self.value_type.to_json().to_string().into_bytes(),
            description: self.description.to_owned(),
            required,
            optional,
            computed,
            sensitive: false,
            description_kind: pb::StringKind::Markdown.into(),
        }
    }
}

impl Schema {
    /// The type of a whole value.
    #[must_use]
    pub fn value_type(&self) -> Type {
        let blocks = self.blocks.iter().map(|b| (b.name.to_owned(), object_of(&b.attributes)));
        let attributes = self.attributes.iter().map(|a| (a.name.to_owned(), a.value_type.clone()));
        Type::Object(attributes.chain(blocks).collect())
    }

    pub(crate) fn to_pb(&self) -> pb::Schema {
        let block = pb::schema::Block {
            version: self.version,
            attributes: self.attributes.iter().map(Attribute::to_pb).collect(),
            block_types: self.blocks.iter().map(Block::to_pb).collect(),
            description: self.description.to_owned(),
            description_kind: pb::StringKind::Markdown.into(),
        };
        pb::Schema { version: self.version, block: Some(block) }
    }
}

impl Block {
    fn to_pb(&self) -> pb::schema::NestedBlock {
        let block = pb::schema::Block {
            version: 0,
            attributes: self.attributes.iter().map(Attribute::to_pb).collect(),
            block_types: Vec::new(),
            description: self.description.to_owned(),
            description_kind: pb::StringKind::Markdown.into(),
        };
        pb::schema::NestedBlock {
            type_name: self.name.to_owned(),
            block: Some(block),
            nesting: pb::schema::nested_block::NestingMode::Single.into(),
        }
    }
}

fn object_of(attributes: &[Attribute]) -> Type {
    let types: BTreeMap<_, _> =
        attributes.iter().map(|a| (a.name.to_owned(), a.value_type.clone())).collect();
    Type::Object(types)
}
