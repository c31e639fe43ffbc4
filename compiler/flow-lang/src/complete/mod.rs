//! What may be written at a place of a file that is not finished: blocks, attributes, words,
//! functions and names, told from the tables that the checker reads.
//!
//! The text need not be right. What a name means is the checker's: here it is enough that the
//! name may stand there.

mod elsewhere;
mod names;
mod outline;
#[cfg(test)]
mod tests;

use flow_bundle::bundle::HookEvent;
use serde::Serialize;

use crate::reference::AttributeEntry;
use crate::reference::{attributes, children, kinds, title};
use crate::schema::{self, Block as Table, Form, Kind as Type, TEST_LEVEL, TOP_LEVEL};
use crate::source::{FileId, Sources};
use outline::{At, Block};

/// One thing that may be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What is put in place of what was begun.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// Its form, in a few words.
    pub detail: String,
    /// What it is for.
    pub doc: String,
}

/// What can be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A block.
    Block,
    /// An attribute.
    Attribute,
    /// One of a closed list of words.
    Word,
    /// A type.
    Type,
    /// A function.
    Function,
    /// Something that is declared, or a part of it.
    Name,
}

impl Kind {
    /// In one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Attribute => "attribute",
            Self::Word => "word",
            Self::Type => "type",
            Self::Function => "function",
            Self::Name => "name",
        }
    }
}

/// What may be written at a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Completions {
    /// What was begun there, and is replaced.
    pub begun: String,
    /// What may stand in its place, likeliest first.
    pub items: Vec<Item>,
}

/// What may be written at a byte of a file.
#[must_use]
pub fn complete(sources: &Sources, file: FileId, offset: usize) -> Completions {
    let Some(source) = sources.file(file) else { return Completions::default() };
    let mut offset = offset.min(source.text.len());
    while !source.text.is_char_boundary(offset) {
        offset -= 1;
    }
    let (blocks, at) = outline::read(&source.text, offset);
    if at.silent {
        return Completions::default();
    }
    let written = source.text.get(at.start..offset).unwrap_or_default();
    let here = Here { sources, file, blocks: &blocks, at: &at, written };
    let (begun, items) = here.items(written);
    let begun = begun.to_owned();
    let items = items.into_iter().filter(|item| item.text.starts_with(&begun)).collect();
    Completions { begun, items }
}

/// The place, and what stands around it.
pub(super) struct Here<'a> {
    sources: &'a Sources,
    file: FileId,
    blocks: &'a [Block],
    at: &'a At,
    /// The statement, as far as it is written.
    written: &'a str,
}

impl<'a> Here<'a> {
    /// The block at an index and those around it, innermost first.
    fn around(&self) -> impl Iterator<Item = (usize, &'a Block)> + use<'a> {
        let blocks = self.blocks;
        let mut next = self.at.block;
        std::iter::from_fn(move || {
            let index = next?;
            let block = blocks.get(index)?;
            next = block.parent;
            Some((index, block))
        })
    }

    /// What was begun in a statement, and what may stand there.
    fn items<'t>(&self, written: &'t str) -> (&'t str, Vec<Item>) {
        if let Some((name, value)) = assigned(written) {
            return self.value(name, value);
        }
        if written.chars().all(outline::is_word) {
            return (written, self.statements());
        }
        self.label(written)
    }

    /// Attributes and blocks that may begin here.
    fn statements(&self) -> Vec<Item> {
        if self.is_test() {
            return self.test_statements();
        }
        let Some((_, open)) = self.around().next() else {
            let tables = TOP_LEVEL.iter().filter_map(|word| schema::block(word));
            return tables.map(block).collect();
        };
        let Some((table, kind)) = self.table_of(open) else { return Vec::new() };
        let there = |name: &str| open.attributes.iter().any(|n| n == name);
        let mut all: Vec<AttributeEntry> =
            attributes(table, kind).filter(|a| !there(a.name)).map(AttributeEntry::new).collect();
        all.sort_by_key(|a| !a.required);
        let mut items: Vec<Item> = all.into_iter().map(attribute).collect();
        let inner = children(table, kind).filter_map(|child| {
            let stands = self.blocks.iter().any(|b| {
                b.parent == self.at.block && b.header.first().is_some_and(|w| w == child.word)
            });
            (child.repeated || !stands).then(|| schema::block(child.word)).flatten()
        });
        items.extend(inner.map(block));
        items
    }

    /// Whether this is a file of scenarios, which has blocks of its own.
    fn is_test(&self) -> bool {
        self.sources.file(self.file).is_some_and(|f| f.path.ends_with(".flowtest.hcl"))
    }

