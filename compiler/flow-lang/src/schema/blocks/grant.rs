//! What can be granted and how it is given and taken back.

use super::super::{Attribute, Block, Child, Form, many, one, optional, required, with_default};
use super::{FOR_EACH, NO_CHILDREN, plain};

pub(super) static BLOCKS: &[Block] = &[
    plain(
        "target",
        &["type", "name"],
        &[
            optional("label", Form::Text)
                .doc("What people see. Absent: a readable form of the name."),
            optional("settings", Form::RunTime).takes("map of strings").doc(
                "Texts by name that the strategy is handed with the target. They may read fields \
                 that are bounded by `allowed`, `options` or `pattern`.",
            ),
            optional("each_of", Form::RunTime).takes("list of strings").doc(
                "Makes one target for each element, which the settings read as `item`. All are \
                 granted, or none.",
            ),
            FOR_EACH,
        ],
        NO_CHILDREN,
    )
    .doc("Something that can be granted. The type decides which attributes say what exactly."),
    plain(
        "strategy",
        &["type", "name"],
        &[
            required("integration", Form::Reference)
                .doc("Through which integration it is granted."),
            required("targets", Form::Reference)
                .takes("list of references")
                .doc("What this strategy can grant."),
            optional("provider", Form::Text).doc(
                "Whose id of the person is `identity`. Absent: that of the strategy's type; \
                 `aws_lambda` and `http` take the e-mail address.",
            ),
            with_default("timeout", Form::Duration, "30s").doc(
                "How long one try may take, at most 15m. An end is tried until it is confirmed.",
            ),
            with_default("idempotent", Form::Bool, "false").doc(
                "Giving the access twice does no harm: a try whose fate is not known may be \
                 repeated.",
            ),
            optional("overlap", Form::Word(&["each", "share"])).doc(
                "What two requests of one person for one target do: `each` calls for each of \
                 them, `share` keeps one access that ends with the last request.",
            ),
            optional("on_preexisting", Form::Word(&["keep", "deny", "adopt"])).doc(
                "What is done where the person has the access already: `keep` leaves it at the \
                 end, `deny` ends the request, `adopt` takes it away at the end.",
            ),
            optional("residual", Form::Duration)
                .doc("How long a login may outlive the end; approvers are told."),
            optional("payload", Form::RunTime)
                .takes("object")
                .doc("Only `aws_lambda`: what the function is handed, in place of the contract's."),
            optional("payload_extra", Form::RunTime)
                .takes("object")
                .doc("Only `aws_lambda`: handed to the function beside the contract's payload."),
            FOR_EACH,
        ],
        &[one("escalate"), one("deescalate"), one("identity")],
    )
    .doc("How targets are given and taken back."),
    plain(
        "identity",
        &[],
        &[required("value", Form::RunTime)
            .takes("string")
            .doc("The person's id on the other side.")],
        &[many("step")],
    )
    .doc(
        "How the strategy finds the person's id, where `identities` do not say it. Its steps only \
         read.",
    ),
    plain("escalate", &[], HALF, HALF_CHILDREN).doc("The giving of the access."),
    plain("deescalate", &[], HALF, HALF_CHILDREN)
        .doc("The taking back of the access: tried until it is confirmed."),
    plain(
        "retry",
        &[],
        &[
            with_default("attempts", Form::Count, "3")
                .doc("How many tries in all. Not in `deescalate`, which is tried without end."),
            with_default("backoff", Form::Duration, "1s").doc("The pause after the first failure."),
            with_default("rate", Form::Static, "2")
                .takes("number")
                .doc("By how much each pause is longer than the one before, at least 1."),
            with_default("max_delay", Form::Duration, "30s").doc("The longest pause."),
            with_default("jitter", Form::Bool, "true")
                .doc("Spreads the pauses, so that many callers do not return at once."),
            optional(
                "on",
                Form::Words(&[
                    "throttled",
                    "connect",
                    "timeout",
                    "network",
                    "server_error",
                    "function_error",
                    "bad_response",
                ]),
            )
            .doc(
                "After which failures it is tried again. Absent: `throttled` and `connect`, where \
                 the call certainly did not happen; a call that only reads or is idempotent also \
                 after `network` and `server_error`.",
            ),
            optional("budget", Form::Duration).doc(
                "Only in `deescalate`, 1h: after it the end is marked `stuck` and somebody is \
                 told, while tries go on.",
            ),
        ],
        NO_CHILDREN,
    )
    .doc("How a call is tried again."),
    Block {
        advice: "add `strategy = strategy.<type>.<name>`, or drop the block for an approval-only flow",
        ..plain(
            "grant",
            &[],
            &[
                required("strategy", Form::Reference)
                    .doc("How the access is given and taken back."),
                optional("target", Form::RunTime).takes("target").doc(
                    "What is granted, one of the strategy's targets. Absent: the target that the \
                     form asked for.",
                ),
                optional("targets", Form::RunTime)
                    .takes("list of targets")
                    .doc("Several targets in place of `target`: all are granted, or none."),
                optional("duration", Form::RunTime)
                    .takes("duration")
                    .doc("How long the access lasts. Needed unless `ends = \"on_revoke\"`."),
                optional("max_duration", Form::Duration).doc(
                    "The longest that the access may ever last. Needed unless `ends = \
                     \"on_revoke\"`; above 7d you are asked whether it is meant.",
                ),
                with_default(
                    "ends",
                    Form::Word(&["after_duration", "on_revoke"]),
                    "after_duration",
                )
                .doc("Whether the access ends by itself, or only when a person revokes it."),
                optional("standing_reason", Form::Text)
                    .doc("Why access that only a revoke ends is right here."),
                with_default("revocable", Form::Bool, "true")
                    .doc("Whether people may end the access before its time."),
            ],
            &[one("extend")],
        )
        .doc(
            "What an approved request gives. Without this block the decision itself is the \
             product.",
        )
    },
    plain(
        "extend",
        &[],
        &[
            required("max_times", Form::Count).doc("How often it may be made longer."),
            required("max_total", Form::Duration)
                .doc("How long it may last in all, counted from the beginning."),
            optional("approval", Form::RunTime).takes("\"same\", \"none\" or a stage").doc(
                "Who approves that. Absent or `same`: the stages of the request, once more; \
                 `none`: nobody, which needs `allow_auto_approval`.",
            ),
        ],
        NO_CHILDREN,
    )
    .doc("Lets people make the access longer while it stands. What is granted stays the same."),
];

static HALF: &[Attribute] = &[
    optional("body", Form::Type)
        .doc("Type of the `body` that is answered; a Lambda's only where `errors` is empty."),
    optional("success", Form::RunTime).takes("bool").doc(
        "Only `http`: whether the answer, `response`, says that it was done. Absent: its status \
         says it.",
    ),
];

static HALF_CHILDREN: &[Child] = &[one("retry"), many("step"), one("call"), one("poll")];
