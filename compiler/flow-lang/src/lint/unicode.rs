//! Text that is not what it looks like: characters that do not show or turn the direction of
//! writing (N630, N634), letters of another alphabet among those of a word (N631), names that
//! cannot be told from one another (N632), and keywords as names (N633).
//!
//! People approve what they read. What is judged here is the source and every text in it; which
//! names there may be at all is not (a declared name is of ASCII, see B108).

use std::collections::BTreeMap;

use unicode_script::{Script, UnicodeScript};
use unicode_security::confusable_detection::skeleton;

use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Sources, Span};
use crate::syntax::tree::{
    Block, Body, Entry, Expr, ExprKind, File, Ident, Item, Key, Part, Step, Text,
};

/// Words of the syntax. Each is legal as a name, and misread as one.
const KEYWORDS: [&str; 9] = ["for", "in", "if", "else", "endif", "endfor", "null", "true", "false"];

/// Characters that change the direction in which text is shown.
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

/// Characters that nobody sees.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character would be lost or play tricks in a sentence about it.
pub(crate) const fn is_hidden(c: char) -> bool {
    is_bidi(c) || is_invisible(c)
}

/// Looks through all files.
pub(crate) fn check(sources: &Sources, files: &[File], found: &mut Diagnostics) {
    for (id, file) in sources.iter() {
        characters(id, &file.text, found);
        escapes(id, &file.text, found);
    }
    let mut names = Names { found, spaces: BTreeMap::new() };
    for file in files {
        names.body(&file.body, &mut String::new());
    }
}

/// Every character of the source, comments included.
fn characters(file: FileId, text: &str, found: &mut Diagnostics) {
    if text.is_ascii() && !text.bytes().any(|b| is_invisible(char::from(b))) {
        return;
    }
    let mut before = None;
    for (at, c) in text.char_indices() {
        let starts_file = at == 0 && c == '\u{feff}';
        if is_hidden(c) && !starts_file && !belongs_behind(c, before) {
            hidden(Span::new(file, at..at + c.len_utf8()), c, found);
        }
        before = Some(c);
    }
}

/// `\u202e` in a string is seen by who reads the source, and not by who reads the message.
fn escapes(file: FileId, text: &str, found: &mut Diagnostics) {
    for (at, _) in text.match_indices("\\u").chain(text.match_indices("\\U")) {
        let slashes = text.get(..at).unwrap_or_default().bytes().rev();
        if slashes.take_while(|b| *b == b'\\').count() % 2 == 1 {
            continue;
        }
        let digits = if text.get(at..).is_some_and(|t| t.starts_with("\\u")) { 4 } else { 8 };
        let end = at + 2 + digits;
        let c = text.get(at + 2..end).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if let Some(c) = c.and_then(char::from_u32).filter(|c| is_hidden(*c)) {
            hidden(Span::new(file, at..end), c, found);
        }
    }
}

/// Joiners and selectors have their place in emoji, and joiners in Arabic and Indic words.
fn belongs_behind(c: char, before: Option<char>) -> bool {
    let Some(before) = before else { return false };
    let is_symbol = before >= '\u{2100}' || matches!(before, '#' | '*' | '0'..='9' | '©' | '®');
    match c {
        '\u{fe00}'..='\u{fe0f}' => is_symbol,
        '\u{e0020}'..='\u{e007f}' => matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007f}'),
        '\u{200c}' | '\u{200d}' => {
            let plain = [Script::Latin, Script::Cyrillic, Script::Greek, Script::Common];
            is_symbol || (before.is_alphabetic() && !plain.contains(&before.script()))
        }
        _ => false,
    }
}

fn hidden(span: Span, c: char, found: &mut Diagnostics) {
    let number = u32::from(c);
    found.push(if is_bidi(c) {
        let message = format!("U+{number:04X} changes the direction in which this text is shown");
        Diagnostic::new(code::N630, span, message, "what is read may not be what is meant")
            .help("remove the character")
    } else {
        let message = format!("U+{number:04X} does not show, and makes this another text");
        Diagnostic::new(code::N634, span, message, "an invisible character")
            .help("remove the character")
    });
}

/// Names seen so far, by what would confuse them: by space, then by how they look.
struct Names<'a> {
    found: &'a mut Diagnostics,
    spaces: BTreeMap<String, BTreeMap<String, (String, Span)>>,
}

