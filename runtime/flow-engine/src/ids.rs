//! Ids: newtypes over UUIDs with a prefix in their text form.
//!
//! New random ids are made by the shell that calls the engine; the engine only derives ids from
//! what it knows, so that a replay derives the same ones.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A text that is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no id: expected `{prefix}` and a UUID")]
pub struct BadId {
    text: String,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What its text form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The bare UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                text.strip_prefix($prefix)
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map(Self)
                    .ok_or_else(|| BadId { text: text.to_owned(), prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

id! {
    /// One request, from asking to its end. Random, chosen by the daemon when somebody asks.
    RequestId, "req_"
}
id! {
    /// One person's access to one target through us. Derived: see [`GrantId::of`].
    GrantId, "grant_"
}
id! {
    /// One call to the world, chosen before the call. Derived: see [`EffectId::of`].
    EffectId, "effect_"
}
id! {
    /// One person, the same across all their links. Random, chosen by the daemon.
    PersonId, "person_"
}

impl EffectId {
    /// The id of effect `what` of `request`; `number` tells repetitions apart. A retry of one call
    /// keeps the id, so that it is an idempotency key.
    #[must_use]
    pub fn of(request: RequestId, what: &str, number: u32) -> Self {
        Self(Uuid::new_v5(&request.0, format!("effect {what} {number}").as_bytes()))
    }
}

impl GrantId {
    /// The id of the grant of `target` to `person` by `strategy` in `deployment`. `request` is
    /// given where requests do not share (`overlap = "each"`).
    #[must_use]
    pub fn of(
        deployment: &str,
        strategy: &str,
        target: &str,
        person: PersonId,
        request: Option<RequestId>,
    ) -> Self {
        // Lengths keep two different lists of names from reading alike.
        let mut name = String::new();
        for part in [deployment, strategy, target] {
            name.push_str(&format!("{}:{part};", part.len()));
        }
        if let Some(request) = request {
            name.push_str(&request.to_string());
        }
        Self(Uuid::new_v5(&person.0, name.as_bytes()))
    }

    /// The id of the same grant to one of several accounts that the person has on the other side.
    #[must_use]
    pub fn to_account(self, provider: &str, id: &str) -> Self {
        // Many services take `Ana` and `ana` for one.
        let name = format!("{}:{provider};{}", provider.len(), id.to_lowercase());
        Self(Uuid::new_v5(&self.0, name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_read_back_and_refuse_each_other() {
        let id = RequestId(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "req_00000000-0000-0000-0000-000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
        let wrong = id.to_string().parse::<GrantId>().unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "`req_00000000-0000-0000-0000-000000000007` is no id: expected `grant_` and a UUID"
        );
    }

    #[test]
    fn derived_ids_tell_their_parts_apart() {
        let request = RequestId(Uuid::from_u128(1));
        assert_ne!(EffectId::of(request, "step.a", 0), EffectId::of(request, "step.a", 1));
        let person = PersonId(Uuid::from_u128(2));
        assert_ne!(
            GrantId::of("d", "ab", "c", person, None),
            GrantId::of("d", "a", "bc", person, None)
        );
    }
}
