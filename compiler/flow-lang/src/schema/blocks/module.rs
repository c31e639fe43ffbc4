//! What a module is made of: the bundle, values and checks of them.

use super::super::{Block, Form, many, must, optional, required, with_default};
use super::{FOR_EACH, NO_ATTRIBUTES, NO_CHILDREN, plain};

pub(super) static BLOCKS: &[Block] = &[
    plain(
        "bundle",
        &["name"],
        &[
            required("language", Form::Count)
                .doc("The version of the language that the module is written in: `1`."),
            optional("name", Form::Text).doc(
                "The bundle's name where it is not the label: two bundles built from one source, \
                 for two environments, differ here.",
            ),
            optional("required_runtime", Form::Text).doc(
                "Which daemons may load the bundle, as `\">= 0.1.0\"`. An older daemon refuses it. \
                 Absent: any.",
            ),
        ],
        NO_CHILDREN,
    )
    .doc("Names the bundle that is built from the module. A module has exactly one."),
    plain(
        "variable",
        &["name"],
        &[
            required("type", Form::Type)
                .doc("The type of the value, as `string`, `number` or `list(string)`."),
            optional("default", Form::Static).takes("value of that type").doc(
                "The value where none is given. Without one `flowc build` needs a value, from \
                 `-var`, `-var-file` or `FLOW_VAR_<name>`.",
            ),
            optional("description", Form::Text)
                .doc("What the value is for, said to whoever must give it."),
            with_default("sensitive", Form::Bool, "false").doc(
                "The value is never printed and may not stand in a text. For credentials use a \
                 `secret`: its value is in no bundle at all.",
            ),
        ],
        &[many("validation")],
    )
    .doc("A value that is given from outside when the bundle is built; read as `var.<name>`."),
    plain(
        "validation",
        &[],
        &[
            required("condition", Form::Static)
                .takes("bool")
                .doc("What must be true of the value. Reads `var.*` and functions."),
            required("error_message", Form::Text)
                .doc("What is said where it is not true: say what to give instead."),
        ],
        NO_CHILDREN,
    )
    .doc("Refuses a value of the variable that cannot be meant."),
    plain("check", &["name"], NO_ATTRIBUTES, &[must("assert")])
        .doc("A condition over values of the module that must hold for a bundle to be built."),
    plain(
        "assert",
        &[],
        &[
            required("condition", Form::Static)
                .takes("bool")
                .doc("What must be true, known when building."),
            required("error_message", Form::Text)
                .doc("What is said where it is not true: say what to change."),
        ],
        NO_CHILDREN,
    )
    .doc("The condition of a `check`."),
    Block {
        word: "locals",
        labels: &[],
        attributes: NO_ATTRIBUTES,
        children: NO_CHILDREN,
        free: true,
        advice: "",
        doc: "Names for values that are known when building; read as `local.<name>`. Any attribute \
              may stand here.",
    },
    Block {
        free: true,
        ..plain(
            "module",
            &["name"],
            &[
                required("source", Form::Text).doc(
                    "Where its files lie: `\"./path\"` beside this file, or `\"name/module\"` with a \
                     `version`, which `flowc vendor` puts into `vendor/`. Nothing is fetched.",
                ),
                optional("version", Form::Text)
                    .doc("Which version of a vendored module; `flow.lock` pins its hash."),
                FOR_EACH,
            ],
            NO_CHILDREN,
        )
    }
    .doc(
        "Uses a directory as a part: its `variable`s take the other attributes of this block, its \
         `output`s are read as `module.<name>.<output>`. It sees nothing else of this module. Its \
         names begin with `module.<name>.`.",
    ),
    plain(
        "output",
        &["name"],
        &[required("value", Form::Static)
            .takes("value or reference")
            .doc("What is handed on: a value that is known when building, or a declaration.")],
        NO_CHILDREN,
    )
    .doc("What a child module hands on to the module that uses it."),
    plain(
        "function",
        &["name"],
        &[
            required("params", Form::Type)
                .takes("{ name = type }")
                .doc("The parameters, in the order of a call's arguments."),
            required("returns", Form::Type).doc("The type of the result."),
            required("result", Form::RunTime)
                .takes("value of that type")
                .doc("The result. It reads the parameters, `var`, `local` and functions."),
        ],
        NO_CHILDREN,
    )
    .doc("A name for an expression with parameters; called as `fn::<name>(…)`. It may not call \
          itself."),
    plain(
        "moved",
        &[],
        &[
            required("from", Form::Reference)
                .takes("address")
                .doc("What it was called, as `flow.old`, or `module.old` for a whole module."),
            required("to", Form::Reference)
                .takes("address")
                .doc("What it is called now, as `flow.new[\"key\"]`."),
        ],
        NO_CHILDREN,
    )
    .doc(
        "Says that a flow, strategy, target or group was renamed: running requests and grants keep \
         its identity. Without it what had the old name is gone, and requests that wait are \
         cancelled.",
    ),
];
