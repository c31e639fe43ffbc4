//! P1: no path to a grant without a person's approval, unless the flow declares it.
//!
//! A path without a person is: a `decision "approve"` that can win, all stages together not needed
//! or skipped at their timeout, a stage that is met by nobody because its quorum is below 1, or an
//! extension that nobody approves. Only the first and `extend.approval = "none"` can be declared,
//! and break-glass, where nobody decides at all. Failures: A508,
//! A509, A514, A515, H306, H308.

use flow_bundle::bundle::{Approval, OnTimeout, Verdict};
use flow_bundle::duration;
use flow_bundle::expr::Expr;
use rust_decimal::Decimal;

use crate::decided::{Decided, Decides, decided};
use crate::formula::Formula;
use crate::guard::Space;
use crate::interval::interval;
use crate::prove::{Answer, Failure, Subject, declared, proved, vacuous};
use crate::show::show;
use crate::solve::{possible, solve, solve_with, solve_within};
use crate::together::Together;

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let flow = subject.flow;
    if flow.break_glass.is_some() && flow.auto {
        return declared(
            "nobody decides: break-glass approves every request at once, and tells of it",
        );
    }
    let mut space = Space::of(subject.bundle, flow);
    let early = decided(flow, &mut space);
    let mut failures = Vec::new();
    let mut allowed = Vec::new();
    early.each(|auto, before| {
        if auto.decision.verdict != Verdict::Approve {
            return;
        }
        match look(subject, &space, auto, before) {
            Auto::Never => {}
            Auto::Declared(why) => allowed.push(why),
            Auto::Fails(failure) => failures.push(failure),
        }
    });
    match extended(subject, &mut space, &early) {
        Some(Auto::Declared(why)) => allowed.push(why),
        Some(Auto::Fails(failure)) => failures.push(failure),
        Some(Auto::Never) | None => {}
    }
    failures.extend(stages(subject, &mut space, &early.asked));
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

fn look(
    subject: Subject<'_>,
    space: &Space<'_>,
    auto: &Decides<'_>,
    before: &Together<'_>,
) -> Auto {
    let Some(example) = solve_with(space, before, &auto.when).example() else {
        return Auto::Never;
    };
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

/// An extension that no person approves, of the requests that are granted.
fn extended(subject: Subject<'_>, space: &mut Space<'_>, early: &Decided<'_>) -> Option<Auto> {
    let flow = subject.flow;
    let extend = flow.grant.as_ref()?.extend.as_ref()?;
    let fails = |code, message: &str| fails(subject, code, "grant.extend.approval", message);
    let by = match extend.approval.as_str() {
        // Whatever is asked then was asked before, and is proved of the stages.
        "same" => return None,
        "none" if flow.auto => {
            let all = duration::print(Decimal::from(extend.max_total_s.0));
            return Some(Auto::Declared(format!("extended without a person, up to {all} in all")));
        }
        "none" => {
            let message = "this extends without a person, and the flow does not say so";
            return Some(Auto::Fails(fails("H306", message)));
        }
        stage => flow.approvals.iter().find(|s| s.name == stage)?,
    };
    let name = &by.name;
    let mut ways = Vec::new();
    if by.when != Expr::Bool(true) {
        let message = format!("nobody has to approve an extension: `{name}` is not needed");
        ways.push(("A508", space.formula(&by.when).negate(), message));
    }
    if by.on_timeout == OnTimeout::Skip {
        let message =
            format!("nobody has to approve an extension: `{name}` is skipped when nobody answers");
        ways.push(("A509", Formula::Constant(true), message));
    }
    let message =
        format!("nobody has to approve an extension: the quorum of `{name}` can be below 1");
    ways.push(("A514", unmanned(subject, space, by), message));
    let granted = early.goes_on();
    ways.into_iter().find_map(|(code, way, message)| {
        let example = solve_within(space, &granted, &way).example()?;
        Some(Auto::Fails(fails(code, &message).because(example)))
    })
}

/// When a stage is met by nobody: every rule asks for nobody.
fn unmanned(subject: Subject<'_>, space: &mut Space<'_>, stage: &Approval) -> Formula {
    let mut nobody = Vec::new();
    for rule in &stage.rules {
        if rule.quorum == Expr::Number(Decimal::ONE) {
            return Formula::Constant(false);
        }
        let leaves = space.leaves(&rule.quorum);
        let below = leaves.into_iter().filter(|(_, leaf)| below_one(subject, leaf));
        nobody.push(Formula::any(below.map(|(condition, _)| condition)));
    }
    Formula::all(nobody)
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
    let mut without = None;
    for stage in approvals {
        let unneeded = space.formula(&stage.when).negate();
        let mut ways = vec![unneeded.clone()];
        if stage.on_timeout == OnTimeout::Skip {
            ways.push(Formula::Constant(true));
        }
        without_skip.push(unneeded);
        let nobody = unmanned(subject, space, stage);
        if nobody != Formula::Constant(false) {
            ways.push(nobody);
            without = without.or(Some(stage));
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
    let stage = without?;
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
    let always = |a: &&Approval| a.when == Expr::Bool(true) && a.on_timeout != OnTimeout::Skip;
    match approvals.iter().find(always) {
        Some(stage) => format!("`{}` is always needed", stage.name),
        None => {
            let names: Vec<String> = approvals.iter().map(|a| format!("`{}`", a.name)).collect();
            format!("one of {} is always needed", names.join(", "))
        }
    }
}