impl Names<'_> {
    /// `space` is the way to the body, and the same again afterwards.
    fn body(&mut self, body: &Body, space: &mut String) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    if space == ".locals" {
                        self.declared(&attribute.name, space);
                    }
                    self.expr(&attribute.expr);
                }
                Item::Block(block) => self.block(block, space),
            }
        }
    }

    fn block(&mut self, block: &Block, space: &mut String) {
        let outer = space.len();
        let step = |space: &mut String, word: &str| {
            space.push('.');
            space.push_str(word);
        };
        step(space, &block.kind.text);
        if let Some((last, types)) = block.labels.split_last() {
            for word in types {
                step(space, &word.text);
            }
            self.declared(last, space);
            step(space, &last.text);
        }
        self.body(&block.body, space);
        space.truncate(outer);
    }

    /// A name that a block or an attribute declares.
    fn declared(&mut self, name: &Ident, space: &str) {
        if !name.text.is_ascii() {
            return;
        }
        self.keyword(name);
        self.look_alike(space, &name.text, name.span);
    }

    fn keyword(&mut self, name: &Ident) {
        if KEYWORDS.contains(&name.text.as_str()) {
            let message = format!("`{}` is a word of the language itself", name.text);
            self.found.push(
                Diagnostic::new(code::N633, name.span, message, "a keyword as a name")
                    .help(format!("choose another name, such as `{}_`", name.text)),
            );
        }
    }

    /// Another name of the same space that looks the same.
    fn look_alike(&mut self, space: &str, name: &str, span: Span) {
        let look = look(name);
        if !self.spaces.contains_key(space) {
            self.spaces.insert(space.to_owned(), BTreeMap::new());
        }
        let Some(known) = self.spaces.get_mut(space) else { return };
        match known.get(&look) {
            Some((first, place)) if first != name => {
                let message = format!("`{name}` can hardly be told from `{first}`");
                self.found.push(
                    Diagnostic::new(code::N632, span, message, "looks like the other one")
                        .label(*place, format!("`{}` is here", first.clone()))
                        .help("give one of them a name that looks different"),
                );
            }
            Some(_) => {}
            None => drop(known.insert(look, (name.to_owned(), span))),
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::String(text) => self.text(text),
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::List(items) => {
                self.choices(items);
                items.iter().for_each(|item| self.expr(item));
            }
            ExprKind::Object(entries) => self.object(entries),
            ExprKind::Access { base, steps } => {
                self.expr(base);
                for step in steps {
                    if let Step::Index(index, _) = step {
                        self.expr(index);
                    }
                }
            }
            ExprKind::Call(call) => {
                if let ("user" | "channel", [Expr { kind: ExprKind::String(name), span }]) =
                    (call.name.text.as_str(), call.args.as_slice())
                {
                    self.foreign(name);
                    if !is_mixed(&name.value) {
                        self.look_alike(&call.name.text, &name.value.to_lowercase(), *span);
                    }
                } else {
                    call.args.iter().for_each(|arg| self.expr(arg));
                }
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|e| self.expr(e));
            }
            ExprKind::Parens(inner) => self.expr(inner),
            ExprKind::For(f) => {
                for name in [f.key.as_ref(), Some(&f.value)].into_iter().flatten() {
                    self.keyword(name);
                }
                let parts = [f.result_key.as_ref(), f.condition.as_ref()].into_iter().flatten();
                [&f.collection, &f.result].into_iter().chain(parts).for_each(|e| self.expr(e));
            }
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Name(_)
            | ExprKind::Error => {}
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(text) => self.text(text),
                Part::Interpolation { expr, .. } => self.expr(expr),
                Part::If { condition, then, otherwise, .. } => {
                    self.expr(condition);
                    self.parts(then);
                    self.parts(otherwise);
                }
                Part::For { collection, body, .. } => {
                    self.expr(collection);
                    self.parts(body);
                }
            }
        }
    }

    /// Words out of which one is chosen: no two may look the same.
    fn choices(&mut self, items: &[Expr]) {
        let texts = items.iter().filter_map(|item| match &item.kind {
            ExprKind::String(text) => Some((text, item.span)),
            _ => None,
        });
        self.same_look(&texts.collect::<Vec<_>>());
    }

    /// Of plain letters people tell `1` from `l` by what they mean; of others they cannot.
    fn same_look(&mut self, texts: &[(&Text, Span)]) {
        if texts.iter().all(|(text, _)| text.value.is_ascii()) {
            return;
        }
        let mut seen: BTreeMap<String, &Text> = BTreeMap::new();
        for (text, span) in texts {
            let other = *seen.entry(look(&text.value)).or_insert(text);
            if other.value == text.value || is_mixed(&text.value) {
                continue;
            }
            let message = format!("`{}` can hardly be told from `{}`", text.value, other.value);
            self.found.push(
                Diagnostic::new(code::N632, *span, message, "looks like the other one")
                    .label(other.content, "the other one is here")
                    .help("type one of them again"),
            );
        }
    }

    fn object(&mut self, entries: &[Entry]) {
        let mut keys = Vec::new();
        for entry in entries {
            match &entry.key {
                Key::Name(name) => {
                    self.keyword(name);
                    self.words(&name.text, |_, _| name.span);
                }
                Key::Expr(Expr { kind: ExprKind::String(text), span }) => {
                    self.text(text);
                    keys.push((text, *span));
                }
                Key::Expr(e) => self.expr(e),
            }
            self.expr(&entry.value);
        }
        self.same_look(&keys);
    }

    fn text(&mut self, text: &Text) {
        self.words(&text.value, |start, end| text.span_of(start, end));
    }

    /// Words that hold letters of two alphabets, one of which only looks like the other.
    fn words(&mut self, text: &str, place: impl Fn(usize, usize) -> Span) {
        if text.is_ascii() {
            return;
        }
        let mut start = 0;
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            let at = start;
            start += word.len() + text.get(at + word.len()..).map_or(0, next_length);
            if let Some((i, c)) = stranger(word) {
                let span = place(at + i, at + i + c.len_utf8());
                self.found.push(mixed(word, c, span));
            }
        }
    }

    /// A person or channel of which every letter is another one than it seems.
    fn foreign(&mut self, text: &Text) {
        self.text(text);
        let mut start = 0;
        for word in text.value.split(|c: char| !c.is_alphanumeric()) {
            let at = start;
            start += word.len() + text.value.get(at + word.len()..).map_or(0, next_length);
            let has_ascii = word.chars().any(|c| c.is_ascii_alphabetic());
            if !word.is_empty() && !has_ascii && word.chars().all(is_double) {
                let looks: String = word.chars().map(double_of).collect();
                let message = format!("`{word}` reads like `{looks}`, and is another word");
                self.found.push(
                    Diagnostic::new(
                        code::N632,
                        text.span_of(at, at + word.len()),
                        message,
                        "not the letters that they seem",
                    )
                    .help(format!("if `{looks}` is meant, type it again")),
                );
            }
        }
    }
}