    /// The same in a file of scenarios.
    fn test_statements(&self) -> Vec<Item> {
        let Some((_, open)) = self.around().next() else {
            return TEST_LEVEL.iter().filter_map(|w| schema::test_block(w)).map(block).collect();
        };
        let Some((table, _)) = self.table_of(open) else { return Vec::new() };
        let there = |name: &str| open.attributes.iter().any(|n| n == name);
        let own = table.attributes.iter().filter(|a| !there(a.name)).map(AttributeEntry::new);
        let mut items: Vec<Item> = own.map(attribute).collect();
        let inner = table.children.iter().filter_map(|child| schema::test_block(child.word));
        items.extend(inner.map(block));
        items
    }

    fn table_of(&self, open: &Block) -> Option<(&'static Table, Option<&'static Type>)> {
        if self.is_test() {
            return schema::test_block(open.header.first()?).map(|table| (table, None));
        }
        let table = schema::block(open.header.first()?)?;
        let kind = open.header.get(1).and_then(|word| kinds(table).find(|k| k.word == *word));
        Some((table, kind))
    }

    /// Labels that have known words: types, events, decisions.
    fn label<'t>(&self, written: &'t str) -> (&'t str, Vec<Item>) {
        let mut head = written;
        let mut begun = "";
        if self.at.quote.is_some()
            && let Some((before, inside)) = written.rsplit_once('"')
        {
            (head, begun) = (before, inside);
        }
        let Some(parts) = outline::header(head) else { return (begun, Vec::new()) };
        let [word] = parts.as_slice() else { return (begun, Vec::new()) };
        let Some(table) = schema::block(word) else { return (begun, Vec::new()) };
        let mut items: Vec<Item> =
            kinds(table).map(|k| item(k.word, Kind::Word, title(table, Some(k)), k.doc)).collect();
        if word == "hook" {
            items.extend(
                schema::HOOKS
                    .iter()
                    .map(|h| item(h.event.word(), Kind::Word, "event".to_owned(), h.runs)),
            );
        }
        if word == "decision" {
            let hook = self.around().next().and_then(|(_, b)| b.header.get(1));
            let event = hook.and_then(|word| HookEvent::parse(word));
            let words = event.map(|e| schema::hook(e).decisions).unwrap_or_default();
            items.extend(words.iter().map(|w| item(w, Kind::Word, "decision".to_owned(), "")));
        }
        if self.at.quote.is_none() {
            for item in &mut items {
                item.text = format!("\"{}\"", item.text);
            }
        }
        (begun, items)
    }

    /// The value of an attribute.
    fn value<'t>(&self, name: &str, value: &'t str) -> (&'t str, Vec<Item>) {
        let open = self.around().next().map(|(_, open)| open);
        let spec = open
            .and_then(|open| self.table_of(open))
            .and_then(|(table, kind)| attributes(table, kind).find(|a| a.name == name));
        let form = spec.map_or(Form::RunTime, |s| s.form);
        if self.at.quote.is_some() {
            let begun = value.rsplit('"').next().unwrap_or_default();
            let words = match form {
                Form::Word(words) | Form::Words(words) => words,
                _ => &[],
            };
            return (
                begun,
                words.iter().map(|w| item(w, Kind::Word, name.to_owned(), "")).collect(),
            );
        }
        let from = value
            .rfind(|c: char| !outline::is_word(c) && c != '.' && c != ':')
            .and_then(|at| {
                value.get(at..).and_then(|r| r.chars().next()).map(|c| at + c.len_utf8())
            })
            .unwrap_or(0);
        let path = value.get(from..).unwrap_or_default();
        (path, names::at(self, name, form, path))
    }
}

/// Name and begun value of an attribute; none where the statement is something else.
fn assigned(written: &str) -> Option<(&str, &str)> {
    let end = written.find(|c| !outline::is_word(c))?;
    let (name, rest) = written.split_at_checked(end)?;
    let value = rest.trim_start().strip_prefix('=').filter(|v| !v.starts_with('='))?;
    (!name.is_empty()).then_some((name, value))
}

fn item(text: &str, kind: Kind, detail: String, doc: &str) -> Item {
    Item { text: text.to_owned(), kind, detail, doc: doc.to_owned() }
}

fn block(table: &'static Table) -> Item {
    item(table.word, Kind::Block, title(table, None), table.doc)
}

fn attribute(entry: AttributeEntry) -> Item {
    let mut detail = entry.takes;
    if entry.required {
        detail.push_str(", required");
    }
    if let Some(default) = entry.default {
        detail.push_str(&format!(", default {default}"));
    }
    item(entry.name, Kind::Attribute, detail, entry.doc)
}
