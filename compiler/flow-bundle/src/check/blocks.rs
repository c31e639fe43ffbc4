//! The blocks of an HTTP call, `auth` and `paginate`: whether each holds what its kind needs, of the
//! right form, and nothing else. A bundle that was changed by hand is told where; a daemon would
//! find out in the middle of a request.

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{Checked, bad, known};
use crate::bundle::Bundle;
use crate::endpoint::{Allowed, judge};
use crate::expr::Expr;

/// The form of an attribute.
#[derive(Clone, Copy)]
enum Form {
    Text,
    /// The address of an integration of type `aws`.
    Aws,
    /// Where a token is fetched.
    Url,
    Secret,
    TextOrSecret,
    Texts,
    Word(&'static [&'static str]),
    /// A whole number of at least the first and at most the second.
    Count(u32, u32),
}

struct Attribute {
    name: &'static str,
    form: Form,
    required: bool,
}

const fn needs(name: &'static str, form: Form) -> Attribute {
    Attribute { name, form, required: true }
}

const fn may(name: &'static str, form: Form) -> Attribute {
    Attribute { name, form, required: false }
}

/// What stands in each kind of `auth`.
const AUTH: [(&str, &[Attribute]); 5] = [
    ("basic", &[needs("username", Form::TextOrSecret), needs("password", Form::Secret)]),
    ("bearer", &[needs("token", Form::Secret)]),
    (
        "aws_sigv4",
        &[needs("integration", Form::Aws), needs("service", Form::Text), may("region", Form::Text)],
    ),
    (
        "oauth2_client_credentials",
        &[
            needs("token_url", Form::Url),
            needs("client_id", Form::TextOrSecret),
            needs("client_secret", Form::Secret),
            may("scopes", Form::Texts),
            may("style", Form::Word(&["basic", "body"])),
        ],
    ),
    (
        "oauth2_password",
        &[
            needs("token_url", Form::Url),
            needs("username", Form::TextOrSecret),
            needs("password", Form::Secret),
            needs("client_id", Form::TextOrSecret),
            needs("client_secret", Form::Secret),
            may("scopes", Form::Texts),
        ],
    ),
];

/// Most pages that a step reads.
const PAGES: u32 = 100;
/// Bound of the numbers that a service chooses itself.
const ANY: u32 = 1_000_000;

const ITEMS: Attribute = may("items", Form::Text);
const SIZE: Attribute = may("page_size", Form::Count(1, ANY));
const SIZE_PARAM: Attribute = may("size_param", Form::Text);
const MAX_PAGES: Attribute = may("max_pages", Form::Count(1, PAGES));
const ON_LIMIT: Attribute = may("on_limit", Form::Word(&["fail", "truncate"]));

/// What stands in each mode of `paginate`.
const PAGINATE: [(&str, &[Attribute]); 3] = [
    (
        "page",
        &[
            needs("page_param", Form::Text),
            may("first_page", Form::Count(0, ANY)),
            ITEMS,
            SIZE,
            SIZE_PARAM,
            MAX_PAGES,
            ON_LIMIT,
        ],
    ),
    (
        "cursor",
        &[
            needs("page_param", Form::Text),
            needs("next", Form::Text),
            ITEMS,
            SIZE,
            SIZE_PARAM,
            MAX_PAGES,
            ON_LIMIT,
        ],
    ),
    ("link", &[ITEMS, SIZE, SIZE_PARAM, MAX_PAGES, ON_LIMIT]),
];

/// A value in a block, of JSON or of an expression.
enum Part<'b> {
    Text(&'b str),
    Texts,
    Secret(&'b str),
    Number(Decimal),
    Other,
}

fn of_json(value: &Json) -> Part<'_> {
    match value {
        Json::String(text) => Part::Text(text),
        Json::Array(items) => match items.as_slice() {
            [Json::String(word), Json::String(name)] if word == "secret" => Part::Secret(name),
            items if items.iter().all(Json::is_string) => Part::Texts,
            _ => Part::Other,
        },
        _ => Part::Other,
    }
}

fn of_expr(value: &Expr) -> Part<'_> {
    match value {
        Expr::String(text) => Part::Text(text),
        Expr::Secret(name) => Part::Secret(name),
        Expr::Number(n) => Part::Number(*n),
        Expr::List(items) if items.iter().all(|i| matches!(i, Expr::String(_))) => Part::Texts,
        _ => Part::Other,
    }
}

/// The `auth` of an integration.
pub(super) fn auth(bundle: &Bundle, path: &str, auth: &Json, hosts: Allowed) -> Checked {
    let Json::Object(parts) = auth else { return Err(bad(path, "it is no block")) };
    let parts: Vec<_> = parts.iter().map(|(name, v)| (name.as_str(), of_json(v))).collect();
    Block { what: "auth", of: "kind", bundle, path, hosts }.check(&AUTH, &parts)
}

