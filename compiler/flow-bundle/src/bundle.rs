//! The bundle: what `flowc build` writes and everything else reads.
//!
//! Maps are keyed by address without the block word (`slack.main`, `prod_admin["billing"]`). What
//! the author wrote as a number stands as a decimal string. An attribute at its default is written
//! out; an absent optional one is left out.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::digest::Digest;
use crate::expr::Expr;
use crate::number::{Count, Seconds};
use crate::types::Type;

/// The format of the file around the bundle and of its parts.
pub const FORMAT: u32 = 1;
/// The version of the expression IR.
pub const IR: u32 = 1;
/// The version of the language that a bundle was written in.
pub const LANGUAGE: u32 = 1;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    /// What the flows mean.
    pub bundle: Bundle,
    /// Which compiler wrote it, `flowc 0.1.0`.
    pub compiler: String,
    /// Hash of `bundle` alone.
    pub content_hash: Digest,
    /// Where each part was written; hashed apart, so that reformatting changes no meaning.
    pub sources: SourceMap,
    /// Hash of `sources`.
    pub sources_hash: Digest,
}

/// Where the parts of a bundle were written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceMap {
    /// The files, in the order their indices mean.
    pub files: Vec<SourceFile>,
    /// IR path to `[file, start, end]`, in bytes.
    pub map: BTreeMap<String, (u32, u32, u32)>,
}

/// One source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Path inside the module.
    pub path: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
}

/// What the flows mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// Environments by name.
    pub environments: BTreeMap<String, Environment>,
    /// Flows by address.
    pub flows: BTreeMap<String, Flow>,
    /// [`FORMAT`].
    pub format: u32,
    /// Groups by address.
    pub groups: BTreeMap<String, Group>,
    /// How people are known elsewhere; `{}` where nothing is said.
    pub identities: Identities,
    /// Integrations by `<type>.<name>`.
    pub integrations: BTreeMap<String, Integration>,
    /// [`IR`].
    pub ir: u32,
    /// [`LANGUAGE`].
    pub language: u32,
    /// Messages by address.
    pub messages: BTreeMap<String, Message>,
    /// The bundle's name.
    pub name: String,
    /// Everything that leaves the system.
    pub reach: Reach,
    /// Which runtimes may load it, `>= 0.1.0`; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_runtime: Option<String>,
    /// Secrets by name.
    pub secrets: BTreeMap<String, Secret>,
    /// Strategies by `<type>.<name>`.
    pub strategies: BTreeMap<String, Strategy>,
    /// Targets by `<type>.<name>`.
    pub targets: BTreeMap<String, Target>,
    /// Version of the time-zone data that the bundle was compiled with.
    pub tz: String,
}

/// Where a flow lives: what it may call and who hears of errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Addresses of integrations.
    pub integrations: Vec<String>,
    /// Channel or user; absent: errors go to the admins' message log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_channel: Option<Expr>,
    /// `env.vars`.
    pub vars: BTreeMap<String, String>,
}

/// A set of people by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// E-mail addresses, lower case: a static group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
    /// Which kind of outside group: `okta`, `slack_usergroup` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Address of the integration that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// Promised lower bound of an outside group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Count>,
}

/// How people are known elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identities {
    /// Provider to how it is looked up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: BTreeMap<String, Json>,
    /// E-mail to provider to id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub map: BTreeMap<String, BTreeMap<String, String>>,
    /// E-mail to provider to id, stronger than `map`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<String, BTreeMap<String, String>>,
}

/// A connection to the outside. Its attributes stand by name; credentials are `["secret", name]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// `slack`, `aws`, `http` …
    #[serde(rename = "type")]
    pub kind: String,
    /// The attributes of the type, literals as plain JSON.
    #[serde(flatten)]
    pub attributes: BTreeMap<String, Json>,
}

/// A text with arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Arguments and their types.
    pub args: BTreeMap<String, Type>,
    /// What is said.
    pub text: Expr,
}

/// The name of a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// What it is, for the person who maps it to a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What can be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How the requester is known to the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Json>,
    /// The making of a grant.
    pub escalate: StrategyCall,
    /// The taking back of a grant.
    pub deescalate: StrategyCall,
}

