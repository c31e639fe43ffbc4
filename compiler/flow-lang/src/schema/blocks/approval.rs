//! Stages: who decides, who hears.

use super::super::{Block, Form, many, optional, required, with_default};
use super::{NO_CHILDREN, plain};

pub(super) static BLOCKS: &[Block] = &[
    plain(
        "approval",
        &["name"],
        &[
            optional("approvers", Form::RunTime).takes("set of people").doc(
                "Who may approve and deny: a user, a group, a list of users or a set of people. \
                 The requester never may, unless `allow_self`.",
            ),
            with_default("quorum", Form::RunTime, "1")
                .takes("number")
                .doc("How many of them must approve."),
            with_default("distinct", Form::Bool, "true")
                .doc("Whether a person who fits several rules counts for one of them only."),
            with_default("denials", Form::Count, "1").doc("How many denials end the request."),
            with_default("when", Form::RunTime, "true")
                .takes("bool")
                .doc("Whether the stage is needed, worked out when it opens."),
            optional("after", Form::Reference).takes("list of references").doc(
                "The stages that must be met before this one opens. Absent: the stage above; `[]`: \
                 it opens at once, beside the others.",
            ),
            with_default("allow_self", Form::Bool, "false")
                .doc("Whether people may decide about their own requests."),
            with_default("ask_comment", Form::Word(&["no", "optional", "required"]), "no")
                .doc("Whether a decision takes a comment; read as `approval.<name>.comment`."),
            optional("refusal", Form::RunTime)
                .takes("string")
                .doc("What is said to somebody who clicks and may not decide."),
            with_default("timeout", Form::Duration, "72h")
                .doc("How long the stage stays open, at most 30d."),
            with_default("on_timeout", Form::Word(&["expire", "skip", "fallback"]), "expire").doc(
                "What happens when nobody decided in time: the request ends (`expire`), the stage \
                 counts as met (`skip`), or `fallback_approvers` take over for one more timeout.",
            ),
            optional("fallback_approvers", Form::RunTime).takes("set of people").doc(
                "Who takes over after a timeout, and where `approvers` turns out to be nobody.",
            ),
            optional("remind_every", Form::Duration).doc("The pause between reminders."),
        ],
        &[many("rule"), many("notify"), many("route")],
    )
    .doc(
        "A stage: people who must approve before the request goes on. Stages open one after the \
         other, in the order written, unless `after` says otherwise.",
    ),
    plain(
        "rule",
        &["name"],
        &[
            required("approvers", Form::RunTime)
                .takes("set of people")
                .doc("Who may approve for this rule."),
            with_default("quorum", Form::RunTime, "1")
                .takes("number")
                .doc("How many of them must approve."),
        ],
        NO_CHILDREN,
    )
    .doc("One of several rules of a stage; all must be met."),
    plain(
        "notify",
        &[],
        &[
            required("to", Form::RunTime)
                .takes("people or channel")
                .doc("Who hears: a channel, a user, a group or a set of people."),
            optional("text", Form::RunTime)
                .takes("string")
                .doc("What is said. What is put in by `${…}` is escaped for the medium."),
            optional("message", Form::Reference)
                .doc("A `message` that is said in place of `text`."),
            optional("args", Form::RunTime).takes("object").doc("The arguments of `message`."),
            with_default("when", Form::RunTime, "true")
                .takes("bool")
                .doc("Whether anything is said."),
            with_default("thread", Form::Bool, "false")
                .doc("Whether it is said under the card of the request."),
        ],
        NO_CHILDREN,
    )
    .doc("Tells people something. In a stage it sends them the card with the buttons."),
    plain(
        "route",
        &["name"],
        &[
            required("to", Form::RunTime)
                .takes("people or channel")
                .doc("Who hears: a channel, a user, a group or a set of people."),
            optional("text", Form::RunTime)
                .takes("string")
                .doc("What is said. Absent: the card's own words."),
            optional("message", Form::Reference)
                .doc("A `message` that is said in place of `text`."),
            optional("args", Form::RunTime).takes("object").doc("The arguments of `message`."),
            optional("timeout", Form::Duration).doc("How long before the next route is tried."),
            optional("next_on", Form::Words(&["delivery_failure", "timeout"])).doc(
                "What makes the next route be tried. Absent: a delivery that failed, and the \
                 `timeout` where there is one.",
            ),
        ],
        NO_CHILDREN,
    )
    .doc("Where the card goes, tried in order. It says who hears, never who may decide."),
];
