//! The reference as Markdown: a page for each block with its types, one for the functions, one for
//! the codes, and an index.

use std::collections::BTreeMap;

use flow_bundle::function;

use super::entry::{AttributeEntry, BlockEntry, ChildEntry, FunctionEntry, kinds};
use super::flowtest;
use super::tables::{table, tables};
use super::text::{quoted, sentence};
use crate::{code, page, schema};

/// What tells a reader that changes here are lost.
const MADE: &str = "<!-- Made from the tables of the compiler; a test compares it. -->\n\n";

/// Every page, by the name of its file.
#[must_use]
pub fn pages() -> BTreeMap<String, String> {
    let mut pages: BTreeMap<String, String> =
        schema::blocks().map(|b| (format!("{}.md", b.word), block(b))).collect();
    pages.insert("flowtest.md".to_owned(), flowtest::page(MADE));
    pages.insert("functions.md".to_owned(), functions());
    pages.insert("codes.md".to_owned(), codes());
    pages.insert("README.md".to_owned(), index());
    pages
}

fn index() -> String {
    let blocks = schema::blocks().map(|b| {
        let link = format!("[`{0}`]({0}.md)", b.word);
        let first = b.doc.split_inclusive(". ").next().unwrap_or_default();
        vec![
            link,
            kinds(b).map(|k| format!("`{}`", k.word)).collect::<Vec<_>>().join(", "),
            first.trim_end().to_owned(),
        ]
    });
    format!(
        "{MADE}# Reference of the flow language\n\nWhat may be written where. `flowc explain \
         strategy.aws_lambda` prints the same in a terminal; what it all means together stands in \
         [`spec.md`](../spec.md).\n\n{}\n[Flow tests](flowtest.md) · [Functions](functions.md) · [Codes of findings](codes.md)\n",
        table("", &["block", "types", ""], blocks).text
    )
}

fn block(block: &'static schema::Block) -> String {
    let entry = BlockEntry::new(block, None);
    let place = if entry.stands_in.is_empty() {
        "Stands outermost in a file.".to_owned()
    } else {
        format!("Stands in {}.", quoted(&entry.stands_in))
    };
    let mut out = format!("{MADE}# `{}`\n\n{}\n\n{place}\n", entry.title, entry.doc);
    if entry.takes_any_name {
        out.push_str("\nAttributes of any name may stand in it.\n");
    }
    attributes(&mut out, &entry.attributes);
    blocks(&mut out, "##", &entry.blocks);
    if block.word == "hook" {
        let events = tables().into_iter().filter(|t| t.name == "hooks").map(|t| t.text);
        out.push_str(&format!("\n## Events\n\n{}", events.collect::<String>()));
    }
    for kind in kinds(block) {
        out.push_str(&format!(
            "\n## `{}`\n\n{}\n",
            BlockEntry::new(block, Some(kind)).title,
            kind.doc
        ));
        let known = kind.attributes.iter();
        let own: Vec<AttributeEntry> = known.map(AttributeEntry::new).collect();
        attributes(&mut out, &own);
        let own: Vec<ChildEntry> = kind.children.iter().filter_map(ChildEntry::new).collect();
        blocks(&mut out, "###", &own);
    }
    out
}

fn attributes(out: &mut String, entries: &[AttributeEntry]) {
    if entries.is_empty() {
        return;
    }
    let rows = entries.iter().map(|a| {
        let late = if a.is_static { "" } else { "; may read the request" };
        let default = match (&a.default, a.required) {
            (Some(default), _) => format!("`{default}`"),
            (None, true) => "**must be written**".to_owned(),
            (None, false) => String::new(),
        };
        vec![format!("`{}`", a.name), format!("{}{late}", a.takes), default, a.doc.to_owned()]
    });
    out.push('\n');
    out.push_str(&table("", &["attribute", "takes", "default", ""], rows).text);
}

fn blocks(out: &mut String, level: &str, entries: &[ChildEntry]) {
    if entries.is_empty() {
        return;
    }
    let rows = entries.iter().map(|c| {
        let word = c.title.split(' ').next().unwrap_or_default();
        vec![format!("[`{}`]({word}.md)", c.title), c.count.to_owned(), c.doc.to_owned()]
    });
    out.push_str(&format!("\n{level} Blocks\n\n"));
    out.push_str(&table("", &["block", "how often", ""], rows).text);
}

fn functions() -> String {
    let mut out = format!(
        "{MADE}# Functions\n\nAll are pure and total: the same arguments give the same answer, on \
         every machine, and none runs without end. `now()` is the moment of the event that is \
         handled. What a function means never changes: a bundle names the version.\n"
    );
    for f in function::all().map(FunctionEntry::new) {
        let doc = sentence(f.doc);
        out.push_str(&format!("\n## `{}`\n\n`{}`\n\n{doc}\n", f.name, f.signature));
        if !f.example.is_empty() {
            out.push_str(&format!("\n```\n{}\n```\n", f.example));
        }
    }
    out
}

fn codes() -> String {
    let told = code::ALL.iter().filter(|c| page::find(**c).is_some());
    let rows = told.map(|c| {
        let link = format!("[{0}](../flow-lang/codes/{0}-{1}.md)", c.id, c.slug);
        vec![link, c.severity.word().to_owned(), sentence(c.line)]
    });
    format!(
        "{MADE}# Codes of findings\n\n`flowc explain R102` prints the page of a code. A code is \
         never used again for something else and never changes its severity.\n\n{}",
        table("", &["code", "", ""], rows).text
    )
}
