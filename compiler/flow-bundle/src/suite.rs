//! A `*.flowtest.hcl` file once its text is gone: who plays, what the outside answers, and what
//! happens in which order.
//!
//! The compiler writes it, the runner plays it. Names are checked already: a flow, a stage or a
//! step that stands here exists. Nothing of it is in a bundle.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::bundle::ErrorKind;
use crate::expr::Expr;

/// Where the virtual clock starts where the file does not say: a Monday morning.
pub const START: &str = "2026-01-05T09:00:00Z";

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Its path, as people see it.
    pub file: String,
    /// When each scenario starts.
    pub start: Timestamp,
    /// Who plays, by the name in the file.
    pub users: BTreeMap<String, Player>,
    /// What outside groups hold, by address: e-mail addresses.
    pub groups: BTreeMap<String, Vec<String>>,
    /// What the outside answers, in every scenario.
    pub mocks: Vec<Mock>,
    /// In the order written.
    pub scenarios: Vec<Scenario>,
}

/// A person or a bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Player {
    /// Lower case.
    pub email: String,
    /// For people to read.
    pub name: String,
    /// `admin`, `member` or `guest`.
    pub role: String,
    /// Whether it is a bot.
    pub bot: bool,
    /// E-mail address of the manager.
    pub manager: Option<String>,
    /// Ids in other services, by provider; absent: the file does not say.
    pub identities: Option<BTreeMap<String, String>>,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// How many characters of the line are meant.
    pub width: usize,
}

/// Something that was written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// What.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// What the outside answers to one effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mock {
    /// `<kind>.<step>` or `strategy.<type>.<name>.escalate`, as in `effects`.
    pub effect: String,
    /// One after another; the last repeats.
    pub answers: Vec<Answer>,
    /// How long each call takes, in seconds.
    pub delay_s: u64,
    /// Its header.
    pub place: Place,
}

/// How one call ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is answered.
    Output(Json),
    /// It is not.
    Error {
        /// Of which kind.
        kind: ErrorKind,
        /// For people.
        message: String,
        /// The status of the answer, where there was one.
        status: Option<u64>,
    },
}

/// One story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Its name.
    pub words: String,
    /// Address of the flow.
    pub flow: String,
    /// What the outside answers here; wins over the file's.
    pub mocks: Vec<Mock>,
    /// What happens, in the order written.
    pub actions: Vec<Action>,
    /// Its header.
    pub place: Place,
}

/// One thing that happens, or is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub act: Act,
    /// The refusal that is expected; absent: none.
    pub refusal: Option<String>,
    /// The block's header.
    pub place: Place,
}

/// What happens. People stand by their name in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Somebody looks at the form.
    Prompt {
        /// Who.
        by: String,
        /// What they filled in so far.
        fields: BTreeMap<String, Json>,
    },
    /// Somebody asks.
    Request(Box<Ask>),
    /// A person approves or denies a stage.
    Decide {
        /// Whether they approve.
        approve: bool,
        /// Which stage.
        stage: String,
        /// Who.
        by: String,
        /// What they say with it.
        comment: Option<String>,
    },
    /// The requester withdraws.
    Cancel {
        /// Who.
        by: String,
    },
    /// A person ends the grant early.
    Revoke {
        /// Who.
        by: String,
        /// Shown and audited.
        reason: Option<String>,
    },
    /// Somebody wants access to last longer.
    Extend {
        /// Who.
        by: String,
        /// By how much, in seconds.
        duration_s: u64,
        /// Shown to the approvers.
        reason: Option<String>,
    },
    /// Two people say that an end that cannot be confirmed is dealt with.
    Resolve {
        /// Who, one after another.
        by: Vec<String>,
        /// Kept in every report.
        reason: String,
    },
    /// An admin lets nothing new begin, or lets it begin again.
    Freeze {
        /// Who.
        by: String,
        /// Why; absent: it is taken back.
        reason: Option<String>,
    },
    /// A person is shut out.
    Deactivate {
        /// Who.
        user: String,
    },
    /// Time passes until then.
    Advance {
        /// How long, in seconds.
        by_s: u64,
    },
    /// The daemon dies and comes back.
    Crash,
    /// Another bundle comes.
    Deploy {
        /// Its directory, from the module's.
        bundle: String,
    },
    /// What is so now is compared.
    Expect(Box<Expect>),
}

impl Act {
    /// The word of its block.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Prompt { .. } => "prompt",
            Self::Request(_) => "request",
            Self::Decide { approve: true, .. } => "approve",
            Self::Decide { approve: false, .. } => "deny",
            Self::Cancel { .. } => "cancel",
            Self::Revoke { .. } => "revoke",
            Self::Extend { .. } => "extend",
            Self::Resolve { .. } => "resolve",
            Self::Freeze { reason: Some(_), .. } => "freeze",
            Self::Freeze { reason: None, .. } => "unfreeze",
            Self::Deactivate { .. } => "deactivate",
            Self::Advance { .. } => "advance",
            Self::Crash => "crash",
            Self::Deploy { .. } => "deploy",
            Self::Expect(_) => "expect",
        }
    }
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Who asks.
    pub by: String,
    /// For whom; absent: for themselves.
    pub requester: Option<String>,
    /// What they filled in, the target among it.
    pub fields: BTreeMap<String, Json>,
    /// `request.context`.
    pub context: Json,
    /// `slack`, `api` or `web`.
    pub source: String,
}

/// What is compared: only what is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// The phase.
    pub state: Option<At<String>>,
    /// How it ended.
    pub outcome: Option<At<String>>,
    /// Whether its end is stuck.
    pub stuck: Option<At<bool>>,
    /// Stages that are open, in any order.
    pub waiting: Option<At<Vec<String>>>,
    /// `auto`, `people` or `nobody`.
    pub decided: Option<At<String>>,
    /// Since the last `expect`, in order.
    pub effects: Option<At<Vec<String>>>,
    /// Since the last `expect`, some of them in order.
    pub messages: Option<At<Vec<Said>>>,
    /// After `prompt`: values by field.
    pub options: Option<At<BTreeMap<String, Vec<Json>>>>,
    /// After `prompt`: fields that are shown.
    pub visible: Option<At<Vec<String>>>,
    /// After `prompt`: the header.
    pub header: Option<At<String>>,
    /// A bool over the request.
    pub condition: Option<At<Expr>>,
    /// Texts that stand in the journal.
    pub journal: Option<At<Vec<String>>>,
}

/// A message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// To whom, as in `reach.slack`.
    pub to: String,
    /// A part of its text.
    pub contains: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// Words of `state`.
pub const STATES: &[&str] =
    &["requested", "pending", "approved", "escalating", "active", "deescalating", "ended"];
/// Words of `outcome`.
pub const OUTCOMES: &[&str] = &["ok", "denied", "expired", "cancelled", "errored"];
/// Words of `decided`.
pub const DECIDED: &[&str] = &["auto", "people", "nobody"];

/// Every reason for which an action can be refused, as in `expect = "refused:<reason>"`.
pub const REFUSALS: &[&str] = &[
    "not_permitted",
    "source_not_allowed",
    "flow_disabled",
    "frozen",
    "over_limit",
    "bad_field",
    "hook_failed",
    "ignored",
    "not_found",
    "expired",
    "not_pending",
    "stage_not_open",
    "own_request",
    "not_an_approver",
    "already_decided",
    "digest_changed",
    "comment_required",
    "already_ended",
    "not_active",
    "too_late",
    "not_revocable",
    "extend_limit",
];
