//! The world outside: secrets, integrations, environments, groups of people, messages.

use super::super::{Block, Form, optional, required, with_default};
use super::{FOR_EACH, NO_CHILDREN, plain};

pub(super) static BLOCKS: &[Block] = &[
    plain(
        "secret",
        &["name"],
        &[optional("description", Form::Text)
            .doc("What it is, for the person who gives the daemon its source.")],
        NO_CHILDREN,
    )
    .doc(
        "The name of a secret; read as `secret.<name>` in credentials. Its value is in no bundle: \
         the daemon's configuration says where it comes from.",
    ),
    plain("integration", &["type", "name"], &[FOR_EACH], NO_CHILDREN).doc(
        "A connection to a service. The type decides which attributes it takes; credentials are \
         secrets.",
    ),
    plain(
        "environment",
        &["name"],
        &[
            with_default("integrations", Form::Reference, "[]")
                .takes("list of references")
                .doc("The integrations that flows of this environment may call."),
            optional("error_channel", Form::Static).takes("channel or user").doc(
                "The channel or user that hears of errors; read as `env.error_channel`. Absent: \
                 the admins' message log.",
            ),
            with_default("vars", Form::Static, "{}")
                .takes("map of strings")
                .doc("Texts that differ between environments; read as `env.vars`."),
            FOR_EACH,
        ],
        NO_CHILDREN,
    )
    .doc("Where flows live: what they may call, and who hears when something fails."),
    plain(
        "group",
        &["name"],
        &[
            optional("members", Form::Static)
                .takes("list of users")
                .doc("The people, as `[user(\"ana@acme.example\")]`."),
            optional("from_okta", Form::Text)
                .doc("The id of an Okta group. Its members are read at each decision."),
            optional("from_aws_sso", Form::Text).doc(
                "The id of an IAM Identity Center group. Its members are read at each decision.",
            ),
            optional("from_slack_usergroup", Form::Text)
                .doc("The id of a Slack user group. Its members are read at each decision."),
            optional("from_slack_channel", Form::Text)
                .doc("The id of a Slack channel. Its members are read at each decision."),
            optional("from_pagerduty_schedule", Form::Text)
                .doc("The id of a PagerDuty schedule. Who is on call is read at each decision."),
            optional("integration", Form::Reference)
                .doc("Which integration answers for `from_…`. Absent: the only one of that type."),
            with_default("minimum", Form::Count, "1").doc(
                "How many people a `from_…` group promises to have: quorums are checked against \
                 it, and a smaller group raises an alarm.",
            ),
            FOR_EACH,
        ],
        NO_CHILDREN,
    )
    .doc(
        "A set of people by name; read as `group.<name>`. Exactly one of `members` and the \
         `from_…` attributes says who they are.",
    ),
    plain(
        "message",
        &["name"],
        &[
            optional("args", Form::Type)
                .doc("The arguments and their types, as `{ risk = number }`; read as `args.<n>`."),
            required("text", Form::RunTime)
                .takes("string")
                .doc("What is said. What is put in by `${…}` is escaped for the medium."),
        ],
        NO_CHILDREN,
    )
    .doc("A text with arguments that several places say."),
];
