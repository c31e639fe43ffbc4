//! Findings as text for people: a title, the source with what is wrong in it, and what to do.
//!
//! The only file that knows miette. JSON and where it all is printed belong to the command line.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use crate::code::Severity;
use crate::diagnostic::{Diagnostic, Label};
use crate::source::Sources;

/// More than this is counted, not shown.
const SHOWN_MAX: usize = 50;

/// A line with more bytes is named, not drawn: no screen shows it, and miette panics beyond 65,535
/// columns.
const LINE_BYTES_MAX: usize = 2_000;

/// How a report looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// Columns of the screen.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100 }
    }
}

/// All findings and how many there are; empty where nothing was found.
#[must_use]
pub fn human(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let theme =
        if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_context_lines(0)
        .with_links(false);
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN_MAX) {
        let view = View { diagnostic, sources };
        // Writing to a string fails only where the source cannot be read, and then the words
        // alone still help.
        let mut text = String::new();
        if handler.render_report(&mut text, &view).is_err() {
            text = format!("{}\n\n  {}\n", diagnostic.code, diagnostic.message);
        }
        out.push_str(&text);
        if !view.can_be_drawn() {
            out.push_str(&format!("  at: {}\n", sources.place(diagnostic.primary.span)));
        }
        for (_, related) in diagnostic.related(sources) {
            out.push_str(&format!("  related: {related}\n"));
        }
        out.push('\n');
    }
    if diagnostics.len() > SHOWN_MAX {
        out.push_str(&format!("{} more\n\n", diagnostics.len() - SHOWN_MAX));
    }
    if !diagnostics.is_empty() {
        out.push_str(&count(diagnostics));
        out.push('\n');
    }
    out
}

/// `10 errors, 1 warning`.
#[must_use]
pub fn count(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| diagnostics.iter().filter(|d| d.code.severity == severity).count();
    let words = [
        (of(Severity::Error), "error", "errors"),
        (of(Severity::Warning), "warning", "warnings"),
        (of(Severity::Advice), "piece of advice", "pieces of advice"),
    ];
    let parts: Vec<String> = words
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
        .collect();
    if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") }
}

/// A finding beside its sources, as miette wants it.
struct View<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
}

impl View<'_> {
    fn can_be_drawn(&self) -> bool {
        let near = self.diagnostic.near(self.sources);
        std::iter::once(&self.diagnostic.primary).chain(near).all(|label| {
            let Some(file) = self.sources.file(label.span.file) else { return false };
            let first = file.position(label.span.start as usize).line;
            let last = file.position(label.span.end as usize).line;
            (first..=last).all(|line| file.line(line).len() <= LINE_BYTES_MAX)
        })
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for View<'_> {}

impl miette::Diagnostic for View<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.code.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Advice => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if !self.can_be_drawn() {
            return None;
        }
        let draw = |label: &Label| {
            let range = label.span.range();
            LabeledSpan::at(range, label.text.as_str())
        };
        let near = self.diagnostic.near(self.sources).map(draw);
        Some(Box::new(std::iter::once(draw(&self.diagnostic.primary)).chain(near)))
    }
}

/// Whole lines, however little of them is labelled: without context miette's own sources hand out
/// the labelled bytes alone.
impl SourceCode for View<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let file = self.diagnostic.primary.span.file;
        let file = self.sources.file(file).ok_or(MietteError::OutOfBounds)?;
        let first = file.position(span.offset());
        // The end is excluded, but for a span of nothing.
        let last = file.position((span.offset() + span.len().max(1)) - 1);
        let lines = file.line(first.line).start..file.line(last.line).end;
        let data = file.text.get(lines.clone()).ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            file.path.clone(),
            data.as_bytes(),
            (lines.start, lines.len()).into(),
            first.line - 1,
            first.column - 1,
            last.line + 1 - first.line,
        )))
    }
}