/// One half of a strategy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyCall {
    /// Type of the answer's `body`; absent where the type has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Type>,
    /// Run in order before the call.
    #[serde(default)]
    pub steps: Vec<Statement>,
    /// `http` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Json>,
    /// `http` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<Expr>,
    /// `http` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Json>,
    /// How it is tried again.
    pub retry: Retry,
}

/// How a call is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Tries in all; not for a deescalation, which is tried without end.
    pub attempts: Count,
    /// Pause after the first failure.
    pub backoff_s: Seconds,
    /// Factor of the pause, at least 1.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// A pair of calls per request.
    Each,
    /// One grant with several holders.
    Share,
}

/// What is done about access that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnPreexisting {
    /// Tell, and leave it at the end.
    Keep,
    /// End the request.
    Deny,
    /// Take it over: it goes at the end.
    Adopt,
}

/// A declared process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// In the order written.
    pub approvals: Vec<Approval>,
    /// Whether something may approve without a person (`allow_auto_approval`).
    pub auto: bool,
    /// Type of `request.context`.
    pub context: Type,
    /// What the flow is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A disabled flow takes no requests.
    pub enabled: bool,
    /// Name of the environment; absent: none is declared, errors go to the admins' message log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The prompt's fields, in the order written.
    pub fields: Vec<Field>,
    /// What is granted; absent: an approval-only flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
    /// The automaton, for people and drawings.
    pub graph: Graph,
    /// Hash of the flow without this field, with everything it refers to put in place.
    pub hash: Digest,
    /// Added to the form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Expr>,
    /// Statements by event.
    pub hooks: BTreeMap<HookEvent, Vec<Statement>>,
    /// What people see.
    pub label: String,
    /// Who may do what.
    pub permissions: Permissions,
    /// `P1` to `P8`.
    pub proofs: BTreeMap<String, Proof>,
    /// How long an ended request is kept.
    pub retention_s: Seconds,
    /// Where requests may come from.
    pub sources: Vec<Source>,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Source {
    Slack,
    Api,
    Web,
}

/// Moments in a request's life at which a flow may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the language's own words, explained in spec.md")]
pub enum HookEvent {
    OnPrompt,
    AfterPrompt,
    OnRequest,
    AfterRequest,
    OnRequestForward,
    OnRequestExpire,
    OnApprove,
    OnDeny,
    OnApproved,
    OnEscalate,
    OnDeescalate,
    AfterApprove,
    AfterEscalate,
    AfterDeescalate,
    AfterDeny,
    AfterRequestForward,
    AfterRequestExpire,
    AfterCancel,
    AfterError,
}

impl HookEvent {
    /// Every hook with its word, in the order of the documentation.
    pub const ALL: [(Self, &'static str); 19] = [
        (Self::OnPrompt, "on_prompt"),
        (Self::AfterPrompt, "after_prompt"),
        (Self::OnRequest, "on_request"),
        (Self::AfterRequest, "after_request"),
        (Self::OnRequestForward, "on_request_forward"),
        (Self::OnRequestExpire, "on_request_expire"),
        (Self::OnApprove, "on_approve"),
        (Self::OnDeny, "on_deny"),
        (Self::OnApproved, "on_approved"),
        (Self::OnEscalate, "on_escalate"),
        (Self::OnDeescalate, "on_deescalate"),
        (Self::AfterApprove, "after_approve"),
        (Self::AfterEscalate, "after_escalate"),
        (Self::AfterDeescalate, "after_deescalate"),
        (Self::AfterDeny, "after_deny"),
        (Self::AfterRequestForward, "after_request_forward"),
        (Self::AfterRequestExpire, "after_request_expire"),
        (Self::AfterCancel, "after_cancel"),
        (Self::AfterError, "after_error"),
    ];

    /// The word in the language and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(e, _)| *e == self).map_or("", |(_, w)| w)
    }

    /// The hook of this name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(e, _)| *e)
    }
}

