//! Reach, proofs and hashes of a bundle without errors; what is not proven becomes a finding.
//!
//! What the checker sees in one place (`quorum = 3` of two people) it reports itself, with better
//! labels and even in a file with other faults. What needs a whole flow is proven here.

use flow_bundle::bundle::{Bundle, Proof, ProofResult};
use flow_bundle::seal::seal;
use flow_proof::{Failure, Given, graph, prove};

use crate::check::Module;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// The claims that are proven from a bundle; the checker itself answers for P4 and P8.
const CLAIMS: [&str; 6] = ["P1", "P2", "P3", "P5", "P6", "P7"];

/// Fills in what is computed from the bundle itself.
pub(crate) fn run(m: &mut Module<'_>, bundle: &mut Bundle) {
    if !m.has_unknown
        && let Err(error) = flow_bundle::reach::reach(bundle).map(|reach| bundle.reach = reach)
    {
        let span = span_of(m, &error.path);
        let help = "write it out, or use a variable";
        return m.say(code::B111, span, error.message, "must be known at build", help);
    }
    let addresses: Vec<String> = bundle.flows.keys().cloned().collect();
    for address in addresses {
        let mut claims = prove(bundle, &address, &Given::default());
        if m.unknown_flows.contains(&address) {
            claims.failures.clear();
            for claim in CLAIMS {
                claims.proofs.insert(claim.to_owned(), depends());
            }
        }
        for failure in &claims.failures {
            if m.has_unknown && failure.claim == "P3" {
                claims.proofs.insert("P3".to_owned(), depends());
            } else {
                report(m, failure);
            }
        }
        if let Some(flow) = bundle.flows.get_mut(&address) {
            flow.graph = graph(flow);
            flow.proofs = claims.proofs;
        }
    }
    if !m.has_unknown
        && let Err(error) = seal(bundle)
    {
        let span = span_of(m, &error.path);
        m.say(code::B111, span, error.message, "must be known at build", "write it out");
    }
}

fn depends() -> Proof {
    let why = "depends on a variable without a value".to_owned();
    Proof { result: ProofResult::Unknown, why }
}

fn report(m: &mut Module<'_>, failure: &Failure) {
    let Some(code) = code::find(failure.code) else { return };
    let span = span_of(m, &failure.path);
    let mut diagnostic = Diagnostic::new(code, span, &failure.message, label(failure.code));
    let values: Vec<String> =
        failure.counterexample.iter().map(|(name, value)| format!("{name} is {value}")).collect();
    let mut help = help(failure.code).to_owned();
    if !values.is_empty() {
        help = format!("it happens when {}; {help}", values.join(" and "));
    }
    diagnostic = diagnostic.help(help);
    m.report(diagnostic);
}

const fn label(code: &str) -> &'static str {
    match code.as_bytes() {
        b"A508" => "may all be left out",
        b"A509" => "counts as approved",
        b"S405" => "longer than the maximum",
        b"S407" => "no limit",
        b"A503" | b"A505" => "can never be met",
        _ => "here",
    }
}

const fn help(code: &str) -> &'static str {
    match code.as_bytes() {
        b"A508" => "let a stage without `when` decide, or declare `allow_auto_approval = true`",
        b"A509" => "write `on_timeout = \"expire\"`",
        b"A503" | b"A505" => "lower `quorum` or add members; the requester does not count",
        b"S405" => "shorten the duration or raise `max_duration`",
        b"S407" => "add `max` or `allowed` to the field",
        b"A520" => "shorten the timeouts",
        _ => "change the flow so that this cannot happen",
    }
}

/// Where the part at an IR path was written: its own place, or that of what it is part of.
fn span_of(m: &Module<'_>, path: &str) -> Span {
    let mut path = path.strip_suffix("_s").unwrap_or(path);
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
