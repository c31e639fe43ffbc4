//! Lists, objects, and `for` in their brackets.

use super::parse::{Parser, Read, Wanted};
use super::seen::{Seen, duplicates};
use super::tree::{Entry, Expr, ExprKind, For, Ident, Key};

const KEY_AND_VALUE: &str = "a line break, `,` or `}` was expected";

impl Parser<'_> {
    /// `[a, b]` or `[for x in xs : x]`.
    pub(super) fn list(&mut self) -> Read<ExprKind> {
        self.at += 1;
        self.lines();
        if self.starts_for() {
            let read = self.for_expr(false)?;
            self.expect(b']', Wanted::Words("`]` was expected"))?;
            return Ok(read);
        }
        let first = self.exprs.len();
        while self.peek() != b']' {
            let element = self.nested(true, Self::expr)?;
            self.exprs.push(element);
            self.lines();
            if !self.eat(b',') {
                break;
            }
            self.lines();
        }
        self.expect(b']', Wanted::Words("a `,` or `]` was expected"))?;
        Ok(ExprKind::List(self.exprs.drain(first..).collect()))
    }

    /// `{ a = b }` or `{for k, v in m : k => v}`.
    pub(super) fn object(&mut self) -> Read<ExprKind> {
        self.at += 1;
        self.lines();
        if self.starts_for() {
            let read = self.for_expr(true)?;
            self.expect(b'}', Wanted::Words("`}` was expected"))?;
            return Ok(read);
        }
        let outer = std::mem::replace(&mut self.newlines, false);
        let first = self.entries.len();
        while self.peek() != b'}' {
            let entry = self.entry()?;
            self.entries.push(entry);
            if self.peek() == b'}' {
                break;
            }
            if !self.eat(b',') {
                self.rest_of_line();
                if !self.line_break() {
                    return Err(self.refuse(Wanted::Words(KEY_AND_VALUE)));
                }
            }
            self.lines();
        }
        self.at += 1;
        self.newlines = outer;
        let entries: Vec<Entry> = self.entries.drain(first..).collect();
        let names = entries.iter().enumerate().map(|(index, entry): (usize, &Entry)| {
            let span = entry.key.span();
            let written = self.slice(span.start as usize, span.end as usize);
            Seen { index, key: entry.key.text().unwrap_or(written), span }
        });
        let mut found = Vec::new();
        duplicates(names, &mut found);
        self.found.append(&mut found);
        Ok(ExprKind::Object(entries))
    }

    fn entry(&mut self) -> Read<Entry> {
        let key = match self.nested(false, Self::expr)? {
            Expr { kind: ExprKind::Name(text), span } => Key::Name(Ident { text, span }),
            key => Key::Expr(key),
        };
        self.gap();
        if !self.eat(b'=') && !self.eat(b':') {
            return Err(self.refuse(Wanted::Words("`=` was expected after the key")));
        }
        self.gap();
        let value = self.nested(false, Self::expr)?;
        self.gap();
        Ok(Entry { key, value })
    }

    /// Whether `for` stands here as a word of its own, with white space behind it.
    fn starts_for(&self) -> bool {
        self.sees("for")
            && matches!(self.byte(self.at + 3), b' ' | b'\t' | b'#' | b'/' | b'\n' | b'\r')
    }

    /// From `for` to before the closing bracket.
    fn for_expr(&mut self, object: bool) -> Read<ExprKind> {
        self.at += 3;
        let (key, value) = self.for_names()?;
        let collection = self.nested(true, Self::expr)?;
        self.lines();
        self.expect(b':', Wanted::Words("`:` was expected"))?;
        self.lines();
        let mut result = self.nested(true, Self::expr)?;
        self.lines();
        let mut result_key = None;
        let mut grouping = false;
        if object {
            if !self.sees("=>") {
                return Err(self.refuse(Wanted::Words("`=>` was expected")));
            }
            self.at += 2;
            self.lines();
            let value = self.nested(true, Self::expr)?;
            result_key = Some(std::mem::replace(&mut result, value));
            self.lines();
            if self.sees("...") {
                self.at += 3;
                grouping = true;
                self.lines();
            }
        }
        let mut condition = None;
        if self.eat_word("if") {
            self.lines();
            condition = Some(self.nested(true, Self::expr)?);
            self.lines();
        }
        let read = For { key, value, collection, result_key, result, grouping, condition };
        Ok(ExprKind::For(Box::new(read)))
    }

    /// `k, v in` or `v in`, and the white space behind it.
    pub(super) fn for_names(&mut self) -> Read<(Option<Ident>, Ident)> {
        self.lines();
        let mut value = self.for_name()?;
        let mut key = None;
        if self.eat(b',') {
            self.lines();
            key = Some(std::mem::replace(&mut value, self.for_name()?));
        }
        if !self.eat_word("in") {
            return Err(self.refuse(Wanted::Words("`in` was expected")));
        }
        self.lines();
        Ok((key, value))
    }

    fn for_name(&mut self) -> Read<Ident> {
        let name = self.ident();
        let name = name.ok_or_else(|| self.refuse(Wanted::Words("a name was expected")))?;
        self.lines();
        Ok(name)
    }

    /// Takes exactly this word.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let start = self.at;
        if self.word() == Some(word) {
            return true;
        }
        self.at = start;
        false
    }
}