/// One field of the prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Closed list of values: `target` addresses or literals. Where it is static and of strings,
    /// `type` is an enum as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Expr>,
    /// Value until the person touches the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
    /// Shown beside the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What people see.
    pub label: Expr,
    /// Bounds of the value.
    pub limits: Limits,
    /// The field's name.
    pub name: String,
    /// Values fetched by steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
    /// Whether it must be filled while visible.
    pub required: Expr,
    /// Type of the value.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether it is shown.
    pub visible: Expr,
}

/// Bounds of a field's value; which of them fit depends on the type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// A whole number is wanted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub integer: bool,
    /// Largest number, or longest duration in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// Most elements of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<Count>,
    /// Most characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<Count>,
    /// Smallest number, or shortest duration in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// Fewest elements of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<Count>,
    /// Fewest characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<Count>,
    /// Matches the whole string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// Values of a field that steps fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Reading steps.
    pub steps: Vec<Statement>,
    /// `list(object({ value, label }))`.
    pub values: Expr,
    /// How long the form may reuse an answer.
    pub cache_s: Seconds,
}

/// Who may do what. Principal sets, except `list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// Who may decide where a stage lists them.
    pub decide: Expr,
    /// Bool: whether the flow is shown to a person.
    pub list: Expr,
    /// Who may ask.
    pub request: Expr,
    /// Who may revoke, beside the requester and the approvers.
    pub revoke: Expr,
    /// Who may see requests, beside the requester and the approvers.
    pub view: Expr,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Stages that must be met first. Written out: the previous stage where the author said
    /// nothing; empty: opens at once.
    pub after: Vec<String>,
    /// Whether the requester may decide.
    pub allow_self: bool,
    /// Whether a decision takes a comment.
    pub ask_comment: AskComment,
    /// How many people's denials end the request.
    pub denials: Count,
    /// Whether one person counts for one rule only.
    pub distinct: bool,
    /// Who takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_approvers: Option<Expr>,
    /// The stage's name.
    pub name: String,
    /// Who else hears.
    pub notify: Vec<Notify>,
    /// What happens when nobody decides in time.
    pub on_timeout: OnTimeout,
    /// What a stranger's click is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Expr>,
    /// Pause between reminders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_s: Option<Seconds>,
    /// Who hears, in this order.
    pub routes: Vec<Route>,
    /// All must be met; the short form is one rule named `""`.
    pub rules: Vec<Rule>,
    /// Runs from opening.
    pub timeout_s: Seconds,
    /// False: the stage is not needed.
    pub when: Expr,
}

/// Whether a decision takes a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum AskComment {
    No,
    Optional,
    Required,
}

/// What happens to a stage that nobody decided in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The request ends.
    Expire,
    /// The stage counts as met.
    Skip,
    /// `fallback_approvers` take over for one more timeout.
    Fallback,
}

/// One rule of a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Principal set.
    pub approvers: Expr,
    /// The rule's name; `""` in the short form.
    pub name: String,
    /// How many of them.
    pub quorum: Expr,
}

/// One place where a card is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Arguments of `message`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Expr>,
    /// Address of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The route's name.
    pub name: String,
    /// What makes the next route be tried.
    pub next_on: Vec<NextOn>,
    /// The text; absent with `message` too: the default card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Expr>,
    /// How long before the next route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<Seconds>,
    /// Who hears.
    pub to: Expr,
}

/// What makes the next route be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum NextOn {
    DeliveryFailure,
    Timeout,
}

/// Somebody is told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Arguments of `message`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Expr>,
    /// Address of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is said; absent where `message` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Expr>,
    /// Under the request's card.
    pub thread: bool,
    /// Who hears.
    pub to: Expr,
    /// Whether.
    pub when: Expr,
}

/// One statement of a hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "snake_case")]
pub enum Statement {
    /// Something is asked or done outside.
    Step(Step),
    /// The flow decides.
    Decision(Decision),
    /// The request ends errored.
    Fail(Fail),
    /// Somebody is told.
    Notify(Notify),
}

