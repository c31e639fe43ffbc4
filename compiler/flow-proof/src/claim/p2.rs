//! P2: every escalation has a deescalation, and nothing of the flow stands before it.
//!
//! Failures: S401, H311, H312, H314.

use flow_bundle::bundle::{HookEvent, OnError, Statement, Verdict};
use flow_bundle::catalog;

use crate::prove::{Answer, Failure, Subject, proved, unknown, vacuous};

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let Some(grant) = &subject.flow.grant else { return vacuous("nothing is granted") };
    let Some(strategy) = subject.bundle.strategies.get(&grant.strategy) else {
        return unknown(format!("the strategy `{}` is not declared", grant.strategy));
    };
    let mut failures = Vec::new();
    let mut fail = |code: &'static str, path: String, message: &str| {
        failures.push(Failure::new("P2", code, path, message));
    };
    if strategy.kind == "http" && strategy.deescalate.call.is_none() {
        let path = format!("strategies.{}.deescalate", grant.strategy);
        fail("S401", path, "this can grant and has no way to take back");
    }
    let body = subject.flow.hooks.get(&HookEvent::OnDeescalate).into_iter().flatten();
    for (i, statement) in body.enumerate() {
        let path = |name: &str| subject.path(&format!("hooks.on_deescalate.{name}"));
        match statement {
            Statement::Step(step) if step.on_error != OnError::Continue => {
                fail("H312", path(&step.name), "a failed step here would stand before the end");
            }
            Statement::Decision(decision) if decision.verdict != Verdict::Ignore => {
                fail("H314", path(&i.to_string()), "only `ignore` may be decided here");
            }
            Statement::Fail(_) => {
                fail("H311", path(&i.to_string()), "nothing may fail before an end");
            }
            Statement::Step(_) | Statement::Decision(_) | Statement::Notify(_) => {}
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    if catalog::strategy(&strategy.kind).is_none() {
        return unknown(format!("`{}` is no strategy type that is known here", strategy.kind));
    }
    proved(format!("`{}` takes back, tried until it is confirmed", grant.strategy))
}
