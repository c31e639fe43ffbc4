//! The kinds of steps: one entry each.
//!
//! To add a kind of step:
//! 1. write its entry here: attributes with their types, whether it reads, what it answers;
//! 2. give it a file in `flow-lang/src/check/step` where an attribute needs more than its type;
//! 3. say in `crate::reach` what it touches, if anything;
//! 4. write its connector in the daemon and set `built`;
//! 5. describe it in `compiler/spec.md` and add a line to `CHANGELOG.md`.

use super::{Parameter, param};
use crate::types::{Type, notation};

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

/// Which attributes exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// None do.
    Free,
    /// At most one of these is given.
    AtMostOne(&'static [&'static str]),
    /// Exactly one of these is given.
    ExactlyOne(&'static [&'static str]),
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
    /// Attributes that exclude each other.
    pub choice: Choice,
    /// Whether it changes anything.
    pub reads: Reads,
    /// Whether the author may say that it can be repeated (`idempotent`).
    pub repeatable: bool,
    /// Type of its output; `T` is the declared `output`, or the type of `value`.
    pub output: &'static str,
    /// IAM actions, on the function it names.
    pub actions: &'static [&'static str],
    /// Whether the daemon can do it.
    pub built: bool,
    /// What it is for, in whole sentences.
    pub doc: &'static str,
}

impl StepKind {
    /// Whether the author declares a part of the output.
    #[must_use]
    pub fn declares(&self) -> bool {
        notation::holds_variable(self.output)
    }

    /// The type of the output where `declared` stands for `T`.
    #[must_use]
    pub fn output_of(&self, declared: &Type) -> Option<Type> {
        notation::parse(self.output, Some(declared))
    }

    /// The attribute of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|p| p.name == name)
    }
}

const STEP: StepKind = StepKind {
    name: "",
    integration: None,
    parameters: &[],
    choice: Choice::Free,
    reads: Reads::Always,
    repeatable: false,
    output: "none",
    actions: &[],
    built: false,
    doc: "",
};

const USER: Parameter = param("user", "user").doc("The person.");
const SCHEDULE: Parameter =
    param("schedule", "string").fixed().optional().doc("The id of a schedule.");
const POLICY: Parameter =
    param("escalation_policy", "string").fixed().optional().doc("The id of an escalation policy.");
const LEVEL: Parameter =
    param("level", "number").optional().doc("The level of the escalation policy. Absent: any.");
const ROTATION: &[&str] = &["schedule", "escalation_policy"];
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// What every HTTP call takes, a step of kind `http` and the `call` of a strategy alike. Its blocks
/// `auth` and `paginate` stand in the bundle as objects of the same names.
pub const CALL: &[Parameter] = &[
    param("method", "string").one_of(METHODS).doc("The method. `GET` and `HEAD` only read."),
    param("path", "string").doc("What is put behind `base_url`; begins with `/`. What is put in by `${…}` is percent-encoded."),
    param("query", "any").or("{}").doc("Parameters behind `?`. Null ones are left out, a list is sent as several."),
    param("headers", "any").or("{}").doc("Headers, beside those of the integration. Secrets may stand here."),
    param("body", "any").optional().doc("Sent as JSON."),
    param("expect", "list(number)").fixed().optional().doc("The statuses that are no failure. Absent: all of 2xx."),
    param("response_headers", "list(string)").fixed().or("[]").doc("Headers of the answer that are kept, as `steps.<name>.headers`."),
];