/// The first letter of a word that only looks like one of the alphabet of the others.
fn stranger(word: &str) -> Option<(usize, char)> {
    if word.is_ascii() || !word.chars().any(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    word.char_indices().find(|(_, c)| is_double(*c))
}

fn is_mixed(text: &str) -> bool {
    !text.is_ascii() && text.split(|c: char| !c.is_alphanumeric()).any(|w| stranger(w).is_some())
}

fn next_length(rest: &str) -> usize {
    rest.chars().next().map_or(0, char::len_utf8)
}

fn mixed(word: &str, c: char, span: Span) -> Diagnostic {
    let message = format!(
        "`{word}` mixes two alphabets: its `{c}` is U+{:04X}, {}, and only looks like `{}`",
        u32::from(c),
        c.script().full_name(),
        double_of(c),
    );
    let plain: String = word.chars().map(|c| if is_double(c) { double_of(c) } else { c }).collect();
    Diagnostic::new(code::N631, span, message, "another alphabet")
        .help(format!("if `{plain}` is meant, type it again"))
}

/// Whether it is a letter that looks like one of ASCII and is none.
fn is_double(c: char) -> bool {
    !c.is_ascii() && c.is_alphanumeric() && c.script() != Script::Latin && double_of(c) != c
}

/// The letter of ASCII that it looks like, else itself.
fn double_of(c: char) -> char {
    let mut buffer = [0; 4];
    let mut look = skeleton(c.encode_utf8(&mut buffer));
    match (look.next(), look.next()) {
        (Some(one), None) if one.is_ascii_alphanumeric() => one,
        _ => c,
    }
}

/// Equal for names that look the same.
fn look(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut push = |c: char| match c {
        '0' => out.push('o'),
        '1' => out.push('l'),
        'm' => out.push_str("rn"),
        other => out.push(other),
    };
    if name.is_ascii() {
        name.chars().for_each(|c| push(c.to_ascii_lowercase()));
    } else {
        skeleton(name).flat_map(char::to_lowercase).for_each(push);
    }
    out
}
