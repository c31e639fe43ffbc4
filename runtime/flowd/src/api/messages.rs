//! What the daemon told people and channels.
//!
//! Everybody sees what they were told themselves. What a channel was told about a request is seen
//! by whoever may see the request; everything else by admins with an `admin` token.

use flow_engine::Role;
use flow_engine::message::{Act, MessageBody};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::schema;
use super::page::{CURSOR_PARAM, LIMIT_PARAM, Page};
use super::problem::Problem;
use super::route::{Access, Answer, Call, Param, Route};
use crate::people::token::Scope;
use crate::store::{MessageFilter, MessageRow};

/// Listing.
pub const ROUTES: &[Route] = &[Route::read(
    "/v1/messages",
    Access::Token(Scope::Ask, list),
    "what you were told, the oldest first",
    &[
        Param { name: "to", about: "to this channel (`#deploys`) or person, instead of you" },
        Param { name: "request", about: "about this request only" },
        Param { name: "all", about: "`true`: to everybody (admins)" },
        LIMIT_PARAM,
        CURSOR_PARAM,
    ],
    schema::<Page<MessageView>>,
)];

/// Rows that are looked at for one page.
const LOOKED_AT: usize = 1_000;

/// A message.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MessageView {
    /// When.
    #[schemars(with = "String")]
    at: Timestamp,
    /// `#channel`, or an e-mail address.
    to: String,
    /// About which request.
    request: Option<String>,
    /// What is said.
    text: String,
    /// Labels and values.
    facts: Vec<FactView>,
    /// What can be done about it.
    actions: Vec<ActionView>,
    /// The daemon runs in development mode.
    dev: bool,
    #[serde(skip)]
    seq: u64,
}

/// A label and a value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FactView {
    /// The author's word for it.
    label: String,
    /// The value.
    value: String,
}

/// Something that can be done about a message.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ActionView {
    /// `approve` or `deny`.
    act: String,
    /// Of which stage.
    stage: String,
    /// The first 16 hex digits of what was shown.
    digest: String,
}

/// Whose messages.
enum Whose {
    Person(String),
    Channel(String),
    Everybody,
}

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let whose = whose(call)?;
    let limit = call.limit()?;
    let after = call.position("messages")?.and_then(|p| p.parse().ok()).unwrap_or(0);
    let mut filter = MessageFilter {
        request: call.param("request").map(str::to_owned),
        person: match &whose {
            Whose::Person(id) => Some(id.clone()),
            Whose::Channel(_) | Whose::Everybody => None,
        },
        after,
        limit: limit + 1,
    };
    let Whose::Channel(channel) = whose else {
        let rows = call.api.app.messages(&filter)?;
        let items = rows.into_iter().map(view).collect();
        return Answer::ok(&call.cut("messages", items, limit, |m| m.seq.to_string()));
    };
    filter.limit = LOOKED_AT;
    let rows = call.api.app.messages(&filter)?;
    let end = rows.last().filter(|_| rows.len() == LOOKED_AT).map(|row| row.seq);
    let of_channel = rows.into_iter().filter(|row| row.target == channel);
    let items: Vec<MessageView> = of_channel.take(limit + 1).map(view).collect();
    if items.len() > limit {
        return Answer::ok(&call.cut("messages", items, limit, |m| m.seq.to_string()));
    }
    Answer::ok(&call.page("messages", items, end.map(|seq| seq.to_string())))
}

fn whose(call: &Call<'_>) -> Result<Whose, Problem> {
    let admin = call.person.role == Role::Admin && call.token.reach() >= Scope::Admin;
    let only_admins = || Problem::forbidden("only admins read what others were told");
    match (call.flag("all")?, call.param("to")) {
        (true, Some(_)) => Err(Problem::malformed("`all` and `to` exclude each other")),
        (true, None) if admin => Ok(Whose::Everybody),
        (true, None) => Err(only_admins()),
        (false, None) => Ok(Whose::Person(call.person.id.to_string())),
        (false, Some(channel)) if channel.starts_with('#') => {
            if admin || sees_the_request(call)? {
                Ok(Whose::Channel(channel.to_owned()))
            } else {
                Err(only_admins())
            }
        }
        (false, Some(name)) => {
            let person = call.api.directory.find(name)?;
            match person {
                Some(person) if admin || person.id == call.person.id => {
                    Ok(Whose::Person(person.id.to_string()))
                }
                Some(_) => Err(only_admins()),
                None if admin => Err(Problem::not_found("person", name)),
                None => Err(only_admins()),
            }
        }
    }
}

fn sees_the_request(call: &Call<'_>) -> Result<bool, Problem> {
    let Some(Ok(id)) = call.param("request").map(str::parse) else { return Ok(false) };
    let Some(request) = call.api.app.request(id)? else { return Ok(false) };
    Ok(call.api.may(&request, &call.person, call.at)?.is_some())
}

fn view(row: MessageRow) -> MessageView {
    let dev = row.body.get("dev").is_some();
    // A message of a later version is shown as far as it is understood.
    let body: MessageBody = serde_json::from_value(row.body).unwrap_or_default();
    MessageView {
        at: row.at,
        to: row.target,
        request: row.request,
        text: body.plain(),
        facts: body
            .facts
            .into_iter()
            .map(|fact| FactView { label: fact.label, value: fact.value })
            .collect(),
        actions: body
            .actions
            .into_iter()
            .map(|action| ActionView {
                act: match action.act {
                    Act::Approve => "approve".to_owned(),
                    Act::Deny => "deny".to_owned(),
                },
                stage: action.stage,
                digest: action.digest,
            })
            .collect(),
        dev,
        seq: row.seq,
    }
}
