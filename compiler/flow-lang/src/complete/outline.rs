//! The blocks of a text that is being written, and where in it a place lies.
//!
//! A parser wants a whole text. This reads what is there: strings, heredocs, comments and brackets
//! as far as they go, and a known word in the first column begins anew whatever is still open.

use crate::schema::TOP_LEVEL;

/// A block that is opened somewhere.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// The block that it stands in, by its index.
    pub(super) parent: Option<usize>,
    /// Its word and its labels.
    pub(super) header: Vec<String>,
    /// Names of its attributes.
    pub(super) attributes: Vec<String>,
}

/// Where a place lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct At {
    /// The innermost block.
    pub(super) block: Option<usize>,
    /// Where the statement begins: an attribute, or the head of a block.
    pub(super) start: usize,
    /// Where the string begins that it lies in.
    pub(super) quote: Option<usize>,
    /// In a comment or a heredoc, where nothing can be completed.
    pub(super) silent: bool,
}

/// What is open.
#[derive(Debug)]
enum Frame {
    Block(usize),
    /// `(`, `[`, an object, or `${` in a text.
    Group,
    Quote(usize),
    Heredoc(String),
}

/// Reads a text.
pub(super) struct Outline<'t> {
    text: &'t str,
    pub(super) blocks: Vec<Block>,
    frames: Vec<Frame>,
    start: Option<usize>,
}

/// The blocks of a text, and where the byte at `place` lies.
pub(super) fn read(text: &str, place: usize) -> (Vec<Block>, At) {
    let mut outline = Outline { text, blocks: Vec::new(), frames: Vec::new(), start: None };
    let mut at = None;
    let mut i = 0;
    while i < text.len() {
        let next = outline.step(i);
        if at.is_none() && outline.is_comment(i) {
            // What is written at the end of a line of comment goes on with it.
            let is_open = !text.get(i..next).unwrap_or_default().ends_with("*/");
            if place > i && (place < next || place == next && is_open) {
                at = Some(At { silent: true, ..At::default() });
            }
        }
        if at.is_none() && place < next {
            at = Some(outline.place(place));
        }
        i = outline.take(i, next);
    }
    let at = at.unwrap_or_else(|| outline.place(place));
    (outline.blocks, at)
}

