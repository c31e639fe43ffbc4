//! The blocks of `*.flowtest.hcl`: a table of their own, because some of their words mean something
//! else in a flow (`group`, `prompt`, `extend`).

use super::{Attribute, Block, Child, Form, many, optional, required, with_default};

/// The words that may stand outermost in a test file.
pub(crate) const TEST_LEVEL: &[&str] = &["clock", "user", "group", "mock", "scenario"];

/// The table of a block of a test file.
pub(crate) fn test_block(word: &str) -> Option<&'static Block> {
    test_blocks().find(|b| b.word == word)
}

/// Every block of test files, in the order of the reference.
pub(crate) fn test_blocks() -> impl Iterator<Item = &'static Block> {
    BLOCKS.iter()
}

const fn plain(
    word: &'static str,
    labels: &'static [&'static str],
    attributes: &'static [Attribute],
    children: &'static [Child],
) -> Block {
    Block { word, labels, attributes, children, free: false, advice: "", doc: "" }
}

const BY: Attribute =
    required("by", Form::Reference).takes("`user.<name>`").doc("Who: a `user` of this file.");

const REFUSED: Attribute = optional("expect", Form::Text).takes("\"refused:<reason>\"").doc(
    "The refusal that is wanted, `\"refused:own_request\"`. Absent: the action must be taken, and \
     a refusal fails the scenario.",
);

const FIELDS: Attribute = with_default("fields", Form::Static, "{}")
    .takes("object")
    .doc("What is filled into the form, by the names of its fields.");

const COMMENT: Attribute =
    optional("comment", Form::Text).doc("What the person says with the decision.");

const REASON: Attribute = optional("reason", Form::Text).doc("Why: shown to people and audited.");

