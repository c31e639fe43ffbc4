//! Promise 1: Nothing is escalated unless every stage was met by enough distinct people who truly were
//! approvers when they clicked, had seen what they approved, and did not ask for it; or the flow
//! declares auto-approval and its condition held.

use crate::cast::Who;
use crate::life::Lived;
use crate::log::{Act, Acted, Fact};
use crate::script::StageScript;

pub(super) fn check(lived: &Lived) -> Option<String> {
    super::escalations(lived).into_iter().find_map(|(at, request, _)| {
        let script = lived.script(request);
        if script.needs_nobody() {
            return None;
        }
        let unmet = script.stages.iter().find(|s| !is_met(lived, s, request, (0, at)))?;
        Some(format!(
            "request {request} was escalated although stage `{}` was not met by enough people",
            unmet.name
        ))
    })
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
            && !a.rules.is_empty()
            && is_fit(lived, *at, before, a)
    });
    let mut people: Vec<(Who, &[usize])> = Vec::new();
    for (_, acted) in clicks {
        if !people.iter().any(|(who, _)| *who == acted.by) {
            people.push((acted.by, &acted.rules));
        }
    }
    let quorums: Vec<usize> = stage.rules.iter().map(|(_, quorum)| *quorum).collect();
    if stage.distinct {
        seated(&people, &quorums)
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
