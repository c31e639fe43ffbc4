//! Which stages are asked, and how one of both versions stands to the other.

use std::collections::BTreeSet;

use flow_bundle::bundle::Approval;

use super::stage::{Context, Pair};
use super::{Notes, Way};
use crate::formula::Formula;
use crate::guard::Space;
use crate::prove::Subject;
use crate::solve::solve_within;

/// Compares the stages, for requests that both versions ask people about.
pub(super) fn compare<'b>(
    old: Subject<'b>,
    new: Subject<'b>,
    steps: &'b BTreeSet<String>,
    (mut space, asked): (Space<'b>, Formula),
    notes: &mut Notes,
) {
    let mut matched: BTreeSet<&str> = BTreeSet::new();
    for before in &old.flow.approvals {
        let after = same(before, new, old).inspect(|stage| {
            matched.insert(&stage.name);
        });
        space.moment();
        space.read_older(old.bundle, old.flow, steps);
        let then = space.formula_again(&before.when);
        space.read_newer();
        let now = after.map_or(Formula::Constant(false), |stage| space.formula_again(&stage.when));
        let path = match after {
            Some(stage) => new.path(&format!("approvals.{}", stage.name)),
            None => old.path(&format!("approvals.{}", before.name)),
        };
        let less = Formula::all([then.clone(), now.clone().negate()]);
        if let Some(example) = solve_within(&space, &asked, &less).example() {
            let text = format!("stage `{}` is no longer required", before.name);
            notes.when(Way::Weaker, format!("{path}.when"), text, example);
        }
        let more = Formula::all([now.clone(), then.clone().negate()]);
        if let Some(example) = solve_within(&space, &asked, &more).example() {
            let text = format!("stage `{}` is required", before.name);
            notes.when(Way::Stronger, format!("{path}.when"), text, example);
        }
        match after {
            Some(after) => {
                if after.name != before.name {
                    let text = format!(
                        "stage `{}` is called `{}` now: approvals that were given are lost",
                        before.name, after.name
                    );
                    notes.breaking(path.clone(), text);
                }
                let both = Formula::all([asked.clone(), then, now]);
                let pair = Pair { before, after, path };
                let context = Context { old, new, steps, both };
                super::stage::compare(&pair, &context, &mut space, notes);
            }
            None => {
                let text =
                    format!("stage `{}` is gone: requests that wait cannot move", before.name);
                notes.breaking(path, text);
            }
        }
    }
    for stage in new.flow.approvals.iter().filter(|s| !matched.contains(s.name.as_str())) {
        let now = space.formula(&stage.when);
        let path = new.path(&format!("approvals.{}", stage.name));
        if let Some(example) = solve_within(&space, &asked, &now).example() {
            let text = format!("stage `{}` is required", stage.name);
            notes.when(Way::Stronger, path.clone(), text, example);
        }
        notes.breaking(
            path,
            format!("stage `{}` is new: requests that wait cannot move", stage.name),
        );
    }
}

/// The stage of the new version that this one is: of the same name, or else one of a new name that
/// asks the same people in the same way.
fn same<'b>(before: &Approval, new: Subject<'b>, old: Subject<'_>) -> Option<&'b Approval> {
    let stages = &new.flow.approvals;
    if let Some(stage) = stages.iter().find(|s| s.name == before.name) {
        return Some(stage);
    }
    let is_known = |stage: &Approval| old.flow.approvals.iter().any(|s| s.name == stage.name);
    stages.iter().find(|stage| {
        !is_known(stage)
            && stage.rules == before.rules
            && stage.when == before.when
            && stage.allow_self == before.allow_self
            && stage.on_timeout == before.on_timeout
    })
}