impl Outline<'_> {
    fn rest(&self, from: usize) -> &str {
        self.text.get(from..).unwrap_or_default()
    }

    fn in_text(&self) -> bool {
        matches!(self.frames.last(), Some(Frame::Quote(_) | Frame::Heredoc(_)))
    }

    fn is_comment(&self, at: usize) -> bool {
        let rest = self.rest(at);
        !self.in_text()
            && (rest.starts_with('#') || rest.starts_with("//") || rest.starts_with("/*"))
    }

    /// The end of what stands at `at`: a word, a comment, or one character.
    fn step(&self, at: usize) -> usize {
        let rest = self.rest(at);
        let length = if self.in_text() {
            if rest.starts_with("$${") || rest.starts_with("%%{") {
                3
            } else if rest.starts_with("${") || rest.starts_with("%{") {
                2
            } else {
                let escaped =
                    rest.starts_with('\\') && matches!(self.frames.last(), Some(Frame::Quote(_)));
                rest.chars().take(1 + usize::from(escaped)).map(char::len_utf8).sum()
            }
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if self.is_comment(at) {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with(is_word) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at + length.max(1)
    }

    /// Where a place lies that stands before the step that comes.
    fn place(&self, place: usize) -> At {
        let block = self.frames.iter().rev().find_map(|f| match f {
            Frame::Block(index) => Some(*index),
            _ => None,
        });
        let quote = match self.frames.last() {
            Some(Frame::Quote(start)) => Some(*start),
            _ => None,
        };
        let silent = matches!(self.frames.last(), Some(Frame::Heredoc(_)));
        At { block, start: self.start.filter(|s| *s <= place).unwrap_or(place), quote, silent }
    }

    /// Takes the step from `at` to `next`; answers where to go on.
    fn take(&mut self, at: usize, next: usize) -> usize {
        let piece = self.text.get(at..next).unwrap_or_default();
        if self.is_first_column(at) && !matches!(self.frames.last(), Some(Frame::Heredoc(_))) {
            let opens = self.rest(next).trim_start_matches([' ', '\t']).starts_with(['"', '{']);
            if opens && TOP_LEVEL.contains(&piece) {
                self.frames.clear();
                self.start = None;
            }
        }
        if self.in_text() {
            self.take_text(at, piece);
            return next;
        }
        if self.is_comment(at) || piece.trim().is_empty() {
            if piece == "\n" && !matches!(self.frames.last(), Some(Frame::Group)) {
                self.start = None;
            }
            return next;
        }
        let start = *self.start.get_or_insert(at);
        match piece {
            "\"" => self.frames.push(Frame::Quote(next)),
            "(" | "[" => self.frames.push(Frame::Group),
            ")" | "]" => self.close(false),
            "{" => self.open(start, at),
            "}" => self.close(true),
            "=" => self.attribute(start, at),
            "<" => {
                let (marker, length) = heredoc(self.rest(at));
                if !marker.is_empty() {
                    self.frames.push(Frame::Heredoc(marker));
                    return at + length;
                }
            }
            _ => {}
        }
        next
    }

    fn take_text(&mut self, at: usize, piece: &str) {
        match (self.frames.last(), piece) {
            (_, "${" | "%{") => self.frames.push(Frame::Group),
            (Some(Frame::Quote(_)), "\"") => drop(self.frames.pop()),
            (Some(Frame::Quote(_)), "\n") => {
                // A string that was never closed ends with its line, and so does what holds it.
                while matches!(self.frames.last(), Some(Frame::Quote(_))) {
                    self.frames.pop();
                }
                if !matches!(self.frames.last(), Some(Frame::Group)) {
                    self.start = None;
                }
            }
            (Some(Frame::Heredoc(marker)), "\n") => {
                let line = self.rest(at + 1).lines().next().unwrap_or_default();
                if line.trim() == marker {
                    // The marker itself is read as a word of an expression that is over.
                    self.frames.pop();
                }
            }
            _ => {}
        }
    }

    fn is_first_column(&self, at: usize) -> bool {
        at == 0 || self.text.as_bytes().get(at - 1) == Some(&b'\n')
    }

    fn open(&mut self, start: usize, at: usize) {
        let head = self.text.get(start..at).unwrap_or_default();
        let in_block = !matches!(self.frames.last(), Some(Frame::Group));
        let Some(header) = header(head).filter(|_| in_block) else {
            self.frames.push(Frame::Group);
            return;
        };
        let parent = self.frames.iter().rev().find_map(|f| match f {
            Frame::Block(index) => Some(*index),
            _ => None,
        });
        self.frames.push(Frame::Block(self.blocks.len()));
        self.blocks.push(Block { parent, header, attributes: Vec::new() });
        self.start = None;
    }

    /// Closes what `}` or another bracket ends; one that ends nothing is passed over.
    fn close(&mut self, brace: bool) {
        match self.frames.last() {
            Some(Frame::Group) => drop(self.frames.pop()),
            Some(Frame::Block(_)) if brace => {
                self.frames.pop();
                self.start = None;
            }
            _ => {}
        }
    }

    fn attribute(&mut self, start: usize, at: usize) {
        let name = self.text.get(start..at).unwrap_or_default().trim();
        let is_name = !name.is_empty() && name.chars().all(is_word);
        let is_equal = self.rest(at).starts_with("==");
        if let Some(Frame::Block(index)) = self.frames.last()
            && is_name
            && !is_equal
            && let Some(block) = self.blocks.get_mut(*index)
        {
            block.attributes.push(name.to_owned());
        }
    }
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The word and the labels of a block's head; none where it is something else.
pub(super) fn header(head: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = head.trim();
    while !rest.is_empty() {
        let (part, length) = if let Some(inner) = rest.strip_prefix('"') {
            let end = inner.find('"')?;
            (inner.get(..end)?, end + 2)
        } else {
            let end = rest.find(|c: char| !is_word(c) && c != '-').unwrap_or(rest.len());
            (rest.get(..end).filter(|part| !part.is_empty())?, end)
        };
        parts.push(part.to_owned());
        rest = rest.get(length..)?.trim_start();
    }
    (!parts.is_empty()).then_some(parts)
}

/// The end marker of the heredoc that is opened here, and how long its head is; empty: none is.
fn heredoc(rest: &str) -> (String, usize) {
    let Some(after) = rest.strip_prefix("<<") else { return (String::new(), 0) };
    let after = after.strip_prefix('-').unwrap_or(after);
    let marker: String = after.chars().take_while(|c| is_word(*c)).collect();
    // The line break belongs to the text, which may be over with it.
    let length = rest.find('\n').unwrap_or(rest.len());
    (marker, length)
}
