//! The blocks of `*.flowtest.hcl` as they are told: a page of their own, because some of their words
//! mean something else in a flow.

use std::fmt::Write as _;

use super::entry::{AttributeEntry, BlockEntry, ChildEntry, title};
use super::tables::table;
use crate::schema::{Block, TEST_LEVEL, test_block, test_blocks};

/// What a path in [`super::find`] begins with where a block of a test file is meant.
pub(super) const WORD: &str = "flowtest";

/// A block of a test file.
pub(crate) fn entry(block: &'static Block) -> BlockEntry {
    let mut attributes: Vec<AttributeEntry> =
        block.attributes.iter().map(AttributeEntry::new).collect();
    attributes.sort_by_key(|a| !a.required);
    let blocks = block.children.iter().filter_map(|child| test_block(child.word));
    let blocks =
        blocks.map(|b| ChildEntry { title: title(b, None), count: "any number", doc: b.doc });
    let mut stands_in: Vec<String> = test_blocks()
        .filter(|b| b.children.iter().any(|c| c.word == block.word))
        .map(|b| b.word.to_owned())
        .collect();
    if TEST_LEVEL.contains(&block.word) {
        stands_in.insert(0, "a `*.flowtest.hcl` file".to_owned());
    }
    BlockEntry {
        title: title(block, None),
        doc: block.doc.to_owned(),
        stands_in,
        types: Vec::new(),
        takes_any_name: false,
        attributes,
        blocks: blocks.collect(),
    }
}

/// The table of the spec.
pub(super) fn rows() -> impl Iterator<Item = Vec<String>> {
    test_blocks().map(|block| {
        let attributes = entry(block).attributes.into_iter().map(|a| {
            let star = if a.required { "\\*" } else { "" };
            let default = a.default.map(|d| format!(" = {d}")).unwrap_or_default();
            format!("`{}`{star}{default}", a.name)
        });
        let attributes: Vec<String> = attributes.collect();
        vec![format!("`{}`", title(block, None)), attributes.join(", "), block.doc.to_owned()]
    })
}

/// The page.
pub(super) fn page(made: &str) -> String {
    let mut out = format!(
        "{made}# Flow tests\n\nThe blocks of `*.flowtest.hcl`, which stands beside a module's flows. \
         `flowc test` plays them. `flowc explain flowtest.expect` prints the same in a terminal.\n"
    );
    for block in test_blocks() {
        let entry = entry(block);
        let place = if TEST_LEVEL.contains(&block.word) { "outermost" } else { "in `scenario`" };
        // Writing to a string cannot fail.
        let _ = write!(out, "\n## `{}`\n\n{}\n\nStands {place}.\n", entry.title, entry.doc);
        if entry.attributes.is_empty() {
            continue;
        }
        let rows = entry.attributes.iter().map(|a| {
            let default = match (&a.default, a.required) {
                (Some(default), _) => format!("`{default}`"),
                (None, true) => "**must be written**".to_owned(),
                (None, false) => String::new(),
            };
            vec![format!("`{}`", a.name), a.takes.clone(), default, a.doc.to_owned()]
        });
        out.push('\n');
        out.push_str(&table("", &["attribute", "takes", "default", ""], rows).text);
    }
    out
}
