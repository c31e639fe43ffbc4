//! Bodies: attributes and blocks.

use super::parse::{Parser, Read, Wanted};
use super::seen::{Seen, duplicates};
use super::tree::{Attribute, Block, Body, Ident, Item};

impl<'a> Parser<'a> {
    /// Items up to the end, or up to the brace that closes a block.
    pub(super) fn body(&mut self, in_block: bool) -> Read<Vec<Item>> {
        let first = self.items.len();
        loop {
            self.lines();
            if self.is_end() || (in_block && self.peek() == b'}') {
                break;
            }
            let item = self.item()?;
            self.items.push(item);
            self.rest_of_line();
            if !self.line_break() && !self.is_end() {
                return Err(self.refuse(Wanted::Words("a line break was expected")));
            }
        }
        let items = self.items.drain(first..).collect();
        Ok(self.unique(items))
    }

    fn item(&mut self) -> Read<Item> {
        let Some(name) = self.ident() else {
            return Err(
                self.refuse(Wanted::Words("the name of an attribute or a block belongs here"))
            );
        };
        self.gap();
        match self.peek() {
            b'=' => self.attribute(name).map(Item::Attribute),
            b'{' | b'"' => self.block(name).map(Item::Block),
            byte if byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii() => {
                self.block(name).map(Item::Block)
            }
            _ => Err(self.refuse(Wanted::Words("`=` or `{` was expected"))),
        }
    }

    fn attribute(&mut self, name: Ident) -> Read<Attribute> {
        self.at += 1;
        self.gap();
        self.operators = 0;
        let expr = self.expr()?;
        let span = name.span.to(expr.span);
        Ok(Attribute { name, expr, span })
    }

    fn block(&mut self, kind: Ident) -> Read<Block> {
        let mut labels = Vec::with_capacity(usize::from(self.peek() != b'{'));
        while self.peek() != b'{' {
            let label = if self.peek() == b'"' { Some(self.label()?) } else { self.ident() };
            labels.push(label.ok_or_else(|| self.refuse(Wanted::Words("`{` was expected")))?);
            self.gap();
        }
        let header = kind.span.to(labels.last().map_or(kind.span, |label: &Ident| label.span));
        let body = self.nested(false, Self::block_body)?;
        let span = self.span(kind.span.start as usize, self.at);
        Ok(Block { kind, labels, header, body, span, tombstone: false })
    }

    /// What stands between two braces: items on lines of their own, or at most one attribute.
    fn block_body(&mut self) -> Read<Body> {
        self.at += 1;
        let start = self.at;
        self.rest_of_line();
        let items = if self.line_break() {
            self.body(true)?
        } else {
            self.at = start;
            self.gap();
            let name = self.ident();
            self.gap();
            match name {
                Some(name) if self.peek() == b'=' => {
                    let attribute = self.attribute(name)?;
                    self.gap();
                    vec![Item::Attribute(attribute)]
                }
                Some(_) => return Err(self.refuse(Wanted::Words("`=` was expected"))),
                None => Vec::new(),
            }
        };
        let span = self.span(start, self.at);
        self.expect(b'}', Wanted::Words("`}` or a line break was expected"))?;
        Ok(Body { items, span })
    }

    pub(super) fn ident(&mut self) -> Option<Ident> {
        let start = self.at;
        let text = self.word()?.to_owned();
        Some(Ident { text, span: self.span(start, self.at) })
    }

    /// Reports each attribute that stands there already, and leaves it out.
    fn unique(&mut self, mut items: Vec<Item>) -> Vec<Item> {
        let names = items.iter().enumerate().filter_map(|(i, item)| match item {
            Item::Attribute(attribute) => {
                Some(Seen { index: i, key: &attribute.name.text, span: attribute.name.span })
            }
            Item::Block(_) => None,
        });
        let again = duplicates(names, &mut self.found);
        let mut index = 0;
        if !again.is_empty() {
            items.retain(|_| {
                index += 1;
                !again.contains(&(index - 1))
            });
        }
        items
    }
}
