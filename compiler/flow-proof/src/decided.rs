//! What `on_request` decides before anybody is asked.

use flow_bundle::bundle::{Decision, Flow, HookEvent, Statement};
use flow_bundle::expr::Expr;

use crate::formula::Formula;
use crate::guard::Space;

/// The decisions of `on_request`, and when none of them is taken.
pub(crate) struct Decided<'d> {
    pub(crate) all: Vec<Decides<'d>>,
    /// Nothing has decided or failed: the stages are asked.
    pub(crate) asked: Formula,
}

/// One decision.
pub(crate) struct Decides<'d> {
    /// Its path below the flow.
    pub(crate) path: String,
    pub(crate) decision: &'d Decision,
    /// Its own condition.
    pub(crate) when: Formula,
    /// That, and none before it has decided.
    pub(crate) wins: Formula,
}

/// The decisions in the order written, each at a moment of its own: the first that is true wins.
pub(crate) fn decided<'d>(flow: &'d Flow, space: &mut Space<'_>) -> Decided<'d> {
    read(flow, space, Space::formula)
}

/// The same, all at the same moment.
pub(crate) fn decided_again<'d>(flow: &'d Flow, space: &mut Space<'_>) -> Decided<'d> {
    read(flow, space, Space::formula_again)
}

type Read<'b> = fn(&mut Space<'b>, &Expr) -> Formula;

fn read<'d, 'b>(flow: &'d Flow, space: &mut Space<'b>, formula: Read<'b>) -> Decided<'d> {
    let mut all = Vec::new();
    let mut undecided: Vec<Formula> = Vec::new();
    let body = flow.hooks.get(&HookEvent::OnRequest).into_iter().flatten();
    for (i, statement) in body.enumerate() {
        let when = match statement {
            Statement::Decision(decision) => {
                let when = formula(space, &decision.when);
                let path = format!("hooks.on_request.{i}");
                let wins = Formula::all(undecided.iter().cloned().chain([when.clone()]));
                all.push(Decides { path, decision, when: when.clone(), wins });
                when
            }
            Statement::Fail(fail) => formula(space, &fail.when),
            Statement::Step(_) | Statement::Notify(_) => continue,
        };
        undecided.push(when.negate());
    }
    Decided { all, asked: Formula::all(undecided) }
}
