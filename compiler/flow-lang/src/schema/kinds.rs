//! The types of integrations, targets, strategies and steps, with their own attributes.

use super::{Attribute, Form, optional, required, with_default};

/// Which blocks have types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Integration,
    Target,
    Strategy,
    Step,
}

/// One type of a block.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) family: Family,
    pub(crate) word: &'static str,
    pub(crate) attributes: &'static [Attribute],
    /// Strategy and step: the type of integration that it calls. Target: the strategy that grants it.
    pub(crate) through: Option<&'static str>,
    /// Part of the language that this compiler does not know yet.
    pub(crate) later: bool,
}

/// The type of this name.
pub(crate) fn kind(family: Family, word: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.family == family && k.word == word)
}

/// Every type of a family.
pub(crate) fn kinds_of(family: Family) -> impl Iterator<Item = &'static Kind> + Clone {
    KINDS.iter().filter(move |k| k.family == family)
}

const fn integration(word: &'static str, attributes: &'static [Attribute]) -> Kind {
    Kind { family: Family::Integration, word, attributes, through: None, later: false }
}

const fn target(
    word: &'static str,
    strategy: &'static str,
    attributes: &'static [Attribute],
) -> Kind {
    Kind { family: Family::Target, word, attributes, through: Some(strategy), later: false }
}

const fn strategy(
    word: &'static str,
    through: &'static str,
    attributes: &'static [Attribute],
) -> Kind {
    Kind { family: Family::Strategy, word, attributes, through: Some(through), later: false }
}

const fn later(family: Family, word: &'static str) -> Kind {
    Kind { family, word, attributes: &[], through: None, later: true }
}

static KINDS: &[Kind] = &[
    integration("slack", &[required("workspace", Form::Text), required("bot_token", Form::Secret)]),
    integration("aws", &[required("region", Form::Text), optional("role_arn", Form::Text)]),
    integration(
        "pagerduty",
        &[required("api_token", Form::Secret), with_default("region", Form::Text, "us")],
    ),
    integration(
        "okta",
        &[
            required("domain", Form::Text),
            optional("api_token", Form::Secret),
            optional("client_id", Form::Text),
            optional("private_key", Form::Secret),
        ],
    ),
    integration(
        "github",
        &[
            required("organization", Form::Text),
            optional("token", Form::Secret),
            optional("app_id", Form::Text),
            optional("installation_id", Form::Text),
            optional("private_key", Form::Secret),
            optional("base_url", Form::Text),
        ],
    ),
    later(Family::Integration, "http"),
    target("aws_lambda_function", "aws_lambda", &[required("function", Form::Static)]),
    target(
        "aws_sso_permission_set",
        "aws_sso",
        &[required("permission_set_arn", Form::Static), required("account_id", Form::RunTime)],
    ),
    target("aws_sso_group", "aws_sso", &[required("group_id", Form::RunTime)]),
    target("aws_iam_group", "aws_iam", &[required("group", Form::RunTime)]),
    target("okta_group", "okta_group", &[required("group_id", Form::RunTime)]),
    target(
        "github_repo",
        "github",
        &[required("repo", Form::RunTime), required("permission", Form::Static)],
    ),
    target(
        "github_team",
        "github",
        &[required("team", Form::RunTime), required("role", Form::Static)],
    ),
    later(Family::Target, "http"),
    strategy("aws_lambda", "aws", &[]),
    strategy("aws_iam", "aws", &[]),
    strategy("okta_group", "okta", &[]),
    strategy("github", "github", &[]),
    // Its `instance_arn` has no place in a bundle of this format yet.
    later(Family::Strategy, "aws_sso"),
    later(Family::Strategy, "http"),
    Kind {
        family: Family::Step,
        word: "aws_lambda",
        attributes: &[
            required("function", Form::Static),
            with_default("mode", Form::Word(&["sync", "async"]), "sync"),
            optional("payload", Form::RunTime),
            with_default("reads", Form::Bool, "false"),
        ],
        through: Some("aws"),
        later: false,
    },
    Kind {
        family: Family::Step,
        word: "value",
        attributes: &[required("value", Form::RunTime)],
        through: None,
        later: false,
    },
    later(Family::Step, "http"),
    later(Family::Step, "pagerduty_on_call"),
    later(Family::Step, "pagerduty_users_on_call"),
    later(Family::Step, "pagerduty_incidents"),
    later(Family::Step, "okta_user"),
    later(Family::Step, "okta_user_groups"),
    later(Family::Step, "okta_group_members"),
    later(Family::Step, "slack_user"),
    later(Family::Step, "slack_members"),
    later(Family::Step, "is_member"),
    later(Family::Step, "identity"),
    later(Family::Step, "identity_save"),
    later(Family::Step, "run_history"),
];
