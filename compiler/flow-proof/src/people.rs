//! Sets of people as conditions on one person, and what can be said of a set without knowing who
//! works there.
//!
//! A person is told apart by their role, their name (where a flow names them), the outside groups
//! and the other sets they are in, and whether they are the one who asks.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::Bundle;
use flow_bundle::expr::{Expr, SetName};
use flow_bundle::value::{Principals, Value};

use crate::constant::constant;
use crate::show::show;
use crate::term::lasts;

/// A condition on one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A named set, by the role.
    Named(SetName),
    /// One of these, by e-mail address.
    People(BTreeSet<String>),
    /// In a set that only a run knows.
    Outside(Outside),
    /// The one who asks.
    Requester,
    /// In any.
    Any(Vec<Who>),
    /// In all.
    All(Vec<Who>),
    /// In the first and not in the second.
    Without(Box<Who>, Box<Who>),
}

impl Who {
    /// Whoever is in one of these. Those named one by one are one set: who is in it is looked up.
    fn any(sets: Vec<Self>) -> Self {
        let mut people = BTreeSet::new();
        let mut others = Vec::new();
        for set in sets {
            match set {
                Self::People(named) => people.extend(named),
                other => others.push(other),
            }
        }
        if others.is_empty() {
            return Self::People(people);
        }
        if !people.is_empty() {
            others.push(Self::People(people));
        }
        Self::Any(others)
    }
}

/// A set that only a run knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outside {
    /// What makes it the same set.
    key: String,
    /// For people to read.
    pub name: String,
    /// Fewest people that were promised.
    pub minimum: u64,
}

/// The set that an expression means. What may change between two moments is another set at each
/// `moment`.
#[must_use]
pub fn who(bundle: &Bundle, expr: &Expr, moment: &str) -> Who {
    let many = |args: &[Expr]| args.iter().map(|e| who(bundle, e, moment)).collect::<Vec<_>>();
    match expr {
        Expr::Null => Who::People(BTreeSet::new()),
        Expr::Set(name) => Who::Named(*name),
        Expr::Ref(address) => group(bundle, address),
        Expr::List(items) => Who::any(many(items)),
        Expr::Get(path) => match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["requester"] | ["request", "by"] => Who::Requester,
            _ => other(expr, moment),
        },
        Expr::Call(id, args) => match (id.as_str(), args.as_slice()) {
            ("union@1" | "group_of@1", args) => Who::any(many(args)),
            // None at all would hold everybody, and holds nobody.
            ("intersect@1", []) => Who::People(BTreeSet::new()),
            ("intersect@1", args) => Who::All(many(args)),
            ("except@1", [from, without]) => Who::Without(
                Box::new(who(bundle, from, moment)),
                Box::new(who(bundle, without, moment)),
            ),
            _ => match constant(bundle, expr) {
                Some(value) => of_value(bundle, &value).unwrap_or_else(|| other(expr, moment)),
                None => other(expr, moment),
            },
        },
        _ => other(expr, moment),
    }
}

fn of_value(bundle: &Bundle, value: &Value) -> Option<Who> {
    Some(of_principals(bundle, &Principals::of(value)?))
}

fn of_principals(bundle: &Bundle, set: &Principals) -> Who {
    let many =
        |sets: &[Principals]| sets.iter().map(|s| of_principals(bundle, s)).collect::<Vec<_>>();
    match set {
        Principals::Named(name) => Who::Named(*name),
        Principals::Users(users) => Who::People(users.iter().map(|u| u.email.clone()).collect()),
        Principals::Group(address) => group(bundle, address),
        Principals::Union(sets) => Who::any(many(sets)),
        Principals::Intersect(sets) if sets.is_empty() => Who::People(BTreeSet::new()),
        Principals::Intersect(sets) => Who::All(many(sets)),
        Principals::Except(from, without) => Who::Without(
            Box::new(of_principals(bundle, from)),
            Box::new(of_principals(bundle, without)),
        ),
    }
}

