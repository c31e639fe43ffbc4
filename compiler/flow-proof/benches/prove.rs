//! What the proofs of a bundle cost, and a comparison of two: `cargo bench -p flow-proof`.
//!
//! Three kinds of flow, 10,000 of each, every claim about each; the least of five runs.
#![expect(clippy::print_stdout, reason = "printing the figures is all it is for")]
#![expect(clippy::disallowed_methods, reason = "a shell around the kernel: it reads a clock")]
#![expect(clippy::unwrap_used, reason = "its inputs are files of this repository")]

use std::time::{Duration, Instant};

use flow_bundle::bundle::{Bundle, BundleFile, Flow};
use flow_proof::{Given, diff, prove};

const FLOWS: usize = 10_000;
const RUNS: usize = 5;

fn main() {
    let text = include_str!("../../flow-bundle/data/approval-only.json");
    let approval: Bundle = serde_json::from_str::<BundleFile>(text).unwrap().bundle;
    let text = include_str!("../../flow-bundle/data/aws-lambda.json");
    let lambda: Bundle = serde_json::from_str(text).unwrap();
    let mut simple = approval.clone();
    if let Some(flow) = simple.flows.values_mut().next() {
        plain(flow);
    }
    for (name, bundle) in
        [("one plain stage", simple), ("a quorum by urgency", approval), ("a Lambda", lambda)]
    {
        let many = many(&bundle);
        let every = least(|| {
            for address in many.flows.keys() {
                std::hint::black_box(prove(&many, address, &Given::default()));
            }
        });
        let compared = least(|| drop(std::hint::black_box(diff(&many, &many))));
        println!("{name}: prove {} a flow, diff {} a flow", each(every), each(compared));
    }
}

/// The least that anything can say: one stage that is always asked.
fn plain(flow: &mut Flow) {
    for stage in &mut flow.approvals {
        for rule in &mut stage.rules {
            rule.quorum = flow_bundle::Expr::Number(rust_decimal::Decimal::ONE);
        }
    }
}

fn many(bundle: &Bundle) -> Bundle {
    let flow = bundle.flows.values().next().unwrap();
    let flows = (0..FLOWS).map(|i| (format!("flow_{i}"), flow.clone())).collect();
    Bundle { flows, ..bundle.clone() }
}

fn least(run: impl Fn()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..RUNS).map(once).min().unwrap_or_default()
}

fn each(all: Duration) -> String {
    format!("{:.1} µs", all.as_secs_f64() * 1e6 / FLOWS as f64)
}
