//! A flow: its form, and who may do what.

use super::super::{Block, Form, many, must, one, optional, required, with_default};
use super::{FOR_EACH, NO_CHILDREN, plain};

pub(super) static BLOCKS: &[Block] = &[
    plain(
        "flow",
        &["name"],
        &[
            optional("label", Form::Text)
                .doc("What people see. Absent: a readable form of the name."),
            optional("description", Form::Text).doc("What the flow is for, shown with the form."),
            optional("environment", Form::Reference)
                .doc("Where the flow lives. Absent: the only environment, or none at all."),
            with_default("enabled", Form::Bool, "true")
                .doc("Whether requests are taken. A disabled flow cancels what still waits."),
            optional("sources", Form::Words(&["slack", "api", "web"]))
                .doc("Where requests may come from. Absent: from everywhere."),
            with_default("allow_auto_approval", Form::Bool, "false").doc(
                "Says that something may be granted without a person: true exactly where a hook \
                 decides `approve`.",
            ),
            optional("context", Form::Type)
                .doc("Type of `request.context`, what a program hands in with a request."),
            with_default("retention", Form::Duration, "400d")
                .doc("How long an ended request is kept."),
            FOR_EACH,
        ],
        &[
            one("prompt"),
            must("permissions"),
            many("hook"),
            many("approval"),
            one("break_glass"),
            one("grant"),
        ],
    )
    .doc("A process that people ask for: a form, who decides, what is granted and what is told."),
    plain(
        "break_glass",
        &[],
        &[
            required("reason", Form::RunTime).takes("field").doc(
                "The field in which the person says why: a required text, `request.fields.<name>`.",
            ),
            optional("announce", Form::Static)
                .takes("people or channel")
                .doc("Who hears of each use, beside the error channel."),
        ],
        NO_CHILDREN,
    )
    .doc(
        "An emergency way past people: whoever may ask has the access at once, for four hours at \
         most. Each use is announced, which nothing can switch off, and audited under its own name.",
    ),
    plain(
        "prompt",
        &[],
        &[optional("header", Form::RunTime)
            .takes("string")
            .doc("A text above the fields of the form.")],
        &[many("field")],
    )
    .doc("The form that a person fills in. Fields are asked in the order written."),
    plain(
        "field",
        &["name"],
        &[
            required("type", Form::Type).doc(
                "`string`, `number`, `bool`, `duration`, `timestamp`, `user`, `target`, or a list \
                 of strings, numbers, users or targets.",
            ),
            optional("label", Form::RunTime)
                .takes("string")
                .doc("What people see. Absent: the name."),
            optional("help", Form::Text).doc("A hint beside the field."),
            with_default("required", Form::RunTime, "true")
                .takes("bool")
                .doc("Whether it must be filled in, while it is visible."),
            with_default("visible", Form::RunTime, "true").takes("bool").doc(
                "Whether it is asked, depending on the fields above it. A field that may be \
                 invisible may be null.",
            ),
            optional("default", Form::RunTime)
                .takes("value of that type")
                .doc("What stands in it at first, recomputed until the person touches it."),
            optional("allowed", Form::RunTime).takes("list").doc(
                "The values to choose from: a list, or `strategy.<type>.<name>.targets`. A list of \
                 texts that is known at build closes the type.",
            ),
            optional("min_length", Form::Count).doc("The fewest characters of a text."),
            optional("max_length", Form::Count).doc("The most characters of a text."),
            optional("pattern", Form::Text)
                .doc("A regular expression that the whole text must match."),
            optional("min", Form::Static)
                .takes("number or duration")
                .doc("The smallest number, or the shortest duration."),
            optional("max", Form::Static)
                .takes("number or duration")
                .doc("The largest number, or the longest duration."),
            with_default("integer", Form::Bool, "false").doc("Only whole numbers."),
            optional("min_items", Form::Count).doc("The fewest elements of a list."),
            optional("max_items", Form::Count).doc("The most elements of a list."),
        ],
        &[one("options")],
    )
    .doc(
        "One question of the form; read as `request.fields.<name>`. The names `target` and \
         `duration` are for fields of these types.",
    ),
    plain(
        "options",
        &[],
        &[
            required("values", Form::RunTime).takes("list of { value, label }").doc(
                "What can be chosen, made of what the steps answer. A label has 75 characters at \
                 most, a value 150; 100 are shown.",
            ),
            with_default("cache", Form::Duration, "0s").doc(
                "How long the form may show an answer again. When the request arrives the steps \
                 are asked in any case.",
            ),
        ],
        &[many("step")],
    )
    .doc("The values of a field, fetched by steps that only read."),
    Block {
        advice: "add `permissions { request = members }`: who may ask must be said",
        ..plain(
            "permissions",
            &[],
            &[
                required("request", Form::RunTime).takes("set of people").doc("Who may ask."),
                with_default("view", Form::RunTime, "admins")
                    .takes("set of people")
                    .doc("Who may look at requests. Requester and approvers always may."),
                with_default("decide", Form::RunTime, "members").takes("set of people").doc(
                    "Who may decide at all: an approver outside of it cannot. `union(members, \
                     guests)` lets guests decide.",
                ),
                with_default("revoke", Form::RunTime, "admins")
                    .takes("set of people")
                    .doc("Who may end an access early. Requester and approvers always may."),
                with_default("list", Form::RunTime, "true")
                    .takes("bool")
                    .doc("Whether the flow is shown to a person: a convenience, no control."),
            ],
            NO_CHILDREN,
        )
        .doc("Who may do what with requests of the flow: sets of people.")
    },
];
