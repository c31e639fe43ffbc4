//! What hooks decide by themselves, and the steps that they decide by.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::{Flow, HookEvent, OnError, Statement, Step, Verdict as Word};
use flow_bundle::expr::Expr;

use super::{Notes, Way};
use crate::decided::decided_again;
use crate::formula::Formula;
use crate::guard::Space;
use crate::prove::Subject;
use crate::solve::{solve, solve_within};

/// Names of the steps that are not the same in both versions; what they answer cannot be compared.
pub(super) fn changed_steps(
    old: Subject<'_>,
    new: Subject<'_>,
    notes: &mut Notes,
) -> BTreeSet<String> {
    let (before, after) = (steps(old.flow), steps(new.flow));
    let mut changed = BTreeSet::new();
    for (name, (event, step)) in &after {
        let path = new.path(&format!("hooks.{}.{name}", event.word()));
        let Some((then, was)) = before.get(name) else {
            changed.insert((*name).to_owned());
            continue;
        };
        // A step that only fails otherwise answers the same.
        let alike = Step { on_error: was.on_error, ..(*step).clone() };
        if then != event || **was != alike {
            changed.insert((*name).to_owned());
            if step.kind != "value" {
                notes.changed(path.clone(), format!("step `{name}` has changed"));
            }
        }
        let stops = |e: OnError| e != OnError::Continue;
        if stops(was.on_error) && !stops(step.on_error) {
            notes.weaker(path, format!("the request goes on where step `{name}` fails"));
        } else if !stops(was.on_error) && stops(step.on_error) {
            notes
                .stronger(path, format!("the request no longer goes on where step `{name}` fails"));
        }
    }
    changed.extend(before.keys().filter(|n| !after.contains_key(*n)).map(|n| (*n).to_owned()));
    changed
}

fn steps(flow: &Flow) -> BTreeMap<&str, (HookEvent, &Step)> {
    let mut all = BTreeMap::new();
    for (event, body) in &flow.hooks {
        for statement in body {
            if let Statement::Step(step) = statement {
                all.insert(step.name.as_str(), (*event, step));
            }
        }
    }
    all
}

/// What both versions make of a request before anybody is asked.
struct Early {
    /// Approved without a person.
    auto: Formula,
    /// People are asked.
    asked: Formula,
}

impl Early {
    fn of<'d>(flow: &'d Flow, space: &mut Space<'d>) -> Self {
        let decided = decided_again(flow, space);
        let approves = decided.all.iter().filter(|d| d.decision.verdict == Word::Approve);
        let auto = Formula::any(approves.map(|d| decided.wins(d)).collect::<Vec<_>>());
        if flow.break_glass.is_some() {
            // What is not refused is approved.
            return Self {
                auto: Formula::any([auto, decided.asked]),
                asked: Formula::Constant(false),
            };
        }
        Self { auto, asked: decided.asked }
    }

    fn refused(&self) -> Formula {
        Formula::any([self.auto.clone(), self.asked.clone()]).negate()
    }
}