static BLOCKS: &[Block] = &[
    plain(
        "clock",
        &[],
        &[required("start", Form::Static).takes("timestamp").doc(
            "When every scenario starts, `\"2026-01-05T09:00:00Z\"`. Time stands still but for \
             `advance`.",
        )],
        &[],
    )
    .doc("The virtual clock. Without this block it starts on a Monday, 2026-01-05 at 09:00 UTC."),
    plain(
        "user",
        &["name"],
        &[
            required("email", Form::Text).doc("The e-mail address, by which flows name people."),
            optional("name", Form::Text).doc("For people to read. Absent: made from the label."),
            with_default("role", Form::Word(&["admin", "member", "guest"]), "member")
                .doc("What the deployment thinks of them."),
            with_default("kind", Form::Word(&["human", "bot"]), "human")
                .doc("A bot is in no set of people and decides only where a flow names it."),
            optional("manager", Form::Reference)
                .takes("`user.<name>`")
                .doc("Who answers `requester.manager`."),
            optional("identities", Form::Static)
                .takes("map(string)")
                .doc("Ids in other services by provider, as a directory would know them."),
        ],
        &[],
    )
    .doc("Somebody who plays in the scenarios of this file."),
    plain(
        "group",
        &["name"],
        &[required("members", Form::Static).takes("list of `user.<name>`").doc("Who is in it.")],
        &[],
    )
    .doc("What an outside group of the flows (`from_okta` and the like) holds."),
    plain(
        "mock",
        &["kind", "name"],
        &[
            optional("output", Form::Static).takes("value").doc(
                "What is answered; it must have the type that the step or strategy declares. \
                 Nothing at all is right where that is `none`.",
            ),
            optional("error", Form::Static).takes("`{ kind, message, status }`").doc(
                "The call fails: `kind` is one of the error kinds of the language, `message` and \
                 `status` may be left out.",
            ),
            optional("sequence", Form::Static)
                .takes("list of `{ output = … }` and `{ error = … }`")
                .doc("One answer after another; the last one repeats."),
            with_default("delay", Form::Duration, "0s")
                .doc("How long each call takes. It ends when the clock is advanced that far."),
        ],
        &[],
    )
    .doc(
        "What the outside answers to an effect: `mock \"<step kind>\" \"<step name>\"`, or `mock \
         \"strategy.<type>.<name>\" \"escalate\"` and `\"deescalate\"`; `\"escalate.poll\"` answers its \
         `poll`. In the file for every scenario, or in a scenario, which wins. An effect without a mock fails the scenario.",
    ),
    plain(
        "scenario",
        &["words"],
        &[required("flow", Form::Text).doc("The name of the flow.")],
        &[
            many("mock"),
            many("prompt"),
            many("request"),
            many("approve"),
            many("deny"),
            many("cancel"),
            many("revoke"),
            many("extend"),
            many("resolve"),
            many("freeze"),
            many("unfreeze"),
            many("deactivate"),
            many("advance"),
            many("crash"),
            many("deploy"),
            many("expect"),
        ],
    )
    .doc(
        "A story, played against the real engine with a virtual clock: what people do, in the \
         order written, and what must then be so. It is played a second time with a crash after \
         each record of the journal and must end the same.",
    ),
    plain("prompt", &[], &[BY, FIELDS, REFUSED], &[])
        .doc("Somebody looks at the form: `expect` then sees `options`, `visible` and `header`."),
    plain(
        "request",
        &[],
        &[
            BY,
            optional("requester", Form::Reference)
                .takes("`user.<name>`")
                .doc("For whom. Absent: for themselves. Only a bot asks for somebody else."),
            optional("target", Form::Reference)
                .takes("`target.<type>.<name>` or a list of them")
                .doc("What is asked for: the field `target`."),
            FIELDS,
            optional("context", Form::Static).takes("value").doc("`request.context`."),
            with_default("source", Form::Word(&["slack", "api", "web"]), "slack")
                .doc("Through which surface."),
            REFUSED,
        ],
        &[],
    )
    .doc("Somebody asks. What follows is about the last request."),
    plain("approve", &["stage"], &[BY, COMMENT, REFUSED], &[]).doc("A person approves a stage."),
    plain("deny", &["stage"], &[BY, COMMENT, REFUSED], &[]).doc("A person denies a stage."),
    plain("cancel", &[], &[BY, REFUSED], &[]).doc("The requester withdraws."),
    plain("revoke", &[], &[BY, REASON, REFUSED], &[]).doc("A person ends the access early."),
    plain(
        "extend",
        &[],
        &[BY, required("duration", Form::Duration).doc("By how much."), REASON, REFUSED],
        &[],
    )
    .doc("The requester wants access to last longer."),
    plain(
        "resolve",
        &[],
        &[
            required("by", Form::Static)
                .takes("list of `user.<name>`")
                .doc("Who says it, one after another: two people are needed."),
            required("reason", Form::Text).doc("Why: kept in every report."),
            REFUSED,
        ],
        &[],
    )
    .doc("People say that an end which cannot be confirmed is dealt with."),
    plain(
        "freeze",
        &[],
        &[BY, required("reason", Form::Text).doc("Why: shown to whoever asks."), REFUSED],
        &[],
    )
    .doc("An admin lets nothing new begin. Ends go on."),
    plain("unfreeze", &[], &[BY, REFUSED], &[]).doc("An admin takes a freeze back."),
    plain(
        "deactivate",
        &[],
        &[required("user", Form::Reference).takes("`user.<name>`").doc("Who.")],
        &[],
    )
    .doc("A person is shut out: their requests are cancelled and their access ends."),
    plain(
        "advance",
        &[],
        &[
            optional("by", Form::Duration).doc("How much time passes. Either this or `to`."),
            optional("to", Form::Static).takes("timestamp").doc("Until when time passes."),
        ],
        &[],
    )
    .doc("Time passes, and everything happens that is due meanwhile."),
    plain("crash", &[], &[], &[]).doc(
        "The daemon dies and comes back: what it held in memory is gone, the history is read \
         again. A call under way that may not be repeated is unknown from here on.",
    ),
    plain(
        "deploy",
        &[],
        &[required("bundle", Form::Text)
            .doc("The directory of another version of the module, from this one.")],
        &[],
    )
    .doc("Another bundle comes: new requests use it, running ones keep theirs."),
    plain(
        "expect",
        &[],
        &[
            optional("state", Form::Word(flow_bundle::suite::STATES)).doc("Where the request is."),
            optional("outcome", Form::Word(flow_bundle::suite::OUTCOMES)).doc("How it ended."),
            optional("stuck", Form::Bool).doc("Whether its end is marked as stuck."),
            optional("waiting", Form::Static)
                .takes("list of stages")
                .doc("Exactly the stages that are open, in any order."),
            optional("decided", Form::Word(flow_bundle::suite::DECIDED))
                .doc("Who approved it: a rule of the flow, people, or nobody so far."),
            optional("effects", Form::Static).takes("list(string)").doc(
                "Exactly the calls since the last `expect`, in order, `\"http.change\"`. Messages, \
                 retries and what was skipped are not among them.",
            ),
            optional("messages", Form::Static).takes("list of `{ to, contains }`").doc(
                "Some of the messages since the last `expect`, in order. `to` is `\"#channel\"`, \
                 `\"dm:requester\"`, `\"dm:approvers\"`, `\"dm:<e-mail>\"`, `\"group:<name>\"` or \
                 `\"set:<name>\"`.",
            ),
            optional("options", Form::Static)
                .takes("map of lists")
                .doc("After `prompt`: the values that a field offers."),
            optional("visible", Form::Static)
                .takes("list of fields")
                .doc("After `prompt`: exactly the fields that are shown."),
            optional("header", Form::Text).doc("After `prompt`: the text above the form."),
            optional("condition", Form::RunTime).takes("bool").doc(
                "Must be true. It sees everything of the request, `run.grant.expires_at`, and a \
                 value that is not there fails it.",
            ),
            optional("journal_contains", Form::Static)
                .takes("list(string)")
                .doc("Texts that must stand in the journal, `\"grant.active\"`."),
        ],
        &[],
    )
    .doc("What must be so now. Only what is written is compared."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_have_tables_and_names_stand_once() {
        for block in test_blocks() {
            for child in block.children {
                assert!(test_block(child.word).is_some(), "`{}` has no table", child.word);
            }
            let mut names: Vec<&str> = block.attributes.iter().map(|a| a.name).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "an attribute of `{}` stands twice", block.word);
            assert!(block.doc.ends_with('.'), "`{}` has no text", block.word);
            for attribute in block.attributes {
                assert!(attribute.doc.ends_with('.'), "`{}` has no text", attribute.name);
            }
        }
        for word in TEST_LEVEL {
            assert!(test_block(word).is_some());
        }
    }
}