fn group(bundle: &Bundle, address: &str) -> Who {
    let name = address.strip_prefix("group.").unwrap_or(address);
    let Some(group) = bundle.groups.get(name) else { return Who::People(BTreeSet::new()) };
    match &group.members {
        Some(members) => Who::People(members.iter().cloned().collect()),
        None => {
            let part = |text: &Option<String>| text.clone().unwrap_or_default();
            Who::Outside(Outside {
                key: format!(
                    "{} {} {}",
                    part(&group.from),
                    part(&group.integration),
                    part(&group.id)
                ),
                name: format!("group.{name}"),
                minimum: group.minimum.map_or(1, |m| m.0),
            })
        }
    }
}

fn other(expr: &Expr, moment: &str) -> Who {
    let when = if lasts(expr) { "" } else { moment };
    let key = format!("{when} {}", expr.to_json());
    Who::Outside(Outside { key, name: show(expr), minimum: 0 })
}

/// One person, as far as a set can tell.
#[derive(Debug, Clone, Copy)]
pub struct Person<'p> {
    /// What they may be.
    pub role: Role,
    /// Where a flow names them.
    pub email: Option<&'p str>,
    /// The outside sets they are in, as bits in the order of [`Crowd::outside`].
    pub bits: u32,
    /// Whether they are the one who asks.
    pub asks: bool,
}

/// What an active person may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Admin,
    Member,
    Guest,
    Bot,
}

impl Role {
    /// Everything that a person may be.
    pub const ALL: [Self; 4] = [Self::Member, Self::Admin, Self::Guest, Self::Bot];
    /// What people are taken to be where something is promised of them.
    pub const HOUSE: [Self; 2] = [Self::Member, Self::Admin];
}

/// Who could be in some sets: the names and outside sets that they speak of.
#[derive(Debug, Clone, Default)]
pub struct Crowd<'w> {
    /// Everybody who is named.
    pub named: BTreeSet<&'w str>,
    /// Those of the named who are in the same sets, each kind by its first with how many there are:
    /// whatever holds of one holds of all.
    pub alike: Vec<(&'w str, u64)>,
    /// Every outside set.
    pub outside: Vec<&'w Outside>,
}

/// More outside sets than this are not tried.
const OUTSIDE_MAX: usize = 10;

impl<'w> Crowd<'w> {
    /// The crowd of these sets; `None` where there are too many outside sets to try.
    #[must_use]
    pub fn of(sets: impl IntoIterator<Item = &'w Who>) -> Option<Self> {
        let mut crowd = Self::default();
        let mut named = Vec::new();
        for set in sets {
            crowd.add(set, &mut named);
        }
        crowd.tell_apart(&named);
        (crowd.outside.len() <= OUTSIDE_MAX).then_some(crowd)
    }

    fn add(&mut self, set: &'w Who, named: &mut Vec<&'w BTreeSet<String>>) {
        match set {
            Who::Named(_) | Who::Requester => {}
            Who::People(people) => named.push(people),
            Who::Outside(outside) => {
                if !self.outside.iter().any(|o| o.key == outside.key) {
                    self.outside.push(outside);
                }
            }
            Who::Any(sets) | Who::All(sets) => sets.iter().for_each(|s| self.add(s, named)),
            Who::Without(from, without) => {
                self.add(from, named);
                self.add(without, named);
            }
        }
    }

    fn tell_apart(&mut self, sets: &[&'w BTreeSet<String>]) {
        let mut is_in: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, people) in sets.iter().enumerate() {
            for email in *people {
                is_in.entry(email).or_default().push(i);
            }
        }
        self.named = is_in.keys().copied().collect();
        let mut kinds: BTreeMap<Vec<usize>, (&str, u64)> = BTreeMap::new();
        for (email, sets) in is_in {
            kinds.entry(sets).or_insert((email, 0)).1 += 1;
        }
        self.alike = kinds.into_values().collect();
        self.alike.sort_unstable();
    }

