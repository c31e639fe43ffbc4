//! Everybody who could work somewhere, and whether they can meet a stage.

use flow_bundle::Expr;
use flow_bundle::bundle::{Approval, Bundle, OnTimeout};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::principals::{Directory, Role, Standing};
use flow_bundle::value::{Principals, User, Value};

use super::plain::wanted;

/// Who could work there: three people whom flows name, and two whom they do not.
const PEOPLE: [&str; 5] = ["ana@x", "bo@x", "cat@x", "dan@x", "eve@x"];

/// One house: what each person is (`None`: not there), and who is in the outside group.
#[derive(Debug, Clone)]
pub(super) struct House {
    roles: [Option<Role>; 5],
    outside: [bool; 5],
}

impl Directory for House {
    fn standing(&self, person: &User) -> Option<Standing> {
        let at = PEOPLE.iter().position(|p| *p == person.email)?;
        self.roles[at].map(|role| Standing { role, bot: false })
    }

    fn in_group(&self, group: &str, person: &User) -> Option<bool> {
        let at = PEOPLE.iter().position(|p| *p == person.email)?;
        match group {
            "outside" => Some(self.outside[at]),
            _ => Some(person.email == "ana@x" || person.email == "bo@x"),
        }
    }
}

/// Every house. Where promises are kept, people who are named or in the outside group are members
/// or admins and the group holds at least `minimum`.
pub(super) fn houses(promised: Option<u64>) -> Vec<House> {
    let mut all = Vec::new();
    let named: &[Option<Role>] = match promised {
        Some(_) => &[Some(Role::Member), Some(Role::Admin)],
        None => &[Some(Role::Member), Some(Role::Guest)],
    };
    let unnamed: &[Option<Role>] =
        &[None, Some(Role::Member), Some(Role::Admin), Some(Role::Guest)];
    let cases = named.len().pow(2) * unnamed.len().pow(2) * 32;
    for case in 0..cases {
        let mut rest = case;
        let mut take = |n: usize| {
            let taken = rest % n;
            rest /= n;
            taken
        };
        let (ana, others) = (named[take(named.len())], named[take(named.len())]);
        let (dan, eve) = (unnamed[take(unnamed.len())], unnamed[take(unnamed.len())]);
        let bits = take(32);
        let roles = [ana, others, others, dan, eve];
        let outside = [0, 1, 2, 3, 4].map(|i| bits >> i & 1 == 1 && roles[i].is_some());
        let house = House { roles, outside };
        let members = outside.iter().filter(|is| **is).count();
        let kept = promised.is_none_or(|minimum| {
            let guests = (0..5).any(|i| outside[i] && roles[i] == Some(Role::Guest));
            u64::try_from(members).unwrap() >= minimum && !guests
        });
        if kept {
            all.push(house);
        }
    }
    all
}

/// Who is in a set when this person asks.
fn within(house: &House, set: &Expr, scope: &Scope<'_>, asks: usize) -> [bool; 5] {
    let requester = Value::User(User::named(PEOPLE[asks]));
    let set = Principals::of(&eval(set, &scope.clone().with("requester", requester)).unwrap());
    let set = set.unwrap();
    [0, 1, 2, 3, 4].map(|i| set.contains(&User::named(PEOPLE[i]), house))
}

/// Everybody of the house who may ask.
pub(super) fn askers(house: &House, bundle: &Bundle, scope: &Scope<'_>) -> Vec<usize> {
    let request = &bundle.flows["aws_lambda"].permissions.request;
    (0..PEOPLE.len())
        .filter(|i| house.roles[*i].is_some() && within(house, request, scope, *i)[*i])
        .collect()
}

/// Who may decide one rule: its approvers that `permissions.decide` holds, without who asks.
pub(super) fn deciders(
    house: &House,
    bundle: &Bundle,
    stage: &Approval,
    approvers: &Expr,
    scope: &Scope<'_>,
    asks: usize,
) -> [bool; 5] {
    let decide = &bundle.flows["aws_lambda"].permissions.decide;
    let may = within(house, decide, scope, asks);
    let set = within(house, approvers, scope, asks);
    [0, 1, 2, 3, 4].map(|i| set[i] && may[i] && (stage.allow_self || i != asks))
}

/// Whether the stage can be met in this house, by its approvers or by who takes over.
pub(super) fn can_meet(
    house: &House,
    bundle: &Bundle,
    stage: &Approval,
    scope: &Scope<'_>,
    asks: usize,
) -> bool {
    let quorums: Vec<u64> = stage.rules.iter().map(|r| wanted(&r.quorum, scope)).collect();
    let rules: Vec<[bool; 5]> = stage
        .rules
        .iter()
        .map(|r| deciders(house, bundle, stage, &r.approvers, scope, asks))
        .collect();
    if enough(&rules, &quorums, stage.distinct) {
        return true;
    }
    stage.on_timeout == OnTimeout::Fallback
        && stage.fallback_approvers.as_ref().is_some_and(|set| {
            let set = deciders(house, bundle, stage, set, scope, asks);
            enough(&vec![set; quorums.len()], &quorums, stage.distinct)
        })
}

/// Whether each rule gets as many people as it wants: every way of sharing them out is tried.
fn enough(rules: &[[bool; 5]], quorums: &[u64], distinct: bool) -> bool {
    if !distinct {
        let count = |set: &[bool; 5]| u64::try_from(set.iter().filter(|is| **is).count()).unwrap();
        return rules.iter().zip(quorums).all(|(set, quorum)| count(set) >= *quorum);
    }
    share(0, rules, quorums.to_vec())
}

fn share(person: usize, rules: &[[bool; 5]], left: Vec<u64>) -> bool {
    if left.iter().all(|n| *n == 0) {
        return true;
    }
    if person == PEOPLE.len() {
        return false;
    }
    let given = (0..rules.len()).filter(|r| rules[*r][person] && left[*r] > 0).any(|rule| {
        let mut left = left.clone();
        left[rule] -= 1;
        share(person + 1, rules, left)
    });
    given || share(person + 1, rules, left)
}
