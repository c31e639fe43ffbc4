//! Promise 1: Nothing is escalated unless every stage was met by enough distinct people who truly were
//! approvers when they clicked, had seen what they approved, and did not ask for it; or the flow
//! declares auto-approval and its condition held.

use crate::cast::Who;
use crate::life::Lived;
use crate::log::{Act, Acted, Fact};
use crate::script::{Late, StageScript};

/// What may pass between the time of an event and its answer, in milliseconds.
const SLACK_MS: u64 = 5_000;

pub(super) fn check(lived: &Lived) -> Option<String> {
    for_others(lived).or_else(|| unmet(lived))
}

/// A person asks for themselves only, and a bot only for a person.
fn for_others(lived: &Lived) -> Option<String> {
    let mut asked = lived.log.acts().filter(|(_, a)| a.act == Act::Ask && super::taken(a));
    let (_, acted) = asked.find(|(_, a)| {
        let own = a.by == lived.requester(a.request);
        if a.by == Who::Robot { own } else { !own }
    })?;
    Some(format!("{} was let ask for request {}", acted.by.name(), acted.request))
}

fn unmet(lived: &Lived) -> Option<String> {
    super::escalations(lived).into_iter().find_map(|(at, request, _)| {
        let script = lived.script(request);
        if script.needs_nobody() {
            return None;
        }
        let unmet = script.stages.iter().find(|s| !is_passed(lived, s, request, (0, at)));
        if unmet.is_none() && script.stages.iter().any(|s| is_met(lived, s, request, (0, at))) {
            return None;
        }
        Some(format!(
            "request {request} was escalated although stage `{}` was not met by enough people",
            unmet.map_or("any", |stage| stage.name)
        ))
    })
}

/// Whether a stage was met between two moments, or may be passed over because its time was up.
pub(super) fn is_passed(
    lived: &Lived,
    stage: &StageScript,
    request: usize,
    (after, before): (u64, u64),
) -> bool {
    is_met(lived, stage, request, (after, before))
        || (stage.late == Late::Skip && is_late(lived, stage, request, (after, before)))
}

/// Whether the time of a stage can have been up by then, by whatever clock.
fn is_late(
    lived: &Lived,
    stage: &StageScript,
    request: usize,
    (after, before): (u64, u64),
) -> bool {
    let mut asks = lived.log.acts().filter(|(_, a)| a.request == request && a.act == Act::Ask);
    let asked = asks.next().map_or(0, |(at, _)| at).max(after);
    let moved = lived.log.lines.iter().filter_map(|line| {
        let Fact::Jumped(by) = line.fact else { return None };
        u64::try_from(by).ok()
    });
    // `before` may be the end of time.
    let passed = before.saturating_sub(asked).saturating_add(moved.sum::<u64>());
    passed.saturating_add(SLACK_MS) >= stage.timeout_s * 1000
}

/// Whether enough people approved a stage between two moments.
pub(super) fn is_met(
    lived: &Lived,
    stage: &StageScript,
    request: usize,
    (after, before): (u64, u64),
) -> bool {
    let clicks = lived.log.acts().filter(|(at, a)| {
        (after..=before).contains(at)
            && a.request == request
            && a.act == Act::Approve
            && a.stage == Some(stage.name)
            && a.seen
            && a.active
            && is_fit(lived, *at, before, a)
    });
    let clicks: Vec<_> = clicks.collect();
    let every: Vec<usize> = (0..stage.rules.len()).collect();
    let mut people: Vec<(Who, &[usize])> = Vec::new();
    let mut later: Vec<(Who, &[usize])> = Vec::new();
    for (at, acted) in clicks {
        if !acted.rules.is_empty() && !people.iter().any(|(who, _)| *who == acted.by) {
            people.push((acted.by, &acted.rules));
        }
        // Each of the others decides for every rule.
        let late = acted.late && is_late(lived, stage, request, (after, at));
        if late && !later.iter().any(|(who, _)| *who == acted.by) {
            later.push((acted.by, &every));
        }
    }
    is_enough(stage, &people) || is_enough(stage, &later)
}

/// Whether these people, each with the rules that they count for, are enough for a stage.
pub(super) fn is_enough(stage: &StageScript, people: &[(Who, &[usize])]) -> bool {
    let quorums: Vec<usize> = stage.rules.iter().map(|(_, quorum)| *quorum).collect();
    if stage.distinct {
        seated(people, &quorums)
    } else {
        quorums.iter().enumerate().all(|(rule, quorum)| {
            people.iter().filter(|(_, rules)| rules.contains(&rule)).count() >= *quorum
        })
    }
}

/// Where approvals are checked first: whether the check of this one can have gone well, while
/// whoever clicked could still decide.
fn is_fit(lived: &Lived, at: u64, before: u64, acted: &Acted) -> bool {
    let script = lived.script(acted.request);
    let checked = || {
        lived.log.lines.iter().any(|line| {
            let after = line.at >= at && line.at <= before;
            after
                && matches!(line.fact, Fact::Checked { request, who, standing: true }
                    if request == acted.request && who == acted.by)
        })
    };
    !script.fit || (script.busy != Some(acted.by) && checked())
}

/// Tries every way to give each person to one rule. Slow and plain on purpose: it is not the
/// engine's way.
fn seated(people: &[(Who, &[usize])], open: &[usize]) -> bool {
    if open.iter().all(|seats| *seats == 0) {
        return true;
    }
    let Some(((_, rules), rest)) = people.split_first() else { return false };
    let sits = rules.iter().any(|rule| {
        let mut left = open.to_vec();
        match left.get_mut(*rule) {
            Some(seats) if *seats > 0 => {
                *seats -= 1;
                seated(rest, &left)
            }
            Some(_) | None => false,
        }
    });
    sits || seated(rest, open)
}
