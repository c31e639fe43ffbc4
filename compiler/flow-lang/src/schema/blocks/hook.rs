//! Hooks: what happens at a moment of a request's life.

use super::super::{Block, Form, many, one, optional, required, with_default};
use super::{NO_ATTRIBUTES, NO_CHILDREN, plain};

pub(super) static BLOCKS: &[Block] = &[
    plain(
        "hook",
        &["event"],
        NO_ATTRIBUTES,
        &[many("step"), many("decision"), many("notify"), many("fail")],
    )
    .doc(
        "Statements that run at a moment of a request's life, in the order written. `on_…` runs \
         before the moment and may decide, `after_…` runs behind it and cannot change it.",
    ),
    plain(
        "step",
        &["kind", "name"],
        &[
            optional("integration", Form::Reference)
                .doc("Through which integration. Absent: the only one that fits."),
            with_default("when", Form::RunTime, "true")
                .takes("bool")
                .doc("Whether the step runs; else it is skipped."),
            with_default("timeout", Form::Duration, "10s")
                .doc("How long all tries may take: at most 60s in `on_…` hooks, 15m elsewhere."),
            optional("on_error", Form::Word(&["fail", "continue", "deny", "ignore"])).doc(
                "What a failure does: `fail` ends the request errored, `continue` goes on (then \
                 read `steps.<name>.ok` before the output), `deny` denies it, `ignore` refuses \
                 this click or form. Absent: as the hook says.",
            ),
            with_default("idempotent", Form::Bool, "false")
                .doc("Doing it twice does no harm: a try whose fate is not known may be repeated."),
            optional("output", Form::Type).doc(
                "Type of the answer; read as `steps.<name>.output`. `none`: made for its effect, \
                 nothing to read.",
            ),
        ],
        &[one("retry")],
    )
    .doc(
        "Asks or does something outside, once, and records the answer; read as `steps.<name>`. The \
         kind decides which attributes it takes.",
    ),
    plain(
        "decision",
        &["word"],
        &[
            with_default("when", Form::RunTime, "true").takes("bool").doc("Whether it decides."),
            optional("reason", Form::RunTime)
                .takes("string")
                .doc("Why: shown to people and audited."),
            optional("message", Form::RunTime)
                .takes("string")
                .doc("Only `ignore`: what is said to the person who acted."),
        ],
        NO_CHILDREN,
    )
    .doc(
        "The flow itself decides: `approve`, `deny`, or `ignore`, which changes nothing. The first \
         that is true wins.",
    ),
    plain(
        "fail",
        &[],
        &[
            with_default("when", Form::RunTime, "true").takes("bool").doc("Whether it fails."),
            required("message", Form::RunTime)
                .takes("string")
                .doc("Why: said to the requester and to the error channel."),
        ],
        NO_CHILDREN,
    )
    .doc("Ends the request as errored."),
];
