//! Functions on people and channels. Who is in a set is asked when a decision is made.

use super::{BASE, Form, Function};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "user",
        signature: "user(email: string) -> user",
        doc: "The person with this e-mail address; case does not matter.",
        example: r#"user("Ana@Acme.example") == user("ana@acme.example")"#,
        ..BASE
    },
    Function {
        name: "channel",
        signature: "channel(name: string) -> channel",
        doc: "A channel, with its `#`.",
        example: r##"channel("#ops") == channel("#ops")"##,
        ..BASE
    },
    Function {
        name: "group_of",
        signature: "group_of(users: list(user)) -> principals",
        doc: "Exactly these people.",
        ..BASE
    },
    Function {
        name: "union",
        signature: "union(...sets: principals) -> principals",
        max: None,
        doc: "Who is in any of the sets.",
        ..BASE
    },
    Function {
        name: "intersect",
        signature: "intersect(a: principals, b: principals) -> principals",
        min: 2,
        max: Some(2),
        doc: "Who is in both sets.",
        ..BASE
    },
    Function {
        name: "except",
        signature: "except(a: principals, b: principals) -> principals",
        min: 2,
        max: Some(2),
        doc: "Who is in the first and not in the second.",
        ..BASE
    },
    Function {
        name: "is_member",
        signature: "is_member(user: user, group: group) -> bool",
        min: 2,
        max: Some(2),
        static_safe: false,
        doc: "Whether the person is in the group, asked right before the statement and recorded.",
        form: Form::Step,
        ..BASE
    },
];