/// Compares what is decided; gives the conditions, with their space, under which both versions ask
/// people.
pub(super) fn compare<'b>(
    old: Subject<'b>,
    new: Subject<'b>,
    steps: &'b BTreeSet<String>,
    notes: &mut Notes,
) -> (Space<'b>, Formula) {
    let mut space = Space::of(new.bundle, new.flow);
    space.moment();
    let after = Early::of(new.flow, &mut space);
    space.read_older(old.bundle, old.flow, steps);
    let before = Early::of(old.flow, &mut space);
    space.read_newer();
    let glass = (old.flow.break_glass.is_some(), new.flow.break_glass.is_some());
    let path = || match glass {
        (false, false) => new.path("hooks.on_request"),
        (true, false) => old.path("break_glass"),
        (_, true) => new.path("break_glass"),
    };
    announced(old, new, notes);
    // What is told holds where the second holds too.
    let mut tell = |way, told: Formula, within: Formula, text: &str| {
        if let Some(example) = solve_within(&space, &within, &told).example() {
            notes.when(way, path(), text, example);
        }
    };
    let (now, then) = (after.refused(), before.refused());
    let (auto, was_auto) = (after.auto.clone(), before.auto.clone());
    let not = Formula::negate;
    let text = match glass {
        (false, true) => "nobody decides any more: break-glass approves requests at once",
        _ => "requests are approved without a person",
    };
    tell(Way::Weaker, auto.clone(), not(was_auto.clone()), text);
    tell(Way::Weaker, then.clone(), after.asked.clone(), "requests are no longer refused");
    let text = match glass {
        (true, false) => "people decide again: it is no longer break-glass",
        _ => "requests are no longer approved without a person",
    };
    tell(Way::Stronger, was_auto, not(auto), text);
    tell(Way::Stronger, now, not(then), "requests are refused");
    for (event, less_is_weaker, what) in [
        (HookEvent::OnPrompt, true, "the form is refused"),
        (HookEvent::OnApprove, true, "approvals are refused or deny"),
        (HookEvent::OnApproved, true, "approved requests fail"),
        (HookEvent::OnEscalate, true, "grants are refused"),
        (HookEvent::OnDeny, false, "denials are ignored"),
        (HookEvent::OnDeescalate, false, "revokes are ignored"),
    ] {
        let path = new.path(&format!("hooks.{}", event.word()));
        space.moment();
        let now = stops(new.flow, event, &mut space);
        space.read_older(old.bundle, old.flow, steps);
        let then = stops(old.flow, event, &mut space);
        space.read_newer();
        let (weaker, stronger) = if less_is_weaker {
            (Way::Weaker, Way::Stronger)
        } else {
            (Way::Stronger, Way::Weaker)
        };
        let fewer = Formula::all([then.clone(), now.clone().negate()]);
        if let Some(example) = solve(&space, &fewer).example() {
            notes.when(weaker, path.clone(), format!("it no longer holds that {what}"), example);
        }
        if let Some(example) = solve(&space, &Formula::all([now, then.negate()])).example() {
            notes.when(stronger, path, what, example);
        }
    }
    (space, Formula::all([after.asked, before.asked]))
}

/// Who hears of a use of break-glass, where both versions are that.
fn announced(old: Subject<'_>, new: Subject<'_>, notes: &mut Notes) {
    let (Some(then), Some(now)) = (&old.flow.break_glass, &new.flow.break_glass) else { return };
    let path = |part: &str| new.path(&format!("break_glass.{part}"));
    match (&then.announce, &now.announce) {
        (None, None) => {}
        (None, Some(_)) => {
            notes.stronger(path("announce"), "uses of break-glass are announced in one more place");
        }
        (Some(_), None) => {
            let text = "only the error channel hears of uses of break-glass";
            notes.weaker(path("announce"), text);
        }
        (Some(before), Some(after)) if before == after => {}
        (Some(_), Some(_)) => {
            notes.weaker(path("announce"), "others hear of uses of break-glass than before");
        }
    }
    if then.reason != now.reason {
        let text = format!("people say why in `{}`, before it was `{}`", now.reason, then.reason);
        notes.changed(path("reason"), text);
    }
}

/// When a hook stands in the way of what it is about.
fn stops(flow: &Flow, event: HookEvent, space: &mut Space<'_>) -> Formula {
    let when = |statement: &Statement| -> Option<Expr> {
        match statement {
            Statement::Decision(decision) => Some(decision.when.clone()),
            Statement::Fail(fail) => Some(fail.when.clone()),
            Statement::Step(_) | Statement::Notify(_) => None,
        }
    };
    let body: Vec<Expr> = flow.hooks.get(&event).into_iter().flatten().filter_map(when).collect();
    Formula::any(body.iter().map(|e| space.formula_again(e)).collect::<Vec<_>>())
}
