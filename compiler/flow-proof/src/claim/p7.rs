//! P7: what is granted lasts no longer than `max_duration`. Failures: S405, S407.

use flow_bundle::bundle::Ends;
use flow_bundle::duration;
use flow_bundle::expr::Expr;
use rust_decimal::Decimal;

use crate::guard::{Space, numbers};
use crate::interval::interval;
use crate::prove::{Answer, Failure, Subject, proved, unknown, vacuous};
use crate::solve::solve;

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let Some(grant) = &subject.flow.grant else { return vacuous("nothing is granted") };
    if grant.ends == Ends::OnRevoke {
        return vacuous("it ends when somebody revokes it");
    }
    let (Some(wanted), Some(most)) = (&grant.duration, grant.max_duration_s) else {
        return unknown("the grant has no duration");
    };
    let most = Decimal::from(most.0);
    let mut space = Space::of(subject.flow);
    let mut longest = Some(Decimal::ZERO);
    let mut failures = Vec::new();
    for (condition, leaf) in space.leaves(wanted) {
        let Some(counterexample) = solve(&space, &condition).example() else { continue };
        match interval(subject.flow, &leaf).most {
            Some(n) if n <= most => longest = longest.map(|l| l.max(n)),
            Some(n) => failures.push(Failure {
                claim: "P7",
                code: "S405",
                path: place(subject, &leaf, most),
                message: format!(
                    "can be {}, longer than `max_duration` of {}",
                    duration::print(n),
                    duration::print(most)
                ),
                counterexample,
            }),
            None => match field(subject, &leaf) {
                Some(name) => failures.push(Failure {
                    claim: "P7",
                    code: "S407",
                    path: subject.path(&format!("fields.{name}")),
                    message: "can be as long as somebody likes: `allowed` or `max`".to_owned(),
                    counterexample,
                }),
                None => longest = None,
            },
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    match longest {
        Some(longest) => proved(format!("at most {}", duration::print(longest))),
        None => unknown(format!("a longer result is cut to {}", duration::print(most))),
    }
}

fn field<'e>(subject: Subject<'_>, leaf: &'e Expr) -> Option<&'e str> {
    match leaf {
        Expr::Get(path) => match path.as_slice() {
            [request, fields, name] if request == "request" && fields == "fields" => {
                subject.flow.fields.iter().any(|f| f.name == *name).then_some(name.as_str())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The offered value that is too long, else the field's limit, else the grant's own duration.
fn place(subject: Subject<'_>, leaf: &Expr, most: Decimal) -> String {
    let Some(name) = field(subject, leaf) else { return subject.path("grant.duration") };
    let field = subject.flow.fields.iter().find(|f| f.name == name);
    let offered = field.and_then(|f| f.allowed.as_ref()).and_then(numbers);
    match offered.and_then(|all| all.iter().position(|n| *n > most)) {
        Some(i) => subject.path(&format!("fields.{name}.allowed.{i}")),
        None => subject.path(&format!("fields.{name}.limits.max")),
    }
}
