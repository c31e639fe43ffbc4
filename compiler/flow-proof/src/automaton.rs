//! The automaton of a flow: which phases its requests have, and what leads from one to the next.
//!
//! For people, drawings and `flowc graph`. The engine decides by its own table; an edge that could
//! never be taken for a reason of this flow (no deny decision, no expiry) is left out.

use flow_bundle::bundle::{Flow, Graph, HookEvent, OnError, OnTimeout, Statement, Verdict};

/// Phases and edges, in the order of a life.
#[must_use]
pub fn graph(flow: &Flow) -> Graph {
    let mut edges = Vec::new();
    let mut edge = |from: &str, event: &str, to: &str| {
        edges.push((from.to_owned(), event.to_owned(), to.to_owned()));
    };
    edge("requested", "request", "pending");
    if decides(flow, HookEvent::OnRequest, Verdict::Approve) {
        edge("requested", "approve", "approved");
    }
    if decides(flow, HookEvent::OnRequest, Verdict::Deny) {
        edge("requested", "deny", "ended:denied");
    }
    edge("requested", "error", "ended:errored");
    edge("requested", "cancel", "ended:cancelled");
    edge("pending", "approve", "approved");
    edge("pending", "deny", "ended:denied");
    if flow.approvals.iter().any(|a| a.on_timeout != OnTimeout::Skip) {
        edge("pending", "request_expire", "ended:expired");
    }
    edge("pending", "cancel", "ended:cancelled");
    edge("pending", "error", "ended:errored");
    let mut phases = vec!["requested", "pending", "approved"];
    match &flow.grant {
        None => edge("approved", "end", "ended:ok"),
        Some(grant) => {
            phases.extend(["escalating", "active", "deescalating"]);
            edge("approved", "escalate", "escalating");
            if decides(flow, HookEvent::OnEscalate, Verdict::Deny) {
                edge("approved", "deny", "ended:denied");
            }
            edge("approved", "cancel", "ended:cancelled");
            edge("approved", "error", "ended:errored");
            edge("escalating", "done", "active");
            edge("escalating", "error", "deescalating");
            if grant.duration.is_some() {
                edge("active", "deescalate", "deescalating");
            }
            if grant.revocable {
                edge("active", "revoke", "deescalating");
            }
            edge("deescalating", "end", "ended:ok");
            edge("deescalating", "end", "ended:errored");
        }
    }
    if flow.grant.is_none() {
        edge("approved", "error", "ended:errored");
    }
    phases.push("ended");
    Graph { edges, phases: phases.into_iter().map(str::to_owned).collect() }
}

/// Whether a statement of the hook can come to this verdict.
fn decides(flow: &Flow, event: HookEvent, verdict: Verdict) -> bool {
    flow.hooks.get(&event).into_iter().flatten().any(|statement| match statement {
        Statement::Decision(decision) => decision.verdict == verdict,
        Statement::Step(step) => verdict == Verdict::Deny && step.on_error == OnError::Deny,
        Statement::Fail(_) | Statement::Notify(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{approval_only, lambda};

    #[test]
    fn the_example_has_the_graph_of_the_specification() {
        let bundle = approval_only();
        let flow = &bundle.flows["friday_deploy"];
        assert_eq!(graph(flow), flow.graph);
    }

    #[test]
    fn a_granting_flow_ends_only_through_deescalating() {
        let bundle = lambda();
        let graph = graph(&bundle.flows["aws_lambda"]);
        let lines: Vec<String> =
            graph.edges.iter().map(|(a, e, b)| format!("{a} {e} {b}")).collect();
        assert_eq!(
            lines.join("\n"),
            "requested request pending\n\
             requested deny ended:denied\n\
             requested error ended:errored\n\
             requested cancel ended:cancelled\n\
             pending approve approved\n\
             pending deny ended:denied\n\
             pending request_expire ended:expired\n\
             pending cancel ended:cancelled\n\
             pending error ended:errored\n\
             approved escalate escalating\n\
             approved cancel ended:cancelled\n\
             approved error ended:errored\n\
             escalating done active\n\
             escalating error deescalating\n\
             active deescalate deescalating\n\
             active revoke deescalating\n\
             deescalating end ended:ok\n\
             deescalating end ended:errored"
        );
    }
}
