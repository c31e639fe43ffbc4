//! Reach, proofs and hashes of a bundle without errors; what is not proven becomes a finding.
//!
//! What the checker sees in one place (`quorum = 3` of two people) it reports itself, with better
//! labels and even in a file with other faults. What needs a whole flow is proven here.

use flow_bundle::bundle::{Bundle, Proof, ProofResult};
use flow_bundle::seal::hash_flows;
use flow_proof::{Failure, Given, graph, prove};

use crate::check::Module;
use crate::code;
use crate::compile::Mode;
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
                if failure.code == "A503" {
                    // That nobody can ask says more than that none of them can.
                    let span = span_of(m, &failure.path);
                    m.found.drop_at(code::A504, span);
                }
                m.within(&format!("flow.{address}"), |m| report(m, failure));
            }
        }
        if !m.unknown_flows.contains(&address) {
            for doubt in &claims.doubts {
                if !said(m, doubt) {
                    report(m, doubt);
                }
            }
        }
        if let Some(flow) = bundle.flows.get_mut(&address) {
            // Nobody sees the graph of what is only checked.
            if m.options.mode == Mode::Build {
                flow.graph = graph(flow);
            }
            flow.proofs = claims.proofs;
        }
    }
    if m.options.mode == Mode::Build {
        hash_flows(bundle);
    }
}

/// Whether the checker has said the same of the same place.
fn said(m: &Module<'_>, doubt: &Failure) -> bool {
    let span = span_of(m, &doubt.path);
    m.found.iter().any(|d| d.code.id == doubt.code && d.primary.span.meets(span))
}

fn depends() -> Proof {
    let why = "depends on a variable without a value".to_owned();
    Proof { result: ProofResult::Unknown, why }
}

fn report(m: &mut Module<'_>, failure: &Failure) {
    let Some(code) = code::find(failure.code) else { return };
    let span = span_of(m, &failure.path);
    let mut diagnostic = Diagnostic::new(code, span, &failure.message, label(failure.code));
    if let Some(help) = help(failure) {
        diagnostic = diagnostic.help(help);
    }
    m.report(diagnostic);
}

const fn label(code: &str) -> &'static str {
    match code.as_bytes() {
        b"A508" => "may all be left out",
        b"A509" => "counts as approved",
        b"A501" | b"A513" => "nobody is left",
        b"A503" | b"A505" => "can never be met",
        b"A507" | b"H303" => "never",
        b"A521" => "an empty set",
        b"H306" => "approves by itself",
        b"H307" => "declared, and not used",
        b"H308" => "always approves",
        b"S403" => "not one of its targets",
        b"S405" => "longer than the maximum",
        b"S407" => "no limit",
        _ => "here",
    }
}

fn help(failure: &Failure) -> Option<&'static str> {
    Some(match failure.code {
        "A501" if failure.message.contains("only who asks") => {
            "name others too, or write `allow_self = true` if this is meant"
        }
        "A501" => "name somebody who may decide",
        "A503" | "A505" => "lower `quorum` or add members; the requester does not count",
        "A507" | "H303" => "change the condition, or remove it",
        "A508" => {
            "let a stage without `when` decide; where nobody need approve, say so by `decision \"approve\" { when = … }` in `on_request`"
        }
        "A509" => "write `on_timeout = \"expire\"`",
        "A513" => "add them to `permissions.decide`, or ask others",
        "A514" => "write at least 1",
        "A515" => "add `approval \"<name>\" { approvers = members … }`",
        "A520" => "shorten the timeouts",
        "A521" => "name who may ask, or write `enabled = false` to close the flow",
        "H306" => "add `allow_auto_approval = true` to the flow, if this is meant",
        "H307" => "remove it, or write the condition under which nobody is asked",
        "H308" => {
            "add a condition that some requests do not meet, so that people are asked for them"
        }
        "R111" => "change one `after`",
        "S403" => "offer only targets of the strategy, or add it to `targets` of the strategy",
        "S405" => "shorten the duration or raise `max_duration`",
        "S407" => "add `max` or `allowed` to the field",
        _ => return None,
    })
}

/// Where the part at an IR path was written: its own place, or that of what it is part of.
pub(crate) fn span_of(m: &Module<'_>, path: &str) -> Span {
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
