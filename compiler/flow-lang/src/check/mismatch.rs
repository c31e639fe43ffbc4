//! What to write where a value of another type is wanted.

use std::collections::BTreeMap;

use flow_bundle::Type;
use flow_bundle::types::Attribute;

use crate::types::{self, Ty};

/// What to write where `want` is wanted and `found` stands.
pub(crate) fn advice(want: &Type, found: &Ty) -> String {
    let text = match (want, found) {
        (Type::String, Ty::Of(Type::Number | Type::Bool | Type::Duration | Type::Timestamp)) => {
            "put it into quotes: `\"${…}\"`"
        }
        (Type::String, Ty::Of(Type::List(_) | Type::Set(_) | Type::Tuple(_))) => {
            "make one text of it: `join(\", \", …)`"
        }
        (Type::String, Ty::Of(Type::Sensitive(_))) => {
            "take a `sensitive(string)` where it is handed to, or read a part that everybody may see"
        }
        (Type::Sensitive(_), _) => {
            "only what a step or a strategy answers is sensitive: take a `string` here instead"
        }
        (Type::Number, Ty::Of(Type::String)) => {
            "write a number; `tonumber(…)` reads one from a text, and gives `null` where there is none"
        }
        (Type::Duration, _) => "write a duration, such as \"30m\" or \"8h\"",
        (Type::Timestamp, _) => "write a time, such as \"2026-01-31T09:00:00Z\"",
        (Type::Secret, _) => "declare `secret \"<name>\" {}` and write `secret.<name>`",
        (Type::Bool, _) => "write a comparison, such as `a == b`",
        (Type::User, _) => "write `user(\"ana@acme.example\")`",
        (Type::Channel, _) => "write `channel(\"#…\")`",
        (Type::Group, _) => "write `group.<name>`",
        (Type::Target, _) => "write `target.<type>.<name>`",
        (Type::Principals, _) => "write `group.<name>`, `members`, or `user(\"…\")` for a person",
        (Type::Principal, _) => "write `channel(\"#…\")` for a channel, `user(\"…\")` for a person",
        (Type::Object(want), Ty::Of(Type::Object(found))) => return missing(want, found),
        (Type::List(want) | Type::Set(want), Ty::Of(Type::List(found) | Type::Set(found))) => {
            let element = Ty::Of((**found).clone());
            return format!("for each element: {}", advice(want, &element));
        }
        (Type::List(_) | Type::Set(_), _) => "write a list: `[…]`",
        (Type::Object(want), _) => return format!("write `{}`", form(want)),
        (Type::Map(_), _) => "write `{ name = value }`",
        (Type::String, _) => "write a text in quotes, or read a part that is one",
        _ => return format!("write a value that is {}", types::words(want)),
    };
    text.to_owned()
}

/// What one object lacks of another.
fn missing(want: &BTreeMap<String, Attribute>, found: &BTreeMap<String, Attribute>) -> String {
    let lacks = want.iter().filter(|(name, a)| a.optional.is_none() && !found.contains_key(*name));
    let names: Vec<String> = lacks.map(|(name, _)| format!("`{name}`")).collect();
    if names.is_empty() {
        return format!("write `{}`", form(want));
    }
    format!("add {}", names.join(" and "))
}

/// `{ label = …, value = … }`
fn form(of: &BTreeMap<String, Attribute>) -> String {
    let names: Vec<String> = of.keys().map(|name| format!("{name} = …")).collect();
    format!("{{ {} }}", names.join(", "))
}
