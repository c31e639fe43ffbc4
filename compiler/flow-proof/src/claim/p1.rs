//! P1: no path to a grant without a person's approval, unless the flow declares it.
//!
//! A path without a person is: a `decision "approve"` that can win, all stages together not needed
//! or skipped at their timeout, a stage that is met by nobody because its quorum is below 1, or an
//! extension that nobody approves. Only the first and the last can be declared. Failures: A508,
//! A509, A514, A515, H306, H308.

use flow_bundle::bundle::{OnTimeout, Verdict};
use flow_bundle::expr::Expr;
use rust_decimal::Decimal;

use crate::decided::{Decided, Decides, decided};
use crate::formula::Formula;
use crate::guard::Space;
use crate::interval::interval;
use crate::prove::{Answer, Failure, Subject, declared, proved, vacuous};
use crate::show::show;
use crate::solve::{possible, solve};

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let flow = subject.flow;
    if flow.break_glass.is_some() && flow.auto {
        return declared("break-glass: every request is approved without a person, and announced");
    }
    let mut space = Space::of(subject.bundle, flow);
    let Decided { all, asked } = decided(flow, &mut space);
    let mut failures = Vec::new();
    let mut allowed = Vec::new();
    for auto in all.iter().filter(|d| d.decision.verdict == Verdict::Approve) {
        match look(subject, &space, auto) {
            Auto::Never => {}
            Auto::Declared(why) => allowed.push(why),
            Auto::Fails(failure) => failures.push(failure),
        }
    }
    if flow.grant.as_ref().and_then(|g| g.extend.as_ref()).is_some_and(|e| e.approval == "none") {
        if flow.auto {
            allowed.push("extended without a person".to_owned());
        } else {
            let message = "this extends without a person, and the flow does not say so";
            failures.push(fails(subject, "H306", "grant.extend.approval", message));
        }
    }
    failures.extend(stages(subject, &mut space, &asked));
    match (failures.is_empty(), allowed.is_empty()) {
        (false, _) => Err(failures),
        (true, false) => declared(allowed.join("; ")),
        (true, true) if flow.grant.is_none() => vacuous("nothing is granted"),
        (true, true) => proved(why(subject)),
    }
}

fn fails(subject: Subject<'_>, code: &'static str, part: &str, message: &str) -> Failure {
    Failure::new("P1", code, subject.path(part), message)
}

enum Auto {
    Never,
    Declared(String),
    Fails(Failure),
}

fn look(subject: Subject<'_>, space: &Space<'_>, auto: &Decides<'_>) -> Auto {
    let Some(example) = solve(space, &auto.wins).example() else { return Auto::Never };
    // Not compared with `true`: a condition that nothing can break is none.
    if !possible(space, &auto.when.clone().negate()) {
        let message = match auto.decision.when {
            Expr::Bool(true) => "everything would be approved without a person",
            _ => "everything would be approved without a person: this condition always holds",
        };
        return Auto::Fails(fails(subject, "H308", &auto.path, message));
    }
    if subject.flow.auto {
        return Auto::Declared(format!("approved by itself when {}", show(&auto.decision.when)));
    }
    let message = "this approves without a person, and the flow does not say so";
    Auto::Fails(fails(subject, "H306", &auto.path, message).because(example))
}

/// The way past all stages, where there is one.
fn stages(subject: Subject<'_>, space: &mut Space<'_>, asked: &Formula) -> Option<Failure> {
    let approvals = &subject.flow.approvals;
    if approvals.is_empty() {
        let example = solve(space, asked).example()?;
        let message = "there is no stage, and nothing approves by itself";
        return Some(fails(subject, "A515", "approvals", message).because(example));
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
            if rule.quorum == Expr::Number(Decimal::ONE) {
                nobody.push(Formula::Constant(false));
                continue;
            }
            let leaves = space.leaves(&rule.quorum);
            let below = leaves.into_iter().filter(|(_, leaf)| below_one(subject, leaf));
            nobody.push(Formula::any(below.map(|(condition, _)| condition)));
        }
        let nobody = Formula::all(nobody);
        if nobody != Formula::Constant(false) {
            ways.push(nobody);
            unmanned = unmanned.or(Some(stage));
        }
        open.push(Formula::any(ways));
    }
    let example = solve(space, &Formula::all(open)).example()?;
    if let Some(example) = solve(space, &Formula::all(without_skip)).example() {
        let message = "nobody has to approve: no stage is needed";
        let first = approvals.first().map_or("", |stage| stage.name.as_str());
        let part = format!("approvals.{first}.when");
        return Some(fails(subject, "A508", &part, message).because(example));
    }
    if let Some(stage) = approvals.iter().find(|a| a.on_timeout == OnTimeout::Skip) {
        let message =
            format!("`{}` is skipped when nobody answers, and nobody else has to", stage.name);
        let part = format!("approvals.{}.on_timeout", stage.name);
        return Some(fails(subject, "A509", &part, &message).because(example));
    }
    let stage = unmanned?;
    let message =
        format!("the quorum of `{}` can be below 1, which nobody has to meet", stage.name);
    let part = format!("approvals.{}", stage.name);
    Some(fails(subject, "A514", &part, &message).because(example))
}

fn below_one(subject: Subject<'_>, quorum: &Expr) -> bool {
    interval(subject, quorum).least.is_none_or(|least| least < Decimal::ONE)
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