/// The `auth` of a call.
pub(super) fn call_auth(bundle: &Bundle, path: &str, auth: &Expr, hosts: Allowed) -> Checked {
    Block { what: "auth", of: "kind", bundle, path, hosts }.check(&AUTH, &of_object(path, auth)?)
}

/// The `paginate` of a call that reads.
pub(super) fn paginate(bundle: &Bundle, path: &str, pages: &Expr) -> Checked {
    let hosts = Allowed::default();
    let parts = of_object(path, pages)?;
    Block { what: "paginate", of: "mode", bundle, path, hosts }.check(&PAGINATE, &parts)
}

type Parts<'b> = Vec<(&'b str, Part<'b>)>;

fn of_object<'b>(path: &str, block: &'b Expr) -> Result<Parts<'b>, crate::codec::LoadError> {
    match block {
        Expr::Object(parts) => {
            Ok(parts.iter().map(|(name, e)| (name.as_str(), of_expr(e))).collect())
        }
        _ => Err(bad(path, "it is no block")),
    }
}

struct Block<'b> {
    /// The word of the block.
    what: &'static str,
    /// What tells its kinds apart.
    of: &'static str,
    bundle: &'b Bundle,
    path: &'b str,
    hosts: Allowed,
}

impl Block<'_> {
    fn check(&self, kinds: &[(&str, &[Attribute])], parts: &[(&str, Part<'_>)]) -> Checked {
        let Self { what, of, path, .. } = self;
        let word = match parts.iter().find(|(name, _)| name == of) {
            Some((_, Part::Text(word))) => *word,
            _ => return Err(bad(*path, format!("`{what}` needs its `{of}`, as a text"))),
        };
        let Some((_, attributes)) = kinds.iter().find(|(kind, _)| *kind == word) else {
            let known: Vec<&str> = kinds.iter().map(|(kind, _)| *kind).collect();
            let message = format!("`{word}` is no {of} of `{what}`: {}", known.join(", "));
            return Err(bad(format!("{path}.{of}"), message));
        };
        for (i, (name, part)) in parts.iter().enumerate() {
            let at = format!("{path}.{name}");
            if parts.iter().take(i).any(|(other, _)| other == name) {
                return Err(bad(at, "it stands twice"));
            }
            match attributes.iter().find(|a| a.name == *name) {
                Some(attribute) => self.part(&at, attribute.form, part)?,
                None if name == of => {}
                None => return Err(bad(at, format!("`{what}` of {of} `{word}` has no `{name}`"))),
            }
        }
        for attribute in attributes.iter().filter(|a| a.required) {
            if !parts.iter().any(|(name, _)| *name == attribute.name) {
                let name = attribute.name;
                return Err(bad(*path, format!("`{what}` of {of} `{word}` needs a `{name}`")));
            }
        }
        Ok(())
    }

    fn part(&self, at: &str, form: Form, part: &Part<'_>) -> Checked {
        match (form, part) {
            (Form::Text | Form::TextOrSecret, Part::Text(_)) | (Form::Texts, Part::Texts) => Ok(()),
            (Form::Secret | Form::TextOrSecret, Part::Secret(name)) => {
                known(&self.bundle.secrets, at, "secret", name).map(|_| ())
            }
            (Form::Secret, _) => Err(bad(at, "it is a credential, and must be `[\"secret\", …]`")),
            (Form::Url, Part::Text(url)) => {
                judge(url, self.hosts).map_err(|e| bad(at, e.to_string()))
            }
            (Form::Aws, Part::Text(address)) => {
                let found = known(&self.bundle.integrations, at, "integration", address)?;
                if found.kind == "aws" {
                    return Ok(());
                }
                Err(bad(at, format!("`{address}` is no integration of type `aws`")))
            }
            (Form::Word(words), Part::Text(word)) if words.contains(word) => Ok(()),
            (Form::Word(words), _) => Err(bad(at, format!("it is none of {}", words.join(", ")))),
            (Form::Count(least, most), Part::Number(n))
                if n.is_integer() && (Decimal::from(least)..=Decimal::from(most)).contains(n) =>
            {
                Ok(())
            }
            (Form::Count(least, most), _) => {
                Err(bad(at, format!("it is no whole number from {least} to {most}")))
            }
            (Form::Texts, _) => Err(bad(at, "it is no list of texts")),
            (Form::Text | Form::Url | Form::Aws, _) => Err(bad(at, "it is no text")),
            (Form::TextOrSecret, _) => Err(bad(at, "it is neither a text nor a secret")),
        }
    }
}
