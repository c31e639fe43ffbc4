//! HTTP calls: who calls, what is sent, and how pages of an answer are fetched.

use super::super::{Block, Form, must, one, optional, required, with_default};
use super::{NO_ATTRIBUTES, NO_CHILDREN, plain};

pub(super) static BLOCKS: &[Block] = &[
    plain("auth", &["kind"], NO_ATTRIBUTES, NO_CHILDREN).doc(
        "Who calls. The kind decides which attributes it takes. Stands in an integration of type \
         `http`, in a step of kind `http` and in `call`; the nearer one counts.",
    ),
    plain(
        "call",
        &[],
        &[
            required("method", Form::Word(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]))
                .doc("The method. `GET` and `HEAD` only read."),
            required("path", Form::RunTime).takes("string").doc(
                "What is put behind `base_url`; begins with `/`. What is put in by `${…}` is \
                 percent-encoded.",
            ),
            with_default("query", Form::RunTime, "{}")
                .takes("map")
                .doc("Parameters behind `?`. Null ones are left out, a list is sent as several."),
            with_default("headers", Form::RunTime, "{}")
                .takes("map")
                .doc("Headers, beside those of the integration. Secrets may stand here."),
            optional("body", Form::RunTime).takes("anything").doc("Sent as JSON."),
            optional("expect", Form::Static)
                .takes("list of numbers")
                .doc("The statuses that are no failure. Absent: all of 2xx."),
            with_default("response_headers", Form::Static, "[]")
                .takes("list of strings")
                .doc("Headers of the answer that are kept, as `steps.<name>.headers`."),
        ],
        &[one("auth")],
    )
    .doc("An HTTP call of a strategy."),
    plain(
        "poll",
        &[],
        &[
            required("until", Form::RunTime)
                .takes("bool")
                .doc("Whether the answer, `response`, says that it is done."),
            with_default("failed", Form::RunTime, "false")
                .takes("bool")
                .doc("Whether the answer says that it will never be done; asked before `until`."),
            with_default("output", Form::Type, "json").doc("Type of `response.body`."),
            with_default("every", Form::Duration, "2s").doc("The pause between two calls."),
            with_default("timeout", Form::Duration, "3m").doc(
                "How long it is asked for, at most 15m. After that nobody knows whether it was \
                 done.",
            ),
        ],
        &[must("call")],
    )
    .doc(
        "For a service that accepts first and is ready later: its call, which only reads and may \
         name `steps.call.output`, is made until `until` is true.",
    ),
    plain(
        "paginate",
        &[],
        &[
            required("mode", Form::Word(&["page", "cursor", "link"])).doc(
                "How the next page is found: by its number, by a cursor in the answer, or by the \
                 `Link` header.",
            ),
            optional("items", Form::Text)
                .doc("The path in the body to the list. Absent: the whole body is the list."),
            optional("page_param", Form::Text).doc(
                "The parameter that carries the number or the cursor. Absent: `page` or `cursor`.",
            ),
            with_default("first_page", Form::Count, "1").doc("The number of the first page."),
            with_default("size_param", Form::Text, "per_page")
                .doc("The parameter that carries `page_size`."),
            optional("page_size", Form::Count).doc("How many items a page has. Absent: not sent."),
            optional("next", Form::Text)
                .doc("The path in the body, or the header, of the next cursor."),
            with_default("max_pages", Form::Count, "10").doc("How many pages are read at most."),
            with_default("on_limit", Form::Word(&["fail", "truncate"]), "fail").doc(
                "What happens when there are more pages: the step fails, or the rest is left.",
            ),
        ],
        NO_CHILDREN,
    )
    .doc("Fetches the pages of an answer and joins their lists; `output` types the joined list."),
];
