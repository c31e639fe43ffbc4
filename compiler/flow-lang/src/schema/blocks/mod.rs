//! The blocks, outermost first, one file for each part of the language.
//!
//! To add a block: its row in the file where it belongs, with a text for itself and for each of its
//! attributes, and its word in the row of the block that holds it (or in [`TOP_LEVEL`]).

mod approval;
mod call;
mod flow;
mod grant;
mod hook;
mod identities;
mod module;
mod outside;

use super::{Attribute, Block, Child, Form, optional};

const NO_ATTRIBUTES: &[Attribute] = &[];
const NO_CHILDREN: &[Child] = &[];

/// What makes one declaration many.
const FOR_EACH: Attribute = optional("for_each", Form::Static).takes("map or set(string)").doc(
    "Makes an instance for each element: `each.key` and `each.value` say which, and \
     `<address>[\"key\"]` names it. `<address>[*]` is all of them, by key.",
);

/// The words that may stand outermost, those of later versions of the compiler included.
pub(crate) const TOP_LEVEL: &[&str] = &[
    "bundle",
    "variable",
    "locals",
    "secret",
    "integration",
    "environment",
    "group",
    "target",
    "strategy",
    "message",
    "flow",
    "identities",
    "function",
    "module",
    "output",
    "check",
    "moved",
];

static PARTS: [&[Block]; 8] = [
    module::BLOCKS,
    outside::BLOCKS,
    call::BLOCKS,
    identities::BLOCKS,
    grant::BLOCKS,
    flow::BLOCKS,
    approval::BLOCKS,
    hook::BLOCKS,
];

/// The table of this block; none for a word that is no block, or one of a later compiler.
pub(crate) fn block(word: &str) -> Option<&'static Block> {
    blocks().find(|b| b.word == word)
}

/// Every block that has a table, in the order of the reference.
pub(crate) fn blocks() -> impl Iterator<Item = &'static Block> {
    PARTS.iter().copied().flatten()
}

const fn plain(
    word: &'static str,
    labels: &'static [&'static str],
    attributes: &'static [Attribute],
    children: &'static [Child],
) -> Block {
    Block { word, labels, attributes, children, free: false, advice: "", doc: "" }
}
