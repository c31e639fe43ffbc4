//! The blocks, outermost first.

use super::{
    Attribute, Block, Child, Form, later, many, must, not_yet, one, optional, required,
    with_default,
};

const NO_ATTRIBUTES: &[Attribute] = &[];
const NO_CHILDREN: &[Child] = &[];

/// The words that may stand outermost, those of later versions of the compiler included.
pub(crate) const TOP_LEVEL: &[&str] = &[
    "bundle",
    "variable",
    "locals",
    "secret",
    "integration",
    "environment",
    "group",
    "target",
    "strategy",
    "message",
    "flow",
    "identities",
    "function",
    "module",
    "output",
    "check",
    "moved",
];

/// The table of this block; none for a word that is no block, or one of a later compiler.
pub(crate) fn block(word: &str) -> Option<&'static Block> {
    BLOCKS.iter().find(|b| b.word == word)
}

const fn plain(
    word: &'static str,
    labels: &'static [&'static str],
    attributes: &'static [Attribute],
    children: &'static [Child],
) -> Block {
    Block { word, labels, attributes, children, free: false, advice: "" }
}

static BLOCKS: &[Block] = &[
    plain(
        "bundle",
        &["name"],
        &[
            required("language", Form::Count),
            optional("name", Form::Text),
            optional("required_runtime", Form::Text),
        ],
        NO_CHILDREN,
    ),
    plain(
        "variable",
        &["name"],
        &[
            required("type", Form::Type),
            optional("default", Form::Static),
            optional("description", Form::Text),
            with_default("sensitive", Form::Bool, "false"),
        ],
        &[many("validation")],
    ),
    plain(
        "validation",
        &[],
        &[required("condition", Form::Static), required("error_message", Form::Text)],
        NO_CHILDREN,
    ),
    plain("check", &["name"], NO_ATTRIBUTES, &[must("assert")]),
    plain(
        "assert",
        &[],
        &[required("condition", Form::Static), required("error_message", Form::Text)],
        NO_CHILDREN,
    ),
    Block {
        word: "locals",
        labels: &[],
        attributes: NO_ATTRIBUTES,
        children: NO_CHILDREN,
        free: true,
        advice: "",
    },
    plain("secret", &["name"], &[optional("description", Form::Text)], NO_CHILDREN),
    plain("integration", &["type", "name"], &[later("for_each")], &[not_yet("auth")]),
    plain(
        "environment",
        &["name"],
        &[
            with_default("integrations", Form::Reference, "[]"),
            optional("error_channel", Form::Static),
            with_default("vars", Form::Static, "{}"),
            later("for_each"),
        ],
        NO_CHILDREN,
    ),
    plain(
        "group",
        &["name"],
        &[
            optional("members", Form::Static),
            optional("from_okta", Form::Text),
            optional("from_aws_sso", Form::Text),
            optional("from_slack_usergroup", Form::Text),
            optional("from_slack_channel", Form::Text),
            optional("from_pagerduty_schedule", Form::Text),
            optional("integration", Form::Reference),
            with_default("minimum", Form::Count, "1"),
            later("for_each"),
        ],
        NO_CHILDREN,
    ),
    plain(
        "target",
        &["type", "name"],
        &[
            optional("label", Form::Text),
            optional("settings", Form::RunTime),
            later("each_of"),
            later("for_each"),
        ],
        NO_CHILDREN,
    ),
    plain(
        "strategy",
        &["type", "name"],
        &[
            required("integration", Form::Reference),
            required("targets", Form::Reference),
            optional("provider", Form::Text),
            with_default("timeout", Form::Duration, "30s"),
            with_default("idempotent", Form::Bool, "false"),
            optional("overlap", Form::Word(&["each", "share"])),
            optional("on_preexisting", Form::Word(&["keep", "deny", "adopt"])),
            optional("residual", Form::Duration),
            optional("payload", Form::RunTime),
            optional("payload_extra", Form::RunTime),
            later("for_each"),
        ],
        &[one("escalate"), one("deescalate"), not_yet("identity")],
    ),
    plain("escalate", &[], HALF, HALF_CHILDREN),
    plain("deescalate", &[], HALF, HALF_CHILDREN),
    plain(
        "retry",
        &[],
        &[
            with_default("attempts", Form::Count, "3"),
            with_default("backoff", Form::Duration, "1s"),
            with_default("rate", Form::Static, "2"),
            with_default("max_delay", Form::Duration, "30s"),
            with_default("jitter", Form::Bool, "true"),
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
            ),
            optional("budget", Form::Duration),
        ],
        NO_CHILDREN,
    ),
    plain(
        "message",
        &["name"],
        &[optional("args", Form::Type), required("text", Form::RunTime)],
        NO_CHILDREN,
    ),
    plain(
        "flow",
        &["name"],
        &[
            optional("label", Form::Text),
            optional("description", Form::Text),
            optional("environment", Form::Reference),
            with_default("enabled", Form::Bool, "true"),
            optional("sources", Form::Words(&["slack", "api", "web"])),
            with_default("allow_auto_approval", Form::Bool, "false"),
            optional("context", Form::Type),
            with_default("retention", Form::Duration, "400d"),
            later("for_each"),
        ],
        &[one("prompt"), must("permissions"), many("hook"), many("approval"), one("grant")],
    ),
    plain("prompt", &[], &[optional("header", Form::RunTime)], &[many("field")]),
    plain(
        "field",
        &["name"],
        &[
            required("type", Form::Type),
            optional("label", Form::RunTime),
            optional("help", Form::Text),
            with_default("required", Form::RunTime, "true"),
            with_default("visible", Form::RunTime, "true"),
            optional("default", Form::RunTime),
            optional("allowed", Form::RunTime),
            optional("min_length", Form::Count),
            optional("max_length", Form::Count),
            optional("pattern", Form::Text),
            optional("min", Form::Static),
            optional("max", Form::Static),
            with_default("integer", Form::Bool, "false"),
            optional("min_items", Form::Count),
            optional("max_items", Form::Count),
        ],
        &[not_yet("options")],
    ),
    Block {
        advice: "add `permissions { request = members }`: who may ask must be said",
        ..plain(
            "permissions",
            &[],
            &[
                required("request", Form::RunTime),
                with_default("view", Form::RunTime, "admins"),
                with_default("decide", Form::RunTime, "members"),
                with_default("revoke", Form::RunTime, "admins"),
                with_default("list", Form::RunTime, "true"),
            ],
            NO_CHILDREN,
        )
    },
    plain(
        "approval",
        &["name"],
        &[
            optional("approvers", Form::RunTime),
            with_default("quorum", Form::RunTime, "1"),
            with_default("distinct", Form::Bool, "true"),
            with_default("denials", Form::Count, "1"),
            with_default("when", Form::RunTime, "true"),
            optional("after", Form::Reference),
            with_default("allow_self", Form::Bool, "false"),
            with_default("ask_comment", Form::Word(&["no", "optional", "required"]), "no"),
            optional("refusal", Form::RunTime),
            with_default("timeout", Form::Duration, "72h"),
            with_default("on_timeout", Form::Word(&["expire", "skip", "fallback"]), "expire"),
            optional("fallback_approvers", Form::RunTime),
            optional("remind_every", Form::Duration),
        ],
        &[many("rule"), many("notify"), many("route")],
    ),
    plain(
        "rule",
        &["name"],
        &[required("approvers", Form::RunTime), with_default("quorum", Form::RunTime, "1")],
        NO_CHILDREN,
    ),
    plain(
        "notify",
        &[],
        &[
            required("to", Form::RunTime),
            optional("text", Form::RunTime),
            optional("message", Form::Reference),
            optional("args", Form::RunTime),
            with_default("when", Form::RunTime, "true"),
            with_default("thread", Form::Bool, "false"),
        ],
        NO_CHILDREN,
    ),
    plain(
        "route",
        &["name"],
        &[
            required("to", Form::RunTime),
            optional("text", Form::RunTime),
            optional("message", Form::Reference),
            optional("args", Form::RunTime),
            optional("timeout", Form::Duration),
            optional("next_on", Form::Words(&["delivery_failure", "timeout"])),
        ],
        NO_CHILDREN,
    ),
    plain(
        "hook",
        &["event"],
        NO_ATTRIBUTES,
        &[many("step"), many("decision"), many("notify"), many("fail")],
    ),
    plain(
        "step",
        &["kind", "name"],
        &[
            optional("integration", Form::Reference),
            with_default("when", Form::RunTime, "true"),
            with_default("timeout", Form::Duration, "10s"),
            optional("on_error", Form::Word(&["fail", "continue", "deny", "ignore"])),
            with_default("idempotent", Form::Bool, "false"),
            optional("output", Form::Type),
        ],
        &[one("retry")],
    ),
    plain(
        "decision",
        &["word"],
        &[
            with_default("when", Form::RunTime, "true"),
            optional("reason", Form::RunTime),
            optional("message", Form::RunTime),
        ],
        NO_CHILDREN,
    ),
    plain(
        "fail",
        &[],
        &[with_default("when", Form::RunTime, "true"), required("message", Form::RunTime)],
        NO_CHILDREN,
    ),
    Block {
        advice: "add `strategy = strategy.<type>.<name>`, or drop the block for an approval-only flow",
        ..plain(
            "grant",
            &[],
            &[
                required("strategy", Form::Reference),
                optional("target", Form::RunTime),
                optional("targets", Form::RunTime),
                optional("duration", Form::RunTime),
                optional("max_duration", Form::Duration),
                with_default(
                    "ends",
                    Form::Word(&["after_duration", "on_revoke"]),
                    "after_duration",
                ),
                optional("standing_reason", Form::Text),
                with_default("revocable", Form::Bool, "true"),
            ],
            &[not_yet("extend")],
        )
    },
];

const HALF: &[Attribute] = &[optional("body", Form::Type), later("success")];

const HALF_CHILDREN: &[Child] = &[one("retry"), not_yet("step"), not_yet("call"), not_yet("poll")];