    /// One of each kind of the named, and somebody whom nobody names.
    pub fn one_of_each(&self) -> impl Iterator<Item = Option<&'w str>> {
        self.alike.iter().map(|(email, _)| Some(*email)).chain([None])
    }

    /// Whether this person is in the set.
    #[must_use]
    pub fn holds(&self, set: &Who, person: Person<'_>) -> bool {
        match set {
            Who::Named(SetName::Nobody) => false,
            Who::Named(SetName::Admins) => person.role == Role::Admin,
            Who::Named(SetName::Guests) => person.role == Role::Guest,
            Who::Named(SetName::Members | SetName::Everyone) => {
                matches!(person.role, Role::Member | Role::Admin)
            }
            Who::People(people) => person.email.is_some_and(|e| people.contains(e)),
            Who::Outside(outside) => {
                let at = self.outside.iter().position(|o| o.key == outside.key);
                at.is_some_and(|i| person.bits >> i & 1 == 1)
            }
            Who::Requester => person.asks,
            Who::Any(sets) => sets.iter().any(|s| self.holds(s, person)),
            Who::All(sets) => sets.iter().all(|s| self.holds(s, person)),
            Who::Without(from, without) => self.holds(from, person) && !self.holds(without, person),
        }
    }

    /// Everybody of this name, or nobody's name, who may exist.
    pub fn everyone<'p>(
        &self,
        email: Option<&'p str>,
        asks: bool,
        roles: &'static [Role],
    ) -> impl Iterator<Item = Person<'p>> + use<'p> {
        let bits = 1_u32 << self.outside.len();
        roles.iter().flat_map(move |role| {
            (0..bits).map(move |bits| Person { role: *role, email, bits, asks })
        })
    }

    /// Whether somebody could exist, asking or not, of whom this holds.
    #[must_use]
    pub fn has(&self, holds: impl Fn(Person<'_>) -> bool) -> bool {
        let mut asking = self.one_of_each().flat_map(|email| [(email, false), (email, true)]);
        asking.any(|(email, asks)| self.everyone(email, asks, &Role::ALL).any(&holds))
    }

    /// Somebody who is in the first set and not in the second: the simplest that there is.
    #[must_use]
    pub fn first_outside<'p>(&'p self, set: &Who, other: &Who) -> Option<Person<'p>> {
        let asking = self.one_of_each().flat_map(|email| [(email, false), (email, true)]);
        asking
            .flat_map(|(email, asks)| self.everyone(email, asks, &Role::ALL))
            .find(|person| self.holds(set, *person) && !self.holds(other, *person))
    }

    /// Everybody who is in the first set and not in the second, in words: `dan@x`, `guests`.
    #[must_use]
    pub fn told_outside(&self, set: &Who, other: &Who) -> Vec<String> {
        let differs = |p: Person<'_>| self.holds(set, p) && !self.holds(other, p);
        let unnamed = |asks: bool| self.everyone(None, asks, &Role::ALL).filter(|p| differs(*p));
        let mut words: Vec<String> = Vec::new();
        for person in unnamed(false) {
            let word = self.word(person);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        // A set that holds them without the outside sets needs these no longer.
        let plain: Vec<String> =
            unnamed(false).filter(|p| p.bits == 0).map(|p| self.word(p)).collect();
        if !plain.is_empty() {
            words.retain(|w| plain.contains(w));
        }
        if words.is_empty() && unnamed(true).next().is_some() {
            words.push("the requester".to_owned());
        }
        let named = self.named.iter().filter_map(|email| {
            let as_other = |p: Person<'_>| differs(Person { email: None, ..p });
            let found = self
                .everyone(Some(email), false, &Role::ALL)
                .find(|p| differs(*p) && !as_other(*p))?;
            Some(match found.role {
                Role::Member | Role::Admin => (*email).to_owned(),
                Role::Guest => format!("{email} as a guest"),
                Role::Bot => format!("{email} as a bot"),
            })
        });
        let named: Vec<String> = named.collect();
        named.into_iter().chain(words).collect()
    }

    fn word(&self, person: Person<'_>) -> String {
        let sets = self.outside.iter().enumerate();
        let sets: Vec<&str> =
            sets.filter(|(i, _)| person.bits >> i & 1 == 1).map(|(_, o)| o.name.as_str()).collect();
        if !sets.is_empty() {
            return sets.join(" and ");
        }
        match person.role {
            Role::Admin => "admins",
            Role::Member => "members",
            Role::Guest => "guests",
            Role::Bot => "bots",
        }
        .to_owned()
    }
}
