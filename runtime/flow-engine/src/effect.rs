//! Everything the engine can ask of the world, with its id.
//!
//! An effect carries everything evaluated: a connector needs no expression, only credentials.

use std::collections::BTreeMap;

use flow_bundle::bundle::ErrorKind;
use flow_bundle::expr::SetName;
use flow_bundle::value::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::event::Answer;
use crate::ids::{EffectId, RequestId};
use crate::message::MessageBody;
use crate::service;
use crate::state::present;

/// One call to the world.
///
/// The daemon performs the effects of one lane in the order in which it got them. Before a call
/// leaves it commits a *started* row, and in the same transaction asks
/// [`crate::Request::still_wants`]; where that says no the effect is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Chosen before the call; the same for every attempt, so it is the idempotency key.
    pub id: EffectId,
    /// Whose request it belongs to.
    pub request: RequestId,
    /// Effects of one lane are performed in order; no lane waits for another.
    pub lane: Lane,
    /// Counted from 1. The outbox's key is (`id`, `attempt`).
    pub attempt: u32,
    /// Not to be started earlier (recorded time).
    pub not_before: Timestamp,
    /// How long one call may take, in seconds; longer is [`crate::event::Outcome::Unknown`] with
    /// [`ErrorKind::Timeout`].
    pub deadline_s: u64,
    /// Whether a call without a recorded outcome may be made again after a crash. Where not, the
    /// daemon reports [`crate::event::Outcome::stopped_in_flight`].
    pub repeatable: bool,
    /// What is called.
    pub kind: EffectKind,
}

/// A lane's name: opaque, complete (it holds the request where the order is per request).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lane(pub String);

impl Lane {
    /// Making and taking back one target of one request.
    #[must_use]
    pub fn access(request: RequestId, target: &str) -> Self {
        Self(format!("access:{request}:{target}"))
    }

    /// The steps of one run of a hook. Apart from `access`, so that a step which hangs cannot hold
    /// up an end.
    #[must_use]
    pub fn steps(request: RequestId, run: u32) -> Self {
        Self(format!("steps:{request}:{run}"))
    }

    /// What one destination is told.
    #[must_use]
    pub fn message(to: &Destination) -> Self {
        Self(format!("message:{to}"))
    }
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum EffectKind {
    /// A Lambda function is called.
    Lambda(LambdaCall),
    /// A step asks another service.
    Step(StepCall),
    /// Another service makes a grant or takes it back.
    Access(AccessCall),
    /// Somebody is told something. Its outcome need not be reported, except a delivery that failed
    /// for good.
    Message(Message),
}

impl EffectKind {
    /// What the call is made for; absent for a message.
    #[must_use]
    pub const fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::Lambda(call) => Some(call.purpose),
            Self::Step(_) => Some(Purpose::Step),
            Self::Access(call) => Some(call.purpose),
            Self::Message(_) => None,
        }
    }

    /// Whether the flow itself writes the call, and says what comes back.
    #[must_use]
    pub fn is_http(&self) -> bool {
        match self {
            Self::Step(call) => call.kind == service::HTTP,
            Self::Access(call) => call.kind == service::HTTP,
            Self::Lambda(_) | Self::Message(_) => false,
        }
    }

    /// What a connector reports of a call that went well and has this output, for worlds without
    /// connectors. The output of a strategy over HTTP is an object of `status` and `body`.
    #[must_use]
    pub fn answer_of(&self, output: &Json) -> Answer {
        let status = |status: Option<&Json>| u16::try_from(status?.as_u64()?).ok();
        let payload = Some(output.clone());
        match self {
            Self::Lambda(call) if call.mode == Mode::Async => Answer::default(),
            Self::Access(call) if call.kind == service::HTTP => Answer {
                payload: output.get("body").cloned(),
                status: status(output.get("status")),
                ..Answer::default()
            },
            Self::Step(call) if call.kind == service::HTTP => {
                let expected = status(call.args.get("expect").and_then(|all| all.get(0)));
                Answer { payload, status: expected.or(Some(200)), ..Answer::default() }
            }
            Self::Lambda(_) | Self::Step(_) | Self::Access(_) | Self::Message(_) => {
                Answer { payload, ..Answer::default() }
            }
        }
    }
}