/// Every step kind.
pub const STEPS: &[StepKind] = &[
    StepKind {
        name: "aws_lambda",
        doc: "Calls a Lambda function.",
        integration: Some("aws"),
        parameters: &[
            param("function", "string").fixed().doc("The exact ARN of the function, with its version or alias."),
            param("mode", "string").one_of(&["sync", "async"]).or("sync").doc("Whether the answer is waited for. `async` has no output."),
            param("payload", "any").optional().doc("The object that the function is handed. Absent: an empty one."),
            param("reads", "bool").fixed().or("false").doc("Says that the function only reads, and so may be asked where nothing may change."),
        ],
        reads: Reads::Declared,
        repeatable: true,
        output: "T",
        actions: &["lambda:InvokeFunction"],
        built: true,
        ..STEP
    },
    StepKind {
        name: "value",
        doc: "Works out an expression once, and records it under a name.",
        parameters: &[param("value", "any").doc("The expression.")],
        output: "T",
        built: true,
        ..STEP
    },
    StepKind {
        name: "http",
        doc: "Calls a service over HTTP.",
        integration: Some("http"),
        parameters: CALL,
        reads: Reads::ByMethod,
        repeatable: true,
        output: "T",
        ..STEP
    },
    StepKind {
        name: "pagerduty_on_call",
        doc: "Asks whether a person is on call: on a schedule, in an escalation policy, or anywhere.",
        integration: Some("pagerduty"),
        parameters: &[USER, SCHEDULE, POLICY, LEVEL],
        choice: Choice::AtMostOne(ROTATION),
        output: "object({ on_call = bool, until = timestamp? })",
        ..STEP
    },
    StepKind {
        name: "pagerduty_users_on_call",
        doc: "Asks who is on call.",
        integration: Some("pagerduty"),
        parameters: &[SCHEDULE, POLICY, LEVEL],
        choice: Choice::ExactlyOne(ROTATION),
        output: "list(user)",
        ..STEP
    },
    StepKind {
        name: "pagerduty_incidents",
        doc: "Asks for open incidents.",
        integration: Some("pagerduty"),
        parameters: &[
            USER.optional(),
            param("services", "list(string)").fixed().optional().doc("The ids of the services. Absent: all."),
            param("statuses", "list(string)").fixed().or("[\"triggered\", \"acknowledged\"]").doc("The statuses that count."),
            param("urgencies", "list(string)").fixed().or("[\"high\"]").doc("The urgencies that count."),
            param("since", "duration").or("24h").doc("How far back incidents count."),
        ],
        output: "list(object({ id = string, title = string, status = string, urgency = string, at = timestamp }))",
        ..STEP
    },
    StepKind {
        name: "okta_user",
        doc: "Looks a person up in Okta; `output` types the profile.",
        integration: Some("okta"),
        parameters: &[USER],
        output: "object({ id = string, status = string, profile = T })",
        ..STEP
    },
    StepKind {
        name: "okta_user_groups",
        doc: "Asks for the ids of the Okta groups that a person is in.",
        integration: Some("okta"),
        parameters: &[USER],
        output: "list(string)",
        ..STEP
    },
    StepKind {
        name: "okta_group_members",
        doc: "Asks for the members of an Okta group.",
        integration: Some("okta"),
        parameters: &[param("group_id", "string").fixed().doc("The id of the group.")],
        output: "list(user)",
        ..STEP
    },
    StepKind {
        name: "slack_user",
        doc: "Looks a person up in Slack; null where there is none.",
        integration: Some("slack"),
        parameters: &[USER],
        output: "object({ id = string, name = string, active = bool, guest = bool })?",
        ..STEP
    },
    StepKind {
        name: "slack_members",
        doc: "Asks for the members of a Slack channel or user group.",
        integration: Some("slack"),
        parameters: &[
            param("channel", "channel").fixed().optional().doc("A channel, as `channel(\"#ops\")`."),
            param("usergroup", "string").fixed().optional().doc("The id of a user group."),
        ],
        choice: Choice::ExactlyOne(&["channel", "usergroup"]),
        output: "list(user)",
        ..STEP
    },
    StepKind {
        name: "is_member",
        doc: "Asks whether a person is in a group.",
        parameters: &[USER, param("group", "group").doc("The group, as `group.<name>`.")],
        output: "object({ member = bool })",
        ..STEP
    },
    StepKind {
        name: "identity",
        doc: "Looks up who a person is in another service; null where that is not known.",
        parameters: &[param("provider", "string").fixed().doc("The service: the label or the type of an integration, or the `provider` of a strategy."), USER],
        output: "string?",
        ..STEP
    },
    StepKind {
        name: "identity_save",
        doc: "Keeps who a person is in another service, for later requests.",
        parameters: &[param("provider", "string").fixed().doc("The service: the label or the type of an integration, or the `provider` of a strategy."), USER, param("id", "string").doc("The id of the person there.")],
        reads: Reads::Never,
        ..STEP
    },
    StepKind {
        name: "run_history",
        doc: "Counts what a person did in this flow before; this request does not count.",
        parameters: &[
            USER,
            param("event", "string").one_of(&[
                "request",
                "approve",
                "deny",
                "request_expire",
                "escalate",
                "deescalate",
            ]).doc("What is counted."),
            param("since", "duration").optional().doc("How far back events count. Absent: from the first."),
            param("until", "duration").optional().doc("Events that are younger do not count. Absent: all count."),
            param("by", "string").one_of(&["flow", "target"]).or("flow").doc("Whether events of this flow or of this target count."),
            param("include_errored", "bool").fixed().or("false").doc("Whether requests that ended in an error count."),
        ],
        output: "object({ count = number })",
        ..STEP
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_table_is_read() {
        for kind in STEPS {
            assert!(kind.output_of(&Type::Json).is_some(), "{}: {}", kind.name, kind.output);
            for parameter in kind.parameters {
                let is_known =
                    parameter.ty == "any" || notation::parse(parameter.ty, None).is_some();
                assert!(is_known, "{}.{}: {}", kind.name, parameter.name, parameter.ty);
            }
            if let Choice::AtMostOne(names) | Choice::ExactlyOne(names) = kind.choice {
                assert!(names.iter().all(|n| kind.parameter(n).is_some()), "{}", kind.name);
            }
        }
    }
}
