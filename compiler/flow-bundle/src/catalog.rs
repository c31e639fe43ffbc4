//! What connectors offer: strategies, targets and steps by name, with parameters, results and the
//! IAM actions they need.
//!
//! The compiler types blocks by it, the provider derives policies from it, the daemon must be able
//! to perform what is `built`. Names that are not built yet stand here so that the compiler checks
//! them and the daemon refuses them in words. How a call is made is the connector's.

use crate::bundle::{Bundle, Overlap, Statement, Step};
use crate::walk;

mod steps;

pub use steps::{CALL, Choice, Reads, STEPS, StepKind};

/// A value that a target or step takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The attribute.
    pub name: &'static str,
    /// Its type, in the notation of [`crate::types::notation`]; `any` is everything that JSON holds.
    pub ty: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is known at build.
    pub is_static: bool,
    /// What an absent one means, in the language's own text.
    pub default: Option<&'static str>,
    /// The words that may stand there; empty: every value of the type.
    pub words: &'static [&'static str],
    /// What it is for, in whole sentences; those of targets stand in the compiler's table.
    pub doc: &'static str,
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

const fn param(name: &'static str, ty: &'static str) -> Parameter {
    Parameter { name, ty, required: true, is_static: false, default: None, words: &[], doc: "" }
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

    const fn or(mut self, default: &'static str) -> Self {
        self.required = false;
        self.default = Some(default);
        self
    }

    const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    const fn one_of(mut self, words: &'static [&'static str]) -> Self {
        self.is_static = true;
        self.words = words;
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
    for (provider, source) in &bundle.identities.from {
        let sentence = format!(
            "ids are not looked up in `{}` yet: write them into `map` or `override` of `identities`, or let the strategy's `identity` ask",
            source.integration
        );
        found.push((format!("identities.from.{provider}"), sentence));
    }
    walk::statements(bundle, &mut |path, statement| {
        if let Statement::Step(s) = statement
            && !step(&s.kind).is_some_and(|k| k.built)
        {
            let path = path.to_string();
            let sentence = no_connector(&path, s);
            found.push((path, sentence));
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

/// Says which step it is, of what, and what to do.
fn no_connector(path: &str, step: &Step) -> String {
    let parts = [".hooks.", ".fields.", ".approvals."];
    let of = match parts.iter().find_map(|part| path.split_once(part)) {
        Some((flow, _)) => format!("flow `{}`", flow.trim_start_matches("flows.")),
        None => format!("`{path}`"),
    };
    format!(
        "step `{}` of {of} is of kind `{}`, and this version has no connector for it: take the step out of the flow, or load the bundle into a version that has it",
        step.name, step.kind
    )
}
