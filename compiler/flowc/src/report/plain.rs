//! Findings, one line each: for `grep`, for editors, for a screen reader.

use std::fmt::Write as _;

use flow_lang::report::count;

use super::{Found, one_line};

/// `main.flow.hcl:3:5: error R102: no step `lat`; did you mean `late`?` for each finding, and how
/// many there are.
pub fn plain(found: &Found<'_>) -> String {
    let mut out = String::new();
    let (shown, left) = found.shown();
    for diagnostic in shown {
        let position = found.sources.position(diagnostic.primary.span);
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "{}:{}:{}: {} {}: {}",
            found.path(diagnostic.primary.span.file),
            position.line,
            position.column,
            diagnostic.code.severity.word(),
            diagnostic.code.id,
            one_line(&diagnostic.message),
        );
        if let Some(help) = &diagnostic.help {
            let _ = write!(out, "; {}", one_line(help));
        }
        out.push('\n');
    }
    if left > 0 {
        let _ = writeln!(out, "{left} more");
    }
    if !found.diagnostics.is_empty() {
        let _ = writeln!(out, "{}", count(found.diagnostics));
    }
    out
}
