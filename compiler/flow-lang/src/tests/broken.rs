//! The broken example: every fault in one run, told as wanted.

use crate::code::Severity;
use crate::report::{self, Style};
use crate::{Mode, Options, Sources, compile};

#[test]
fn every_fault_is_told_in_one_run() {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", include_bytes!("../../data/err/broken/main.flow.hcl"));
    let compiled = compile(&sources, &Options { mode: Mode::Check, ..Options::default() });
    assert!(compiled.bundle.is_none());
    // Warnings may stand beside the errors; they are in the table of `data/err/broken`.
    let errors: Vec<_> =
        compiled.diagnostics.into_iter().filter(|d| d.code.severity == Severity::Error).collect();
    let told = report::human(&errors, &sources, Style::default());
    let wanted = include_str!("../../data/err/broken.txt");
    assert!(told == wanted, "--- told\n{told}\n--- wanted\n{wanted}");
}
