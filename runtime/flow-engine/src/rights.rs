//! Who may do what, at this moment.
//!
//! What narrows counts at once: a static group holds whoever is in it in the pinned *and* in the
//! newest bundle, and `permissions.decide` and `revoke` must allow in both. What cannot be answered
//! holds nobody.

use flow_bundle::eval::{Scope, eval};
use flow_bundle::principals::{Directory, Role as SetRole, Standing};
use flow_bundle::value::{Principals, User};
use flow_bundle::{Expr, Value};
use jiff::Timestamp;

use crate::context::{Context, Pinned};
use crate::effect::Fault;
use crate::person::{Person, PersonKind, Role};
use crate::scope::scope;
use crate::state::Request;

/// Asks about one request in one context.
pub(crate) struct Rights<'a> {
    pub pinned: &'a Pinned<'a>,
    pub context: &'a Context,
    pub request: &'a Request,
    pub at: Timestamp,
}

impl Rights<'_> {
    /// Whether `person` may ask for this flow.
    pub fn may_request(&self, person: &Person) -> bool {
        self.allows(&self.pinned.flow.permissions.request, person)
    }

    /// Whether `person` is inside `permissions.decide`.
    pub fn may_decide(&self, person: &Person) -> bool {
        let newest = self.context.newest.as_ref().and_then(|n| n.decide.as_ref());
        self.allows(&self.pinned.flow.permissions.decide, person)
            && newest.is_none_or(|expr| self.allows(expr, person))
    }

    /// Whether `person` is inside `permissions.revoke`, or approved this request.
    pub fn may_revoke(&self, person: &Person) -> bool {
        let newest = self.context.newest.as_ref().and_then(|n| n.revoke.as_ref());
        let listed = self.allows(&self.pinned.flow.permissions.revoke, person)
            && newest.is_none_or(|expr| self.allows(expr, person));
        person.active && (listed || self.approved(person))
    }

    /// Whether `person` may see this request.
    pub fn may_view(&self, person: &Person) -> bool {
        let own = person.id == self.request.requester.id || person.id == self.request.by.id;
        let approver = self.request.stages.iter().flat_map(|s| &s.rules);
        let mut approver = approver.map(|rule| &rule.approvers);
        person.active
            && (own
                || self.approved(person)
                || approver.any(|set| self.contains(set, person))
                || self.allows(&self.pinned.flow.permissions.view, person))
    }

    /// Whether `person` is in the set.
    pub fn contains(&self, set: &Principals, person: &Person) -> bool {
        let house = House { pinned: self.pinned, context: self.context, person };
        named_by_id(set, person).contains(&person.user(), &house)
    }

    fn allows(&self, set: &Expr, person: &Person) -> bool {
        // Most sets are a name or a group, for which a scope need not be made.
        let scope = if matches!(set, Expr::Set(_) | Expr::Ref(_)) {
            Scope::of(self.pinned.bundle)
        } else {
            scope(self.pinned, self.request, self.at, None)
        };
        principals(set, &scope).is_ok_and(|set| self.contains(&set, person))
    }

    fn approved(&self, person: &Person) -> bool {
        let stages = self.request.stages.iter();
        let mut decided = stages.flat_map(|s| s.approvals.iter().chain(&s.superseded));
        decided.any(|d| d.by.id == person.id)
    }
}

/// The set that an expression names.
pub(crate) fn principals(expr: &Expr, scope: &Scope<'_>) -> Result<Principals, Fault> {
    let value = eval(expr, scope).map_err(|e| Fault::evaluation(&e))?;
    let kind = value.kind();
    Principals::of(&value)
        .ok_or_else(|| Fault::evaluated(format!("{kind} stands where a set of people is wanted")))
}

/// The only person whose standing is asked for is the one who acts.
struct House<'a> {
    pinned: &'a Pinned<'a>,
    context: &'a Context,
    person: &'a Person,
}

impl Directory for House<'_> {
    fn standing(&self, user: &User) -> Option<Standing> {
        let person = self.person;
        let same = person.active && person.user().same(user);
        same.then(|| Standing {
            role: match person.role {
                Role::Admin => SetRole::Admin,
                Role::Member => SetRole::Member,
                Role::Guest => SetRole::Guest,
            },
            bot: person.kind == PersonKind::Bot,
        })
    }

    fn in_group(&self, address: &str, _: &User) -> Option<bool> {
        let holds = |members: &[String]| members.iter().any(|m| self.person.emails.contains(m));
        let group = self.pinned.bundle.groups.get(address)?;
        let Some(pinned) = &group.members else {
            let contents = self.context.groups.get(address)?;
            return contents.failed.is_none().then(|| holds(&contents.members));
        };
        let Some(newest) = &self.context.newest else { return Some(holds(pinned)) };
        let now = newest.groups.get(address).is_some_and(|m| holds(m));
        // Where the two differ only what narrows may count: unknown is no both for who is in and
        // for who is left out by `except`.
        (now == holds(pinned)).then_some(now)
    }
}

/// The set with `person` written by id wherever one of their addresses is named, so that an alias
/// is neither a way out of `except(…)` nor a second person.
fn named_by_id(set: &Principals, person: &Person) -> Principals {
    let all = |sets: &[Principals]| sets.iter().map(|s| named_by_id(s, person)).collect();
    match set {
        Principals::Named(_) | Principals::Group(_) => set.clone(),
        Principals::Users(users) => Principals::Users(
            users
                .iter()
                .map(|u| if person.emails.contains(&u.email) { person.user() } else { u.clone() })
                .collect(),
        ),
        Principals::Union(sets) => Principals::Union(all(sets)),
        Principals::Intersect(sets) => Principals::Intersect(all(sets)),
        Principals::Except(set, without) => Principals::Except(
            Box::new(named_by_id(set, person)),
            Box::new(named_by_id(without, person)),
        ),
    }
}

/// A whole number of at least `least` out of a value.
pub(crate) fn count(value: &Value, least: u32) -> Option<u32> {
    let Value::Number(number) = value else { return None };
    let whole = number.is_integer().then(|| u32::try_from(*number).ok()).flatten();
    whole.filter(|n| *n >= least)
}
