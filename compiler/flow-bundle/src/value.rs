//! Values: what an expression evaluates to, and how they stand in JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::expr::SetName;

/// A value of the flow language.
///
/// In journals and state rows it stands tagged, `{"n": "1.5"}`, so that it reads back exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An exact decimal.
    Number(Decimal),
    /// Text.
    String(String),
    /// Seconds.
    Duration(Decimal),
    /// An instant.
    Timestamp(Timestamp),
    /// One person.
    User(User),
    /// A channel, with its `#`.
    Channel(String),
    /// A set of people, not yet resolved.
    Principals(Principals),
    /// What can be granted.
    Target(Target),
    /// A secret's name. Only sinks turn it into its value.
    Secret(String),
    /// A list, a set (sorted) or a tuple.
    List(Vec<Value>),
    /// A map or an object.
    Map(BTreeMap<String, Value>),
}

/// One person, as an expression sees them. Known by `id` where the daemon resolved them, by `email`
/// alone where a flow names them (`user("…")`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The canonical id; empty for a name that nobody resolved.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Lower case.
    pub email: String,
    /// For people to read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The first e-mail address unless set.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub username: String,
    /// `admin`, `member` or `guest`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// E-mail of the manager, where a directory said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// Provider to id, as far as known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub identities: BTreeMap<String, String>,
}

impl User {
    /// Whether both are the same person: by id where both have one, else by e-mail.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        if self.id.is_empty() || other.id.is_empty() {
            self.email == other.email
        } else {
            self.id == other.id
        }
    }
}

/// What can be granted, with its settings filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `aws_lambda_function.super_secret_button`, unique in the bundle.
    pub address: String,
    /// The second label, `super_secret_button`.
    pub name: String,
    /// What people see.
    pub label: String,
    /// `aws_lambda_function` …
    pub kind: String,
    /// By name; for `aws_lambda_function` the ARN stands as `arn`.
    pub settings: BTreeMap<String, String>,
}

/// A set of people as a value. Who is in it is asked when a decision is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principals {
    /// `members`, `admins` …
    Named(SetName),
    /// Exactly these.
    Users(Vec<User>),
    /// A declared group, by address.
    Group(String),
    /// In any.
    Union(Vec<Principals>),
    /// In all.
    Intersect(Vec<Principals>),
    /// In the first and not in the second.
    Except(Box<Principals>, Box<Principals>),
}
