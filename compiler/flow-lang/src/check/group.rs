//! `group`: people by name, or a group that lives elsewhere.

use flow_bundle::bundle::Group;
use flow_bundle::number::Count;
use flow_bundle::{Type, Value};

use super::body::Opened;
use super::integration::{bare, reference};
use super::{Module, constant};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::tree::Block;

/// Attribute, the word in a bundle, and the type of integration that answers.
const OUTSIDE: [(&str, &str, &str); 5] = [
    ("from_okta", "okta", "okta"),
    ("from_aws_sso", "aws_sso", "aws"),
    ("from_slack_usergroup", "slack_usergroup", "slack"),
    ("from_slack_channel", "slack_channel", "slack"),
    ("from_pagerduty_schedule", "pagerduty_schedule", "pagerduty"),
];

pub(crate) fn check(m: &mut Module<'_>, block: &Block) -> Option<Group> {
    let opened = Opened::open(m, block, "group")?;
    let given: Vec<&str> = std::iter::once("members")
        .chain(OUTSIDE.iter().map(|(name, ..)| *name))
        .filter(|name| opened.attribute(name).is_some())
        .collect();
    match given.as_slice() {
        [] => {
            let help = "add `members = [user(\"…\")]`, or `from_okta = \"…\"`";
            opened.demand(m, "members", help);
            None
        }
        ["members"] => {
            // They say something about a group that lives elsewhere.
            for name in ["minimum", "integration"] {
                opened.exclusive(m, "members", name);
            }
            members(m, &opened)
        }
        [outside] => from_outside(m, &opened, outside),
        [first, second, ..] => {
            opened.exclusive(m, first, second);
            None
        }
    }
}

fn members(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<Group> {
    let attribute = opened.attribute("members")?;
    let constant = opened.constant(m, "members", &Type::list(Type::User))?;
    let is_known = constant.value.is_some();
    let mut emails: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (i, value) in list(constant.value).into_iter().enumerate() {
        let Value::User(user) = value else { continue };
        if !seen.insert(user.email.clone()) {
            let span = constant::item_span(&attribute.expr, i);
            let message = format!("`{}` is named twice", user.email);
            m.report(Diagnostic::new(code::A511, span, message, "again").help("name people once"));
        } else {
            emails.push(user.email);
        }
    }
    if emails.is_empty() && is_known {
        m.say(
            code::B118,
            attribute.expr.span,
            "a group without members can never decide",
            "empty",
            "name people: `[user(\"ana@acme.example\")]`",
        );
    }
    Some(Group { members: Some(emails), ..Group::default() })
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::List(items)) => items,
        _ => Vec::new(),
    }
}

fn from_outside(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) -> Option<Group> {
    let (_, from, through) = OUTSIDE.iter().find(|(n, ..)| *n == name)?;
    let id = opened.text(m, name);
    let integration = match opened.attribute("integration") {
        Some(a) => reference(m, &a.expr, "integration").map(|address| (address, a.expr.span)),
        None => the_only(m, through, opened.block.header).map(|a| (a, opened.block.header)),
    };
    let integration = integration.and_then(|(address, span)| {
        let bare = bare(&address);
        if address::kind(&address) == *through {
            return Some(bare);
        }
        let message = format!("`{name}` is answered by an integration of type `{through}`");
        let help = super::integration::of_type(m, through);
        m.say(code::R110, span, message, format!("this is `{bare}`"), help);
        None
    });
    let minimum = opened.count(m, "minimum").or(Some(Count(1)));
    Some(Group { members: None, from: Some((*from).to_owned()), id, integration, minimum })
}

/// The one integration of a type; R117 where there is none, or more than one.
pub(crate) fn the_only(m: &mut Module<'_>, kind: &str, span: Span) -> Option<String> {
    let all = m.declared.of(&format!("integration.{kind}"));
    if let [one] = all.as_slice() {
        m.mark_used(one);
        return Some(one.clone());
    }
    if !m.declared.may_hide("integration") {
        ambiguous(m, kind, &all, span);
    }
    None
}

/// Reports that which integration is meant cannot be told.
pub(crate) fn ambiguous(m: &mut Module<'_>, kind: &str, all: &[String], span: Span) {
    let message = if all.is_empty() {
        format!("there is no integration of type `{kind}` here")
    } else {
        format!("there are {} integrations of type `{kind}`", all.len())
    };
    let help = match all.first() {
        Some(first) => format!("say which: `integration = {first}`"),
        None => format!(
            "declare one, `integration \"{kind}\" \"main\" {{ … }}`, and list it in the environment"
        ),
    };
    m.say(code::R117, span, message, "which one is not said", help);
}
