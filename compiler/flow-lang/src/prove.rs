//! Reach, proofs and hashes of a bundle without errors; what is not proven becomes a finding.

use flow_bundle::bundle::Bundle;
use flow_bundle::seal::seal;

use crate::check::Module;
use crate::code;
use crate::source::{FileId, Span};

/// Fills in what is computed from the bundle itself. With an unknown value in it there is no
/// outbound set yet, and no hash.
pub(crate) fn run(m: &mut Module<'_>, bundle: &mut Bundle) {
    if m.has_unknown {
        return;
    }
    if let Err(error) = seal(bundle) {
        let span = span_of(m, &error.path);
        let help = "write it out, or use a variable";
        m.say(code::B111, span, error.message, "must be known at build", help);
    }
}

/// Where the part at an IR path was written: its own place, or that of what it is part of.
fn span_of(m: &Module<'_>, path: &str) -> Span {
    let mut path = path;
    loop {
        if let Some(span) = m.spans.get(path) {
            return *span;
        }
        match path.rsplit_once('.') {
            Some((outer, _)) => path = outer,
            None => {
                return m.declared.bundle.map_or(Span::new(FileId(0), 0..0), |b| b.header);
            }
        }
    }
}
