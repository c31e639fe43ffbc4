//! What scenarios have covered: hooks, decisions, stages, and both sides of each `when`.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::Expr;
use flow_bundle::bundle::{Bundle, Flow, HookEvent, Statement};
use flow_engine::state::StageState;
use flow_engine::{Branch, Request, Transition};

/// A part of a flow that can be covered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Its path in the bundle.
    pub path: String,
    /// Which side of it.
    pub side: Side,
}

/// Which side of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// A hook has run.
    Ran,
    /// A decision has won.
    Decided,
    /// A stage has opened.
    Opened,
    /// A stage was met.
    Met,
    /// A `when` was true.
    True,
    /// A `when` was false.
    False,
}

impl Side {
    /// What is counted together, and what is said of one that never was.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Ran => ("hooks", "never runs"),
            Self::Decided => ("decisions", "never decides"),
            Self::Opened => ("stages", "never opens"),
            Self::Met => ("stages", "is never met"),
            Self::True => ("branches", "`when` is never true"),
            Self::False => ("branches", "`when` is never false"),
        }
    }
}

/// Everything of a flow that can be covered, in the order of the bundle.
#[must_use]
pub fn points(address: &str, flow: &Flow) -> Vec<Point> {
    let mut out = Vec::new();
    let mut add = |path: &str, sides: &[Side]| {
        out.extend(sides.iter().map(|side| Point { path: path.to_owned(), side: *side }));
    };
    for (event, statements) in &flow.hooks {
        let hook = format!("flows.{address}.hooks.{}", event.word());
        add(&hook, &[Side::Ran]);
        for (index, statement) in statements.iter().enumerate() {
            let path = path_of(address, *event, index, statement);
            if matches!(statement, Statement::Decision(_)) {
                add(&path, &[Side::Decided]);
            }
            if !is_constant(when(statement)) {
                add(&path, &[Side::True, Side::False]);
            }
        }
    }
    for stage in &flow.approvals {
        let path = format!("flows.{address}.approvals.{}", stage.name);
        add(&path, &[Side::Opened, Side::Met]);
        if !is_constant(&stage.when) {
            add(&path, &[Side::True, Side::False]);
        }
    }
    out
}

const fn is_constant(when: &Expr) -> bool {
    matches!(when, Expr::Bool(_))
}

const fn when(statement: &Statement) -> &Expr {
    match statement {
        Statement::Step(step) => &step.when,
        Statement::Decision(decision) => &decision.when,
        Statement::Fail(fail) => &fail.when,
        Statement::Notify(notify) => &notify.when,
    }
}

fn path_of(address: &str, event: HookEvent, index: usize, statement: &Statement) -> String {
    let hook = format!("flows.{address}.hooks.{}", event.word());
    match statement {
        Statement::Step(step) => format!("{hook}.{}", step.name),
        Statement::Decision(_) | Statement::Fail(_) | Statement::Notify(_) => {
            format!("{hook}.{index}")
        }
    }
}

/// What one transition has covered.
pub(super) fn covered(
    flow: (&str, &Flow),
    before: Option<&Request>,
    done: &Transition,
    into: &mut BTreeSet<Point>,
) {
    came_to(flow, &done.branches, into);
    let (address, _) = flow;
    let mut add = |path: String, side: Side| {
        into.insert(Point { path, side });
    };
    let Some(after) = &done.request else { return };
    for stage in after.stages.iter().filter(|s| s.extension.is_none()) {
        let was = before.and_then(|r| r.stages.iter().find(|s| s.name == stage.name));
        if was.is_some_and(|s| s.state == stage.state) {
            continue;
        }
        let path = format!("flows.{address}.approvals.{}", stage.name);
        if stage.opened_at.is_some() {
            add(path.clone(), Side::Opened);
            add(path.clone(), Side::True);
        }
        match stage.state {
            StageState::Met => add(path, Side::Met),
            StageState::NotNeeded => add(path, Side::False),
            StageState::Waiting
            | StageState::Open
            | StageState::Auto
            | StageState::Skipped
            | StageState::Denied
            | StageState::Expired => {}
        }
    }
}

/// Statements that were come to.
pub(super) fn came_to(
    (address, flow): (&str, &Flow),
    branches: &[Branch],
    into: &mut BTreeSet<Point>,
) {
    let mut add = |path: String, side: Side| {
        into.insert(Point { path, side });
    };
    for branch in branches {
        let statements = flow.hooks.get(&branch.hook).map_or(&[][..], Vec::as_slice);
        add(format!("flows.{address}.hooks.{}", branch.hook.word()), Side::Ran);
        // What a strategy asks before its call stands behind the hook's own statements.
        let Some(statement) = statements.get(branch.statement) else { continue };
        let path = path_of(address, branch.hook, branch.statement, statement);
        add(path.clone(), if branch.held { Side::True } else { Side::False });
        if branch.held && matches!(statement, Statement::Decision(_)) {
            add(path, Side::Decided);
        }
    }
}

/// How much of one flow was covered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covered {
    /// By what is counted together: how many were covered, of how many.
    pub counts: BTreeMap<&'static str, (usize, usize)>,
    /// What never was.
    pub missed: Vec<Point>,
}

/// How much of each flow of a bundle was covered.
#[must_use]
pub fn summary(bundle: &Bundle, covered: &BTreeSet<Point>) -> BTreeMap<String, Covered> {
    let flows = bundle.flows.iter().map(|(address, flow)| {
        let mut of = Covered::default();
        for point in points(address, flow) {
            let count = of.counts.entry(point.side.words().0).or_default();
            count.1 = count.1.saturating_add(1);
            if covered.contains(&point) {
                count.0 = count.0.saturating_add(1);
            } else {
                of.missed.push(point);
            }
        }
        (address.clone(), of)
    });
    flows.collect()
}