/// Something is asked or done outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The kind's own attributes, by name (`function`, `mode`, `payload` …).
    pub args: BTreeMap<String, Expr>,
    /// Whether it may be repeated though it may have happened.
    pub idempotent: bool,
    /// Address of the integration, where the kind has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// `aws_lambda`, `http`, `value` …
    pub kind: String,
    /// Unique in the flow.
    pub name: String,
    /// What a failure does.
    pub on_error: OnError,
    /// Type of the output; `none` where nothing is read.
    pub output: Type,
    /// Whether it only reads.
    pub reads: bool,
    /// How it is tried again; absent: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// All tries and pages.
    pub timeout_s: Seconds,
    /// False: skipped.
    pub when: Expr,
}

/// What a failed step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The request ends errored; in an after-hook the rest is skipped.
    Fail,
    /// Go on; the output is guarded.
    Continue,
    /// The request ends denied.
    Deny,
    /// This click or form is refused; the request lives.
    Ignore,
}

/// The flow decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// `approve`, `deny` or `ignore`.
    #[serde(rename = "do")]
    pub verdict: Verdict,
    /// Told to the acting person by `ignore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Expr>,
    /// Shown and audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Expr>,
    /// Whether.
    pub when: Expr,
}

/// The word of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verdict {
    Approve,
    Deny,
    Ignore,
}

/// The request ends errored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// Told to the requester and the error channel.
    pub message: Expr,
    /// Whether.
    pub when: Expr,
}

/// What is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// How long; absent with `on_revoke`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Expr>,
    /// When it ends.
    pub ends: Ends,
    /// Whether and how it can be made longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extend: Option<Extend>,
    /// The longest; a longer result is clamped and noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration_s: Option<Seconds>,
    /// Whether it can be ended early.
    pub revocable: bool,
    /// Why it stands until somebody revokes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing_reason: Option<String>,
    /// Address of the strategy.
    pub strategy: String,
    /// One target; exactly one of `target` and `targets` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Expr>,
    /// Several targets, granted in order, all or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Expr>,
}

/// When a grant ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Ends {
    AfterDuration,
    OnRevoke,
}

/// Whether and how a grant can be made longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// `same`, `none` or a stage's name.
    pub approval: String,
    /// How often.
    pub max_times: Count,
    /// How long in all.
    pub max_total_s: Seconds,
}

/// The automaton of a flow, for people and drawings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// `[from, event, to]`; `to` is a phase or `ended:<outcome>`.
    pub edges: Vec<(String, String, String)>,
    /// In the order of a life.
    pub phases: Vec<String>,
}

/// What the compiler proved of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// How it ended. A failed proof is no bundle.
    pub result: ProofResult,
    /// In words.
    pub why: String,
}

/// How a proof ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofResult {
    /// It holds.
    Proved,
    /// Nothing in the flow could break it.
    Vacuous,
    /// It does not hold, and the author declared so.
    Declared,
    /// It depends on values that are not known.
    Unknown,
}

/// Everything that leaves the system. Each list is sorted by its first key, `uses` by bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the connector's word")]
pub struct Reach {
    pub aws_iam_group: Vec<MemberReach>,
    pub aws_lambda: Vec<LambdaReach>,
    pub aws_sso_group: Vec<MemberReach>,
    pub aws_sso_permission_set: Vec<Json>,
    pub github: Vec<Json>,
    pub http: Vec<Json>,
    pub okta_group: Vec<MemberReach>,
    pub pagerduty: Vec<Json>,
    pub secrets: Vec<SecretReach>,
    pub slack: Vec<SlackReach>,
}

/// A function that is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LambdaReach {
    /// Exactly as it is called, qualifier included.
    pub arn: String,
    /// Address of the integration.
    pub integration: String,
    /// IR paths of the callers.
    pub uses: Vec<String>,
}

/// A group whose members are read or changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in the table of spec.md")]
pub struct MemberReach {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    pub integration: String,
    pub access: String,
    pub uses: Vec<String>,
}

/// A secret that is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretReach {
    /// Its name.
    pub name: String,
    /// Addresses of the integrations that use it.
    pub integrations: Vec<String>,
}

/// A place that hears.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackReach {
    /// `#c`, `dm:requester`, `dm:approvers`, `dm:<e-mail>`, `usergroup:<id>`.
    pub to: String,
    /// Address of the integration; absent where the environment has none (the message log hears).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// IR paths of the speakers.
    pub uses: Vec<String>,
}
