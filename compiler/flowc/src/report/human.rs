//! Findings for people at a screen.

use std::io::IsTerminal as _;

use flow_lang::report::{self, Style};

use super::Found;

/// Findings, drawn into their lines. Colours only on a terminal, and not where `NO_COLOR` is set.
pub fn human(found: &Found<'_>) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let color = std::io::stdout().is_terminal() && !plain;
    report::human(found.diagnostics, found.sources, Style { color, ..Style::default() })
}
