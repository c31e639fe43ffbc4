//! What connectors offer: strategies, targets and steps by name, with parameters, results and the
//! IAM actions they need.
//!
//! The compiler types blocks by it, the provider derives policies from it, the daemon must be able
//! to perform what is `built`. Names that are not built yet stand here so that the compiler checks
//! them and the daemon refuses them in words. How a call is made is the connector's.

use crate::bundle::{Bundle, Overlap, Statement};
use crate::walk;

/// A value that a target or step takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The attribute.
    pub name: &'static str,
    /// Its type, in the notation of [`crate::function::Function::signature`].
    pub ty: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is known at build.
    pub is_static: bool,
}

/// A way of granting and taking back.
#[derive(Debug, Clone, Copy)]
pub struct StrategyType {
    /// `aws_lambda` …
    pub name: &'static str,
    /// Which integration it needs.
    pub integration: &'static str,
    /// Which targets it takes.
    pub targets: &'static [&'static str],
    /// Type of `steps.escalate.output`; `T` is the declared `body`.
    pub output: &'static str,
    /// What overlapping requests do unless the author says otherwise.
    pub overlap: Overlap,
    /// Whether it can see access that was there before.
    pub looks: bool,
    /// Whose id `identity` is, unless the author says otherwise.
    pub provider: Option<&'static str>,
    /// IAM actions of its two calls, on the target itself.
    pub actions: &'static [&'static str],
    /// Whether the daemon can do it.
    pub built: bool,
}

/// What can be granted.
#[derive(Debug, Clone, Copy)]
pub struct TargetType {
    /// `aws_lambda_function` …
    pub name: &'static str,
    /// Its own attributes, beside `label`, `settings` and `each_of`.
    pub parameters: &'static [Parameter],
}

/// Whether a step changes anything outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// It only reads.
    Always,
    /// It changes something.
    Never,
    /// It only reads where the author says `reads = true`.
    Declared,
    /// It only reads with the methods GET and HEAD.
    ByMethod,
}

/// Something that a hook asks or does.
#[derive(Debug, Clone, Copy)]
pub struct StepKind {
    /// `aws_lambda`, `value` …
    pub name: &'static str,
    /// Which integration it needs.
    pub integration: Option<&'static str>,
    /// Its own attributes.
    pub parameters: &'static [Parameter],
    /// Whether it changes anything.
    pub reads: Reads,
    /// Type of its output; `T` is the declared `output`, or the type of `value`.
    pub output: &'static str,
    /// IAM actions, on the function it names.
    pub actions: &'static [&'static str],
    /// Whether the daemon can do it.
    pub built: bool,
}

const fn param(name: &'static str, ty: &'static str) -> Parameter {
    Parameter { name, ty, required: true, is_static: false }
}

impl Parameter {
    const fn fixed(mut self) -> Self {
        self.is_static = true;
        self
    }

    const fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}

const PREEXISTING: &str = "object({ preexisting = bool })";

const STRATEGY: StrategyType = StrategyType {
    name: "",
    integration: "",
    targets: &[],
    output: PREEXISTING,
    overlap: Overlap::Share,
    looks: true,
    provider: None,
    actions: &[],
    built: false,
};

/// Every strategy type.
pub const STRATEGIES: &[StrategyType] = &[
    StrategyType {
        name: "aws_lambda",
        integration: "aws",
        targets: &["aws_lambda_function"],
        output: "object({ body = T, errors = list(string) })",
        overlap: Overlap::Each,
        looks: false,
        actions: &["lambda:InvokeFunction"],
        built: true,
        ..STRATEGY
    },
    StrategyType {
        name: "aws_sso",
        integration: "aws",
        targets: &["aws_sso_permission_set", "aws_sso_group"],
        provider: Some("aws_sso"),
        ..STRATEGY
    },
    StrategyType {
        name: "aws_iam",
        integration: "aws",
        targets: &["aws_iam_group"],
        provider: Some("aws_iam"),
        ..STRATEGY
    },
    StrategyType {
        name: "okta_group",
        integration: "okta",
        targets: &["okta_group"],
        provider: Some("okta"),
        ..STRATEGY
    },
    StrategyType {
        name: "github",
        integration: "github",
        targets: &["github_repo", "github_team"],
        provider: Some("github"),
        ..STRATEGY
    },
    StrategyType {
        name: "http",
        integration: "http",
        targets: &["http"],
        output: "object({ status = number, body = T })",
        overlap: Overlap::Each,
        looks: false,
        ..STRATEGY
    },
];

/// Every target type.
pub const TARGETS: &[TargetType] = &[
    TargetType { name: "aws_lambda_function", parameters: &[param("function", "string").fixed()] },
    TargetType {
        name: "aws_sso_permission_set",
        parameters: &[param("permission_set_arn", "string").fixed(), param("account_id", "string")],
    },
    TargetType { name: "aws_sso_group", parameters: &[param("group_id", "string")] },
    TargetType { name: "aws_iam_group", parameters: &[param("group", "string")] },
    TargetType { name: "okta_group", parameters: &[param("group_id", "string")] },
    TargetType {
        name: "github_repo",
        parameters: &[param("repo", "string"), param("permission", "string").fixed()],
    },
    TargetType {
        name: "github_team",
        parameters: &[param("team", "string"), param("role", "string").fixed()],
    },
    TargetType { name: "http", parameters: &[] },
];

