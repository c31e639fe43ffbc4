//! Findings as workflow commands: GitHub Actions draws them into a pull request.

use std::fmt::Write as _;

use flow_lang::Span;
use flow_lang::code::Severity;
use flow_lang::diagnostic::Diagnostic;
use flow_lang::report::count;

use super::Found;

/// `::error file=…,line=…::message` for each finding, and how many there are.
pub fn github(found: &Found<'_>) -> String {
    let mut out = String::new();
    let (shown, left) = found.shown();
    for diagnostic in shown {
        out.push_str(&command(diagnostic, found));
    }
    // Writing to a string cannot fail.
    if left > 0 {
        let _ = writeln!(out, "{left} more");
    }
    if !found.diagnostics.is_empty() {
        let _ = writeln!(out, "{}", count(found.diagnostics));
    }
    out
}

fn command(diagnostic: &Diagnostic, found: &Found<'_>) -> String {
    let word = match diagnostic.code.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    let span = diagnostic.primary.span;
    let start = found.sources.position(span);
    let end = found.sources.position(Span { start: span.end, ..span });
    let mut out = format!(
        "::{word} file={},line={},endLine={}",
        property(&found.path(span.file)),
        start.line,
        end.line,
    );
    // Columns of two lines say nothing together, and are refused.
    if start.line == end.line {
        // Writing to a string cannot fail.
        let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
    }
    let _ = write!(out, ",title={}", property(&diagnostic.code.to_string()));
    let mut message = diagnostic.message.clone();
    for (_, related) in diagnostic.related(found.sources) {
        message.push_str(&format!("\n{related}"));
    }
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    let _ = writeln!(out, "::{}", data(&message));
    out
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands behind a `=`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
