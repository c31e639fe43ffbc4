//! How people are known to other services.

use super::super::{Block, Form, many, optional, required, with_default};
use super::{NO_CHILDREN, plain};

pub(super) static BLOCKS: &[Block] = &[
    plain(
        "identities",
        &[],
        &[
            with_default("key", Form::Word(&["email"]), "email")
                .doc("By what people are told apart: their e-mail address, in lower case."),
            optional("map", Form::Static)
                .takes("map of maps of strings")
                .doc("Ids of people: e-mail address, then provider, then id."),
        ],
        &[many("override"), many("from")],
    )
    .doc(
        "How people are known to other services. An id is looked for in `override`, in `map`, \
         among those that were saved, in the strategy's `identity`, and at last in the directory \
         that `from` names.",
    ),
    Block {
        free: true,
        ..plain(
            "override",
            &["e-mail"],
            &[optional("manager", Form::Text).doc("The e-mail address of the person's manager.")],
            NO_CHILDREN,
        )
        .doc("The ids of one person, `<provider> = \"<id>\"`; stronger than everything else.")
    },
    plain(
        "from",
        &["provider"],
        &[
            required("integration", Form::Reference).doc("The directory that is asked."),
            optional("id", Form::Text)
                .doc("Path of the id in a profile. Absent: the directory's own id."),
            optional("manager", Form::Text)
                .doc("Path of the manager's e-mail address in a profile."),
            optional("lookup", Form::RunTime).takes("string").doc(
                "The e-mail address under which the directory knows the requester. Absent: \
                 `requester.email`.",
            ),
        ],
        NO_CHILDREN,
    )
    .doc("Where ids of a provider are looked up."),
];
