//! What breaks no claim and is pointless all the same: a stage, a decision or a declaration that
//! nothing can bring about. Codes: A507, A521, H303, H307, H308.

use flow_bundle::bundle::{Flow, Verdict};
use flow_bundle::expr::Expr;

use crate::decided::decided;
use crate::formula::Formula;
use crate::guard::Space;
use crate::people::{Crowd, Who, who};
use crate::prove::{Failure, Subject};
use crate::solve::{can_hold, possible};

/// Everything of that kind in one flow.
pub(crate) fn doubts(subject: Subject<'_>) -> Vec<Failure> {
    let flow = subject.flow;
    let mut found = Vec::new();
    let mut say = |code, part: &str, message: String| {
        found.push(Failure::new("P1", code, subject.path(part), message));
    };
    let request = who(subject.bundle, &flow.permissions.request, "request");
    if nobody(&request) {
        say("A521", "permissions.request", "nobody may ask: the set is empty".to_owned());
    }
    let mut space = Space::of(subject.bundle, flow);
    let early = decided(flow, &mut space);
    let mut last = None;
    early.each(|decides, before| {
        if can_hold(&space, before, &decides.when) {
            last = Some(decides).filter(|d| d.decision.verdict == Verdict::Approve).or(last);
        } else if decides.when != Formula::Constant(false) {
            let message = if possible(&space, &decides.when) {
                "this decides nothing: whenever it holds, one before it has decided"
            } else {
                "this decides nothing: its condition never holds"
            };
            say("H303", &decides.path, message.to_owned());
        }
    });
    if flow.auto && flow.break_glass.is_none() && last.is_none() && !extends_alone(flow) {
        say("H307", "auto", "nothing in this flow can approve without a person".to_owned());
    }
    if let Some(last) = last
        && !flow.approvals.is_empty()
        && !possible(&space, &early.asked)
    {
        let message =
            "whatever is not refused is approved without a person: no stage is ever asked";
        say("H308", &last.path, message.to_owned());
    }
    for stage in &flow.approvals {
        if stage.when == Expr::Bool(true) {
            continue;
        }
        let needed = space.formula(&stage.when);
        if !possible(&space, &needed) {
            let message = format!("`{}` is never needed: its `when` never holds", stage.name);
            say("A507", &format!("approvals.{}", stage.name), message);
        }
    }
    found
}

fn extends_alone(flow: &Flow) -> bool {
    let extend = flow.grant.as_ref().and_then(|g| g.extend.as_ref());
    extend.is_some_and(|e| e.approval == "none")
}

/// Whether a set is empty whoever works here.
pub(crate) fn nobody(set: &Who) -> bool {
    Crowd::of([set]).is_some_and(|crowd| !crowd.has(|person| crowd.holds(set, person)))
}