/// A step that is no function. The connector answers with the step's `output`, or, for `http`, with
/// the status, the headers and the body of what came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCall {
    /// The step's name.
    pub name: String,
    /// `http`, `okta_user` …
    pub kind: String,
    /// Address of the integration; absent for what the daemon itself knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// What is asked, by name. `{ "$secret": "name" }` stands for a secret, which the connector puts
    /// there; a person is an object of `id`, `email` and `username`.
    pub args: BTreeMap<String, Json>,
}

/// A grant that is made or taken back by a strategy that is no function. The connector answers
/// with `steps.escalate.output`, or, for `http`, as for a [`StepCall`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessCall {
    /// Which of the two.
    pub purpose: Purpose,
    /// `okta_group`, `aws_sso` …
    pub kind: String,
    /// Address of the integration.
    pub integration: String,
    /// What is granted, with its settings as they are for this request.
    pub target: Target,
    /// Who the requester is on the other side.
    pub identity: String,
    /// `aws_sso` only: the instance of IAM Identity Center.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_arn: Option<String>,
    /// `http` only: what is sent, as in [`StepCall::args`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Json>,
}

/// A call of a Lambda function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LambdaCall {
    /// What for. The daemon adds `flow.signature` to the payload of the first two.
    pub purpose: Purpose,
    /// Exactly as it is called, qualifier included; always one of the bundle's `reach`.
    pub function_arn: String,
    /// Address of the integration whose role makes the call.
    pub integration: String,
    /// Whether an answer is awaited.
    pub mode: Mode,
    /// What the function receives, whole.
    pub payload: Json,
}

/// What a call is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Make a grant.
    Escalate,
    /// Take a grant back.
    Deescalate,
    /// A step of a hook.
    Step,
}

impl Purpose {
    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Escalate => "escalate",
            Self::Deescalate => "deescalate",
            Self::Step => "step",
        }
    }
}

/// Whether an answer is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// `InvocationType=RequestResponse`.
    Sync,
    /// `InvocationType=Event`: accepted is done, there is no output.
    Async,
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who hears.
    pub to: Destination,
    /// Under the request's card, where the medium has threads.
    #[serde(default)]
    pub thread: bool,
    /// What is said.
    pub body: MessageBody,
}

/// Who hears. A connector that is not there leaves it to the message log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Destination {
    /// A channel, with its `#`.
    Channel {
        /// Its name.
        name: String,
    },
    /// One person, in a direct message.
    Person {
        /// Lower-case e-mail address.
        email: String,
    },
    /// Everybody in a named set, in direct messages: errors where no error channel is declared.
    Set {
        /// Its name.
        name: SetName,
    },
    /// Everybody in a declared group, in direct messages.
    Group {
        /// Its address.
        address: String,
    },
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Channel { name } => f.write_str(name),
            Self::Person { email } => write!(f, "dm:{email}"),
            Self::Set { name } => write!(f, "set:{}", name.word()),
            Self::Group { address } => write!(f, "group:{address}"),
        }
    }
}

/// A fault of a call, as expressions and people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Of which kind.
    pub kind: ErrorKind,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// The function's own words (`errors`), each a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// The beginning of what came back.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub body: Option<Json>,
    /// The HTTP status, of a service that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

impl Fault {
    /// Of this kind, in these words.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), errors: Vec::new(), body: None, status: None }
    }

    /// An expression that has no value.
    #[must_use]
    pub fn evaluation(error: &flow_bundle::eval::EvalError) -> Self {
        Self::evaluated(error.to_string())
    }

    /// An expression whose value is of no use.
    #[must_use]
    pub fn evaluated(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Evaluation, message)
    }
}
