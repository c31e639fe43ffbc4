//! Small things stay small: what has one safe meaning need not be written.

use crate::{Mode, Options, Sources, compile, fmt};

#[test]
fn the_smallest_flows_are_small_and_nothing_is_said_about_them() {
    for (most, text) in [
        (12, include_str!("../../../../examples/friday-deploy/main.flow.hcl")),
        (40, include_str!("../../data/ok/smallest_lambda.hcl")),
    ] {
        let lines = text.lines().count();
        assert!(lines <= most, "{lines} lines, at most {most}:\n{text}");
        assert!(fmt::text(text) == text, "packed together:\n{text}");
        let mut sources = Sources::new();
        sources.add("main.flow.hcl", text.as_bytes());
        for mode in [Mode::Check, Mode::Build] {
            let compiled = compile(&sources, &Options { mode, ..Options::default() });
            assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
        }
    }
}
