//! Mending what was found, where there is one certain way to mend it.
//!
//! A finding carries its edits ([`crate::diagnostic::Fix`]); here is decided which of them can be
//! made together. Of two that touch the same text the first is made and the other left: once the
//! text has changed, only checking it again can say what is still wrong.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceFile, Sources, Span};

/// An edit that is to be made, and what it mends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty: inserted before.
    pub span: Span,
    /// By what.
    pub text: String,
    /// What was found there.
    pub code: Code,
}

/// The edits that can be made together, in the order of the findings. Whole lines go where nothing
/// would be left on them.
#[must_use]
pub fn plan(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<Edit> {
    let mut taken: Vec<Edit> = Vec::new();
    for diagnostic in diagnostics {
        let edits: Option<Vec<Edit>> = diagnostic
            .fixes
            .iter()
            .map(|fix| {
                // The text of a file that is not UTF-8 is not what stands on the disk.
                let file = sources.file(fix.span.file).filter(|file| file.invalid_at.is_none())?;
                let range = widen(file, fix.span.range(), &fix.text);
                file.text.get(range.clone())?;
                let span = Span::new(fix.span.file, range);
                Some(Edit { span, text: fix.text.clone(), code: diagnostic.code })
            })
            .collect();
        let Some(edits) = edits else { continue };
        let clash = |edit: &Edit| taken.iter().any(|other| touch(edit.span, other.span));
        if !edits.iter().any(clash) {
            taken.extend(edits);
        }
    }
    taken
}

/// The files with the edits made. Edits that touch one another are not both made.
#[must_use]
pub fn apply(sources: &Sources, edits: &[Edit]) -> Sources {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let mut mended = sources.emptied();
    for (id, file) in sources.iter() {
        let mut edits = by_file.remove(&id).unwrap_or_default();
        edits.sort_by_key(|edit| edit.span.start);
        let mut text = String::with_capacity(file.text.len());
        let mut at = 0;
        for edit in edits {
            let range = edit.span.range();
            let Some(before) = file.text.get(at..range.start) else { continue };
            text.push_str(before);
            text.push_str(&edit.text);
            at = range.end;
        }
        text.push_str(file.text.get(at..).unwrap_or_default());
        mended.add(file.path.clone(), text.as_bytes());
    }
    mended
}

/// Two insertions at one place touch too: nobody could say which comes first.
const fn touch(a: Span, b: Span) -> bool {
    a.file.0 == b.file.0
        && ((a.start < b.end && b.start < a.end) || a.start == b.start || (a.end == b.end))
}

/// What is taken out takes its lines with it where nothing else stands on them.
fn widen(file: &SourceFile, range: Range<usize>, by: &str) -> Range<usize> {
    if !by.is_empty() || range.is_empty() {
        return range;
    }
    let first = file.line(file.position(range.start).line);
    let last = file.line(file.position(range.end.saturating_sub(1)).line);
    let is_blank = |range: Range<usize>| {
        file.text.get(range).is_some_and(|text| text.chars().all(char::is_whitespace))
    };
    if is_blank(first.start..range.start) && is_blank(range.end.min(last.end)..last.end) {
        // A byte-order mark alone before the text is no line of its own.
        let end = (last.end + 1).min(file.text.len());
        if range != (0..3) || last.end == 3 {
            return first.start..end;
        }
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code;

    fn mended(text: &str, edits: &[(Range<usize>, &str)]) -> String {
        let mut sources = Sources::new();
        let file = sources.add("a.flow.hcl", text.as_bytes());
        let found: Vec<Diagnostic> = edits
            .iter()
            .map(|(range, by)| {
                let span = Span::new(file, range.clone());
                Diagnostic::new(code::B102, span, "wrong", "here").fix(span, *by)
            })
            .collect();
        let mended = apply(&sources, &plan(&found, &sources));
        mended.file(file).unwrap().text.clone()
    }

    #[test]
    fn edits_that_touch_are_not_both_made() {
        assert_eq!(mended("a = 1\n", &[(0..1, "b"), (4..5, "2")]), "b = 2\n");
        assert_eq!(mended("abc = 1\n", &[(0..2, "x"), (1..3, "y")]), "xc = 1\n");
        assert_eq!(mended("abc = 1\n", &[(1..1, "x"), (1..1, "y")]), "axbc = 1\n");
        assert_eq!(mended("a = 1\n", &[(4..5, "2"), (0..1, "b")]), "b = 2\n");
        assert_eq!(mended("a = 1\n", &[(4..99, "2")]), "a = 1\n");
    }

    #[test]
    fn a_line_goes_with_what_stood_alone_on_it() {
        assert_eq!(mended("a = 1\n  # gone\nb = 2\n", &[(8..14, "")]), "a = 1\nb = 2\n");
        assert_eq!(mended("a = 1 # gone\nb = 2\n", &[(6..12, "")]), "a = 1 \nb = 2\n");
        assert_eq!(mended("a = 1\n  # gone", &[(8..14, "")]), "a = 1\n");
        assert_eq!(mended("\u{feff}a = 1\n", &[(0..3, "")]), "a = 1\n");
    }

    #[test]
    fn a_file_that_is_not_utf8_is_left_alone() {
        let mut sources = Sources::new();
        let file = sources.add("a.flow.hcl", b"a = \xff\n");
        let span = Span::new(file, 0..1);
        let found = [Diagnostic::new(code::B102, span, "wrong", "here").fix(span, "b")];
        assert_eq!(plan(&found, &sources), []);
    }
}
