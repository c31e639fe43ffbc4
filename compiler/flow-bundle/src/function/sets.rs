//! Functions on people and channels. Who is in a set is asked when a decision is made.

use super::network::is_email;
use super::{Arguments, BASE, Form, Function};
use crate::eval::{Evaluated, conversion};
use crate::value::{Principals, User, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "user",
        signature: "user(email: string) -> user",
        doc: "The person with this e-mail address; case does not matter.",
        example: r#"user("Ana@Acme.example") == user("ana@acme.example")"#,
        call: user,
        ..BASE
    },
    Function {
        name: "channel",
        signature: "channel(name: string) -> channel",
        doc: "A channel, with its `#`.",
        example: r##"channel("#ops") == channel("#ops")"##,
        call: channel,
        ..BASE
    },
    Function {
        name: "group_of",
        signature: "group_of(users: list(user)) -> principals",
        doc: "Exactly these people.",
        call: group_of,
        ..BASE
    },
    Function {
        name: "union",
        signature: "union(...sets: principals) -> principals",
        max: None,
        doc: "Who is in any of the sets.",
        call: union,
        ..BASE
    },
    Function {
        name: "intersect",
        signature: "intersect(a: principals, b: principals) -> principals",
        min: 2,
        max: Some(2),
        doc: "Who is in both sets.",
        call: intersect,
        ..BASE
    },
    Function {
        name: "except",
        signature: "except(a: principals, b: principals) -> principals",
        min: 2,
        max: Some(2),
        doc: "Who is in the first and not in the second.",
        call: except,
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

fn user(a: Arguments) -> Evaluated {
    let email = a.text(0)?;
    if is_email(email) {
        Ok(Value::User(User::named(email)))
    } else {
        Err(conversion(format!("`{email}` is no e-mail address")))
    }
}

fn channel(a: Arguments) -> Evaluated {
    let name = a.text(0)?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '#';
    match name.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && rest.chars().all(plain) => {
            Ok(Value::Channel(name.to_owned()))
        }
        _ => Err(conversion(format!("`{name}` is no channel: `#ops`"))),
    }
}

fn group_of(a: Arguments) -> Evaluated {
    a.list(0)?;
    Ok(Value::Principals(a.people(0)?))
}

fn union(a: Arguments) -> Evaluated {
    let sets = (0..a.values.len()).map(|i| a.people(i)).collect::<Result<Vec<_>, _>>()?;
    Ok(Value::Principals(Principals::Union(sets)))
}

fn intersect(a: Arguments) -> Evaluated {
    Ok(Value::Principals(Principals::Intersect(vec![a.people(0)?, a.people(1)?])))
}

fn except(a: Arguments) -> Evaluated {
    let (set, without) = (Box::new(a.people(0)?), Box::new(a.people(1)?));
    Ok(Value::Principals(Principals::Except(set, without)))
}
