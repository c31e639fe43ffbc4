//! Targets, and how they are granted and taken back.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Statement;
use crate::expr::Expr;
use crate::number::{Count, Seconds};
use crate::types::Type;

/// What can be granted.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// `aws_lambda_function`, `okta_group` …
    #[serde(rename = "type")]
    pub kind: String,
    /// What people see.
    pub label: String,
    /// The attributes of its type (`function`, `group_id` …) and of `settings`, by name.
    pub settings: BTreeMap<String, Expr>,
    /// One target for each element of this list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each_of: Option<Expr>,
}

/// How a target is granted and taken back.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    /// `aws_lambda`, `http`, `okta_group` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Address of the integration.
    pub integration: String,
    /// Addresses of targets.
    pub targets: Vec<String>,
    /// Whose id `identity` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// One try of an escalation.
    pub timeout_s: Seconds,
    /// Whether an escalation may be repeated though it may have happened.
    pub idempotent: bool,
    /// What overlapping requests for one target and person do.
    pub overlap: Overlap,
    /// What is done about access that was there before; absent where the type cannot look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_preexisting: Option<OnPreexisting>,
    /// How long a login may outlive the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual_s: Option<Seconds>,
    /// Replaces the contract's payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Expr>,
    /// Merged into the contract's payload as `flow.extra`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload_extra: Option<Expr>,
    /// How the requester is known to the other side, where the strategy asks for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityLookup>,
    /// `aws_sso` only: the instance of IAM Identity Center.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_arn: Option<String>,
    /// The making of a grant.
    pub escalate: StrategyCall,
    /// The taking back of a grant.
    pub deescalate: StrategyCall,
}

/// How a strategy finds the requester's id on the other side.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityLookup {
    /// Reading steps, run in order before `value` is computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Statement>,
    /// The id, a string.
    pub value: Expr,
}

/// One half of a strategy.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyCall {
    /// Type of the answer's `body`; absent where the type has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Type>,
    /// Run in order before the call.
    #[serde(default)]
    pub steps: Vec<Statement>,
    /// `http` only: what is sent, by name, as in the `args` of a step of kind `http`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<BTreeMap<String, Expr>>,
    /// `http` only: whether the answer, `response`, says that it was done; absent: by its status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<Expr>,
    /// `http` only: what was accepted is asked for until it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// How it is tried again.
    pub retry: Retry,
}

/// A reading call that is made until what another call began is done.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// What is sent, as in the `args` of a step of kind `http`.
    pub call: BTreeMap<String, Expr>,
    /// The pause between two calls.
    pub every_s: Seconds,
    /// Whether the answer, `response`, says that it will never be done; asked before `until`.
    pub failed: Expr,
    /// Type of `response.body`.
    pub output: Type,
    /// How long it is asked for; after that nobody knows.
    pub timeout_s: Seconds,
    /// Whether the answer, `response`, says that it is done.
    pub until: Expr,
}

/// How a call is tried again.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Tries in all; not for a deescalation, which is tried without end.
    pub attempts: Count,
    /// Pause after the first failure.
    pub backoff_s: Seconds,
    /// Factor of the pause, at least 1.
    #[schemars(with = "crate::schema::DecimalText")]
    pub rate: Decimal,
    /// The longest pause.
    pub max_delay_s: Seconds,
    /// Whether the pause is spread.
    pub jitter: bool,
    /// Which error kinds are tried again.
    pub on: Vec<ErrorKind>,
    /// Deescalation only: after this it is `stuck`, while tries go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_s: Option<Seconds>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: Count(3),
            backoff_s: Seconds(1),
            rate: Decimal::TWO,
            max_delay_s: Seconds(30),
            jitter: true,
            on: vec![ErrorKind::Throttled, ErrorKind::Connect],
            budget_s: None,
        }
    }
}

/// What went wrong with a call (`steps.x.error.kind`).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// 429, or the service's own word for it.
    Throttled,
    /// The connection failed before the request was written.
    Connect,
    /// The address is not one that may be called.
    RefusedAddress,
    /// 401 or 403, or the role could not be assumed.
    Auth,
    /// 404.
    NotFound,
    /// Any other 3xx or 4xx.
    HttpStatus,
    /// No answer in time.
    Timeout,
    /// The connection was lost after the request was written.
    Network,
    /// 5xx.
    ServerError,
    /// The answer has not the form that was promised.
    BadResponse,
    /// The answer is larger than allowed.
    TooLarge,
    /// The function raised, exited or timed out.
    FunctionError,
    /// The function answered with a non-empty `errors`.
    Errors,
    /// A fault of our own.
    Internal,
    /// An expression failed; nothing was called.
    Evaluation,
    /// No id of the person is known there; nothing was called.
    Identity,
}

impl ErrorKind {
    /// All of them, as they are declared.
    pub const ALL: [Self; 16] = [
        Self::Throttled,
        Self::Connect,
        Self::RefusedAddress,
        Self::Auth,
        Self::NotFound,
        Self::HttpStatus,
        Self::Timeout,
        Self::Network,
        Self::ServerError,
        Self::BadResponse,
        Self::TooLarge,
        Self::FunctionError,
        Self::Errors,
        Self::Internal,
        Self::Evaluation,
        Self::Identity,
    ];

    /// Whether the effect certainly did not happen.
    #[must_use]
    pub const fn refused(self) -> bool {
        match self {
            Self::Throttled
            | Self::Connect
            | Self::RefusedAddress
            | Self::Auth
            | Self::NotFound
            | Self::HttpStatus
            | Self::Evaluation
            | Self::Identity => true,
            Self::Timeout
            | Self::Network
            | Self::ServerError
            | Self::BadResponse
            | Self::TooLarge
            | Self::FunctionError
            | Self::Errors
            | Self::Internal => false,
        }
    }

    /// The word in the language and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Connect => "connect",
            Self::RefusedAddress => "refused_address",
            Self::Auth => "auth",
            Self::NotFound => "not_found",
            Self::HttpStatus => "http_status",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::ServerError => "server_error",
            Self::BadResponse => "bad_response",
            Self::TooLarge => "too_large",
            Self::FunctionError => "function_error",
            Self::Errors => "errors",
            Self::Internal => "internal",
            Self::Evaluation => "evaluation",
            Self::Identity => "identity",
        }
    }
}

/// What overlapping requests for one target and person do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// A pair of calls per request.
    Each,
    /// One grant with several holders.
    Share,
}

/// What is done about access that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnPreexisting {
    /// Tell, and leave it at the end.
    Keep,
    /// End the request.
    Deny,
    /// Take it over: it goes at the end.
    Adopt,
}
