//! What `on_request` decides before anybody is asked.

use flow_bundle::bundle::{Decision, Flow, HookEvent, Statement, Verdict};
use flow_bundle::expr::Expr;

use crate::formula::Formula;
use crate::guard::Space;
use crate::together::Together;

/// The decisions of `on_request`, and when none of them is taken.
pub(crate) struct Decided<'d> {
    pub(crate) all: Vec<Decides<'d>>,
    /// Nothing has decided or failed: the stages are asked.
    pub(crate) asked: Formula,
    /// That each decision and each failure does not come about, in the order written.
    not: Vec<Formula>,
}

impl<'d> Decided<'d> {
    /// Looks at each decision beside what holds where nothing before it has decided or failed.
    pub(crate) fn each<'s>(&'s self, mut look: impl FnMut(&'s Decides<'d>, &Together<'s>)) {
        let mut before = Together::default();
        let mut added = 0;
        for decides in &self.all {
            let new = self.not.get(added..decides.before).unwrap_or_default();
            new.iter().for_each(|formula| before.and(formula));
            added = decides.before;
            look(decides, &before);
        }
    }

    /// When this decision is taken: nothing before it has decided or failed.
    pub(crate) fn wins(&self, decides: &Decides<'_>) -> Formula {
        let before = self.not.get(..decides.before).unwrap_or_default().iter().cloned();
        Formula::all(before.chain([decides.when.clone()]))
    }

    /// When a request is approved or people are asked: whatever refuses it comes too late.
    pub(crate) fn goes_on(&self) -> Formula {
        let approves = |d: &&Decides<'_>| d.decision.verdict == Verdict::Approve;
        let mut rest = self.all.iter().filter(approves).peekable();
        let mut earlier = Vec::new();
        let mut all = Vec::new();
        for (i, not) in self.not.iter().enumerate() {
            match rest.next_if(|d| d.before == i) {
                Some(approve) => earlier.push(approve.when.clone()),
                None => all.push(Formula::any(earlier.iter().chain([not]).cloned())),
            }
        }
        Formula::all(all)
    }
}

/// One decision.
pub(crate) struct Decides<'d> {
    /// Its path below the flow.
    pub(crate) path: String,
    pub(crate) decision: &'d Decision,
    /// Its own condition.
    pub(crate) when: Formula,
    /// How many decisions and failures stand before it.
    before: usize,
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
    let mut not: Vec<Formula> = Vec::new();
    let body = flow.hooks.get(&HookEvent::OnRequest).into_iter().flatten();
    for (i, statement) in body.enumerate() {
        let when = match statement {
            Statement::Decision(decision) => {
                let when = formula(space, &decision.when);
                let path = format!("hooks.on_request.{i}");
                all.push(Decides { path, decision, when: when.clone(), before: not.len() });
                when
            }
            Statement::Fail(fail) => formula(space, &fail.when),
            Statement::Step(_) | Statement::Notify(_) => continue,
        };
        not.push(when.negate());
    }
    Decided { all, asked: Formula::all(not.iter().cloned()), not }
}
