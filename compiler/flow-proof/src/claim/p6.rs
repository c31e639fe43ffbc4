//! P6: every stage can be met by the people who may decide, whoever asks. Failures: A501, A503,
//! A505, A513.
//!
//! Counted without the requester, unless the stage allows self-approval, and only inside
//! `permissions.decide`. Named people and those of outside groups are taken to be members of the
//! house. Where a group is only known to the run, its promised minimum counts; less than that is
//! `unknown`.

use flow_bundle::bundle::{Approval, OnTimeout};
use flow_bundle::expr::Expr;
use flow_bundle::value::Value;
use rust_decimal::prelude::ToPrimitive as _;

use super::doubts::nobody;
use crate::constant::constant;
use crate::formula::Formula;
use crate::guard::Space;
use crate::people::{Who, who};
use crate::prove::{Answer, Failure, Subject, proved, unknown, vacuous};
use crate::solve::solve;

mod seats;

use seats::{Seats, Short, Verdict};

/// More combinations of branches than this are not looked at.
const CASES_MAX: usize = 64;

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let flow = subject.flow;
    if flow.approvals.is_empty() {
        return vacuous("there is no stage");
    }
    let decide = who(subject.bundle, &flow.permissions.decide, "decide");
    if nobody(&decide) {
        let message = "nobody may decide in this flow: the set is empty";
        let path = subject.path("permissions.decide");
        return Err(vec![Failure::new("P6", "A501", path, message)]);
    }
    let request = who(subject.bundle, &flow.permissions.request, "request");
    let people = People { decide: &decide, request: &request };
    let mut failures = Vec::new();
    let mut met = Vec::new();
    let mut open = Vec::new();
    for stage in &flow.approvals {
        match look(subject, stage, people) {
            Met::Always(why) => met.push(why),
            Met::Perhaps(why) => open.push(why),
            Met::Never(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    if open.is_empty() { proved(met.join("; ")) } else { unknown(open.join("; ")) }
}

/// Who may decide in a flow, and who may ask.
#[derive(Clone, Copy)]
struct People<'p> {
    decide: &'p Who,
    request: &'p Who,
}

enum Met {
    Always(String),
    Perhaps(String),
    Never(Failure),
}

/// One way in which the branches of a stage can fall.
struct Case {
    when: Formula,
    /// The same without what says how many are wanted.
    asked: Formula,
    approvers: Vec<Expr>,
    quorums: Vec<Expr>,
}

fn look(subject: Subject<'_>, stage: &Approval, people: People<'_>) -> Met {
    let mut space = Space::of(subject.bundle, subject.flow);
    let needed = space.formula(&stage.when);
    if solve(&space, &needed).example().is_none() {
        return Met::Always(format!("`{}` is never needed", stage.name));
    }
    let Some(cases) = cases(&mut space, stage, needed) else {
        return Met::Perhaps(format!("`{}` has too many branches to look at", stage.name));
    };
    let mut why: Option<String> = None;
    let mut perhaps = None;
    for case in cases {
        let Some(example) = solve(&space, &case.when).example() else { continue };
        match judge(subject, stage, &case, people) {
            Ok(Verdict::Always(said)) => why = why.or(Some(said)).filter(|_| perhaps.is_none()),
            Ok(Verdict::Perhaps(said)) => perhaps = perhaps.or(Some(said)),
            Err((short, is_of_quorum)) => {
                let example = if is_of_quorum {
                    example
                } else {
                    solve(&space, &case.asked).example().unwrap_or(example)
                };
                return Met::Never(fails(subject, stage, short).because(example));
            }
        }
    }
    match (perhaps, why) {
        (Some(said), _) => Met::Perhaps(said),
        (None, Some(said)) => Met::Always(said),
        (None, None) => Met::Always(format!("`{}` is never needed", stage.name)),
    }
}

/// The most that is wanted in any case counts in the words: `quorum 2`.
fn cases(space: &mut Space<'_>, stage: &Approval, needed: Formula) -> Option<Vec<Case>> {
    let mut all = vec![Case {
        when: needed.clone(),
        asked: needed,
        approvers: Vec::new(),
        quorums: Vec::new(),
    }];
    for rule in &stage.rules {
        let mut quorums = space.leaves_again(&rule.quorum);
        // The largest first: what holds for it is what is told.
        quorums.sort_by_key(|(_, q)| std::cmp::Reverse(count(space, q)));
        let approvers = space.leaves_again(&rule.approvers);
        let mut next = Vec::new();
        for case in &all {
            for (if_quorum, quorum) in &quorums {
                for (if_approvers, set) in &approvers {
                    let parts = [case.when.clone(), if_quorum.clone(), if_approvers.clone()];
                    next.push(Case {
                        when: Formula::all(parts),
                        asked: Formula::all([case.asked.clone(), if_approvers.clone()]),
                        approvers: [case.approvers.as_slice(), std::slice::from_ref(set)].concat(),
                        quorums: [case.quorums.as_slice(), std::slice::from_ref(quorum)].concat(),
                    });
                    if next.len() > CASES_MAX {
                        return None;
                    }
                }
            }
        }
        all = next;
    }
    Some(all)
}

fn count(space: &Space<'_>, quorum: &Expr) -> Option<u64> {
    match constant(space.bundle, quorum)? {
        Value::Number(n) if n.is_integer() => n.to_u64(),
        _ => None,
    }
}

/// What is short, and whether that depends on how many are wanted.
type Judged = Result<Verdict, (Short, bool)>;

fn judge(subject: Subject<'_>, stage: &Approval, case: &Case, people: People<'_>) -> Judged {
    let plain = |judged: Result<Verdict, Short>| {
        judged.map_err(|short| {
            let is_of_quorum = short.is_of_quorum();
            (short, is_of_quorum)
        })
    };
    let space = Space::of(subject.bundle, subject.flow);
    let quorums: Option<Vec<u64>> = case.quorums.iter().map(|q| count(&space, q)).collect();
    let sets: Vec<Who> =
        case.approvers.iter().map(|e| who(subject.bundle, e, "approvers")).collect();
    let seats = |sets: Vec<Who>| Seats {
        stage,
        decide: people.decide,
        request: people.request,
        sets,
        quorums: quorums.clone(),
    };
    let first = plain(seats(sets).judge());
    // Who takes over: at the timeout, or at once where a set is empty.
    let takes_over = stage.on_timeout == OnTimeout::Fallback || stage.rules.iter().any(may_be_null);
    let Some(fallback) = stage.fallback_approvers.as_ref().filter(|_| takes_over) else {
        return first;
    };
    if matches!(first, Ok(Verdict::Always(_))) {
        return first;
    }
    let fallback = who(subject.bundle, fallback, "fallback");
    let second = plain(seats(vec![fallback; case.approvers.len()]).judge());
    match (first, second) {
        // At the timeout the fallback can do what the first could not.
        (_, Ok(Verdict::Always(why))) if stage.on_timeout == OnTimeout::Fallback => {
            Ok(Verdict::Always(format!("{why} (fallback)")))
        }
        (Ok(said), _) | (Err(_), Ok(said)) => Ok(match said {
            Verdict::Always(said) | Verdict::Perhaps(said) => Verdict::Perhaps(said),
        }),
        (Err((short, a)), Err((_, b))) => Err((short, a || b)),
    }
}

/// Whether the set may turn out to be nobody, so that the fallback takes over at once.
fn may_be_null(rule: &flow_bundle::bundle::Rule) -> bool {
    !matches!(rule.approvers, Expr::Ref(_))
}

fn fails(subject: Subject<'_>, stage: &Approval, short: Short) -> Failure {
    let name = &stage.name;
    let rule = |i: usize, part: &str| {
        let rule = stage.rules.get(i).map(|r| r.name.as_str()).unwrap_or_default();
        let key = if rule.is_empty() { i.to_string() } else { rule.to_owned() };
        subject.path(&format!("approvals.{name}.rules.{key}.{part}"))
    };
    let (code, path, message) = match short {
        Short::Nobody(i) => (
            "A501",
            rule(i, "approvers"),
            format!("nobody can decide `{name}`: the set of its approvers is empty"),
        ),
        Short::Only(i) => (
            "A501",
            rule(i, "approvers"),
            format!(
                "nobody can decide `{name}`: only who asks is an approver, and nobody decides their own request"
            ),
        ),
        Short::Forbidden(i) => (
            "A513",
            rule(i, "approvers"),
            format!(
                "nobody can decide `{name}`: `permissions.decide` leaves out all its approvers"
            ),
        ),
        Short::Few { rule: i, quorum, people } => (
            "A503",
            rule(i, "quorum"),
            match quorum {
                1 => format!("`{name}` wants an approval that nobody can give: it asks {people}"),
                _ => format!("`{name}` wants {quorum} approvals, and only {people} can give them"),
            },
        ),
        Short::Rules { quorum, people } => (
            "A505",
            subject.path(&format!("approvals.{name}")),
            format!(
                "the rules of `{name}` want {quorum} different people, and only {people} can decide"
            ),
        ),
    };
    Failure::new("P6", code, path, message)
}
