//! The types of integrations, targets and strategies, with their own attributes. Those of HTTP have
//! a file of their own; the kinds of steps stand in the catalog of `flow-bundle`.

use super::{Attribute, Child, Form, calls, optional, required, steps, with_default};

/// Which blocks have types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Integration,
    Auth,
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
    /// Blocks that only this type takes.
    pub(crate) children: &'static [Child],
    /// Strategy and step: the type of integration that it calls. Target: the strategy that grants it.
    pub(crate) through: Option<&'static str>,
    /// What it is for, in whole sentences.
    pub(crate) doc: &'static str,
}

impl Kind {
    pub(super) const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }
}

/// The type of this name.
pub(crate) fn kind(family: Family, word: &str) -> Option<&'static Kind> {
    kinds_of(family).find(|k| k.word == word)
}

/// Every type of a family.
pub(crate) fn kinds_of(family: Family) -> impl Iterator<Item = &'static Kind> + Clone {
    kinds().filter(move |k| k.family == family)
}

/// Every type of every family.
pub(super) fn kinds() -> impl Iterator<Item = &'static Kind> + Clone {
    KINDS.iter().chain(calls::KINDS).chain(steps::kinds())
}

pub(super) const fn kind_of(
    family: Family,
    word: &'static str,
    attributes: &'static [Attribute],
) -> Kind {
    Kind { family, word, attributes, children: &[], through: None, doc: "" }
}

pub(super) const fn integration(word: &'static str, attributes: &'static [Attribute]) -> Kind {
    kind_of(Family::Integration, word, attributes)
}

const fn target(
    word: &'static str,
    strategy: &'static str,
    attributes: &'static [Attribute],
) -> Kind {
    Kind { through: Some(strategy), ..kind_of(Family::Target, word, attributes) }
}

const fn strategy(
    word: &'static str,
    through: &'static str,
    attributes: &'static [Attribute],
) -> Kind {
    Kind { through: Some(through), ..kind_of(Family::Strategy, word, attributes) }
}

static KINDS: &[Kind] = &[
    integration(
        "slack",
        &[
            required("workspace", Form::Text).doc("The id of the workspace, as `T123ABCDE`."),
            required("bot_token", Form::Secret)
                .doc("The token of the bot that is installed there."),
        ],
    )
    .doc("A Slack workspace: cards, messages and groups of people."),
    integration(
        "aws",
        &[
            required("region", Form::Text).doc("The region that is called, as `us-east-1`."),
            optional("role_arn", Form::Text).doc(
                "The role that the daemon must assume: Terraform then makes exactly this one, or \
                 fails the plan.",
            ),
        ],
    )
    .doc("An AWS account in one region. Its rights are made by Terraform from what is called."),
    integration(
        "pagerduty",
        &[
            required("api_token", Form::Secret).doc("A read-only token of the account."),
            with_default("region", Form::Word(&["us", "eu"]), "us").doc("Where the account lives."),
        ],
    )
    .doc("A PagerDuty account: who is on call, and which incidents are open."),
    integration(
        "okta",
        &[
            required("domain", Form::Text).doc("The host of the organization, as `acme.okta.com`."),
            optional("api_token", Form::Secret)
                .doc("An API token. Either this, or `client_id` and `private_key`."),
            optional("client_id", Form::Text).doc("The id of a service app."),
            optional("private_key", Form::Secret).doc("The key of the service app."),
        ],
    )
    .doc("An Okta organization: its people and groups."),
    integration(
        "github",
        &[
            required("organization", Form::Text).doc("The name of the organization."),
            optional("token", Form::Secret)
                .doc("A token. Either this, or `app_id`, `installation_id` and `private_key`."),
            optional("app_id", Form::Text).doc("The id of a GitHub App."),
            optional("installation_id", Form::Text).doc("The id of its installation."),
            optional("private_key", Form::Secret).doc("The key of the App."),
            optional("base_url", Form::Text)
                .doc("The API of a GitHub Enterprise server. Absent: github.com."),
        ],
    )
    .doc("A GitHub organization: its repositories and teams."),
    target(
        "aws_lambda_function",
        "aws_lambda",
        &[required("function", Form::Static).takes("string").doc(
            "The exact ARN of the function, with its version or alias: the IAM grant is made for \
             exactly this one.",
        )],
    )
    .doc("Whatever a Lambda function gives and takes back."),
    target(
        "aws_sso_permission_set",
        "aws_sso",
        &[
            required("permission_set_arn", Form::Static)
                .takes("string")
                .doc("The ARN of the permission set."),
            required("account_id", Form::RunTime)
                .takes("string")
                .doc("The id of the account, twelve digits."),
        ],
    )
    .doc("A permission set of IAM Identity Center on one account."),
    target(
        "aws_sso_group",
        "aws_sso",
        &[required("group_id", Form::RunTime).takes("string").doc("The id of the group.")],
    )
    .doc("Membership in a group of IAM Identity Center."),
    target(
        "aws_iam_group",
        "aws_iam",
        &[required("group", Form::RunTime).takes("string").doc("The name of the group.")],
    )
    .doc("Membership in an IAM group."),
    target(
        "okta_group",
        "okta_group",
        &[required("group_id", Form::RunTime)
            .takes("string")
            .doc("The id of the group, as `00g1abcd`.")],
    )
    .doc("Membership in an Okta group."),
    target(
        "github_repo",
        "github",
        &[
            required("repo", Form::RunTime).takes("string").doc("The name of the repository."),
            required("permission", Form::Static)
                .takes("string")
                .doc("What may be done there, as `push` or `admin`."),
        ],
    )
    .doc("A permission on a repository."),
    target(
        "github_team",
        "github",
        &[
            required("team", Form::RunTime).takes("string").doc("The slug of the team."),
            required("role", Form::Word(&["member", "maintainer"])).doc("The role in it."),
        ],
    )
    .doc("Membership in a team."),
    target("http", "http", &[])
        .doc("Whatever an HTTP service gives; what it means stands in `settings`."),
    strategy("aws_lambda", "aws", &[])
        .doc("A Lambda function gives the access and takes it back, by the Lambda contract."),
    strategy("aws_iam", "aws", &[]).doc("Puts a person into an IAM group, and takes them out."),
    strategy("okta_group", "okta", &[])
        .doc("Puts a person into an Okta group, and takes them out."),
    strategy("github", "github", &[])
        .doc("Gives a person a permission on a repository or a place in a team."),
    strategy(
        "aws_sso",
        "aws",
        &[required("instance_arn", Form::Text).doc("The ARN of the instance.")],
    )
    .doc(
        "Assigns a permission set of IAM Identity Center to a person, or puts them into a group \
         there, and takes it back.",
    ),
    strategy("http", "http", &[]).doc(
        "A service over HTTP: two calls, one that gives the access and one that takes it back.",
    ),
];
