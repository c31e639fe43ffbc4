//! Rows of the tables as people and programs read them.

use flow_bundle::function::Function;
use serde::Serialize;

use crate::schema::{self, Attribute, Block, Child, Family, Form, Kind};

/// A block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockEntry {
    /// As it is opened: `strategy "<type>" "<name>"`.
    pub title: String,
    /// What it is for.
    pub doc: String,
    /// The blocks that it may stand in; empty: outermost.
    pub stands_in: Vec<String>,
    /// The types that its first label may name, where it has types and none was asked for.
    pub types: Vec<&'static str>,
    /// Whether attributes of any name may stand in it.
    pub takes_any_name: bool,
    /// Its attributes, required ones first.
    pub attributes: Vec<AttributeEntry>,
    /// The blocks that may stand in it.
    pub blocks: Vec<ChildEntry>,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttributeEntry {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in a few words.
    pub takes: String,
    /// Whether it must be known when the bundle is built.
    pub is_static: bool,
    /// Whether it must be written.
    pub required: bool,
    /// What an absent one means, where that is a value.
    pub default: Option<String>,
    /// What it is for.
    pub doc: &'static str,
}

/// A block inside a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChildEntry {
    /// As it is opened.
    pub title: String,
    /// `one`, `at most one`, `any number`.
    pub count: &'static str,
    /// What it is for.
    pub doc: &'static str,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionEntry {
    /// Its name.
    pub name: &'static str,
    /// Its arguments and its result.
    pub signature: &'static str,
    /// What it answers.
    pub doc: &'static str,
    /// A call and its answer; empty where that depends on the moment.
    pub example: &'static str,
}

impl BlockEntry {
    pub(super) fn new(block: &'static Block, kind: Option<&'static Kind>) -> Self {
        let own = kind.map(|k| k.attributes).unwrap_or_default();
        let mut attributes: Vec<AttributeEntry> =
            own.iter().chain(block.attributes).map(AttributeEntry::new).collect();
        attributes.sort_by_key(|a| !a.required);
        let types = match kind {
            None => kinds(block).map(|k| k.word).collect(),
            Some(_) => Vec::new(),
        };
        let doc = match kind {
            Some(kind) => format!("{}\n\n{}", kind.doc, block.doc),
            None => block.doc.to_owned(),
        };
        Self {
            title: title(block, kind),
            doc,
            stands_in: parents(block.word),
            types,
            takes_any_name: block.free,
            attributes,
            blocks: children(block, kind).filter_map(ChildEntry::new).collect(),
        }
    }
}

impl AttributeEntry {
    pub(crate) fn new(attribute: &'static Attribute) -> Self {
        Self {
            name: attribute.name,
            takes: takes(attribute),
            is_static: attribute.form != Form::RunTime,
            required: attribute.required,
            default: attribute.default.map(|text| default(attribute.form, text)),
            doc: attribute.doc,
        }
    }
}

impl ChildEntry {
    pub(super) fn new(child: &'static Child) -> Option<Self> {
        let block = schema::block(child.word)?;
        let count = match (child.required, child.repeated) {
            (_, true) => "any number",
            (true, false) => "one",
            (false, false) => "at most one",
        };
        Some(Self { title: title(block, None), count, doc: block.doc })
    }
}

impl FunctionEntry {
    pub(super) const fn new(function: &'static Function) -> Self {
        Self {
            name: function.name,
            signature: function.signature,
            doc: function.doc,
            example: function.example,
        }
    }
}

/// Which types the first label of a block names.
pub(crate) fn family(word: &str) -> Option<Family> {
    Some(match word {
        "integration" => Family::Integration,
        "auth" => Family::Auth,
        "target" => Family::Target,
        "strategy" => Family::Strategy,
        "step" => Family::Step,
        _ => return None,
    })
}

/// The blocks that may stand in a block of this type, in this version.
pub(crate) fn children(
    block: &'static Block,
    kind: Option<&'static Kind>,
) -> impl Iterator<Item = &'static Child> {
    let own = kind.map(|k| k.children).unwrap_or_default();
    block.children.iter().chain(own)
}

/// The blocks that a block may stand in, `step "http"` where only one type takes it; none: it
/// stands outermost.
pub(crate) fn parents(word: &str) -> Vec<String> {
    let mut parents = Vec::new();
    for block in schema::blocks() {
        if children(block, None).any(|c| c.word == word) {
            parents.push(block.word.to_owned());
        }
        for kind in kinds(block) {
            if kind.children.iter().any(|c| c.word == word) {
                parents.push(format!("{} \"{}\"", block.word, kind.word));
            }
        }
    }
    parents
}

/// The types of a block, in this version.
pub(crate) fn kinds(block: &Block) -> impl Iterator<Item = &'static Kind> + use<> {
    let family = family(block.word);
    family.into_iter().flat_map(schema::kinds_of)
}

/// `step "aws_lambda" "<name>"`.
pub(crate) fn title(block: &Block, kind: Option<&Kind>) -> String {
    let mut title = block.word.to_owned();
    for (index, label) in block.labels.iter().enumerate() {
        match kind.filter(|_| index == 0) {
            Some(kind) => title.push_str(&format!(" \"{}\"", kind.word)),
            None => title.push_str(&format!(" \"<{label}>\"")),
        }
    }
    title
}

fn takes(attribute: &Attribute) -> String {
    if !attribute.takes.is_empty() {
        return attribute.takes.to_owned();
    }
    let quoted = |words: &[&str], between: &str| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        words.join(between)
    };
    match attribute.form {
        Form::Text => "string".to_owned(),
        Form::Count => "whole number".to_owned(),
        Form::Duration => "duration".to_owned(),
        Form::Bool => "bool".to_owned(),
        Form::Word(words) => quoted(words, " or "),
        Form::Words(words) => format!("list of {}", quoted(words, ", ")),
        Form::Reference => "reference".to_owned(),
        Form::Secret => "secret".to_owned(),
        Form::Type => "type".to_owned(),
        Form::Static | Form::RunTime => "value".to_owned(),
    }
}

fn default(form: Form, text: &str) -> String {
    match form {
        Form::Text | Form::Duration | Form::Word(_) => format!("\"{text}\""),
        _ => text.to_owned(),
    }
}
