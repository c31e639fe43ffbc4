//! `flowctl cancel`, `flowctl revoke`, `flowctl extend`, `flowctl resolve`: the ways in which people
//! move the end of a request.

use reqwest::Method;
use serde_json::Value as Json;

use super::{Answer, body, list, show, words};
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::text::plain;
use crate::wire::{self, Summary};

/// Arguments of `cancel`.
#[derive(Debug, clap::Args)]
pub struct Cancel {
    /// The request's id
    id: String,
}

/// Arguments of `revoke`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
pub struct Revoke {
    /// The request's id
    #[arg(group = "what")]
    id: Option<String>,
    /// Everything that anybody holds (admins)
    #[arg(long, group = "what")]
    all: bool,
    /// Everything on this target (admins)
    #[arg(long, group = "what")]
    target: Option<String>,
    /// Everything that this person holds (admins)
    #[arg(long, group = "what")]
    person: Option<String>,
    /// Why, for the audit trail; required unless one request is meant
    #[arg(long)]
    reason: Option<String>,
}

/// Arguments of `extend`.
#[derive(Debug, clap::Args)]
pub struct Extend {
    /// The request's id
    id: String,
    /// By how much: 30m, 1h30m or whole seconds
    duration: String,
    /// Why; shown to whoever decides
    #[arg(long)]
    reason: Option<String>,
}

/// Arguments of `resolve`.
#[derive(Debug, clap::Args)]
pub struct Resolve {
    /// The request's id
    id: String,
    /// How you know that the access is gone; kept in every report
    #[arg(long)]
    reason: String,
}

/// Withdraws a request.
pub fn cancel(client: &Client, args: &Cancel) -> Result<Answer, Fault> {
    one(client, &args.id, "cancel", None)
}

/// Takes access back.
pub fn revoke(client: &Client, args: &Revoke) -> Result<Answer, Fault> {
    if let Some(id) = &args.id {
        return one(client, id, "revoke", args.reason.as_deref());
    }
    let Some(reason) = &args.reason else {
        return Err(Fault::Usage(
            "--reason is required to revoke more than one request".to_owned(),
        ));
    };
    let body = body([
        ("reason", words(Some(reason))),
        ("all", args.all.then_some(Json::Bool(true))),
        ("target", words(args.target.as_deref())),
        ("person", words(args.person.as_deref())),
    ]);
    let json = client.send(Method::POST, "/v1/revoke-all", &body)?;
    let text = taken_back(&json);
    Ok(Answer { json, text })
}

fn taken_back(json: &Json) -> String {
    let ids = |key: &str| json.get(key).map(plain).filter(|ids| !matches!(ids.as_str(), "" | "-"));
    let mut text = match ids("revoked") {
        None => "nothing was held\n".to_owned(),
        Some(ids) => format!("taking back: {ids}\n`flowctl grants` shows when it is confirmed\n"),
    };
    if let Some(ids) = ids("unreadable") {
        text.push_str(&format!(
            "NOT TAKEN BACK, because the daemon cannot read them: {ids}\n\
             look at their access by hand; the daemon's log says what is wrong with each\n"
        ));
    }
    text
}

/// Asks for more time.
pub fn extend(client: &Client, args: &Extend) -> Result<Answer, Fault> {
    let body = body([
        ("duration", words(Some(&args.duration))),
        ("reason", words(args.reason.as_deref())),
    ]);
    let path = format!("/v1/requests/{}/extend", segment(&args.id));
    show::answer(client.send(Method::POST, &path, &body)?)
}

/// Closes what cannot be confirmed.
pub fn resolve(client: &Client, args: &Resolve) -> Result<Answer, Fault> {
    let answer = one(client, &args.id, "resolve", Some(&args.reason))?;
    let summary: Summary = wire::read(&answer.json)?;
    if summary.phase == "ended" {
        return Ok(answer);
    }
    let text = format!(
        "proposed; a second person who may revoke and did not request confirms it:\n  \
         flowctl resolve {} --reason …\n\n{}",
        summary.id, answer.text
    );
    Ok(Answer { json: answer.json, text })
}

fn one(client: &Client, id: &str, verb: &str, reason: Option<&str>) -> Result<Answer, Fault> {
    let body = body([("reason", words(reason))]);
    let json = client.send(Method::POST, &format!("/v1/requests/{}/{verb}", segment(id)), &body)?;
    if verb == "resolve" {
        return show::answer(json);
    }
    let summary: Summary = wire::read(&json)?;
    let text = format!("done: {} is {}\n", summary.id, list::state(&summary));
    Ok(Answer { json, text })
}
