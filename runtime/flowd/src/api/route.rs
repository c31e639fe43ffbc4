//! What a route is. The table of all of them is in [`super::table`].
//!
//! Closed by default: a route cannot be written down without saying who may call it, because what
//! it runs stands inside of [`Access`].

use std::collections::BTreeMap;

use flow_engine::{EventSource, Person};
use jiff::Timestamp;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value as Json;

use super::Api;
use super::problem::Problem;
use crate::people::token::{Scope, Token};

/// The parameter that asks what would happen.
pub const DRY_RUN: &str = "dry_run";

/// One method of one path.
pub struct Route {
    /// The method.
    pub verb: Verb,
    /// The path, `{id}` for what varies.
    pub path: &'static str,
    /// Who may call it, and what it runs.
    pub access: Access,
    /// What an `Idempotency-Key` does.
    pub again: Again,
    /// One line for the API document.
    pub title: &'static str,
    /// What may stand behind the `?`.
    pub query: &'static [Param],
    /// The body's schema; absent: it takes none.
    pub body: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// The status of success and the answer's schema.
    pub answer: (u16, fn(&mut SchemaGenerator) -> Schema),
    /// What `?dry_run=true` is answered, with 200, where it is taken.
    pub dry_run: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// Largest body, in bytes.
    pub body_max: usize,
}

/// Largest body where a route does not say otherwise.
pub const BODY_MAX: usize = 1 << 20;

/// HTTP methods that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

/// Who may call a route, and what it runs.
#[derive(Clone, Copy)]
pub enum Access {
    /// Anybody, without a token.
    Open(Open),
    /// Whoever has a token that reaches so far. What the flow allows is asked beside that.
    Token(Scope, Act),
    /// An admin with an `admin` token.
    Admin(Act),
}

/// What a call by anybody does.
pub type Open = fn(&Api, Timestamp) -> Result<Answer, Problem>;

/// What a call does. It blocks; nothing of it runs on a thread that serves connections.
pub type Act = fn(&Call<'_>) -> Result<Answer, Problem>;

/// What an `Idempotency-Key` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Reading: nothing, and none is taken.
    Reads,
    /// The same key is answered as it was.
    Same,
    /// The answer holds a secret and is not kept: the same key is refused.
    Once,
}

/// One value behind the `?`.
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// One line for the API document.
    pub about: &'static str,
}

/// One call of a route by somebody.
pub struct Call<'a> {
    /// What everything is asked of.
    pub api: &'a Api,
    /// Who calls: from the token, and from nowhere else.
    pub person: Person,
    /// The token.
    pub token: Token,
    /// Recorded time.
    pub at: Timestamp,
    /// The parts of the path that vary.
    pub path: BTreeMap<String, String>,
    /// What stands behind the `?`, each name known and given once.
    pub query: BTreeMap<String, String>,
    /// The body.
    pub body: &'a [u8],
    /// Where they call from.
    pub source: EventSource,
    /// Unique for this call, and the same for a repetition with the same `Idempotency-Key`.
    pub unique: uuid::Uuid,
}

/// An answer that is no problem.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Json,
    /// Where it is no JSON but a text: its content type. The body is that text then.
    pub text: Option<&'static str>,
}

impl Verb {
    /// The word in HTTP.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Route {
    /// A route that only reads.
    pub const fn read(
        path: &'static str,
        access: Access,
        title: &'static str,
        query: &'static [Param],
        answer: fn(&mut SchemaGenerator) -> Schema,
    ) -> Self {
        let answer = (200, answer);
        Self {
            verb: Verb::Get,
            path,
            access,
            again: Again::Reads,
            title,
            query,
            body: None,
            answer,
            dry_run: None,
            body_max: BODY_MAX,
        }
    }

    /// A route that changes something and takes a body.
    pub const fn act(
        verb: Verb,
        path: &'static str,
        access: Access,
        title: &'static str,
        body: fn(&mut SchemaGenerator) -> Schema,
        answer: fn(&mut SchemaGenerator) -> Schema,
    ) -> Self {
        let (again, query) = (Again::Same, &[]);
        let answer = (200, answer);
        Self {
            verb,
            path,
            access,
            again,
            title,
            query,
            body: Some(body),
            answer,
            dry_run: None,
            body_max: BODY_MAX,
        }
    }

    /// The same, which can be tried: with `?dry_run=true` nothing is changed, and this is answered.
    pub const fn with_dry_run(mut self, answer: fn(&mut SchemaGenerator) -> Schema) -> Self {
        self.query =
            &[Param { name: DRY_RUN, about: "`true`: say what would happen, and do nothing" }];
        self.dry_run = Some(answer);
        self
    }

    /// The same, with bodies of up to `bytes`. Who calls is asked before such a body is read.
    pub const fn with_body_max(mut self, bytes: usize) -> Self {
        self.body_max = bytes;
        self
    }

    /// The same with another status of success.
    pub const fn with_status(mut self, status: u16) -> Self {
        self.answer.0 = status;
        self
    }

    /// The same, which changes nothing: the body only says what is asked.
    pub const fn reading(mut self) -> Self {
        self.again = Again::Reads;
        self
    }

    /// The same, with an answer that holds a secret.
    pub const fn once(mut self) -> Self {
        self.again = Again::Once;
        self
    }
}

impl Call<'_> {
    /// A part of the path.
    pub fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A value behind the `?`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Whether `?name=true`.
    ///
    /// # Errors
    /// Neither `true` nor `false`.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.param(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                Err(Problem::malformed(format!("`{name}={other}`: it is `true` or `false`")))
            }
        }
    }
}

impl Answer {
    /// 200 with this body.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn ok(body: &impl serde::Serialize) -> Result<Self, Problem> {
        Self::with(200, body)
    }

    /// This status with this body.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn with(status: u16, body: &impl serde::Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_value(body).map_err(|e| Problem::internal(&e))?;
        Ok(Self { status, body, text: None })
    }
}
