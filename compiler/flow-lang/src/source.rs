//! Sources: the files of one module, and places in them.
//!
//! Nothing here reads a disk: whoever calls the compiler hands in paths and bytes. A file that is
//! not UTF-8 is kept with its bad bytes replaced, so that places stay meaningful, and
//! [`SourceFile::invalid_at`] says where it broke.

use std::collections::BTreeMap;
use std::ops::Range;

/// Index of a file in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of one file, in bytes of its text, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span `range` of `file`. What lies beyond 4 GiB is cut off.
    #[must_use]
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { file, start: cut(range.start), end: cut(range.end.max(range.start)) }
    }

    /// As a range of bytes.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// From the start of `self` to the end of `other`; both lie in the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { end: other.end.max(self.start), ..self }
    }

    /// Whether both have a byte in common, or stand beside each other.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.end && other.start <= self.end
    }

    /// Whether no byte is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// A place for people: both count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One file of a module.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path inside the module, as people see it.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Where the first byte stood that is not UTF-8.
    pub invalid_at: Option<usize>,
    /// Where each line starts; the first is 0.
    lines: Vec<usize>,
}

/// The files of the root module and of its children, in the order in which they were added, the
/// root's first. Where a file lies says to which module it belongs.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
    /// Why a directory could not be read.
    refused: BTreeMap<String, String>,
    /// The text of `flow.lock`.
    lock: Option<String>,
}

impl Sources {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. Bytes that are not UTF-8 become U+FFFD, and the parser reports X006.
    pub fn add(&mut self, path: impl Into<String>, bytes: &[u8]) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let invalid_at = std::str::from_utf8(bytes).err().map(|e| e.valid_up_to());
        let text = String::from_utf8_lossy(bytes).into_owned();
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        self.files.push(SourceFile { path: path.into(), text, invalid_at, lines });
        id
    }

    /// The same without any file: with the lock, and with what could not be read.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self { files: Vec::new(), refused: self.refused.clone(), lock: self.lock.clone() }
    }

    /// Notes why the files of a directory that some module names are not here; nothing: there is
    /// no such directory.
    pub fn refuse(&mut self, directory: impl Into<String>, why: impl Into<String>) {
        self.refused.insert(directory.into(), why.into());
    }

    /// Why the files of a directory are not here.
    #[must_use]
    pub fn refused(&self, directory: &str) -> Option<&str> {
        self.refused.get(directory).map(String::as_str)
    }

    /// Adds the text of `flow.lock`.
    pub fn set_lock(&mut self, text: impl Into<String>) {
        self.lock = Some(text.into());
    }

    /// The text of `flow.lock`, if there is one.
    #[must_use]
    pub fn lock(&self) -> Option<&str> {
        self.lock.as_deref()
    }

    /// All files with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(&self.files)
    }

    /// The file of this id, if it is one of these.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The text of a span; empty where the span is not of these files.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).and_then(|f| f.text.get(span.range())).unwrap_or_default()
    }

    /// Where a span starts.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        self.file(span.file)
            .map_or(Position { line: 1, column: 1 }, |f| f.position(span.start as usize))
    }

    /// `main.flow.hcl:63:20`, where a span starts.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        let Position { line, column } = self.position(span);
        let path = self.file(span.file).map_or("?", |f| f.path.as_str());
        format!("{path}:{line}:{column}")
    }
}

impl SourceFile {
    /// Line and column of the byte at `offset`.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        // An offset inside a character counts as that character.
        let column = self
            .text
            .get(start..)
            .unwrap_or_default()
            .char_indices()
            .take_while(|(i, _)| start + i < offset)
            .count();
        Position { line, column: column + 1 }
    }

    /// The range of bytes of a line, from 1, without its line break.
    #[must_use]
    pub fn line(&self, line: usize) -> Range<usize> {
        let start = self.lines.get(line.wrapping_sub(1)).copied().unwrap_or(self.text.len());
        let end = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let mut sources = Sources::new();
        let file = sources.add("a.flow.hcl", "x = 1\ny = \"é\" # ü\n".as_bytes());
        let at = |start: usize| sources.place(Span::new(file, start..start + 1));
        assert_eq!(at(0), "a.flow.hcl:1:1");
        assert_eq!(at(5), "a.flow.hcl:1:6");
        assert_eq!(at(6), "a.flow.hcl:2:1");
        assert_eq!(at(13), "a.flow.hcl:2:7");
        assert_eq!(at(999), "a.flow.hcl:3:1");
        assert_eq!(sources.file(file).map(|f| f.line(2)), Some(6..19));
    }

    #[test]
    fn bad_bytes_are_replaced_and_located() {
        let mut sources = Sources::new();
        let file = sources.add("a.flow.hcl", b"x = \xff1");
        let file = sources.file(file).unwrap();
        assert_eq!((file.text.as_str(), file.invalid_at), ("x = \u{fffd}1", Some(4)));
    }
}