const STEP: StepKind = StepKind {
    name: "",
    integration: None,
    parameters: &[],
    reads: Reads::Always,
    output: "none",
    actions: &[],
    built: false,
};

const USER: Parameter = param("user", "user");

/// Every step kind.
pub const STEPS: &[StepKind] = &[
    StepKind {
        name: "aws_lambda",
        integration: Some("aws"),
        parameters: &[
            param("function", "string").fixed(),
            param("mode", "string").fixed().optional(),
            param("payload", "any").optional(),
            param("reads", "bool").fixed().optional(),
        ],
        reads: Reads::Declared,
        output: "T",
        actions: &["lambda:InvokeFunction"],
        built: true,
    },
    StepKind {
        name: "value",
        parameters: &[param("value", "any")],
        output: "T",
        built: true,
        ..STEP
    },
    StepKind {
        name: "http",
        integration: Some("http"),
        parameters: &[
            param("method", "string").fixed(),
            param("path", "string"),
            param("query", "map(any)").optional(),
            param("headers", "map(any)").optional(),
            param("body", "any").optional(),
            param("expect", "list(number)").fixed().optional(),
            param("response_headers", "list(string)").fixed().optional(),
        ],
        reads: Reads::ByMethod,
        output: "T",
        ..STEP
    },
    StepKind {
        name: "pagerduty_on_call",
        integration: Some("pagerduty"),
        parameters: &[
            USER,
            param("schedule", "string").optional(),
            param("escalation_policy", "string").optional(),
            param("level", "number").optional(),
        ],
        output: "object({ on_call = bool, until = timestamp? })",
        ..STEP
    },
    StepKind {
        name: "pagerduty_users_on_call",
        integration: Some("pagerduty"),
        parameters: &[
            param("schedule", "string").optional(),
            param("escalation_policy", "string").optional(),
            param("level", "number").optional(),
        ],
        output: "list(user)",
        ..STEP
    },
    StepKind {
        name: "pagerduty_incidents",
        integration: Some("pagerduty"),
        parameters: &[
            USER.optional(),
            param("services", "list(string)").optional(),
            param("statuses", "list(string)").optional(),
            param("urgencies", "list(string)").optional(),
            param("since", "duration").optional(),
        ],
        output: "list(object({ id = string, title = string, status = string, urgency = string, at = timestamp }))",
        ..STEP
    },
    StepKind {
        name: "okta_user",
        integration: Some("okta"),
        parameters: &[USER],
        output: "object({ id = string, status = string, profile = T })",
        ..STEP
    },
    StepKind {
        name: "okta_user_groups",
        integration: Some("okta"),
        parameters: &[USER],
        output: "list(string)",
        ..STEP
    },
    StepKind {
        name: "okta_group_members",
        integration: Some("okta"),
        parameters: &[param("group_id", "string").fixed()],
        output: "list(user)",
        ..STEP
    },
    StepKind {
        name: "slack_user",
        integration: Some("slack"),
        parameters: &[USER],
        output: "object({ id = string, name = string, active = bool, guest = bool })?",
        ..STEP
    },
    StepKind {
        name: "slack_members",
        integration: Some("slack"),
        parameters: &[
            param("channel", "channel").optional(),
            param("usergroup", "string").optional(),
        ],
        output: "list(user)",
        ..STEP
    },
    StepKind {
        name: "is_member",
        parameters: &[USER, param("group", "group")],
        output: "object({ member = bool })",
        ..STEP
    },
    StepKind {
        name: "identity",
        parameters: &[param("provider", "string").fixed(), USER],
        output: "string?",
        ..STEP
    },
    StepKind {
        name: "identity_save",
        parameters: &[param("provider", "string").fixed(), USER, param("id", "string")],
        reads: Reads::Never,
        ..STEP
    },
    StepKind {
        name: "run_history",
        parameters: &[
            USER,
            param("event", "string").fixed(),
            param("since", "duration").optional(),
            param("until", "duration").optional(),
            param("by", "string").fixed().optional(),
            param("include_errored", "bool").fixed().optional(),
        ],
        output: "object({ count = number })",
        ..STEP
    },
];

/// The strategy type of this name.
#[must_use]
pub fn strategy(name: &str) -> Option<&'static StrategyType> {
    STRATEGIES.iter().find(|s| s.name == name)
}

/// The target type of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static TargetType> {
    TARGETS.iter().find(|t| t.name == name)
}

/// The step kind of this name.
#[must_use]
pub fn step(name: &str) -> Option<&'static StepKind> {
    STEPS.iter().find(|s| s.name == name)
}

/// What the bundle wants and no daemon of this version can do: IR path and a sentence.
#[must_use]
pub fn not_built(bundle: &Bundle) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (address, s) in &bundle.strategies {
        if !strategy(&s.kind).is_some_and(|k| k.built) {
            let sentence = format!("the strategy type `{}` is not built yet", s.kind);
            found.push((format!("strategies.{address}"), sentence));
        }
    }
    walk::statements(bundle, &mut |path, statement| {
        if let Statement::Step(s) = statement
            && !step(&s.kind).is_some_and(|k| k.built)
        {
            let sentence = format!("the step kind `{}` is not built yet", s.kind);
            found.push((path.to_owned(), sentence));
        }
    });
    for (address, group) in &bundle.groups {
        if let Some(from) = &group.from {
            let sentence = format!("groups from `{from}` are not built yet");
            found.push((format!("groups.{address}"), sentence));
        }
    }
    found
}
