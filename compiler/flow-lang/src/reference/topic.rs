//! What can be asked about: `strategy`, `step.http`, `flow.approval.quorum`, `coalesce`.

use flow_bundle::function;
use serde::Serialize;

use super::entry::{AttributeEntry, BlockEntry, FunctionEntry, children, family, kinds, title};
use super::flowtest;
use crate::schema::{self, Block, Kind};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A block.
    Block(BlockEntry),
    /// An attribute.
    Attribute {
        /// The block that it stands in.
        of: String,
        /// Itself.
        #[serde(flatten)]
        attribute: AttributeEntry,
    },
    /// A function.
    Function(FunctionEntry),
}

/// What stands in the tables under a path of words, as `flow.approval.quorum`. The path may begin
/// at any block; blanks and quotes, as in `step "aws_lambda"`, part words too.
#[must_use]
pub fn find(path: &str) -> Option<Topic> {
    let words: Vec<&str> = path.split(['.', ' ', '"']).filter(|word| !word.is_empty()).collect();
    let (first, rest) = words.split_first()?;
    let Some(mut block) = schema::block(first) else {
        let of_tests = if *first == flowtest::WORD { rest } else { words.as_slice() };
        if let Some(found) = of_test(of_tests) {
            return Some(found);
        }
        let name = if matches!(*first, "function" | "fn") { rest.first()? } else { first };
        return function::find(name).map(FunctionEntry::new).map(Topic::Function);
    };
    let mut kind = None;
    for (index, word) in rest.iter().enumerate() {
        if let Some(found) = kind_of(block, kind, word) {
            kind = Some(found);
        } else if let Some(child) = children(block, kind).find(|c| c.word == *word) {
            block = schema::block(child.word)?;
            kind = None;
        } else {
            let attribute = attributes(block, kind).find(|a| a.name == *word)?;
            let last = index + 1 == rest.len();
            return last.then(|| Topic::Attribute {
                of: title(block, kind),
                attribute: AttributeEntry::new(attribute),
            });
        }
    }
    Some(Topic::Block(BlockEntry::new(block, kind)))
}

/// A block of a test file, or one of its attributes.
fn of_test(words: &[&str]) -> Option<Topic> {
    let (first, rest) = words.split_first()?;
    let mut block = schema::test_block(first)?;
    for (index, word) in rest.iter().enumerate() {
        if let Some(child) = block.children.iter().find(|c| c.word == *word) {
            block = schema::test_block(child.word)?;
            continue;
        }
        let attribute = block.attributes.iter().find(|a| a.name == *word)?;
        let (of, attribute) = (title(block, None), AttributeEntry::new(attribute));
        return (index + 1 == rest.len()).then_some(Topic::Attribute { of, attribute });
    }
    Some(Topic::Block(flowtest::entry(block)))
}

/// Every path that is worth offering, blocks first.
#[must_use]
pub fn topics() -> Vec<String> {
    let mut topics = Vec::new();
    for block in schema::blocks() {
        topics.push(block.word.to_owned());
        topics.extend(kinds(block).map(|k| format!("{}.{}", block.word, k.word)));
    }
    topics.extend(schema::test_blocks().map(|b| format!("{}.{}", flowtest::WORD, b.word)));
    for block in schema::blocks() {
        topics.extend(attributes(block, None).map(|a| format!("{}.{}", block.word, a.name)));
    }
    topics.extend(function::all().map(|f| f.name.to_owned()));
    topics
}

fn kind_of(block: &Block, kind: Option<&Kind>, word: &str) -> Option<&'static Kind> {
    let family = family(block.word).filter(|_| kind.is_none())?;
    schema::kind(family, word)
}

/// The attributes of a block in this version; those of one of its types too, or of them all.
pub(crate) fn attributes(
    block: &'static Block,
    kind: Option<&'static Kind>,
) -> impl Iterator<Item = &'static schema::Attribute> {
    let own = kind.map(|k| k.attributes).unwrap_or_default();
    own.iter().chain(block.attributes)
}
