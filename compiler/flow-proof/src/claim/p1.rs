//! P1: no path to a grant without a person's approval, unless the flow declares it.
//!
//! A path without a person is: a `decision "approve"` that can win, all stages together not needed
//! or skipped at their timeout, a stage that is met by nobody because its quorum is below 1, or an
//! extension that nobody approves. Failures: A508, A509, A514, A515, H306, H308.

use flow_bundle::bundle::{Decision, HookEvent, OnTimeout, Statement, Verdict};
use flow_bundle::expr::Expr;
use rust_decimal::Decimal;

use crate::guard::{Formula, Space};
use crate::interval::interval;
use crate::prove::{Answer, Failure, Subject, declared, proved, vacuous};
use crate::show::show;
use crate::solve::solve;

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let flow = subject.flow;
    let Some(grant) = &flow.grant else { return vacuous("nothing is granted") };
    let mut space = Space::of(flow);
    let (autos, asked) = decisions(subject, &mut space);
    let mut failures = Vec::new();
    let mut allowed = Vec::new();
    for auto in autos {
        let Some(example) = solve(&space, &auto.holds).example() else { continue };
        if auto.bare {
            failures.push(Failure {
                claim: "P1",
                code: "H308",
                path: auto.path,
                message: "this approves every request without a person".to_owned(),
                counterexample: example,
            });
        } else if flow.auto {
            allowed.push(format!("approved by itself when {}", show(&auto.decision.when)));
        } else {
            failures.push(Failure {
                claim: "P1",
                code: "H306",
                path: auto.path,
                message: "this approves without a person, and the flow does not declare it"
                    .to_owned(),
                counterexample: example,
            });
        }
    }
    if grant.extend.as_ref().is_some_and(|e| e.approval == "none") {
        if flow.auto {
            allowed.push("extended without a person".to_owned());
        } else {
            failures.push(Failure {
                claim: "P1",
                code: "H306",
                path: subject.path("grant.extend.approval"),
                message: "this extends without a person, and the flow does not declare it"
                    .to_owned(),
                counterexample: Vec::new(),
            });
        }
    }
    match stages(subject, &mut space, &asked) {
        Some(failure) if flow.auto && matches!(failure.code, "A508" | "A509") => {
            allowed.push(failure.message);
        }
        Some(failure) => failures.push(failure),
        None => {}
    }
    match (failures.is_empty(), allowed.is_empty()) {
        (false, _) => Err(failures),
        (true, false) => declared(allowed.join("; ")),
        (true, true) => proved(why(subject)),
    }
}

struct Auto<'d> {
    path: String,
    decision: &'d Decision,
    holds: Formula,
    bare: bool,
}

/// The approving decisions with the condition under which each wins, and the condition under which
/// the stages are asked at all.
fn decisions<'d>(subject: Subject<'d>, space: &mut Space<'d>) -> (Vec<Auto<'d>>, Formula) {
    let mut autos = Vec::new();
    let mut undecided = vec![Formula::Constant(true)];
    let body = subject.flow.hooks.get(&HookEvent::OnRequest).into_iter().flatten();
    for (i, statement) in body.enumerate() {
        let holds = match statement {
            Statement::Decision(decision) => {
                let holds = space.formula(&decision.when);
                if decision.verdict == Verdict::Approve {
                    let mut all = undecided.clone();
                    all.push(holds.clone());
                    autos.push(Auto {
                        path: subject.path(&format!("hooks.on_request.{i}")),
                        decision,
                        holds: Formula::All(all),
                        bare: holds == Formula::Constant(true),
                    });
                }
                holds
            }
            Statement::Fail(fail) => space.formula(&fail.when),
            Statement::Step(_) | Statement::Notify(_) => continue,
        };
        undecided.push(holds.negate());
    }
    (autos, Formula::All(undecided))
}

/// The way past all stages, where there is one.
fn stages(subject: Subject<'_>, space: &mut Space<'_>, asked: &Formula) -> Option<Failure> {
    let approvals = &subject.flow.approvals;
    if approvals.is_empty() {
        let counterexample = solve(space, asked).example()?;
        return Some(Failure {
            claim: "P1",
            code: "A515",
            path: subject.path("approvals"),
            message: "there is no stage, and nothing approves by itself".to_owned(),
            counterexample,
        });
    }
    let mut open = vec![asked.clone()];
    let mut without_skip = vec![asked.clone()];
    let mut unmanned = None;
    for stage in approvals {
        let unneeded = space.formula(&stage.when).negate();
        let mut ways = vec![unneeded.clone()];
        if stage.on_timeout == OnTimeout::Skip {
            ways.push(Formula::Constant(true));
        }
        without_skip.push(unneeded);
        // A stage is met by nobody only where every rule asks for nobody.
        let mut nobody = Vec::new();
        for rule in &stage.rules {
            let below =
                space.leaves(&rule.quorum).into_iter().filter(|(_, leaf)| below_one(subject, leaf));
            let below: Vec<Formula> = below.map(|(condition, _)| condition).collect();
            nobody.push(Formula::Any(below));
        }
        let nobody = Formula::All(nobody);
        if nobody != Formula::Constant(false) {
            ways.push(nobody);
            unmanned = unmanned.or(Some(stage));
        }
        open.push(Formula::Any(ways));
    }
    let example = solve(space, &Formula::All(open)).example()?;
    if let Some(counterexample) = solve(space, &Formula::All(without_skip)).example() {
        return Some(Failure {
            claim: "P1",
            code: "A508",
            path: subject.path("approvals"),
            message: "no stage is needed, so nobody would have to approve".to_owned(),
            counterexample,
        });
    }
    if let Some(stage) = approvals.iter().find(|a| a.on_timeout == OnTimeout::Skip) {
        return Some(Failure {
            claim: "P1",
            code: "A509",
            path: subject.path(&format!("approvals.{}.on_timeout", stage.name)),
            message: format!(
                "`{}` is skipped when nobody answers, and nobody else has to",
                stage.name
            ),
            counterexample: example,
        });
    }
    let stage = unmanned?;
    Some(Failure {
        claim: "P1",
        code: "A514",
        path: subject.path(&format!("approvals.{}", stage.name)),
        message: format!("the quorum of `{}` can be below 1, which nobody has to meet", stage.name),
        counterexample: example,
    })
}

fn below_one(subject: Subject<'_>, quorum: &Expr) -> bool {
    interval(subject.flow, quorum).least.is_none_or(|least| least < Decimal::ONE)
}

fn why(subject: Subject<'_>) -> String {
    let approvals = &subject.flow.approvals;
    let always = |a: &&flow_bundle::bundle::Approval| {
        a.when == Expr::Bool(true) && a.on_timeout != OnTimeout::Skip
    };
    match approvals.iter().find(always) {
        Some(stage) => format!("`{}` is always needed", stage.name),
        None => {
            let names: Vec<String> = approvals.iter().map(|a| format!("`{}`", a.name)).collect();
            format!("one of {} is always needed", names.join(", "))
        }
    }
}
