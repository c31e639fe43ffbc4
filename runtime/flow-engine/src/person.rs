//! People as the engine sees them: authenticated, canonical, with what decides about them.
//!
//! Links, tokens and log-in are the daemon's.

use std::collections::BTreeMap;

use flow_bundle::value::User;
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// A person or a bot, as authenticated by the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The canonical id. Two persons are the same exactly when their ids are.
    pub id: PersonId,
    /// The first e-mail address unless set.
    pub username: String,
    /// Lower case; the first is the one that expressions see.
    #[serde(default)]
    pub emails: Vec<String>,
    /// For people to read.
    pub name: String,
    /// What the deployment thinks of them.
    pub role: Role,
    /// A human or a bot.
    pub kind: PersonKind,
    /// Whether they may act at all.
    pub active: bool,
}

/// What the deployment thinks of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// From outside; in no set but `guests`.
    Guest,
    /// The usual.
    Member,
    /// Includes member. No approver by that alone.
    Admin,
}

impl Role {
    /// The word in the language and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
}

/// A human or a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// Decides where a flow lists them.
    Human,
    /// In no named set; decides only where a flow names it.
    Bot,
}

impl Person {
    /// The first e-mail address, or nothing.
    #[must_use]
    pub fn email(&self) -> &str {
        self.emails.first().map_or("", String::as_str)
    }

    /// How expressions see this person.
    #[must_use]
    pub fn user(&self) -> User {
        User {
            id: self.id.to_string(),
            email: self.email().to_owned(),
            name: self.name.clone(),
            username: self.username.clone(),
            role: self.role.word().to_owned(),
            manager: None,
            identities: BTreeMap::new(),
        }
    }
}
