//! Who plays: a handful of people, and what is true of them.

use flow_engine::{Person, PersonId, PersonKind, Role};
use uuid::Uuid;

/// Who plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "names")]
pub enum Who {
    Ana,
    Bo,
    Cy,
    Di,
    Root,
    Zoe,
    Gus,
    Robot,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 8] =
        [Self::Ana, Self::Bo, Self::Cy, Self::Di, Self::Root, Self::Zoe, Self::Gus, Self::Robot];

    /// The username.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ana => "ana",
            Self::Bo => "bo",
            Self::Cy => "cy",
            Self::Di => "di",
            Self::Root => "root",
            Self::Zoe => "zoe",
            Self::Gus => "gus",
            Self::Robot => "robot",
        }
    }

    /// The first address.
    #[must_use]
    pub fn email(self) -> String {
        format!("{}@x.example", self.name())
    }

    /// All addresses: in groups any of them may stand.
    #[must_use]
    pub fn addresses(self) -> [String; 2] {
        [self.email(), format!("{}@alias.example", self.name())]
    }

    /// The person with this address.
    #[must_use]
    pub fn by_email(email: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.email() == email)
    }

    /// The person with this id.
    #[must_use]
    pub fn by_id(id: PersonId) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.person().id == id)
    }

    /// As authenticated. Everybody has a second address; in groups both may stand.
    #[must_use]
    pub fn person(self) -> Person {
        let number = Self::ALL.iter().position(|w| *w == self).unwrap_or(0) as u128;
        Person {
            id: PersonId(Uuid::from_u128(number + 1)),
            username: self.name().to_owned(),
            emails: self.addresses().to_vec(),
            name: self.name().to_owned(),
            role: match self {
                Self::Root => Role::Admin,
                Self::Gus => Role::Guest,
                Self::Ana | Self::Bo | Self::Cy | Self::Di | Self::Zoe | Self::Robot => {
                    Role::Member
                }
            },
            kind: if self == Self::Robot { PersonKind::Bot } else { PersonKind::Human },
            active: true,
        }
    }
}
