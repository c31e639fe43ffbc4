//! Sets of people: as values, and who is in them.
//!
//! Membership fails closed: whoever the directory does not know, or does not know as active, is in
//! no set, and a group it cannot answer for is empty.

use crate::expr::SetName;
use crate::value::{Principals, User, Value};

/// Who people are and what groups hold, as far as is known at this moment.
pub trait Directory {
    /// Role and kind of an active person; `None` for an unknown or inactive one.
    fn standing(&self, person: &User) -> Option<Standing>;

    /// Whether the person is in the declared group of this address; `None` where nobody knows, so
    /// that a group which cannot be read takes nobody in and leaves nobody out.
    fn in_group(&self, group: &str, person: &User) -> Option<bool>;
}

/// Who an active person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The role.
    pub role: Role,
    /// Whether it is a machine. Bots are in no named set.
    pub bot: bool,
}

/// The role of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A member who also keeps the house.
    Admin,
    /// The ordinary person.
    Member,
    /// Outside of `members`.
    Guest,
}

impl Principals {
    /// A value as a set of people: a set, a person, nobody for null, or a list of people. `None`
    /// for anything else.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Principals(set) => Some(set.clone()),
            Value::User(user) => Some(Self::Users(vec![user.clone()])),
            Value::Null => Some(Self::Users(Vec::new())),
            Value::List(items) => {
                let sets = items.iter().map(Self::of).collect::<Option<Vec<_>>>()?;
                if sets.iter().all(|s| matches!(s, Self::Users(_))) {
                    return Some(Self::Users(sets.iter().flat_map(Self::named).collect()));
                }
                Some(Self::Union(sets))
            }
            _ => None,
        }
    }

    /// Whether the person is in the set now.
    #[must_use]
    pub fn contains(&self, person: &User, directory: &dyn Directory) -> bool {
        let Some(standing) = directory.standing(person) else { return false };
        self.holds(person, standing, directory) == Some(true)
    }

    /// Three-valued: what nobody knows stays unknown through `except`, and is no in the end.
    fn holds(&self, person: &User, standing: Standing, directory: &dyn Directory) -> Option<bool> {
        let inside = |set: &Self| set.holds(person, standing, directory);
        match self {
            Self::Named(_) if standing.bot => Some(false),
            Self::Named(SetName::Nobody) => Some(false),
            Self::Named(SetName::Admins) => Some(standing.role == Role::Admin),
            Self::Named(SetName::Guests) => Some(standing.role == Role::Guest),
            Self::Named(SetName::Members | SetName::Everyone) => Some(standing.role != Role::Guest),
            Self::Users(users) => Some(users.iter().any(|u| u.same(person))),
            Self::Group(group) => directory.in_group(group, person),
            Self::Union(sets) => any(sets.iter().map(inside)),
            // No set at all would hold everybody.
            Self::Intersect(sets) if sets.is_empty() => Some(false),
            Self::Intersect(sets) => any(sets.iter().map(|s| inside(s).map(|b| !b))).map(|b| !b),
            Self::Except(set, without) => {
                any([inside(set).map(|b| !b), inside(without)].into_iter()).map(|b| !b)
            }
        }
    }

    /// People who are named one by one, whatever stands around them.
    #[must_use]
    pub fn named(&self) -> Vec<User> {
        match self {
            Self::Users(users) => users.clone(),
            Self::Named(_) | Self::Group(_) => Vec::new(),
            Self::Union(sets) | Self::Intersect(sets) => {
                sets.iter().flat_map(Self::named).collect()
            }
            Self::Except(set, _) => set.named(),
        }
    }

    pub(crate) fn size(&self) -> usize {
        16 + match self {
            Self::Named(_) => 0,
            Self::Users(users) => {
                users.iter().map(|u| 64 + u.email.len() + u.name.len()).sum::<usize>()
            }
            Self::Group(group) => group.len(),
            Self::Union(sets) | Self::Intersect(sets) => sets.iter().map(Self::size).sum(),
            Self::Except(set, without) => set.size() + without.size(),
        }
    }
}

/// True where one is, unknown where one could be.
fn any(mut answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    answers
        .try_fold(Some(false), |known, answer| match answer {
            Some(true) => Err(()),
            Some(false) => Ok(known),
            None => Ok(None),
        })
        .unwrap_or(Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct House;

    impl Directory for House {
        fn standing(&self, person: &User) -> Option<Standing> {
            let (role, bot) = match person.email.as_str() {
                "ana@x" => (Role::Admin, false),
                "bo@x" => (Role::Member, false),
                "gus@x" => (Role::Guest, false),
                "bot@x" => (Role::Admin, true),
                _ => return None,
            };
            Some(Standing { role, bot })
        }

        fn in_group(&self, group: &str, person: &User) -> Option<bool> {
            (group == "leads").then(|| person.email == "bo@x")
        }
    }

    #[test]
    fn who_is_in() {
        use Principals::{Except, Group, Intersect, Named, Union, Users};
        let user = |e: &str| User::named(e);
        let everyone = || Named(SetName::Everyone);
        let rows: Vec<(Principals, &[&str])> = vec![
            (Named(SetName::Admins), &["ana@x"]),
            (everyone(), &["ana@x", "bo@x"]),
            (Named(SetName::Guests), &["gus@x"]),
            (Named(SetName::Nobody), &[]),
            (Users(vec![user("BOT@x"), user("gone@x")]), &["bot@x"]),
            (Group("leads".into()), &["bo@x"]),
            (Group("unknown".into()), &[]),
            (Union(vec![Group("leads".into()), Named(SetName::Guests)]), &["bo@x", "gus@x"]),
            (Intersect(vec![everyone(), Group("leads".into())]), &["bo@x"]),
            (Intersect(vec![]), &[]),
            (Except(Box::new(everyone()), Box::new(Group("leads".into()))), &["ana@x"]),
            // A group that cannot be read must not let anybody through.
            (Except(Box::new(everyone()), Box::new(Group("unknown".into()))), &[]),
            (Union(vec![Group("unknown".into()), Named(SetName::Admins)]), &["ana@x"]),
        ];
        for (set, expected) in rows {
            let all = ["ana@x", "bo@x", "gus@x", "bot@x", "gone@x"];
            let found: Vec<_> =
                all.into_iter().filter(|e| set.contains(&user(e), &House)).collect();
            assert_eq!(found, expected, "{set:?}");
        }
    }

    #[test]
    fn values_as_sets() {
        let ana = Value::User(User::named("ana@x"));
        assert_eq!(Principals::of(&Value::Null), Some(Principals::Users(vec![])));
        assert_eq!(
            Principals::of(&Value::List(vec![ana.clone()])),
            Some(Principals::Users(vec![User::named("ana@x")]))
        );
        assert_eq!(Principals::of(&Value::String("ana@x".into())), None);
        assert_eq!(Principals::of(&Value::List(vec![ana, Value::Bool(true)])), None);
    }
}
