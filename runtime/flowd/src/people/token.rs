//! Tokens: 256 random bits behind `flow_`, kept as SHA-256 only, shown once, always expiring.
//!
//! A token has a scope, each including those before it: `ask`, `decide`, `admin`. What its person's
//! role allows is asked at every call, so a scope never gives what the role does not.
//!
//! **Confirming.** Whoever issues a token for somebody else has seen it, and must not be able to
//! decide with it. Such a token may only `ask` until its owner swaps it
//! (`POST /v1/tokens/confirm`, `flowctl token confirm`): the swap answers with a fresh token that
//! only the caller has seen, once, and kills the issued one. Should anybody but the owner swap it
//! first, the owner's own try is refused with the time of the swap, and audited: it cannot happen
//! unseen. Who logs in by OIDC needs no such token: the provider says who they are.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flow_engine::{PersonId, PersonKind};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{PeopleError, Result};
use crate::store::StoreError;

/// What a token starts with, so that scanners find leaked ones.
pub const PREFIX: &str = "flow_";
/// Longest life of a human's token: a working day.
pub const HUMAN_HOURS_MAX: u32 = 12;
/// Longest life of a bot's token: 90 days.
pub const BOT_HOURS_MAX: u32 = 90 * 24;

/// What a token may be used for; each includes those before it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Ask, look, cancel, revoke.
    Ask,
    /// Approve, deny, resolve.
    Decide,
    /// What admins do.
    Admin,
}

impl Scope {
    /// In the order in which each includes those before it.
    pub const ALL: [Self; 3] = [Self::Ask, Self::Decide, Self::Admin];

    /// The word in JSON and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Decide => "decide",
            Self::Admin => "admin",
        }
    }
}

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `token_…`: not a secret.
    pub id: String,
    /// Whose it is.
    pub person: PersonId,
    /// What it may be used for, once confirmed.
    pub scope: Scope,
    /// Who issued it; absent: `flowd init`.
    pub issued_by: Option<PersonId>,
    /// When.
    pub issued_at: Timestamp,
    /// It is worthless from then on.
    pub expires_at: Timestamp,
    /// Whether only its owner has seen it.
    pub confirmed: bool,
    /// When it was used last, to ten minutes.
    pub last_used_at: Option<Timestamp>,
    /// Why it stopped before its time, and when.
    pub gone: Option<(Gone, Timestamp)>,
}

/// Why a token stopped before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Somebody revoked it.
    Revoked,
    /// It was confirmed: another stands in its place.
    Swapped,
    /// Its person was shut out.
    Deactivated,
}

impl Gone {
    /// The word in JSON and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Swapped => "swapped",
            Self::Deactivated => "deactivated",
        }
    }
}

impl Token {
    /// What it may be used for now: an unconfirmed one may only ask.
    #[must_use]
    pub const fn reach(&self) -> Scope {
        if self.confirmed { self.scope } else { Scope::Ask }
    }

    /// Whether it may be used at `now`.
    #[must_use]
    pub fn usable(&self, now: Timestamp) -> bool {
        self.gone.is_none() && now < self.expires_at
    }

    /// `live`, `unconfirmed`, `expired`, or why it is gone.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> &'static str {
        match self.gone {
            Some((gone, _)) => gone.word(),
            None if now >= self.expires_at => "expired",
            None if self.confirmed => "live",
            None => "unconfirmed",
        }
    }
}

/// A token just made, with its secret. No `Debug`: it must not reach a log.
pub struct Minted {
    /// What is kept of it.
    pub token: Token,
    /// What is shown, once.
    pub secret: String,
}

/// How long a token for somebody of this kind lives.
///
/// # Errors
/// [`PeopleError::Bad`]: longer than allowed, or nothing.
pub fn lifetime(kind: PersonKind, hours: Option<u32>) -> Result<SignedDuration> {
    let (most, usual, who) = match kind {
        PersonKind::Human => (HUMAN_HOURS_MAX, HUMAN_HOURS_MAX, "a human's"),
        PersonKind::Bot => (BOT_HOURS_MAX, 30 * 24, "a bot's"),
    };
    let hours = hours.unwrap_or(usual);
    if hours == 0 || hours > most {
        return Err(PeopleError::Bad {
            field: "hours",
            why: format!("{who} token lives 1 to {most} hours"),
        });
    }
    Ok(SignedDuration::from_hours(hours.into()))
}

/// Makes a token.
///
/// # Errors
/// The system gave no randomness.
pub fn mint(
    person: PersonId,
    scope: Scope,
    issued_by: Option<PersonId>,
    confirmed: bool,
    at: Timestamp,
    expires_at: Timestamp,
) -> Result<Minted> {
    let mut bits = [0_u8; 32];
    SystemRandom::new()
        .fill(&mut bits)
        .map_err(|_| StoreError::Stopped("the system gave no randomness".to_owned()))?;
    Ok(Minted {
        secret: format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bits)),
        token: Token {
            id: format!("token_{}", uuid::Uuid::new_v4()),
            person,
            scope,
            issued_by,
            issued_at: at,
            expires_at,
            confirmed,
            last_used_at: None,
            gone: None,
        },
    })
}

/// What is kept of a secret. It has 256 random bits, so a plain hash cannot be guessed back, and
/// finding it by its hash leaks nothing of use through time.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
